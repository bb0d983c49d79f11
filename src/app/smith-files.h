/* Choosing files, one way everywhere. */
#pragma once

#include <gtk/gtk.h>

/* What a dialog offers beside all files. */
typedef enum
{
  SMITH_FILES_ALL,
  SMITH_FILES_MODELS,       /* that can be opened */
  SMITH_FILES_SAVED_MODELS, /* that can be written */
  SMITH_FILES_TFLITE,
  SMITH_FILES_ARRAYS,
  SMITH_FILES_INPUTS, /* arrays and pictures */
  SMITH_FILES_PICTURES,
  SMITH_FILES_RESULTS,
  SMITH_FILES_EXPLANATIONS, /* text, JSON, C */
  SMITH_FILES_REPORTS,
  SMITH_FILES_SAMPLES,
  SMITH_FILES_RANGES,
  SMITH_N_FILES
} SmithFiles;

/* Called with the chosen file, or never when the person cancels. */
typedef void (*SmithChosen) (GFile *file, gpointer data);

/* A dialog for each purpose. @owner: handed to @chosen; the call is dropped when it is gone. */
void smith_choose_file (gpointer owner, const char *title, SmithFiles kind, SmithChosen chosen);
/* Calls @chosen for each file. */
void smith_choose_files (gpointer owner, const char *title, SmithFiles kind, SmithChosen chosen);
void smith_choose_folder (gpointer owner, const char *title, SmithChosen chosen);
/* @suggested: name to save under. */
void smith_choose_target (gpointer owner, const char *title, SmithFiles kind, const char *suggested,
                          SmithChosen chosen);

/* "model.tflite" with "-int8" → "model-int8.tflite"; @ending replaces the old one unless NULL.
 * Owned by the caller. */
char *smith_derived_name (const char *name, const char *suffix, const char *ending);

/* Why a file could not be opened, as a sentence of its own: the engine's goes on after the file's
 * name. Owned by the caller. */
char *smith_files_cause (const GError *error);
