/*
 * The list "Layers": every operator of the graph, or what the search found. The graph's twin for
 * keyboard and screen readers: what is selected in one is selected in the other.
 */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_OUTLINE (smith_outline_get_type ())
G_DECLARE_FINAL_TYPE (SmithOutline, smith_outline, SMITH, OUTLINE, GtkWidget)

void smith_outline_set_document (SmithOutline *self, SmithDocument *document);
void smith_outline_start_search (SmithOutline *self);
/* The next hit, or with -1 the one before. */
void smith_outline_step (SmithOutline *self, int step);
