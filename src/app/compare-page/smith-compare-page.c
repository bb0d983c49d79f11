#include "smith-compare-page.h"
#include "compare-page/smith-diff-view.h"
#include "compare-page/smith-pair-row.h"
#include "graph/smith-scene.h"
#include "smith-chart.h"
#include "smith-engine-compare.h"
#include "smith-files.h"
#include "smith-noise.h"
#include "smith-progress.h"
#include "smith-report.h"
#include "smith-rows.h"
#include "smith-settings.h"
#include "smith-tensor-actions.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

enum
{
  MAX_ROWS = 400,
  SEED = 1, /* of the random input */
  FIVE = 5  /* best classes, of which there must be more to mean anything */
};

struct _SmithComparePage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *hint, *results, *pair_box, *structure;
  GtkLabel *title, *error, *pair_title, *pair_text, *legend_a, *legend_b, *counts;
  GtkListBox *tensors, *differences, *agreements;
  AdwActionRow *samples_row;
  GtkWidget *random, *save_report, *sides_button;
  GtkDropDown *order;
  SmithChart *histogram;
  SmithTensorActions *actions;
  SmithProgress *progress;
  GtkStack *stack;
  SmithDiffView *sides;

  SmithDocument *document;
  GFile *other;
  char *samples;               /* for both; NULL: random input */
  SmithComparison *comparison; /* that is shown */
  unsigned generation;         /* of histograms: older ones are nobody's */
  gboolean wants_sides;        /* as soon as the comparison is there */
  gboolean is_following;       /* a row is selected because its tensor was */
};

G_DEFINE_FINAL_TYPE (SmithComparePage, smith_compare_page, GTK_TYPE_WIDGET)

/* ---- Side by side -----------------------------------------------------------------------------
 */

/* A child that was shown keeps its size in GTK 4.8: hidden, it is gone for screen readers too. */
static void
show_sides (SmithComparePage *self, gboolean is_shown)
{
  GtkWidget *shown = is_shown ? GTK_WIDGET (self->sides) : self->scroller;

  gtk_widget_set_visible (shown, TRUE);
  gtk_stack_set_visible_child (self->stack, shown);
  gtk_widget_set_visible (is_shown ? self->scroller : GTK_WIDGET (self->sides), FALSE);
  if (!is_shown)
    smith_diff_view_clear (self->sides);
}

/* Why the two could not be compared; a file that cannot be read is named. */
static void
show_error (SmithComparePage *self, const GError *error)
{
  g_autofree char *name = g_file_get_basename (self->other);
  g_autofree char *cause = smith_files_cause (error);
  g_autofree char *sentence = g_strdup_printf (_ ("“%s” could not be opened"), name);
  g_autofree char *text = g_strdup_printf ("%s\n%s", sentence, cause);
  gboolean is_of_file = !g_str_equal (cause, error->message);

  gtk_label_set_label (self->error, is_of_file ? text : error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->error), TRUE);
}

static void
other_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithComparePage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmithModel) other = smith_model_open_finish (result, &error);

  if (self->document == NULL || self->comparison == NULL)
    return;
  if (other == NULL)
    {
      show_error (self, error);
      return;
    }
  show_sides (self, TRUE);
  smith_diff_view_show (self->sides, self->document, other, self->comparison);
}

static void
sides_cb (SmithComparePage *self)
{
  smith_model_open_async (self->other, NULL, other_opened_cb, g_object_ref (self));
}

static void
back_cb (SmithComparePage *self)
{
  show_sides (self, FALSE);
}

/* The comparison is of a model that is no more. */
static void
model_changed_cb (SmithComparePage *self)
{
  show_sides (self, FALSE);
}

/* ---- Rows -------------------------------------------------------------------------------------
 */

static void
show_pairs (SmithComparePage *self)
{
  GPtrArray *pairs = self->comparison->pairs;

  smith_list_clear (self->tensors);
  for (guint i = 0; i < pairs->len && i < MAX_ROWS; i++)
    gtk_list_box_append (self->tensors, smith_pair_row_new (pairs->pdata[i]));
  gtk_widget_set_visible (self->pair_box, FALSE);
  gtk_widget_set_visible (self->results, pairs->len > 0);
}

/* How often both choose the same, an output a row; above all: what was compared on. */
static void
show_agreements (SmithComparePage *self)
{
  const SmithComparison *c = self->comparison;

  smith_list_clear (self->agreements);
  for (guint i = 0; i < c->agreements->len; i++)
    {
      const SmithAgreement *agreement = c->agreements->pdata[i];
      g_autofree char *name = smith_tidy_name (agreement->name);
      g_autofree char *title = g_strdup_printf (_ ("The same best class in %.1f %% of the samples"),
                                                100 * agreement->top1);
      g_autofree char *five
        = agreement->n_classes > FIVE
            ? g_strdup_printf (
              /* Translators: an output's name, how many classes it has, a share. */
              _ ("%s, %u classes; among the best five in %.1f %%"), name, agreement->n_classes,
              100 * agreement->top5)
            /* Translators: an output's name, how many classes it has. */
            : g_strdup_printf (_ ("%s, %u classes"), name, agreement->n_classes);

      gtk_list_box_append (self->agreements, smith_row_new (title, five, NULL));
    }
  if (c->has_note)
    gtk_list_box_append (
      self->agreements,
      smith_row_new (_ ("The model does not say how pictures are normalised: they are scaled to "
                        "0…1. The page Convert can say otherwise."),
                     _ ("Note"), NULL));
  gtk_widget_set_visible (GTK_WIDGET (self->agreements), c->agreements->len > 0 || c->has_note);
}

static void
show_structure (SmithComparePage *self)
{
  const SmithComparison *c = self->comparison;

  smith_list_clear (self->differences);
  for (guint i = 0; i < c->differences->len && i < MAX_ROWS; i++)
    {
      const SmithDifference *d = c->differences->pdata[i];

      gtk_list_box_append (self->differences, smith_row_new (d->text, d->detail, d->category));
    }
  if (c->structure_problem != NULL)
    gtk_label_set_label (self->counts, c->structure_problem);
  else if (c->differences->len == 0)
    gtk_label_set_label (self->counts, _ ("Nothing differs: operators, types, shapes and weights "
                                          "are the same."));
  else
    gtk_label_set_label (self->counts, c->counts);
  gtk_widget_set_visible (GTK_WIDGET (self->differences), c->differences->len > 0);
  gtk_widget_set_visible (self->structure, TRUE);
  gtk_widget_set_visible (self->sides_button, c->structure_problem == NULL);
}

static void
difference_activated_cb (SmithComparePage *self, GtkListBoxRow *row)
{
  const SmithDifference *d = self->comparison->differences->pdata[gtk_list_box_row_get_index (row)];

  if (d->subgraph < 0)
    return;
  if (d->op >= 0)
    smith_document_pick_in (self->document, (unsigned) d->subgraph, SMITH_PICK_OP, d->op);
  else if (d->tensor >= 0)
    smith_document_pick_in (self->document, (unsigned) d->subgraph, SMITH_PICK_TENSOR, d->tensor);
}

/* ---- One pair ---------------------------------------------------------------------------------
 */

typedef struct
{
  SmithComparePage *page;
  unsigned generation;
} Question;

static void
show_histogram (SmithComparePage *self, const SmithPairHistogram *h)
{
  g_autofree char *low = g_strdup_printf ("%.4g", h->low);
  g_autofree char *high = g_strdup_printf ("%.4g", h->high);
  g_autofree char *text
    = g_strdup_printf (_ ("Values of both models from %s to %s on the same input"), low, high);

  smith_chart_set (self->histogram, SMITH_CHART_BARS, h->a, SMITH_PAIR_BINS,
                   _ ("Histogram of both models"), low, high);
  smith_chart_set_second (self->histogram, h->b, SMITH_PAIR_BINS);
  smith_chart_describe (self->histogram, text);
}

/* A label that has nothing to say takes no room. */
static void
say (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr (SmithComparePage) self = question->page;
  g_autoptr (GError) error = NULL;
  g_autofree SmithPairHistogram *h = smith_engine_pair_finish (result, &error);

  if (self->document == NULL || question->generation != self->generation)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->histogram), h != NULL);
  if (h != NULL)
    show_histogram (self, h);
  else
    say (self->pair_text, error->message);
}

static void
show_pair (SmithComparePage *self, const SmithPair *pair)
{
  g_autofree char *title = smith_pair_title (pair);
  g_autofree char *name = g_file_get_basename (self->other);
  Question *question = g_new0 (Question, 1);
  const SmithFeed feed = { self->samples, SEED };

  gtk_label_set_label (self->pair_title, title);
  gtk_label_set_label (self->legend_a,
                       smith_model_get_title (smith_document_get_model (self->document)));
  gtk_label_set_label (self->legend_b, name);
  say (self->pair_text, NULL);
  if (pair->saturated > 0)
    {
      g_autofree char *text = g_strdup_printf (
        _ ("%.2f %% of the integers lie at an end of their type."), 100 * pair->saturated);

      say (self->pair_text, text);
    }
  smith_tensor_actions_set (self->actions, self->document, 0, pair->tensor_a);
  gtk_widget_set_visible (self->pair_box, TRUE);
  question->page = g_object_ref (self);
  question->generation = ++self->generation;
  smith_engine_pair_async (smith_document_get_model (self->document), self->other, pair, &feed,
                           counted_cb, question);
}

static void
selected_cb (SmithComparePage *self, GtkListBoxRow *row)
{
  const SmithPair *pair;

  if (row == NULL || self->comparison == NULL)
    return;
  pair = self->comparison->pairs->pdata[gtk_list_box_row_get_index (row)];
  show_pair (self, pair);
  if (pair->tensor_a >= 0 && !self->is_following)
    smith_document_pick_in (self->document, 0, SMITH_PICK_TENSOR, pair->tensor_a);
}

/* A tensor that was selected elsewhere is selected in the list, too. */
static void
picked_cb (SmithComparePage *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  if (self->comparison == NULL || pick.kind != SMITH_PICK_TENSOR
      || smith_document_get_subgraph (self->document) != 0)
    return;
  for (guint i = 0; i < self->comparison->pairs->len && i < MAX_ROWS; i++)
    {
      const SmithPair *pair = self->comparison->pairs->pdata[i];

      if (pair->tensor_a != pick.index)
        continue;
      self->is_following = TRUE;
      gtk_list_box_select_row (self->tensors,
                               gtk_list_box_get_row_at_index (self->tensors, (int) i));
      self->is_following = FALSE;
      return;
    }
}

/* ---- The order --------------------------------------------------------------------------------
 */

static void
order_cb (SmithComparePage *self)
{
  if (self->comparison == NULL)
    return;
  smith_comparison_sort (self->comparison,
                         (SmithPairOrder) gtk_drop_down_get_selected (self->order));
  show_pairs (self);
  self->is_following = TRUE;
  gtk_list_box_select_row (self->tensors, gtk_list_box_get_row_at_index (self->tensors, 0));
  self->is_following = FALSE;
}

/* ---- On the graph -----------------------------------------------------------------------------
 */

/* What the list is sorted by: culprits with what they add, else with where they stand. */
static void
paint_cb (SmithComparePage *self)
{
  GPtrArray *pairs = self->comparison->pairs;
  g_autofree SmithNoise *noise = g_new0 (SmithNoise, (size_t) pairs->len + 1);
  gboolean is_own = gtk_drop_down_get_selected (self->order) == SMITH_PAIRS_BY_OWN;

  for (guint i = 0; i < pairs->len; i++)
    {
      const SmithPair *pair = pairs->pdata[i];

      noise[i] = (SmithNoise){ pair->tensor_a, is_own ? pair->own_db : pair->sqnr_db };
    }
  smith_document_set_subgraph (self->document, 0);
  smith_document_take_overlay (
    self->document,
    smith_overlay_of_noise (smith_document_get_net (self->document), noise, pairs->len));
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static void
compared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithComparePage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithComparison *comparison = smith_engine_compare_finish (result, &error);

  if (self == NULL)
    {
      g_clear_pointer (&comparison, smith_comparison_free);
      return;
    }
  if (comparison == NULL)
    {
      show_error (self, error);
      return;
    }
  gtk_label_set_label (self->error, comparison->pairs_problem);
  gtk_widget_set_visible (GTK_WIDGET (self->error), comparison->pairs_problem != NULL);
  g_clear_pointer (&self->comparison, smith_comparison_free);
  self->comparison = comparison;
  show_agreements (self);
  show_structure (self);
  gtk_widget_set_visible (self->save_report, comparison->evidence != NULL);
  order_cb (self); /* the worst is shown, and the person's selection stays */
  if (self->wants_sides)
    sides_cb (self);
  self->wants_sides = FALSE;
}

static void
start (SmithComparePage *self)
{
  SmithErrand *errand;
  const SmithFeed feed = { self->samples, SEED };

  show_sides (self, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_widget_set_visible (self->results, FALSE);
  gtk_widget_set_visible (self->structure, FALSE);
  gtk_widget_set_visible (self->sides_button, FALSE);
  gtk_widget_set_visible (self->hint, FALSE);
  errand = smith_errand_begin (self, self->progress, _ ("Comparing…"));
  smith_engine_compare_async (smith_document_get_model (self->document), self->other, &feed,
                              (unsigned) smith_settings_get_int ("threads", 1),
                              smith_errand_work (errand), compared_cb, errand);
}

static void
chosen_cb (GFile *file, gpointer data)
{
  SmithComparePage *self = data;
  g_autofree char *name = g_file_get_basename (file);

  g_set_object (&self->other, file);
  gtk_label_set_label (self->title, name);
  start (self);
}

static void
show_feed (SmithComparePage *self)
{
  g_autofree char *base = self->samples != NULL ? g_path_get_basename (self->samples) : NULL;

  adw_action_row_set_subtitle (self->samples_row, base != NULL ? base : _ ("Random"));
  gtk_widget_set_visible (self->random, self->samples != NULL);
}

static void
feed_changed (SmithComparePage *self)
{
  show_feed (self);
  if (self->other != NULL)
    start (self);
}

static void
samples_chosen_cb (GFile *file, gpointer data)
{
  SmithComparePage *self = data;

  g_free (self->samples);
  self->samples = g_file_get_path (file);
  feed_changed (self);
}

static void
samples_cb (SmithComparePage *self)
{
  smith_choose_folder (self, _ ("Folder of Samples"), samples_chosen_cb);
}

static void
archive_cb (SmithComparePage *self)
{
  smith_choose_file (self, _ ("File of Samples"), SMITH_FILES_SAMPLES, samples_chosen_cb);
}

static void
random_cb (SmithComparePage *self)
{
  smith_take_focus_from (self->random);
  g_clear_pointer (&self->samples, g_free);
  feed_changed (self);
}

static void
report_chosen_cb (GFile *file, gpointer data)
{
  SmithComparePage *self = data;

  if (self->comparison != NULL && self->comparison->evidence != NULL)
    smith_report_write (self, self->comparison->evidence, file);
}

static void
save_report_cb (SmithComparePage *self)
{
  g_autofree char *other = g_file_get_basename (self->other);
  g_autofree char *name = smith_report_name (other);

  smith_choose_target (self, _ ("Save the Report"), SMITH_FILES_REPORTS, name, report_chosen_cb);
}

void
smith_compare_page_start_with (SmithComparePage *self, GFile *file, const char *samples,
                               gboolean has_sides)
{
  g_return_if_fail (SMITH_IS_COMPARE_PAGE (self));

  self->wants_sides = has_sides;
  if (samples != NULL)
    {
      g_free (self->samples);
      self->samples = g_strdup (samples);
      show_feed (self);
    }
  chosen_cb (file, self);
}

static void
choose_cb (SmithComparePage *self)
{
  smith_choose_file (self, _ ("Compare With"), SMITH_FILES_MODELS, chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_compare_page_dispose (GObject *object)
{
  SmithComparePage *self = SMITH_COMPARE_PAGE (object);

  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  if (self->document != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->document, self);
      g_signal_handlers_disconnect_by_data (smith_document_get_model (self->document), self);
    }
  if (self->sides != NULL)
    smith_diff_view_clear (self->sides);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_COMPARE_PAGE);
  g_clear_pointer (&self->comparison, smith_comparison_free);
  g_clear_pointer (&self->samples, g_free);
  g_clear_object (&self->other);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_compare_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithComparePage, name)

static void
smith_compare_page_class_init (SmithComparePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_PROGRESS);
  g_type_ensure (SMITH_TYPE_CHART);
  g_type_ensure (SMITH_TYPE_DIFF_VIEW);
  g_type_ensure (SMITH_TYPE_TENSOR_ACTIONS);
  G_OBJECT_CLASS (klass)->dispose = smith_compare_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-compare-page.ui");
  BIND (scroller);
  BIND (stack);
  BIND (sides);
  BIND (sides_button);
  BIND (hint);
  BIND (results);
  BIND (pair_box);
  BIND (pair_title);
  BIND (pair_text);
  BIND (legend_a);
  BIND (legend_b);
  BIND (histogram);
  BIND (actions);
  BIND (structure);
  BIND (counts);
  BIND (agreements);
  BIND (samples_row);
  BIND (random);
  BIND (save_report);
  BIND (order);
  BIND (differences);
  BIND (title);
  BIND (error);
  BIND (tensors);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, paint_cb);
  gtk_widget_class_bind_template_callback (widget_class, sides_cb);
  gtk_widget_class_bind_template_callback (widget_class, back_cb);
  gtk_widget_class_bind_template_callback (widget_class, order_cb);
  gtk_widget_class_bind_template_callback (widget_class, samples_cb);
  gtk_widget_class_bind_template_callback (widget_class, archive_cb);
  gtk_widget_class_bind_template_callback (widget_class, random_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_report_cb);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, difference_activated_cb);
}

static void
smith_compare_page_init (SmithComparePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->tensors));
  smith_list_is_one_stop (GTK_WIDGET (self->differences));
  smith_list_is_one_stop (GTK_WIDGET (self->agreements));
}

GtkWidget *
smith_compare_page_new (SmithDocument *document)
{
  SmithComparePage *self = g_object_new (SMITH_TYPE_COMPARE_PAGE, NULL);

  self->document = g_object_ref (document);
  g_signal_connect_swapped (document, "picked", G_CALLBACK (picked_cb), self);
  g_signal_connect_swapped (smith_document_get_model (document), "changed",
                            G_CALLBACK (model_changed_cb), self);
  return GTK_WIDGET (self);
}
