/* Raises the versions of operators that the conversion changed to what types and options ask for.
 */
#include "convert/pass.h"
#include "convert/parts.h"
#include "model/versions.h"

#include <stdlib.h>

/* What an operator states and what a converter would write: the same before and after means that
 * nothing which the version depends on has changed. */
typedef struct
{
  int kind;
  int32_t stated, wanted;
} Habit;

typedef struct
{
  Habit *items;
  uint32_t n, capacity;
} Habits;

static bool
knows (const Habits *habits, const Habit *habit)
{
  for (uint32_t i = 0; i < habits->n; i++)
    if (habits->items[i].kind == habit->kind && habits->items[i].stated == habit->stated
        && habits->items[i].wanted == habit->wanted)
      return true;
  return false;
}

static bool
add (Habits *habits, const Habit *habit)
{
  if (habits->n == habits->capacity)
    {
      const uint32_t capacity = habits->capacity == 0 ? 16 : habits->capacity * 2;
      Habit *larger = realloc (habits->items, capacity * sizeof *larger);

      if (larger == NULL)
        return false;
      habits->items = larger;
      habits->capacity = capacity;
    }
  habits->items[habits->n++] = *habit;
  return true;
}

static bool
lacks_version (const LsModel *model, uint32_t graph, uint32_t index, Habit *out)
{
  const LsSubgraph *view = &model->graphs[graph]->view;
  const LsOperator *op = &view->ops[index];

  *out = (Habit){ op->kind, op->version, ls_op_version (view, op) };
  return op->kind != LS_OP_CUSTOM && out->stated < out->wanted;
}

/* Those of the model as it came that state less than a converter would write today. */
static bool
learn (const LsModel *source, Habits *habits)
{
  Habit habit;

  for (uint32_t g = 0; source != NULL && g < source->n_graphs; g++)
    for (uint32_t i = 0; i < source->graphs[g]->view.n_ops; i++)
      if (lacks_version (source, g, i, &habit) && !knows (habits, &habit) && !add (habits, &habit))
        return false;
  return true;
}

/* Raises what is new or too low; how many, or -1 without memory. */
static int64_t
raise_all (LsModel *model, const Habits *habits)
{
  int64_t n = 0;
  Habit habit;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        LsOperator *op = ls_model_op (model, g, i);

        if (!lacks_version (model, g, i, &habit)
            || (knows (habits, &habit) && !ls_op_version_is_low (&model->graphs[g]->view, op)))
          continue;

        int code = ls_model_ensure_code (model, op->kind, NULL, habit.wanted);

        if (code < 0)
          return -1;
        op->code_index = (uint32_t) code;
        op->version = habit.wanted;
        n++;
      }
  return n;
}

static LsStatus
versions_run (LsPassContext *context, LsError *error)
{
  Habits habits = { 0 };
  const int64_t n = learn (context->source, &habits) ? raise_all (context->model, &habits) : -1;

  free (habits.items);
  if (n == 0)
    return LS_OK;
  if (n < 0 || !ls_model_compact (context->model, NULL, NULL, NULL))
    return ls_fail_no_memory (error, "versions", 0);
  return ls_pass_report (context, "versions", (uint32_t) n, error, "%u %s", (uint32_t) n,
                         ls_words ((uint64_t) n, "operator got the version that its types need",
                                   "operators got the version that their types need"));
}

const LsPass ls_pass_versions = { "versions", versions_run };
