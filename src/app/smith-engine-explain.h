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
  char *place;      /* "0, 4, 4, 8": of the element */
  char *result;     /* "stored -12, that is -0.047" */
  char *real;       /* "in real numbers -0.0466, 0.12 steps away" */
  char *arithmetic; /* the rule, one sentence; the engine's words */
  char *source;     /* where it stands */
  gboolean matches; /* the engine computed the same */
  double error;     /* from what real numbers give, in steps of integers; never negative */
  GPtrArray *steps; /* SmithStep */
  GPtrArray *taps;  /* char *: the first of them, one a line */
  unsigned n_taps;
  char *text, *json, *program; /* whole, as the command prints them; the last in C */
} SmithExplanation;

typedef struct
{
  unsigned subgraph;
  int op;
  const char *at;           /* the element's place, numbers with commas; NULL: the worst */
  const char *const *files; /* for the first inputs; NULL among them: random from the seed */
  unsigned n_files;
  uint64_t seed;
} SmithExplainWish;

/*
 * The worst element is the one whose stored value is farthest from what real numbers give; of large
 * outputs a part is tried, evenly spread.
 */
void smith_engine_explain_async (SmithModel *model, const SmithExplainWish *wish,
                                 GAsyncReadyCallback callback, gpointer data);
SmithExplanation *smith_engine_explain_finish (GAsyncResult *result, GError **error);
void smith_explanation_free (SmithExplanation *explanation);
