#include "smith-quality-row.h"

#include <glib/gi18n.h>

struct _SmithQualityRow
{
  AdwExpanderRow parent_instance;

  GtkWidget *bias_row, *equalization_row, *min_sqnr_row;
  GtkSwitch *improve;
  GtkDropDown *bias_correction, *equalization, *adaptive_rounding;
  GtkEditable *keep_float;
  GtkSpinButton *min_sqnr;
};

G_DEFINE_FINAL_TYPE (SmithQualityRow, smith_quality_row, ADW_TYPE_EXPANDER_ROW)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Patterns ---------------------------------------------------------------------------------
 */

/* NULL-terminated, owned by the caller. */
static char **
patterns_of (SmithQualityRow *self)
{
  g_auto (GStrv) parts = g_strsplit_set (gtk_editable_get_text (self->keep_float), ", ", -1);
  g_autoptr (GStrvBuilder) patterns = g_strv_builder_new ();

  for (char **part = parts; *part != NULL; part++)
    if ((*part)[0] != '\0')
      g_strv_builder_add (patterns, *part);
  return g_strv_builder_end (patterns);
}

/* What parts patterns may stand in no name; of a name made of several the first will do. */
static char *
pattern_for (const char *name)
{
  size_t first = strcspn (name, ";");
  char *pattern
    = name[first] == ';' ? g_strdup_printf ("%.*s;*", (int) first, name) : g_strdup (name);

  return g_strdelimit (pattern, ", ", '?');
}

gboolean
smith_quality_row_keep (SmithQualityRow *self, const char *name)
{
  g_autofree char *pattern = NULL, *text = NULL;
  g_auto (GStrv) patterns = NULL;
  const char *before;

  g_return_val_if_fail (SMITH_IS_QUALITY_ROW (self), FALSE);

  pattern = pattern_for (name);
  patterns = patterns_of (self);
  if (g_strv_contains ((const char *const *) patterns, pattern))
    return FALSE;
  before = gtk_editable_get_text (self->keep_float);
  text = patterns[0] != NULL ? g_strdup_printf ("%s, %s", before, pattern) : g_strdup (pattern);
  gtk_editable_set_text (self->keep_float, text);
  return TRUE;
}

/* ---- State ------------------------------------------------------------------------------------
 */

/* What a person asked for stands in the row while it is closed. */
static void
show_summary (SmithQualityRow *self)
{
  g_auto (GStrv) patterns = patterns_of (self);
  double min_sqnr = gtk_spin_button_get_value (self->min_sqnr);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;

  if (gtk_switch_get_active (self->improve))
    g_ptr_array_add (parts, g_strdup (_ ("Auto Search")));
  if (min_sqnr > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("at least %g dB"), min_sqnr));
  if (patterns[0] != NULL)
    {
      g_autofree char *list = g_strjoinv (", ", patterns);

      /* Translators: names of operators. */
      g_ptr_array_add (parts, g_strdup_printf (_ ("in float: %s"), list));
    }
  if (parts->len == 0)
    g_ptr_array_add (parts, g_strdup (_ ("Automatic, where the outputs get better")));
  g_ptr_array_add (parts, NULL);
  text = g_strjoinv (" · ", (char **) parts->pdata);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), text);
}

static void
changed_cb (SmithQualityRow *self)
{
  show_summary (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
smith_quality_row_set_type (SmithQualityRow *self, const char *type)
{
  gboolean is_integer = smith_engine_is_integer (type);

  g_return_if_fail (SMITH_IS_QUALITY_ROW (self));

  gtk_widget_set_visible (GTK_WIDGET (self), is_integer || smith_engine_is_weights (type));
  gtk_widget_set_visible (self->bias_row, is_integer);
  gtk_widget_set_visible (self->equalization_row, is_integer);
  gtk_widget_set_visible (self->min_sqnr_row, is_integer);
}

void
smith_quality_row_fill (SmithQualityRow *self, SmithChoice *choice)
{
  g_return_if_fail (SMITH_IS_QUALITY_ROW (self));

  choice->improves = gtk_switch_get_active (self->improve);
  choice->bias_correction = (int) gtk_drop_down_get_selected (self->bias_correction);
  choice->equalization = (int) gtk_drop_down_get_selected (self->equalization);
  choice->adaptive_rounding = (int) gtk_drop_down_get_selected (self->adaptive_rounding);
  choice->min_sqnr = gtk_spin_button_get_value (self->min_sqnr);
  choice->keep_float = patterns_of (self);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_quality_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SMITH_TYPE_QUALITY_ROW);

  G_OBJECT_CLASS (smith_quality_row_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithQualityRow, name)

static void
smith_quality_row_class_init (SmithQualityRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_quality_row_dispose;
  signals[CHANGED] = g_signal_new ("changed", SMITH_TYPE_QUALITY_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-quality-row.ui");
  BIND (bias_row);
  BIND (equalization_row);
  BIND (min_sqnr_row);
  BIND (improve);
  BIND (bias_correction);
  BIND (equalization);
  BIND (adaptive_rounding);
  BIND (keep_float);
  BIND (min_sqnr);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
smith_quality_row_init (SmithQualityRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  show_summary (self);
}
