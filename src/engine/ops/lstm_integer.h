/* What the two integer forms of LSTM share. */
#ifndef LS_OPS_LSTM_INTEGER_H
#define LS_OPS_LSTM_INTEGER_H

#include "ops/fixed_point.h"
#include "ops/lstm.h"

/* c = clip (forget × c + take × cell), where take is the input gate, or 1 - forget when there is
 * none. Gates have no integer bits; the scale of @c is 2^cell_log2. */
void ls_lstm_update_cell (const int16_t *input_gate, const int16_t *forget_gate,
                          const int16_t *cell_gate, size_t n, int cell_log2, int16_t clip,
                          int16_t *c);

/* sums = bias (0 when NULL) + weights × x, modulo 2^32. */
void ls_lstm_products (const LsValue *weights, const int16_t *x, const int32_t *bias,
                       uint32_t *sums);
/* Takes the zero point away. */
void ls_lstm_center (const int8_t *x, size_t n, int32_t zero_point, int16_t *centered);

LsStatus ls_lstm_check_matrix (const LsNode *node, const LsValue *value, const char *what,
                               int64_t n_rows, int64_t n_cols, LsError *error);
/* Types and sizes of the tensors of one gate. */
LsStatus ls_lstm_check_gate (const LsLstm *lstm, const LsNode *node, int which, LsError *error);
LsStatus ls_lstm_check_scales (const LsLstm *lstm, const LsNode *node, LsError *error);
/* Scale and zero point of an intermediate tensor, which has no other meaning. */
LsStatus ls_lstm_intermediate (const LsNode *node, uint32_t index, float *scale,
                               int32_t *zero_point, LsError *error);
/* A factor between scales, which must be finite and not absurdly large. */
LsStatus ls_lstm_multiplier (const LsNode *node, double real, LsMultiplier *out, LsError *error);
/* The clips in units of the cell state and of the output; 0: none. */
int16_t ls_lstm_cell_clip (const LsLstm *lstm);
int8_t ls_lstm_proj_clip (const LsLstm *lstm);

/* An output of the projection from its value without the zero point. @clip: of proj_clip. */
static inline int8_t
ls_lstm_clip_output (const LsLstm *lstm, int32_t value, int8_t clip)
{
  value = ls_clamp_i32 (value + lstm->output_state->zero_point, INT8_MIN, INT8_MAX);
  return (int8_t) (clip > 0 ? ls_clamp_i32 (value, -clip, clip) : value);
}

#endif
