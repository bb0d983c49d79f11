/*
 * Hybrid arithmetic: float input, integer weights.
 *
 * Sources: tflite/kernels/internal/reference/portable_tensor_utils.cc
 * (PortableSymmetricQuantizeFloats, PortableAsymmetricQuantizeFloats), fully_connected.cc, conv.cc.
 */
#include "explain/products.h"

#include <math.h>
#include <stdlib.h>

#include "base/half.h"

static void
find_extent (LsExplainProducts *p)
{
  const float *x = p->in->data;

  p->row = (LsFloatRange){ 0, 0 };
  for (size_t i = 0; i < p->row_length; i++)
    {
      const float value = x[p->row_begin + i * p->row_step];

      p->row.min = i == 0 || value < p->row.min ? value : p->row.min;
      p->row.max = i == 0 || p->row.max < value ? value : p->row.max;
    }
}

static void
quantize_symmetric (LsExplainer *e, LsExplainProducts *p)
{
  const float low = fabsf (p->row.min), high = fabsf (p->row.max);
  const float range
    = ls_explain_f32 (e, "row_range", "the largest magnitude",
                      "fmaxf (fabsf (row_min), fabsf (row_max))", low < high ? high : low);

  p->inverse
    = ls_explain_f32 (e, "inverse", "127 steps for it", "row_range == 0 ? 0 : 127 / row_range",
                      range == 0 ? 0 : 127 / range);
  p->row_scale
    = ls_explain_f32 (e, "row_scale", "what a step of the row stands for",
                      "row_range == 0 ? 1 : row_range / 127", range == 0 ? 1 : range / 127);
}

static const char nudge[]
  = "/* From the end of the range that gives the smaller rounding error. */\n"
    "static inline int32_t\n"
    "nudged_zero_point (double low, double high, double scale)\n"
    "{\n"
    "  const double from_low = -128 - low / scale, from_high = 127 - high / scale;\n"
    "  const double z = 128 + fabs (low / scale) < 127 + fabs (high / scale) ? from_low "
    ": from_high;\n"
    "\n"
    "  return z <= -128 ? -128 : z >= 127 ? 127 : (int32_t) round (z);\n"
    "}\n";

static int32_t
nudged_zero_point (double low, double high, double scale)
{
  const double from_low = -128 - low / scale, from_high = 127 - high / scale;
  const double z = 128 + fabs (low / scale) < 127 + fabs (high / scale) ? from_low : from_high;

  return z <= -128 ? -128 : z >= 127 ? 127 : (int32_t) round (z);
}

static void
quantize_asymmetric (LsExplainer *e, LsExplainProducts *p)
{
  const float low = ls_explain_f32 (e, "row_low", "0 is always within", "fminf (row_min, 0)",
                                    p->row.min < 0 ? p->row.min : 0),
              high = ls_explain_f32 (e, "row_high", "", "fmaxf (row_max, 0)",
                                     p->row.max > 0 ? p->row.max : 0);

  if (low == high)
    {
      p->row_scale = ls_explain_f32 (e, "row_scale", "a row of zeros", "1", 1);
      p->row_zero = ls_explain_i32 (e, "row_zero_point", "zero point of the row", "0", 0);
      p->inverse = ls_explain_f32 (e, "inverse", "", "0", 0);
      return;
    }
  e->out->functions = nudge;

  const double scale
    = ls_explain_f64 (e, "exact_scale", "255 steps for the range",
                      "(double) (row_high - row_low) / 255", (double) (high - low) / 255);

  p->row_zero = ls_explain_i32 (e, "row_zero_point", "zero point of the row",
                                "nudged_zero_point (row_low, row_high, exact_scale)",
                                nudged_zero_point (low, high, scale));
  p->row_scale = ls_explain_f32 (e, "row_scale", "what a step of the row stands for",
                                 "(float) exact_scale", (float) scale);
  p->inverse = ls_explain_f32 (e, "inverse", "", "1.0f / row_scale", 1.0f / p->row_scale);
}

void
ls_explain_quantize_row (LsExplainer *e, LsExplainProducts *p)
{
  find_extent (p);
  ls_explain_f32 (e, "row_min", "the least of the numbers that share a scale", NULL, p->row.min);
  ls_explain_f32 (e, "row_max", "the largest of them", NULL, p->row.max);
  if (p->is_asymmetric)
    quantize_asymmetric (e, p);
  else
    quantize_symmetric (e, p);
}

int32_t
ls_explain_quantized (const LsExplainProducts *p, float x)
{
  const float q = roundf ((float) p->row_zero + x * p->inverse);

  return ls_clamp_i32 (q >= -0x1p31f && q < 0x1p31f ? (int32_t) q : INT32_MIN,
                       p->is_asymmetric ? -128 : -127, 127);
}

LsStatus
ls_explain_block_scale (const LsExplainer *e, const LsExplainProducts *p, size_t block, float *out,
                        LsError *error)
{
  const size_t n_blocks = (size_t) p->weights->dims[1] / p->block;
  const size_t index = p->channel * n_blocks + block;
  const LsValue *scales;

  LS_TRY (ls_node_constant ((LsNode *) e->node, p->weights->quant->block_scales, &scales, error));
  if (index >= scales->count)
    return ls_fail (error, LS_E_INVALID, -1, "block %zu has no scale", index);
  *out = (float) ls_explain_get (scales, index);
  return LS_OK;
}

/* The function that sums blocks, with their scales. */
static const char *
block_functions (LsExplainer *e, const LsExplainProducts *p, size_t n_blocks)
{
  char *list = NULL;
  size_t size;
  FILE *f = open_memstream (&list, &size);

  for (size_t b = 0; f != NULL && b < n_blocks; b++)
    {
      float scale = 0;

      ls_explain_block_scale (e, p, b, &scale, NULL);
      fprintf (f, "%s%af", b > 0 ? ", " : "", (double) scale);
    }
  if (f == NULL || fclose (f) != 0)
    {
      free (list);
      e->is_out_of_memory = true;
      return NULL;
    }

  const char *functions = ls_explain_text (
    e,
    "%s\nstatic const float block_scales[] = { %s };\n\n"
    "/* Blocks of %zu taps have integer sums, which are added as floats. */\n"
    "static float\nsum_of_blocks (float inverse, int32_t zero_point)\n{\n"
    "  float sum = 0;\n\n"
    "  for (int b = 0; b < %zu; b++)\n    {\n      int32_t block = 0;\n\n"
    "      for (int i = b * %zu; i < (b + 1) * %zu; i++)\n"
    "        block += (quantize (x[i], inverse, (float) zero_point, -128) - zero_point) * w[i];\n"
    "      sum += (float) block * block_scales[b];\n    }\n  return sum;\n}\n",
    e->out->functions != NULL ? e->out->functions : "", list, p->block, n_blocks, p->block,
    p->block);

  free (list);
  return functions;
}

static float
sum_blocks (LsExplainer *e, const LsExplainProducts *p)
{
  const size_t n_blocks = e->out->n_taps / p->block;
  float sum = 0;

  for (size_t b = 0; b < n_blocks; b++)
    {
      int32_t block = 0;
      float scale = 0;

      for (size_t i = b * p->block; i < (b + 1) * p->block; i++)
        block += (int32_t) e->out->taps[i].product;
      ls_explain_block_scale (e, p, b, &scale, NULL);
      sum += (float) block * scale;
      e->magnitude += fabs ((double) block * (double) scale) * (double) p->row_scale;
    }
  e->out->functions = block_functions (e, p, n_blocks);
  return ls_explain_f32 (e, "sum", "the products of each block times its scale",
                         p->is_asymmetric ? "sum_of_blocks (inverse, row_zero_point)"
                                          : "sum_of_blocks (inverse, 0)",
                         sum);
}

static float
sum_products (LsExplainer *e, const LsExplainProducts *p)
{
  const float weight_scale = ls_explain_scale (p->weights, p->channel);
  int32_t sum = (int32_t) (uint32_t) (uint64_t) p->sum;

  ls_explain_loop_int (e, LS_EXPLAIN_I32, "products", "of the bytes", "0",
                       p->is_asymmetric
                         ? "products += (quantize (x[i], inverse, (float) row_zero_point, -128) - "
                           "row_zero_point) * w[i]"
                         : "products += quantize (x[i], inverse, 0, -127) * w[i]",
                       sum);
  if (p->minima != 0)
    {
      const int32_t minima = ls_explain_i32 (
        e, "minima", "weights of -128 are negated in 8 bits on x86", NULL, (int32_t) p->minima);

      sum = ls_explain_i32 (e, "corrected", "with that", "products + minima",
                            (int32_t) ((uint32_t) sum + (uint32_t) minima));
    }
  return ls_explain_f32 (e, "sum", "as a real number",
                         p->minima != 0 ? "(float) corrected * (weight_scale * row_scale)"
                                        : "(float) products * (weight_scale * row_scale)",
                         (float) sum * (weight_scale * p->row_scale));
}

LsStatus
ls_explain_hybrid_end (LsExplainer *e, LsExplainProducts *p, LsError *error)
{
  const char *last = "sum";
  float sum = 0;

  if (p->block > 0 && e->out->taps != NULL)
    {
      sum = sum_blocks (e, p);
      sum = ls_explain_f32 (e, "row_sum", "times the row's scale", "sum * row_scale",
                            sum * p->row_scale);
      last = "row_sum";
    }
  else
    sum = sum_products (e, p);
  if (p->bias != NULL)
    {
      const float bias = ls_explain_f32 (e, "bias", "bias of the channel", NULL,
                                         (float) ls_explain_get (p->bias, p->channel));

      sum = ls_explain_f32 (e, "accumulator", "with the bias",
                            ls_explain_text (e, "%s + bias", last), sum + bias);
      last = "accumulator";
    }
  e->magnitude = fmax (e->magnitude, fabs ((double) sum));
  return ls_explain_finish_float (e, last, sum, error);
}
