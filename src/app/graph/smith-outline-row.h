/* A row of the outline, drawn by hand: mark, kind, name and type in one widget. */
#pragma once

#include "smith-net.h"
#include "smith-search.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_OUTLINE_ROW (smith_outline_row_get_type ())
G_DECLARE_FINAL_TYPE (SmithOutlineRow, smith_outline_row, SMITH, OUTLINE_ROW, GtkWidget)

GtkWidget *smith_outline_row_new (void);
/* @net is borrowed for the call. */
void smith_outline_row_show (SmithOutlineRow *self, const SmithNet *net, SmithHit hit);
