/* What smith-engine-convert.c and smith-engine-plan.c share. */
#pragma once

#include "smith-engine-convert.h"
#include "smith-engine.h"

LsTo smith_choice_to (const SmithChoice *choice);
LsImageOptions smith_choice_image (const SmithChoice *choice);
/* Borrows from @choice. */
LsConvertOptions smith_choice_options (const SmithChoice *choice);

SmithConversion *smith_conversion_new (const LsConvertReport *report, const LsModel *result);
