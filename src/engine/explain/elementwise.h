/* Two elements that become one. */
#ifndef LS_EXPLAIN_ELEMENTWISE_H
#define LS_EXPLAIN_ELEMENTWISE_H

#include "explain/explain.h"

typedef struct
{
  const LsValue *a, *b;
  size_t at_a, at_b;
  char sign; /* '+', '-', '*' */
} LsExplainPair;

LsExplainPair ls_explain_pair (LsExplainer *e, char sign);
/* Steps of scales, zero points and both elements: a_scale, a_zero_point, a, … */
void ls_explain_pair_scales (LsExplainer *e, const LsExplainPair *pair);
/* Both on twice their larger scale with @left_shift bits behind the point, as steps a_common and
 * b_common; gives the common scale. */
double ls_explain_pair_common (LsExplainer *e, const LsExplainPair *pair, int left_shift,
                               int32_t *a, int32_t *b);

#endif
