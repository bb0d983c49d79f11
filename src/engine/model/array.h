/* Elements of dense arrays, whatever their type. */
#ifndef LS_MODEL_ARRAY_H
#define LS_MODEL_ARRAY_H

#include "litesmith.h"

/* Makes room: type, rank and dims are taken, `data` is zeroed memory of the right size. Types
 * without a fixed width are refused. */
LsStatus ls_array_init (LsArray *array, LsType type, int rank, const int32_t *dims, LsError *error);
/* An integer or bool element; false when the type is another or the value is above INT64_MAX. */
bool ls_array_get_int (const LsArray *array, size_t index, int64_t *out);
/* Both write; false when the value does not fit the type. A float type rounds, but a finite value
 * must stay finite. */
bool ls_array_put_int (LsArray *array, size_t index, int64_t value);
bool ls_array_put_real (LsArray *array, size_t index, double value);

/* IEEE-like bytes of OCP 8-bit floats. E4M3FN has no infinities, and NaN at 0x7f. */
float ls_float8_e4m3fn_to_float (uint8_t value);
float ls_float8_e5m2_to_float (uint8_t value);

#endif
