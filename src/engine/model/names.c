/* Names of types and operators, and questions about one record. */
#include "model/model.h"

#include <string.h>

static const struct
{
  const char *name;
  uint8_t bits;
  bool is_float, is_integer;
} types[LS_N_TYPES] = {
  [LS_TYPE_FLOAT32] = { "FLOAT32", 32, true, false },
  [LS_TYPE_FLOAT16] = { "FLOAT16", 16, true, false },
  [LS_TYPE_INT32] = { "INT32", 32, false, true },
  [LS_TYPE_UINT8] = { "UINT8", 8, false, true },
  [LS_TYPE_INT64] = { "INT64", 64, false, true },
  [LS_TYPE_STRING] = { "STRING", 0, false, false },
  [LS_TYPE_BOOL] = { "BOOL", 8, false, false },
  [LS_TYPE_INT16] = { "INT16", 16, false, true },
  [LS_TYPE_COMPLEX64] = { "COMPLEX64", 64, false, false },
  [LS_TYPE_INT8] = { "INT8", 8, false, true },
  [LS_TYPE_FLOAT64] = { "FLOAT64", 64, true, false },
  [LS_TYPE_COMPLEX128] = { "COMPLEX128", 128, false, false },
  [LS_TYPE_UINT64] = { "UINT64", 64, false, true },
  [LS_TYPE_RESOURCE] = { "RESOURCE", 32, false, false },
  [LS_TYPE_VARIANT] = { "VARIANT", 0, false, false },
  [LS_TYPE_UINT32] = { "UINT32", 32, false, true },
  [LS_TYPE_UINT16] = { "UINT16", 16, false, true },
  [LS_TYPE_INT4] = { "INT4", 4, false, true },
  [LS_TYPE_BFLOAT16] = { "BFLOAT16", 16, true, false },
  [LS_TYPE_INT2] = { "INT2", 2, false, true },
  [LS_TYPE_UINT4] = { "UINT4", 4, false, true },
  [LS_TYPE_FLOAT8_E4M3FN] = { "FLOAT8_E4M3FN", 8, true, false },
  [LS_TYPE_FLOAT8_E5M2] = { "FLOAT8_E5M2", 8, true, false },
};

static const char *const op_names[LS_N_BUILTIN] = {
#define LS_OPERATOR(NAME, code) [code] = #NAME,
#include "litesmith-operators.def"
#undef LS_OPERATOR
};

const char ls_no_text[] = "";

const char *
ls_type_name (LsType type)
{
  return (unsigned) type < LS_N_TYPES ? types[type].name : "UNKNOWN";
}

unsigned
ls_type_bits (LsType type)
{
  return (unsigned) type < LS_N_TYPES ? types[type].bits : 0;
}

bool
ls_type_is_float (LsType type)
{
  return (unsigned) type < LS_N_TYPES && types[type].is_float;
}

bool
ls_type_is_integer (LsType type)
{
  return (unsigned) type < LS_N_TYPES && types[type].is_integer;
}

const char *
ls_op_kind_name (int kind)
{
  return kind >= 0 && kind < LS_N_BUILTIN ? op_names[kind] : "UNKNOWN";
}

int
ls_op_kind_parse (const char *name)
{
  for (int i = 0; i < LS_N_BUILTIN; i++)
    if (strcmp (op_names[i], name) == 0)
      return i;
  return -1;
}

const char *
ls_op_kind_text (const LsOperator *op)
{
  return op->kind == LS_OP_CUSTOM && op->custom_code != NULL ? op->custom_code
                                                             : ls_op_kind_name (op->kind);
}

const char *
ls_op_name (const LsSubgraph *subgraph, const LsOperator *op)
{
  for (uint32_t i = 0; i < op->n_outputs; i++)
    if (op->outputs[i] >= 0 && (uint32_t) op->outputs[i] < subgraph->n_tensors)
      return subgraph->tensors[op->outputs[i]].name;
  return ls_op_kind_text (op);
}

const LsAttr *
ls_op_attr (const LsOperator *op, const char *name)
{
  for (uint32_t i = 0; i < op->n_attrs; i++)
    if (strcmp (op->attrs[i].name, name) == 0)
      return &op->attrs[i];
  return NULL;
}

int64_t
ls_attr_int (const LsOperator *op, const char *name, int64_t otherwise)
{
  const LsAttr *attr = ls_op_attr (op, name);

  return attr != NULL && attr->kind == LS_ATTR_INT ? attr->i : otherwise;
}

double
ls_attr_float (const LsOperator *op, const char *name, double otherwise)
{
  const LsAttr *attr = ls_op_attr (op, name);

  return attr != NULL && attr->kind == LS_ATTR_FLOAT ? attr->f : otherwise;
}

int
ls_subgraph_find_tensor (const LsSubgraph *subgraph, const char *name_or_index)
{
  for (uint32_t i = 0; i < subgraph->n_tensors; i++)
    if (strcmp (subgraph->tensors[i].name, name_or_index) == 0)
      return (int) i;

  char *end;
  unsigned long index = strtoul (name_or_index, &end, 10);

  if (*name_or_index >= '0' && *name_or_index <= '9' && *end == '\0' && index < subgraph->n_tensors)
    return (int) index;
  return -1;
}

int
ls_subgraph_producer (const LsSubgraph *subgraph, int tensor)
{
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    for (uint32_t k = 0; k < subgraph->ops[i].n_outputs; k++)
      if (subgraph->ops[i].outputs[k] == tensor)
        return (int) i;
  return -1;
}

int
ls_subgraph_consumer (const LsSubgraph *subgraph, int tensor)
{
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    for (uint32_t k = 0; k < subgraph->ops[i].n_inputs; k++)
      if (subgraph->ops[i].inputs[k] == tensor)
        return (int) i;
  return -1;
}
