/* Gives every tensor a name of its own: duplicates get a number, empty names one after their place.
 */
#include "convert/pass.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  const char *name;
  uint32_t tensor;
} Named;

static int
by_name (const void *a, const void *b)
{
  const Named *x = a, *y = b;
  int order = strcmp (x->name, y->name);

  return order != 0 ? order : (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

static bool
is_taken (const Named *sorted, uint32_t count, const char *name)
{
  uint32_t low = 0, high = count;

  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      int order = strcmp (sorted[middle].name, name);

      if (order == 0)
        return true;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return false;
}

/* A name like @base that no tensor has; NULL: out of memory. */
static const char *
fresh_name (LsModel *model, const Named *sorted, uint32_t count, const char *base, uint32_t tensor)
{
  for (unsigned attempt = 0;; attempt++)
    {
      LS_FREE char *text = NULL;
      int length = attempt == 0 ? asprintf (&text, "%s_%u", base, tensor)
                                : asprintf (&text, "%s_%u_%u", base, tensor, attempt);

      if (length < 0)
        {
          text = NULL;
          return NULL;
        }
      if (!is_taken (sorted, count, text))
        return ls_model_strdup (model, text);
    }
}

static LsStatus
rename_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n_changed = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const LsSubgraph *graph = &model->graphs[g]->view;
      uint32_t count = graph->n_tensors;
      LS_FREE Named *sorted = malloc (((size_t) count + 1) * sizeof *sorted);

      if (sorted == NULL)
        return ls_fail_no_memory (error, "rename", count * sizeof *sorted);
      for (uint32_t t = 0; t < count; t++)
        sorted[t] = (Named){ graph->tensors[t].name, t };
      qsort (sorted, count, sizeof *sorted, by_name);
      for (uint32_t i = 0; i < count; i++)
        {
          bool is_empty = sorted[i].name[0] == '\0';

          if (!is_empty && (i == 0 || strcmp (sorted[i - 1].name, sorted[i].name) != 0))
            continue;

          const char *name = fresh_name (model, sorted, count, is_empty ? "tensor" : sorted[i].name,
                                         sorted[i].tensor);

          if (name == NULL)
            return ls_fail_no_memory (error, "a name", 0);
          ls_model_tensor (model, g, sorted[i].tensor)->name = name;
          n_changed++;
        }
    }
  if (n_changed == 0)
    return LS_OK;
  return ls_pass_report (context, "rename", n_changed, error,
                         "%u tensors without a name of their own got one", n_changed);
}

const LsPass ls_pass_rename = { "rename", rename_run };
