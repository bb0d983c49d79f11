/* Where to begin: recent files and samples. Rows carry their GFile as the data "file". */
#pragma once

#include <adwaita.h>

void smith_recent_add (GFile *file);
void smith_recent_fill (GtkListBox *list);
/* @activated: void (*) (AdwActionRow *row, gpointer data) */
void smith_samples_fill (AdwPreferencesGroup *group, GCallback activated, gpointer data);
