#include "smith-devices-page.h"
#include "smith-device-dialog.h"
#include "smith-device-row.h"

#include <glib/gi18n.h>

struct _SmithDevicesPage
{
  GtkWidget parent_instance;

  GtkWidget *scroller, *heading, *empty;
  GtkListBox *list;

  gboolean has_model;
};

G_DEFINE_FINAL_TYPE (SmithDevicesPage, smith_devices_page, GTK_TYPE_WIDGET)

static GtkWidget *
create_row (gpointer item, gpointer data)
{
  SmithDevicesPage *self = data;
  GtkWidget *row = smith_device_row_new (item);

  smith_device_row_set_has_model (SMITH_DEVICE_ROW (row), self->has_model);
  return row;
}

static void
update (SmithDevicesPage *self)
{
  gboolean is_empty = g_list_model_get_n_items (G_LIST_MODEL (smith_devices ())) == 0;

  gtk_widget_set_visible (self->empty, is_empty);
  gtk_widget_set_visible (self->heading, !is_empty);
  gtk_widget_set_visible (GTK_WIDGET (self->list), !is_empty);
}

void
smith_devices_page_set_has_model (SmithDevicesPage *self, gboolean has_model)
{
  g_return_if_fail (SMITH_IS_DEVICES_PAGE (self));

  self->has_model = has_model;
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    smith_device_row_set_has_model (SMITH_DEVICE_ROW (row), has_model);
}

static void
add_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_device_dialog_show (GTK_WINDOW (gtk_widget_get_root (widget)), NULL);
}

static void
remove_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint position = g_variant_get_uint32 (parameter);
  GListModel *devices = G_LIST_MODEL (smith_devices ());
  g_autoptr (SmithDevice) device = g_list_model_get_item (devices, position);
  g_autofree char *text = NULL;

  if (device == NULL)
    return;
  /* Translators: %s is a board's name. */
  text = g_strdup_printf (_ ("%s removed"), smith_device_get_title (device));
  smith_devices_remove (position);
  gtk_widget_activate_action (widget, "win.offer-undo", "(sss)", text, "win.restore-device", "");
}

static void
smith_devices_page_dispose (GObject *object)
{
  SmithDevicesPage *self = SMITH_DEVICES_PAGE (object);

  g_signal_handlers_disconnect_by_data (smith_devices (), self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_DEVICES_PAGE);

  G_OBJECT_CLASS (smith_devices_page_parent_class)->dispose (object);
}

static void
smith_devices_page_class_init (SmithDevicesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_devices_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-devices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithDevicesPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, SmithDevicesPage, heading);
  gtk_widget_class_bind_template_child (widget_class, SmithDevicesPage, empty);
  gtk_widget_class_bind_template_child (widget_class, SmithDevicesPage, list);
  gtk_widget_class_install_action (widget_class, "devices.add", NULL, add_cb);
  gtk_widget_class_install_action (widget_class, "devices.remove", "u", remove_cb);
}

static void
smith_devices_page_init (SmithDevicesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (smith_devices ()), create_row, self, NULL);
  g_signal_connect_swapped (smith_devices (), "items-changed", G_CALLBACK (update), self);
  update (self);
}
