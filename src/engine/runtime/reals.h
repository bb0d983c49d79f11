/* The real values that the elements of an array stand for. */
#ifndef LS_RUNTIME_REALS_H
#define LS_RUNTIME_REALS_H

#include "litesmith.h"

typedef struct
{
  const LsArray *array;
  const LsQuantization *quant; /* NULL: the elements are the values */
  size_t inner, channels;      /* the channel of element i is i / inner % channels */
  size_t n_factors;            /* 0: none */
  const float *factors;        /* what element i is divided by, at i % n_factors */
} LsReals;

LsReals ls_reals (const LsArray *array, const LsQuantization *quant);
/* Decodes elements [begin, end). */
void ls_reals_get (const LsReals *reals, size_t begin, size_t end, double *out);
/* The stored value nearest to @value goes into @array, which @reals describes; the ends of the type
 * for what lies outside. */
void ls_reals_put (const LsReals *reals, LsArray *array, size_t index, double value);
/* How many of elements [begin, end) lie at an end of their type that does not stand for 0. */
size_t ls_reals_saturated (const LsReals *reals, size_t begin, size_t end);

/* Whether all numbers are neither infinite nor none; texts and integers always are. */
bool ls_array_is_finite (const LsArray *array);

#endif
