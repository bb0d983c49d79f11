/* FAKE_QUANT: floats rounded to the steps that `num_bits` leave between `min` and `max`. Sources:
 * tflite/kernels/fake_quant.cc, internal/quantization_util.cc (NudgeQuantizationRange,
 * FakeQuantizeArray). */
#include "ops/elementwise.h"
#include "ops/shape.h"

#include <math.h>

typedef struct
{
  float scale, min, max; /* moved so that 0 is a step */
} FakeQuant;

static LsStatus
fake_quant_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const FakeQuant f = *(const FakeQuant *) node->state;
  const float inverse = 1.0f / f.scale, *x = node->in[0]->data;
  float *y = node->out[0]->data;

  for (size_t i = begin; i < end; i++)
    {
      float clamped = f.min < x[i] ? x[i] : f.min;

      clamped = clamped < f.max ? clamped : f.max;
      y[i] = roundf ((clamped - f.min) * inverse) * f.scale + f.min;
    }
  return LS_OK;
}

static FakeQuant
nudge (float min, float max, int num_bits)
{
  const float last = (float) ((INT64_C (1) << num_bits) - 1);
  FakeQuant f = { .scale = (max - min) / last };
  float zero_point = 0.0f - min / f.scale;

  zero_point = zero_point < 0.0f ? 0.0f : zero_point > last ? last : roundf (zero_point);
  /* The reference keeps it in 16 bits. */
  zero_point = (float) (uint16_t) (uint32_t) zero_point;
  f.min = (0.0f - zero_point) * f.scale;
  f.max = (last - zero_point) * f.scale;
  return f;
}

static LsStatus
fake_quant_prepare (LsNode *node, LsError *error)
{
  const float min = (float) ls_attr_float (node->def, "min", 0.0),
              max = (float) ls_attr_float (node->def, "max", 0.0);
  const int64_t num_bits = ls_attr_int (node->def, "num_bits", 0);

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  if (ls_attr_int (node->def, "narrow_range", 0) != 0)
    return ls_node_unsupported (node, error, "narrow_range");
  if (num_bits < 1 || num_bits > 16 || !isfinite (max - min) || !(min < max))
    return ls_node_invalid (node, error, "%lld bits between %g and %g", (long long) num_bits,
                            (double) min, (double) max);

  FakeQuant *f = ls_node_alloc (node, 1, sizeof *f, error);

  if (f == NULL)
    return LS_E_NO_MEMORY;
  *f = nudge (min, max, (int) num_bits);
  node->state = f;
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, fake_quant_run, node->in[0]->count, ls_element_grain (LS_COST_RESCALE));
  return LS_OK;
}

const LsOp ls_op_fake_quant = { fake_quant_prepare, LS_OP_IN_PLACE, 2, "float32" };
