#include "smith-device-row.h"
#include "smith-device-dialog.h"
#include "smith-remote.h"

#include <glib/gi18n.h>

struct _SmithDeviceRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *title, *address, *status;
  GtkWidget *test, *bench;
  SmithProgress *progress;

  SmithDevice *device;
};

G_DEFINE_FINAL_TYPE (SmithDeviceRow, smith_device_row, GTK_TYPE_LIST_BOX_ROW)

static void
show_status (SmithDeviceRow *self, const char *text, gboolean is_good)
{
  GtkWidget *status = GTK_WIDGET (self->status);

  gtk_widget_remove_css_class (status, is_good ? "error" : "success");
  gtk_widget_add_css_class (status, is_good ? "success" : "error");
  gtk_label_set_label (self->status, text);
  gtk_widget_set_visible (status, TRUE);
}

static void
tested_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithDeviceRow) self = smith_errand_end (data);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = smith_remote_test_finish (result, &error);

  if (self == NULL)
    return;
  gtk_widget_set_sensitive (self->test, TRUE);
  show_status (self, text != NULL ? text : error->message, text != NULL);
}

static void
test_cb (SmithDeviceRow *self)
{
  SmithErrand *errand = smith_errand_begin (self, self->progress, _ ("Connecting…"));

  gtk_widget_set_visible (GTK_WIDGET (self->status), FALSE);
  gtk_widget_set_sensitive (self->test, FALSE);
  smith_remote_test_async (self->device, smith_errand_work (errand), tested_cb, errand);
}

static guint
position (SmithDeviceRow *self)
{
  guint position = 0;

  g_list_store_find (smith_devices (), self->device, &position);
  return position;
}

static void
bench_cb (SmithDeviceRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.bench-on", "u", position (self));
}

static void
change_cb (SmithDeviceRow *self)
{
  smith_device_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->device);
}

static void
remove_cb (SmithDeviceRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "devices.remove", "u", position (self));
}

void
smith_device_row_set_has_model (SmithDeviceRow *self, gboolean has_model)
{
  g_return_if_fail (SMITH_IS_DEVICE_ROW (self));

  gtk_widget_set_sensitive (self->bench, has_model);
}

static void
smith_device_row_dispose (GObject *object)
{
  SmithDeviceRow *self = SMITH_DEVICE_ROW (object);

  if (self->progress != NULL)
    smith_progress_cancel (self->progress);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_DEVICE_ROW);
  g_clear_object (&self->device);

  G_OBJECT_CLASS (smith_device_row_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithDeviceRow, name)

static void
smith_device_row_class_init (SmithDeviceRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_PROGRESS);
  G_OBJECT_CLASS (klass)->dispose = smith_device_row_dispose;
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-device-row.ui");
  BIND (title);
  BIND (address);
  BIND (status);
  BIND (test);
  BIND (bench);
  BIND (progress);
  gtk_widget_class_bind_template_callback (widget_class, test_cb);
  gtk_widget_class_bind_template_callback (widget_class, bench_cb);
  gtk_widget_class_bind_template_callback (widget_class, change_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
smith_device_row_init (SmithDeviceRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
smith_device_row_new (SmithDevice *device)
{
  SmithDeviceRow *self = g_object_new (SMITH_TYPE_DEVICE_ROW, NULL);
  g_autofree char *address = smith_device_address (device);
  const char *title = smith_device_get_title (device);

  self->device = g_object_ref (device);
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->address, address);
  /* A host without user, port and name of its own is said once. */
  gtk_widget_set_visible (GTK_WIDGET (self->address), !g_str_equal (title, address));
  return GTK_WIDGET (self);
}
