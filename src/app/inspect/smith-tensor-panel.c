#include "smith-tensor-panel.h"
#include "smith-chart.h"
#include "smith-drag.h"
#include "smith-engine-inspect.h"
#include "smith-files.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum
{
  TEXTURE_PX = 768, /* the longer side of the picture of sparsity, at most */
  SLICE_ROWS = 16,
  SLICE_COLUMNS = 12
};

struct _SmithTensorPanel
{
  GtkWidget parent_instance;

  GtkWidget *root, *save, *box, *decoded_box, *scales_box, *sparsity_box, *values_box, *slice_box;
  GtkLabel *range, *counts, *scales_text, *sparsity_text, *values, *error;
  SmithChart *histogram, *decoded, *scales;
  GtkPicture *sparsity;
  GtkAdjustment *slice;
  GtkLabel *slice_label;

  SmithModel *model;
  unsigned subgraph;
  int tensor;
  GCancellable *working;
  SmithTensorDetails *details;
};

G_DEFINE_FINAL_TYPE (SmithTensorPanel, smith_tensor_panel, GTK_TYPE_WIDGET)

/* ---- Charts -----------------------------------------------------------------------------------
 */

/* The bar of the zeros where they are so many that it would press all others into the ground, else
 * -1. */
static int
bar_of_zeros (const SmithHistogram *h)
{
  size_t bin;

  if (h->n_zero <= h->count / 2 || h->n_zero >= h->count || h->low > 0 || h->high < 0
      || h->low >= h->high)
    return -1;
  bin = (size_t) (-h->low / (h->high - h->low) * (double) h->n_bins);
  bin = MIN (bin, h->n_bins - 1);
  return h->bins[bin] >= (double) h->n_zero ? (int) bin : -1;
}

static void
show_histogram (SmithChart *chart, const SmithHistogram *h, const char *label)
{
  g_autofree char *low = g_strdup_printf ("%.4g", h->low);
  g_autofree char *high = g_strdup_printf ("%.4g", h->high);
  g_autofree char *text = g_strdup_printf (
    /* Translators: what a screen reader says of a histogram. */
    _ ("Values from %.6g to %.6g, mean %.6g, standard deviation %.6g"), h->minimum, h->maximum,
    h->mean, h->stddev);
  double bins[G_N_ELEMENTS (h->bins)];
  int zeros = bar_of_zeros (h);

  memcpy (bins, h->bins, sizeof bins);
  if (zeros >= 0)
    bins[zeros] -= (double) h->n_zero;
  smith_chart_set (chart, SMITH_CHART_BARS, bins, h->n_bins, label, low, high);
  smith_chart_describe (chart, text);
}

static void
show_range (SmithTensorPanel *self)
{
  const SmithHistogram *real = &self->details->real, *stored = &self->details->stored;
  g_autofree char *range = NULL, *counts = NULL, *lines = NULL;

  if (self->details->has_real)
    range = g_strdup_printf (_ ("Minimum %.6g, maximum %.6g\nStored %.6g … %.6g"), real->minimum,
                             real->maximum, stored->minimum, stored->maximum);
  else
    range = g_strdup_printf (_ ("Minimum %.6g, maximum %.6g"), real->minimum, real->maximum);
  counts = g_strdup_printf (
    ngettext ("%llu element, %.1f %% zero", "%llu elements, %.1f %% zero", (gulong) real->count),
    (unsigned long long) real->count,
    real->count > 0 ? 100.0 * (double) real->n_zero / (double) real->count : 0.0);
  if (bar_of_zeros (stored) >= 0)
    lines = g_strjoin ("\n", counts, _ ("Zeros are left out of the bars."), NULL);
  gtk_label_set_label (self->range, range);
  gtk_label_set_label (self->counts, lines != NULL ? lines : counts);
}

static void
show_scales (SmithTensorPanel *self)
{
  const SmithTensorDetails *d = self->details;
  g_autofree char *text = NULL, *last = NULL;

  gtk_widget_set_visible (self->scales_box, d->n_scales > 1);
  if (d->n_scales < 2)
    return;
  last = g_strdup_printf ("%zu", d->n_scales - 1);
  text = g_strdup_printf (_ ("%zu scales from %.4g to %.4g"), d->n_scales, d->least_scale,
                          d->greatest_scale);
  gtk_label_set_label (self->scales_text, text);
  smith_chart_set (self->scales, SMITH_CHART_STEPS, d->scales, d->n_scales, _ ("Scales by channel"),
                   "0", last);
  smith_chart_describe (self->scales, text);
}

/*
 * A picture of cells: dark where nothing is stored. GTK 4.8 can only make pictures larger by
 * blurring them: each cell is a square of pixels already, of which the blur takes the edge alone.
 */
GdkTexture *
smith_cells_texture (const uint8_t *cells, int n_columns, int n_rows)
{
  const int side = MAX (1, TEXTURE_PX / MAX (MAX (n_columns, n_rows), 1));
  const gsize stride = (gsize) n_columns * (gsize) side * 3;
  const gsize size = stride * (gsize) n_rows * (gsize) side;
  uint8_t *pixels = g_new (uint8_t, size);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < size; i += 3)
    {
      const gsize row = i / stride / (gsize) side, column = i % stride / 3 / (gsize) side;
      const uint8_t cell = cells[row * (gsize) n_columns + column];

      pixels[i] = (uint8_t) (40 + cell * 215 / 255);
      pixels[i + 1] = (uint8_t) (44 + cell * 120 / 255);
      pixels[i + 2] = (uint8_t) (52 + cell * 10 / 255);
    }
  bytes = g_bytes_new_take (pixels, size);
  return gdk_memory_texture_new (n_columns * side, n_rows * side, GDK_MEMORY_R8G8B8, bytes, stride);
}

static void
show_sparsity (SmithTensorPanel *self)
{
  const SmithTensorDetails *d = self->details;
  g_autofree char *dense = NULL, *stored = NULL, *text = NULL, *lines = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  gint64 saved = (gint64) d->dense_bytes - (gint64) d->stored_bytes;

  gtk_widget_set_visible (self->sparsity_box, d->cells != NULL);
  if (d->cells == NULL)
    return;
  dense = g_format_size (d->dense_bytes);
  stored = g_format_size (d->stored_bytes);
  text
    = g_strdup_printf (_ ("Stored in %s instead of %s: %.0f %% saved"), stored, dense,
                       d->dense_bytes > 0 ? 100.0 * (double) saved / (double) d->dense_bytes : 0.0);
  lines = g_strjoin ("\n", text, _ ("Orange is stored, dark is zero."), NULL);
  gtk_label_set_label (self->sparsity_text, lines);
  texture = smith_cells_texture (d->cells, d->n_columns, d->n_rows);
  gtk_picture_set_paintable (self->sparsity, GDK_PAINTABLE (texture));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->sparsity), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Sparsity"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

/* ---- Values -----------------------------------------------------------------------------------
 */

/* The last two dimensions make a slice; fewer make one row. */
static void
slice_size (const SmithTensorDetails *d, size_t *rows, size_t *columns)
{
  *columns = d->rank > 0 ? (size_t) d->dims[d->rank - 1] : 1;
  *rows = d->rank > 1 ? (size_t) d->dims[d->rank - 2] : 1;
}

static void
show_slice (SmithTensorPanel *self)
{
  const SmithTensorDetails *d = self->details;
  size_t rows, columns, slice, begin;
  GString *text;

  if (d == NULL || d->n_values == 0)
    return;
  slice_size (d, &rows, &columns);
  slice = (size_t) gtk_adjustment_get_value (self->slice);
  begin = slice * rows * columns;
  text = g_string_new (NULL);
  for (size_t r = 0; r < rows && r < SLICE_ROWS; r++)
    {
      for (size_t c = 0; c < columns && c < SLICE_COLUMNS && begin + r * columns + c < d->n_values;
           c++)
        g_string_append_printf (text, "%11.5g", (double) d->values[begin + r * columns + c]);
      g_string_append (text, columns > SLICE_COLUMNS ? "  …\n" : "\n");
    }
  if (rows > SLICE_ROWS)
    g_string_append (text, "          …\n");
  gtk_label_set_label (self->values, text->str);
  g_string_free (text, TRUE);
}

static void
show_values (SmithTensorPanel *self)
{
  const SmithTensorDetails *d = self->details;
  size_t rows, columns, n_slices;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->values_box, d->n_values > 0);
  if (d->n_values == 0)
    return;
  slice_size (d, &rows, &columns);
  n_slices = rows * columns > 0 ? d->n_values / (rows * columns) : 1;
  gtk_widget_set_visible (self->slice_box, n_slices > 1);
  gtk_adjustment_configure (self->slice, 0, 0, (double) MAX (n_slices, 1) - 1, 1, 10, 0);
  text = g_strdup_printf (_ ("of %zu slices of the last two dimensions"), n_slices);
  gtk_label_set_label (self->slice_label, text);
  show_slice (self);
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static void
show_details (SmithTensorPanel *self)
{
  show_histogram (self->histogram, &self->details->stored, _ ("Histogram"));
  gtk_widget_set_visible (self->decoded_box, self->details->has_real);
  if (self->details->has_real)
    show_histogram (self->decoded, &self->details->real, _ ("Histogram of the decoded values"));
  show_range (self);
  show_scales (self);
  show_sparsity (self);
  show_values (self);
}

static void
details_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithTensorPanel) self = data;
  g_autoptr (GError) error = NULL;
  SmithTensorDetails *details = smith_engine_tensor_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->error), details == NULL);
  gtk_widget_set_visible (self->box, details != NULL);
  if (details == NULL)
    {
      gtk_label_set_label (self->error, error->message);
      return;
    }
  self->details = details;
  show_details (self);
}

void
smith_tensor_panel_clear (SmithTensorPanel *self)
{
  g_return_if_fail (SMITH_IS_TENSOR_PANEL (self));

  g_cancellable_cancel (self->working);
  g_clear_object (&self->working);
  g_clear_object (&self->model);
  g_clear_pointer (&self->details, smith_tensor_details_free);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
smith_tensor_panel_show (SmithTensorPanel *self, SmithModel *model, unsigned subgraph, int tensor)
{
  SmithNet *net;

  g_return_if_fail (SMITH_IS_TENSOR_PANEL (self));

  smith_tensor_panel_clear (self);
  net = smith_model_get_net (model, subgraph);
  if (net == NULL || !net->tensors[tensor].is_constant)
    return;
  self->model = g_object_ref (model);
  self->subgraph = subgraph;
  self->tensor = tensor;
  self->working = g_cancellable_new ();
  gtk_widget_set_visible (self->box, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  smith_engine_tensor_async (model, subgraph, tensor, self->working, details_cb,
                             g_object_ref (self));
}

/* ---- Saving -----------------------------------------------------------------------------------
 */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithTensorPanel) self = data;
  g_autoptr (GError) error = NULL;
  gboolean is_saved = smith_engine_save_tensor_finish (result, &error);

  gtk_widget_set_visible (GTK_WIDGET (self->error), !is_saved);
  if (!is_saved)
    gtk_label_set_label (self->error, error->message);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Tensor saved"));
}

static void
save_chosen_cb (GFile *file, gpointer data)
{
  SmithTensorPanel *self = data;
  g_autofree char *path = g_file_get_path (file);

  if (self->model != NULL && path != NULL)
    smith_engine_save_tensor_async (self->model, self->subgraph, self->tensor, path, saved_cb,
                                    g_object_ref (self));
}

static char *
file_name (gpointer panel)
{
  SmithTensorPanel *self = panel;

  return self->model != NULL ? g_strdup_printf ("tensor-%d.npy", self->tensor) : NULL;
}

static void
save_dragged (gpointer panel, GFile *file, GAsyncReadyCallback callback, gpointer data)
{
  SmithTensorPanel *self = panel;

  smith_engine_save_tensor_async (self->model, self->subgraph, self->tensor,
                                  g_file_peek_path (file), callback, data);
}

static void
save_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SmithTensorPanel *self = SMITH_TENSOR_PANEL (widget);
  g_autofree char *suggested = file_name (self);

  smith_choose_target (self, _ ("Save Tensor"), SMITH_FILES_ARRAYS, suggested, save_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_tensor_panel_dispose (GObject *object)
{
  SmithTensorPanel *self = SMITH_TENSOR_PANEL (object);

  g_cancellable_cancel (self->working);
  g_clear_object (&self->working);
  g_clear_object (&self->model);
  g_clear_pointer (&self->details, smith_tensor_details_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_TENSOR_PANEL);

  G_OBJECT_CLASS (smith_tensor_panel_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithTensorPanel, name)

static void
smith_tensor_panel_class_init (SmithTensorPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_CHART);
  G_OBJECT_CLASS (klass)->dispose = smith_tensor_panel_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-tensor-panel.ui");
  BIND (root);
  BIND (save);
  BIND (box);
  BIND (decoded_box);
  BIND (scales_box);
  BIND (sparsity_box);
  BIND (values_box);
  BIND (slice_box);
  BIND (range);
  BIND (counts);
  BIND (scales_text);
  BIND (sparsity_text);
  BIND (values);
  BIND (error);
  BIND (histogram);
  BIND (decoded);
  BIND (scales);
  BIND (sparsity);
  BIND (slice);
  BIND (slice_label);
  gtk_widget_class_bind_template_callback (widget_class, show_slice);
  gtk_widget_class_install_action (widget_class, "tensor.save", NULL, save_cb);
}

static void
smith_tensor_panel_init (SmithTensorPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_drag_add (self->save, self, "document-save-symbolic", file_name, save_dragged,
                  smith_engine_save_tensor_finish);
}
