/* Products of an operator's inputs, summed over what it saw: how errors of its weights add up. */
#ifndef LS_CONVERT_QUANTIZE_GRAM_H
#define LS_CONVERT_QUANTIZE_GRAM_H

#include "base/pool.h"
#include "model/model.h"

/*
 * The weights of an output channel meet @depth inputs at a time, a row. Channels of one group meet
 * the same rows (depthwise convolutions: a group for each input channel).
 */
typedef struct
{
  const LsOperator *op;
  int taps[2], strides[2], dilations[2]; /* height, width; 1 for a matrix */
  bool is_same;                          /* padding; else none */
  size_t n_groups, depth, channels;      /* channels: of the output */
  size_t step, stride; /* of the weights: from one input to the next, from a channel to the next */
  size_t n_rows;
  double *means; /* n_groups × depth */
  float *sums;   /* n_groups × depth × depth: the lower triangles until finished */
} LsGram;

/* False: not an operator that has one. Nothing is allocated. */
bool ls_gram_init (LsGram *gram, const LsSubgraph *graph, const LsOperator *op,
                   const LsTensor *weights);
/* Bytes that ls_gram_begin() takes. */
size_t ls_gram_bytes (const LsGram *gram);
bool ls_gram_begin (LsGram *gram); /* false: out of memory */
/*
 * Takes in at most @max_rows rows, evenly over the output. @seed: which.
 *
 * @in, @out: dims of the operator's input and output, rank 4 for convolutions
 */
bool ls_gram_add (LsGram *gram, const float *values, const int32_t *in, const int32_t *out,
                  size_t count, size_t max_rows, size_t seed, LsPool *pool);
/* Divides by the rows and makes the matrices whole. @is_centred: less the products of the means. */
void ls_gram_finish (LsGram *gram, bool is_centred);
void ls_gram_clear (LsGram *gram);

#endif
