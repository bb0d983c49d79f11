#include "smith-files.h"
#include "smith-document-view.h"
#include "smith-window.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Of a model: where something of it was saved last. */
#define TARGET_FOLDER "smith-target-folder"

typedef struct
{
  GWeakRef owner;
  SmithChosen chosen;
} Choice;

/* ---- Where to begin ---------------------------------------------------------------------------
 */

/* The model that the window of @owner shows, or NULL. */
static SmithModel *
shown_model (GtkWidget *owner)
{
  GtkRoot *root = gtk_widget_get_root (owner);
  SmithDocumentView *view
    = SMITH_IS_WINDOW (root) ? smith_window_get_view (SMITH_WINDOW (root)) : NULL;

  return view != NULL ? smith_document_get_model (smith_document_view_get_document (view)) : NULL;
}

static gboolean
is_writable (GFile *folder)
{
  const char *path = g_file_peek_path (folder);

  return path != NULL && g_access (path, W_OK) == 0;
}

/* Where its last file went, else beside the model, else at home. GTK would begin in the folder that
 * the program was started in; it lists that before anything else is done, and a folder of 8,500
 * files stops the window for 0.4 s. */
static void
begin_beside_model (GtkFileChooser *dialog, GtkWidget *owner)
{
  SmithModel *model = shown_model (owner);
  GFile *last = model != NULL ? g_object_get_data (G_OBJECT (model), TARGET_FOLDER) : NULL;
  GFile *file = model != NULL ? smith_model_get_file (model) : NULL;
  g_autoptr (GFile) folder = last != NULL   ? g_object_ref (last)
                             : file != NULL ? g_file_get_parent (file)
                                            : NULL;

  if (folder == NULL || !is_writable (folder))
    {
      g_clear_object (&folder);
      folder = g_file_new_for_path (g_get_home_dir ());
    }
  gtk_file_chooser_set_current_folder (dialog, folder, NULL);
}

static void
remember_folder (GtkWidget *owner, GFile *file)
{
  SmithModel *model = shown_model (owner);

  if (model != NULL)
    g_object_set_data_full (G_OBJECT (model), TARGET_FOLDER, g_file_get_parent (file),
                            g_object_unref);
}

/* ---- Dialogs ----------------------------------------------------------------------------------
 */

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

      if (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (dialog)) == GTK_FILE_CHOOSER_ACTION_SAVE)
        remember_folder (GTK_WIDGET (owner), file);
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

static gboolean
show_cb (gpointer data)
{
  GtkNativeDialog *dialog = data;

  if (gtk_native_dialog_get_transient_for (dialog) != NULL)
    gtk_native_dialog_show (dialog);
  else
    g_object_unref (dialog); /* the window was closed meanwhile */
  return G_SOURCE_REMOVE;
}

/* Making the dialog and showing it take GTK 30 ms each; in between, the window may draw and answer.
 */
static void
show_soon (GtkFileChooser *dialog)
{
  g_idle_add (show_cb, dialog);
}

void
smith_choose_file (gpointer owner, const char *title, SmithFiles kind, SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_OPEN, title, chosen);

  add_filters (dialog, kind);
  show_soon (dialog);
}

void
smith_choose_files (gpointer owner, const char *title, SmithFiles kind, SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_OPEN, title, chosen);

  gtk_file_chooser_set_select_multiple (dialog, TRUE);
  add_filters (dialog, kind);
  show_soon (dialog);
}

void
smith_choose_folder (gpointer owner, const char *title, SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, title, chosen);

  show_soon (dialog);
}

void
smith_choose_target (gpointer owner, const char *title, SmithFiles kind, const char *suggested,
                     SmithChosen chosen)
{
  GtkFileChooser *dialog = dialog_new (owner, GTK_FILE_CHOOSER_ACTION_SAVE, title, chosen);

  begin_beside_model (dialog, owner);
  gtk_file_chooser_set_current_name (dialog, suggested);
  add_filters (dialog, kind);
  show_soon (dialog);
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
