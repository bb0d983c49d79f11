/* A document in its tab: the pages, made when they are first shown, and the inspector beside them.
 */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_DOCUMENT_VIEW (smith_document_view_get_type ())
G_DECLARE_FINAL_TYPE (SmithDocumentView, smith_document_view, SMITH, DOCUMENT_VIEW, GtkWidget)

SmithDocumentView *smith_document_view_new (SmithModel *model);
SmithDocument *smith_document_view_get_document (SmithDocumentView *self);
void smith_document_view_show_page (SmithDocumentView *self, const char *page);
/* Times the model on a board, by its place among smith_devices(), on the page "benchmark". */
void smith_document_view_bench_on (SmithDocumentView *self, unsigned device);
/* Asks where to save. @closes: once saved, "win.close-saved" is activated. */
void smith_document_view_save (SmithDocumentView *self, gboolean closes);
/* The actions "doc.…" for the window to offer while this tab is chosen. Borrowed. */
GActionGroup *smith_document_view_get_actions (SmithDocumentView *self);
