/*
 * Finds operators and tensors by what is typed: words in kinds and names, `kind:`, `type:`,
 * `name:`, and expressions over figures and attributes ("sparsity>0.5", "stride_w=2", "macs>=1e6").
 * All terms must hold.
 */
#pragma once

#include "smith-net.h"

typedef struct
{
  gboolean is_tensor;
  int index;
} SmithHit;

/* Value of an operator's or a tensor's figure by name; FALSE: it has none. */
typedef gboolean (*SmithFigure) (gpointer data, gboolean is_tensor, int index, const char *name,
                                 double *value);

/* Best first: kinds that are the word, kinds that hold it, names, tensors. Array of SmithHit, owned
 * by the caller. An empty query gives all operators. */
GArray *smith_search (const SmithNet *net, const char *query, SmithFigure figure, gpointer data);
