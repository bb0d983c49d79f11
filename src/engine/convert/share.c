/* Constants of the same bytes are stored once: operators that shared their weights each got
 * integers of their own. */
#include "convert/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "convert/parts.h"

enum
{
  LEAST_BYTES = 64 /* fewer are not worth the search */
};

typedef struct
{
  uint64_t hash;
  uint32_t buffer;
} Entry;

static int
compare_entries (const void *a, const void *b)
{
  const Entry *x = a, *y = b;

  if (x->hash != y->hash)
    return x->hash < y->hash ? -1 : 1;
  return x->buffer < y->buffer ? -1 : x->buffer > y->buffer;
}

static bool
is_candidate (const LsModel *model, uint32_t buffer)
{
  const LsBuffer *b = &model->buffers[buffer];

  return buffer > 0 && b->data != NULL && b->size >= LEAST_BYTES && !b->is_external;
}

static bool
is_equal (const LsModel *model, uint32_t a, uint32_t b)
{
  return model->buffers[a].size == model->buffers[b].size
         && memcmp (model->buffers[a].data, model->buffers[b].data, model->buffers[a].size) == 0;
}

/* Fills @first with the first buffer of the same bytes, which may be the buffer itself. Gives how
 * many are another's. */
static uint32_t
find_twins (const LsModel *model, Entry *entries, uint32_t *first)
{
  uint32_t n = 0, n_twins = 0;

  for (uint32_t i = 0; i < model->n_buffers; i++)
    {
      first[i] = i;
      if (is_candidate (model, i))
        entries[n++]
          = (Entry){ ls_hash (LS_HASH_INIT, model->buffers[i].data, model->buffers[i].size), i };
    }
  qsort (entries, n, sizeof *entries, compare_entries);
  for (uint32_t i = 1; i < n; i++)
    if (entries[i].hash == entries[i - 1].hash
        && is_equal (model, first[entries[i - 1].buffer], entries[i].buffer))
      {
        first[entries[i].buffer] = first[entries[i - 1].buffer];
        n_twins++;
      }
  return n_twins;
}

static LsStatus
share_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  LS_FREE Entry *entries = malloc (((size_t) model->n_buffers + 1) * sizeof *entries);
  LS_FREE uint32_t *first = malloc (((size_t) model->n_buffers + 1) * sizeof *first);
  uint32_t n = 0;

  if (entries == NULL || first == NULL)
    return ls_fail_no_memory (error, "constants", model->n_buffers * sizeof *entries);
  if (find_twins (model, entries, first) == 0)
    return LS_OK;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      {
        const LsTensor *tensor = &model->graphs[g]->view.tensors[t];

        /* A variable's first value may be written over. */
        if (tensor->is_variable || tensor->buffer >= model->n_buffers
            || first[tensor->buffer] == tensor->buffer)
          continue;
        ls_model_tensor (model, g, t)->buffer = first[tensor->buffer];
        n++;
      }
  return n == 0 ? LS_OK
                : ls_pass_report (context, "share", n, error,
                                  "%u %s the bytes of another, which are stored once", n,
                                  ls_words (n, "constant has", "constants have"));
}

const LsPass ls_pass_share = { "share", share_run };
