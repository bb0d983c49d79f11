/* The page "Devices": boards over SSH. It belongs to the window: it is there without a model too.
 */
#pragma once

#include <gtk/gtk.h>

#define SMITH_TYPE_DEVICES_PAGE (smith_devices_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithDevicesPage, smith_devices_page, SMITH, DEVICES_PAGE, GtkWidget)

/* Whether there is a model that could be timed. */
void smith_devices_page_set_has_model (SmithDevicesPage *self, gboolean has_model);
