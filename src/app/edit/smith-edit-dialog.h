/* Everything that can be edited in an open model, each change a step that can be undone. */
#pragma once

#include "smith-document.h"

#include <adwaita.h>

#define SMITH_TYPE_EDIT_DIALOG (smith_edit_dialog_get_type ())
G_DECLARE_FINAL_TYPE (SmithEditDialog, smith_edit_dialog, SMITH, EDIT_DIALOG, AdwWindow)

void smith_edit_dialog_show (GtkWindow *parent, SmithDocument *document);
