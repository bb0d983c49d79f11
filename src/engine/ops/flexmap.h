/*
 * Reads FlexBuffers, the schemaless form in which custom operators keep their options.
 *
 * Every access is checked against the buffer: what does not fit, or is not of the wanted kind, is a
 * null value, and gives what the caller says otherwise. The form: flatbuffers' flexbuffers.h.
 */
#ifndef LS_OPS_FLEXMAP_H
#define LS_OPS_FLEXMAP_H

#include "litesmith.h"

/* One value inside a buffer; plain, nothing to free. */
typedef struct
{
  LsBytes buffer;
  size_t at;      /* where the value, or the offset to it, stands */
  unsigned width; /* bytes of the number at `at`; 0: no value */
  unsigned child; /* bytes of one number in what it points at */
  unsigned type;
} LsFlex;

LsFlex ls_flex_root (LsBytes buffer);
bool ls_flex_is_null (LsFlex value);
/* Member of a map; null when there is none. */
LsFlex ls_flex_get (LsFlex map, const char *key);
/* Elements of a vector (typed or not), members of a map; else 0. */
size_t ls_flex_count (LsFlex value);
LsFlex ls_flex_at (LsFlex vector, size_t index);
/* Numbers convert into one another; a bool is 0 or 1. */
int64_t ls_flex_int (LsFlex value, int64_t otherwise);
double ls_flex_float (LsFlex value, double otherwise);
bool ls_flex_bool (LsFlex value, bool otherwise);
/* The bytes of a string, key or blob (without the final 0 of the first two); else none. */
LsBytes ls_flex_bytes (LsFlex value);

/* Straight from the options of an operator, whose root is a map. */
int64_t ls_flexmap_int (LsBytes options, const char *key, int64_t otherwise);
double ls_flexmap_float (LsBytes options, const char *key, double otherwise);
bool ls_flexmap_bool (LsBytes options, const char *key, bool otherwise);
LsBytes ls_flexmap_bytes (LsBytes options, const char *key);

#endif
