/* Changing the metadata's FlatBuffer by a new head in front of it. */
#ifndef LS_FORMATS_METADATA_EDIT_H
#define LS_FORMATS_METADATA_EDIT_H

#include "formats/metadata/table.h"
#include "model/model.h"

#define LS_METADATA_ENTRY "TFLITE_METADATA"

/* Bytes from the start of a payload of that size to where the old FlatBuffer will begin. */
size_t ls_metadata_distance (size_t payload);
/* Gives a field of the root table a new value: what a FlatBuffer holds at the end of an offset. No
 * bytes take it out. Everything else stays. */
LsStatus ls_metadata_replace (LsModel *model, uint32_t field, LsBytes payload, LsError *error);

#endif
