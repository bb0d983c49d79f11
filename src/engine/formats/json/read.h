/* From JSON to the model, in one pass over the text. */
#ifndef LS_FORMATS_JSON_READ_H
#define LS_FORMATS_JSON_READ_H

#include "formats/format.h"

LsStatus ls_json_read_model (LsBytes file, LsModel *model, LsError *error);

#endif
