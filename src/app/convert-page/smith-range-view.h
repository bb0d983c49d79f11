/*
 * The histogram of one tensor with the ends of its integers as two lines, which can be dragged, or
 * moved with the arrow keys. Emits "moved" (low, high) while a person moves one of them.
 */
#pragma once

#include "smith-engine-ranges.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_RANGE_VIEW (smith_range_view_get_type ())
G_DECLARE_FINAL_TYPE (SmithRangeView, smith_range_view, SMITH, RANGE_VIEW, GtkWidget)

/* @ranges: NULL shows nothing. */
void smith_range_view_show (SmithRangeView *self, SmithRanges *ranges, unsigned index);
/* After a change of the ends. */
void smith_range_view_update (SmithRangeView *self);
