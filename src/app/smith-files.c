#include "smith-files.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  GWeakRef owner;
  SmithChosen chosen;
} Choice;

static void
choice_free (gpointer data, GClosure *closure)
{
  Choice *choice = data;

  g_weak_ref_clear (&choice->owner);
  g_free (choice);
}

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  Choice *choice = data;
  g_autoptr (GObject) owner = g_weak_ref_get (&choice->owner);
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (owner != NULL && file != NULL)
    choice->chosen (file, owner);
  g_object_unref (dialog);
}

static void
add_filters (GtkFileChooser *chooser, const char *name, const char *patterns)
{
  g_auto (GStrv) parts = g_strsplit (patterns, ";", -1);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new (), all = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  for (char **part = parts; *part != NULL; part++)
    gtk_file_filter_add_pattern (filter, *part);
  gtk_file_filter_set_name (all, _ ("All Files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (chooser, filter);
  gtk_file_chooser_add_filter (chooser, all);
}

void
smith_choose_file (GtkWidget *owner, SmithChoose what, const char *title, const char *filter_name,
                   const char *patterns, const char *suggested, SmithChosen chosen)
{
  static const GtkFileChooserAction actions[]
    = { GTK_FILE_CHOOSER_ACTION_OPEN, GTK_FILE_CHOOSER_ACTION_SAVE,
        GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER };
  GtkRoot *root = gtk_widget_get_root (owner);
  GtkFileChooserNative *dialog
    = gtk_file_chooser_native_new (title, GTK_WINDOW (root), actions[what],
                                   what == SMITH_CHOOSE_SAVE ? _ ("_Save") : _ ("_Open"), NULL);
  Choice *choice = g_new0 (Choice, 1);

  g_weak_ref_init (&choice->owner, owner);
  choice->chosen = chosen;
  if (patterns != NULL)
    add_filters (GTK_FILE_CHOOSER (dialog), filter_name, patterns);
  if (suggested != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), suggested);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), choice, choice_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

char *
smith_derived_name (const char *name, const char *suffix, const char *ending)
{
  const char *dot = strrchr (name, '.');
  size_t stem = dot != NULL ? (size_t) (dot - name) : strlen (name);

  if (ending == NULL)
    ending = dot != NULL ? dot : "";
  return g_strdup_printf ("%.*s%s%s", (int) stem, name, suffix, ending);
}
