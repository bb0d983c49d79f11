#include "ops/recurrent.h"

#include "base/half.h"
#include "ops/dot.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

enum
{
  SCRATCH_ALIGN = 64
};

static LsStatus
fill_row_sums (LsMatrix *matrix, LsNode *node, LsError *error)
{
  const int8_t *data = matrix->value->data;
  int32_t *sums = ls_node_alloc (node, matrix->n_rows, sizeof *sums, error);

  if (sums == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < matrix->n_rows; i++)
    sums[i] = ls_sum_i8 (data + i * matrix->n_cols, matrix->n_cols);
  matrix->row_sums = sums;
  return LS_OK;
}

LsStatus
ls_matrix_init (LsMatrix *matrix, LsNode *node, const LsValue *value, const char *what,
                int64_t n_rows, int64_t n_cols, bool is_asymmetric, LsError *error)
{
  if (value == NULL)
    return ls_node_invalid (node, error, "the %s are missing", what);
  if (value->rank != 2 || value->dims[0] != n_rows || value->dims[1] != n_cols)
    return ls_node_invalid (node, error, "the %s have the shape %s, but [%lld, %lld] is needed",
                            what, LS_SHAPE (value), (long long) n_rows, (long long) n_cols);
  LS_TRY (
    ls_node_types (node, value, what, LS_BIT (FLOAT32) | LS_BIT (INT8) | LS_BIT (UINT8), error));
  *matrix = (LsMatrix){ .value = value,
                        .n_rows = (size_t) n_rows,
                        .n_cols = (size_t) n_cols,
                        .is_quantized = value->type != LS_TYPE_FLOAT32,
                        .scale = value->scale };
  if (matrix->is_quantized && is_asymmetric && value->is_constant)
    return fill_row_sums (matrix, node, error);
  return LS_OK;
}

/* The zero point of a vector counts once for each weight of a row. */
static int32_t
zero_point_part (const LsMatrix *matrix, const LsVector *vector, size_t row)
{
  const int8_t *weights = (const int8_t *) matrix->value->data + row * matrix->n_cols;

  if (vector->scale.zero_point == 0)
    return 0;
  return vector->scale.zero_point
         * (matrix->row_sums != NULL ? matrix->row_sums[row] : ls_sum_i8 (weights, matrix->n_cols));
}

void
ls_matrix_add (const LsMatrix *matrix, const LsVector *vector, uint32_t *scratch, float *sums)
{
  size_t n = matrix->n_cols, n_rows = matrix->n_rows;

  if (!matrix->is_quantized)
    {
      ls_dot_nk_f32 (vector->x, matrix->value->data, n, n, n_rows, sums);
      return;
    }
  if (vector->is_zero)
    return;

  const float scale = matrix->scale * vector->scale.scale;

  memset (scratch, 0, n_rows * sizeof *scratch);
  ls_dot_nk_i8 (vector->quantized, matrix->value->data, n, n, n_rows, scratch);
  for (size_t i = 0; i < n_rows; i++)
    sums[i] += (float) ((int32_t) scratch[i] - zero_point_part (matrix, vector, i)) * scale;
}

void
ls_vector_room (size_t *total, size_t n)
{
  ls_scratch_add (total, n, sizeof (int8_t));
  ls_scratch_add (total, n, sizeof (int16_t));
}

void
ls_widen_i8 (const int8_t *x, size_t n, int16_t *wide)
{
  for (size_t i = 0; i < n; i++)
    wide[i] = x[i];
}

void
ls_vector_set (LsVector *vector, const float *x, size_t n, uint8_t **room, bool is_asymmetric)
{
  *vector = (LsVector){ .x = x, .n = n };
  if (room == NULL)
    return;

  int8_t *q = ls_scratch_take (room, n, sizeof *q);
  int16_t *wide = ls_scratch_take (room, n, sizeof *wide);

  vector->is_zero = ls_is_zero_row (x, n);
  vector->quantized = wide;
  if (vector->is_zero)
    return;
  vector->scale = ls_quantize_row (x, n, is_asymmetric, q);
  ls_widen_i8 (q, n, wide);
}

/*
 * LiteRT's recurrent kernels take tanh and the logistic function from Eigen in all resolvers. A
 * state that is quantized for the next step (hybrid) may jump by a whole step when it differs in
 * the last bit, as it does where tanh has nearly reached 1; so these are the same approximations:
 * tanh in [-7.9, 7.9] as a quotient of polynomials, the logistic function through exp (x / 2).
 */
static float
tanh_like_eigen (float x)
{
  const float limit = 7.90738964080810547f;
  float t = x > limit ? limit : x < -limit ? -limit : x, t2 = t * t;
  float p = 1.394553628e-8f, q = 8.015776984e-7f;

  p = p * t2 + 2.102733560e-5f;
  p = p * t2 + 3.520756727e-3f;
  p = p * t2 + 1.340216100e-1f;
  q = q * t2 + 3.326951409e-4f;
  q = q * t2 + 2.597254514e-2f;
  q = q * t2 + 4.673548340e-1f;
  q = q * t2 + 1.0f;
  return (t2 * t * p + t) / q;
}

float
ls_recurrent_logistic (float x)
{
  const float upper = 16.6355324f;

  if (x < -104.0f)
    return 0;

  /* x / 2 = m ln 2 + r, with ln 2 in two parts. */
  float half = (x > upper ? upper : x) * 0.5f, m = floorf (half * 1.44269504088896341f + 0.5f);
  float r = m * -0.693359375f + half;

  r = m * 2.12194440e-4f + r;

  float r2 = r * r, even = r2 * 4.1898667812347412109375e-2f + 0.49999141693115234375f,
        odd = r2 * 8.33471305668354034423828125e-3f + 0.16666877269744873046875f;
  float p = r2 * (r * odd + even) + (r + 1.0f);

  if (isnan (x))
    return x;
  p *= ls_float_from_bits ((uint32_t) ((int32_t) m + 127) << 23);
  p *= p;
  return p / (1.0f + p);
}

float
ls_recurrent_activate (LsActivation activation, float x)
{
  return activation == LS_ACTIVATION_TANH ? tanh_like_eigen (x) : ls_activate (activation, x);
}

LsStatus
ls_recurrent_check (const LsNode *node, const LsValue *value, const char *what, LsType type,
                    int64_t count, LsError *error)
{
  if (value == NULL)
    return ls_node_invalid (node, error, "the %s is missing", what);
  if (value->type != type)
    return ls_node_unsupported (node, error, "the %s is %s, but must be %s", what,
                                ls_type_name (value->type), ls_type_name (type));
  if ((uint64_t) value->count != (uint64_t) count)
    return ls_node_invalid (node, error, "the %s has %zu elements, but %lld are needed", what,
                            value->count, (long long) count);
  return LS_OK;
}

LsStatus
ls_recurrent_state (const LsNode *node, const LsValue *value, const char *what, LsType type,
                    int64_t count, LsError *error)
{
  LS_TRY (ls_recurrent_check (node, value, what, type, count, error));
  if (!value->is_variable)
    return ls_node_invalid (node, error, "the %s is not marked as a variable", what);
  return LS_OK;
}

const LsValue *
ls_recurrent_input (const LsNode *node, uint32_t index)
{
  return index < node->n_in ? node->in[index] : NULL;
}

LsStatus
ls_sequence_init (LsSequence *sequence, const LsNode *node, const LsValue *input,
                  bool is_time_major, LsError *error)
{
  LS_TRY (ls_node_rank (node, input, "the input", 3, 3, error));
  *sequence = (LsSequence){ .n_batch = input->dims[is_time_major ? 1 : 0],
                            .n_time = input->dims[is_time_major ? 0 : 1],
                            .depth = input->dims[2],
                            .is_time_major = is_time_major };
  return LS_OK;
}

LsStatus
ls_sequence_output (const LsSequence *sequence, LsNode *node, uint32_t out, int64_t depth,
                    LsError *error)
{
  const int32_t dims[] = { sequence->is_time_major ? sequence->n_time : sequence->n_batch,
                           sequence->is_time_major ? sequence->n_batch : sequence->n_time,
                           depth > INT32_MAX ? -1 : (int32_t) depth };

  return ls_node_output (node, out, 3, dims, error);
}

void
ls_scratch_add (size_t *total, size_t count, size_t size)
{
  size_t n_bytes;

  if (!ls_mul (&n_bytes, count, size) || !ls_add (&n_bytes, n_bytes, SCRATCH_ALIGN - 1)
      || !ls_add (total, *total, n_bytes / SCRATCH_ALIGN * SCRATCH_ALIGN))
    *total = SIZE_MAX;
}

void *
ls_scratch_take (uint8_t **at, size_t count, size_t size)
{
  uint8_t *taken = *at;

  *at += (count * size + SCRATCH_ALIGN - 1) / SCRATCH_ALIGN * SCRATCH_ALIGN;
  return taken;
}
