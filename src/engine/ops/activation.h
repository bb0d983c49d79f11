/*
 * Activations that are fused into other operators.
 *
 * Sources: tflite/kernels/kernel_util.h (CalculateActivationRange), kernel_util.cc
 * (CalculateActivationRangeQuantized), internal/tensor_utils.h (ApplyActivationToVector).
 */
#ifndef LS_OPS_ACTIVATION_H
#define LS_OPS_ACTIVATION_H

#include "ops/op.h"

/* The schema's ActivationFunctionType. */
typedef enum
{
  LS_ACTIVATION_NONE,
  LS_ACTIVATION_RELU,
  LS_ACTIVATION_RELU_N1_TO_1,
  LS_ACTIVATION_RELU6,
  LS_ACTIVATION_TANH,
  LS_ACTIVATION_SIGN_BIT
} LsActivation;

typedef struct
{
  float min, max;
} LsFloatRange;

typedef struct
{
  int32_t min, max; /* min <= max */
} LsIntRange;

/* The node's option `fused_activation_function`; NONE when it has no such option. Fails for a
 * number that is no activation. */
LsStatus ls_node_activation (const LsNode *node, LsActivation *out, LsError *error);

/* The clamp that stands for an activation. Without one it is the largest finite range, so that the
 * reference turns infinities into ±FLT_MAX. TANH and SIGN_BIT, which are no clamps, count as none:
 * operators that know them use ls_activate(). */
LsFloatRange ls_activation_float_range (LsActivation activation);

/* The clamp of a quantized output (int8, uint8, int16): the activation's bounds in the output's
 * scale, within the type. Fails for another type, or a scale that makes a bound unrepresentable. */
LsStatus ls_activation_int_range (const LsNode *node, const LsValue *out, LsActivation activation,
                                  LsIntRange *range, LsError *error);

/* Any of the activations on one float. */
float ls_activate (LsActivation activation, float x);
/* The same on @n floats, in place. */
void ls_activate_row (LsActivation activation, float *y, size_t n);

/* NaN stays NaN. */
static inline float
ls_clamp_f32 (float x, LsFloatRange range)
{
  x = x < range.min ? range.min : x;
  return range.max < x ? range.max : x;
}

#endif
