/* Float constants and the integers that stand for them. */
#ifndef LS_CONVERT_CONSTANTS_H
#define LS_CONVERT_CONSTANTS_H

#include "model/model.h"

/* The real values of a constant. Element i belongs to channel (i / inner) % n_channels. */
typedef struct
{
  float *values; /* owned */
  size_t count, inner;
  uint32_t n_channels;
  int32_t axis; /* -1: one channel for all */
} LsConstant;

/* The real values of a constant of any numeric type as a dense FLOAT32 array; fails for strings. */
LsStatus ls_constant_floats (const LsModel *model, uint32_t graph, uint32_t tensor, LsArray *out,
                             LsError *error);

/* @axis: the dimension of the channels, or -1. */
LsStatus ls_constant_read (const LsModel *model, uint32_t graph, uint32_t tensor, int32_t axis,
                           LsConstant *out, LsError *error);
void ls_constant_clear (LsConstant *constant);

/* The integers that constants of a type use, of 2 to 64 bits. @is_symmetric: no zero point. */
void ls_constant_limits (LsType type, bool is_symmetric, double *low, double *high);

/* Lowest and highest integer of a type of 2 to 16 bits that a quantized tensor uses. */
int32_t ls_type_lowest (LsType type);
int32_t ls_type_highest (LsType type);

/*
 * The scale and zero point with which a type spans low…high, which always include 0. int8 and
 * uint8 span asymmetrically, int16 symmetrically around 0 (LiteRT's quantization specification).
 */
void ls_grid_of_range (LsType type, double low, double high, float *scale, int64_t *zero_point);

/* The same for what is computed: a range of nothing but 0, of units that are dead, becomes 0…1, and
 * a tiny one as wide as fused activations need it. */
void ls_grid_of_activation (LsType type, double low, double high, float *scale,
                            int64_t *zero_point);

/* Raises @largest, by channel, to the largest magnitude. */
void ls_constant_largest (const LsConstant *constant, float *largest);

/* The scales of symmetric int8 weights: the largest magnitude of each channel becomes 127. */
void ls_constant_symmetric_scales (const LsConstant *constant, float *scales);

/* The same, but those near it that round with the least squared error.
 * @is_corrected: the bias takes back what all errors of a channel come to together, so that this
 * does not count. */
LsStatus ls_constant_fit_scales (const LsConstant *constant, bool is_corrected, float *scales,
                                 LsError *error);

/*
 * The same for weights of int8, int4 or int2. Where steps are coarse (int4, int2) the greatest
 * magnitude may be cut off, if that makes the squared error less.
 */
LsStatus ls_constant_weight_scales (const LsConstant *constant, LsType type, float *scales,
                                    LsError *error);

/*
 * Rounds to scale and zero point (one, or one for each channel) and makes the tensor a constant of
 * that type, of 2 to 64 bits. NULL zero points are 0. int8 without them uses −127…127, int4
 * −7…7.
 */
LsStatus ls_constant_store (LsModel *model, uint32_t graph, uint32_t tensor,
                            const LsConstant *constant, LsType type, const float *scales,
                            const int64_t *zero_points, LsError *error);

/*
 * Rounds to int4 or int2 with a scale for each @block values along the last dimension, which it
 * divides: the scales become a float16 tensor of the subgraph. @constant is changed to channels
 * that are blocks. *done is false, and nothing changed, where float16 cannot hold the scales.
 */
LsStatus ls_constant_store_blocks (LsModel *model, uint32_t graph, uint32_t tensor,
                                   LsConstant *constant, LsType type, uint32_t block, bool *done,
                                   LsError *error);

/* A quantization record in the model's store; NULL: out of memory. */
const LsQuantization *ls_quantization_new (LsModel *model, uint32_t count, const float *scales,
                                           const int64_t *zero_points, int32_t axis);

#endif
