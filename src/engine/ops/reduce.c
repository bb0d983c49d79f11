/*
 * SUM, MEAN, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_ANY, REDUCE_ALL.
 *
 * Source of the rules: tflite/kernels/reduce.cc, internal/reference/reduce.h; for the sum of int8
 * and int16, of which the reference kernel is wrong, internal/optimized/reduce.h.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "kernels/rows.h"
#include "ops/fixed_point.h"
#include "ops/neutral.h"
#include "ops/reduce_plan.h"
#include "ops/shape.h"

typedef struct Reduce Reduce;

struct Reduce
{
  LsReducePlan plan;
  const LsAccumulate *accumulate;
  uint64_t neutral; /* what an accumulator begins with, in its own type */
  bool is_whole;    /* all dimensions are reduced */
  bool begins_with_first;
  void (*finish) (const Reduce *r, const void *acc, void *y, size_t n);
  LsMultiplier multiplier;
  int64_t zero_points; /* of all elements that become one */
  int32_t zero_in, zero_out, low, high;
  float scale, bias;
  size_t y_size;
};

/* ---- From accumulators to outputs -------------------------------------------------------------
 */

static void
finish_as_is (const Reduce *r, const void *acc, void *y, size_t n)
{
  memcpy (y, acc, n * r->y_size);
}

static void
finish_mean_f32 (const Reduce *r, const void *acc, void *y, size_t n)
{
  const float count = (float) r->plan.count;

  for (size_t i = 0; i < n; i++)
    ((float *) y)[i] = ((const float *) acc)[i] / count;
}

static void
finish_mean_f64 (const Reduce *r, const void *acc, void *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((double *) y)[i] = ((const double *) acc)[i] / (double) r->plan.count;
}

static void
finish_mean_i32 (const Reduce *r, const void *acc, void *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((int32_t *) y)[i] = (int32_t) (((const int64_t *) acc)[i] / (int64_t) r->plan.count);
}

static void
finish_mean_i64 (const Reduce *r, const void *acc, void *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((int64_t *) y)[i] = ((const int64_t *) acc)[i] / (int64_t) r->plan.count;
}

static void
put_small (const Reduce *r, void *y, size_t index, int32_t value)
{
  value = ls_clamp_i32 (value, r->low, r->high);
  if (r->y_size == 1)
    ((uint8_t *) y)[index] = (uint8_t) value;
  else
    ((uint16_t *) y)[index] = (uint16_t) value;
}

/* Quantized means, and sums of uint8. */
static void
finish_scaled (const Reduce *r, const void *acc, void *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      const int32_t sum = (int32_t) (((const int32_t *) acc)[i] - r->zero_points);

      put_small (r, y, i, (int32_t) ((int64_t) ls_mbqm (sum, r->multiplier) + r->zero_out));
    }
}

/* Quantized sums of int8 and int16. */
static void
finish_scaled_in_float (const Reduce *r, const void *acc, void *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      const float value
        = roundf ((float) ((const int32_t *) acc)[i] * r->scale + r->bias) + (float) r->zero_out;

      put_small (r, y, i, value > 65536.0f ? 65536 : value > -65536.0f ? (int32_t) value : -65536);
    }
}

/* ---- Running ---------------------------------------------------------------------------------
 */

typedef struct
{
  const Reduce *r;
  uint64_t acc[LS_REDUCE_BLOCK];
  bool has_begun;
} Unit;

static void
visit (void *context, const void *x, size_t rows, size_t stride, size_t n)
{
  Unit *unit = context;
  const LsAccumulate *a = unit->r->accumulate;

  if (unit->r->begins_with_first && !unit->has_begun)
    memcpy (unit->acc, x, a->acc_size);
  unit->has_begun = true;
  if (unit->r->plan.is_run)
    a->row (unit->acc, x, rows);
  else
    a->columns (unit->acc, x, rows, stride, n);
}

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Reduce *r = node->state;
  const LsAccumulate *a = r->accumulate;
  Unit unit = { .r = r };

  for (size_t u = begin; u < end; u++)
    {
      size_t n, at = ls_reduce_unit (&r->plan, u, &n);

      for (size_t i = 0; i < n; i++)
        memcpy ((uint8_t *) unit.acc + i * a->acc_size, &r->neutral, a->acc_size);
      unit.has_begun = false;
      if (r->plan.count > 0)
        ls_reduce_walk (&r->plan, u, node->in[0]->data, a->x_size, visit, &unit);
      r->finish (r, unit.acc, (uint8_t *) node->out[0]->data + at * r->y_size, n);
    }
  return LS_OK;
}

/* ---- Preparing -------------------------------------------------------------------------------
 */

/* States the output and makes the state and its plan. @out is NULL when the axes are not known yet.
 */
static LsStatus
begin (LsNode *node, Reduce **out, LsError *error)
{
  LsList list;
  bool is_reduced[LS_MAX_RANK];
  int32_t dims[LS_MAX_RANK];
  int rank = 0;

  *out = NULL;
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *output = node->out[0];
  const bool keeps_dims = ls_attr_int (node->def, "keep_dims", 0) != 0;

  LS_TRY (ls_node_same_type (node, in, output, error));
  if (in->type == LS_TYPE_INT16 && (in->zero_point != 0 || output->zero_point != 0))
    return ls_node_invalid (node, error, "int16 with a zero point other than 0");
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &list, error));
  list.n = in->rank == 0 ? 0 : list.n;
  LS_TRY (ls_node_axes (node, &list, in->rank, is_reduced, error));
  for (int i = 0; i < in->rank; i++)
    if (!is_reduced[i] || keeps_dims)
      dims[rank++] = is_reduced[i] ? 1 : in->dims[i];
  LS_TRY (ls_node_output (node, 0, rank, dims, error));

  Reduce *r = ls_node_alloc (node, 1, sizeof *r, error);

  if (r == NULL)
    return LS_E_NO_MEMORY;
  node->state = r;
  ls_reduce_plan (&r->plan, in->dims, in->rank, is_reduced, node->n_threads);
  r->is_whole = true;
  for (int i = 0; i < in->rank; i++)
    r->is_whole &= is_reduced[i];
  r->y_size = ls_element_size (output->type);
  r->finish = finish_as_is;
  r->zero_in = in->zero_point;
  r->zero_out = output->zero_point;
  r->low = output->type == LS_TYPE_UINT8 ? 0 : output->type == LS_TYPE_INT8 ? INT8_MIN : INT16_MIN;
  r->high = output->type == LS_TYPE_UINT8  ? UINT8_MAX
            : output->type == LS_TYPE_INT8 ? INT8_MAX
                                           : INT16_MAX;
  *out = r;
  return LS_OK;
}

/* Picks the accumulation for the input's type out of @kinds, where 0 is none: their numbers are
 * stated one too high. */
static LsStatus
choose (LsNode *node, Reduce *r, const uint8_t kinds[LS_N_TYPES], LsError *error)
{
  const LsValue *in = node->in[0];

  if (in->type >= LS_N_TYPES || kinds[in->type] == 0)
    return ls_node_types (node, in, "input", 0, error);
  r->accumulate = &ls_row_kernels ()->accumulate[kinds[in->type] - 1];
  return LS_OK;
}

static void
add_phase (LsNode *node, const Reduce *r)
{
  if (node->out[0]->count > 0)
    ls_node_phase (node, run, r->plan.n_units,
                   ls_grain (r->plan.count * r->plan.block * r->accumulate->x_size
                               / (r->plan.columns < r->plan.block ? r->plan.block : 1)
                             + 1));
}

static bool
is_small (const LsValue *value)
{
  return value->type == LS_TYPE_INT8 || value->type == LS_TYPE_UINT8
         || value->type == LS_TYPE_INT16;
}

/* input scale / output scale; without any quantization 1. */
static LsStatus
scale_ratio (const LsNode *node, double *out, LsError *error)
{
  const float in = node->in[0]->scale, output = node->out[0]->scale;

  if ((in > 0.0f) != (output > 0.0f))
    return ls_node_same_quant (node, node->in[0], node->out[0], error);
  *out = in > 0.0f ? (double) in / (double) output : 1.0;
  return LS_OK;
}

#define KIND(NAME) (LS_ACC_##NAME + 1)
#define TYPES "float32, float64, int8, uint8, int16, int32, int64, bool"

/* ---- SUM, MEAN -------------------------------------------------------------------------------
 */

/* A sum of truth values is true as soon as one of them is, a product as long as all of them are. */
static const uint8_t sums[LS_N_TYPES]
  = { [LS_TYPE_FLOAT32] = KIND (SUM_F32), [LS_TYPE_FLOAT64] = KIND (SUM_F64),
      [LS_TYPE_INT8] = KIND (SUM_I8),     [LS_TYPE_UINT8] = KIND (SUM_U8),
      [LS_TYPE_INT16] = KIND (SUM_I16),   [LS_TYPE_INT32] = KIND (SUM_I32),
      [LS_TYPE_INT64] = KIND (SUM_I64),   [LS_TYPE_BOOL] = KIND (ANY_BOOL) };

static LsStatus
sum_prepare (LsNode *node, LsError *error)
{
  Reduce *r;
  double ratio = 1.0;

  LS_TRY (begin (node, &r, error));
  if (r == NULL)
    return LS_OK;
  LS_TRY (choose (node, r, sums, error));
  if (is_small (node->in[0]))
    {
      LS_TRY (scale_ratio (node, &ratio, error));
      r->zero_points = r->zero_in * (int64_t) r->plan.count;
      r->multiplier = ls_quantize_multiplier (ratio);
      r->scale = ratio == 1.0 ? 1.0f : node->in[0]->scale / node->out[0]->scale;
      r->bias = (float) -r->zero_in * r->scale * (float) r->plan.count;
      r->finish = node->in[0]->type == LS_TYPE_UINT8 ? finish_scaled : finish_scaled_in_float;
    }
  add_phase (node, r);
  return LS_OK;
}

const LsOp ls_op_sum = { sum_prepare, 0, 2, TYPES };

/* The multiplier takes 1 / count in, as precisely as 31 bits allow. */
static LsStatus
prepare_quantized_mean (LsNode *node, Reduce *r, LsError *error)
{
  double ratio = 1.0;

  LS_TRY (scale_ratio (node, &ratio, error));
  r->multiplier = ls_quantize_multiplier (ratio);
  r->zero_points = r->zero_in * (int64_t) r->plan.count;
  r->finish = finish_scaled;
  if (r->plan.count == 0)
    return LS_OK;

  int shift = 63 - __builtin_clzll (r->plan.count);

  shift = shift < 32 ? shift : 32;
  shift = shift < 31 + r->multiplier.shift ? shift : 31 + r->multiplier.shift;
  r->multiplier.multiplier
    = (int32_t) ((((int64_t) r->multiplier.multiplier) << shift) / (int64_t) r->plan.count);
  r->multiplier.shift -= shift;
  return LS_OK;
}

/* The mean of nothing is NaN, or 0 for integers. */
static void
finish_empty (const Reduce *r, const void *acc, void *y, size_t n)
{
  memset (y, 0, n * r->y_size);
}

static LsStatus
mean_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = KIND (SUM_F32), [LS_TYPE_FLOAT64] = KIND (SUM_F64),
        [LS_TYPE_INT8] = KIND (SUM_I8),     [LS_TYPE_UINT8] = KIND (SUM_U8),
        [LS_TYPE_INT16] = KIND (SUM_I16),   [LS_TYPE_INT32] = KIND (SUM_I32_WIDE),
        [LS_TYPE_INT64] = KIND (SUM_I64) };
  Reduce *r;

  LS_TRY (begin (node, &r, error));
  if (r == NULL)
    return LS_OK;
  LS_TRY (choose (node, r, kinds, error));

  const LsType type = node->in[0]->type;

  if (is_small (node->in[0]))
    LS_TRY (prepare_quantized_mean (node, r, error));
  else
    r->finish = type == LS_TYPE_FLOAT32   ? finish_mean_f32
                : type == LS_TYPE_FLOAT64 ? finish_mean_f64
                : type == LS_TYPE_INT32   ? finish_mean_i32
                                          : finish_mean_i64;
  if (r->plan.count == 0 && !ls_type_is_float (type))
    r->finish = finish_empty;
  add_phase (node, r);
  return LS_OK;
}

const LsOp ls_op_mean
  = { mean_prepare, 0, 3, "float32, float64, int8, uint8, int16, int32, int64" };

/* ---- REDUCE_MAX, REDUCE_MIN, REDUCE_ANY, REDUCE_ALL -------------------------------------------
 */

/* What an element is compared with first: the type's other end. A reduction of everything begins
 * with the first element instead, which shows in NaN and infinities. */
static LsStatus
extreme_prepare (LsNode *node, const uint8_t kinds[LS_N_TYPES], uint64_t (*neutral) (LsType type),
                 LsError *error)
{
  Reduce *r;

  LS_TRY (begin (node, &r, error));
  if (r == NULL)
    return LS_OK;
  LS_TRY (choose (node, r, kinds, error));
  if (is_small (node->in[0]))
    LS_TRY (ls_node_same_quant (node, node->in[0], node->out[0], error));
  r->neutral = neutral (node->in[0]->type);
  r->begins_with_first = r->is_whole;
  add_phase (node, r);
  return LS_OK;
}

static LsStatus
max_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = KIND (MAX_F32), [LS_TYPE_FLOAT64] = KIND (MAX_F64),
        [LS_TYPE_INT8] = KIND (MAX_I8),     [LS_TYPE_UINT8] = KIND (MAX_U8),
        [LS_TYPE_INT16] = KIND (MAX_I16),   [LS_TYPE_INT32] = KIND (MAX_I32),
        [LS_TYPE_INT64] = KIND (MAX_I64),   [LS_TYPE_BOOL] = KIND (MAX_U8) };

  return extreme_prepare (node, kinds, ls_lowest_bits, error);
}

static LsStatus
min_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = KIND (MIN_F32), [LS_TYPE_FLOAT64] = KIND (MIN_F64),
        [LS_TYPE_INT8] = KIND (MIN_I8),     [LS_TYPE_UINT8] = KIND (MIN_U8),
        [LS_TYPE_INT16] = KIND (MIN_I16),   [LS_TYPE_INT32] = KIND (MIN_I32),
        [LS_TYPE_INT64] = KIND (MIN_I64),   [LS_TYPE_BOOL] = KIND (MIN_U8) };

  return extreme_prepare (node, kinds, ls_highest_bits, error);
}

const LsOp ls_op_reduce_max = { max_prepare, 0, 3, TYPES };
const LsOp ls_op_reduce_min = { min_prepare, 0, 3, TYPES };

static LsStatus
any_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES] = { [LS_TYPE_BOOL] = KIND (ANY_BOOL) };

  return extreme_prepare (node, kinds, ls_lowest_bits, error);
}

static LsStatus
all_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES] = { [LS_TYPE_BOOL] = KIND (ALL_BOOL) };

  return extreme_prepare (node, kinds, ls_highest_bits, error);
}

const LsOp ls_op_reduce_any = { any_prepare, 0, 1, "bool" };
const LsOp ls_op_reduce_all = { all_prepare, 0, 1, "bool" };

/* ---- REDUCE_PROD -----------------------------------------------------------------------------
 */

/* Products of quantized numbers are scaled back after each factor, in the order of memory. */
static void
visit_product (void *context, const void *x, size_t rows, size_t stride, size_t n)
{
  Unit *unit = context;
  const Reduce *r = unit->r;
  int32_t *acc = (int32_t *) unit->acc;

  for (size_t i = 0; i < rows; i++, unit->has_begun = true)
    for (size_t j = 0; j < n; j++)
      {
        const size_t at = i * stride + j;
        const int32_t factor
          = (r->y_size == 1 ? ((const int8_t *) x)[at] : ((const int16_t *) x)[at]) - r->zero_in;

        acc[j] = unit->has_begun ? ls_mbqm64 ((int64_t) acc[j] * factor, r->multiplier) : factor;
      }
}

static LsStatus
product_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Reduce *r = node->state;
  Unit unit = { .r = r };

  for (size_t u = begin; u < end; u++)
    {
      size_t n, at = ls_reduce_unit (&r->plan, u, &n);

      unit.has_begun = false;
      if (r->plan.count > 0)
        ls_reduce_walk (&r->plan, u, node->in[0]->data, r->y_size, visit_product, &unit);
      for (size_t j = 0; j < n; j++)
        put_small (r, (uint8_t *) node->out[0]->data + at * r->y_size, j,
                   r->plan.count == 0
                     ? 0
                     : ls_mbqm64 (((const int32_t *) unit.acc)[j], r->multiplier) + r->zero_out);
    }
  return LS_OK;
}

static LsStatus
prepare_quantized_product (LsNode *node, Reduce *r, LsError *error)
{
  const double in = (double) node->in[0]->scale, out = (double) node->out[0]->scale;
  const double scaling = in / pow (out, 1.0 / (double) r->plan.count);

  if (!(in > 0 && out > 0))
    return ls_node_invalid (node, error, "scales %g and %g", in, out);
  r->multiplier = ls_quantize_multiplier (r->plan.count == 0 ? 1.0 : scaling);
  if (r->multiplier.shift > 14)
    return ls_node_unsupported (node, error, "a product scaled by %g", scaling);
  if (node->out[0]->count > 0)
    ls_node_phase (node, product_run, r->plan.n_units, ls_grain (r->plan.count * r->plan.block));
  return LS_OK;
}

static LsStatus
prod_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = KIND (PROD_F32), [LS_TYPE_FLOAT64] = KIND (PROD_F64),
        [LS_TYPE_INT8] = KIND (PROD_I8),     [LS_TYPE_UINT8] = KIND (PROD_I8),
        [LS_TYPE_INT16] = KIND (PROD_I16),   [LS_TYPE_INT32] = KIND (PROD_I32),
        [LS_TYPE_INT64] = KIND (PROD_I64),   [LS_TYPE_BOOL] = KIND (ALL_BOOL) };
  Reduce *r;

  LS_TRY (begin (node, &r, error));
  if (r == NULL)
    return LS_OK;

  const LsValue *in = node->in[0];

  if (in->scale > 0.0f && (in->type == LS_TYPE_INT8 || in->type == LS_TYPE_INT16))
    return prepare_quantized_product (node, r, error);
  LS_TRY (choose (node, r, kinds, error));
  if (in->type == LS_TYPE_UINT8 && in->scale > 0.0f)
    return ls_node_types (node, in, "quantized input", 0, error);
  r->neutral = ls_one_bits (in->type);
  add_phase (node, r);
  return LS_OK;
}

const LsOp ls_op_reduce_prod = { prod_prepare, 0, 2, TYPES };
