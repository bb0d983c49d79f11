/* Choosing files, one way everywhere. */
#pragma once

#include <gtk/gtk.h>

typedef enum
{
  SMITH_CHOOSE_OPEN,
  SMITH_CHOOSE_SAVE,
  SMITH_CHOOSE_FOLDER
} SmithChoose;

/* Called with the chosen file, or never when the person cancels. */
typedef void (*SmithChosen) (GFile *file, gpointer data);

/*
 * @patterns: "*.npy;*.png" with a name for them, or NULL for all files
 * @suggested: name to save under, or NULL
 * @owner: the call is dropped when it is gone; handed to @chosen
 */
void smith_choose_file (GtkWidget *owner, SmithChoose what, const char *title,
                        const char *filter_name, const char *patterns, const char *suggested,
                        SmithChosen chosen);

/* "model.tflite" with "-int8" → "model-int8.tflite"; @ending replaces the old one unless NULL.
 * Owned by the caller. */
char *smith_derived_name (const char *name, const char *suffix, const char *ending);
