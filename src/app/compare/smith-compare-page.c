#include "smith-compare-page.h"
#include "graph/smith-scene.h"
#include "smith-engine-compare.h"
#include "smith-files.h"
#include "smith-noise.h"
#include "smith-progress.h"
#include "smith-rows.h"
#include "smith-settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

enum
{
  MAX_ROWS = 400
};

struct _SmithComparePage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *results, *paint;
  GtkLabel *title, *error;
  GtkListBox *tensors;
  SmithProgress *progress;

  SmithDocument *document;
  GFile *other;
  GPtrArray *pairs;
};

G_DEFINE_FINAL_TYPE (SmithComparePage, smith_compare_page, GTK_TYPE_WIDGET)

/* ---- Rows -------------------------------------------------------------------------------------
 */

static void
add_value (GtkWidget *row, const char *text, int width)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_label_set_width_chars (GTK_LABEL (label), width);
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row))), label);
}

static GtkWidget *
pair_row (const SmithPair *pair)
{
  g_autofree char *sqnr = smith_noise_text (pair->sqnr_db);
  g_autofree char *cosine = g_strdup_printf (_ ("cosine %.5f"), pair->cosine);
  g_autofree char *error
    = g_strdup_printf (_ ("greatest difference %.4g, mean %.4g"), pair->max_abs, pair->mean_abs);
  g_autofree char *name = smith_tidy_name (pair->name_a);
  g_autofree char *title
    = pair->is_output ? g_strdup_printf (_ ("Output %s"), name) : g_strdup (name);
  GtkWidget *row = smith_row_new (title, error, NULL);

  gtk_widget_set_tooltip_text (row, pair->name_a);
  add_value (row, sqnr, 13);
  add_value (row, cosine, 14);
  g_object_set_data (G_OBJECT (row), "tensor", GINT_TO_POINTER (pair->tensor_a + 1));
  return row;
}

static void
selected_cb (SmithComparePage *self, GtkListBoxRow *row)
{
  int tensor
    = row != NULL ? GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), "tensor")) - 1 : -1;

  if (tensor >= 0)
    smith_document_pick_in (self->document, 0, SMITH_PICK_TENSOR, tensor);
}

static void
show_pairs (SmithComparePage *self)
{
  smith_list_clear (self->tensors);
  for (guint i = 0; i < self->pairs->len && i < MAX_ROWS; i++)
    gtk_list_box_append (self->tensors, pair_row (self->pairs->pdata[i]));
  gtk_widget_set_visible (self->results, TRUE);
}

/* ---- On the graph -----------------------------------------------------------------------------
 */

static void
paint_cb (SmithComparePage *self)
{
  g_autofree SmithNoise *noise = g_new0 (SmithNoise, (size_t) self->pairs->len + 1);

  for (guint i = 0; i < self->pairs->len; i++)
    {
      const SmithPair *pair = self->pairs->pdata[i];

      noise[i] = (SmithNoise){ pair->tensor_a, pair->sqnr_db };
    }
  smith_document_set_subgraph (self->document, 0);
  smith_document_take_overlay (
    self->document,
    smith_overlay_of_noise (smith_document_get_net (self->document), noise, self->pairs->len));
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static void
compared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithComparePage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  GPtrArray *pairs = smith_engine_compare_finish (result, &error);

  if (self == NULL)
    {
      g_clear_pointer (&pairs, g_ptr_array_unref);
      return;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->error), pairs == NULL);
  if (pairs == NULL)
    {
      gtk_label_set_label (self->error, error->message);
      return;
    }
  g_clear_pointer (&self->pairs, g_ptr_array_unref);
  self->pairs = pairs;
  show_pairs (self);
}

static void
start (SmithComparePage *self)
{
  SmithErrand *errand;

  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_widget_set_visible (self->results, FALSE);
  errand = smith_errand_begin (self, self->progress, _ ("Comparing…"));
  smith_engine_compare_async (smith_document_get_model (self->document), self->other, 1,
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
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_COMPARE_PAGE);
  g_clear_pointer (&self->pairs, g_ptr_array_unref);
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
  G_OBJECT_CLASS (klass)->dispose = smith_compare_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-compare-page.ui");
  BIND (scroller);
  BIND (results);
  BIND (paint);
  BIND (title);
  BIND (error);
  BIND (tensors);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, paint_cb);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
}

static void
smith_compare_page_init (SmithComparePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
smith_compare_page_new (SmithDocument *document)
{
  SmithComparePage *self = g_object_new (SMITH_TYPE_COMPARE_PAGE, NULL);

  self->document = g_object_ref (document);
  return GTK_WIDGET (self);
}
