/*
 * Hybrid ("dynamic range") operators: float values that are quantized row by row as they come, and
 * multiplied with 8-bit weights.
 *
 * Source: tflite/kernels/internal/reference/portable_tensor_utils.cc
 * (PortableSymmetricQuantizeFloats, PortableAsymmetricQuantizeFloats,
 * PortableMatrixBatchVectorMultiplyAccumulate).
 */
#ifndef LS_OPS_HYBRID_H
#define LS_OPS_HYBRID_H

#include "litesmith.h"

/* How a row was quantized: real = (q - zero_point) × scale. */
typedef struct
{
  float scale;
  int32_t zero_point; /* 0 unless asymmetric */
} LsRowScale;

/* Quantizes @n floats into @q: symmetric on [-127, 127], or with a zero point on [-128, 127]. A row
 * of zeros gives zeros with scale 1. */
LsRowScale ls_quantize_row (const float *x, size_t n, bool is_asymmetric, int8_t *q);

/* True when every element is 0 (or there is none). */
bool ls_is_zero_row (const float *x, size_t n);

int32_t ls_sum_i8 (const int8_t *a, size_t n);

#endif
