/* What makes the numbers of integers better, and what stays in float. Emits "changed". */
#pragma once

#include "smith-engine-convert.h"

#include <adwaita.h>

#define SMITH_TYPE_QUALITY_ROW (smith_quality_row_get_type ())
G_DECLARE_FINAL_TYPE (SmithQualityRow, smith_quality_row, SMITH, QUALITY_ROW, AdwExpanderRow)

/* Shows what belongs to the type. */
void smith_quality_row_set_type (SmithQualityRow *self, const char *type);
/* Puts down what a person chose. */
void smith_quality_row_fill (SmithQualityRow *self, SmithChoice *choice);
/* Keeps an operator in float, by its name; FALSE: it was kept already. */
gboolean smith_quality_row_keep (SmithQualityRow *self, const char *name);
