#include "smith-run-page.h"
#include "smith-engine-run.h"
#include "smith-files.h"
#include "smith-progress.h"
#include "smith-rows.h"
#include "smith-settings.h"
#include "smith-time.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _SmithRunPage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *outputs, *save, *entry_box, *seed_box, *start, *hint;
  GtkDropDown *entry_choice;
  GtkListBox *inputs;
  GtkBox *output_list;
  GtkLabel *error, *time;
  GtkSpinButton *seed;
  SmithProgress *progress;

  SmithDocument *document;
  GPtrArray *entries; /* SmithEntry: what can be run */
  GPtrArray *ports;   /* of the chosen one; NULL: there is none */
  char **files;       /* chosen for each input, or NULL: random */
  unsigned asked;     /* the input for which a file is being chosen */
  SmithRunResult *result;
};

G_DEFINE_FINAL_TYPE (SmithRunPage, smith_run_page, GTK_TYPE_WIDGET)

/* ---- Inputs -----------------------------------------------------------------------------------
 */

static void fill_inputs (SmithRunPage *self);

static void
input_chosen_cb (GFile *file, gpointer data)
{
  SmithRunPage *self = data;

  g_free (self->files[self->asked]);
  self->files[self->asked] = g_file_get_path (file);
  fill_inputs (self);
}

static void
choose_cb (GtkWidget *button, gpointer data)
{
  SmithRunPage *self = data;

  self->asked = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "index"));
  smith_choose_file (self, _ ("Choose Input"), SMITH_FILES_INPUTS, input_chosen_cb);
}

static void
random_cb (GtkWidget *button, gpointer data)
{
  SmithRunPage *self = data;
  unsigned index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "index"));

  g_clear_pointer (&self->files[index], g_free);
  fill_inputs (self);
}

static void
add_button (GtkWidget *row, const char *label, unsigned index, GCallback callback,
            SmithRunPage *self)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (button), "index", GUINT_TO_POINTER (index));
  g_signal_connect (button, "clicked", callback, self);
  gtk_box_append (GTK_BOX (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row))), button);
}

static void
fill_inputs (SmithRunPage *self)
{
  gboolean is_random = FALSE;

  smith_list_clear (self->inputs);
  for (guint i = 0; i < self->ports->len; i++)
    {
      const SmithPort *port = self->ports->pdata[i];
      g_autofree char *base = self->files[i] != NULL ? g_path_get_basename (self->files[i]) : NULL;
      g_autofree char *text = g_strdup_printf ("%s %s · %s", port->type, port->shape,
                                               base != NULL ? base : _ ("random values"));
      GtkWidget *row = smith_row_new (port->name, text, NULL);

      if (base != NULL)
        add_button (row, _ ("Random"), i, G_CALLBACK (random_cb), self);
      add_button (row, _ ("Choose Input"), i, G_CALLBACK (choose_cb), self);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
      gtk_list_box_append (self->inputs, row);
      is_random = is_random || base == NULL;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->inputs), self->ports->len > 0);
  gtk_widget_set_sensitive (self->seed_box, is_random);
}

static void show_error (SmithRunPage *self, const char *text);

/* Where there is nothing to show, the page says what would be. */
static void
show_outputs (SmithRunPage *self, gboolean is_any)
{
  gtk_widget_set_visible (self->outputs, is_any);
  gtk_widget_set_visible (self->hint,
                          !is_any && !gtk_widget_get_visible (GTK_WIDGET (self->error)));
}

static void
free_ports (SmithRunPage *self)
{
  for (guint i = 0; self->ports != NULL && i < self->ports->len; i++)
    g_clear_pointer (&self->files[i], g_free);
  g_clear_pointer (&self->files, g_free);
  g_clear_pointer (&self->ports, g_ptr_array_unref);
}

static const SmithEntry *
chosen_entry (SmithRunPage *self)
{
  guint selected = gtk_drop_down_get_selected (self->entry_choice);

  return selected < self->entries->len ? self->entries->pdata[selected] : NULL;
}

/* Another signature or subgraph: other inputs, and the outputs that were shown are not its own. */
static void
entry_cb (SmithRunPage *self)
{
  if (self->entries == NULL)
    return;
  free_ports (self);
  self->ports
    = smith_engine_inputs (smith_document_get_model (self->document), chosen_entry (self));
  self->files = g_new0 (char *, self->ports->len + 1);
  show_error (self, NULL);
  show_outputs (self, FALSE);
  gtk_widget_set_sensitive (self->start, self->entries->len > 0);
  fill_inputs (self);
}

static void
fill_entries (SmithRunPage *self)
{
  g_autoptr (GtkStringList) labels = gtk_string_list_new (NULL);

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  self->entries = smith_engine_entries (smith_document_get_model (self->document));
  for (guint i = 0; i < self->entries->len; i++)
    gtk_string_list_append (labels, ((const SmithEntry *) self->entries->pdata[i])->label);
  gtk_drop_down_set_model (self->entry_choice, G_LIST_MODEL (labels));
  gtk_widget_set_visible (self->entry_box, self->entries->len > 1);
  entry_cb (self);
}

/* ---- Outputs ----------------------------------------------------------------------------------
 */

static GtkWidget *
picture_of (const SmithOutput *output)
{
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (
    output->width, output->height, GDK_MEMORY_R8G8B8, output->pixels, (gsize) output->width * 3);
  GtkWidget *picture = gtk_picture_new_for_paintable (GDK_PAINTABLE (texture));

  gtk_widget_set_size_request (picture, -1, CLAMP (output->height, 96, 320));
  gtk_widget_set_halign (picture, GTK_ALIGN_START);
  /* Translators: a picture made of an output's values; %s is the output's name. */
  g_autofree char *text = g_strdup_printf (_ ("%s as a picture"), output->name);

  gtk_picture_set_alternative_text (GTK_PICTURE (picture), text);
  return picture;
}

static GtkWidget *
output_card (const SmithOutput *output)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *name = smith_text_new (output->name, FALSE);
  GtkWidget *facts = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "output");
  gtk_widget_add_css_class (name, "heading");
  gtk_box_append (GTK_BOX (card), name);
  gtk_box_append (GTK_BOX (facts), smith_text_new (output->type, FALSE));
  gtk_box_append (GTK_BOX (facts), smith_text_new (output->shape, FALSE));
  gtk_box_append (GTK_BOX (card), facts);
  if (output->statistics != NULL)
    gtk_box_append (GTK_BOX (card), smith_text_new (output->statistics, TRUE));
  if (output->pixels != NULL)
    gtk_box_append (GTK_BOX (card), picture_of (output));
  if (output->top->len > 0)
    gtk_box_append (GTK_BOX (card), smith_text_new (_ ("Greatest values"), TRUE));
  for (guint i = 0; i < output->top->len; i++)
    {
      GtkWidget *value = smith_text_new (output->top->pdata[i], FALSE);

      gtk_widget_add_css_class (value, "monospace");
      gtk_box_append (GTK_BOX (card), value);
    }
  return card;
}

static void
show_result (SmithRunPage *self)
{
  GtkWidget *child;
  g_autofree char *duration = smith_time_text (self->result->run_us);
  g_autofree char *time = g_strdup_printf (_ ("One inference: %s"), duration);

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->output_list))) != NULL)
    gtk_box_remove (self->output_list, child);
  for (guint i = 0; i < self->result->outputs->len; i++)
    gtk_box_append (self->output_list, output_card (self->result->outputs->pdata[i]));
  gtk_label_set_label (self->time, time);
  show_outputs (self, TRUE);
}

static void
show_error (SmithRunPage *self, const char *text)
{
  gtk_label_set_label (self->error, text);
  gtk_widget_set_visible (GTK_WIDGET (self->error), text != NULL);
}

static void
ran_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithRunPage) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  SmithRunResult *outputs = smith_engine_run_finish (result, &error);

  if (self == NULL)
    {
      g_clear_pointer (&outputs, smith_run_result_free);
      return;
    }
  if (outputs == NULL)
    {
      show_error (self, error->message);
      show_outputs (self, FALSE); /* they were made of other inputs */
      return;
    }
  g_clear_pointer (&self->result, smith_run_result_free);
  self->result = outputs;
  show_result (self);
}

static void
run_cb (SmithRunPage *self)
{
  const SmithRunRequest request = {
    .entry = chosen_entry (self),
    .files = self->files,
    .n_files = self->ports->len,
    .n_threads = (unsigned) smith_settings_get_int ("threads", 1),
    .seed = (uint64_t) gtk_spin_button_get_value (self->seed),
  };
  SmithErrand *errand;

  if (request.entry == NULL)
    return;
  show_error (self, NULL);
  errand = smith_errand_begin (self, self->progress, _ ("Running…"));
  smith_engine_run_async (smith_document_get_model (self->document), &request,
                          smith_errand_work (errand), ran_cb, errand);
}

static void
save_chosen_cb (GFile *file, gpointer data)
{
  SmithRunPage *self = data;
  g_autofree char *path = g_file_get_path (file);
  g_autoptr (GError) error = NULL;

  if (self->result == NULL || path == NULL)
    return;
  if (smith_engine_save_outputs (self->result, path, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Outputs saved"));
  else
    show_error (self, error->message);
}

static void
save_cb (SmithRunPage *self)
{
  const char *title = smith_model_get_title (smith_document_get_model (self->document));
  g_autofree char *name = smith_derived_name (title, "-output", ".npy");

  smith_choose_target (self, _ ("Save Outputs"), SMITH_FILES_ARRAYS, name, save_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_run_page_dispose (GObject *object)
{
  SmithRunPage *self = SMITH_RUN_PAGE (object);

  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_RUN_PAGE);
  free_ports (self);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->result, smith_run_result_free);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_run_page_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithRunPage, name)

static void
smith_run_page_class_init (SmithRunPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_PROGRESS);
  G_OBJECT_CLASS (klass)->dispose = smith_run_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-run-page.ui");
  BIND (scroller);
  BIND (outputs);
  BIND (save);
  BIND (inputs);
  BIND (output_list);
  BIND (error);
  BIND (time);
  BIND (seed);
  BIND (entry_box);
  BIND (entry_choice);
  BIND (seed_box);
  BIND (start);
  BIND (hint);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, entry_cb);
  gtk_widget_class_bind_template_callback (widget_class, run_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
smith_run_page_init (SmithRunPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
smith_run_page_new (SmithDocument *document)
{
  SmithRunPage *self = g_object_new (SMITH_TYPE_RUN_PAGE, NULL);

  self->document = g_object_ref (document);
  g_signal_connect_object (smith_document_get_model (document), "changed",
                           G_CALLBACK (fill_entries), self, G_CONNECT_SWAPPED);
  fill_entries (self);
  return GTK_WIDGET (self);
}
