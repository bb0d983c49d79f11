/* What fuzz targets share: one entry point, for libFuzzer and for fuzz-main.c. */
#ifndef LS_TESTS_FUZZ_H
#define LS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A contradiction that no sanitizer sees. */
static inline void
fuzz_fail (const char *what)
{
  fprintf (stderr, "fuzz: %s\n", what);
  abort ();
}

#endif
