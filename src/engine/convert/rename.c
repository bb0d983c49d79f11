/* Gives every tensor a name of its own: duplicates get a number, empty names one after their place.
 */
#include "convert/pass.h"

#include <string.h>

#include "base/names.h"
#include "convert/parts.h"

/* A name like @base that no tensor has; NULL: out of memory. */
static const char *
fresh_name (LsModel *model, const LsNames *names, const char *base, uint32_t tensor)
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
      if (ls_names_find (names, text) < 0)
        return ls_model_strdup (model, text);
    }
}

static LsStatus
rename_graph (LsModel *model, uint32_t graph, const LsNames *names, uint32_t *n_changed,
              LsError *error)
{
  for (size_t i = 0; i < names->count; i++)
    {
      const LsName *name = &names->sorted[i];
      bool is_empty = name->text[0] == '\0';

      if (!is_empty && (i == 0 || strcmp (name[-1].text, name->text) != 0))
        continue;

      const char *fresh
        = fresh_name (model, names, is_empty ? "tensor" : name->text, (uint32_t) name->index);

      if (fresh == NULL)
        return ls_fail_no_memory (error, "a name", 0);
      ls_model_tensor (model, graph, (uint32_t) name->index)->name = fresh;
      *n_changed += 1;
    }
  return LS_OK;
}

static LsStatus
rename_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n_changed = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const LsSubgraph *graph = &model->graphs[g]->view;
      LsNames names;

      if (!ls_names_init (&names, graph->tensors, graph->n_tensors, sizeof (LsTensor),
                          offsetof (LsTensor, name)))
        return ls_fail_no_memory (error, "the names", graph->n_tensors);

      LsStatus status = rename_graph (model, g, &names, &n_changed, error);

      ls_names_clear (&names);
      if (status != LS_OK)
        return status;
    }
  if (n_changed == 0)
    return LS_OK;
  return ls_pass_report (
    context, "rename", n_changed, error, "%u %s own got one", n_changed,
    ls_words (n_changed, "tensor without a name of its", "tensors without a name of their"));
}

const LsPass ls_pass_rename = { "rename", rename_run };
