/*
 * What the recurrent operators share: weights that are float or 8-bit, vectors that are quantized
 * to meet them, sequences stored batch or time first, scratch memory.
 */
#ifndef LS_OPS_RECURRENT_H
#define LS_OPS_RECURRENT_H

#include "ops/activation.h"
#include "ops/hybrid.h"
#include "ops/op.h"

/* Weights [n_rows, n_cols], float or 8-bit with one scale. */
typedef struct
{
  const LsValue *value; /* NULL: absent */
  size_t n_rows, n_cols;
  bool is_quantized;
  float scale;
  const int32_t *row_sums; /* asymmetric hybrid with constant weights; else NULL */
} LsMatrix;

/* A vector as floats and, where 8-bit weights wait for it, quantized. */
typedef struct
{
  const float *x;
  size_t n;
  const int16_t *quantized; /* NULL: it is not */
  LsRowScale scale;
  bool is_zero;
} LsVector;

/*
 * Takes weights, checking shape and type (FLOAT32, INT8; UINT8 is read as INT8, as LiteRT does).
 *
 * @what: "input-to-forget weights"
 * @is_asymmetric: vectors will have zero points, so sums over the rows are wanted
 */
LsStatus ls_matrix_init (LsMatrix *matrix, LsNode *node, const LsValue *value, const char *what,
                         int64_t n_rows, int64_t n_cols, bool is_asymmetric, LsError *error);
/* sums += matrix × vector. @scratch: n_rows integers, used when the weights are quantized */
void ls_matrix_add (const LsMatrix *matrix, const LsVector *vector, uint32_t *scratch, float *sums);
/* Points the vector at @n floats, and quantizes them into memory from *@room unless it is NULL. */
void ls_vector_set (LsVector *vector, const float *x, size_t n, uint8_t **room, bool is_asymmetric);
/* Adds what ls_vector_set() takes. */
void ls_vector_room (size_t *total, size_t n);
/* Products of 8-bit weights take 16-bit vectors. */
void ls_widen_i8 (const int8_t *x, size_t n, int16_t *wide);

/* Activations of recurrent cells: TANH as LiteRT has it here, see recurrent.c. */
float ls_recurrent_activate (LsActivation activation, float x);
float ls_recurrent_logistic (float x);

/* Fails unless a value (which must be there) has this type and these many elements. */
LsStatus ls_recurrent_check (const LsNode *node, const LsValue *value, const char *what,
                             LsType type, int64_t count, LsError *error);
/* The same for a state, which must also be a variable. */
LsStatus ls_recurrent_state (const LsNode *node, const LsValue *value, const char *what,
                             LsType type, int64_t count, LsError *error);
/* Input @index, or NULL when the operator has fewer inputs. */
const LsValue *ls_recurrent_input (const LsNode *node, uint32_t index);

/* A sequence [time, batch, depth] or [batch, time, depth]. */
typedef struct
{
  int32_t n_batch, n_time, depth;
  bool is_time_major;
} LsSequence;

/* Reads the shape of a rank-3 input. */
LsStatus ls_sequence_init (LsSequence *sequence, const LsNode *node, const LsValue *input,
                           bool is_time_major, LsError *error);
/* The element of the sequence at which (batch, time) begins, when its depth is @depth. */
static inline size_t
ls_sequence_at (const LsSequence *sequence, size_t batch, size_t time, size_t depth)
{
  size_t index = sequence->is_time_major ? time * (size_t) sequence->n_batch + batch
                                         : batch * (size_t) sequence->n_time + time;

  return index * depth;
}
/* Output @out has the sequence's shape, but for the depth. */
LsStatus ls_sequence_output (const LsSequence *sequence, LsNode *node, uint32_t out, int64_t depth,
                             LsError *error);

/* Sums up scratch memory; a size that does not fit makes it huge, so that asking for it fails. */
void ls_scratch_add (size_t *total, size_t count, size_t size);
/* Takes a part of scratch memory that was summed up in the same order. */
void *ls_scratch_take (uint8_t **at, size_t count, size_t size);

#endif
