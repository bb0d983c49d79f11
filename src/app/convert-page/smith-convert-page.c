#include "smith-convert-page.h"
#include "graph/smith-scene.h"
#include "smith-convert-options.h"
#include "smith-convert-report.h"
#include "smith-culprits.h"
#include "smith-ranges-window.h"
#include "smith-engine-convert.h"
#include "smith-files.h"
#include "smith-progress.h"
#include "smith-report.h"
#include "smith-rows.h"

#include <adwaita.h>
#include <glib/gi18n.h>

enum
{
  TRIAL_DELAY_MS = 700, /* after the last change of an option: people choose several */
  MARGIN = 18,          /* above the report, as between the parts of a page */
  BEGINNING = 150       /* of the report: what was written, and how good it is */
};

struct _SmithConvertPage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *convert, *plan, *plan_spinner, *report, *again, *report_ranges;
  GtkLabel *status, *plan_text;
  GtkListBox *plan_list, *report_list;
  SmithCulprits *culprits;
  SmithConvertOptions *options;
  SmithProgress *progress;

  SmithDocument *document;
  GFile *result;
  SmithConversion *conversion; /* that the report is about */
  SmithRanges *ranges;         /* that it used; NULL: none */
  char *samples;               /* that it was measured on; NULL: random input */
  char *wanted;                /* tensor whose range is to be shown */
  GCancellable *trial;
  guint trial_delay;
  int frames_to_scroll; /* until the report has its place */
};

G_DEFINE_FINAL_TYPE (SmithConvertPage, smith_convert_page, GTK_TYPE_WIDGET)

/* ---- Before it runs ---------------------------------------------------------------------------
 */

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
update (SmithConvertPage *self)
{
  const char *why;
  gboolean is_complete = smith_convert_options_are_complete (self->options, &why);
  gboolean is_busy = smith_progress_is_active (self->progress);

  gtk_widget_set_sensitive (self->convert, is_complete && !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->options), !is_busy);
  set_status (self, is_busy ? NULL : why, FALSE);
}

static void
planned_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithConvertPage) self = data;
  g_autoptr (GError) error = NULL;
  SmithConversion *plan = smith_engine_convert_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* a newer one is under way, or the page is closed */
  gtk_spinner_stop (GTK_SPINNER (self->plan_spinner));
  gtk_widget_set_visible (self->plan_spinner, FALSE);
  if (plan != NULL)
    smith_convert_fill_plan (self->plan_list, plan);
  else
    {
      smith_list_clear (self->plan_list);
      gtk_list_box_append (self->plan_list, smith_row_new (_ ("This conversion cannot be done"),
                                                           error->message, NULL));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->plan_list), TRUE);
  g_clear_pointer (&plan, smith_conversion_free);
}

static gboolean
trial_cb (gpointer data)
{
  SmithConvertPage *self = data;
  SmithChoice *choice = smith_convert_options_get (self->options);

  self->trial_delay = 0;
  self->trial = g_cancellable_new ();
  gtk_widget_set_visible (self->plan_spinner, TRUE);
  gtk_spinner_start (GTK_SPINNER (self->plan_spinner));
  smith_engine_plan_async (smith_document_get_model (self->document), choice, self->trial,
                           planned_cb, g_object_ref (self));
  gtk_label_set_label (
    self->plan_text,
    smith_engine_needs_calibration (smith_document_get_model (self->document), choice->type)
      ? _ ("From a trial with assumed ranges; nothing is written.")
      : _ ("From a trial; nothing is written."));
  smith_choice_free (choice);
  return G_SOURCE_REMOVE;
}

static void
stop_trial (SmithConvertPage *self)
{
  g_clear_handle_id (&self->trial_delay, g_source_remove);
  g_cancellable_cancel (self->trial);
  g_clear_object (&self->trial);
}

static void
changed_cb (SmithConvertPage *self)
{
  stop_trial (self);
  gtk_widget_set_visible (self->again, self->conversion != NULL);
  self->trial_delay = g_timeout_add (TRIAL_DELAY_MS, trial_cb, self);
  update (self);
}

/* ---- The report -------------------------------------------------------------------------------
 */

/* What is below the edge nobody would see; where its beginning is seen, the page stays. In the
 * first frame it gets its place. */
static gboolean
scroll_cb (GtkWidget *report, GdkFrameClock *clock, gpointer data)
{
  SmithConvertPage *self = data;
  GtkAdjustment *adjustment
    = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  double x, y;

  if (--self->frames_to_scroll > 0 || gtk_widget_get_height (report) == 0)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_translate_coordinates (report, self->scroller, 0, 0, &x, &y)
      && (y < 0 || y + BEGINNING > gtk_widget_get_height (self->scroller)))
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + y - MARGIN);
  return G_SOURCE_REMOVE;
}

static void
take_report (SmithConvertPage *self, SmithConversion *take)
{
  g_autofree char *name = g_file_get_basename (self->result);
  SmithConversion *before = self->conversion;

  g_clear_pointer (&self->ranges, smith_ranges_unref);
  self->conversion = take;
  if (take->evidence != NULL)
    self->ranges = smith_evidence_ranges (take->evidence);
  gtk_widget_set_visible (self->report_ranges, self->ranges != NULL);
  smith_convert_fill_report (self->report_list, take, name);
  smith_culprits_show (self->culprits, self->document, take);
  g_clear_pointer (&before, smith_conversion_free);
  gtk_widget_set_visible (self->again, FALSE);
  gtk_widget_set_visible (self->report, TRUE);
  gtk_widget_set_visible (self->plan, FALSE);
  self->frames_to_scroll = 2;
  gtk_widget_add_tick_callback (self->report, scroll_cb, self, NULL);
}

static void
report_chosen_cb (GFile *file, gpointer data)
{
  SmithConvertPage *self = data;

  if (self->conversion != NULL && self->conversion->evidence != NULL)
    smith_report_write (self, self->conversion->evidence, file);
}

static void
save_report_cb (SmithConvertPage *self)
{
  g_autofree char *result = g_file_get_basename (self->result);
  g_autofree char *name = smith_report_name (result);

  smith_choose_target (self, _ ("Save the Report"), SMITH_FILES_REPORTS, name, report_chosen_cb);
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static const char *
words_cb (const char *what)
{
  static const struct
  {
    const char *what, *text;
  } words[] = {
    { "calibrating", N_ ("Running the samples to find ranges…") },
    { "calibrate", N_ ("Running the samples to find ranges…") },
    { "quantize", N_ ("Quantizing weights and operators…") },
    { "compare", N_ ("Comparing the result with the source…") },
    { "comparing", N_ ("Comparing the result with the source…") },
    { "dequantize", N_ ("Making weights float…") },
    { "densify", N_ ("Making sparse weights dense…") },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].what, what))
      return _ (words[i].text);
  return NULL;
}

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
  update (self);
  if (conversion == NULL)
    {
      gboolean is_cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      set_status (self, is_cancelled ? _ ("Cancelled") : error->message, !is_cancelled);
      return;
    }
  take_report (self, conversion);
  uri = g_file_get_uri (self->result);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-beside", "s", uri);
}

/* On what the report was measured. */
static void
compare_cb (SmithConvertPage *self)
{
  g_autofree char *uri = g_file_get_uri (self->result);

  gtk_widget_activate_action (GTK_WIDGET (self), "doc.compare-with", "(ssb)", uri,
                              self->samples != NULL ? self->samples : "", FALSE);
}

void
smith_convert_page_start (SmithConvertPage *self, GFile *file)
{
  SmithChoice *choice;
  SmithErrand *errand;

  g_return_if_fail (SMITH_IS_CONVERT_PAGE (self));

  choice = smith_convert_options_get (self->options);
  g_set_object (&self->result, file);
  g_free (self->samples);
  self->samples = smith_choice_takes_samples (choice) ? g_strdup (choice->samples) : NULL;
  gtk_widget_set_visible (self->report, FALSE);
  gtk_widget_set_visible (self->plan, TRUE);
  errand = smith_errand_begin (self, self->progress, _ ("Converting…"));
  update (self);
  smith_engine_convert_async (smith_document_get_model (self->document), choice, file,
                              smith_errand_work (errand), converted_cb, errand);
  smith_choice_free (choice);
}

static void
save_chosen_cb (GFile *file, gpointer page)
{
  smith_convert_page_start (page, file);
}

static void
convert_cb (SmithConvertPage *self)
{
  SmithChoice *choice = smith_convert_options_get (self->options);
  const char *title = smith_model_get_title (smith_document_get_model (self->document));
  g_autofree char *suffix = g_strconcat ("-", choice->type, NULL);
  g_autofree char *name = smith_derived_name (title, suffix, ".tflite");

  smith_choice_free (choice);
  smith_choose_target (self, _ ("Save the Converted Model"), SMITH_FILES_SAVED_MODELS, name,
                       save_chosen_cb);
}

/* ---- Ranges -----------------------------------------------------------------------------------
 */

/* What a person changed is kept for the next conversion, even if it is not done at once. */
static gboolean
window_closed_cb (SmithRangesWindow *window, gpointer data)
{
  SmithConvertPage *self = data;
  g_autoptr (SmithRanges) changed = smith_ranges_window_get_changed (window);

  if (self->document != NULL && changed != NULL)
    smith_convert_options_set_ranges (self->options, changed);
  return GDK_EVENT_PROPAGATE;
}

static void
quantize_cb (SmithConvertPage *self, SmithRangesWindow *window)
{
  gtk_window_close (GTK_WINDOW (window));
  convert_cb (self);
}

static void
open_ranges (SmithConvertPage *self, SmithRanges *ranges)
{
  SmithChoice *choice = smith_convert_options_get (self->options);
  SmithRangesWindow *window = smith_ranges_window_new (
    GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), smith_document_get_model (self->document),
    ranges, smith_choice_bits (choice));

  smith_choice_free (choice);
  g_signal_connect_object (window, "close-request", G_CALLBACK (window_closed_cb), self, 0);
  g_signal_connect_object (window, "quantize", G_CALLBACK (quantize_cb), self, G_CONNECT_SWAPPED);
  if (self->wanted != NULL)
    smith_ranges_window_select (window, self->wanted);
  g_clear_pointer (&self->wanted, g_free);
  gtk_window_present (GTK_WINDOW (window));
}

static void
report_ranges_cb (SmithConvertPage *self)
{
  if (self->ranges != NULL)
    open_ranges (self, self->ranges);
}

static void
calibrated_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithConvertPage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithRanges *ranges = smith_engine_ranges_finish (result, &error);

  if (self != NULL)
    update (self);
  if (self != NULL && ranges != NULL)
    open_ranges (self, ranges);
  else if (self != NULL)
    {
      gboolean is_cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      set_status (self, is_cancelled ? _ ("Cancelled") : error->message, !is_cancelled);
    }
  g_clear_pointer (&ranges, smith_ranges_unref);
}

/* Those that are kept, else those of the calibration data. */
static void
show_ranges_cb (SmithConvertPage *self)
{
  SmithChoice *choice = smith_convert_options_get (self->options);

  if (choice->ranges != NULL)
    open_ranges (self, choice->ranges);
  else
    {
      SmithErrand *errand = smith_errand_begin (self, self->progress, _ ("Calibrating…"));

      update (self);
      smith_engine_calibrate_async (smith_document_get_model (self->document), choice,
                                    smith_errand_work (errand), calibrated_cb, errand);
    }
  smith_choice_free (choice);
}

void
smith_convert_page_show_range (SmithConvertPage *self, const char *tensor)
{
  g_autoptr (SmithRanges) kept = NULL;
  SmithChoice *choice;
  const char *why;

  g_return_if_fail (SMITH_IS_CONVERT_PAGE (self));

  if (smith_progress_is_active (self->progress))
    return;
  choice = smith_convert_options_get (self->options);
  if (choice->ranges != NULL)
    kept = smith_ranges_ref (choice->ranges);
  g_free (self->wanted);
  self->wanted = g_strdup (tensor);
  if (kept == NULL && self->ranges != NULL)
    open_ranges (self, self->ranges);
  else if (kept != NULL
           || (smith_engine_is_integer (choice->type)
               && smith_convert_options_are_complete (self->options, &why)
               && choice->samples != NULL))
    show_ranges_cb (self);
  else
    {
      g_clear_pointer (&self->wanted, g_free);
      gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                                  _ ("Ranges come from calibration data: choose it for integers"));
    }
  smith_choice_free (choice);
}

void
smith_convert_page_keep_float (SmithConvertPage *self, const char *name)
{
  g_autofree char *tidy = smith_tidy_name (name);
  g_autofree char *text = NULL;

  g_return_if_fail (SMITH_IS_CONVERT_PAGE (self));

  if (smith_convert_options_keep_float (self->options, name))
    text = g_strdup_printf (_ ("“%s” stays in float at the next conversion"), tidy);
  else
    text = g_strdup_printf (_ ("“%s” is kept in float already"), tidy);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_convert_page_dispose (GObject *object)
{
  SmithConvertPage *self = SMITH_CONVERT_PAGE (object);

  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  if (self->document != NULL)
    g_signal_handlers_disconnect_by_data (smith_document_get_model (self->document), self);
  stop_trial (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_CONVERT_PAGE);
  g_clear_pointer (&self->conversion, smith_conversion_free);
  g_clear_pointer (&self->ranges, smith_ranges_unref);
  g_clear_object (&self->result);
  g_clear_pointer (&self->samples, g_free);
  g_clear_pointer (&self->wanted, g_free);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_convert_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithConvertPage, name)

static void
smith_convert_page_class_init (SmithConvertPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_PROGRESS);
  g_type_ensure (SMITH_TYPE_CONVERT_OPTIONS);
  g_type_ensure (SMITH_TYPE_CULPRITS);
  G_OBJECT_CLASS (klass)->dispose = smith_convert_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-convert-page.ui");
  BIND (scroller);
  BIND (convert);
  BIND (plan);
  BIND (plan_spinner);
  BIND (plan_list);
  BIND (plan_text);
  BIND (report);
  BIND (report_list);
  BIND (again);
  BIND (culprits);
  BIND (report_ranges);
  BIND (status);
  BIND (options);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, compare_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_report_cb);
  gtk_widget_class_bind_template_callback (widget_class, convert_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_ranges_cb);
  gtk_widget_class_bind_template_callback (widget_class, report_ranges_cb);
}

static void
smith_convert_page_init (SmithConvertPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->plan_list));
  smith_list_is_one_stop (GTK_WIDGET (self->report_list));
  smith_progress_set_words (self->progress, words_cb);
}

GtkWidget *
smith_convert_page_new (SmithDocument *document)
{
  SmithConvertPage *self = g_object_new (SMITH_TYPE_CONVERT_PAGE, NULL);

  self->document = g_object_ref (document);
  smith_convert_options_set_model (self->options, smith_document_get_model (document));
  g_signal_connect_swapped (smith_document_get_model (document), "changed", G_CALLBACK (changed_cb),
                            self);
  changed_cb (self);
  return GTK_WIDGET (self);
}
