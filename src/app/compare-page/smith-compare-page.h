/* The page "Compare": this model beside a second one, tensor by tensor. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_COMPARE_PAGE (smith_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithComparePage, smith_compare_page, SMITH, COMPARE_PAGE, GtkWidget)

GtkWidget *smith_compare_page_new (SmithDocument *document);
/* Compares with a file. @samples: a folder or a file; NULL: what the page has. @has_sides: and
 * shows both side by side. */
void smith_compare_page_start_with (SmithComparePage *self, GFile *file, const char *samples,
                                    gboolean has_sides);
