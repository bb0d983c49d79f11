#include "ops/shape.h"

#include <inttypes.h>
#include <string.h>

enum
{
  GRAIN_BYTES = 32 * 1024 /* under this a thread costs more than it saves */
};

size_t
ls_element_size (LsType type)
{
  unsigned bits = ls_type_bits (type);

  return bits % 8 == 0 ? bits / 8 : 0;
}

const char *
ls_dims_text (char *text, const int32_t *dims, int rank)
{
  size_t n = (size_t) snprintf (text, LS_DIMS_TEXT, "[");

  for (int i = 0; i < rank && i < LS_MAX_RANK; i++)
    n += (size_t) snprintf (text + n, LS_DIMS_TEXT - n, "%s%" PRId32, i > 0 ? ", " : "", dims[i]);
  snprintf (text + n, LS_DIMS_TEXT - n, "]");
  return text;
}

LsStatus
ls_node_types (const LsNode *node, const LsValue *value, const char *what, unsigned types,
               LsError *error)
{
  if ((unsigned) value->type < LS_N_TYPES && (types >> value->type & 1) != 0)
    return LS_OK;
  return ls_node_unsupported (node, error, "%s of type %s", what, ls_type_name (value->type));
}

LsStatus
ls_node_same_type (const LsNode *node, const LsValue *a, const LsValue *b, LsError *error)
{
  if (a->type == b->type)
    return LS_OK;
  return ls_node_invalid (node, error, "%s has type %s but %s has type %s", a->tensor->name,
                          ls_type_name (a->type), b->tensor->name, ls_type_name (b->type));
}

LsStatus
ls_node_same_quant (const LsNode *node, const LsValue *a, const LsValue *b, LsError *error)
{
  if (a->scale == b->scale && a->zero_point == b->zero_point)
    return LS_OK;
  return ls_node_invalid (node, error,
                          "%s has scale %g and zero point %" PRId32 ", but %s has %g and %" PRId32,
                          a->tensor->name, (double) a->scale, a->zero_point, b->tensor->name,
                          (double) b->scale, b->zero_point);
}

LsStatus
ls_node_rank (const LsNode *node, const LsValue *value, const char *what, int low, int high,
              LsError *error)
{
  if (value->rank >= low && value->rank <= high)
    return LS_OK;
  if (low == high)
    return ls_node_invalid (node, error, "%s has shape %s, but %d dimensions are needed", what,
                            LS_SHAPE (value), low);
  return ls_node_invalid (node, error, "%s has shape %s, but %d to %d dimensions are needed", what,
                          LS_SHAPE (value), low, high);
}

bool
ls_input_known (const LsNode *node, uint32_t in)
{
  return in < node->n_in && node->in[in] != NULL && node->in[in]->is_known;
}

#define AT(type) ((int64_t) ((const type *) value->data)[index])

int64_t
ls_value_int (const LsValue *value, size_t index)
{
  switch ((int) value->type)
    {
    case LS_TYPE_INT32:
      return AT (int32_t);
    case LS_TYPE_INT64:
      return AT (int64_t);
    case LS_TYPE_INT16:
      return AT (int16_t);
    case LS_TYPE_INT8:
      return AT (int8_t);
    case LS_TYPE_UINT8:
    case LS_TYPE_BOOL:
      return AT (uint8_t);
    case LS_TYPE_UINT16:
      return AT (uint16_t);
    case LS_TYPE_UINT32:
      return AT (uint32_t);
    case LS_TYPE_UINT64:
      return AT (uint64_t);
    default:
      return 0;
    }
}

/* An operand that prepare() reads must be an integer, and there. */
static LsStatus
check_operand (const LsNode *node, uint32_t in, LsError *error)
{
  if (in >= node->n_in || node->in[in] == NULL)
    return ls_node_invalid (node, error, "input %u is missing", in);

  const LsValue *value = node->in[in];

  if (!ls_type_is_integer (value->type) || ls_element_size (value->type) == 0)
    return ls_node_unsupported (node, error, "input %u (%s) has type %s, but integers are needed",
                                in, value->tensor->name, ls_type_name (value->type));
  if (!value->is_known || (value->data == NULL && value->count > 0))
    return ls_node_invalid (node, error, "the values of input %u (%s) are not known", in,
                            value->tensor->name);
  return LS_OK;
}

LsStatus
ls_node_list (const LsNode *node, uint32_t in, LsList *out, LsError *error)
{
  LS_TRY (check_operand (node, in, error));

  const LsValue *value = node->in[in];

  if (value->count > LS_MAX_LIST)
    return ls_node_unsupported (node, error, "input %u (%s) has %zu values; up to %d are read", in,
                                value->tensor->name, value->count, LS_MAX_LIST);
  out->n = (int) value->count;
  for (int i = 0; i < out->n; i++)
    out->at[i] = ls_value_int (value, (size_t) i);
  return LS_OK;
}

LsStatus
ls_node_scalar (const LsNode *node, uint32_t in, int64_t *out, LsError *error)
{
  LS_TRY (check_operand (node, in, error));

  const LsValue *value = node->in[in];

  if (value->count != 1)
    return ls_node_invalid (node, error, "input %u (%s) has shape %s, but one value is needed", in,
                            value->tensor->name, LS_SHAPE (value));
  *out = ls_value_int (value, 0);
  return LS_OK;
}

LsStatus
ls_node_attr_list (const LsNode *node, const char *name, LsList *out, LsError *error)
{
  const LsAttr *attr = ls_op_attr (node->def, name);

  out->n = 0;
  if (attr == NULL || attr->kind != LS_ATTR_INTS)
    return LS_OK;
  if (attr->count > LS_MAX_LIST)
    return ls_node_unsupported (node, error, "%s has %u values; up to %d are read", name,
                                attr->count, LS_MAX_LIST);
  out->n = (int) attr->count;
  for (int i = 0; i < out->n; i++)
    out->at[i] = attr->ints[i];
  return LS_OK;
}

LsStatus
ls_node_axis (const LsNode *node, int64_t axis, int rank, int *out, LsError *error)
{
  if (axis < -rank || axis >= rank)
    return ls_node_invalid (
      node, error, "axis %" PRId64 " is not one of the %d dimensions of the input", axis, rank);
  *out = (int) (axis < 0 ? axis + rank : axis);
  return LS_OK;
}

LsStatus
ls_node_axes (const LsNode *node, const LsList *list, int rank, bool is_axis[LS_MAX_RANK],
              LsError *error)
{
  memset (is_axis, 0, LS_MAX_RANK * sizeof is_axis[0]);
  for (int i = 0; i < list->n; i++)
    {
      int axis = 0;

      LS_TRY (ls_node_axis (node, list->at[i], rank, &axis, error));
      is_axis[axis] = true;
    }
  return LS_OK;
}

LsStatus
ls_node_dims (const LsNode *node, const LsList *list, int32_t dims[LS_MAX_RANK], LsError *error)
{
  if (list->n > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "a shape of %d dimensions; up to %d are supported",
                                list->n, LS_MAX_RANK);
  for (int i = 0; i < list->n; i++)
    {
      if (list->at[i] < 0 || list->at[i] > INT32_MAX)
        return ls_node_invalid (node, error, "dimension %d of the shape is %" PRId64, i,
                                list->at[i]);
      dims[i] = (int32_t) list->at[i];
    }
  return LS_OK;
}

/* Product of the dimensions that are not 0; it may wrap when there are too many elements. */
static size_t
product_without_zeros (const int32_t *dims, int rank)
{
  size_t n = 1;

  for (int i = 0; i < rank; i++)
    n *= dims[i] == 0 ? 1 : (size_t) dims[i];
  return n;
}

/* What an open dimension stands for. Of an empty input it is 0, or where another dimension of 0
 * makes the shape empty, the quotient of the products without zeros (reshape_utils.h). */
static size_t
open_dim (const LsValue *input, const int32_t *dims, int rank, size_t product)
{
  if (product > 0)
    return input->count / product;

  size_t others = product_without_zeros (dims, rank);

  return others == 0 ? 0 : product_without_zeros (input->dims, input->rank) / others;
}

LsStatus
ls_node_resolve_dims (const LsNode *node, const LsList *list, const LsValue *input,
                      int32_t dims[LS_MAX_RANK], LsError *error)
{
  LsList known = *list;
  int open = -1;
  size_t product;

  for (int i = 0; i < list->n; i++)
    if (list->at[i] == -1)
      {
        if (open >= 0)
          return ls_node_invalid (node, error, "dimensions %d and %d of the shape are both open",
                                  open, i);
        open = i;
        known.at[i] = 1;
      }
  LS_TRY (ls_node_dims (node, &known, dims, error));
  if (open >= 0 && ls_count (&product, dims, known.n))
    {
      size_t dim = open_dim (input, dims, known.n, product);

      dims[open] = dim <= INT32_MAX ? (int32_t) dim : 0;
    }
  if (!ls_count (&product, dims, known.n) || product != input->count)
    return ls_node_invalid (node, error, "the shape %s does not hold the %zu elements of %s",
                            LS_DIMS (dims, known.n), input->count, LS_SHAPE (input));
  return LS_OK;
}

bool
ls_same_dims (const LsValue *a, const LsValue *b)
{
  return a->rank == b->rank && memcmp (a->dims, b->dims, (size_t) a->rank * sizeof a->dims[0]) == 0;
}

bool
ls_broadcast_dims (const int32_t *a, int rank_a, const int32_t *b, int rank_b,
                   int32_t out[LS_MAX_RANK], int *rank)
{
  int n = rank_a > rank_b ? rank_a : rank_b;

  for (int i = 0; i < n; i++)
    {
      int ia = i - (n - rank_a), ib = i - (n - rank_b);
      int32_t da = ia >= 0 ? a[ia] : 1, db = ib >= 0 ? b[ib] : 1;

      if (da != db && da != 1 && db != 1)
        return false;
      out[i] = da == 1 ? db : da;
    }
  *rank = n;
  return true;
}

size_t
ls_dims_product (const int32_t *dims, int from, int to)
{
  size_t n = 1;

  for (int i = from; i < to; i++)
    n *= (size_t) dims[i];
  return n;
}

void
ls_dense_strides (const int32_t *dims, int rank, ptrdiff_t strides[LS_MAX_RANK])
{
  ptrdiff_t stride = 1;

  for (int i = rank - 1; i >= 0; i--)
    {
      strides[i] = stride;
      if (__builtin_mul_overflow (stride, dims[i], &stride))
        stride = 0; /* only beside a dimension of 0: nothing is visited */
    }
}

size_t
ls_grain (size_t unit)
{
  return unit >= GRAIN_BYTES ? 1 : unit == 0 ? GRAIN_BYTES : GRAIN_BYTES / unit;
}

bool
ls_take_scratch (size_t *total, size_t *at, size_t count, size_t size)
{
  size_t bytes;

  *at = *total;
  return ls_mul (&bytes, count, size) && ls_add (&bytes, bytes, 15)
         && ls_add (total, *total, bytes / 16 * 16);
}
