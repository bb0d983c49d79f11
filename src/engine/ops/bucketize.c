/* BUCKETIZE: how many boundaries are not above an element. */
#include "ops/shape.h"

typedef struct
{
  const float *boundaries;
  size_t n;
  void (*run) (const void *x, int32_t *y, size_t n, const float *boundaries, size_t n_boundaries);
} Bucketize;

/* The comparison is C's: an integer becomes a float first; NaN is above all. */
#define BUCKETIZE(name, type)                                                                      \
  static void run_##name (const void *x, int32_t *y, size_t n, const float *boundaries,            \
                          size_t n_boundaries)                                                     \
  {                                                                                                \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        const type value = ((const type *) x)[i];                                                  \
        size_t low = 0, high = n_boundaries;                                                       \
                                                                                                   \
        while (low < high)                                                                         \
          {                                                                                        \
            const size_t middle = low + (high - low) / 2;                                          \
                                                                                                   \
            if (value < boundaries[middle])                                                        \
              high = middle;                                                                       \
            else                                                                                   \
              low = middle + 1;                                                                    \
          }                                                                                        \
        y[i] = (int32_t) low;                                                                      \
      }                                                                                            \
  }

BUCKETIZE (f32, float)
BUCKETIZE (f64, double)
BUCKETIZE (i32, int32_t)
BUCKETIZE (i64, int64_t)

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Bucketize *b = node->state;
  const LsValue *in = node->in[0];

  b->run ((const uint8_t *) in->data + begin * ls_element_size (in->type),
          (int32_t *) node->out[0]->data + begin, end - begin, b->boundaries, b->n);
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  const LsAttr *attr = ls_op_attr (node->def, "boundaries");

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *in = node->in[0];
  Bucketize *b = ls_node_alloc (node, 1, sizeof *b, error);

  if (b == NULL)
    return LS_E_NO_MEMORY;
  node->state = b;
  if (attr != NULL && attr->kind == LS_ATTR_FLOATS)
    {
      b->boundaries = attr->floats;
      b->n = attr->count;
    }
  for (size_t i = 1; i < b->n; i++)
    if (b->boundaries[i] < b->boundaries[i - 1])
      return ls_node_invalid (node, error, "boundary %zu is %g after %g", i,
                              (double) b->boundaries[i], (double) b->boundaries[i - 1]);
  b->run = in->type == LS_TYPE_FLOAT32   ? run_f32
           : in->type == LS_TYPE_FLOAT64 ? run_f64
           : in->type == LS_TYPE_INT32   ? run_i32
                                         : run_i64;
  LS_TRY (ls_node_types (node, in, "input",
                         LS_BIT (FLOAT32) | LS_BIT (FLOAT64) | LS_BIT (INT32) | LS_BIT (INT64),
                         error));
  LS_TRY (ls_node_types (node, node->out[0], "output", LS_BIT (INT32), error));
  LS_TRY (ls_node_output_like (node, 0, in, error));
  ls_node_phase (node, run, in->count, 4096);
  return LS_OK;
}

const LsOp ls_op_bucketize = { prepare, 0, 1, "float32, float64, int32, int64" };
