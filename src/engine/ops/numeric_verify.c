/* NumericVerify: the difference between a dequantized tensor and its float32 reference. With
 * log_if_failed and a tolerance of at least 0.1 steps a larger difference ends the run. Source:
 * tflite/kernels/numeric_verify.cc. */
#include "ops/dequantize.h"
#include "ops/flexmap.h"
#include "ops/shape.h"

#include <math.h>

typedef struct
{
  LsDequantize dequantize;
  float largest; /* INFINITY: nothing is checked */
} Verify;

static LsStatus
verify_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Verify *verify = node->state;
  const float *reference = node->in[1]->data;
  float *y = node->out[0]->data;

  verify->dequantize.fn (&verify->dequantize, node->in[0]->data, begin, end, y + begin);
  for (size_t i = begin; i < end; i++)
    {
      y[i] -= reference[i];
      if (fabsf (y[i]) > verify->largest)
        return ls_node_fail (
          node, LS_E_INVALID, "element %zu is %g away from its reference %g, more than %g", i,
          (double) fabsf (y[i]), (double) reference[i], (double) verify->largest);
    }
  return LS_OK;
}

static LsStatus
verify_prepare (LsNode *node, LsError *error)
{
  const unsigned quantized = LS_BIT (INT8) | LS_BIT (UINT8) | LS_BIT (INT16) | LS_BIT (FLOAT16);
  const LsBytes options = node->def->custom_options;
  const float tolerance = (float) ls_flexmap_float (options, "tolerance", 0.0);

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *x = node->in[0];

  LS_TRY (ls_node_types (node, x, "input 0", quantized, error));
  LS_TRY (ls_node_types (node, node->in[1], "input 1", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32), error));
  if (node->in[1]->count != x->count)
    return ls_node_invalid (node, error, "the reference %s has another size than %s",
                            LS_SHAPE (node->in[1]), LS_SHAPE (x));

  Verify *verify = ls_node_alloc (node, 1, sizeof *verify, error);

  if (verify == NULL)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_dequantize_init (&verify->dequantize, node, x, error));
  verify->largest = INFINITY;
  if (ls_flexmap_bool (options, "log_if_failed", false) && tolerance >= 0.1f)
    verify->largest = tolerance * x->scale;
  node->state = verify;
  LS_TRY (ls_node_output_like (node, 0, x, error));
  ls_node_phase (node, verify_run, x->count, ls_element_grain (LS_COST_RESCALE));
  return LS_OK;
}

const LsOp ls_op_numeric_verify
  = { verify_prepare, 0, 1, "int8, uint8, int16, float16 against float32" };
