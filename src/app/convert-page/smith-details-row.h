/* What few people change of a conversion. Emits "changed". */
#pragma once

#include "smith-engine-convert.h"

#include <adwaita.h>

#define SMITH_TYPE_DETAILS_ROW (smith_details_row_get_type ())
G_DECLARE_FINAL_TYPE (SmithDetailsRow, smith_details_row, SMITH, DETAILS_ROW, AdwExpanderRow)

/* Shows what belongs to the type. */
void smith_details_row_set_type (SmithDetailsRow *self, const char *type);
/* Puts down what a person chose. */
void smith_details_row_fill (SmithDetailsRow *self, SmithChoice *choice);
