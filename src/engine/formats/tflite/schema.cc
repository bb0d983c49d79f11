// The tables of operator options, from the binary schema that flatc embeds.
#include <cstring>
#include <vector>

#include "flatbuffers/reflection.h"
#include "tflite_bfbs_generated.h"

#include "formats/schema.h"

namespace
{

struct Kind
{
  reflection::BaseType base;
  LsStored stored;
  LsAttrKind one, many;
};

const Kind kinds[] = {
  { reflection::Bool, LS_STORED_BOOL, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::Byte, LS_STORED_INT8, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::UByte, LS_STORED_UINT8, LS_ATTR_INT, LS_ATTR_BYTES },
  { reflection::Short, LS_STORED_INT16, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::UShort, LS_STORED_UINT16, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::Int, LS_STORED_INT32, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::UInt, LS_STORED_UINT32, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::Long, LS_STORED_INT64, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::ULong, LS_STORED_UINT64, LS_ATTR_INT, LS_ATTR_INTS },
  { reflection::Float, LS_STORED_FLOAT32, LS_ATTR_FLOAT, LS_ATTR_FLOATS },
  { reflection::Double, LS_STORED_FLOAT64, LS_ATTR_FLOAT, LS_ATTR_FLOATS },
  { reflection::String, LS_STORED_STRING, LS_ATTR_STRING, LS_ATTR_STRING },
};

// False for a field of a form that no options table of the schema has (nested tables, unions).
bool
describe (const reflection::Schema *schema, const reflection::Field *field, LsOptionField *out)
{
  const reflection::Type *type = field->type ();
  const bool is_vector = type->base_type () == reflection::Vector;
  const reflection::BaseType base = is_vector ? type->element () : type->base_type ();

  for (const Kind &kind : kinds)
    {
      if (kind.base != base)
        continue;
      *out = LsOptionField ();
      out->stored = kind.stored;
      out->is_vector = is_vector;
      out->is_deprecated = field->deprecated ();
      out->slot = field->offset ();
      if (type->index () >= 0 && base != reflection::String)
        out->enum_def = schema->enums ()->Get (static_cast<unsigned> (type->index ()));
      out->attr.name = field->name ()->c_str ();
      out->attr.kind = is_vector ? kind.many : kind.one;
      out->attr.is_bool = base == reflection::Bool;
      out->attr.is_enum = out->enum_def != nullptr;
      out->attr.i = field->default_integer ();
      out->attr.f = field->default_real ();
      if (!is_vector)
        out->attr.text = ls_schema_enum_text (out, out->attr.i);
      return true;
    }
  return false;
}

struct Tables
{
  std::vector<LsOptionTable> tables;
  std::vector<std::vector<LsOptionField> > fields;
  std::vector<int> by_number[2]; // index into tables, or -1

  void
  add (const reflection::Schema *schema, int which, const reflection::EnumVal *value)
  {
    const reflection::Object *object
      = schema->objects ()->Get (static_cast<unsigned> (value->union_type ()->index ()));
    std::vector<LsOptionField> list;
    const size_t number = static_cast<size_t> (value->value ());

    // Reflection sorts fields by name; the schema's order is that of their slots.
    for (unsigned slot = 4; list.size () < object->fields ()->size (); slot += 2)
      {
        const reflection::Field *found = nullptr;

        for (const reflection::Field *field : *object->fields ())
          if (field->offset () == slot)
            found = field;
        LsOptionField described;

        if (found == nullptr || !describe (schema, found, &described))
          break;
        list.push_back (described);
      }
    fields.push_back (std::move (list));

    // "tflite.Conv2DOptions" without the namespace.
    const char *name = object->name ()->c_str ();
    const char *dot = std::strrchr (name, '.');
    std::vector<int> &index = by_number[which - 1];

    if (index.size () <= number)
      index.resize (number + 1, -1);
    index[number] = static_cast<int> (tables.size ());
    tables.push_back (
      LsOptionTable{ dot != nullptr ? dot + 1 : name, which, static_cast<uint8_t> (number),
                     static_cast<uint32_t> (fields.back ().size ()), fields.back ().data () });
  }

  Tables ()
  {
    const reflection::Schema *schema = reflection::GetSchema (tflite::ModelBinarySchema::data ());
    static const char *const unions[] = { "tflite.BuiltinOptions", "tflite.BuiltinOptions2" };

    for (int which = 1; which <= 2; which++)
      for (const reflection::EnumVal *value :
           *schema->enums ()->LookupByKey (unions[which - 1])->values ())
        if (value->value () != 0)
          add (schema, which, value);
  }
};

const Tables *
tables ()
{
  try
    {
      static const Tables *const all = new Tables; // never freed: threads may outlive main()

      return all;
    }
  catch (...)
    {
      return nullptr;
    }
}

} // namespace

const LsOptionTable *
ls_schema_options (int which, int number)
{
  const Tables *all = tables ();

  if (all == nullptr || which < 1 || which > 2 || number < 0)
    return nullptr;

  const std::vector<int> &index = all->by_number[which - 1];
  const size_t at = static_cast<size_t> (number);

  return at < index.size () && index[at] >= 0 ? &all->tables[static_cast<size_t> (index[at])]
                                              : nullptr;
}

const LsOptionTable *
ls_schema_options_by_name (const char *name)
{
  const Tables *all = tables ();

  if (all != nullptr)
    for (const LsOptionTable &table : all->tables)
      if (std::strcmp (table.name, name) == 0)
        return &table;
  return nullptr;
}

const LsOptionField *
ls_schema_field (const LsOptionTable *table, const char *name)
{
  for (uint32_t i = 0; i < table->n_fields; i++)
    if (std::strcmp (table->fields[i].attr.name, name) == 0)
      return &table->fields[i];
  return nullptr;
}

const char *
ls_schema_enum_text (const LsOptionField *field, int64_t value)
{
  const reflection::Enum *def = static_cast<const reflection::Enum *> (field->enum_def);
  const reflection::EnumVal *found = def != nullptr ? def->values ()->LookupByKey (value) : nullptr;

  return found != nullptr ? found->name ()->c_str () : nullptr;
}

bool
ls_schema_enum_parse (const LsOptionField *field, const char *text, int64_t *value)
{
  const reflection::Enum *def = static_cast<const reflection::Enum *> (field->enum_def);

  if (def == nullptr)
    return false;
  for (const reflection::EnumVal *one : *def->values ())
    if (one->name ()->str () == text)
      {
        *value = one->value ();
        return true;
      }
  return false;
}
