/* The page "Run": one inference. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_RUN_PAGE (smith_run_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithRunPage, smith_run_page, SMITH, RUN_PAGE, GtkWidget)

GtkWidget *smith_run_page_new (SmithDocument *document);
