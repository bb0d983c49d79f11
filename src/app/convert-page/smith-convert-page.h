/* The page "Convert": says what will be done, does it, and reports. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_CONVERT_PAGE (smith_convert_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithConvertPage, smith_convert_page, SMITH, CONVERT_PAGE, GtkWidget)

GtkWidget *smith_convert_page_new (SmithDocument *document);
/* Converts as the options say, and writes the file. */
void smith_convert_page_start (SmithConvertPage *self, GFile *file);
/* Keeps the operator of that name in float at the next conversion, and says so. */
void smith_convert_page_keep_float (SmithConvertPage *self, const char *name);
/* What its integers span: of the ranges that are kept, those of the last conversion, or found with
 * the samples now. */
void smith_convert_page_show_range (SmithConvertPage *self, const char *tensor);
