/* The page "Convert": says what will be done, does it, and reports. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_CONVERT_PAGE (smith_convert_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithConvertPage, smith_convert_page, SMITH, CONVERT_PAGE, GtkWidget)

GtkWidget *smith_convert_page_new (SmithDocument *document);
