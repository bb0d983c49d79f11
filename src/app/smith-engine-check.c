#include "smith-engine-check.h"
#include "smith-engine.h"

static void
problem_free (SmithProblem *problem)
{
  g_free (problem->id);
  g_free (problem->message);
  g_free (problem->source);
  g_free (problem->remedy);
  g_free (problem->kind);
  g_free (problem);
}

void
smith_checkup_free (SmithCheckup *checkup)
{
  g_ptr_array_unref (checkup->problems);
  g_free (checkup);
}

static const char *
kind_of (const LsModel *model, int subgraph, int op)
{
  const LsSubgraph *s = subgraph >= 0 ? ls_model_subgraph (model, (uint32_t) subgraph) : NULL;

  return s != NULL && op >= 0 && (uint32_t) op < s->n_ops ? ls_op_kind_text (&s->ops[op]) : "";
}

static void
add_problem (SmithCheckup *checkup, const LsModel *model, const LsFinding *finding)
{
  static const SmithMark marks[] = { [LS_SEVERITY_INFO] = SMITH_MARK_INFO,
                                     [LS_SEVERITY_WARNING] = SMITH_MARK_WARNING,
                                     [LS_SEVERITY_ERROR] = SMITH_MARK_ERROR };
  SmithProblem *problem = g_new0 (SmithProblem, 1);

  problem->id = g_strdup (finding->id);
  problem->message = g_strdup (finding->message);
  problem->source = g_strdup (finding->source);
  problem->remedy = g_strdup (finding->remedy);
  problem->kind = g_strdup (kind_of (model, finding->subgraph, finding->op));
  problem->severity = marks[finding->severity];
  problem->subgraph = finding->subgraph;
  problem->op = finding->op;
  problem->tensor = finding->tensor;
  problem->is_repairable = finding->is_repairable;
  g_ptr_array_add (checkup->problems, problem);
}

static int
compare_problems (gconstpointer a, gconstpointer b)
{
  const SmithProblem *x = *(SmithProblem *const *) a, *y = *(SmithProblem *const *) b;

  if (x->severity != y->severity)
    return x->severity > y->severity ? -1 : 1;
  if (x->subgraph != y->subgraph)
    return x->subgraph < y->subgraph ? -1 : 1;
  return x->op < y->op ? -1 : x->op > y->op;
}

typedef struct
{
  SmithFrozen *frozen;
  char *text; /* target of a check, or path to write to */
} Order;

static void
order_free (Order *order)
{
  smith_frozen_unref (order->frozen);
  g_free (order->text);
  g_free (order);
}

static void
run_order (GTask *task, SmithModel *model, char *take_text, GTaskThreadFunc worker)
{
  Order *order = g_new0 (Order, 1);

  order->frozen = smith_model_freeze (model);
  order->text = take_text;
  g_task_set_task_data (task, order, (GDestroyNotify) order_free);
  g_task_run_in_thread (task, worker);
}

static void
check_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Order *order = data;
  const LsModel *model;
  SmithCheckup *checkup;
  LsReport report = { 0 };
  LsError cause = { 0 };
  GError *error = NULL;
  LsStatus status = smith_frozen_get (order->frozen, &model, &cause);

  if (status == LS_OK)
    status = ls_check (model, order->text, &report, &cause);
  if (status != LS_OK)
    {
      smith_set_error (&error, &cause);
      g_task_return_error (task, error);
      return;
    }
  checkup = g_new0 (SmithCheckup, 1);
  checkup->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) problem_free);
  checkup->mac_share = order->text != NULL ? report.mac_share : -1;
  checkup->n_partitions = report.n_partitions;
  for (uint32_t i = 0; i < report.n_findings; i++)
    add_problem (checkup, model, &report.findings[i]);
  g_ptr_array_sort (checkup->problems, compare_problems);
  ls_report_clear (&report);
  g_task_return_pointer (task, checkup, (GDestroyNotify) smith_checkup_free);
}

void
smith_engine_check_async (SmithModel *model, const char *target, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (model, cancellable, callback, data);

  run_order (task, model, g_strdup (target), check_worker);
}

SmithCheckup *
smith_engine_check_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

const char *const *
smith_engine_targets (void)
{
  static const char **names;

  if (g_once_init_enter (&names))
    {
      const char **list = g_new0 (const char *, ls_target_count () + 1);

      for (uint32_t i = 0; i < ls_target_count (); i++)
        list[i] = ls_target_name (i);
      g_once_init_leave (&names, list);
    }
  return names;
}
