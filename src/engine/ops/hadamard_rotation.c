/* aeq.hadamard_rotation: every stretch of `hadamard_size` elements goes through a fast
 * Walsh-Hadamard transform and is divided by the root of its length. Source:
 * tflite/kernels/hadamard_rotation.cc. */
#include "ops/elementwise.h"
#include "ops/flexmap.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

typedef struct
{
  size_t size; /* a power of two */
} Rotation;

static void
transform (float *x, size_t size)
{
  const float norm = 1.0f / sqrtf ((float) size);

  for (size_t half = 1; half < size; half *= 2)
    for (size_t at = 0; at < size; at += 2 * half)
      {
        float *low = x + at, *high = x + at + half;

        LS_SIMD
        for (size_t i = 0; i < half; i++)
          {
            const float a = low[i], b = high[i];

            low[i] = a + b;
            high[i] = a - b;
          }
      }
  for (size_t i = 0; i < size; i++)
    x[i] *= norm;
}

static LsStatus
rotation_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Rotation *r = node->state;
  const float *x = node->in[0]->data;
  float *y = node->out[0]->data, *row = ls_node_thread_scratch (node, thread);

  for (size_t at = begin * r->size; at < end * r->size && at < node->out[0]->count; at += r->size)
    {
      const size_t left = node->out[0]->count - at;

      memcpy (row, x + at, r->size * sizeof *row);
      transform (row, r->size);
      memcpy (y + at, row, (left < r->size ? left : r->size) * sizeof *y);
    }
  return LS_OK;
}

/* The reference gives the output no shape: it stays as the model states it, with as many elements
 * as that has. Inputs that were resized give it theirs. */
static LsStatus
plan_output (LsNode *node, LsError *error)
{
  const LsValue *x = node->in[0];
  const LsTensor *in = x->tensor, *out = node->out[0]->tensor;
  size_t count;

  if (in != NULL && out != NULL && in->rank == x->rank
      && memcmp (in->dims, x->dims, (size_t) x->rank * sizeof *in->dims) == 0
      && out->rank <= LS_MAX_RANK && ls_count (&count, out->dims, out->rank) && count <= x->count)
    return ls_node_output (node, 0, out->rank, out->dims, error);
  return ls_node_output_like (node, 0, x, error);
}

static LsStatus
rotation_prepare (LsNode *node, LsError *error)
{
  const int64_t size = ls_flexmap_int (node->def->custom_options, "hadamard_size", 0);

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0];

  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, x, node->out[0], error));
  LS_TRY (ls_node_rank (node, x, "the input", 2, 3, error));
  if (size < 1 || size > INT32_MAX || (size & (size - 1)) != 0)
    return ls_node_invalid (node, error, "hadamard_size %lld is no power of two", (long long) size);
  if (x->dims[x->rank - 1] % size != 0)
    return ls_node_invalid (node, error, "hadamard_size %lld does not divide the rows of %s",
                            (long long) size, LS_SHAPE (x));

  Rotation *r = ls_node_alloc (node, 1, sizeof *r, error);

  if (r == NULL)
    return LS_E_NO_MEMORY;
  r->size = (size_t) size;
  node->state = r;
  LS_TRY (plan_output (node, error));
  ls_node_want_scratch (node, 0, r->size * sizeof (float));
  ls_node_phase (node, rotation_run, x->count / r->size,
                 ls_element_grain (r->size * LS_COST_RESCALE));
  return LS_OK;
}

const LsOp ls_op_hadamard_rotation = { rotation_prepare, 0, 1, "float32" };
