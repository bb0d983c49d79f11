/*
 * SVDF: a fully connected layer over the last frames, in a factorised form. Each filter turns the
 * newest frame into one number, remembers the last of them, and weighs them over time; units sum
 * `rank` filters.
 *
 * Source: tflite/kernels/svdf.cc, internal/reference/svdf.h.
 */
#include "ops/activation.h"
#include "ops/dot.h"
#include "ops/fixed_point.h"
#include "ops/recurrent.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

enum
{
  IN_X,
  IN_FEATURE,
  IN_TIME,
  IN_BIAS,
  IN_STATE,
  N_IN
};

typedef struct
{
  size_t n_input, n_filters, n_memory, n_units, rank;
  LsActivation activation;
  bool is_asymmetric;
  LsMatrix feature;  /* float and hybrid */
  const float *time; /* weights over time as floats; NULL: they are read from the input */
  LsMultiplier to_state, to_output; /* int8 */
} Svdf;

/* ---- Float and hybrid ------------------------------------------------------------------------ */

static void
float_row (const LsNode *node, const Svdf *p, size_t row, uint8_t *scratch)
{
  const float *x = (const float *) node->in[IN_X]->data + row * p->n_input,
              *bias = node->in[IN_BIAS] != NULL ? node->in[IN_BIAS]->data : NULL,
              *time = p->time != NULL ? p->time : node->in[IN_TIME]->data;
  float *state = (float *) node->in[IN_STATE]->data + row * p->n_filters * p->n_memory,
        *y = (float *) node->out[0]->data + row * p->n_units;
  float *newest = ls_scratch_take (&scratch, p->n_filters, sizeof *newest);
  uint32_t *products = ls_scratch_take (&scratch, p->n_filters, sizeof *products);
  size_t n = p->n_memory;
  LsVector frame;

  ls_vector_set (&frame, x, p->n_input, p->feature.is_quantized ? &scratch : NULL,
                 p->is_asymmetric);
  memset (newest, 0, p->n_filters * sizeof *newest);
  ls_matrix_add (&p->feature, &frame, products, newest);
  for (size_t unit = 0; unit < p->n_units; unit++)
    {
      float sum = 0;

      for (size_t f = unit * p->rank; f < (unit + 1) * p->rank; f++)
        {
          float *memory = state + f * n, product = 0;

          memmove (memory, memory + 1, (n - 1) * sizeof *memory);
          memory[n - 1] = newest[f];
          ls_dot_nk_f32 (time + f * n, memory, n, n, 1, &product);
          sum += product;
        }
      y[unit] = ls_activate (p->activation, bias != NULL ? sum + bias[unit] : sum);
    }
}

static LsStatus
float_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  uint8_t *scratch = ls_node_thread_scratch (node, thread);

  for (size_t row = begin; row < end; row++)
    float_row (node, node->state, row, scratch);
  return LS_OK;
}

/* ---- int8 with 16-bit state ------------------------------------------------------------------ */

static void
integer_row (const LsNode *node, const Svdf *p, size_t row, uint8_t *scratch)
{
  const int8_t *x = (const int8_t *) node->in[IN_X]->data + row * p->n_input;
  const int16_t *time = node->in[IN_TIME]->data;
  const int32_t *bias = node->in[IN_BIAS] != NULL ? node->in[IN_BIAS]->data : NULL;
  int16_t *state = (int16_t *) node->in[IN_STATE]->data + row * p->n_filters * p->n_memory;
  int8_t *y = (int8_t *) node->out[0]->data + row * p->n_units;
  uint32_t *newest = ls_scratch_take (&scratch, p->n_filters, sizeof *newest);
  int16_t *frame = ls_scratch_take (&scratch, p->n_input, sizeof *frame);
  size_t n = p->n_memory;

  for (size_t i = 0; i < p->n_input; i++)
    frame[i] = (int16_t) (x[i] - node->in[IN_X]->zero_point);
  memset (newest, 0, p->n_filters * sizeof *newest);
  ls_dot_nk_i8 (frame, node->in[IN_FEATURE]->data, p->n_input, p->n_input, p->n_filters, newest);
  for (size_t unit = 0; unit < p->n_units; unit++)
    {
      uint32_t sum = bias != NULL ? (uint32_t) bias[unit] : 0;

      for (size_t f = unit * p->rank; f < (unit + 1) * p->rank; f++)
        {
          int16_t *memory = state + f * n;

          memmove (memory, memory + 1, (n - 1) * sizeof *memory);
          memory[n - 1] = (int16_t) ls_clamp_i32 (ls_mbqm ((int32_t) newest[f], p->to_state),
                                                  INT16_MIN, INT16_MAX);
          for (size_t i = 0; i < n; i++)
            sum += (uint32_t) (time[f * n + i] * memory[i]);
        }

      int32_t value = ls_mbqm ((int32_t) sum, p->to_output) + node->out[0]->zero_point;

      /* The reference demands RELU and leaves it to the output's zero point. */
      y[unit] = (int8_t) ls_clamp_i32 (value, INT8_MIN, INT8_MAX);
    }
}

static LsStatus
integer_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  uint8_t *scratch = ls_node_thread_scratch (node, thread);

  for (size_t row = begin; row < end; row++)
    integer_row (node, node->state, row, scratch);
  return LS_OK;
}

/* ---- Preparing ------------------------------------------------------------------------------- */

static LsStatus
read_sizes (Svdf *p, const LsNode *node, LsError *error)
{
  const LsValue *x = node->in[IN_X], *feature = node->in[IN_FEATURE], *time = node->in[IN_TIME];
  int64_t rank = ls_attr_int (node->def, "rank", 0);

  LS_TRY (ls_node_rank (node, x, "the input", 2, 2, error));
  LS_TRY (ls_node_rank (node, feature, "the feature weights", 2, 2, error));
  LS_TRY (ls_node_rank (node, time, "the time weights", 2, 2, error));
  if (rank <= 0 || feature->dims[0] % rank != 0)
    return ls_node_invalid (node, error, "%d filters cannot be shared out to units of %lld",
                            feature->dims[0], (long long) rank);
  if (feature->dims[1] != x->dims[1] || time->dims[0] != feature->dims[0] || time->dims[1] < 1)
    return ls_node_invalid (node, error,
                            "the input %s, the feature weights %s and the time weights %s do not "
                            "fit together",
                            LS_SHAPE (x), LS_SHAPE (feature), LS_SHAPE (time));
  p->n_input = (size_t) x->dims[1];
  p->n_filters = (size_t) feature->dims[0];
  p->n_memory = (size_t) time->dims[1];
  p->rank = (size_t) rank;
  p->n_units = p->n_filters / p->rank;
  return LS_OK;
}

static LsStatus
check_values (const Svdf *p, const LsNode *node, LsType out, LsType bias, LsType state,
              LsError *error)
{
  size_t n_state;

  if (!ls_mul (&n_state, p->n_filters, p->n_memory)
      || !ls_mul (&n_state, n_state, (size_t) node->in[IN_X]->dims[0]) || n_state > INT64_MAX)
    return ls_node_invalid (node, error, "the state is too large");
  LS_TRY (ls_recurrent_state (node, node->in[IN_STATE], "state", state, (int64_t) n_state, error));
  if (node->in[IN_BIAS] != NULL)
    LS_TRY (
      ls_recurrent_check (node, node->in[IN_BIAS], "bias", bias, (int64_t) p->n_units, error));
  if (node->out[0]->type != out)
    return ls_node_unsupported (node, error, "%s input with %s output",
                                ls_type_name (node->in[IN_X]->type),
                                ls_type_name (node->out[0]->type));
  return LS_OK;
}

/*
 * With 8-bit feature weights the reference reads the bytes of the time weights as int8, whatever
 * their type: float ones, which have no scale, come out as zeros, and the output is the bias alone.
 */
static LsStatus
dequantize_time (Svdf *p, LsNode *node, LsError *error)
{
  const LsValue *time = node->in[IN_TIME];
  const int8_t *stored = time->data;

  LS_TRY (ls_node_types (node, time, "the time weights",
                         LS_BIT (FLOAT32) | LS_BIT (INT8) | LS_BIT (UINT8), error));
  if (!time->is_constant)
    return ls_node_unsupported (node, error, "hybrid time weights that are not constant");

  float *floats = ls_node_alloc (node, time->count, sizeof *floats, error);

  if (floats == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < time->count; i++)
    floats[i] = (float) stored[i] * time->scale;
  p->time = floats;
  return LS_OK;
}

static LsStatus
prepare_float (Svdf *p, LsNode *node, LsError *error)
{
  size_t scratch = 0;

  LS_TRY (check_values (p, node, LS_TYPE_FLOAT32, LS_TYPE_FLOAT32, LS_TYPE_FLOAT32, error));
  LS_TRY (ls_matrix_init (&p->feature, node, node->in[IN_FEATURE], "feature weights",
                          (int64_t) p->n_filters, (int64_t) p->n_input, p->is_asymmetric, error));
  if (p->feature.is_quantized)
    LS_TRY (dequantize_time (p, node, error));
  else
    LS_TRY (ls_node_types (node, node->in[IN_TIME], "the time weights", LS_BIT (FLOAT32), error));
  ls_scratch_add (&scratch, p->n_filters, sizeof (float));
  ls_scratch_add (&scratch, p->n_filters, sizeof (uint32_t));
  ls_vector_room (&scratch, p->n_input);
  ls_node_want_scratch (node, 0, scratch);
  ls_node_phase (node, float_run, (size_t) node->in[IN_X]->dims[0], 1);
  return LS_OK;
}

static LsStatus
multiplier (const LsNode *node, double real, LsMultiplier *out, LsError *error)
{
  if (!isfinite (real) || fabs (real) >= 0x1p30)
    return ls_node_invalid (node, error, "the scales give a factor of %g", real);
  *out = ls_quantize_multiplier (real);
  return LS_OK;
}

static LsStatus
prepare_integer (Svdf *p, LsNode *node, LsError *error)
{
  const LsValue *feature = node->in[IN_FEATURE], *time = node->in[IN_TIME],
                *state = node->in[IN_STATE];
  size_t scratch = 0;

  LS_TRY (check_values (p, node, LS_TYPE_INT8, LS_TYPE_INT32, LS_TYPE_INT16, error));
  LS_TRY (ls_node_types (node, feature, "the feature weights", LS_BIT (INT8), error));
  LS_TRY (ls_node_types (node, time, "the time weights", LS_BIT (INT16), error));
  if (p->activation != LS_ACTIVATION_RELU)
    return ls_node_unsupported (node, error, "the int8 form takes the activation RELU only");
  /* Products and quotients in float, as the reference rounds them. */
  LS_TRY (
    multiplier (node, node->in[IN_X]->scale * feature->scale / state->scale, &p->to_state, error));
  LS_TRY (
    multiplier (node, state->scale * time->scale / node->out[0]->scale, &p->to_output, error));
  ls_scratch_add (&scratch, p->n_filters, sizeof (uint32_t));
  ls_scratch_add (&scratch, p->n_input, sizeof (int16_t));
  ls_node_want_scratch (node, 0, scratch);
  ls_node_phase (node, integer_run, (size_t) node->in[IN_X]->dims[0], 1);
  return LS_OK;
}

static LsStatus
svdf_prepare (LsNode *node, LsError *error)
{
  if (node->n_in != N_IN || node->n_out != 1)
    return ls_node_invalid (node, error,
                            "there are %u inputs and %u outputs, but 5 and 1 are needed",
                            node->n_in, node->n_out);
  for (int i = 0; i < N_IN; i++)
    if (node->in[i] == NULL && i != IN_BIAS)
      return ls_node_invalid (node, error, "input %d is missing", i);

  Svdf *p = ls_node_alloc (node, 1, sizeof *p, error);
  const LsValue *x = node->in[IN_X];

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  p->is_asymmetric = ls_attr_int (node->def, "asymmetric_quantize_inputs", 0) != 0;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (FLOAT32) | LS_BIT (INT8), error));
  LS_TRY (ls_node_activation (node, &p->activation, error));
  LS_TRY (read_sizes (p, node, error));
  LS_TRY (
    ls_node_output (node, 0, 2, (const int32_t[]){ x->dims[0], (int32_t) p->n_units }, error));
  return x->type == LS_TYPE_INT8 ? prepare_integer (p, node, error)
                                 : prepare_float (p, node, error);
}

const LsOp ls_op_svdf = {
  .prepare = svdf_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 4,
  .types = "float32, hybrid (int8, uint8 weights), int8 (16-bit state)",
};
