/* What fuzz targets share: one entry point, for libFuzzer and for fuzz-main.c. */
#ifndef LS_TESTS_FUZZ_H
#define LS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A contradiction that no sanitizer sees. */
static inline void
fuzz_fail (const char *what)
{
  fprintf (stderr, "fuzz: %s\n", what);
  abort ();
}

static inline void
fuzz_expect_sentence (const LsError *error)
{
  if (error->status == LS_OK || error->message[0] == '\0')
    fuzz_fail ("an error without a sentence");
}

/* Reads some elements of all of an array. */
static inline double
fuzz_walk_array (const LsArray *array)
{
  const size_t count = ls_array_count (array);
  double sum = 0;

  if (array->data == NULL)
    return 0;
  if (array->type == LS_TYPE_STRING)
    return array->n_bytes > 0 ? ((const uint8_t *) array->data)[array->n_bytes - 1] : 0;
  for (size_t i = 0; i < count; i += 1 + count / 64)
    sum += ls_array_get (array, i);
  return sum;
}

/* Writes the bytes where readers that take a path find them. */
static inline void
fuzz_write_file (const char *path, const uint8_t *data, size_t size)
{
  FILE *file = fopen (path, "wb");

  if (file == NULL || fwrite (data, 1, size, file) != size || fclose (file) != 0)
    fuzz_fail ("the bytes cannot be written to a file");
}

#endif
