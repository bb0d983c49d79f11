/* Toasts that can be answered. */
#pragma once

#include <adwaita.h>

/* @what: "(sss)": the text, the action of its button "Undo", and that action's target, or "". */
AdwToast *smith_toast_new_undo (GVariant *what);
