/* The arithmetic of one output element, for the inspector. */
#pragma once

#include "smith-model.h"

/* Whether operators of this kind can be explained. */
gboolean smith_engine_can_explain (const char *kind);
/* "0, 4, 4, 8": the middle of an operator's first output, to begin with. Owned by the caller; NULL:
 * it has none. */
char *smith_engine_middle_of (SmithModel *model, unsigned subgraph, int op);

typedef struct
{
  char *label, *formula, *value; /* formula: NULL when the number is given */
} SmithStep;

typedef struct
{
  char *result;     /* "stored -12, that is -0.047" */
  char *real;       /* "in real numbers -0.0466, 0.12 steps away" */
  char *arithmetic; /* the rule, one sentence; the engine's words */
  char *source;     /* where it stands */
  gboolean matches; /* the engine computed the same */
  GPtrArray *steps; /* SmithStep */
  GPtrArray *taps;  /* char *: the first of them, one a line */
  unsigned n_taps;
  char *program; /* in C */
} SmithExplanation;

/* @at: the element's place, numbers with commas. Inputs are random from @seed. */
void smith_engine_explain_async (SmithModel *model, unsigned subgraph, int op, const char *at,
                                 uint64_t seed, GAsyncReadyCallback callback, gpointer data);
SmithExplanation *smith_engine_explain_finish (GAsyncResult *result, GError **error);
void smith_explanation_free (SmithExplanation *explanation);
