#pragma once

#include "smith-application.h"
#include "smith-document-view.h"

#define SMITH_TYPE_WINDOW (smith_window_get_type ())
G_DECLARE_FINAL_TYPE (SmithWindow, smith_window, SMITH, WINDOW, AdwApplicationWindow)

SmithWindow *smith_window_new (SmithApplication *application);
/* Opens a model in a tab of its own, or goes to the tab that has it. */
void smith_window_open (SmithWindow *self, GFile *file);
/* Opens what was open when the last window was closed. */
void smith_window_restore_session (SmithWindow *self);
/* Says below the header what went wrong: a sentence, and the engine's detail (nullable). What is
 * open stays. */
void smith_window_show_error (SmithWindow *self, const char *sentence, const char *detail);
/* A short message that goes away by itself. */
void smith_window_toast (SmithWindow *self, const char *text);
/* Shows a page by its name: "graph", "check", "convert", "run", "benchmark", "compare",
 * "devices". */
void smith_window_show_page (SmithWindow *self, const char *page);
/* The model of the chosen tab, or NULL. Borrowed. */
SmithDocumentView *smith_window_get_view (SmithWindow *self);
