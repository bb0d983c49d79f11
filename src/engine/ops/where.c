/* WHERE: the coordinates of the elements that are not 0. */
#include <string.h>

#include "ops/shape.h"

/* Whether an element is not 0; -0 is. Half floats are looked at without their sign. */
static bool
is_set (LsType type, const void *data, size_t index)
{
  switch ((int) type)
    {
    case LS_TYPE_FLOAT32:
      return ((const float *) data)[index] != 0.0f;
    case LS_TYPE_FLOAT64:
      return ((const double *) data)[index] != 0.0;
    case LS_TYPE_FLOAT16:
    case LS_TYPE_BFLOAT16:
      return (((const uint16_t *) data)[index] & 0x7fff) != 0;
    case LS_TYPE_INT16:
    case LS_TYPE_UINT16:
      return ((const uint16_t *) data)[index] != 0;
    case LS_TYPE_INT32:
    case LS_TYPE_UINT32:
      return ((const uint32_t *) data)[index] != 0;
    case LS_TYPE_INT64:
    case LS_TYPE_UINT64:
      return ((const uint64_t *) data)[index] != 0;
    default:
      return ((const uint8_t *) data)[index] != 0;
    }
}

/* Writes the coordinates of a flat index. */
static void
write_coordinates (const LsValue *in, size_t index, LsType type, void *out, size_t row)
{
  for (int i = in->rank - 1; i >= 0; i--)
    {
      const size_t at = row * (size_t) in->rank + (size_t) i,
                   coordinate = index % (size_t) in->dims[i];

      if (type == LS_TYPE_INT64)
        ((int64_t *) out)[at] = (int64_t) coordinate;
      else
        ((int32_t *) out)[at] = (int32_t) coordinate;
      index /= (size_t) in->dims[i];
    }
}

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *in = node->in[0], *out = node->out[0];
  size_t count = 0;

  for (size_t i = 0; i < in->count; i++)
    count += is_set (in->type, in->data, i);
  if (count > INT32_MAX)
    return ls_node_fail (node, LS_E_INVALID, "%zu elements are set", count);
  LS_TRY (ls_node_resize_output (node, 0, 2, (const int32_t[]){ (int32_t) count, in->rank }));
  for (size_t i = 0, row = 0; row < count; i++)
    if (is_set (in->type, in->data, i))
      write_coordinates (in, i, out->type, out->data, row++);
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  const unsigned complex = LS_BIT (COMPLEX64) | LS_BIT (COMPLEX128);
  const unsigned odd = LS_BIT (FLOAT8_E4M3FN) | LS_BIT (FLOAT8_E5M2);

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "input", LS_BITS_WHOLE & ~complex & ~odd, error));
  LS_TRY (ls_node_types (node, node->out[0], "output", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (ls_node_rank (node, node->in[0], "the input", 1, LS_MAX_RANK, error));
  ls_node_output_dynamic (node, 0);
  ls_node_phase (node, run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_where = { prepare, 0, 2, "float, integers of 8 to 64 bits, bool" };
