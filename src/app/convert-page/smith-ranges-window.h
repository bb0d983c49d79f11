/*
 * Ranges of all tensors: found, looked at, changed by hand, saved and loaded. Emits "quantize" when
 * the model is to be converted with them.
 */
#pragma once

#include "smith-engine-convert.h"

#include <adwaita.h>

#define SMITH_TYPE_RANGES_WINDOW (smith_ranges_window_get_type ())
G_DECLARE_FINAL_TYPE (SmithRangesWindow, smith_ranges_window, SMITH, RANGES_WINDOW, AdwWindow)

/* @bits: of the integers that they are for. The ranges are copied. */
SmithRangesWindow *smith_ranges_window_new (GtkWindow *parent, SmithModel *model,
                                            SmithRanges *ranges, unsigned bits);
/* Selects the range of a tensor, where there is one. */
void smith_ranges_window_select (SmithRangesWindow *self, const char *tensor);
/* A copy of them as they are now, owned by the caller; NULL: nothing was changed. */
SmithRanges *smith_ranges_window_get_changed (SmithRangesWindow *self);
