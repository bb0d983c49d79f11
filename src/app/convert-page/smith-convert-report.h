/* What a conversion would do and what it did, as rows. */
#pragma once

#include "smith-engine-convert.h"

#include <gtk/gtk.h>

void smith_convert_fill_plan (GtkListBox *list, const SmithConversion *plan);
/* @name: of the file that was written. */
void smith_convert_fill_report (GtkListBox *list, const SmithConversion *conversion,
                                const char *name);
/* Rows carry their tensor as the data "tensor" (index + 1). @net: of the source. */
void smith_convert_fill_layers (GtkListBox *list, const SmithConversion *conversion,
                                const SmithNet *net);
