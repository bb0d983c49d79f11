/* Finding things by name in lists that a file may make long. */
#ifndef LS_BASE_NAMES_H
#define LS_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct
{
  const char *text;
  size_t index;
} LsName;

/* Sorted; the texts are borrowed. */
typedef struct
{
  LsName *sorted;
  size_t count;
} LsNames;

/* Takes the names of @count records of @size bytes each, which have the pointer to it at @offset.
 * False: out of memory. */
bool ls_names_init (LsNames *names, const void *records, size_t count, size_t size, size_t offset);
void ls_names_clear (LsNames *names);
/* The first record of that name; -1: none. */
int64_t ls_names_find (const LsNames *names, const char *text);

#endif
