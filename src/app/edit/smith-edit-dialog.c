#include "smith-edit-dialog.h"
#include "smith-engine-edit.h"

#include <glib/gi18n.h>

enum
{
  N_TEXTS = 5,
  MAX_SHAPES = 32 /* inputs that can be given another shape here */
};

/* Keys of the metadata behind the entries of that order; "" is the model's description. */
static const char *const keys[N_TEXTS] = { "", "name", "version", "author", "license" };

struct _SmithEditDialog
{
  AdwWindow parent_instance;

  AdwPreferencesGroup *shapes;
  AdwEntryRow *from, *until, *old_name, *new_name, *texts[N_TEXTS], *key, *text;
  AdwComboRow *kinds;
  GtkSpinButton *version;
  GtkWidget *undo, *redo, *postprocess;
  GtkRevealer *said_revealer;
  GtkLabel *said;

  SmithDocument *document;
  GPtrArray *shape_rows; /* AdwEntryRow, by the position of the input */
};

G_DEFINE_FINAL_TYPE (SmithEditDialog, smith_edit_dialog, ADW_TYPE_WINDOW)

static SmithModel *
model_of (SmithEditDialog *self)
{
  return smith_document_get_model (self->document);
}

static unsigned
subgraph_of (SmithEditDialog *self)
{
  return smith_document_get_subgraph (self->document);
}

static const char *
text_of (AdwEntryRow *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

/* ---- What is said -----------------------------------------------------------------------------
 */

static void
say (SmithEditDialog *self, const char *text, gboolean is_error)
{
  gtk_label_set_label (self->said, text);
  if (is_error)
    gtk_widget_add_css_class (GTK_WIDGET (self->said), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->said), "error");
  gtk_widget_set_visible (GTK_WIDGET (self->said_revealer), TRUE);
  gtk_revealer_set_reveal_child (self->said_revealer, TRUE);
}

/* After an edit: what was done, or why not. Takes @notes and @error. */
static void
finish (SmithEditDialog *self, gboolean is_done, char *notes, GError *error)
{
  if (is_done)
    say (self, notes != NULL && notes[0] != '\0' ? notes : _ ("Done."), FALSE);
  else
    say (self, error->message, TRUE);
  g_free (notes);
  g_clear_error (&error);
}

/* ---- Edits ------------------------------------------------------------------------------------
 */

static void
cut_cb (SmithEditDialog *self)
{
  GError *error = NULL;
  char *notes = NULL;
  gboolean is_done = smith_engine_cut (model_of (self), subgraph_of (self), text_of (self->from),
                                       text_of (self->until), &notes, &error);

  finish (self, is_done, notes, error);
}

static void
add_selection (SmithEditDialog *self, AdwEntryRow *row)
{
  SmithPick pick = smith_document_get_pick (self->document);
  const char *name = pick.kind == SMITH_PICK_TENSOR
                       ? smith_engine_tensor_name (model_of (self), subgraph_of (self), pick.index)
                       : NULL;
  g_autofree char *text = NULL;

  if (name == NULL)
    {
      say (self, _ ("Select a tensor in the graph first."), TRUE);
      return;
    }
  text
    = text_of (row)[0] != '\0' ? g_strdup_printf ("%s, %s", text_of (row), name) : g_strdup (name);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

static void
add_from_cb (SmithEditDialog *self)
{
  add_selection (self, self->from);
}

static void
add_until_cb (SmithEditDialog *self)
{
  add_selection (self, self->until);
}

static void
rename_cb (SmithEditDialog *self)
{
  GError *error = NULL;
  char *notes = NULL;
  gboolean is_done
    = smith_engine_rename (model_of (self), subgraph_of (self), text_of (self->old_name),
                           text_of (self->new_name), &notes, &error);

  finish (self, is_done, notes, error);
}

static void
postprocess_cb (SmithEditDialog *self)
{
  GError *error = NULL;
  char *notes = NULL;
  gboolean is_done
    = smith_engine_drop_postprocess (model_of (self), subgraph_of (self), &notes, &error);

  finish (self, is_done, notes, error);
}

/* All shapes that were typed, together: one alone may not fit the others. */
static void
shape_cb (SmithEditDialog *self)
{
  const char *texts[MAX_SHAPES + 1] = { NULL };
  GError *error = NULL;
  char *notes = NULL;
  gboolean is_done;

  for (guint i = 0; i < self->shape_rows->len; i++)
    texts[i] = text_of (self->shape_rows->pdata[i]);
  is_done = smith_engine_set_shapes (model_of (self), subgraph_of (self), texts, &notes, &error);
  finish (self, is_done, notes, error);
}

static void
set_text (SmithEditDialog *self, const char *key, const char *text)
{
  GError *error = NULL;
  gboolean is_done = smith_engine_set_metadata (model_of (self), key, text, &error);

  finish (self, is_done, NULL, error);
}

static void
text_cb (SmithEditDialog *self, AdwEntryRow *row)
{
  for (int i = 0; i < N_TEXTS; i++)
    if (self->texts[i] == row)
      set_text (self, keys[i], text_of (row));
}

static void
entry_cb (SmithEditDialog *self)
{
  if (text_of (self->key)[0] == '\0')
    say (self, _ ("An entry needs a name."), TRUE);
  else
    set_text (self, text_of (self->key), text_of (self->text));
}

static void
version_cb (SmithEditDialog *self)
{
  GtkStringObject *kind = adw_combo_row_get_selected_item (self->kinds);
  GError *error = NULL;
  char *notes = NULL;
  gboolean is_done;

  if (kind == NULL)
    return;
  is_done = smith_engine_set_op_version (model_of (self), gtk_string_object_get_string (kind),
                                         gtk_spin_button_get_value_as_int (self->version), &notes,
                                         &error);
  finish (self, is_done, notes, error);
}

static void
undo_cb (SmithEditDialog *self)
{
  smith_engine_undo (model_of (self), -1);
}

static void
redo_cb (SmithEditDialog *self)
{
  smith_engine_undo (model_of (self), 1);
}

/* ---- What the model is now --------------------------------------------------------------------
 */

static void
name_entry (AdwEntryRow *row)
{
  GtkEditable *inner = gtk_editable_get_delegate (GTK_EDITABLE (row));

  gtk_accessible_update_property (GTK_ACCESSIBLE (inner), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), -1);
}

static void
add_shape_row (SmithEditDialog *self, const char *name, const char *shape)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  gtk_editable_set_text (GTK_EDITABLE (row), shape);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
  name_entry (ADW_ENTRY_ROW (row));
  g_signal_connect_object (row, "apply", G_CALLBACK (shape_cb), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (self->shapes, row);
  g_ptr_array_add (self->shape_rows, row);
}

static void
fill_shapes (SmithEditDialog *self)
{
  g_autoptr (GPtrArray) shapes = smith_engine_input_shapes (model_of (self), subgraph_of (self));
  gboolean is_same = shapes->len == 2 * self->shape_rows->len;

  for (guint i = 0; !is_same && i < self->shape_rows->len; i++)
    adw_preferences_group_remove (self->shapes, self->shape_rows->pdata[i]);
  if (!is_same)
    g_ptr_array_set_size (self->shape_rows, 0);
  for (guint i = 0; i + 1 < shapes->len && i / 2 < MAX_SHAPES; i += 2)
    if (is_same)
      {
        AdwEntryRow *row = self->shape_rows->pdata[i / 2];

        if (!g_str_equal (text_of (row), shapes->pdata[i + 1]))
          gtk_editable_set_text (GTK_EDITABLE (row), shapes->pdata[i + 1]);
      }
    else
      add_shape_row (self, shapes->pdata[i], shapes->pdata[i + 1]);
}

static void
kind_cb (SmithEditDialog *self)
{
  GtkStringObject *kind = adw_combo_row_get_selected_item (self->kinds);

  if (kind != NULL && self->document != NULL)
    gtk_spin_button_set_value (
      self->version,
      smith_engine_op_version (model_of (self), gtk_string_object_get_string (kind)));
}

static void
fill_kinds (SmithEditDialog *self)
{
  g_auto (GStrv) kinds = smith_engine_op_kinds (model_of (self));
  g_autoptr (GtkStringList) list = gtk_string_list_new ((const char *const *) kinds);
  guint selected = adw_combo_row_get_selected (self->kinds);

  adw_combo_row_set_model (self->kinds, G_LIST_MODEL (list));
  if (selected < g_strv_length (kinds))
    adw_combo_row_set_selected (self->kinds, selected);
  kind_cb (self);
}

static void
update_undo (SmithEditDialog *self)
{
  gtk_widget_set_sensitive (self->undo, smith_engine_can_undo (model_of (self), -1));
  gtk_widget_set_sensitive (self->redo, smith_engine_can_undo (model_of (self), 1));
}

static void
model_changed_cb (SmithEditDialog *self)
{
  fill_shapes (self);
  fill_kinds (self);
  update_undo (self);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_edit_dialog_dispose (GObject *object)
{
  SmithEditDialog *self = SMITH_EDIT_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_EDIT_DIALOG);
  g_clear_pointer (&self->shape_rows, g_ptr_array_unref);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_edit_dialog_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithEditDialog, name)
#define CALL(name) gtk_widget_class_bind_template_callback (widget_class, name)

static void
bind_texts (GtkWidgetClass *widget_class)
{
  static const char *const ids[N_TEXTS]
    = { "description", "name", "model_version", "author", "license" };

  for (int i = 0; i < N_TEXTS; i++)
    gtk_widget_class_bind_template_child_full (widget_class, ids[i], FALSE,
                                               (gssize) G_STRUCT_OFFSET (SmithEditDialog, texts)
                                                 + i * (gssize) sizeof (AdwEntryRow *));
}

static void
smith_edit_dialog_class_init (SmithEditDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_edit_dialog_dispose;
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-edit-dialog.ui");
  bind_texts (widget_class);
  BIND (shapes);
  BIND (from);
  BIND (until);
  BIND (old_name);
  BIND (new_name);
  BIND (key);
  BIND (text);
  BIND (kinds);
  BIND (version);
  BIND (undo);
  BIND (redo);
  BIND (postprocess);
  BIND (said_revealer);
  BIND (said);
  CALL (cut_cb);
  CALL (add_from_cb);
  CALL (add_until_cb);
  CALL (rename_cb);
  CALL (postprocess_cb);
  CALL (text_cb);
  CALL (entry_cb);
  CALL (version_cb);
  CALL (kind_cb);
  CALL (undo_cb);
  CALL (redo_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
smith_edit_dialog_init (SmithEditDialog *self)
{
  self->shape_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
smith_edit_dialog_show (GtkWindow *parent, SmithDocument *document)
{
  SmithEditDialog *self = g_object_new (SMITH_TYPE_EDIT_DIALOG, "transient-for", parent,
                                        "application", gtk_window_get_application (parent), NULL);
  AdwEntryRow *const rows[]
    = { self->from, self->until, self->old_name, self->new_name, self->key, self->text };
  g_autofree char *description = smith_engine_description (smith_document_get_model (document));

  self->document = g_object_ref (document);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    name_entry (rows[i]);
  for (int i = 0; i < N_TEXTS; i++)
    name_entry (self->texts[i]);
  gtk_editable_set_text (GTK_EDITABLE (self->texts[0]), description);
  g_signal_connect_object (model_of (self), "changed", G_CALLBACK (model_changed_cb), self,
                           G_CONNECT_SWAPPED);
  model_changed_cb (self);
  gtk_window_present (GTK_WINDOW (self));
}
