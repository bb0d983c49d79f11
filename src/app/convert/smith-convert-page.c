#include "smith-convert-page.h"
#include "smith-engine-convert.h"
#include "smith-files.h"
#include "smith-progress.h"
#include "smith-rows.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

struct _SmithConvertPage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *calibration_row, *convert, *report;
  GtkLabel *plan, *calibration_label, *status;
  GtkDropDown *type;
  GtkListBox *report_list;
  SmithProgress *progress;

  SmithDocument *document;
  char *calibration;
  GFile *result;
};

G_DEFINE_FINAL_TYPE (SmithConvertPage, smith_convert_page, GTK_TYPE_WIDGET)

/* ---- Before it runs ---------------------------------------------------------------------------
 */

static const char *
chosen_type (SmithConvertPage *self)
{
  guint chosen = gtk_drop_down_get_selected (self->type);

  return smith_engine_conversions ()[chosen == GTK_INVALID_LIST_POSITION ? 0 : chosen];
}

static const char *
plan_text (const char *type)
{
  static const struct
  {
    const char *type, *text;
  } plans[] = {
    { "float32",
      N_ ("Sparse weights become dense, DENSIFY and DEQUANTIZE of constants go, integers "
          "become float32. The result computes the same on any runtime, and is larger.") },
    { "float16", N_ ("Float weights are stored as float16 behind a DEQUANTIZE: half the size, "
                     "computed in float32.") },
    { "dynamic", N_ ("Weights become int8, activations stay float: a quarter of the size, no "
                     "calibration data needed.") },
    { "int8", N_ ("Weights and activations become int8, weights by channel. The ranges of the "
                  "activations are taken from the calibration data.") },
    { "uint8",
      N_ ("Weights and activations become uint8, one scale a tensor, as older accelerators "
          "want it. The ranges are taken from the calibration data.") },
    { "int16x8", N_ ("Activations become int16, weights int8: larger than int8, and closer to the "
                     "source. The ranges are taken from the calibration data.") },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (plans); i++)
    if (g_str_equal (plans[i].type, type))
      return _ (plans[i].text);
  return "";
}

static void
set_status (SmithConvertPage *self, const char *text, gboolean is_error)
{
  gtk_label_set_label (self->status, text);
  gtk_widget_set_visible (GTK_WIDGET (self->status), text != NULL);
  if (is_error)
    gtk_widget_add_css_class (GTK_WIDGET (self->status), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->status), "error");
}

static void
update_plan (SmithConvertPage *self)
{
  const char *type = chosen_type (self);
  gboolean needs = smith_engine_needs_calibration (type);
  const char *problem = smith_engine_conversion_problem (type);
  g_autofree char *base
    = self->calibration != NULL ? g_path_get_basename (self->calibration) : NULL;

  gtk_label_set_label (self->plan, plan_text (type));
  gtk_widget_set_visible (self->calibration_row, needs);
  gtk_label_set_label (self->calibration_label, base != NULL ? base : _ ("No folder chosen yet"));
  gtk_widget_set_sensitive (self->convert, problem == NULL && (!needs || self->calibration != NULL)
                                             && !smith_progress_is_active (self->progress));
  set_status (self, problem, FALSE);
}

static void
calibration_chosen_cb (GFile *file, gpointer data)
{
  SmithConvertPage *self = data;

  g_free (self->calibration);
  self->calibration = g_file_get_path (file);
  update_plan (self);
}

static void
calibration_cb (SmithConvertPage *self)
{
  smith_choose_folder (self, _ ("Calibration Folder"), calibration_chosen_cb);
}

/* ---- The report -------------------------------------------------------------------------------
 */

static void
add_report (SmithConvertPage *self, const char *title, const char *subtitle)
{
  gtk_list_box_append (self->report_list, smith_row_new (title, subtitle, NULL));
}

static void
report_error (SmithConvertPage *self, const SmithConversion *c)
{
  g_autofree char *text = NULL;

  if (isnan (c->cosine))
    text = g_strdup (_ ("The two could not be compared: the source does not run here."));
  else if (isinf (c->sqnr_db))
    text = g_strdup (_ ("SQNR ∞: the outputs are equal. Cosine 1."));
  else
    text = g_strdup_printf (_ ("SQNR %.1f dB, cosine %.6f"), c->sqnr_db, c->cosine);
  add_report (self, _ ("Error of the outputs on random input"), text);
}

static void
show_report (SmithConvertPage *self, const SmithConversion *c)
{
  g_autofree char *before = g_format_size (c->bytes_before);
  g_autofree char *after = g_format_size (c->bytes_after);
  g_autofree char *ops
    = g_strdup_printf (_ ("%u before, %u after"), c->n_ops_before, c->n_ops_after);
  g_autofree char *bytes = g_strdup_printf (_ ("%s before, %s after"), before, after);
  g_autofree char *name = g_file_get_basename (self->result);

  smith_list_clear (self->report_list);
  add_report (self, name, _ ("Written, and opened in a tab of its own"));
  report_error (self, c);
  add_report (self, _ ("Operators"), ops);
  add_report (self, _ ("Constants"), bytes);
  for (guint i = 0; i < c->passes->len; i++)
    add_report (self, c->passes->pdata[i], NULL);
  for (guint i = 0; i < c->notes->len; i++)
    add_report (self, c->notes->pdata[i], _ ("Note"));
  gtk_widget_set_visible (self->report, TRUE);
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static void
converted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithConvertPage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithConversion *conversion = smith_engine_convert_finish (result, &error);
  g_autofree char *uri = NULL;

  if (self == NULL)
    {
      g_clear_pointer (&conversion, smith_conversion_free);
      return;
    }
  update_plan (self);
  if (conversion == NULL)
    {
      gboolean is_cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      set_status (self, is_cancelled ? _ ("Cancelled") : error->message, !is_cancelled);
      return;
    }
  show_report (self, conversion);
  smith_conversion_free (conversion);
  uri = g_file_get_uri (self->result);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-beside", "s", uri);
}

static void
save_chosen_cb (GFile *file, gpointer data)
{
  SmithConvertPage *self = data;
  SmithErrand *errand;

  g_set_object (&self->result, file);
  gtk_widget_set_visible (self->report, FALSE);
  set_status (self, NULL, FALSE);
  errand = smith_errand_begin (self, self->progress, _ ("Converting…"));
  gtk_widget_set_sensitive (self->convert, FALSE);
  smith_engine_convert_async (smith_document_get_model (self->document), chosen_type (self),
                              self->calibration, file, smith_errand_work (errand), converted_cb,
                              errand);
}

static void
convert_cb (SmithConvertPage *self)
{
  const char *title = smith_model_get_title (smith_document_get_model (self->document));
  g_autofree char *suffix = g_strconcat ("-", chosen_type (self), NULL);
  g_autofree char *name = smith_derived_name (title, suffix, ".tflite");

  smith_choose_target (self, _ ("Save the Converted Model"), SMITH_FILES_SAVED_MODELS, name,
                       save_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_convert_page_dispose (GObject *object)
{
  SmithConvertPage *self = SMITH_CONVERT_PAGE (object);

  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_CONVERT_PAGE);
  g_clear_pointer (&self->calibration, g_free);
  g_clear_object (&self->result);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_convert_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithConvertPage, name)

static void
smith_convert_page_class_init (SmithConvertPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_PROGRESS);
  G_OBJECT_CLASS (klass)->dispose = smith_convert_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-convert-page.ui");
  BIND (scroller);
  BIND (calibration_row);
  BIND (convert);
  BIND (report);
  BIND (plan);
  BIND (calibration_label);
  BIND (status);
  BIND (type);
  BIND (report_list);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, update_plan);
  gtk_widget_class_bind_template_callback (widget_class, calibration_cb);
  gtk_widget_class_bind_template_callback (widget_class, convert_cb);
}

static void
smith_convert_page_init (SmithConvertPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (smith_engine_conversions ());

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drop_down_set_model (self->type, G_LIST_MODEL (names));
  update_plan (self);
}

GtkWidget *
smith_convert_page_new (SmithDocument *document)
{
  SmithConvertPage *self = g_object_new (SMITH_TYPE_CONVERT_PAGE, NULL);

  self->document = g_object_ref (document);
  return GTK_WIDGET (self);
}
