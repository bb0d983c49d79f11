#include "smith-start.h"
#include "smith-application.h"
#include "smith-settings.h"
#include "smith-tooltip.h"

#include <glib/gi18n.h>
#include <string.h>

enum
{
  MAX_RECENT = 12
};

void
smith_recent_add (GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);
  const GtkRecentData data = { .mime_type = (char *) "application/x-tflite",
                               .app_name = (char *) "Litesmith",
                               .app_exec = (char *) "litesmith-gtk %u" };

  gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}

static void
add_recent_row (GtkListBox *list, GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GFile) parent = g_file_get_parent (file);
  g_autofree char *dir = parent != NULL ? g_file_get_parse_name (parent) : NULL;
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *first = gtk_label_new (name), *second = gtk_label_new (dir);

  gtk_label_set_xalign (GTK_LABEL (first), 0);
  gtk_label_set_ellipsize (GTK_LABEL (first), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (second), 0);
  gtk_label_set_ellipsize (GTK_LABEL (second), PANGO_ELLIPSIZE_START);
  gtk_widget_add_css_class (second, "caption");
  gtk_widget_add_css_class (second, "dim-label");
  gtk_box_append (GTK_BOX (box), first);
  gtk_box_append (GTK_BOX (box), second);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "file", g_object_ref (file), g_object_unref);
  gtk_list_box_append (list, row);
}

static int
compare_recent (gconstpointer a, gconstpointer b)
{
  GDateTime *x = gtk_recent_info_get_visited ((GtkRecentInfo *) a);
  GDateTime *y = gtk_recent_info_get_visited ((GtkRecentInfo *) b);

  return g_date_time_compare (y, x);
}

void
smith_recent_fill (GtkListBox *list)
{
  GList *items = g_list_sort (gtk_recent_manager_get_items (gtk_recent_manager_get_default ()),
                              compare_recent);
  int n = 0;
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
  for (GList *l = items; l != NULL && n < MAX_RECENT; l = l->next)
    {
      g_autoptr (GFile) file = g_file_new_for_uri (gtk_recent_info_get_uri (l->data));

      if (!gtk_recent_info_has_application (l->data, "Litesmith")
          || !g_file_query_exists (file, NULL))
        continue;
      add_recent_row (list, file);
      n++;
    }
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
}

/* What there is to see in each; a file that is not listed shows its name. */
static const struct
{
  const char *file, *title, *text;
} known_samples[] = {
  { "digits.tflite", N_ ("Digits"), N_ ("Reads handwritten digits, in float32") },
  { "digits-int8.tflite", N_ ("Digits in int8"),
    N_ ("The same quantized, with a scale for each channel") },
  { "digits-uint8.tflite", N_ ("Digits in uint8"), N_ ("The same as older accelerators want it") },
  { "digits-broken-bias.tflite", N_ ("Digits, Broken"),
    N_ ("A bias with a wrong scale: Check finds it, Repair mends it") },
  { "digits-sparse-float16.tflite", N_ ("Digits, Sparse"),
    N_ ("Sparse weights in float16, behind DENSIFY and DEQUANTIZE") },
};

static void
describe_sample (AdwActionRow *row, const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (known_samples); i++)
    if (g_str_equal (known_samples[i].file, name))
      {
        adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (known_samples[i].title));
        adw_action_row_set_subtitle (row, _ (known_samples[i].text));
        return;
      }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
}

static void
add_sample (AdwPreferencesGroup *group, const char *dir, const char *name, GCallback activated,
            gpointer data)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  describe_sample (ADW_ACTION_ROW (row), name);
  smith_tooltip_set (row, name);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "file", g_file_new_build_filename (dir, name, NULL),
                          g_object_unref);
  g_signal_connect (row, "activated", activated, data);
  adw_preferences_group_add (group, row);
}

/* "digits" before "digits-int8": by length, then by letters. */
static int
compare_names (gconstpointer a, gconstpointer b)
{
  const char *x = *(char *const *) a, *y = *(char *const *) b;

  if (strlen (x) != strlen (y))
    return strlen (x) < strlen (y) ? -1 : 1;
  return strcmp (x, y);
}

void
smith_samples_fill (AdwPreferencesGroup *group, GCallback activated, gpointer data)
{
  const char *path = smith_samples_dir (), *name;
  g_autoptr (GDir) dir = path != NULL ? g_dir_open (path, 0, NULL) : NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".tflite"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    add_sample (group, path, names->pdata[i], activated, data);
  gtk_widget_set_visible (GTK_WIDGET (group), names->len > 0);
}

/* ---- Pages without a model --------------------------------------------------------------------
 */

static const struct
{
  const char *page, *icon, *title, *text;
} empty_pages[] = {
  { "graph", SMITH_APP_ID, N_ ("Open a Model"),
    N_ ("Drop a .tflite file here to see its graph, its weights and its faults.") },
  { "check", "smith-check-symbolic", N_ ("Check a Model"),
    N_ ("Open a model to learn what a runtime would refuse or compute otherwise, and to repair "
        "it.") },
  { "convert", "smith-convert-symbolic", N_ ("Convert a Model"),
    N_ ("Open a model to make it smaller and faster, and to read what that costs in accuracy.") },
  { "run", "smith-run-symbolic", N_ ("Run a Model"),
    N_ ("Open a model to run it on a picture, an array or random values.") },
  { "benchmark", "smith-bench-symbolic", N_ ("Time a Model"),
    N_ ("Open a model to see how long it takes, operator by operator, here or on a board.") },
  { "compare", "smith-compare-symbolic", N_ ("Compare Two Models"),
    N_ ("Open a model, then choose a second: both run on the same inputs, and their tensors are "
        "compared.") },
};

void
smith_start_describe (AdwStatusPage *empty, const char *page)
{
  for (size_t i = 0; i < G_N_ELEMENTS (empty_pages); i++)
    if (g_str_equal (empty_pages[i].page, page))
      {
        adw_status_page_set_icon_name (empty, empty_pages[i].icon);
        adw_status_page_set_title (empty, _ (empty_pages[i].title));
        adw_status_page_set_description (empty, _ (empty_pages[i].text));
      }
}
