// Where a flatbuffer is damaged: walks it by the schema, after the verifier has refused it.
#include <cstdio>
#include <cstring>

#include "flatbuffers/reflection.h"
#include "tflite_bfbs_generated.h"

#include "formats/tflite/bridge.h"

namespace
{

class Walk
{
public:
  Walk (const uint8_t *data_, size_t size_, LsError *error_)
      : data (data_), size (size_), error (error_),
        schema (reflection::GetSchema (tflite::ModelBinarySchema::data ())),
        tables_left (size_ / 8 + 1)
  {
    path[0] = '\0';
  }

  // False when the damage was found and `error` says where.
  bool
  check_root ()
  {
    uint32_t target;

    return follow (0, &target) && check_table (target, schema->root_table (), 0);
  }

private:
  static constexpr int MAX_DEPTH = 64;

  const uint8_t *data;
  const size_t size;
  LsError *error;
  const reflection::Schema *schema;
  size_t tables_left;
  char path[240];

  template <typename T>
  T
  get (size_t at) const
  {
    T value;

    std::memcpy (&value, data + at, sizeof value);
    return value;
  }

  template <typename... Args>
  bool
  fail (size_t at, const char *format, Args... args)
  {
    char why[160];

    std::snprintf (why, sizeof why, format, args...);
    ls_fail (error, LS_E_FORMAT, static_cast<int64_t> (at),
             "is malformed at byte %zu, in %s: %s (the file has %zu bytes)", at,
             path[0] != '\0' ? path : "the model", why, size);
    return false;
  }

  bool
  has (size_t at, uint64_t length) const
  {
    return at <= size && length <= size - at;
  }

  // The place that the offset at @at points at.
  bool
  follow (size_t at, uint32_t *target)
  {
    if (!has (at, 4))
      return fail (at, "an offset is cut off by the end of the file");

    const uint32_t offset = get<uint32_t> (at);
    const uint64_t to = at + uint64_t{ offset };

    if (offset == 0 || offset > INT32_MAX || !has (to, 4))
      return fail (at, "an offset of %u points past the end of the file", offset);
    *target = static_cast<uint32_t> (to);
    return true;
  }

  bool
  check_list (size_t at, uint64_t element_size, uint32_t *count)
  {
    *count = get<uint32_t> (at);
    if (!has (at + 4, *count * element_size))
      return fail (at, "a list of %u elements goes past the end of the file", *count);
    return true;
  }

  bool
  check_string (size_t at)
  {
    uint32_t length;

    if (!check_list (at, 1, &length))
      return false;
    if (!has (at + 4 + length, 1) || data[at + 4 + length] != 0)
      return fail (at, "a text of %u bytes has no closing zero", length);
    return true;
  }

  bool
  check_vector (size_t at, const reflection::Type *type, int depth)
  {
    uint32_t count;

    if (type->element () != reflection::Obj)
      return check_list (at, flatbuffers::GetTypeSize (type->element ()), &count);
    if (!check_list (at, 4, &count))
      return false;

    const size_t length = std::strlen (path);

    for (uint32_t i = 0; i < count; i++)
      {
        const size_t place = at + 4 + size_t{ i } * 4;
        uint32_t target;

        std::snprintf (path + length, sizeof path - length, "[%u]", i);
        if (!follow (place, &target)
            || !check_table (target, object_of (type->index ()), depth + 1))
          return false;
      }
    path[length] = '\0';
    return true;
  }

  const reflection::Object *
  object_of (int32_t index) const
  {
    return schema->objects ()->Get (static_cast<unsigned> (index));
  }

  // The table that a union's type, which stands in the field before, chooses; nullptr: unknown.
  const reflection::Object *
  chosen (size_t table, size_t vtable, const reflection::Field *field) const
  {
    const unsigned slot = field->offset () - 2u;
    const uint16_t at = slot < get<uint16_t> (vtable) ? get<uint16_t> (vtable + slot) : 0;
    const reflection::EnumVal *value
      = at != 0 && has (table + at, 1) ? schema->enums ()
                                           ->Get (static_cast<unsigned> (field->type ()->index ()))
                                           ->values ()
                                           ->LookupByKey (static_cast<int64_t> (data[table + at]))
                                       : nullptr;

    return value != nullptr && value->value () != 0 ? object_of (value->union_type ()->index ())
                                                    : nullptr;
  }

  bool
  check_field (size_t table, size_t vtable, const reflection::Field *field, int depth)
  {
    const uint16_t slot = field->offset ();
    const uint16_t offset = slot < get<uint16_t> (vtable) ? get<uint16_t> (vtable + slot) : 0;
    const reflection::Type *type = field->type ();
    const size_t at = table + offset;
    uint32_t target;

    if (offset == 0 || field->deprecated ())
      return true;
    if (type->base_type () <= reflection::Double)
      return has (at, flatbuffers::GetTypeSize (type->base_type ()))
             || fail (at, "a number stands past the end of the file");
    if (type->base_type () == reflection::Union)
      {
        const reflection::Object *object = chosen (table, vtable, field);

        return object == nullptr
               || (follow (at, &target) && check_table (target, object, depth + 1));
      }
    if (!follow (at, &target))
      return false;
    if (type->base_type () == reflection::String)
      return check_string (target);
    if (type->base_type () == reflection::Vector)
      return check_vector (target, type, depth);
    return check_table (target, object_of (type->index ()), depth + 1);
  }

  bool
  check_table (size_t at, const reflection::Object *object, int depth)
  {
    const int64_t vtable = static_cast<int64_t> (at) - (has (at, 4) ? get<int32_t> (at) : 0);
    const size_t length = std::strlen (path);

    if (depth > MAX_DEPTH || tables_left-- == 0)
      return fail (at, "its tables are nested too deeply, or repeat");
    if (!has (at, 4) || vtable < 0 || !has (static_cast<size_t> (vtable), 4)
        || !has (static_cast<size_t> (vtable), get<uint16_t> (static_cast<size_t> (vtable)))
        || get<uint16_t> (static_cast<size_t> (vtable)) % 2 != 0)
      return fail (at, "the offset of a table's fields points past the end of the file");
    for (const reflection::Field *field : *object->fields ())
      {
        std::snprintf (path + length, sizeof path - length, "%s%s", length > 0 ? "." : "",
                       field->name ()->c_str ());
        if (!check_field (at, static_cast<size_t> (vtable), field, depth))
          return false;
      }
    path[length] = '\0';
    return true;
  }
};

} // namespace

bool
ls_tflite_diagnose (const uint8_t *data, size_t size, LsError *error)
{
  return !Walk (data, size, error).check_root ();
}
