/* The contents of a constant: histogram, scales over channels, sparsity, values; saving them. */
#pragma once

#include "smith-model.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_TENSOR_PANEL (smith_tensor_panel_get_type ())
G_DECLARE_FINAL_TYPE (SmithTensorPanel, smith_tensor_panel, SMITH, TENSOR_PANEL, GtkWidget)

/* Hides itself when the tensor has no contents. */
void smith_tensor_panel_show (SmithTensorPanel *self, SmithModel *model, unsigned subgraph,
                              int tensor);
void smith_tensor_panel_clear (SmithTensorPanel *self);

/* The picture of sparsity: cells of 0 (nothing stored) to 255, row by row. */
GdkTexture *smith_cells_texture (const uint8_t *cells, int n_columns, int n_rows);
