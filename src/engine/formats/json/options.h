/* Operator options from JSON, by the schema's tables. */
#ifndef LS_FORMATS_JSON_OPTIONS_H
#define LS_FORMATS_JSON_OPTIONS_H

#include "formats/json/values.h"
#include "formats/schema.h"

/* Reads the object that was just begun; all fields of the table are listed in @op. */
LsStatus ls_json_read_options (LsJsonIn *in, const LsOptionTable *table, LsOperator *op);

#endif
