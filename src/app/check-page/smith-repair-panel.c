#include "smith-repair-panel.h"
#include "check-page/smith-mend-row.h"
#include "compare-page/smith-pair-row.h"
#include "smith-files.h"
#include "smith-progress.h"
#include "smith-rows.h"

#include <adwaita.h>
#include <glib/gi18n.h>

enum
{
  MAX_ROWS = 200,
  SEED = 1 /* of the random input */
};

struct _SmithRepairPanel
{
  GtkWidget parent_instance;

  GtkWidget *box, *follow_box, *effect_box, *random, *mend;
  GtkCheckButton *all;
  GtkLabel *summary, *follow_text, *follow_hex, *input_text, *effect_text;
  GtkListBox *list, *outputs;
  SmithProgress *progress;

  SmithDocument *document;
  GPtrArray *problems;
  SmithMending *mending;
  char *input; /* file for the first input; NULL: random */
  GCancellable *planning;
  gboolean has_rows;   /* of these problems */
  gboolean is_setting; /* many rows at once */
};

G_DEFINE_FINAL_TYPE (SmithRepairPanel, smith_repair_panel, GTK_TYPE_WIDGET)

static guint changed_signal;

static void plan (SmithRepairPanel *self);

static SmithModel *
model_of (SmithRepairPanel *self)
{
  return smith_document_get_model (self->document);
}

static SmithMendRow *
row_at (SmithRepairPanel *self, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, index);

  return row != NULL ? SMITH_MEND_ROW (row) : NULL;
}

/* ---- Outputs ----------------------------------------------------------------------------------
 */

static void
show_effect (SmithRepairPanel *self, const SmithMendEffect *effect)
{
  g_autofree char *text = NULL;

  if (effect->before_problem != NULL)
    /* Translators: the engine's sentence, in English. */
    text = g_strdup_printf (_ ("The model as it is cannot be run: %s"), effect->before_problem);
  else if (effect->after_problem != NULL)
    text = g_strdup_printf (_ ("The mended model cannot be run: %s"), effect->after_problem);
  gtk_label_set_label (self->effect_text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->effect_text), text != NULL);
  for (guint i = 0; i < effect->outputs->len && i < MAX_ROWS; i++)
    gtk_list_box_append (self->outputs, smith_pair_row_new (effect->outputs->pdata[i]));
  gtk_widget_set_visible (GTK_WIDGET (self->outputs), effect->outputs->len > 0);
}

static void
effect_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithRepairPanel) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithMendEffect *effect = smith_engine_mend_effect_finish (result, &error);

  if (self != NULL && effect != NULL)
    show_effect (self, effect);
  else if (self != NULL)
    {
      gtk_label_set_label (self->effect_text, error->message);
      gtk_widget_set_visible (GTK_WIDGET (self->effect_text), TRUE);
    }
  g_clear_pointer (&effect, smith_mend_effect_free);
}

static void
compare (SmithRepairPanel *self)
{
  g_auto (GStrv) fixes = smith_repair_panel_get_fixes (self);
  SmithErrand *errand;

  smith_list_clear (self->outputs);
  gtk_widget_set_visible (GTK_WIDGET (self->outputs), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->effect_text), FALSE);
  gtk_widget_set_visible (self->effect_box, smith_repair_panel_has_changes (self));
  if (!smith_repair_panel_has_changes (self))
    {
      smith_progress_cancel (self->progress);
      return;
    }
  errand = smith_errand_begin (self, self->progress, _ ("Running both…"));
  smith_engine_mend_effect_async (model_of (self), fixes, self->input, SEED,
                                  smith_errand_work (errand), effect_cb, errand);
}

static void
input_chosen_cb (GFile *file, gpointer data)
{
  SmithRepairPanel *self = data;
  g_autofree char *name = g_file_get_basename (file);
  /* Translators: the name of a file. */
  g_autofree char *text = g_strdup_printf (_ ("Both run on “%s”."), name);

  g_free (self->input);
  self->input = g_file_get_path (file);
  gtk_label_set_label (self->input_text, text);
  gtk_widget_set_visible (self->random, TRUE);
  compare (self);
}

static void
choose_cb (SmithRepairPanel *self)
{
  smith_choose_file (self, _ ("Choose Input"), SMITH_FILES_INPUTS, input_chosen_cb);
}

static void
random_cb (SmithRepairPanel *self)
{
  g_clear_pointer (&self->input, g_free);
  gtk_label_set_label (self->input_text, _ ("Both run on the same random input."));
  gtk_widget_set_visible (self->random, FALSE);
  compare (self);
}

/* ---- Rows -------------------------------------------------------------------------------------
 */

static void
row_changed_cb (SmithRepairPanel *self)
{
  if (!self->is_setting)
    plan (self);
}

static void
mend_with (SmithRepairPanel *self, char **fixes)
{
  g_autoptr (GError) error = NULL;

  if (smith_engine_mend (model_of (self), fixes, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                                _ ("Mended in the open model. Undo takes it back."));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The model could not be mended"), error->message);
}

static void
rewrite_cb (SmithRepairPanel *self, SmithMendRow *row)
{
  g_autofree char *fix = smith_mend_row_get_fix (row);
  char *fixes[] = { fix, NULL };

  mend_with (self, fixes);
}

static void
mend_cb (SmithRepairPanel *self)
{
  g_auto (GStrv) fixes = smith_repair_panel_get_fixes (self);

  mend_with (self, fixes);
}

static void
all_toggled_cb (SmithRepairPanel *self)
{
  SmithMendRow *row;

  if (self->is_setting)
    return;
  self->is_setting = TRUE;
  for (int i = 0; (row = row_at (self, i)) != NULL; i++)
    smith_mend_row_set_chosen (row, gtk_check_button_get_active (self->all));
  self->is_setting = FALSE;
  plan (self);
}

static const SmithLeft *
find_left (SmithRepairPanel *self, const SmithProblem *problem)
{
  for (guint i = 0; i < self->mending->left->len; i++)
    {
      const SmithLeft *left = self->mending->left->pdata[i];

      if (left->subgraph == problem->subgraph && left->op == problem->op
          && left->tensor == problem->tensor && g_str_equal (left->id, problem->id))
        return left;
    }
  return NULL;
}

static void
add_rows (SmithRepairPanel *self)
{
  guint n = 0;

  for (guint i = 0; i < self->problems->len && n < MAX_ROWS; i++)
    {
      const SmithProblem *problem = self->problems->pdata[i];
      const SmithLeft *left = find_left (self, problem);
      GtkWidget *row;

      if (problem->severity < SMITH_MARK_WARNING || (left == NULL && !problem->is_repairable))
        continue;
      row = smith_mend_row_new (problem, left);
      g_signal_connect_object (row, "changed", G_CALLBACK (row_changed_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (row, "rewrite", G_CALLBACK (rewrite_cb), self, G_CONNECT_SWAPPED);
      gtk_list_box_append (self->list, row);
      n++;
    }
  self->has_rows = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self), n > 0);
}

/* ---- What is chosen ---------------------------------------------------------------------------
 */

/* Changes of findings that only came up because others were mended. */
static void
show_follow_ups (SmithRepairPanel *self)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_autofree char *text = NULL, *markup = NULL;

  for (guint i = 0; i < self->mending->changes->len; i++)
    {
      gboolean is_known = FALSE;
      SmithMendRow *row;

      for (int k = 0; !is_known && (row = row_at (self, k)) != NULL; k++)
        is_known = smith_mend_row_has (row, self->mending->changes->pdata[i]);
      if (!is_known)
        g_ptr_array_add (others, self->mending->changes->pdata[i]);
    }
  text = smith_numbers_text (others);
  markup = smith_hex_markup (others, adw_style_manager_get_dark (adw_style_manager_get_default ()));
  gtk_label_set_label (self->follow_text, text);
  gtk_label_set_markup (self->follow_hex, markup);
  gtk_widget_set_visible (self->follow_box, others->len > 0);
}

static void
show_summary (SmithRepairPanel *self)
{
  unsigned n = self->mending->changes->len;
  g_autofree char *size = g_format_size (self->mending->file_size);
  g_autofree char *ranges = g_strdup_printf (ngettext ("%u byte range", "%u byte ranges", n), n);
  /* Translators: "17 byte ranges: 48 of 12.3 kB change, all else stays." */
  g_autofree char *text
    = g_strdup_printf (_ ("%s: %llu bytes of %s change, all else stays."), ranges,
                       (unsigned long long) self->mending->n_bytes, size);

  gtk_label_set_label (self->summary, n > 0 ? text : _ ("Nothing is chosen: nothing changes."));
  gtk_widget_set_sensitive (self->mend, n > 0);
}

static void
update_all (SmithRepairPanel *self)
{
  unsigned n_chosen = 0, n_mendable = 0;
  SmithMendRow *row;

  for (int i = 0; (row = row_at (self, i)) != NULL; i++)
    {
      n_mendable += smith_mend_row_is_mendable (row);
      n_chosen += smith_mend_row_is_chosen (row);
    }
  self->is_setting = TRUE;
  gtk_check_button_set_active (self->all, n_chosen == n_mendable && n_mendable > 0);
  gtk_check_button_set_inconsistent (self->all, n_chosen > 0 && n_chosen < n_mendable);
  gtk_widget_set_sensitive (GTK_WIDGET (self->all), n_mendable > 0);
  self->is_setting = FALSE;
}

static void
show_mending (SmithRepairPanel *self)
{
  SmithMendRow *row;

  if (!self->has_rows)
    add_rows (self);
  for (int i = 0; (row = row_at (self, i)) != NULL; i++)
    smith_mend_row_show (row, self->mending->changes);
  show_follow_ups (self);
  show_summary (self);
  update_all (self);
  compare (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
planned_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithRepairPanel) self = data;
  g_autoptr (GError) error = NULL;
  SmithMending *mending = smith_engine_plan_mending_finish (result, &error);

  if (mending == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && self->document != NULL)
        gtk_label_set_label (self->summary, error->message);
      return;
    }
  if (self->document == NULL)
    {
      smith_mending_free (mending);
      return;
    }

  SmithMending *old = self->mending;

  self->mending = mending;
  show_mending (self);
  g_clear_pointer (&old, smith_mending_free);
}

static void
plan (SmithRepairPanel *self)
{
  g_auto (GStrv) fixes = smith_repair_panel_get_fixes (self);

  g_cancellable_cancel (self->planning);
  g_clear_object (&self->planning);
  self->planning = g_cancellable_new ();
  smith_engine_plan_mending_async (model_of (self), fixes, self->planning, planned_cb,
                                   g_object_ref (self));
}

char **
smith_repair_panel_get_fixes (SmithRepairPanel *self)
{
  g_autoptr (GStrvBuilder) fixes = g_strv_builder_new ();
  SmithMendRow *row;

  g_return_val_if_fail (SMITH_IS_REPAIR_PANEL (self), NULL);

  g_strv_builder_add (fixes, "all");
  for (int i = 0; (row = row_at (self, i)) != NULL; i++)
    if (smith_mend_row_is_mendable (row))
      {
        g_autofree char *fix = smith_mend_row_get_fix (row);

        g_strv_builder_add (fixes, fix);
      }
  return g_strv_builder_end (fixes);
}

gboolean
smith_repair_panel_has_changes (SmithRepairPanel *self)
{
  g_return_val_if_fail (SMITH_IS_REPAIR_PANEL (self), FALSE);

  return self->mending != NULL && self->mending->changes->len > 0;
}

void
smith_repair_panel_set_document (SmithRepairPanel *self, SmithDocument *document)
{
  g_return_if_fail (SMITH_IS_REPAIR_PANEL (self));

  g_set_object (&self->document, document);
}

void
smith_repair_panel_set_problems (SmithRepairPanel *self, GPtrArray *problems)
{
  g_return_if_fail (SMITH_IS_REPAIR_PANEL (self));

  smith_list_clear (self->list);
  self->has_rows = FALSE;
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  self->problems = g_ptr_array_ref (problems);
  plan (self);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_repair_panel_dispose (GObject *object)
{
  SmithRepairPanel *self = SMITH_REPAIR_PANEL (object);

  g_cancellable_cancel (self->planning);
  g_clear_object (&self->planning);
  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_REPAIR_PANEL);
  g_clear_pointer (&self->mending, smith_mending_free);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->input, g_free);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_repair_panel_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithRepairPanel, name)

static void
smith_repair_panel_class_init (SmithRepairPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_PROGRESS);
  G_OBJECT_CLASS (klass)->dispose = smith_repair_panel_dispose;
  changed_signal = g_signal_new ("changed", SMITH_TYPE_REPAIR_PANEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-repair-panel.ui");
  BIND (box);
  BIND (follow_box);
  BIND (effect_box);
  BIND (random);
  BIND (mend);
  BIND (all);
  BIND (summary);
  BIND (follow_text);
  BIND (follow_hex);
  BIND (input_text);
  BIND (effect_text);
  BIND (list);
  BIND (outputs);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, all_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, random_cb);
  gtk_widget_class_bind_template_callback (widget_class, mend_cb);
}

static void
smith_repair_panel_init (SmithRepairPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
