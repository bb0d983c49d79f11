/*
 * Adaptive rounding: the weights of an operator are rounded to integers so that the error of its
 * outputs over the samples is least, not that of each weight. (Nagel et al. 2020, "Up or down?";
 * here by coordinate descent over the products of inputs, as in Behdin et al. 2023, "QuantEase".)
 */
#ifndef LS_CONVERT_QUANTIZE_ROUNDING_H
#define LS_CONVERT_QUANTIZE_ROUNDING_H

#include "convert/constants.h"
#include "convert/pass.h"

/* One operator with constant weights. */
typedef struct
{
  uint32_t op;     /* of the float model */
  int32_t weights; /* tensor of the float model */
  float *values;   /* the weights, and once done those that integers stand for */
  size_t count;
  float *scales; /* one, or one for each output channel */
  uint32_t n_scales;
  double low, high; /* integers less their zero point */
  /* The mean of the error will be taken back by the bias, so that only the rest counts. */
  bool is_centred;
  bool is_done;
  double before, after; /* squared error of the outputs, rounded plainly and adaptively */
} LsRounded;

typedef struct
{
  LsPassContext *context;
  uint32_t graph;
  uint32_t n;
  LsRounded *list;
} LsRounding;

/* Whether the options ask for it, and there are samples to do it with. */
bool ls_rounding_is_wanted (const LsPassContext *context);
/*
 * Adds an operator of the float model; one whose weights others read too, or that is too large, is
 * passed over. @zero_point: of all weights, NULL where they are symmetric.
 */
LsStatus ls_rounding_add (LsRounding *rounding, uint32_t op, uint32_t weights_slot,
                          const LsConstant *weights, LsType type, const float *scales,
                          const int64_t *zero_point, bool is_centred, LsError *error);
/* Runs the samples through the model and rounds all that was added. */
LsStatus ls_rounding_run (LsRounding *rounding, LsError *error);
/* Weights that are whole steps of their scales; NULL: not rounded. */
const float *ls_rounding_values (const LsRounding *rounding, int32_t weights);
void ls_rounding_clear (LsRounding *rounding);

#endif
