#include "convert/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
ls_parts_add (LsParts *parts, uint64_t count, const char *one, const char *many)
{
  const size_t length = strlen (parts->text);

  if (count > 0)
    snprintf (parts->text + length, LS_PARTS_TEXT - length, "%s%" PRIu64 " %s",
              length > 0 ? ", " : "", count, ls_words (count, one, many));
}
