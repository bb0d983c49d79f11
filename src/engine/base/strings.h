/*
 * Packed string tensors: int32 count, count + 1 int32 offsets from the start of the buffer, then
 * the bytes. The form is TFLite's (tflite/string_util.h).
 */
#ifndef LS_BASE_STRINGS_H
#define LS_BASE_STRINGS_H

#include "litesmith.h"

/* A packed buffer that was checked: every string lies inside it. */
typedef struct
{
  const uint8_t *data;
  size_t count;
} LsStrings;

/* False when the buffer is not what it says. An empty buffer holds no strings. Linear time. */
bool ls_strings_open (const void *data, size_t n_bytes, LsStrings *out);
/* The bytes of a string, borrowed from the buffer; empty when there is no such string. */
LsBytes ls_strings_get (const LsStrings *strings, size_t index);
bool ls_strings_equal (LsBytes a, LsBytes b);

/* Collects strings; zero it before the first one. Running out of memory, of @max_bytes or of the
 * form's 2 GiB sticks, and shows at the end. */
typedef struct
{
  uint8_t *bytes;
  size_t n_bytes, cap_bytes;
  size_t *ends;
  size_t count, cap_count;
  size_t max_bytes; /* that it may come to, ends and all; 0: what the form can hold */
  bool has_failed;
} LsStringsBuilder;

void ls_strings_add (LsStringsBuilder *builder, LsBytes text);
/* The packed buffer, from malloc, and its size; NULL when it could not be made. Clears the builder
 * in every case. */
void *ls_strings_finish (LsStringsBuilder *builder, size_t *n_bytes);
void ls_strings_builder_clear (LsStringsBuilder *builder);

#endif
