/* What the tests of conversions share: the sample models, and a look at what came out. */
#ifndef LS_TESTS_SAMPLES_H
#define LS_TESTS_SAMPLES_H

#include <stdio.h>

#include "model/model.h"
#include "test.h"

static const char *samples; /* folder, from the command line */

static inline LsModel *
open_sample (const char *name)
{
  char path[1000];
  LsModel *model = NULL;
  LsError error = { 0 };

  snprintf (path, sizeof path, "%s/%s", samples, name);
  if (ls_model_open (path, &model, &error) != LS_OK)
    printf ("# %s: %s\n", path, error.message);
  CHECK (model != NULL);
  return model;
}

static inline LsModel *
convert_with (const LsModel *model, const LsConvertOptions *options)
{
  LsModel *out = NULL;
  LsError error = { 0 };

  if (ls_convert (model, options, NULL, &out, NULL, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (out != NULL);
  return out;
}

static inline unsigned
count_ops (const LsModel *model, int kind)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < ls_model_subgraph (model, 0)->n_ops; i++)
    n += ls_model_subgraph (model, 0)->ops[i].kind == kind;
  return n;
}

static inline unsigned
count_type (const LsModel *model, LsType type)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < ls_model_subgraph (model, 0)->n_tensors; i++)
    n += ls_model_subgraph (model, 0)->tensors[i].type == type;
  return n;
}

#endif
