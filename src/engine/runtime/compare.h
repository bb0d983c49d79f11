/* Two models on the same inputs: what comparing and looking into its layers share. */
#ifndef LS_RUNTIME_COMPARE_H
#define LS_RUNTIME_COMPARE_H

#include "base/names.h"
#include "runtime/reals.h"
#include "runtime/runtime.h"

enum
{
  LS_COMPARE_AT_A_TIME = 512 /* elements that are decoded */
};

/* What is summed up over the elements of a pair. */
typedef struct
{
  double sum_abs, signal, noise, dot, norm_b;
  uint64_t n_saturated;
  bool has_infinite;
} LsCompareSums;

/* Of the error that a layer adds itself. */
typedef struct
{
  LsCompareSums sums;
  double max_abs;
  uint64_t count;
} LsCompareOwn;

typedef struct
{
  LsSession *a, *b;
  LsNames inputs, names; /* of B's inputs and tensors */
  LsCompareSums *sums;   /* by pair */
  LsComparison *out;
  bool has_layers, are_twins;
  LsCompareOwn *own; /* by pair */
  int32_t *pair_of;  /* by A's tensors: the pair, or -1 */
} LsCompare;

/* Sets an input from an array that holds the same real values in another type. */
LsStatus ls_compare_set_converted (LsSession *session, uint32_t index, const LsArray *array,
                                   const LsQuantization *quant, LsError *error);
/* Which of B's inputs is A's input of that number: the one of the same name, else of the same
 * place. */
uint32_t ls_compare_find_input (const LsCompare *compare, uint32_t index);
/* What a tensor holds now, as the model that it was converted from would hold it. */
LsReals ls_compare_reals (const LsSession *session, uint32_t tensor, const LsArray *array);
double ls_compare_sqnr (const LsCompareSums *sums);

/* ---- Layers ---- */

/* After the pairs are made. */
LsStatus ls_compare_layers_begin (LsCompare *compare, LsError *error);
/* Counts the values of both, by their size. */
void ls_compare_spread (LsComparedLayer *layer, const LsReals *a, const LsReals *b, size_t count);
/* After both have run on a sample, and been compared: runs A again. */
LsStatus ls_compare_layers_run (LsCompare *compare, LsError *error);
void ls_compare_layers_finish (LsCompare *compare);

#endif
