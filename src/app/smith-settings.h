/* Where things are, installed or in the build folder, and what is remembered between two starts. */
#pragma once

#include <gio/gio.h>

/* NULL when the schema is nowhere to be found: everything then has its default. Borrowed. */
GSettings *smith_settings_get (void);

/* As g_settings_get_boolean() and so on, with a default for when there are no settings. */
gboolean smith_settings_get_boolean (const char *key, gboolean otherwise);
int smith_settings_get_int (const char *key, int otherwise);
void smith_settings_set_boolean (const char *key, gboolean value);
void smith_settings_set_int (const char *key, int value);

/* Folder of the translations. Borrowed. */
const char *smith_locale_dir (void);
/* The layout helper. Borrowed. */
const char *smith_layout_helper (void);
/* Folder of the samples, or NULL when they are not there. Borrowed. */
const char *smith_samples_dir (void);
