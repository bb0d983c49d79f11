/* Help in the window: a few sentences for each page. */
#pragma once

#include <gtk/gtk.h>

void smith_help_show (GtkWindow *parent, const char *page);
/* The text of a page, translated; for tests, which want one for each page. */
const char *smith_help_text (const char *page);
