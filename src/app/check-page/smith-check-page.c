#include "smith-check-page.h"
#include "check-page/smith-repair-panel.h"
#include "graph/smith-scene.h"
#include "smith-engine-check.h"
#include "smith-engine-repair.h"
#include "smith-files.h"
#include "smith-rows.h"
#include "smith-tooltip.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

enum
{
  MAX_ROWS = 500 /* a model with more problems has one problem */
};

struct _SmithCheckPage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *repair, *busy, *none;
  GtkLabel *verdict, *target_text, *more;
  GtkListBox *problems;
  SmithRepairPanel *mending;
  GtkDropDown *target;

  SmithDocument *document;
  SmithCheckup *checkup;
  GCancellable *working;
};

G_DEFINE_FINAL_TYPE (SmithCheckPage, smith_check_page, GTK_TYPE_WIDGET)

/* ---- Rows -------------------------------------------------------------------------------------
 */

static GtkWidget *
severity_icon (SmithMark severity)
{
  static const struct
  {
    const char *icon, *label, *css_class;
  } looks[] = {
    [SMITH_MARK_NONE] = { "dialog-information-symbolic", N_ ("Information"), "dim-label" },
    [SMITH_MARK_INFO] = { "dialog-information-symbolic", N_ ("Information"), "dim-label" },
    [SMITH_MARK_WARNING] = { "dialog-warning-symbolic", N_ ("Warning"), "warning" },
    [SMITH_MARK_ERROR] = { "dialog-error-symbolic", N_ ("Error"), "error" },
  };
  GtkWidget *icon = gtk_image_new_from_icon_name (looks[severity].icon);

  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_add_css_class (icon, looks[severity].css_class);
  smith_tooltip_set (icon, _ (looks[severity].label));
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (looks[severity].label), -1);
  return icon;
}

/* "CONV_2D · conv1": which one it is. */
static char *
place_text (SmithCheckPage *self, const SmithProblem *problem)
{
  const SmithNet *net = problem->subgraph >= 0 ? smith_model_get_net (
                          smith_document_get_model (self->document), (unsigned) problem->subgraph)
                                               : NULL;
  g_autofree char *name = NULL;

  if (net == NULL || problem->op < 0 || (uint32_t) problem->op >= net->n_ops)
    return g_strdup (problem->kind);
  name = smith_tidy_name (smith_net_short_name (net, net->ops[problem->op].name));
  return name[0] != '\0' ? g_strdup_printf ("%s · %s", problem->kind, name)
                         : g_strdup (problem->kind);
}

/* The engine's sentence as one that stands for itself: below the operator's kind, which it begins
 * with, and with a capital letter. */
static char *
message_text (const SmithProblem *problem)
{
  const char *text = problem->message;
  size_t length = strlen (problem->kind);
  char *sentence;

  if (length > 0 && g_str_has_prefix (text, problem->kind)
      && g_str_has_prefix (text + length, ": "))
    text += length + 2;
  sentence = g_strdup (text);
  sentence[0] = g_ascii_toupper (sentence[0]);
  return sentence;
}

static GtkWidget *
problem_row (SmithCheckPage *self, const SmithProblem *problem)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  g_autofree char *last = problem->is_repairable
                            ? g_strdup_printf ("%s · %s", problem->id, _ ("Repair mends it"))
                            : g_strdup (problem->id);
  g_autofree char *message = message_text (problem);

  gtk_widget_set_hexpand (texts, TRUE);
  if (problem->kind[0] != '\0')
    {
      g_autofree char *place = place_text (self, problem);
      GtkWidget *kind = smith_text_new (place, FALSE);

      gtk_widget_add_css_class (kind, "heading");
      gtk_box_append (GTK_BOX (texts), kind);
    }
  gtk_box_append (GTK_BOX (texts), smith_text_new (message, FALSE));
  if (problem->remedy != NULL && problem->remedy[0] != '\0')
    gtk_box_append (GTK_BOX (texts), smith_text_new (problem->remedy, TRUE));
  gtk_box_append (GTK_BOX (texts), smith_text_new (last, TRUE));
  gtk_box_append (GTK_BOX (box), severity_icon (problem->severity));
  gtk_box_append (GTK_BOX (box), texts);
  if (problem->source != NULL)
    smith_tooltip_set (row, problem->source);
  gtk_widget_add_css_class (row, "line");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data (G_OBJECT (row), "problem", (gpointer) problem);
  return row;
}

static void
selected_cb (SmithCheckPage *self, GtkListBoxRow *row)
{
  const SmithProblem *problem = row != NULL ? g_object_get_data (G_OBJECT (row), "problem") : NULL;

  if (problem == NULL || problem->subgraph < 0)
    return;
  if (problem->op >= 0)
    smith_document_pick_in (self->document, (unsigned) problem->subgraph, SMITH_PICK_OP,
                            problem->op);
  else if (problem->tensor >= 0)
    smith_document_pick_in (self->document, (unsigned) problem->subgraph, SMITH_PICK_TENSOR,
                            problem->tensor);
}

static void
activated_cb (SmithCheckPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

/* ---- The result -------------------------------------------------------------------------------
 */

static void
mark_operators (SmithCheckPage *self)
{
  uint8_t *marks = g_new0 (uint8_t, smith_document_n_marks (self->document) + 1);

  for (guint i = 0; i < self->checkup->problems->len; i++)
    {
      const SmithProblem *p = self->checkup->problems->pdata[i];
      size_t place;

      if (p->subgraph < 0 || p->op < 0)
        continue;
      place = smith_document_mark_place (self->document, (unsigned) p->subgraph, p->op);
      marks[place] = MAX (marks[place], (uint8_t) p->severity);
    }
  smith_document_take_marks (self->document, marks);
}

static unsigned
count_severity (const SmithCheckup *checkup, SmithMark severity)
{
  unsigned count = 0;

  for (guint i = 0; i < checkup->problems->len; i++)
    count += ((const SmithProblem *) checkup->problems->pdata[i])->severity == severity;
  return count;
}

static void
show_verdict (SmithCheckPage *self)
{
  unsigned errors = count_severity (self->checkup, SMITH_MARK_ERROR);
  unsigned warnings = count_severity (self->checkup, SMITH_MARK_WARNING);
  g_autofree char *e = g_strdup_printf (ngettext ("%u error", "%u errors", errors), errors);
  g_autofree char *w = g_strdup_printf (ngettext ("%u warning", "%u warnings", warnings), warnings);
  /* Translators: "2 errors, 1 warning". */
  g_autofree char *both = g_strdup_printf (_ ("%s, %s"), e, w);

  gtk_label_set_label (self->verdict, errors > 0 && warnings > 0 ? both
                                      : errors > 0               ? e
                                      : warnings > 0             ? w
                                                     : _ ("Nothing is wrong with this model"));
  gtk_widget_set_visible (GTK_WIDGET (self->target_text), self->checkup->mac_share >= 0);
  if (self->checkup->mac_share >= 0)
    {
      g_autofree char *text = g_strdup_printf (
        ngettext ("%.1f %% of the multiply-adds run on the accelerator, in %u piece",
                  "%.1f %% of the multiply-adds run on the accelerator, in %u pieces",
                  self->checkup->n_partitions),
        100 * self->checkup->mac_share, self->checkup->n_partitions);

      gtk_label_set_label (self->target_text, text);
    }
}

static void
show_checkup (SmithCheckPage *self)
{
  GPtrArray *problems = self->checkup->problems;

  for (guint i = 0; i < problems->len && i < MAX_ROWS; i++)
    gtk_list_box_append (self->problems, problem_row (self, problems->pdata[i]));
  /* Only while it is shown: behind it the last row would not count as the last. */
  gtk_list_box_set_placeholder (self->problems, problems->len == 0 ? self->none : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->more), problems->len > MAX_ROWS);
  smith_repair_panel_set_problems (self->mending, problems);
  show_verdict (self);
  mark_operators (self);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithCheckPage) self = data;
  g_autoptr (GError) error = NULL;
  SmithCheckup *checkup = smith_engine_check_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_visible (self->busy, FALSE);
  if (checkup == NULL)
    {
      gtk_label_set_label (self->verdict, error->message);
      return;
    }
  smith_list_clear (self->problems);
  g_clear_pointer (&self->checkup, smith_checkup_free);
  self->checkup = checkup;
  show_checkup (self);
}

static void
start_check (SmithCheckPage *self)
{
  guint chosen = gtk_drop_down_get_selected (self->target);
  const char *target = NULL;

  if (self->document == NULL)
    return;
  if (chosen > 0 && chosen != GTK_INVALID_LIST_POSITION)
    target = smith_engine_targets ()[chosen - 1];
  g_cancellable_cancel (self->working);
  g_clear_object (&self->working);
  self->working = g_cancellable_new ();
  gtk_widget_set_visible (self->busy, TRUE);
  smith_engine_check_async (smith_document_get_model (self->document), target, self->working,
                            checked_cb, g_object_ref (self));
}

/* ---- Repair -----------------------------------------------------------------------------------
 */

/* What was written, to be taken back where nothing stood before. */
typedef struct
{
  SmithCheckPage *page;
  GFile *file;
  gboolean is_new;
} Writing;

static void
repaired_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Writing *writing = data;
  g_autoptr (SmithCheckPage) self = writing->page;
  g_autoptr (GFile) file = writing->file;
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = g_file_get_uri (file);

  if (!smith_engine_repair_finish (result, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The mended copy could not be saved"), error->message);
  else if (writing->is_new)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.offer-undo", "(sss)",
                                _ ("Mended copy saved"), "doc.unwrite", uri);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Mended copy saved"));
}

static void
repair_chosen_cb (GFile *file, gpointer data)
{
  SmithCheckPage *self = data;
  Writing *writing = g_new0 (Writing, 1);
  g_auto (GStrv) fixes = smith_repair_panel_get_fixes (self->mending);

  writing->page = g_object_ref (self);
  writing->file = g_object_ref (file);
  writing->is_new = !g_file_query_exists (file, NULL);
  smith_engine_repair_async (smith_document_get_model (self->document), fixes, file, repaired_cb,
                             writing);
}

static void
mending_changed_cb (SmithCheckPage *self)
{
  gtk_widget_set_sensitive (self->repair, smith_repair_panel_has_changes (self->mending));
}

static void
repair_cb (SmithCheckPage *self)
{
  const char *title = smith_model_get_title (smith_document_get_model (self->document));
  g_autofree char *name = smith_derived_name (title, "-mended", NULL);

  smith_choose_target (self, _ ("Save the Mended Copy"), SMITH_FILES_TFLITE, name,
                       repair_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_check_page_dispose (GObject *object)
{
  SmithCheckPage *self = SMITH_CHECK_PAGE (object);

  g_cancellable_cancel (self->working);
  g_clear_object (&self->working);
  if (self->document != NULL)
    g_signal_handlers_disconnect_by_data (smith_document_get_model (self->document), self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_CHECK_PAGE);
  g_clear_pointer (&self->checkup, smith_checkup_free);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_check_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithCheckPage, name)

static void
smith_check_page_class_init (SmithCheckPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_REPAIR_PANEL);
  G_OBJECT_CLASS (klass)->dispose = smith_check_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-check-page.ui");
  BIND (scroller);
  BIND (repair);
  BIND (busy);
  BIND (none);
  BIND (verdict);
  BIND (target_text);
  BIND (more);
  BIND (problems);
  BIND (mending);
  BIND (target);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, repair_cb);
  gtk_widget_class_bind_template_callback (widget_class, mending_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, start_check);
}

static void
smith_check_page_init (SmithCheckPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->problems));
  gtk_string_list_append (names, _ ("Any runtime"));
  for (const char *const *name = smith_engine_targets (); *name != NULL; name++)
    gtk_string_list_append (names, *name);
  gtk_drop_down_set_model (self->target, G_LIST_MODEL (names));
}

GtkWidget *
smith_check_page_new (SmithDocument *document)
{
  SmithCheckPage *self = g_object_new (SMITH_TYPE_CHECK_PAGE, NULL);

  self->document = g_object_ref (document);
  smith_repair_panel_set_document (self->mending, document);
  g_signal_connect_swapped (smith_document_get_model (document), "changed",
                            G_CALLBACK (start_check), self);
  start_check (self);
  return GTK_WIDGET (self);
}
