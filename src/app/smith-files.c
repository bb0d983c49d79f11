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
  g_autoptr (GListModel) files = NULL;

  if (response == GTK_RESPONSE_ACCEPT && owner != NULL)
    files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog));
  for (guint i = 0; files != NULL && i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      choice->chosen (file, owner);
    }
  g_object_unref (dialog);
}

static const struct
{
  const char *name, *patterns[12];
} kinds[SMITH_N_FILES] = {
  [SMITH_FILES_MODELS]
  = { N_ ("Models"),
      { "*.tflite", "*.tfl", "*.lite", "*.task", "*.onnx", "*.pb", "*.json", "*.bin" } },
  [SMITH_FILES_SAVED_MODELS] = { N_ ("Models"), { "*.tflite", "*.json" } },
  [SMITH_FILES_TFLITE] = { N_ ("Models"), { "*.tflite" } },
  [SMITH_FILES_ARRAYS] = { N_ ("NumPy Arrays"), { "*.npy" } },
  [SMITH_FILES_INPUTS] = { N_ ("Pictures and Arrays"),
                           { "*.png", "*.jpg", "*.jpeg", "*.npy", "*.npz", "*.bin", "*.raw" } },
  [SMITH_FILES_PICTURES] = { N_ ("Pictures"), { "*.svg", "*.png", "*.pdf", "*.dot" } },
  [SMITH_FILES_RESULTS] = { N_ ("Tables, JSON and Pictures"), { "*.csv", "*.json", "*.png" } },
  [SMITH_FILES_EXPLANATIONS] = { N_ ("Text, JSON and C"), { "*.txt", "*.json", "*.c" } },
  [SMITH_FILES_REPORTS] = { N_ ("Reports"), { "*.html", "*.md", "*.json" } },
  [SMITH_FILES_SAMPLES] = { N_ ("NumPy Archives"), { "*.npz" } },
  [SMITH_FILES_RANGES] = { N_ ("Ranges"), { "*.json" } },
};

static void
add_filters (GtkFileChooser *chooser, SmithFiles kind)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new (), all = gtk_file_filter_new ();

  if (kinds[kind].name == NULL)
    return;
  gtk_file_filter_set_name (filter, _ (kinds[kind].name));
  for (size_t i = 0; kinds[kind].patterns[i] != NULL; i++)
    gtk_file_filter_add_pattern (filter, kinds[kind].patterns[i]);
  gtk_file_filter_set_name (all, _ ("All Files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (chooser, filter);
  gtk_file_chooser_add_filter (chooser, all);
}

/* A modal dialog over @owner's window that calls @chosen and goes. */
static GtkFileChooser *
dialog_new (GtkWidget *owner, GtkFileChooserAction action, const char *title, SmithChosen chosen)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
    title, GTK_WINDOW (gtk_widget_get_root (owner)), action,
    action == GTK_FILE_CHOOSER_ACTION_SAVE ? _ ("_Save") : _ ("_Open"), NULL);
  Choice *choice = g_new0 (Choice, 1);

  g_weak_ref_init (&choice->owner, owner);
  choice->chosen = chosen;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), choice, choice_free, 0);
  return GTK_FILE_CHOOSER (dialog);
}

void
smith_choose_file (gpointer owner, const char *title, SmithFiles kind, SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_OPEN, title, chosen);

  add_filters (dialog, kind);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
smith_choose_files (gpointer owner, const char *title, SmithFiles kind, SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_OPEN, title, chosen);

  gtk_file_chooser_set_select_multiple (dialog, TRUE);
  add_filters (dialog, kind);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
smith_choose_folder (gpointer owner, const char *title, SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, title, chosen);

  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
smith_choose_target (gpointer owner, const char *title, SmithFiles kind, const char *suggested,
                     SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_SAVE, title, chosen);

  gtk_file_chooser_set_current_name (dialog, suggested);
  add_filters (dialog, kind);
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

char *
smith_files_cause (const GError *error)
{
  if (!g_str_has_prefix (error->message, "is "))
    return g_strdup (error->message);
  /* Translators: the engine's sentence goes on in English: "It is malformed: …" */
  return g_strdup_printf (_ ("It %s"), error->message);
}
