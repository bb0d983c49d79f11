/* What smith-engine-convert.c and smith-engine-plan.c share. */
#pragma once

#include "smith-engine-convert.h"
#include "smith-engine.h"

/* Whether the model becomes that by ranges of its activations: not where it has integers. */
gboolean smith_model_needs_ranges (const LsModel *model, const char *type);
LsTo smith_choice_to (const SmithChoice *choice);
LsImageOptions smith_pictures_image (const SmithPictures *pictures);
LsImageOptions smith_choice_image (const SmithChoice *choice);
/* Borrows from @choice. */
LsConvertOptions smith_choice_options (const SmithChoice *choice);

SmithConversion *smith_conversion_new (const LsConvertReport *report, const LsModel *result);

/* What a conversion is made from. */
typedef struct
{
  LsSamples *samples;
  LsRanges *ranges;
  LsConvertOptions options; /* borrows from both, and from the choice */
} SmithMaterial;

/* To be cleared whatever it returns. */
LsStatus smith_material_gather (const LsModel *model, const SmithChoice *choice,
                                SmithMaterial *material, LsError *error);
void smith_material_clear (SmithMaterial *material);
