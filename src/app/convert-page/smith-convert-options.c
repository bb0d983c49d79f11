#include "smith-convert-options.h"
#include "smith-details-row.h"
#include "smith-engine-check.h"
#include "smith-files.h"
#include "smith-quality-row.h"
#include "smith-rows.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _SmithConvertOptions
{
  GtkWidget parent_instance;

  GtkWidget *root;
  AdwActionRow *type_row, *samples_row, *mean_row, *std_row, *ranges_row;
  GtkWidget *show_ranges, *forget_ranges;
  AdwExpanderRow *pictures_row;
  GtkDropDown *type, *target, *resize;
  GtkEditable *mean, *std;
  GtkSwitch *bgr;
  SmithQualityRow *quality;
  SmithDetailsRow *details;

  SmithModel *model;
  char *samples;
  SmithRanges *ranges;                  /* NULL: those of the samples */
  gboolean takes_pictures, has_samples; /* the samples were opened */
  gboolean is_stated;                   /* mean and std stand in the model */
  SmithPictures stated;
  unsigned generation; /* of questions about samples: older answers are nobody's */
};

G_DEFINE_FINAL_TYPE (SmithConvertOptions, smith_convert_options, GTK_TYPE_WIDGET)

enum
{
  CHANGED,
  SHOW_RANGES,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Texts ------------------------------------------------------------------------------------
 */

static const char *
type_text (const char *type)
{
  static const struct
  {
    const char *type, *text;
  } texts[] = {
    { "float32",
      N_ ("Sparse weights become dense, DENSIFY and DEQUANTIZE of constants go, integers "
          "become float32. The result computes the same on any runtime, and is larger.") },
    { "weight-only",
      N_ ("Weights become int8 behind a DEQUANTIZE: a quarter of the size, computed in float32 on "
          "any runtime.") },
    { "dense", N_ ("Only what is sparse becomes dense; the numbers stay as they are.") },
    { "keep", N_ ("The numbers stay as they are: to store weights sparsely, or for a target.") },
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

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (texts[i].type, type))
      return _ (texts[i].text);
  return "";
}

static const char *
chosen_type (SmithConvertOptions *self)
{
  guint chosen = gtk_drop_down_get_selected (self->type);

  return smith_engine_conversions ()[chosen == GTK_INVALID_LIST_POSITION ? 0 : chosen];
}

/* "127.5", or "123.7, 116.3, 103.5" when the channels differ. Owned by the caller. */
static char *
triple_text (const float *values)
{
  if (values[0] == values[1] && values[1] == values[2])
    return g_strdup_printf ("%g", (double) values[0]);
  return g_strdup_printf ("%g, %g, %g", (double) values[0], (double) values[1], (double) values[2]);
}

/* One number for all channels or three; FALSE: something else. */
static gboolean
parse_triple (const char *text, float *values)
{
  g_auto (GStrv) parts = g_strsplit_set (text, ",;", -1);
  unsigned n = g_strv_length (parts);

  if (n != 1 && n != 3)
    return FALSE;
  for (unsigned i = 0; i < n; i++)
    {
      char *end;

      values[i] = (float) g_ascii_strtod (g_strstrip (parts[i]), &end);
      if (end == parts[i] || *end != '\0')
        return FALSE;
    }
  for (unsigned i = n; i < 3; i++)
    values[i] = values[0];
  return TRUE;
}

/* ---- State ------------------------------------------------------------------------------------
 */

static gboolean
read_pictures (SmithConvertOptions *self, SmithPictures *pictures)
{
  *pictures = self->stated;
  pictures->resize = (int) gtk_drop_down_get_selected (self->resize);
  pictures->is_bgr = gtk_switch_get_active (self->bgr);
  if (!parse_triple (gtk_editable_get_text (self->mean), pictures->mean)
      || !parse_triple (gtk_editable_get_text (self->std), pictures->std))
    return FALSE;
  return pictures->std[0] != 0 && pictures->std[1] != 0 && pictures->std[2] != 0;
}

static void
mark_wrong (GtkEditable *editable, gboolean is_wrong)
{
  if (is_wrong)
    gtk_widget_add_css_class (GTK_WIDGET (editable), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (editable), "error");
}

/* What becomes of the values 0 to 255 of a picture. */
static char *
formula_text (const SmithPictures *pictures)
{
  g_autofree char *mean = triple_text (pictures->mean), *std = triple_text (pictures->std);

  return g_str_equal (mean, "0") ? g_strdup_printf (_ ("value ÷ %s"), std)
                                 : g_strdup_printf (_ ("(value − %s) ÷ %s"), mean, std);
}

static void
show_pictures (SmithConvertOptions *self)
{
  SmithPictures pictures;
  g_autofree char *formula = NULL, *text = NULL;
  float values[3];
  gboolean is_good = read_pictures (self, &pictures);

  mark_wrong (self->mean, !parse_triple (gtk_editable_get_text (self->mean), values));
  mark_wrong (self->std, !parse_triple (gtk_editable_get_text (self->std), values) || values[0] == 0
                           || values[1] == 0 || values[2] == 0);
  if (self->model != NULL && is_good)
    smith_engine_set_pictures (
      self->model, memcmp (&pictures, &self->stated, sizeof pictures) != 0 ? &pictures : NULL);
  formula = formula_text (&pictures);
  if (!is_good)
    text = g_strdup (_ ("Mean and deviation: one number, or three for red, green and blue"));
  else if (self->is_stated && memcmp (pictures.mean, self->stated.mean, sizeof pictures.mean) == 0
           && memcmp (pictures.std, self->stated.std, sizeof pictures.std) == 0)
    text = g_strdup_printf (_ ("%s, as the model’s metadata says"), formula);
  else if (!self->is_stated)
    text = g_strdup_printf (_ ("%s is assumed: the model does not say how its input is made"),
                            formula);
  else
    text = g_strdup_printf (_ ("%s, against what the model’s metadata says"), formula);
  adw_expander_row_set_subtitle (self->pictures_row, text);
}

/* Before there are samples: what they may be, or that there is no need. */
static const char *
no_samples_text (SmithConvertOptions *self)
{
  if (smith_engine_needs_calibration (self->model, chosen_type (self)))
    return _ ("No data chosen yet: a folder of pictures, .npy or .npz, or one .npz");
  return smith_engine_is_integer (chosen_type (self))
           ? _ ("Not needed: the model has its integers; with data, scales that change are better")
           : _ ("None chosen: weights are rounded to the nearest");
}

static void
show_type (SmithConvertOptions *self)
{
  const char *type = chosen_type (self);
  SmithChoice *choice = smith_convert_options_get (self);
  gboolean takes = smith_choice_takes_samples (choice);

  smith_choice_free (choice);
  smith_quality_row_set_type (self->quality, type);
  smith_details_row_set_type (self->details, type);
  adw_action_row_set_subtitle (self->type_row, type_text (type));
  if (self->samples == NULL)
    adw_action_row_set_subtitle (self->samples_row, no_samples_text (self));
  gtk_widget_set_visible (GTK_WIDGET (self->samples_row), takes);
  gtk_widget_set_visible (GTK_WIDGET (self->ranges_row), smith_engine_is_integer (type));
  gtk_widget_set_sensitive (self->show_ranges, self->has_samples || self->ranges != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->pictures_row), takes && self->takes_pictures);
}

static void
changed_cb (SmithConvertOptions *self)
{
  if (self->model == NULL)
    return;
  show_type (self);
  show_pictures (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* NULL: any. */
static const char *
chosen_target (SmithConvertOptions *self)
{
  guint chosen = gtk_drop_down_get_selected (self->target);

  return chosen == 0 || chosen == GTK_INVALID_LIST_POSITION ? NULL
                                                            : smith_engine_targets ()[chosen - 1];
}

static void
choose_type (SmithConvertOptions *self, const char *type)
{
  const char *const *types = smith_engine_conversions ();

  for (guint i = 0; types[i] != NULL; i++)
    if (g_str_equal (types[i], type))
      gtk_drop_down_set_selected (self->type, i);
}

/* An NPU gets integers, as the command has it; other integers than int8 have to be asked for. */
static void
target_cb (SmithConvertOptions *self)
{
  const char *target = chosen_target (self);

  if (target != NULL && smith_engine_target_is_integer (target)
      && !smith_engine_is_integer (chosen_type (self)))
    choose_type (self, "int8");
  changed_cb (self);
}

gboolean
smith_convert_options_keep_float (SmithConvertOptions *self, const char *name)
{
  const char *type = chosen_type (self);

  g_return_val_if_fail (SMITH_IS_CONVERT_OPTIONS (self), FALSE);

  if (!smith_engine_is_integer (type) && !smith_engine_is_weights (type))
    choose_type (self, "int8");
  return smith_quality_row_keep (self->quality, name);
}

/* ---- Samples ----------------------------------------------------------------------------------
 */

typedef struct
{
  SmithConvertOptions *options;
  unsigned generation;
} Question;

static void
show_samples (SmithConvertOptions *self, const SmithSamples *samples, const GError *error)
{
  g_autofree char *base = g_path_get_basename (self->samples);
  g_autofree char *text = NULL;

  self->has_samples = samples != NULL;
  if (samples != NULL)
    text = g_strdup_printf (
      /* Translators: a folder's name, then how many samples are in it. */
      ngettext ("%s · %u sample", "%s · %u samples", samples->count), base, samples->count);
  else
    text = g_strdup_printf ("%s · %s", base, error->message);
  adw_action_row_set_subtitle (self->samples_row, text);
  if (error != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->samples_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->samples_row), "error");
}

static void
samples_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr (SmithConvertOptions) self = question->options;
  g_autoptr (GError) error = NULL;
  SmithSamples *samples = smith_engine_samples_finish (result, &error);

  if (self->model != NULL && question->generation == self->generation)
    {
      show_samples (self, samples, error);
      changed_cb (self);
    }
  g_clear_pointer (&samples, smith_samples_free);
}

static void
samples_chosen_cb (GFile *file, gpointer data)
{
  SmithConvertOptions *self = data;
  Question *question = g_new0 (Question, 1);
  SmithChoice *choice;
  g_autofree char *base = g_file_get_basename (file);

  g_free (self->samples);
  self->samples = g_file_get_path (file);
  self->has_samples = FALSE;
  adw_action_row_set_subtitle (self->samples_row, base);
  question->options = g_object_ref (self);
  question->generation = ++self->generation;
  choice = smith_convert_options_get (self);
  smith_engine_samples_async (self->model, choice, samples_opened_cb, question);
  smith_choice_free (choice);
  changed_cb (self);
}

static void
folder_cb (SmithConvertOptions *self)
{
  smith_choose_folder (self, _ ("Calibration Folder"), samples_chosen_cb);
}

static void
file_cb (SmithConvertOptions *self)
{
  smith_choose_file (self, _ ("Calibration File"), SMITH_FILES_SAMPLES, samples_chosen_cb);
}

/* ---- Ranges -----------------------------------------------------------------------------------
 */

void
smith_convert_options_set_ranges (SmithConvertOptions *self, SmithRanges *ranges)
{
  g_autofree char *text = NULL;

  g_return_if_fail (SMITH_IS_CONVERT_OPTIONS (self));

  g_clear_pointer (&self->ranges, smith_ranges_unref);
  if (ranges != NULL)
    {
      unsigned n = smith_ranges_count (ranges);

      self->ranges = smith_ranges_ref (ranges);
      text = g_strdup_printf (
        /* Translators: how many ranges are kept for the next conversion, and how many of them a
         * person set. */
        ngettext ("Of %u tensor, %u by hand; they are taken as they are",
                  "Of %u tensors, %u by hand; they are taken as they are", n),
        n, smith_ranges_n_by_hand (ranges));
    }
  adw_action_row_set_subtitle (self->ranges_row,
                               text != NULL ? text : _ ("Found anew with the calibration data"));
  gtk_widget_set_visible (self->forget_ranges, ranges != NULL);
  changed_cb (self);
}

static void
forget_ranges_cb (SmithConvertOptions *self)
{
  smith_take_focus_from (self->forget_ranges);
  smith_convert_options_set_ranges (self, NULL);
}

static void
show_ranges_cb (SmithConvertOptions *self)
{
  g_signal_emit (self, signals[SHOW_RANGES], 0);
}

static void
ranges_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithConvertOptions) self = data;
  g_autoptr (GError) error = NULL;
  SmithRanges *ranges = smith_engine_ranges_finish (result, &error);

  if (self->model != NULL && ranges != NULL)
    smith_convert_options_set_ranges (self, ranges);
  else if (self->model != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The ranges could not be loaded"), error->message);
  g_clear_pointer (&ranges, smith_ranges_unref);
}

static void
ranges_chosen_cb (GFile *file, gpointer data)
{
  SmithConvertOptions *self = data;

  smith_engine_load_ranges_async (self->model, file, ranges_loaded_cb, g_object_ref (self));
}

static void
load_ranges_cb (SmithConvertOptions *self)
{
  smith_choose_file (self, _ ("Load Ranges"), SMITH_FILES_RANGES, ranges_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_convert_options_dispose (GObject *object)
{
  SmithConvertOptions *self = SMITH_CONVERT_OPTIONS (object);

  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_CONVERT_OPTIONS);
  g_clear_pointer (&self->samples, g_free);
  g_clear_pointer (&self->ranges, smith_ranges_unref);

  G_OBJECT_CLASS (smith_convert_options_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithConvertOptions, name)

static void
smith_convert_options_class_init (SmithConvertOptionsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_QUALITY_ROW);
  g_type_ensure (SMITH_TYPE_DETAILS_ROW);
  G_OBJECT_CLASS (klass)->dispose = smith_convert_options_dispose;
  signals[CHANGED] = g_signal_new ("changed", SMITH_TYPE_CONVERT_OPTIONS, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SHOW_RANGES] = g_signal_new ("show-ranges", SMITH_TYPE_CONVERT_OPTIONS, G_SIGNAL_RUN_LAST,
                                       0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-convert-options.ui");
  BIND (root);
  BIND (type_row);
  BIND (samples_row);
  BIND (ranges_row);
  BIND (show_ranges);
  BIND (forget_ranges);
  BIND (pictures_row);
  BIND (type);
  BIND (target);
  BIND (quality);
  BIND (details);
  BIND (resize);
  BIND (mean);
  BIND (std);
  BIND (bgr);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, target_cb);
  gtk_widget_class_bind_template_callback (widget_class, folder_cb);
  gtk_widget_class_bind_template_callback (widget_class, file_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_ranges_cb);
  gtk_widget_class_bind_template_callback (widget_class, load_ranges_cb);
  gtk_widget_class_bind_template_callback (widget_class, forget_ranges_cb);
}

static void
smith_convert_options_init (SmithConvertOptions *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (smith_engine_conversions ());
  g_autoptr (GtkStringList) targets = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drop_down_set_model (self->type, G_LIST_MODEL (names));
  /* Translators: any device is the target. */
  gtk_string_list_append (targets, C_ ("target", "Any"));
  gtk_string_list_splice (targets, 1, 0, smith_engine_targets ());
  gtk_drop_down_set_model (self->target, G_LIST_MODEL (targets));
}

void
smith_convert_options_set_model (SmithConvertOptions *self, SmithModel *model)
{
  g_autofree char *mean = NULL, *std = NULL;

  g_return_if_fail (SMITH_IS_CONVERT_OPTIONS (self));

  self->takes_pictures = smith_engine_pictures (model, &self->stated, &self->is_stated);
  mean = triple_text (self->stated.mean);
  std = triple_text (self->stated.std);
  gtk_editable_set_text (self->mean, mean);
  gtk_editable_set_text (self->std, std);
  g_set_object (&self->model, model);
  show_type (self);
  show_pictures (self);
}

SmithChoice *
smith_convert_options_get (SmithConvertOptions *self)
{
  SmithChoice *choice = g_new0 (SmithChoice, 1);

  g_return_val_if_fail (SMITH_IS_CONVERT_OPTIONS (self), choice);

  choice->type = chosen_type (self);
  choice->samples = g_strdup (self->samples);
  choice->ranges = self->ranges != NULL ? smith_ranges_ref (self->ranges) : NULL;
  read_pictures (self, &choice->pictures);
  choice->target = chosen_target (self);
  smith_quality_row_fill (self->quality, choice);
  smith_details_row_fill (self->details, choice);
  return choice;
}

gboolean
smith_convert_options_are_complete (SmithConvertOptions *self, const char **why)
{
  const char *type = chosen_type (self);
  SmithPictures pictures;

  *why = smith_engine_conversion_problem (type);
  if (*why != NULL)
    return FALSE;
  if (!gtk_widget_get_visible (GTK_WIDGET (self->samples_row)))
    return TRUE;
  if (self->samples == NULL
      && (self->ranges != NULL || !smith_engine_needs_calibration (self->model, type)))
    return TRUE;
  if (self->samples == NULL)
    *why = _ ("Choose calibration data first: a few pictures or arrays like those that the model "
              "will see.");
  return self->has_samples && (!self->takes_pictures || read_pictures (self, &pictures));
}
