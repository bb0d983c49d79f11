#include "smith-details-row.h"

struct _SmithDetailsRow
{
  AdwExpanderRow parent_instance;

  GtkWidget *observer_row, *percentile_row, *edges_row, *granularity_row, *bits_row;
  GtkWidget *weight_block_row, *block_row, *saving_row;
  GtkDropDown *observer, *granularity, *weight_bits, *weight_block, *block;
  GtkSpinButton *percentile, *min_saving;
  GtkSwitch *float_edges, *sparse;

  const char *type;
};

G_DEFINE_FINAL_TYPE (SmithDetailsRow, smith_details_row, ADW_TYPE_EXPANDER_ROW)

enum
{
  OBSERVER_PERCENTILE = 3, /* in the list of observers */
  BITS_8 = 0,              /* in the list of bits */
  LEAST_BLOCK = 16         /* half of the first in the list of blocks */
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
show_rows (SmithDetailsRow *self)
{
  gboolean is_integer = smith_engine_is_integer (self->type);
  gboolean is_weights = smith_engine_is_weights (self->type);
  gboolean is_sparse = gtk_switch_get_active (self->sparse);

  gtk_widget_set_visible (self->observer_row, is_integer);
  gtk_widget_set_visible (self->percentile_row,
                          is_integer
                            && gtk_drop_down_get_selected (self->observer) == OBSERVER_PERCENTILE);
  gtk_widget_set_visible (self->edges_row, is_integer);
  gtk_widget_set_visible (self->granularity_row, is_integer || is_weights);
  gtk_widget_set_visible (self->bits_row, is_weights || g_str_equal (self->type, "int8"));
  gtk_widget_set_visible (self->weight_block_row, is_weights);
  gtk_widget_set_visible (self->block_row, is_sparse);
  gtk_widget_set_visible (self->saving_row, is_sparse);
}

static void
changed_cb (SmithDetailsRow *self)
{
  if (self->type == NULL)
    return;
  show_rows (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
smith_details_row_set_type (SmithDetailsRow *self, const char *type)
{
  g_return_if_fail (SMITH_IS_DETAILS_ROW (self));

  self->type = type;
  show_rows (self);
}

/* A block without a word on bits is of 4 bits, as in the command. */
static void
fill_weights (SmithDetailsRow *self, SmithChoice *choice)
{
  static const unsigned widths[] = { 8, 4, 2 };
  guint bits = gtk_drop_down_get_selected (self->weight_bits);
  guint block = gtk_drop_down_get_selected (self->weight_block);

  if (!gtk_widget_get_visible (self->weight_block_row))
    block = 0;
  choice->weight_block = block > 0 ? LEAST_BLOCK << block : 0;
  if (gtk_widget_get_visible (self->bits_row))
    choice->weight_bits = bits == BITS_8 && block > 0 ? 4 : widths[bits];
}

void
smith_details_row_fill (SmithDetailsRow *self, SmithChoice *choice)
{
  g_return_if_fail (SMITH_IS_DETAILS_ROW (self));

  choice->observer = (int) gtk_drop_down_get_selected (self->observer);
  if (choice->observer == OBSERVER_PERCENTILE)
    choice->percentile = gtk_spin_button_get_value (self->percentile);
  choice->has_float_edges = gtk_switch_get_active (self->float_edges);
  choice->granularity = (int) gtk_drop_down_get_selected (self->granularity);
  fill_weights (self, choice);
  choice->sparsifies = gtk_switch_get_active (self->sparse);
  choice->block = (int) gtk_drop_down_get_selected (self->block);
  choice->min_saving = gtk_spin_button_get_value (self->min_saving) / 100;
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_details_row_dispose (GObject *object)
{
  SMITH_DETAILS_ROW (object)->type = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (object), SMITH_TYPE_DETAILS_ROW);

  G_OBJECT_CLASS (smith_details_row_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithDetailsRow, name)

static void
smith_details_row_class_init (SmithDetailsRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_details_row_dispose;
  signals[CHANGED] = g_signal_new ("changed", SMITH_TYPE_DETAILS_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-details-row.ui");
  BIND (observer_row);
  BIND (percentile_row);
  BIND (edges_row);
  BIND (granularity_row);
  BIND (bits_row);
  BIND (weight_block_row);
  BIND (block_row);
  BIND (saving_row);
  BIND (observer);
  BIND (granularity);
  BIND (weight_bits);
  BIND (weight_block);
  BIND (block);
  BIND (percentile);
  BIND (min_saving);
  BIND (float_edges);
  BIND (sparse);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
smith_details_row_init (SmithDetailsRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
