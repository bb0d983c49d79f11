/* The error of each layer after a conversion, and what to do next about one of them. */
#pragma once

#include "smith-document.h"
#include "smith-engine-convert.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_CULPRITS (smith_culprits_get_type ())
G_DECLARE_FINAL_TYPE (SmithCulprits, smith_culprits, SMITH, CULPRITS, GtkWidget)

/* Hidden when nothing was compared. Both are of the source; @conversion must live as long as it is
 * shown. */
void smith_culprits_show (SmithCulprits *self, SmithDocument *document,
                          const SmithConversion *conversion);
