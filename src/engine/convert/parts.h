/* Counts in sentences. */
#ifndef LS_CONVERT_PARTS_H
#define LS_CONVERT_PARTS_H

#include <stdint.h>

enum
{
  LS_PARTS_TEXT = 400 /* bytes: six parts */
};

/* The words that go with a count. */
static inline const char *
ls_words (uint64_t count, const char *one, const char *many)
{
  return count == 1 ? one : many;
}

/* "2 tensors, 1 buffer": what there is none of is left out. Begins as { "" }. */
typedef struct
{
  char text[LS_PARTS_TEXT];
} LsParts;

void ls_parts_add (LsParts *parts, uint64_t count, const char *one, const char *many);

#endif
