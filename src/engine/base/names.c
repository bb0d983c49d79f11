#include "base/names.h"

#include <stdlib.h>
#include <string.h>

static int
compare (const void *a, const void *b)
{
  const LsName *x = a, *y = b;
  const int order = strcmp (x->text, y->text);

  return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

bool
ls_names_init (LsNames *names, const void *records, size_t count, size_t size, size_t offset)
{
  *names = (LsNames){ calloc (count + 1, sizeof *names->sorted), count };
  if (names->sorted == NULL)
    return false;
  for (size_t i = 0; i < count; i++)
    {
      memcpy (&names->sorted[i].text, (const char *) records + i * size + offset,
              sizeof names->sorted[i].text);
      names->sorted[i].index = i;
    }
  qsort (names->sorted, count, sizeof *names->sorted, compare);
  return true;
}

void
ls_names_clear (LsNames *names)
{
  free (names->sorted);
  *names = (LsNames){ NULL, 0 };
}

int64_t
ls_names_find (const LsNames *names, const char *text)
{
  size_t low = 0, high = names->count;

  while (low < high)
    {
      const size_t middle = low + (high - low) / 2;

      if (strcmp (names->sorted[middle].text, text) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == names->count || strcmp (names->sorted[low].text, text) != 0)
    return -1;
  return (int64_t) names->sorted[low].index;
}
