/*
 * EMBEDDING_LOOKUP_SPARSE: ids [n], indices [n, r], dense shape [r], weights [n], table [rows, ...]
 * → [shape without its last dimension, ...]: the rows of the ids that share all indices but the
 * last are combined by their weights.
 *
 * Source: tflite/kernels/embedding_lookup_sparse.cc. Ids of one place must follow one another;
 * places outside the shape are left out.
 */
#include "ops/shape.h"

#include <math.h>

typedef enum
{
  COMBINER_SUM,
  COMBINER_MEAN,
  COMBINER_SQRTN
} Combiner;

/* The place that is being combined. */
typedef struct
{
  int64_t at;
  size_t n_ids;
  float weight, squares;
} Bucket;

static float *
bucket_row (const LsNode *node, int64_t at, size_t length)
{
  const size_t n_rows = length > 0 ? node->out[0]->count / length : 0;

  return at >= 0 && (size_t) at < n_rows ? (float *) node->out[0]->data + (size_t) at * length
                                         : NULL;
}

static void
finish (const LsNode *node, const Bucket *bucket, size_t length)
{
  const Combiner combiner = (Combiner) ls_attr_int (node->def, "combiner", COMBINER_SUM);
  float *row = bucket_row (node, bucket->at, length);
  const float divisor = combiner == COMBINER_MEAN ? bucket->weight : sqrtf (bucket->squares);

  if (combiner == COMBINER_SUM || bucket->n_ids == 0 || row == NULL)
    return;
  for (size_t i = 0; i < length; i++)
    row[i] /= divisor;
}

/* Where the indices of id @i point to, in rows of the output. */
static int64_t
place_of (const LsNode *node, size_t i)
{
  const LsValue *indices = node->in[1];
  const int32_t *index = (const int32_t *) indices->data + i * (size_t) indices->dims[1];
  const int32_t *shape = node->in[2]->data;
  int64_t at = 0, stride = 1;

  for (int32_t k = indices->dims[1] - 2; k >= 0; k--)
    {
      if (__builtin_mul_overflow (stride, k + 2 < indices->dims[1] ? shape[k + 1] : 1, &stride)
          || __builtin_add_overflow (at, (int64_t) index[k] * stride, &at))
        return -1;
    }
  return at;
}

static LsStatus
sparse_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *ids = node->in[0], *table = node->in[4];
  const float *weights = node->in[3]->data;
  const size_t length = ls_dims_product (table->dims, 1, table->rank);
  Bucket bucket = { 0 };

  for (size_t i = 0; i < node->out[0]->count; i++)
    ((float *) node->out[0]->data)[i] = 0;
  for (size_t i = 0; i < ids->count; i++)
    {
      const int32_t id = ((const int32_t *) ids->data)[i];
      const int64_t at = place_of (node, i);
      const float w = weights[i];

      if (id < 0 || id >= table->dims[0])
        return ls_node_fail (node, LS_E_INVALID, "id %zu is %d, the table has %d rows", i, id,
                             table->dims[0]);
      if (at != bucket.at)
        {
          finish (node, &bucket, length);
          bucket = (Bucket){ .at = at };
        }
      bucket.n_ids++;
      bucket.weight += w;
      bucket.squares += w * w;

      const float *from = (const float *) table->data + (size_t) id * length;
      float *row = bucket_row (node, at, length);

      for (size_t k = 0; row != NULL && k < length; k++)
        row[k] += from[k] * w;
    }
  finish (node, &bucket, length);
  return LS_OK;
}

static LsStatus
check (const LsNode *node, LsError *error)
{
  static const char *const names[]
    = { "the ids", "the indices", "the dense shape", "the weights", "the table" };
  static const int low[] = { 1, 2, 1, 1, 2 }, high[] = { 1, 2, 1, 1, LS_MAX_RANK };
  const int64_t combiner = ls_attr_int (node->def, "combiner", COMBINER_SUM);

  LS_TRY (ls_node_arity (node, 5, 5, 1, error));
  for (uint32_t i = 0; i < 5; i++)
    {
      LS_TRY (ls_node_types (node, node->in[i], names[i], i < 3 ? LS_BIT (INT32) : LS_BIT (FLOAT32),
                             error));
      LS_TRY (ls_node_rank (node, node->in[i], names[i], low[i], high[i], error));
    }
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32), error));
  if (combiner < COMBINER_SUM || combiner > COMBINER_SQRTN)
    return ls_node_invalid (node, error, "combiner %lld is unknown", (long long) combiner);
  if (node->in[1]->dims[0] != node->in[0]->dims[0] || node->in[3]->dims[0] != node->in[0]->dims[0])
    return ls_node_invalid (node, error, "%d ids with indices of shape %s and %d weights",
                            node->in[0]->dims[0], LS_SHAPE (node->in[1]), node->in[3]->dims[0]);
  if (node->in[2]->dims[0] != node->in[1]->dims[1] || node->in[2]->dims[0] < 1)
    return ls_node_invalid (node, error, "a dense shape of %d dimensions for indices of shape %s",
                            node->in[2]->dims[0], LS_SHAPE (node->in[1]));
  return LS_OK;
}

static LsStatus
sparse_prepare (LsNode *node, LsError *error)
{
  int32_t dims[LS_MAX_RANK];
  LsList shape;

  LS_TRY (check (node, error));
  if (!ls_input_known (node, 2))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }

  const LsValue *table = node->in[4];

  LS_TRY (ls_node_list (node, 2, &shape, error));
  shape.n--; /* the last dimension is combined */
  if (shape.n + table->rank - 1 > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "an output of %d dimensions",
                                shape.n + table->rank - 1);
  LS_TRY (ls_node_dims (node, &shape, dims, error));
  for (int i = 1; i < table->rank; i++)
    dims[shape.n + i - 1] = table->dims[i];
  LS_TRY (ls_node_output (node, 0, shape.n + table->rank - 1, dims, error));
  ls_node_phase (node, sparse_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_embedding_lookup_sparse
  = { .prepare = sparse_prepare, .max_version = 1, .types = "float32" };
