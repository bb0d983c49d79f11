/* A board in the list: where it is, whether it answers, and what can be done with it. */
#pragma once

#include "smith-device.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_DEVICE_ROW (smith_device_row_get_type ())
G_DECLARE_FINAL_TYPE (SmithDeviceRow, smith_device_row, SMITH, DEVICE_ROW, GtkListBoxRow)

GtkWidget *smith_device_row_new (SmithDevice *device);
/* Whether there is a model that could be timed. */
void smith_device_row_set_has_model (SmithDeviceRow *self, gboolean has_model);
