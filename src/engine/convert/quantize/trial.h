/* Quantizing in several ways, and measuring each against the float model over some samples. */
#ifndef LS_CONVERT_TRIAL_H
#define LS_CONVERT_TRIAL_H

#include "convert/pass.h"

typedef struct
{
  LsObserver observer;
  double percentile;
  LsEqualize equalize;
  const char *name;
  bool is_uncorrected, is_rounded; /* biases; weights together, over samples not measured with */
} LsWay;

enum
{
  LS_TRIAL_OUTPUTS = 64 /* of a model that are measured */
};

typedef struct
{
  LsWay way;
  double noise[LS_TRIAL_OUTPUTS], power[LS_TRIAL_OUTPUTS]; /* of the samples so far */
  double score;                                            /* mean SQNR of the outputs, in dB */
} LsCandidate;

typedef struct LsTrial LsTrial;

/* @n_samples at most, spread over all that there are; fewer when outputs are large. */
LsStatus ls_trial_new (LsPassContext *context, uint32_t n_samples, LsTrial **out, LsError *error);
void ls_trial_free (LsTrial *trial); /* NULL is fine */
uint32_t ls_trial_n_samples (const LsTrial *trial);
/* Measures each candidate over samples [begin, end) in addition to those before. Candidates run
 * beside each other; the result does not depend on how many threads there are. */
LsStatus ls_trial_run (LsTrial *trial, LsCandidate *candidates, uint32_t count, uint32_t begin,
                       uint32_t end, LsError *error);
/* What a way makes the ranges span; ranges that were given, or another observer, stay. */
void ls_way_observe (const LsWay *way, const LsPassContext *context, LsRanges *ranges);

LsChosen ls_way_chosen (const LsWay *way);

LS_DEFINE_AUTO (LsTrial, ls_trial_free)

#endif
