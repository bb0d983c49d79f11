/*
 * TOPK_V2: the k largest of each row, largest first; of equals the one that comes first. NaN counts
 * as smaller than any number (topk_v2.cc: TopContainer).
 */
#include <inttypes.h>
#include <string.h>

#include "ops/shape.h"

/* Fills @top with the indices of the k first of n elements in that order. */
typedef void (*Select) (const void *row, int32_t n, int32_t k, int32_t *top);

/* A heap whose root is the last of the k best so far. */
#define SELECT(name, type, is_nan)                                                                 \
  static inline bool comes_before_##name (const type *x, int32_t a, int32_t b)                     \
  {                                                                                                \
    const bool nan_a = is_nan (x[a]), nan_b = is_nan (x[b]);                                       \
                                                                                                   \
    if (nan_a != nan_b)                                                                            \
      return nan_b;                                                                                \
    return x[b] < x[a] || (!(x[b] > x[a]) && a < b);                                               \
  }                                                                                                \
                                                                                                   \
  static void sift_##name (const type *x, int32_t *heap, int32_t n, int32_t at)                    \
  {                                                                                                \
    const int32_t moved = heap[at];                                                                \
                                                                                                   \
    while (2 * (int64_t) at + 1 < n)                                                               \
      {                                                                                            \
        int32_t child = 2 * at + 1;                                                                \
                                                                                                   \
        if (child + 1 < n && comes_before_##name (x, heap[child], heap[child + 1]))                \
          child++;                                                                                 \
        if (!comes_before_##name (x, moved, heap[child]))                                          \
          break;                                                                                   \
        heap[at] = heap[child];                                                                    \
        at = child;                                                                                \
      }                                                                                            \
    heap[at] = moved;                                                                              \
  }                                                                                                \
                                                                                                   \
  static void select_##name (const void *row, int32_t n, int32_t k, int32_t *top)                  \
  {                                                                                                \
    const type *x = row;                                                                           \
                                                                                                   \
    for (int32_t i = 0; i < k; i++)                                                                \
      top[i] = i;                                                                                  \
    for (int32_t i = k / 2 - 1; i >= 0; i--)                                                       \
      sift_##name (x, top, k, i);                                                                  \
    for (int32_t i = k; i < n; i++)                                                                \
      if (comes_before_##name (x, i, top[0]))                                                      \
        {                                                                                          \
          top[0] = i;                                                                              \
          sift_##name (x, top, k, 0);                                                              \
        }                                                                                          \
    for (int32_t left = k - 1; left > 0; left--)                                                   \
      {                                                                                            \
        const int32_t last = top[0];                                                               \
                                                                                                   \
        top[0] = top[left];                                                                        \
        sift_##name (x, top, left, 0);                                                             \
        top[left] = last;                                                                          \
      }                                                                                            \
  }

#define IS_NAN(x) ((x) != (x))
#define NEVER(x) false

SELECT (f32, float, IS_NAN)
SELECT (f64, double, IS_NAN)
SELECT (i8, int8_t, NEVER)
SELECT (u8, uint8_t, NEVER)
SELECT (i16, int16_t, NEVER)
SELECT (u16, uint16_t, NEVER)
SELECT (i32, int32_t, NEVER)
SELECT (u32, uint32_t, NEVER)
SELECT (i64, int64_t, NEVER)
SELECT (u64, uint64_t, NEVER)

static const Select selects[LS_N_TYPES] = {
  [LS_TYPE_FLOAT32] = select_f32, [LS_TYPE_FLOAT64] = select_f64, [LS_TYPE_INT8] = select_i8,
  [LS_TYPE_UINT8] = select_u8,    [LS_TYPE_INT16] = select_i16,   [LS_TYPE_UINT16] = select_u16,
  [LS_TYPE_INT32] = select_i32,   [LS_TYPE_UINT32] = select_u32,  [LS_TYPE_INT64] = select_i64,
  [LS_TYPE_UINT64] = select_u64,
};

typedef struct
{
  int32_t n, k;
  size_t size;
  Select select;
} TopK;

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const TopK *t = node->state;
  const LsValue *indices = node->out[1];
  const size_t k = (size_t) t->k;
  int32_t *top = ls_node_thread_scratch (node, thread);

  for (size_t u = begin; u < end; u++)
    {
      const uint8_t *row = (const uint8_t *) node->in[0]->data + u * (size_t) t->n * t->size;
      uint8_t *values = (uint8_t *) node->out[0]->data + u * k * t->size;

      t->select (row, t->n, t->k, top);
      for (size_t i = 0; i < k; i++)
        {
          memcpy (values + i * t->size, row + (size_t) top[i] * t->size, t->size);
          if (indices->type == LS_TYPE_INT16)
            ((int16_t *) indices->data)[u * k + i] = (int16_t) top[i];
          else
            ((int32_t *) indices->data)[u * k + i] = top[i];
        }
    }
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  int64_t k = 0;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 2, 2, 2, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  if (in->type >= LS_N_TYPES || selects[in->type] == NULL)
    return ls_node_types (node, in, "input", 0, error);
  LS_TRY (
    ls_node_types (node, node->out[1], "the indices", LS_BIT (INT16) | LS_BIT (INT32), error));
  LS_TRY (ls_node_rank (node, in, "the input", 1, LS_MAX_RANK, error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      ls_node_output_dynamic (node, 1);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 1, &k, error));

  const int32_t n = in->dims[in->rank - 1];

  k = k < 0 ? 0 : k;
  if (k > n || (k > 0 && n > INT16_MAX && node->out[1]->type == LS_TYPE_INT16))
    return ls_node_invalid (node, error, "the %" PRId64 " largest of %" PRId32 " elements", k, n);
  memcpy (dims, in->dims, sizeof dims);
  dims[in->rank - 1] = (int32_t) k;
  LS_TRY (ls_node_output (node, 0, in->rank, dims, error));
  LS_TRY (ls_node_output (node, 1, in->rank, dims, error));

  TopK *t = ls_node_alloc (node, 1, sizeof *t, error);

  if (t == NULL)
    return LS_E_NO_MEMORY;
  node->state = t;
  *t = (TopK){ n, (int32_t) k, ls_element_size (in->type), selects[in->type] };
  ls_node_want_scratch (node, 0, (size_t) k * sizeof (int32_t));
  if (node->out[0]->count > 0)
    ls_node_phase (node, run, in->count / (size_t) n, ls_grain ((size_t) n * t->size));
  return LS_OK;
}

const LsOp ls_op_topk_v2 = { prepare, 0, 3, "float32, float64, integers of 8 to 64 bits" };
