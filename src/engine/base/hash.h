/* FNV-1a, for tables of things that are also compared in full. */
#ifndef LS_BASE_HASH_H
#define LS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LS_HASH_INIT UINT64_C (0xcbf29ce484222325)

/* Goes on from @hash. */
static inline uint64_t
ls_hash (uint64_t hash, const void *data, size_t size)
{
  const uint8_t *bytes = data;

  for (size_t i = 0; i < size; i++)
    hash = (hash ^ bytes[i]) * UINT64_C (0x100000001b3);
  return hash;
}

/* With the 0 at its end, so that two texts in a row are not one. */
static inline uint64_t
ls_hash_text (uint64_t hash, const char *text)
{
  return ls_hash (hash, text, strlen (text) + 1);
}

#endif
