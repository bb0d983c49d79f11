/* What tests of the window share: a window, patience, and a way to find what is in it. */
#pragma once

#include "smith-document-view.h"
#include "smith-window.h"

/* Call first; FALSE after a line that skips the program: there is no screen. */
static inline gboolean
window_test_init (int *argc, char ***argv)
{
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return FALSE;
    }
  g_test_init (argc, argv, NULL);
  adw_init ();
  return TRUE;
}

enum
{
  PATIENCE_MS = 20000
};

static inline SmithWindow *
window_new (void)
{
  SmithWindow *window = smith_window_new (NULL);

  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static inline gboolean
expire_cb (gpointer data)
{
  g_error ("nothing happened in time");
  return G_SOURCE_REMOVE;
}

/* Of no effect but to look again: what is waited for may happen outside of the main loop. */
static inline gboolean
look_again_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

#define WAIT_FOR(condition)                                                                        \
  do                                                                                               \
    {                                                                                              \
      guint expiry = g_timeout_add (PATIENCE_MS, expire_cb, NULL);                                 \
      guint look = g_timeout_add (20, look_again_cb, NULL);                                        \
      while (!(condition))                                                                         \
        g_main_context_iteration (NULL, TRUE);                                                     \
      g_source_remove (expiry);                                                                    \
      g_source_remove (look);                                                                      \
    }                                                                                              \
  while (0)

static inline gboolean
settled_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets the main loop run for a while: work in threads ends, frames are drawn. */
static inline void
settle (unsigned ms)
{
  gboolean is_over = FALSE;

  g_timeout_add (ms, settled_cb, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
}

static inline GtkWidget *
find_widget (GtkWidget *root, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (root, type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static inline GFile *
sample (const char *name)
{
  return g_file_new_build_filename (g_getenv ("SMITH_SAMPLES"), name, NULL);
}

/* Opens a sample and waits for its view. */
static inline SmithDocumentView *
window_open_sample (SmithWindow *window, const char *name)
{
  g_autoptr (GFile) file = sample (name);

  smith_window_open (window, file);
  WAIT_FOR (smith_window_get_view (window) != NULL);
  return smith_window_get_view (window);
}

/* The model of a view; the caller's. */
static inline SmithModel *
view_take_model (SmithDocumentView *view)
{
  return g_object_ref (smith_document_get_model (smith_document_view_get_document (view)));
}

/* A button that is shown, by its label without mnemonic and ellipsis. */
static inline GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  if (!gtk_widget_get_visible (root))
    return NULL;
  if (GTK_IS_BUTTON (root) && gtk_button_get_label (GTK_BUTTON (root)) != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (gtk_button_get_label (GTK_BUTTON (root)), "_", -1);
      g_autofree char *text = g_strjoinv ("", parts);

      if (g_str_has_prefix (text, label)
          && (text[strlen (label)] == '\0' || g_str_equal (text + strlen (label), "…")))
        return root;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, label);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static inline void
press (GtkWidget *root, const char *label)
{
  GtkWidget *button = find_button (root, label);

  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
}
