#include "smith-ranges-window.h"
#include "graph/smith-scene.h"
#include "smith-files.h"
#include "smith-range-view.h"
#include "smith-rows.h"
#include "smith-tooltip.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* The list of observers: those of SmithChoice, but that the first is what came, and the last a
 * person. */
enum
{
  WAY_AS_IT_CAME,
  WAY_BY_HAND = 6
};

/* ---- A row's tensor ---------------------------------------------------------------------------
 */

#define SMITH_TYPE_RANGE_ITEM (smith_range_item_get_type ())
G_DECLARE_FINAL_TYPE (SmithRangeItem, smith_range_item, SMITH, RANGE_ITEM, GObject)

struct _SmithRangeItem
{
  GObject parent_instance;
  unsigned index;
  guint way;
  char *folded; /* name, for the search */
};

G_DEFINE_FINAL_TYPE (SmithRangeItem, smith_range_item, G_TYPE_OBJECT)

static guint item_changed;

static void
smith_range_item_finalize (GObject *object)
{
  g_free (SMITH_RANGE_ITEM (object)->folded);
  G_OBJECT_CLASS (smith_range_item_parent_class)->finalize (object);
}

static void
smith_range_item_class_init (SmithRangeItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = smith_range_item_finalize;
  item_changed = g_signal_new ("changed", SMITH_TYPE_RANGE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
smith_range_item_init (SmithRangeItem *self)
{
}

/* ---- The window -------------------------------------------------------------------------------
 */

struct _SmithRangesWindow
{
  AdwWindow parent_instance;

  GtkWidget *search, *detail;
  GtkListView *list;
  GtkDropDown *order, *observer;
  GtkStack *stack;
  GtkLabel *name, *clipped, *seen, *count, *problem;
  GtkEditable *low, *high;
  GtkWidget *reset;
  SmithRangeView *view;

  SmithModel *model;
  SmithRanges *ranges;
  unsigned bits;
  gboolean is_changed;
  gboolean is_filling; /* entries are being filled: nobody types */

  GListStore *items;
  GtkFilterListModel *listed;
  GtkFilter *filter;
  GtkSorter *sorter;
  GtkSingleSelection *selection;
};

G_DEFINE_FINAL_TYPE (SmithRangesWindow, smith_ranges_window, ADW_TYPE_WINDOW)

enum
{
  QUANTIZE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static SmithRangeItem *
selected (SmithRangesWindow *self)
{
  return self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;
}

/* ---- Texts ------------------------------------------------------------------------------------
 */

/* "0.3 %", and a fraction that would be nothing as "< 0.01 %". */
static char *
share_text (double share)
{
  if (share > 0 && share < 0.0001)
    return g_strdup ("< 0.01 %");
  return g_strdup_printf (share < 0.01 ? "%.2f %%" : "%.1f %%", 100 * share);
}

static char *
clipped_text (const SmithRange *range)
{
  g_autofree char *share = share_text (range->clipped);

  if (range->clipped <= 0)
    return g_strdup (_ ("no value is clipped"));
  /* Translators: a share of the values that lie outside of what the integers span. */
  return g_strdup_printf (_ ("%s of the values clipped"), share);
}

/* Next to the width, what is nearly nothing is nothing. */
static double
rounded (double value, const SmithRange *range)
{
  return fabs (value) < 1e-5 * (range->high - range->low) ? 0 : value;
}

static char *
row_text (const SmithRange *range)
{
  g_autofree char *share = share_text (range->clipped);
  GString *text = g_string_new (NULL);

  /* Translators: the ends of a range. */
  g_string_append_printf (text, _ ("%.4g to %.4g"), rounded (range->low, range),
                          rounded (range->high, range));
  if (range->clipped > 0)
    {
      g_string_append (text, " · ");
      /* Translators: a share of the values, as "0.3 %". */
      g_string_append_printf (text, _ ("%s clipped"), share);
    }
  if (range->by_hand)
    /* Translators: a range that a person set. */
    g_string_append_printf (text, " · %s", _ ("by hand"));
  return g_string_free (text, FALSE);
}

static void
show_count (SmithRangesWindow *self)
{
  unsigned n = smith_ranges_count (self->ranges), by_hand = smith_ranges_n_by_hand (self->ranges);
  g_autofree char *text = NULL;

  text = by_hand > 0 ? g_strdup_printf (
           ngettext ("%u tensor, %u by hand", "%u tensors, %u by hand", n), n, by_hand)
                     : g_strdup_printf (ngettext ("%u tensor", "%u tensors", n), n);
  gtk_label_set_label (self->count, text);
}

/* ---- The detail -------------------------------------------------------------------------------
 */

static void
fill_entry (GtkEditable *entry, double value)
{
  g_autofree char *text = g_strdup_printf ("%.6g", value);

  gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  if (!g_str_equal (gtk_editable_get_text (entry), text))
    gtk_editable_set_text (entry, text);
}

static void
show_texts (SmithRangesWindow *self, const SmithRangeItem *item)
{
  const SmithRange range = smith_ranges_get (self->ranges, item->index);
  g_autofree char *clipped = clipped_text (&range);
  g_autofree char *name = smith_tidy_name (range.name);
  g_autofree char *seen = g_strdup_printf (
    /* Translators: the least and the greatest value seen, then the width of one integer step. */
    _ ("Seen: %.6g to %.6g; one step of %u bits is %.4g"), range.min, range.max, self->bits,
    (range.high - range.low) / (ldexp (1, (int) self->bits) - 1));

  gtk_label_set_label (self->name, name);
  smith_tooltip_set (GTK_WIDGET (self->name), range.name);
  gtk_label_set_label (self->clipped, clipped);
  gtk_label_set_label (self->seen, seen);
  gtk_widget_set_sensitive (self->reset, item->way != WAY_AS_IT_CAME || range.by_hand);
}

/* @keeps_entries: what is being typed stays. */
static void
show_item (SmithRangesWindow *self, gboolean keeps_entries)
{
  const SmithRangeItem *item = selected (self);
  SmithRange range;

  gtk_widget_set_visible (self->detail, item != NULL);
  if (item == NULL)
    return;
  range = smith_ranges_get (self->ranges, item->index);
  self->is_filling = TRUE;
  show_texts (self, item);
  if (!keeps_entries)
    {
      fill_entry (self->low, range.low);
      fill_entry (self->high, range.high);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  gtk_drop_down_set_selected (self->observer, item->way);
  self->is_filling = FALSE;
  show_count (self);
}

static void
selected_cb (SmithRangesWindow *self)
{
  const SmithRangeItem *item = selected (self);

  smith_range_view_show (self->view, item != NULL ? self->ranges : NULL,
                         item != NULL ? item->index : 0);
  show_item (self, FALSE);
}

/* ---- Changes ----------------------------------------------------------------------------------
 */

static void
changed (SmithRangesWindow *self, SmithRangeItem *item, guint way, gboolean keeps_entries)
{
  item->way = way;
  self->is_changed = TRUE;
  smith_range_view_update (self->view);
  show_item (self, keeps_entries);
  g_signal_emit (item, item_changed, 0);
}

static void
moved_cb (SmithRangesWindow *self, double low, double high)
{
  SmithRangeItem *item = selected (self);

  if (item != NULL && smith_ranges_set (self->ranges, item->index, low, high))
    changed (self, item, WAY_BY_HAND, FALSE);
}

/* A number, with a point or the language's comma. */
static gboolean
read_entry (GtkEditable *entry, double *value)
{
  g_autofree char *text = g_strdelimit (g_strdup (gtk_editable_get_text (entry)), ",", '.');
  char *end;

  *value = g_ascii_strtod (g_strstrip (text), &end);
  return end != text && *end == '\0' && isfinite (*value);
}

static void
typed_cb (SmithRangesWindow *self)
{
  SmithRangeItem *item = selected (self);
  double low = 0, high = 0;
  gboolean has_low, has_high, is_good;

  if (self->is_filling || item == NULL)
    return;
  has_low = read_entry (self->low, &low);
  has_high = read_entry (self->high, &high);
  is_good = has_low && has_high && smith_ranges_set (self->ranges, item->index, low, high);
  for (int i = 0; i < 2; i++)
    {
      GtkWidget *entry = GTK_WIDGET (i == 0 ? self->low : self->high);

      if (is_good || (i == 0 ? has_low : has_high && low < high))
        gtk_widget_remove_css_class (entry, "error");
      else
        gtk_widget_add_css_class (entry, "error");
    }
  if (is_good)
    changed (self, item, WAY_BY_HAND, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), !is_good);
}

static void
observer_cb (SmithRangesWindow *self)
{
  SmithRangeItem *item = selected (self);
  guint way = gtk_drop_down_get_selected (self->observer);

  if (self->is_filling || item == NULL || way == item->way || way == GTK_INVALID_LIST_POSITION)
    return;
  if (way == WAY_AS_IT_CAME)
    smith_ranges_reset (self->ranges, item->index);
  else if (way != WAY_BY_HAND)
    smith_ranges_observe (self->ranges, item->index, (int) way, self->bits);
  changed (self, item, way, FALSE);
}

static void
reset_cb (SmithRangesWindow *self)
{
  SmithRangeItem *item = selected (self);

  if (item == NULL)
    return;
  smith_take_focus_from (self->reset);
  smith_ranges_reset (self->ranges, item->index);
  changed (self, item, WAY_AS_IT_CAME, FALSE);
}

/* ---- The list ---------------------------------------------------------------------------------
 */

static gboolean
matches (gpointer item, gpointer data)
{
  SmithRangesWindow *self = data;
  g_autofree char *wanted
    = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);

  return strstr (SMITH_RANGE_ITEM (item)->folded, wanted) != NULL;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  SmithRangesWindow *self = data;
  const SmithRangeItem *x = a, *y = b;
  const SmithRange rx = smith_ranges_get (self->ranges, x->index);
  const SmithRange ry = smith_ranges_get (self->ranges, y->index);
  double key_x = 0, key_y = 0;

  switch (gtk_drop_down_get_selected (self->order))
    {
    case 1:
      key_x = -rx.clipped;
      key_y = -ry.clipped;
      break;
    case 2:
      key_x = rx.low - rx.high;
      key_y = ry.low - ry.high;
      break;
    case 3:
      return strcmp (rx.name, ry.name);
    default:
      break;
    }
  if (key_x != key_y)
    return key_x < key_y ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

static void
order_cb (SmithRangesWindow *self)
{
  if (self->sorter != NULL)
    gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

static void
search_cb (SmithRangesWindow *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_stack_set_visible_child_name (
    self->stack, g_list_model_get_n_items (G_LIST_MODEL (self->listed)) > 0 ? "list" : "nothing");
}

/* Escape empties the search first, and closes then. */
static void
stop_cb (SmithRangesWindow *self)
{
  if (gtk_editable_get_text (GTK_EDITABLE (self->search))[0] != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *name = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_box_append (GTK_BOX (texts), name);
  gtk_box_append (GTK_BOX (texts), smith_text_new (NULL, TRUE));
  gtk_list_item_set_child (item, texts);
}

/* The row of @list_item, after its tensor's range changed. */
static void
fill_row (GtkListItem *list_item)
{
  SmithRangesWindow *self = g_object_get_data (G_OBJECT (list_item), "window");
  SmithRangeItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *name = gtk_widget_get_first_child (gtk_list_item_get_child (list_item));
  SmithRange range = smith_ranges_get (self->ranges, item->index);
  g_autofree char *tidy = smith_tidy_name (range.name);
  g_autofree char *text = row_text (&range);

  gtk_label_set_label (GTK_LABEL (name), tidy);
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (name)), text);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer window)
{
  g_object_set_data (G_OBJECT (list_item), "window", window);
  g_signal_connect_swapped (gtk_list_item_get_item (list_item), "changed", G_CALLBACK (fill_row),
                            list_item);
  fill_row (list_item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer window)
{
  g_signal_handlers_disconnect_by_data (gtk_list_item_get_item (list_item), list_item);
}

static void
take_ranges (SmithRangesWindow *self, SmithRanges *take)
{
  unsigned n = smith_ranges_count (take);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  smith_range_view_show (self->view, NULL, 0);
  g_list_store_remove_all (self->items);
  g_clear_pointer (&self->ranges, smith_ranges_unref);
  self->ranges = take;
  for (unsigned i = 0; i < n; i++)
    {
      const SmithRange range = smith_ranges_get (take, i);
      SmithRangeItem *item = g_object_new (SMITH_TYPE_RANGE_ITEM, NULL);

      item->index = i;
      item->way = range.by_hand ? WAY_BY_HAND : WAY_AS_IT_CAME;
      item->folded = g_utf8_casefold (range.name, -1);
      g_ptr_array_add (items, item);
    }
  g_list_store_splice (self->items, 0, 0, items->pdata, n);
  search_cb (self);
  selected_cb (self);
  show_count (self);
}

/* ---- Files ------------------------------------------------------------------------------------
 */

static void
show_problem (SmithRangesWindow *self, const char *title, const char *message)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), title, message);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
save_chosen_cb (GFile *file, gpointer data)
{
  SmithRangesWindow *self = data;
  g_autofree char *path = g_file_get_path (file);
  g_autoptr (GError) error = NULL;

  if (!smith_ranges_save (self->ranges, path, &error))
    show_problem (self, _ ("The file could not be saved"), error->message);
}

static void
save_cb (SmithRangesWindow *self)
{
  g_autofree char *name
    = smith_derived_name (smith_model_get_title (self->model), "-ranges", ".json");

  smith_choose_target (self, _ ("Save the Ranges"), SMITH_FILES_RANGES, name, save_chosen_cb);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithRangesWindow) self = data;
  g_autoptr (GError) error = NULL;
  SmithRanges *ranges = smith_engine_ranges_finish (result, &error);

  if (self->model == NULL)
    g_clear_pointer (&ranges, smith_ranges_unref);
  else if (ranges == NULL)
    show_problem (self, _ ("The ranges could not be loaded"), error->message);
  if (ranges == NULL)
    return;
  take_ranges (self, ranges);
  self->is_changed = TRUE;
}

static void
load_chosen_cb (GFile *file, gpointer data)
{
  SmithRangesWindow *self = data;

  smith_engine_load_ranges_async (self->model, file, loaded_cb, g_object_ref (self));
}

static void
load_cb (SmithRangesWindow *self)
{
  smith_choose_file (self, _ ("Load Ranges"), SMITH_FILES_RANGES, load_chosen_cb);
}

static void
quantize_cb (SmithRangesWindow *self)
{
  self->is_changed = TRUE; /* what is shown is what the person wants */
  g_signal_emit (self, signals[QUANTIZE], 0);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_ranges_window_dispose (GObject *object)
{
  SmithRangesWindow *self = SMITH_RANGES_WINDOW (object);

  if (self->list != NULL)
    gtk_list_view_set_model (self->list, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), SMITH_TYPE_RANGES_WINDOW);
  g_clear_object (&self->selection);
  g_clear_object (&self->items);
  g_clear_pointer (&self->ranges, smith_ranges_unref);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (smith_ranges_window_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithRangesWindow, name)

static void
smith_ranges_window_class_init (SmithRangesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_RANGE_VIEW);
  G_OBJECT_CLASS (klass)->dispose = smith_ranges_window_dispose;
  signals[QUANTIZE] = g_signal_new ("quantize", SMITH_TYPE_RANGES_WINDOW, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-ranges-window.ui");
  BIND (search);
  BIND (detail);
  BIND (list);
  BIND (order);
  BIND (observer);
  BIND (stack);
  BIND (name);
  BIND (clipped);
  BIND (seen);
  BIND (count);
  BIND (problem);
  BIND (low);
  BIND (high);
  BIND (reset);
  BIND (view);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
  gtk_widget_class_bind_template_callback (widget_class, order_cb);
  gtk_widget_class_bind_template_callback (widget_class, moved_cb);
  gtk_widget_class_bind_template_callback (widget_class, typed_cb);
  gtk_widget_class_bind_template_callback (widget_class, observer_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_bind_template_callback (widget_class, load_cb);
  gtk_widget_class_bind_template_callback (widget_class, quantize_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
smith_ranges_window_init (SmithRangesWindow *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSortListModel *sorted;

  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->list));
  self->items = g_list_store_new (SMITH_TYPE_RANGE_ITEM);
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->sorter = GTK_SORTER (gtk_custom_sorter_new (compare, self, NULL));
  self->listed
    = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->items)), self->filter);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (self->listed), self->sorter);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (selected_cb),
                            self);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), self);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (factory);
}

SmithRangesWindow *
smith_ranges_window_new (GtkWindow *parent, SmithModel *model, SmithRanges *ranges, unsigned bits)
{
  SmithRanges *copy = smith_ranges_copy (ranges);
  SmithRangesWindow *self
    = g_object_new (SMITH_TYPE_RANGES_WINDOW, "transient-for", parent, "modal", TRUE, NULL);

  self->model = g_object_ref (model);
  self->bits = bits;
  take_ranges (self, copy != NULL ? copy : smith_ranges_ref (ranges));
  gtk_widget_grab_focus (self->search);
  return self;
}

/* Before it has a size, a list scrolls nowhere. */
static gboolean
scroll_cb (GtkWidget *list, GdkFrameClock *clock, gpointer data)
{
  SmithRangesWindow *self = data;

  if (gtk_widget_get_height (list) == 0)
    return G_SOURCE_CONTINUE;
  gtk_widget_activate_action (list, "list.scroll-to-item", "u",
                              gtk_single_selection_get_selected (self->selection));
  return G_SOURCE_REMOVE;
}

void
smith_ranges_window_select (SmithRangesWindow *self, const char *tensor)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  g_return_if_fail (SMITH_IS_RANGES_WINDOW (self));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SmithRangeItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (!g_str_equal (smith_ranges_get (self->ranges, item->index).name, tensor))
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      gtk_widget_add_tick_callback (GTK_WIDGET (self->list), scroll_cb, self, NULL);
      return;
    }
}

SmithRanges *
smith_ranges_window_get_changed (SmithRangesWindow *self)
{
  g_return_val_if_fail (SMITH_IS_RANGES_WINDOW (self), NULL);

  return self->is_changed ? smith_ranges_copy (self->ranges) : NULL;
}
