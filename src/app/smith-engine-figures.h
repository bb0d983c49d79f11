#pragma once

#include "smith-model.h"

/* A number by its name: an operator's attribute under its schema name, "macs", "inputs"; a tensor's
 * "scale" (the smallest), "zero_point", "sparsity", "bytes", "elements", "rank". FALSE: it has
 * none. */
gboolean smith_engine_figure (SmithModel *model, unsigned subgraph, gboolean is_tensor, int index,
                              const char *name, double *value);
