/* Adding a board, or changing what was told about one. */
#pragma once

#include "smith-device.h"

#include <adwaita.h>

#define SMITH_TYPE_DEVICE_DIALOG (smith_device_dialog_get_type ())
G_DECLARE_FINAL_TYPE (SmithDeviceDialog, smith_device_dialog, SMITH, DEVICE_DIALOG, AdwWindow)

/* @device: one of smith_devices() to change, or NULL for a new one, which is appended to them. */
void smith_device_dialog_show (GtkWindow *parent, SmithDevice *device);
