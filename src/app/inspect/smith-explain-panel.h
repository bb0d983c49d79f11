/* In the inspector of an operator: one element of its output, computed step by step. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_EXPLAIN_PANEL (smith_explain_panel_get_type ())
G_DECLARE_FINAL_TYPE (SmithExplainPanel, smith_explain_panel, SMITH, EXPLAIN_PANEL, GtkWidget)

/* Hides itself when the document has no operator selected that can be explained. */
void smith_explain_panel_update (SmithExplainPanel *self, SmithDocument *document);
/* Explains the worst element, and takes the focus to where it is said. */
void smith_explain_panel_start (SmithExplainPanel *self);
