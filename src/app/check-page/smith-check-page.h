/* The page "Check": what is wrong, in words, and what a repair would change. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_CHECK_PAGE (smith_check_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithCheckPage, smith_check_page, SMITH, CHECK_PAGE, GtkWidget)

GtkWidget *smith_check_page_new (SmithDocument *document);
