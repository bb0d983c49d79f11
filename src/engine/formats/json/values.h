/* Single values and lists of numbers, read from JSON. */
#ifndef LS_FORMATS_JSON_VALUES_H
#define LS_FORMATS_JSON_VALUES_H

#include "base/json.h"
#include "model/model.h"

typedef struct
{
  LsJsonReader reader;
  LsModel *model;
} LsJsonIn;

/* Each takes the token that begins the value, and fails when it is of another type. */
LsStatus ls_json_want (LsJsonIn *in, LsJsonToken token, LsJsonToken wanted, const char *what);
LsStatus ls_json_read_int (LsJsonIn *in, LsJsonToken token, int64_t low, int64_t high,
                           int64_t *out);
LsStatus ls_json_read_uint64 (LsJsonIn *in, LsJsonToken token, uint64_t *out);
LsStatus ls_json_read_bool (LsJsonIn *in, LsJsonToken token, bool *out);
LsStatus ls_json_read_double (LsJsonIn *in, LsJsonToken token, double *out);
/* Texts and lists lie in the model's store. */
LsStatus ls_json_read_text (LsJsonIn *in, LsJsonToken token, const char **out);
LsStatus ls_json_read_bytes (LsJsonIn *in, LsJsonToken token, LsBytes *out);

/* Reads one item of a list to @place. */
typedef LsStatus (*LsJsonItem) (LsJsonIn *in, LsJsonToken token, void *place, const void *data);
/* Reads a list whose items are @size bytes each. @data: passed on to @item. */
LsStatus ls_json_read_list (LsJsonIn *in, LsJsonToken token, size_t size, LsJsonItem item,
                            const void *data, const void **out, uint32_t *count);
LsStatus ls_json_int32_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data);
LsStatus ls_json_int64_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data);
LsStatus ls_json_float_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data);
LsStatus ls_json_bool_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data);

#endif
