/* The window in the language that LANGUAGE names: its texts are translated, and every page fits. */
#include "convert-page/smith-convert-page.h"
#include "convert-page/smith-culprits.h"
#include "inspect/smith-inspector.h"
#include "smith-application.h"
#include "smith-settings.h"
#include "window-fixture.h"

#include <glib/gi18n.h>
#include <locale.h>

enum
{
  MAX_WIDTH = 800,
  MAX_HEIGHT = 600
};

static void
texts_are_translated (void)
{
  g_assert_cmpstr (_ ("Not Timed Yet"), !=, "Not Timed Yet");
  g_assert_cmpstr (g_dpgettext2 (NULL, "page", "Compare"), !=, "Compare");
}

static void
every_page_fits (void)
{
  static const char *const pages[]
    = { "graph", "check", "convert", "run", "benchmark", "compare", "devices" };
  SmithWindow *window = window_new ();
  g_autoptr (GFile) file = sample ("digits-int8.tflite");

  smith_window_open (window, file);
  WAIT_FOR (smith_window_get_view (window) != NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      int width, height;

      smith_window_show_page (window, pages[i]);
      settle (400);
      gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL,
                          NULL);
      gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_VERTICAL, MAX_WIDTH, &height, NULL,
                          NULL, NULL);
      g_test_message ("%s: %d×%d", pages[i], width, height);
      g_assert_cmpint (width, <=, MAX_WIDTH);
      g_assert_cmpint (height, <=, MAX_HEIGHT);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
show_part (GtkWidget *page, const char *name)
{
  gtk_widget_set_visible (
    GTK_WIDGET (gtk_widget_get_template_child (page, SMITH_TYPE_CONVERT_PAGE, name)), TRUE);
}

/* With all buttons of a report, and those of its worst layer. */
static void
a_report_fits (void)
{
  SmithLayerError layer = { .name = (char *) "dense", .sqnr_db = 20, .cosine = 0.99 };
  g_autoptr (GPtrArray) layers = g_ptr_array_new ();
  const SmithConversion conversion = { .layers = layers };
  SmithWindow *window = window_new ();
  SmithDocumentView *view = window_open_sample (window, "digits.tflite");
  SmithDocument *document = smith_document_view_get_document (view);
  GtkWidget *page;
  int width;

  WAIT_FOR (smith_document_get_net (document) != NULL);
  layer.tensor = smith_document_get_net (document)->ops[0].outputs[0];
  g_ptr_array_add (layers, &layer);
  smith_window_show_page (window, "convert");
  settle (900);
  page = find_widget (GTK_WIDGET (view), SMITH_TYPE_CONVERT_PAGE);
  smith_culprits_show (SMITH_CULPRITS (find_widget (page, SMITH_TYPE_CULPRITS)), document,
                       &conversion);
  show_part (page, "report");
  show_part (page, "again");
  settle (100);
  gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL,
                      NULL);
  g_test_message ("report: %d", width);
  g_assert_cmpint (width, <=, MAX_WIDTH);
  gtk_window_destroy (GTK_WINDOW (window));
  settle (100);
}

static void
shortcuts_fit (void)
{
  g_autoptr (GtkBuilder) builder
    = gtk_builder_new_from_resource ("/io/github/litesmith/Litesmith/gtk/help-overlay.ui");
  GtkWidget *window = GTK_WIDGET (gtk_builder_get_object (builder, "help_overlay"));
  int width, height;

  gtk_window_present (GTK_WINDOW (window));
  settle (100);
  gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_measure (window, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  g_test_message ("shortcuts: %d×%d", width, height);
  g_assert_cmpint (width, <=, MAX_WIDTH);
  g_assert_cmpint (height, <=, MAX_HEIGHT);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* The graph stays where it is, whatever is selected. */
static void
inspector_keeps_its_width (gconstpointer name)
{
  SmithWindow *window = window_new ();
  SmithDocumentView *view = window_open_sample (window, name);
  SmithDocument *document = smith_document_view_get_document (view);
  GtkWidget *inspector = find_widget (GTK_WIDGET (view), SMITH_TYPE_INSPECTOR);
  int before, width;

  WAIT_FOR (smith_document_get_net (document) != NULL);
  settle (300);
  gtk_widget_measure (inspector, GTK_ORIENTATION_HORIZONTAL, -1, &before, NULL, NULL, NULL);
  for (unsigned i = 0; i < smith_document_get_net (document)->n_ops; i++)
    {
      smith_document_pick (document, SMITH_PICK_OP, (int) i, TRUE);
      settle (300);
      gtk_widget_measure (inspector, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
      g_assert_cmpint (width, ==, before);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, smith_locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!window_test_init (&argc, &argv))
    return 0;
  if (g_str_equal (_ ("Not Timed Yet"), "Not Timed Yet"))
    {
      g_print ("1..0 # SKIP the C library translates nothing in this locale\n");
      return 0;
    }
  g_test_add_func ("/languages/texts_are_translated", texts_are_translated);
  g_test_add_func ("/languages/every_page_fits", every_page_fits);
  g_test_add_func ("/languages/shortcuts_fit", shortcuts_fit);
  g_test_add_func ("/languages/a_report_fits", a_report_fits);
  g_test_add_data_func ("/languages/inspector_keeps_its_width/integers", "digits-int8.tflite",
                        inspector_keeps_its_width);
  g_test_add_data_func ("/languages/inspector_keeps_its_width/floats", "digits.tflite",
                        inspector_keeps_its_width);
  return g_test_run ();
}
