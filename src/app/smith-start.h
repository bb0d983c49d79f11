/* Where to begin: recent files and samples. Rows carry their GFile as the data "file". */
#pragma once

#include <adwaita.h>

void smith_recent_add (GFile *file);
void smith_recent_fill (GtkListBox *list);
/* @activated: void (*) (AdwActionRow *row, gpointer data) */
/* Says on the page that is shown while no model is open what @page is for. */
void smith_start_describe (AdwStatusPage *empty, const char *page);
void smith_samples_fill (AdwPreferencesGroup *group, GCallback activated, gpointer data);
