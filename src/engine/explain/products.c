/*
 * Sources: tflite/kernels/internal/reference/conv.h, integer_ops/conv.h,
 * integer_ops/fully_connected.h (rounding in double), kernel_util.cc
 * (PopulateConvolutionQuantizationParams, GetQuantizedConvolutionMultipler).
 */
#include "explain/products.h"

#include <math.h>
#include <string.h>

static LsMacKind
kind_of (const LsExplainer *e, const LsExplainProducts *p)
{
  if (p->in->type == LS_TYPE_FLOAT32)
    return p->weights->type == LS_TYPE_FLOAT32 ? LS_MAC_F32 : LS_MAC_HYBRID;
  if (p->in->type != LS_TYPE_INT16)
    return LS_MAC_I32;
  return ls_attr_int (e->node->def, "quantized_bias_type", LS_TYPE_FLOAT32) == LS_TYPE_INT32
             && p->weights->type != LS_TYPE_INT16
           ? LS_MAC_I32
           : LS_MAC_I64;
}

static const char *const sentences[] = {
  [LS_MAC_F32] = "Float: products are summed as floats, in the order of the taps.",
  [LS_MAC_I32] = "Integers: sums of 32 bits, rescaled in fixed point with two roundings.",
  [LS_MAC_I64] = "16-bit activations: sums of 64 bits, rescaled with a multiplier of 16 bits.",
  [LS_MAC_HYBRID] = ("Hybrid: the float input is quantized row by row as it comes, sums have 32 "
                     "bits, and two scales make them float."),
};

static void
give_scales (LsExplainer *e, const LsExplainProducts *p)
{
  if (p->kind == LS_MAC_F32)
    return;
  if (p->kind != LS_MAC_HYBRID)
    ls_explain_f32 (e, "input_scale", "scale of the input", NULL, p->in->scale);
  if (p->block == 0)
    ls_explain_f32 (e, "weight_scale", "scale of the weights, of this channel", NULL,
                    ls_explain_scale (p->weights, p->channel));
  if (p->kind != LS_MAC_HYBRID && p->rule != LS_SCALE_NONE)
    ls_explain_f32 (e, "output_scale", "scale of the output", NULL, e->node->out[0]->scale);
  if (p->x_zero != 0)
    ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, p->x_zero);
  if (p->w_zero != 0)
    ls_explain_i32 (e, "weight_zero_point", "zero point of the weights", NULL, p->w_zero);
}

static void
set_zero_points (LsExplainProducts *p)
{
  const bool is_8_bit = p->in->type == LS_TYPE_INT8 || p->in->type == LS_TYPE_UINT8;

  p->x_zero = is_8_bit && !p->ignores_zeros ? p->in->zero_point : 0;
  p->w_zero = p->kind == LS_MAC_F32 || p->kind == LS_MAC_HYBRID || p->ignores_zeros
                  || p->ignores_weight_zero
                ? 0
                : p->weights->zero_point;
}

LsStatus
ls_explain_products_begin (LsExplainer *e, LsExplainProducts *p, size_t n_taps, LsError *error)
{
  LsExplanation *out = e->out;
  const LsQuantization *quant = p->weights->quant;

  if (n_taps > LS_EXPLAIN_MAX_TAPS)
    return ls_explain_unsupported (e, error, "%zu taps, more than %d", n_taps, LS_EXPLAIN_MAX_TAPS);
  p->kind = kind_of (e, p);
  if (quant != NULL && quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    p->block = (size_t) quant->block_size;
  set_zero_points (p);
  out->arithmetic = p->rule == LS_SCALE_DOUBLE && p->kind != LS_MAC_F32 && p->kind != LS_MAC_HYBRID
                      ? "Integers: sums are rescaled in double and rounded once."
                      : sentences[p->kind];
  out->x_operand = ls_explain_operand (e, "input", p->in, 0);
  out->w_operand = ls_explain_operand (e, "weights", p->weights, p->channel);
  if (p->bias != NULL)
    ls_explain_operand (e, "bias", p->bias, p->channel);
  out->product_title = "product";
  if (p->kind != LS_MAC_F32)
    out->a_title = p->kind == LS_MAC_HYBRID ? "quantized" : "x - zero";
  if (p->w_zero != 0)
    out->b_title = "w - zero";
  /* The reference takes the bytes of hybrid weights as they are. */
  if (p->kind == LS_MAC_HYBRID && p->weights->type == LS_TYPE_UINT8)
    out->operands[out->w_operand].type = LS_TYPE_INT8;
  give_scales (e, p);
  if (p->kind == LS_MAC_HYBRID)
    ls_explain_quantize_row (e, p);
  return LS_OK;
}

static bool
is_inside (const LsValue *value, const int32_t *at)
{
  for (int i = 0; i < value->rank; i++)
    if (at[i] < 0 || at[i] >= value->dims[i])
      return false;
  return true;
}

/* The real weight of a tap: with its own scale. */
static double
real_weight (const LsExplainer *e, const LsExplainProducts *p, double w)
{
  float scale;

  if (p->kind == LS_MAC_F32)
    return w;
  if (p->block == 0)
    return (w - p->w_zero) * (double) ls_explain_scale (p->weights, p->channel);
  return ls_explain_block_scale (e, p, e->out->n_taps / p->block, &scale, NULL) == LS_OK
           ? w * (double) scale
           : 0;
}

/* Negative activations times -128: the kernels for x86 negate the weight in 8 bits. */
static void
mind_minimum (LsExplainer *e, LsExplainProducts *p, double w, int32_t q)
{
  if (e->out->n_taps < p->n_minding && w == INT8_MIN && q < 0)
    p->minima += 256 * (int64_t) q;
}

void
ls_explain_product (LsExplainer *e, LsExplainProducts *p, const int32_t *x_at, const int32_t *w_at)
{
  LsExplainTap tap = { .is_padding = !is_inside (p->in, x_at) };
  const bool is_real = p->in->type == LS_TYPE_FLOAT32;

  memcpy (tap.x_at, x_at, (size_t) p->in->rank * sizeof *x_at);
  memcpy (tap.w_at, w_at, (size_t) p->weights->rank * sizeof *w_at);
  tap.x = is_real ? 0 : p->x_zero;
  if (!tap.is_padding)
    tap.x = ls_explain_get (p->in, ls_explain_index (p->in, x_at));
  tap.w = ls_explain_get (p->weights, ls_explain_index (p->weights, w_at));
  if (p->kind == LS_MAC_HYBRID)
    tap.w = (int8_t) (int) tap.w;
  tap.b = tap.w - p->w_zero;
  tap.a = tap.x - p->x_zero;
  if (p->kind == LS_MAC_HYBRID)
    {
      const int32_t q = ls_explain_quantized (p, (float) tap.x);

      tap.a = q - p->row_zero;
      mind_minimum (e, p, tap.w, q);
    }
  tap.product = tap.a * tap.b + 0.0; /* never -0 */
  if (p->kind == LS_MAC_F32)
    {
      tap.product = (double) ((float) tap.a * (float) tap.b);
      p->float_sum += (float) tap.a * (float) tap.b;
      e->magnitude += fabs (tap.product);
    }
  else
    p->sum += (int64_t) tap.product;
  p->real_sum += (is_real ? tap.x : tap.a * (double) p->in->scale) * real_weight (e, p, tap.w);
  ls_explain_tap (e, &tap);
}

/* ---- Integers ----------------------------------------------------------------------------------
 */

static int64_t
sum_and_bias (LsExplainer *e, const LsExplainProducts *p)
{
  const bool is_wide = p->kind == LS_MAC_I64;
  const char *formula = ls_explain_text (e, "sum += %s%s * %s", is_wide ? "(int64_t) " : "",
                                         p->x_zero != 0 ? "(x[i] - input_zero_point)" : "x[i]",
                                         p->w_zero != 0 ? "(w[i] - weight_zero_point)" : "w[i]");
  const LsExplainType type = is_wide ? LS_EXPLAIN_I64 : LS_EXPLAIN_I32;
  const int64_t sum = is_wide ? p->sum : (int32_t) (uint32_t) (uint64_t) p->sum;
  const int64_t bias = p->bias != NULL ? ls_explain_get_int (p->bias, p->channel) : 0;

  ls_explain_loop_int (e, type, "sum", "the products", "0", formula, sum);
  if (p->bias == NULL)
    return is_wide ? ls_explain_i64 (e, "accumulator", "without a bias", "sum", sum)
                   : ls_explain_i32 (e, "accumulator", "without a bias", "sum", (int32_t) sum);
  if (p->bias->type == LS_TYPE_INT64)
    ls_explain_i64 (e, "bias", "bias of the channel", NULL, bias);
  else
    ls_explain_i32 (e, "bias", "bias of the channel", NULL, (int32_t) bias);
  if (is_wide)
    return ls_explain_i64 (e, "accumulator", "with the bias", "sum + bias",
                           (int64_t) ((uint64_t) sum + (uint64_t) bias));
  return ls_explain_i32 (e, "accumulator", "with the bias", "sum + bias",
                         (int32_t) ((uint32_t) sum + (uint32_t) bias));
}

static double
real_multiplier (LsExplainer *e, const LsExplainProducts *p)
{
  const float scale = ls_explain_scale (p->weights, p->channel), y = e->node->out[0]->scale;
  const bool is_none = p->has_tensor_scale_only && p->weights->quant->n_scales > 1;

  if (p->rule != LS_SCALE_PER_TENSOR)
    return ls_explain_f64 (e, "real_multiplier", "three scales make one",
                           "(double) input_scale * weight_scale / output_scale",
                           (double) p->in->scale * (double) scale / (double) y);
  if (is_none)
    return ls_explain_f64 (e, "real_multiplier",
                           "the reference looks only at a scale of the whole tensor", "0.0", 0);
  return ls_explain_f64 (e, "real_multiplier", "three scales make one; the product is a float",
                         "(double) (input_scale * weight_scale) / output_scale",
                         (double) (p->in->scale * scale) / (double) y);
}

static int32_t
rescale_wide (LsExplainer *e, int64_t accumulator, LsMultiplier m)
{
  const int32_t reduced
    = ls_explain_i32 (e, "reduced", "the multiplier rounded to 16 bits",
                      "multiplier < 0x7fff0000 ? (multiplier + 0x8000) >> 16 : 0x7fff",
                      m.multiplier < 0x7fff0000 ? (m.multiplier + 0x8000) >> 16 : 0x7fff);
  const int right
    = ls_explain_i32 (e, "right_shift", "all of its power of two", "15 - shift", 15 - m.shift);
  const int64_t product
    = ls_explain_i64 (e, "product", "with one half of the last place, to round",
                      "accumulator * reduced + (INT64_C (1) << ((right_shift - 1) & 63))",
                      (int64_t) ((uint64_t) accumulator * (uint64_t) (int64_t) reduced
                                 + (UINT64_C (1) << ((right - 1) & 63))));

  return ls_explain_i32 (e, "scaled", "in steps of the output",
                         "(int32_t) (product >> (right_shift & 63))",
                         (int32_t) (product >> (right & 63)));
}

static int32_t
round_to_int32 (double x)
{
  x = round (x);
  return x > -2147483649.0 && x < 2147483648.0 ? (int32_t) x : INT32_MIN;
}

static LsStatus
integer_end (LsExplainer *e, LsExplainProducts *p, LsError *error)
{
  const int64_t accumulator = sum_and_bias (e, p);
  const bool is_wide = p->kind == LS_MAC_I64;
  int32_t scaled;

  if (p->rule == LS_SCALE_NONE)
    {
      e->out->float_value = (double) accumulator;
      ls_explain_store_plain (e, "accumulator", accumulator);
      return LS_OK;
    }

  const double real = real_multiplier (e, p);

  if (p->rule == LS_SCALE_DOUBLE)
    scaled = ls_explain_i32 (e, "scaled", "in steps of the output, half away from zero",
                             "round_to_int32 ((double) accumulator * real_multiplier)",
                             round_to_int32 ((double) accumulator * real));
  else
    {
      const LsMultiplier m = ls_explain_multiplier (e, "", "real_multiplier", real);

      scaled = is_wide
                 ? rescale_wide (e, accumulator, m)
                 : ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT: in steps of the output",
                                    "accumulator", (int32_t) accumulator, m);
    }
  return ls_explain_finish (e, scaled, error);
}

/* ------------------------------------------------------------------------------------------------
 */

static LsStatus
float_end (LsExplainer *e, LsExplainProducts *p, LsError *error)
{
  float sum = p->float_sum;
  const char *last = "sum";

  ls_explain_loop_real (e, LS_EXPLAIN_F32, "sum", "the products", "0", "sum += x[i] * w[i]",
                        (double) sum);
  if (p->bias != NULL)
    {
      const float bias = ls_explain_f32 (e, "bias", "bias of the channel", NULL,
                                         (float) ls_explain_get (p->bias, p->channel));

      sum = ls_explain_f32 (e, "accumulator", "with the bias", "sum + bias", sum + bias);
      last = "accumulator";
    }
  return ls_explain_finish_float (e, last, sum, error);
}

/* A bias counts with the scale that the file gives it: one that is not the product of the two
 * others shows as an error. */
static double
real_bias (const LsExplainProducts *p)
{
  const double scale = (double) p->in->scale * (double) ls_explain_scale (p->weights, p->channel);

  if (p->bias == NULL)
    return 0;

  const double bias = ls_explain_get (p->bias, p->channel);

  if (ls_type_is_float (p->bias->type))
    return bias;
  return ls_explain_scale (p->bias, p->channel) > 0 ? ls_explain_real (p->bias, p->channel, bias)
                                                    : bias * scale;
}

LsStatus
ls_explain_products_end (LsExplainer *e, LsExplainProducts *p, LsError *error)
{
  LS_TRY (ls_explain_float_value (e, p->real_sum + real_bias (p), error));
  if (p->kind == LS_MAC_F32)
    return float_end (e, p, error);
  if (p->kind == LS_MAC_HYBRID)
    return ls_explain_hybrid_end (e, p, error);
  return integer_end (e, p, error);
}
