#include "smith-engine-compare.h"
#include "smith-engine-convert-private.h"
#include "smith-engine-report-private.h"
#include "smith-engine.h"

#include <math.h>

typedef struct
{
  char *path, *title, *samples;
  uint64_t seed;
  gboolean has_image;
  LsImageOptions image; /* of samples, when a person said it */
  unsigned n_threads;
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  g_free (order->path);
  g_free (order->title);
  g_free (order->samples);
  smith_work_unref (order->work);
  g_free (order);
}

static void
pair_free (SmithPair *pair)
{
  g_free (pair->name_a);
  g_free (pair->name_b);
  g_free (pair->kind);
  g_free (pair);
}

/* NaN comes first, as what cannot be compared. */
static int
compare_figures (double x, double y)
{
  if (isnan (x) != isnan (y))
    return isnan (x) ? -1 : 1;
  return x < y ? -1 : x > y;
}

/* Outputs first, then from the farthest apart; what cannot be compared stands before all. */
static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  const SmithPair *x = *(SmithPair *const *) a, *y = *(SmithPair *const *) b;

  if (x->is_output != y->is_output)
    return x->is_output ? -1 : 1;
  return compare_figures (x->sqnr_db, y->sqnr_db);
}

/* What is not known, or adds nothing, comes last. */
static int
compare_owns (gconstpointer a, gconstpointer b)
{
  const SmithPair *x = *(SmithPair *const *) a, *y = *(SmithPair *const *) b;
  int order = compare_figures (isnan (x->own_db) ? INFINITY : x->own_db,
                               isnan (y->own_db) ? INFINITY : y->own_db);

  return order != 0 ? order : compare_pairs (a, b);
}

static int
compare_errors (gconstpointer a, gconstpointer b)
{
  const SmithPair *x = *(SmithPair *const *) a, *y = *(SmithPair *const *) b;

  return compare_figures (-x->max_abs / fmax (x->max_magnitude, 1e-30),
                          -y->max_abs / fmax (y->max_magnitude, 1e-30));
}

static int
compare_ends (gconstpointer a, gconstpointer b)
{
  const SmithPair *x = *(SmithPair *const *) a, *y = *(SmithPair *const *) b;

  return compare_figures (-x->saturated, -y->saturated);
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const SmithPair *x = *(SmithPair *const *) a, *y = *(SmithPair *const *) b;

  return (x->place > y->place) - (x->place < y->place);
}

void
smith_comparison_sort (SmithComparison *comparison, SmithPairOrder order)
{
  static int (*const orders[]) (gconstpointer, gconstpointer) = {
    [SMITH_PAIRS_BY_OWN] = compare_owns,     [SMITH_PAIRS_BY_SQNR] = compare_pairs,
    [SMITH_PAIRS_BY_ERROR] = compare_errors, [SMITH_PAIRS_BY_ENDS] = compare_ends,
    [SMITH_PAIRS_BY_GRAPH] = compare_places,
  };

  g_ptr_array_sort (comparison->pairs, orders[order]);
}

GPtrArray *
smith_pairs_from (const LsComparison *comparison)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) pair_free);

  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *from = &comparison->tensors[i];
      SmithPair *pair = g_new0 (SmithPair, 1);

      pair->name_a = g_strdup (from->name_a);
      pair->name_b = g_strdup (from->name_b);
      pair->kind = g_strdup (from->kind);
      pair->tensor_a = from->tensor_a;
      pair->tensor_b = from->tensor_b;
      pair->is_output = from->is_output;
      pair->max_abs = from->max_abs;
      pair->mean_abs = from->mean_abs;
      pair->sqnr_db = from->sqnr_db;
      pair->cosine = from->cosine;
      pair->own_db = from->layer != NULL ? from->layer->sqnr_db : NAN;
      pair->saturated = from->saturated;
      pair->max_magnitude = from->max_magnitude;
      pair->place = i;
      g_ptr_array_add (pairs, pair);
    }
  g_ptr_array_sort (pairs, compare_pairs);
  return pairs;
}

/* ---- Structure --------------------------------------------------------------------------------
 */

static void
difference_free (SmithDifference *difference)
{
  g_free (difference->text);
  g_free (difference->detail);
  g_free (difference);
}

/* By what people know it: the operator's kind and name, else the tensor's. */
static char *
name_of_entry (const LsModel *model, int subgraph, int op, int tensor)
{
  const LsSubgraph *s = subgraph >= 0 ? ls_model_subgraph (model, (uint32_t) subgraph) : NULL;

  if (s != NULL && op >= 0 && (uint32_t) op < s->n_ops)
    {
      g_autofree char *name = smith_tidy_name (ls_op_name (s, &s->ops[op]));

      return g_strdup_printf ("%s · %s", ls_op_kind_text (&s->ops[op]), name);
    }
  if (s != NULL && tensor >= 0 && (uint32_t) tensor < s->n_tensors)
    return smith_tidy_name (s->tensors[tensor].name);
  return NULL;
}

static char *
counts_text (const LsDiff *diff)
{
  GString *text = g_string_new ("");

  for (int i = 0; i < LS_N_DIFF_CATEGORIES; i++)
    if (diff->counts[i] > 0)
      g_string_append_printf (text, "%s%s %u", text->len > 0 ? " · " : "",
                              ls_diff_category_name ((LsDiffCategory) i), diff->counts[i]);
  return g_string_free (text, FALSE);
}

static void
take_places (SmithComparison *c, const LsDiffGraph *graph, const LsDiffPair *pairs, uint32_t n,
             gboolean is_op)
{
  for (uint32_t i = 0; i < n; i++)
    {
      SmithPlacePair pair = { is_op, graph->subgraph_a, graph->subgraph_b, pairs[i].a, pairs[i].b };

      g_array_append_val (c->places, pair);
    }
}

static void
take_structure (SmithComparison *c, const LsModel *a, const LsModel *b, const LsDiff *diff)
{
  for (uint32_t i = 0; i < diff->n_entries; i++)
    {
      const LsDiffEntry *entry = &diff->entries[i];
      SmithDifference *d = g_new0 (SmithDifference, 1);

      d->text = g_strdup (entry->text);
      d->category = ls_diff_category_name (entry->category);
      d->subgraph = entry->subgraph_a;
      d->op = entry->op_a;
      d->tensor = entry->tensor_a;
      d->subgraph_b = entry->subgraph_b;
      d->op_b = entry->op_b;
      d->detail = name_of_entry (a, entry->subgraph_a, entry->op_a, entry->tensor_a);
      if (d->detail == NULL)
        d->detail = name_of_entry (b, entry->subgraph_b, entry->op_b, entry->tensor_b);
      g_ptr_array_add (c->differences, d);
    }
  for (uint32_t i = 0; i < diff->n_graphs; i++)
    {
      const LsDiffGraph *graph = &diff->graphs[i];

      take_places (c, graph, graph->ops, graph->n_ops, TRUE);
      take_places (c, graph, graph->tensors, graph->n_tensors, FALSE);
    }
  c->counts = counts_text (diff);
}

/* ---- Both -------------------------------------------------------------------------------------
 */

void
smith_comparison_free (SmithComparison *comparison)
{
  g_ptr_array_unref (comparison->pairs);
  g_ptr_array_unref (comparison->differences);
  g_array_unref (comparison->places);
  g_ptr_array_unref (comparison->agreements);
  g_clear_pointer (&comparison->evidence, smith_evidence_unref);
  g_free (comparison->pairs_problem);
  g_free (comparison->counts);
  g_free (comparison->structure_problem);
  g_free (comparison);
}

static void
agreement_free (SmithAgreement *agreement)
{
  g_free (agreement->name);
  g_free (agreement);
}

static void
take_agreements (SmithComparison *c, const LsComparison *comparison)
{
  for (uint32_t i = 0; i < comparison->n_agreements && c->n_samples > 1; i++)
    {
      const LsAgreement *from = &comparison->agreements[i];
      SmithAgreement *agreement = g_new0 (SmithAgreement, 1);

      agreement->name = smith_tidy_name (from->name);
      agreement->n_classes = from->n_classes;
      agreement->top1 = from->top1;
      agreement->top5 = from->top5;
      g_ptr_array_add (c->agreements, agreement);
    }
}

/* Takes @b for the evidence when there is any, which is then NULL. */
static void
take_values (SmithComparison *c, const LsModel *a, LsModel **b, const Order *order,
             LsComparison *comparison)
{
  g_autofree char *name = g_path_get_basename (order->path);
  const SmithFindings findings = { .source = a,
                                   .result = *b,
                                   .source_name = order->title,
                                   .result_name = name,
                                   .comparison = comparison };

  c->n_samples = order->samples != NULL ? comparison->n_samples : 0;
  c->pairs = smith_pairs_from (comparison);
  take_agreements (c, comparison);
  *b = NULL;
  c->evidence = smith_evidence_new_take (&findings);
}

/* Over samples when there are any, else on random input. */
static LsStatus
compare_either (SmithComparison *c, const LsModel *a, const LsModel *b, const Order *order,
                const LsProgress *progress, LsComparison *out, LsError *error)
{
  LsSamples *samples = NULL;
  LsStatus status;

  if (order->samples == NULL)
    return ls_compare_layers (a, b, NULL, 0, NULL, 0, order->seed, order->n_threads, progress, out,
                              error);
  status
    = ls_samples_open (a, order->samples, order->has_image ? &order->image : NULL, &samples, error);
  if (status == LS_OK)
    c->has_note = ls_samples_note (samples) != NULL;
  if (status == LS_OK)
    status = ls_compare_layers (a, b, samples, 0, NULL, 0, order->seed, order->n_threads, progress,
                                out, error);
  ls_samples_free (samples);
  return status;
}

static LsStatus
compare_values (SmithComparison *c, const LsModel *a, LsModel **b, const Order *order,
                const LsProgress *progress, LsError *error)
{
  LsComparison comparison = { 0 };
  LsStatus status = compare_either (c, a, *b, order, progress, &comparison, error);

  if (status == LS_OK)
    take_values (c, a, b, order, &comparison);
  else
    {
      c->pairs = g_ptr_array_new ();
      c->pairs_problem = g_strdup (error->message);
    }
  ls_comparison_clear (&comparison);
  return status == LS_E_CANCELLED ? status : LS_OK;
}

static LsStatus
compare_structure (SmithComparison *c, const LsModel *a, const LsModel *b,
                   const LsProgress *progress, LsError *error)
{
  LsDiff diff = { 0 };
  LsStatus status = ls_diff (a, b, NULL, progress, &diff, error);

  c->differences = g_ptr_array_new_with_free_func ((GDestroyNotify) difference_free);
  if (status == LS_OK)
    take_structure (c, a, b, &diff);
  else
    c->structure_problem = g_strdup (error->message);
  ls_diff_clear (&diff);
  return status == LS_E_CANCELLED ? status : LS_OK;
}

static LsStatus
compare_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  SmithTicker ticker = { order->work->cancellable, &order->work->permille, NULL };
  LsProgress progress = smith_ticker_progress (&ticker);
  SmithComparison *c;
  LsModel *other = NULL;
  LsStatus status = smith_load_model (order->path, &other, error);

  if (status != LS_OK)
    return status;
  c = g_new0 (SmithComparison, 1);
  c->places = g_array_new (FALSE, FALSE, sizeof (SmithPlacePair));
  c->agreements = g_ptr_array_new_with_free_func ((GDestroyNotify) agreement_free);
  status = compare_structure (c, model, other, &progress, error);
  if (status == LS_OK)
    status = compare_values (c, model, &other, order, &progress, error);
  else
    c->pairs = g_ptr_array_new ();
  ls_model_free (other);
  if (status != LS_OK)
    g_clear_pointer (&c, smith_comparison_free);
  *out = c;
  return status;
}

void
smith_engine_compare_async (SmithModel *model, GFile *file, const SmithFeed *feed,
                            unsigned n_threads, SmithWork *work, GAsyncReadyCallback callback,
                            gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->path = g_file_get_path (file);
  order->title = g_strdup (smith_model_get_title (model));
  order->samples = g_strdup (feed->samples);
  order->has_image = smith_engine_get_pictures (model) != NULL;
  if (order->has_image)
    order->image = smith_pictures_image (smith_engine_get_pictures (model));
  order->seed = feed->seed;
  order->n_threads = n_threads;
  order->work = smith_work_ref (work);
  smith_engine_start (model, compare_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_comparison_free, callback, data);
}

SmithComparison *
smith_engine_compare_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
