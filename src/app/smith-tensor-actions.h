/* What to do next about a tensor that comes out wrong as integers: a button each. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_TENSOR_ACTIONS (smith_tensor_actions_get_type ())
G_DECLARE_FINAL_TYPE (SmithTensorActions, smith_tensor_actions, SMITH, TENSOR_ACTIONS, GtkWidget)

/* @tensor: of that subgraph; -1 hides the buttons. */
void smith_tensor_actions_set (SmithTensorActions *self, SmithDocument *document, unsigned subgraph,
                               int tensor);
/* In the Inspector: what it does itself has no button, and nothing is left for integers. */
void smith_tensor_actions_set_inspected (SmithTensorActions *self, SmithDocument *document);
