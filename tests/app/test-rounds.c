/* Models opened and closed again leave nothing behind, whatever was looked at. */
#include "instances.h"
#include "smith-engine-edit.h"
#include "window-fixture.h"

enum
{
  WARM_ROUNDS = 1, /* what is made once, and kept, is there then */
  ROUNDS = 4
};

static gboolean
is_closed (SmithWindow *window)
{
  return smith_window_get_view (window) == NULL;
}

static void
look_at_pages (SmithDocumentView *view, gconstpointer unused)
{
  static const char *const pages[]
    = { "check", "convert", "run", "benchmark", "compare", "devices" };

  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      gtk_widget_activate_action (GTK_WIDGET (view), "win.page", "s", pages[i]);
      settle (60);
    }
}

static void
select_a_weight (SmithDocumentView *view, gconstpointer unused)
{
  SmithDocument *document = smith_document_view_get_document (view);

  WAIT_FOR (smith_document_get_net (document) != NULL);
  for (unsigned i = 0; i < smith_document_get_net (document)->n_tensors; i++)
    if (smith_document_get_net (document)->tensors[i].is_constant)
      smith_document_pick (document, SMITH_PICK_TENSOR, i, TRUE);
  settle (100);
  smith_document_pick (document, SMITH_PICK_OP, 0, TRUE);
}

static void
compare_with_another (SmithDocumentView *view, gconstpointer unused)
{
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  g_autofree char *uri = g_file_get_uri (file);

  gtk_widget_activate_action (GTK_WIDGET (view), "doc.compare-with", "(ssb)", uri, "", TRUE);
  settle (400);
}

static void
rename_and_undo (SmithDocumentView *view, gconstpointer unused)
{
  g_autoptr (SmithModel) model = view_take_model (view);
  g_autoptr (GError) error = NULL;

  g_assert_true (smith_engine_rename_tensor (model, 0, 0, "pixels", &error));
  g_assert_no_error (error);
  settle (50);
  gtk_widget_activate_action (GTK_WIDGET (view), "doc.undo", NULL);
}

static void
search (SmithDocumentView *view, gconstpointer unused)
{
  GtkWidget *focus;

  gtk_widget_activate_action (GTK_WIDGET (view), "doc.search", NULL);
  focus = gtk_window_get_focus (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (view))));
  gtk_editable_set_text (GTK_EDITABLE (focus), "conv");
  settle (300);
}

static void
press_start (SmithDocumentView *view, gconstpointer page)
{
  gtk_widget_activate_action (GTK_WIDGET (view), "win.page", "s", page);
  settle (50);
  gtk_widget_activate_action (GTK_WIDGET (view), "doc.page-start", NULL);
  settle (400);
}

static const struct
{
  const char *name;
  void (*visit) (SmithDocumentView *view, gconstpointer data);
  gconstpointer data;
} visits[] = {
  { "pages", look_at_pages, NULL },
  { "weight", select_a_weight, NULL },
  { "edit", rename_and_undo, NULL },
  { "search", search, NULL },
  { "running", press_start, "run" },
  { "timing", press_start, "benchmark" },
  { "comparing", compare_with_another, NULL },
};

/* Until nothing is made or freed for a while: on a busy machine what was closed takes its time. */
static void
settle_objects (void)
{
  enum
  {
    QUIET_LOOKS = 4,
    MOST_LOOKS = 100
  };
  guint before = 0;

  for (int look = 0, n_quiet = 0; look < MOST_LOOKS && n_quiet < QUIET_LOOKS; look++)
    {
      guint now;

      settle (30);
      now = instances_total ();
      n_quiet = now == before ? n_quiet + 1 : 0;
      before = now;
    }
}

static void
one_round (SmithWindow *window, unsigned visit)
{
  SmithDocumentView *view = window_open_sample (window, "digits.tflite");

  settle (50);
  visits[visit].visit (view, visits[visit].data);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.page", "s", "graph");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.close-tab", NULL);
  WAIT_FOR (is_closed (window));
  settle_objects ();
}

static void
a_closed_model_leaves_nothing (gconstpointer data)
{
  unsigned visit = GPOINTER_TO_UINT (data);
  SmithWindow *window = window_new ();
  GHashTable *counts[ROUNDS + 1];
  g_autofree char *grown = NULL;

  for (int i = 0; i < WARM_ROUNDS; i++)
    one_round (window, visit);
  counts[0] = instances_count ();
  for (int i = 0; i < ROUNDS; i++)
    {
      one_round (window, visit);
      counts[i + 1] = instances_count ();
    }
  grown = instances_grown (counts, G_N_ELEMENTS (counts));
  g_assert_cmpstr (grown, ==, "");
  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++)
    g_hash_table_unref (counts[i]);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  instances_watch ();
  if (!window_test_init (&argc, &argv))
    return 0;
  for (unsigned i = 0; i < G_N_ELEMENTS (visits); i++)
    {
      g_autofree char *path = g_strconcat ("/rounds/", visits[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), a_closed_model_leaves_nothing);
    }
  return g_test_run ();
}
