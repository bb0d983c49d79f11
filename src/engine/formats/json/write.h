/* From the model to JSON, in one pass. */
#ifndef LS_FORMATS_JSON_WRITE_H
#define LS_FORMATS_JSON_WRITE_H

#include "formats/format.h"

LsStatus ls_json_write_model (const LsModel *model, LsWriter *writer, LsError *error);

#endif
