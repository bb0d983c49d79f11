/* What a person chooses of a conversion. Emits "changed", and "show-ranges" when they are asked
 * for. */
#pragma once

#include "smith-engine-convert.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_CONVERT_OPTIONS (smith_convert_options_get_type ())
G_DECLARE_FINAL_TYPE (SmithConvertOptions, smith_convert_options, SMITH, CONVERT_OPTIONS, GtkWidget)

void smith_convert_options_set_model (SmithConvertOptions *self, SmithModel *model);
/* Owned by the caller. */
SmithChoice *smith_convert_options_get (SmithConvertOptions *self);
/* Ranges that the next conversion is to use; NULL: those of the samples. A reference is taken; they
 * must not change any more. */
void smith_convert_options_set_ranges (SmithConvertOptions *self, SmithRanges *ranges);
/* Keeps an operator in float at the next conversion, which becomes one to integers; FALSE: it was
 * kept already. */
gboolean smith_convert_options_keep_float (SmithConvertOptions *self, const char *name);
/* Whether the conversion can begin; else why not, as a sentence or NULL when it is plain to see.
 * Static. */
gboolean smith_convert_options_are_complete (SmithConvertOptions *self, const char **why);
