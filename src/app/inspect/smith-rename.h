/* The popover that gives a tensor another name. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_RENAME (smith_rename_get_type ())
G_DECLARE_FINAL_TYPE (SmithRename, smith_rename, SMITH, RENAME, GtkPopover)

/* The tensor that the document has selected is the one that is renamed. */
void smith_rename_set_document (SmithRename *self, SmithDocument *document);
