/* The region "Inspector": what there is to know of the selection, or of the whole model. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_INSPECTOR (smith_inspector_get_type ())
G_DECLARE_FINAL_TYPE (SmithInspector, smith_inspector, SMITH, INSPECTOR, GtkWidget)

/* Asks for another name of the tensor that is selected. */
void smith_inspector_rename (SmithInspector *self);
void smith_inspector_set_document (SmithInspector *self, SmithDocument *document);
/* Explains the worst element of the operator that is selected, once it is shown. */
void smith_inspector_explain (SmithInspector *self);
