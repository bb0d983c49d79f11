/* What a conversion would do and what it did, as rows. */
#pragma once

#include "smith-engine-convert.h"

#include <gtk/gtk.h>

void smith_convert_fill_plan (GtkListBox *list, const SmithConversion *plan);
/* @name: of the file that was written. */
void smith_convert_fill_report (GtkListBox *list, const SmithConversion *conversion,
                                const char *name);
