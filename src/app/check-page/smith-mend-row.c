#include "smith-mend-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

enum
{
  MAX_LINES = 6, /* of changes of one finding */
  MAX_BYTES = 12 /* of one change */
};

struct _SmithMendRow
{
  GtkListBoxRow parent_instance;

  GtkCheckButton *check, *keep_integers;
  GtkWidget *left_icon, *ways, *rewrite;
  GtkLabel *title, *numbers, *hex;

  char *id;
  int subgraph, op, tensor;
  gboolean is_mendable, has_ways;
  GPtrArray *changes; /* of it; borrowed from the mending that is shown */
};

G_DEFINE_FINAL_TYPE (SmithMendRow, smith_mend_row, GTK_TYPE_LIST_BOX_ROW)

enum
{
  CHANGED,
  REWRITE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Bytes ------------------------------------------------------------------------------------
 */

static void
append_bytes (GString *markup, GBytes *bytes, GBytes *others, const char *color)
{
  gsize size, n_others;
  const uint8_t *data = g_bytes_get_data (bytes, &size);
  const uint8_t *other = g_bytes_get_data (others, &n_others);

  for (gsize i = 0; i < size && i < MAX_BYTES; i++)
    if (i < n_others && data[i] != other[i])
      g_string_append_printf (markup, " <span color=\"%s\"><b>%02x</b></span>", color, data[i]);
    else
      g_string_append_printf (markup, " %02x", data[i]);
  if (size > MAX_BYTES)
    g_string_append_printf (markup, " … +%u", (unsigned) (size - MAX_BYTES));
}

static void
append_more (GString *text, guint n_left)
{
  if (n_left == 0)
    return;
  g_string_append_c (text, '\n');
  g_string_append_printf (text, ngettext ("and %u more", "and %u more", n_left), n_left);
}

char *
smith_hex_markup (GPtrArray *changes, gboolean is_dark)
{
  GString *markup = g_string_new (NULL);
  guint n = MIN (changes->len, MAX_LINES);

  for (guint i = 0; i < n; i++)
    {
      const SmithByteChange *change = changes->pdata[i];

      g_string_append_printf (markup, "%s<span alpha=\"65%%\">%08llx</span> ", i > 0 ? "\n" : "",
                              (unsigned long long) change->offset);
      append_bytes (markup, change->before, change->after, is_dark ? "#ff938c" : "#a51d2d");
      g_string_append (markup, "  →");
      append_bytes (markup, change->after, change->before, is_dark ? "#8ff0a4" : "#1a6b3c");
    }
  append_more (markup, changes->len - n);
  return g_string_free (markup, FALSE);
}

char *
smith_numbers_text (GPtrArray *changes)
{
  GString *text = g_string_new (NULL);
  guint n = MIN (changes->len, MAX_LINES);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            ((const SmithByteChange *) changes->pdata[i])->text);
  append_more (text, changes->len - n);
  return g_string_free (text, FALSE);
}

static void
show_bytes (SmithMendRow *self)
{
  g_autofree char *markup = smith_hex_markup (
    self->changes, adw_style_manager_get_dark (adw_style_manager_get_default ()));

  gtk_label_set_markup (self->hex, markup);
  gtk_widget_set_visible (GTK_WIDGET (self->hex), self->changes->len > 0);
}

/* ---- The choice -------------------------------------------------------------------------------
 */

static void
changed (SmithMendRow *self)
{
  gtk_widget_set_sensitive (self->ways, smith_mend_row_is_chosen (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
check_toggled_cb (SmithMendRow *self)
{
  changed (self);
}

static void
way_toggled_cb (SmithMendRow *self)
{
  changed (self);
}

static void
rewrite_cb (SmithMendRow *self)
{
  g_signal_emit (self, signals[REWRITE], 0);
}

gboolean
smith_mend_row_is_mendable (SmithMendRow *self)
{
  return self->is_mendable;
}

gboolean
smith_mend_row_is_chosen (SmithMendRow *self)
{
  return self->is_mendable && gtk_check_button_get_active (self->check);
}

void
smith_mend_row_set_chosen (SmithMendRow *self, gboolean is_chosen)
{
  if (self->is_mendable)
    gtk_check_button_set_active (self->check, is_chosen);
}

static const char *
way_of (SmithMendRow *self)
{
  if (!self->is_mendable)
    return NULL;
  if (!smith_mend_row_is_chosen (self))
    return "leave";
  if (!self->has_ways)
    return NULL;
  return gtk_check_button_get_active (self->keep_integers) ? "keep-integers" : "keep-values";
}

char *
smith_mend_row_get_fix (SmithMendRow *self)
{
  return smith_fix_text (self->id, way_of (self), self->subgraph, self->op, self->tensor);
}

/* ---- What is shown ----------------------------------------------------------------------------
 */

gboolean
smith_mend_row_has (SmithMendRow *self, const SmithByteChange *change)
{
  return self->subgraph == change->subgraph && self->op == change->op
         && self->tensor == change->tensor && g_str_equal (self->id, change->id);
}

unsigned
smith_mend_row_show (SmithMendRow *self, GPtrArray *changes)
{
  g_autofree char *numbers = NULL;

  if (!self->is_mendable)
    return 0;
  g_ptr_array_set_size (self->changes, 0);
  for (guint i = 0; i < changes->len; i++)
    if (smith_mend_row_has (self, changes->pdata[i]))
      g_ptr_array_add (self->changes, changes->pdata[i]);
  numbers = smith_numbers_text (self->changes);
  if (self->changes->len > 0)
    gtk_label_set_label (self->numbers, numbers);
  else
    gtk_label_set_label (self->numbers, smith_mend_row_is_chosen (self)
                                          ? _ ("Mended along with another.")
                                          : _ ("Stays as it is."));
  show_bytes (self);
  return self->changes->len;
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_mend_row_dispose (GObject *object)
{
  SmithMendRow *self = SMITH_MEND_ROW (object);

  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->changes, g_ptr_array_unref);

  G_OBJECT_CLASS (smith_mend_row_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithMendRow, name)

static void
smith_mend_row_class_init (SmithMendRowClass *klass)
{
  static const char *const names[N_SIGNALS] = { "changed", "rewrite" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_mend_row_dispose;
  for (int i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], SMITH_TYPE_MEND_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-mend-row.ui");
  BIND (check);
  BIND (keep_integers);
  BIND (left_icon);
  BIND (ways);
  BIND (rewrite);
  BIND (title);
  BIND (numbers);
  BIND (hex);
  gtk_widget_class_bind_template_callback (widget_class, check_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, way_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, rewrite_cb);
}

static void
smith_mend_row_init (SmithMendRow *self)
{
  self->changes = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (show_bytes), self, G_CONNECT_SWAPPED);
}

GtkWidget *
smith_mend_row_new (const SmithProblem *problem, const SmithLeft *left)
{
  SmithMendRow *self = g_object_new (SMITH_TYPE_MEND_ROW, NULL);
  g_autofree char *title = problem->kind[0] != '\0'
                             ? g_strdup_printf ("%s · %s", problem->kind, problem->id)
                             : g_strdup (problem->id);

  self->id = g_strdup (problem->id);
  self->subgraph = problem->subgraph;
  self->op = problem->op;
  self->tensor = problem->tensor;
  self->is_mendable = left == NULL;
  self->has_ways = self->is_mendable && g_str_equal (problem->id, "bias-scale-mismatch");
  gtk_label_set_label (self->title, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title, -1);
  gtk_widget_set_visible (GTK_WIDGET (self->check), self->is_mendable);
  gtk_widget_set_visible (self->left_icon, !self->is_mendable);
  gtk_widget_set_visible (self->ways, self->has_ways);
  gtk_widget_set_visible (GTK_WIDGET (self->hex), FALSE);
  if (left != NULL)
    {
      /* Translators: the engine's sentence, in English. */
      g_autofree char *why = g_strdup_printf (_ ("Not by its bytes: %s"), left->message);

      gtk_label_set_label (self->numbers, why);
      gtk_widget_set_visible (self->rewrite, left->is_rewritable);
    }
  return GTK_WIDGET (self);
}
