#include "smith-device-dialog.h"
#include "smith-files.h"

#include <glib/gi18n.h>

struct _SmithDeviceDialog
{
  AdwWindow parent_instance;

  AdwEntryRow *entries[SMITH_N_DEVICE_FIELDS];
  GtkWidget *accept;
  GtkLabel *problem;

  SmithDevice *device; /* NULL: a new one */
};

G_DEFINE_FINAL_TYPE (SmithDeviceDialog, smith_device_dialog, ADW_TYPE_WINDOW)

static const char *const ids[SMITH_N_DEVICE_FIELDS] = {
  [SMITH_DEVICE_NAME] = "name",         [SMITH_DEVICE_HOST] = "host",
  [SMITH_DEVICE_USER] = "user",         [SMITH_DEVICE_PORT] = "port",
  [SMITH_DEVICE_IDENTITY] = "identity", [SMITH_DEVICE_PROGRAM] = "program",
};

static char *
text_of (SmithDeviceDialog *self, int field)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entries[field]))));
}

/* Marks what cannot be, and says of the first why. An empty host is only not yet told. */
static void
validate (SmithDeviceDialog *self)
{
  const char *first = NULL;
  gboolean is_complete = TRUE;

  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    {
      g_autofree char *text = text_of (self, i);
      const char *problem = smith_device_problem ((SmithDeviceField) i, text);
      gboolean is_wrong = problem != NULL && text[0] != '\0';

      if (is_wrong)
        gtk_widget_add_css_class (GTK_WIDGET (self->entries[i]), "error");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self->entries[i]), "error");
      if (is_wrong && first == NULL)
        first = problem;
      is_complete = is_complete && problem == NULL;
    }
  gtk_label_set_label (self->problem, first != NULL ? first : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), first != NULL);
  gtk_widget_set_sensitive (self->accept, is_complete);
}

static void
take_over (SmithDeviceDialog *self)
{
  guint position;
  g_autoptr (SmithDevice) device
    = self->device != NULL ? g_object_ref (self->device) : smith_device_new ();

  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    {
      g_autofree char *text = text_of (self, i);

      smith_device_set (device, (SmithDeviceField) i, text);
    }
  /* Put in anew, so that every list of devices shows it as it is now. */
  if (self->device != NULL && g_list_store_find (smith_devices (), device, &position))
    g_list_store_splice (smith_devices (), position, 1, (gpointer *) &device, 1);
  else
    g_list_store_append (smith_devices (), device);
  smith_devices_save ();
}

static void
accept_cb (SmithDeviceDialog *self)
{
  if (!gtk_widget_get_sensitive (self->accept))
    return;
  take_over (self);
  gtk_window_close (GTK_WINDOW (self));
}

static void
identity_chosen_cb (GFile *file, gpointer data)
{
  SmithDeviceDialog *self = data;
  g_autofree char *path = g_file_get_path (file);

  if (path != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->entries[SMITH_DEVICE_IDENTITY]), path);
}

static void
browse_cb (SmithDeviceDialog *self)
{
  smith_choose_file (self, _ ("Private Key"), SMITH_FILES_ALL, identity_chosen_cb);
}

static void
smith_device_dialog_dispose (GObject *object)
{
  SmithDeviceDialog *self = SMITH_DEVICE_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_DEVICE_DIALOG);
  g_clear_object (&self->device);

  G_OBJECT_CLASS (smith_device_dialog_parent_class)->dispose (object);
}

static void
smith_device_dialog_class_init (SmithDeviceDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_device_dialog_dispose;
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-device-dialog.ui");
  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    gtk_widget_class_bind_template_child_full (widget_class, ids[i], FALSE,
                                               (gssize) G_STRUCT_OFFSET (SmithDeviceDialog, entries)
                                                 + i * (gssize) sizeof (AdwEntryRow *));
  gtk_widget_class_bind_template_child (widget_class, SmithDeviceDialog, accept);
  gtk_widget_class_bind_template_child (widget_class, SmithDeviceDialog, problem);
  gtk_widget_class_bind_template_callback (widget_class, validate);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, browse_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

/* The entry inside a row is what has the focus: it needs the row's title for a name. */
static void
smith_device_dialog_init (SmithDeviceDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    {
      GtkEditable *inner = gtk_editable_get_delegate (GTK_EDITABLE (self->entries[i]));
      const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self->entries[i]));

      gtk_accessible_update_property (GTK_ACCESSIBLE (inner), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                      -1);
    }
}

void
smith_device_dialog_show (GtkWindow *parent, SmithDevice *device)
{
  SmithDeviceDialog *self = g_object_new (SMITH_TYPE_DEVICE_DIALOG, "transient-for", parent, NULL);

  if (device != NULL)
    {
      self->device = g_object_ref (device);
      gtk_window_set_title (GTK_WINDOW (self), _ ("Change Device"));
      gtk_button_set_label (GTK_BUTTON (self->accept), _ ("_Save"));
      for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
        gtk_editable_set_text (GTK_EDITABLE (self->entries[i]),
                               smith_device_get (device, (SmithDeviceField) i));
    }
  validate (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->entries[SMITH_DEVICE_HOST]));
  gtk_window_present (GTK_WINDOW (self));
}
