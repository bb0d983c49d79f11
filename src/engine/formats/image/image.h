/* Pictures as inputs: decoded to 8 bits, resized, normalised. */
#ifndef LS_FORMATS_IMAGE_IMAGE_H
#define LS_FORMATS_IMAGE_IMAGE_H

#include "litesmith.h"

/* True when the bytes begin as a PNG, JPEG, BMP or PPM/PGM does. */
bool ls_image_probe (const void *data, size_t size);
/* A picture as an array of the type and shape of @want: rank 4 (or 3, without batch) with 1 or 3
 * channels at the end, or in the second place when it stands so. */
LsStatus ls_image_load (const void *data, size_t size, const LsArray *want,
                        const LsImageOptions *options, LsArray *out, LsError *error);

#endif
