#include "smith-bench-page.h"
#include "devices-page/smith-remote.h"
#include "graph/smith-scene.h"
#include "smith-chart.h"
#include "smith-files.h"
#include "smith-progress.h"
#include "smith-rows.h"
#include "smith-settings.h"
#include "smith-time.h"
#include "smith-tooltip.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

enum
{
  POLL_MS = 100,
  MAX_ROWS = 300,
  MAX_KINDS = 4,
  PNG_WIDTH = 1200,
  PNG_HEIGHT = 500
};

struct _SmithBenchPage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *start, *export, *paint, *results, *hint;
  GtkFlowBox *figures;
  GtkListBox *ops, *places;
  GtkDropDown *place;
  GtkLabel *error, *machine, *kinds;
  GtkSpinButton *threads, *runs;
  SmithChart *chart;
  SmithProgress *progress;

  SmithDocument *document;
  SmithBenchFeed *feed;
  GPtrArray *benches; /* the newest of each place */
  SmithBench *bench;  /* of them: what is shown */
  guint poll, shown_runs;
};

G_DEFINE_FINAL_TYPE (SmithBenchPage, smith_bench_page, GTK_TYPE_WIDGET)

/* ---- Texts ------------------------------------------------------------------------------------
 */

static char *
overlay_text (double value, double share)
{
  g_autofree char *time = smith_time_text (value);

  return g_strdup_printf ("%s · %.1f %%", time, 100 * share);
}

/* ---- Results ----------------------------------------------------------------------------------
 */

static void
add_figure (SmithBenchPage *self, const char *name, double us)
{
  g_autofree char *text = smith_time_text (us);
  GtkWidget *figure = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *value = gtk_label_new (text), *label = gtk_label_new (name);

  gtk_widget_add_css_class (value, "title-3");
  gtk_widget_add_css_class (value, "numeric");
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (figure), value);
  gtk_box_append (GTK_BOX (figure), label);
  gtk_flow_box_append (self->figures, figure);
  gtk_widget_set_focusable (gtk_widget_get_parent (figure), FALSE);
}

static void
show_figures (SmithBenchPage *self)
{
  const SmithBench *b = self->bench;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->figures))) != NULL)
    gtk_flow_box_remove (self->figures, child);
  add_figure (self, _ ("Median"), b->median_us);
  add_figure (self, _ ("p90"), b->p90_us);
  add_figure (self, _ ("p99"), b->p99_us);
  add_figure (self, _ ("Least"), b->min_us);
  add_figure (self, _ ("First run"), b->first_us);
  add_figure (self, _ ("Prepare"), b->prepare_us);
  add_figure (self, _ ("Open"), b->load_us);
  add_figure (self, _ ("Deviation"), b->stddev_us);
}

static const char *
place_name (const SmithBench *bench)
{
  return bench->place != NULL ? bench->place : _ ("This computer");
}

static void
show_machine (SmithBenchPage *self)
{
  const SmithBench *b = self->bench;
  g_autofree char *arena = g_format_size (b->arena_bytes);
  g_autofree char *weights = g_format_size (b->weights_bytes);
  /* Translators: the computer, instruction set, billions of multiply-adds a second, memory of
   * activations and of weights. */
  g_autofree char *text
    = g_strdup_printf (_ ("%s · %s · %.2f GMAC/s · %s activations · %s weights"), place_name (b),
                       b->isa, b->gmacs_per_s, arena, weights);

  gtk_label_set_label (self->machine, text);
}

static void
show_chart (SmithBenchPage *self, const double *runs_us, size_t n)
{
  g_autofree char *last = g_strdup_printf (ngettext ("run %zu", "run %zu", n), n);

  smith_chart_set (self->chart, SMITH_CHART_POINTS, runs_us, n, _ ("Latency chart"), _ ("run 1"),
                   last);
  self->shown_runs = (guint) n;
}

static void
show_levels (SmithBenchPage *self)
{
  g_autofree char *median = smith_time_text (self->bench->median_us);
  g_autofree char *p99 = smith_time_text (self->bench->p99_us);
  g_autofree char *median_text = g_strdup_printf (_ ("median %s"), median);
  g_autofree char *p99_text = g_strdup_printf (_ ("p99 %s"), p99);
  g_autofree char *both = g_strdup_printf ("%s, %s", median_text, p99_text);

  smith_chart_add_level (self->chart, self->bench->median_us, median_text);
  smith_chart_add_level (self->chart, self->bench->p99_us, p99_text);
  smith_chart_describe (self->chart, both);
}

static void
show_ops (SmithBenchPage *self)
{
  const SmithNet *net = smith_model_get_net (smith_document_get_model (self->document), 0);

  smith_list_clear (self->ops);
  for (guint i = 0; i < self->bench->ops->len && i < MAX_ROWS; i++)
    {
      const SmithBenchOp *op = self->bench->ops->pdata[i];
      g_autofree char *value = overlay_text (op->median_us, op->share);
      g_autofree char *name
        = smith_tidy_name (net != NULL ? smith_net_short_name (net, op->name) : op->name);
      g_autofree char *second = g_strdup_printf ("%s · %s", name, op->kernel);
      GtkWidget *row = smith_row_new (op->kind, second, value);

      smith_tooltip_set (row, op->name);

      g_object_set_data (G_OBJECT (row), "op", GUINT_TO_POINTER (op->op));
      gtk_list_box_append (self->ops, row);
    }
}

typedef struct
{
  const char *kind;
  double share;
} KindShare;

static int
compare_shares (gconstpointer a, gconstpointer b)
{
  const KindShare *x = a, *y = b;

  return x->share < y->share ? 1 : x->share > y->share ? -1 : 0;
}

/* "CONV_2D 61.4 % · DEPTHWISE_CONV_2D 37.4 %": where the time goes, before anybody looks closer. */
static void
show_kinds (SmithBenchPage *self)
{
  g_autoptr (GArray) kinds = g_array_new (FALSE, FALSE, sizeof (KindShare));
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal); /* counted from 1 */
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->bench->ops->len; i++)
    {
      const SmithBenchOp *op = self->bench->ops->pdata[i];
      guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, op->kind));

      if (place == 0)
        {
          g_array_append_val (kinds, ((KindShare){ op->kind, 0 }));
          place = kinds->len;
          g_hash_table_insert (places, (char *) op->kind, GUINT_TO_POINTER (place));
        }
      g_array_index (kinds, KindShare, place - 1).share += op->share;
    }
  g_array_sort (kinds, compare_shares);
  for (guint k = 0; k < kinds->len && k < MAX_KINDS; k++)
    g_string_append_printf (text, "%s%s %.1f %%", k > 0 ? " · " : "",
                            g_array_index (kinds, KindShare, k).kind,
                            100 * g_array_index (kinds, KindShare, k).share);
  if (kinds->len > MAX_KINDS)
    g_string_append (text, " · …");
  gtk_label_set_label (self->kinds, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->kinds), kinds->len > 1);
}

static void
show_bench (SmithBenchPage *self)
{
  show_figures (self);
  show_machine (self);
  show_chart (self, self->bench->runs_us, self->bench->n_runs);
  show_levels (self);
  show_kinds (self);
  show_ops (self);
  gtk_widget_set_visible (GTK_WIDGET (self->chart), TRUE);
  gtk_widget_set_visible (self->results, TRUE);
  gtk_widget_set_sensitive (self->export, TRUE);
  gtk_widget_set_sensitive (self->paint, TRUE);
}

/* ---- Places -----------------------------------------------------------------------------------
 */

/* One line a place, to compare them: of no use for one alone. */
static void
show_places (SmithBenchPage *self)
{
  GtkListBoxRow *shown = NULL;

  smith_list_clear (self->places);
  for (guint i = 0; i < self->benches->len; i++)
    {
      SmithBench *b = self->benches->pdata[i];
      g_autofree char *median = smith_time_text (b->median_us), *p99 = smith_time_text (b->p99_us);
      g_autofree char *threads
        = g_strdup_printf (ngettext ("%u thread", "%u threads", b->n_threads), b->n_threads);
      g_autofree char *second = g_strdup_printf ("%s · %s", b->isa, threads);
      /* Translators: two times: "median 1.2 ms, p99 1.4 ms". */
      g_autofree char *value = g_strdup_printf (_ ("median %s, p99 %s"), median, p99);
      GtkWidget *row = smith_row_new (place_name (b), second, value);

      g_object_set_data (G_OBJECT (row), "bench", b);
      gtk_list_box_append (self->places, row);
      if (b == self->bench)
        shown = GTK_LIST_BOX_ROW (row);
    }
  gtk_list_box_select_row (self->places, shown);
  gtk_widget_set_visible (GTK_WIDGET (self->places), self->benches->len > 1);
}

static void
place_selected_cb (SmithBenchPage *self, GtkListBoxRow *row)
{
  SmithBench *bench = row != NULL ? g_object_get_data (G_OBJECT (row), "bench") : NULL;

  if (bench == NULL || bench == self->bench)
    return;
  self->bench = bench;
  show_bench (self);
}

/* The device that is chosen, or NULL: this computer. Owned by the caller. */
static SmithDevice *
chosen_device (SmithBenchPage *self)
{
  guint chosen = gtk_drop_down_get_selected (self->place);

  if (chosen == 0 || chosen == GTK_INVALID_LIST_POSITION)
    return NULL;
  return g_list_model_get_item (G_LIST_MODEL (smith_devices ()), chosen - 1);
}

static void
fill_place (SmithBenchPage *self)
{
  GListModel *devices = G_LIST_MODEL (smith_devices ());
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  gtk_string_list_append (names, _ ("This computer"));
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SmithDevice) device = g_list_model_get_item (devices, i);

      gtk_string_list_append (names, smith_device_get_title (device));
    }
  gtk_drop_down_set_model (self->place, G_LIST_MODEL (names));
}

static int
compare_ops (gconstpointer a, gconstpointer b)
{
  const SmithBenchOp *x = *(SmithBenchOp *const *) a, *y = *(SmithBenchOp *const *) b;

  return x->median_us < y->median_us ? 1 : x->median_us > y->median_us ? -1 : 0;
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static gboolean
poll_cb (gpointer data)
{
  SmithBenchPage *self = data;
  g_autofree double *runs = NULL;
  guint n;

  g_mutex_lock (&self->feed->mutex);
  n = self->feed->runs_us->len;
  runs = g_memdup2 (self->feed->runs_us->data, sizeof (double) * n);
  g_mutex_unlock (&self->feed->mutex);
  if (n > self->shown_runs)
    show_chart (self, runs, n);
  return G_SOURCE_CONTINUE;
}

static void
stop_polling (SmithBenchPage *self)
{
  g_clear_handle_id (&self->poll, g_source_remove);
  g_clear_pointer (&self->feed, smith_bench_feed_unref);
}

static void
keep (SmithBenchPage *self, SmithBench *take)
{
  for (guint i = 0; i < self->benches->len; i++)
    {
      const SmithBench *old = self->benches->pdata[i];

      if (g_strcmp0 (old->place, take->place) == 0)
        {
          g_ptr_array_remove_index (self->benches, i);
          break;
        }
    }
  g_ptr_array_add (self->benches, take);
  self->bench = take;
}

static void
end_bench (SmithBenchPage *self, SmithBench *bench, const GError *error)
{
  if (self == NULL)
    {
      g_clear_pointer (&bench, smith_bench_free);
      return;
    }
  stop_polling (self);
  gtk_widget_set_sensitive (self->start, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->error), bench == NULL);
  if (bench == NULL)
    {
      gtk_label_set_label (self->error, error->message);
      return;
    }
  g_ptr_array_sort (bench->ops, compare_ops);
  keep (self, bench);
  show_bench (self);
  show_places (self);
}

static void
benched_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithBenchPage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithBench *bench = smith_engine_bench_finish (result, &error);

  end_bench (self, bench, error);
}

static void
benched_there_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithBenchPage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithBench *bench = smith_remote_bench_finish (result, &error);

  end_bench (self, bench, error);
}

static void
start_here (SmithBenchPage *self, unsigned runs, unsigned threads)
{
  SmithErrand *errand = smith_errand_begin (self, self->progress, _ ("Timing…"));

  self->feed = smith_bench_feed_new ();
  self->shown_runs = 0;
  gtk_widget_set_visible (GTK_WIDGET (self->chart), TRUE);
  self->poll = g_timeout_add (POLL_MS, poll_cb, self);
  smith_engine_bench_async (smith_document_get_model (self->document), runs, threads, self->feed,
                            smith_errand_work (errand), benched_cb, errand);
}

static void
start_there (SmithBenchPage *self, SmithDevice *device, unsigned runs, unsigned threads)
{
  /* Translators: %s is a board's name. */
  g_autofree char *text = g_strdup_printf (_ ("Copying the model to %s and timing it there…"),
                                           smith_device_get_title (device));
  SmithErrand *errand = smith_errand_begin (self, self->progress, text);

  smith_remote_bench_async (device, smith_document_get_model (self->document), runs, threads,
                            smith_errand_work (errand), benched_there_cb, errand);
}

static void
start_cb (SmithBenchPage *self)
{
  unsigned runs = (unsigned) gtk_spin_button_get_value_as_int (self->runs);
  int threads = gtk_spin_button_get_value_as_int (self->threads);
  g_autoptr (SmithDevice) device = chosen_device (self);

  stop_polling (self);
  smith_settings_set_int ("threads", threads);
  gtk_widget_set_visible (self->hint, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_widget_set_sensitive (self->start, FALSE);
  if (device != NULL)
    start_there (self, device, runs, (unsigned) threads);
  else
    start_here (self, runs, (unsigned) threads);
}

void
smith_bench_page_start_on (SmithBenchPage *self, unsigned device)
{
  g_return_if_fail (SMITH_IS_BENCH_PAGE (self));

  gtk_drop_down_set_selected (self->place, device + 1);
  start_cb (self);
}

/* ---- On the graph -----------------------------------------------------------------------------
 */

static void
paint_cb (SmithBenchPage *self)
{
  SmithNet *net;
  g_autofree double *values = NULL;

  smith_document_set_subgraph (self->document, 0);
  net = smith_document_get_net (self->document);
  values = g_new0 (double, (size_t) net->n_ops + 1);
  for (guint i = 0; i < self->bench->ops->len; i++)
    {
      const SmithBenchOp *op = self->bench->ops->pdata[i];

      if (op->op < net->n_ops)
        values[op->op] += op->median_us;
    }
  smith_document_take_overlay (self->document,
                               smith_overlay_new (_ ("Time"), values, net->n_ops, overlay_text));
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

static void
op_activated_cb (SmithBenchPage *self, GtkListBoxRow *row)
{
  smith_document_pick_in (self->document, 0, SMITH_PICK_OP,
                          GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), "op")));
}

/* ---- Export -----------------------------------------------------------------------------------
 */

static gboolean
write_png (SmithBenchPage *self, const char *path)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, PNG_WIDTH, PNG_HEIGHT);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  smith_chart_draw (self->chart, cr, PNG_WIDTH, PNG_HEIGHT);
  cairo_destroy (cr);
  status = cairo_surface_write_to_png (surface, path);
  cairo_surface_destroy (surface);
  return status == CAIRO_STATUS_SUCCESS;
}

static void
export_chosen_cb (GFile *file, gpointer data)
{
  SmithBenchPage *self = data;
  g_autofree char *path = g_file_get_path (file), *text = NULL;
  const char *model = smith_model_get_path (smith_document_get_model (self->document));
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  if (self->bench == NULL || path == NULL)
    return;
  if (g_str_has_suffix (path, ".png"))
    is_done = write_png (self, path);
  else
    {
      text = g_str_has_suffix (path, ".json") ? smith_bench_to_json (self->bench, model)
                                              : smith_bench_to_csv (self->bench, model);
      is_done = g_file_set_contents (path, text, -1, &error);
    }
  if (is_done)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Results exported"));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The results could not be exported"),
                                error != NULL ? error->message : path);
}

static void
export_cb (SmithBenchPage *self)
{
  const char *title = smith_model_get_title (smith_document_get_model (self->document));
  g_autofree char *name = smith_derived_name (title, "-benchmark", ".csv");

  smith_choose_target (self, _ ("Export Results"), SMITH_FILES_RESULTS, name, export_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_bench_page_dispose (GObject *object)
{
  SmithBenchPage *self = SMITH_BENCH_PAGE (object);

  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  stop_polling (self);
  g_signal_handlers_disconnect_by_data (smith_devices (), self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_BENCH_PAGE);
  self->bench = NULL;
  g_clear_pointer (&self->benches, g_ptr_array_unref);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_bench_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithBenchPage, name)

static void
smith_bench_page_class_init (SmithBenchPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_CHART);
  g_type_ensure (SMITH_TYPE_PROGRESS);
  G_OBJECT_CLASS (klass)->dispose = smith_bench_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-bench-page.ui");
  BIND (scroller);
  BIND (start);
  BIND (export);
  BIND (paint);
  BIND (results);
  BIND (hint);
  BIND (figures);
  BIND (ops);
  BIND (place);
  BIND (places);
  BIND (error);
  BIND (machine);
  BIND (kinds);
  BIND (threads);
  BIND (runs);
  BIND (chart);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, start_cb);
  gtk_widget_class_bind_template_callback (widget_class, paint_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, op_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, place_selected_cb);
}

static void
smith_bench_page_init (SmithBenchPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->ops));
  smith_list_is_one_stop (GTK_WIDGET (self->places));
  self->benches = g_ptr_array_new_with_free_func ((GDestroyNotify) smith_bench_free);
  gtk_spin_button_set_value (self->threads, smith_settings_get_int ("threads", 1));
  fill_place (self);
  g_signal_connect_swapped (smith_devices (), "items-changed", G_CALLBACK (fill_place), self);
}

GtkWidget *
smith_bench_page_new (SmithDocument *document)
{
  SmithBenchPage *self = g_object_new (SMITH_TYPE_BENCH_PAGE, NULL);

  self->document = g_object_ref (document);
  return GTK_WIDGET (self);
}
