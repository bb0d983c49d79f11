#include "ops/elementwise.h"

#include <math.h>

size_t
ls_element_grain (size_t cost)
{
  const size_t unit_ns = 20000;

  return cost >= unit_ns ? 1 : unit_ns / (cost == 0 ? 1 : cost);
}

LsStatus
ls_node_scale (const LsNode *node, const LsValue *value, const char *what, LsError *error)
{
  if (!ls_is_quantized (value))
    return ls_node_invalid (node, error, "%s is %s without quantization", what,
                            ls_type_name (value->type));
  if (!(value->scale > 0.0f) || !isfinite (value->scale))
    return ls_node_invalid (node, error, "the scale of %s is %g", what, (double) value->scale);
  return LS_OK;
}

void
ls_integer_range (LsType type, int32_t *low, int32_t *high)
{
  unsigned bits = ls_type_bits (type);
  bool is_unsigned = type == LS_TYPE_UINT8 || type == LS_TYPE_UINT16 || type == LS_TYPE_UINT4;

  *high = (int32_t) ((INT64_C (1) << (is_unsigned ? bits : bits - 1)) - 1);
  *low = is_unsigned ? 0 : -*high - 1;
}
