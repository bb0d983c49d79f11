/* Bytes as a JSON document: parsed and walked. */
#include "fuzz.h"

#include "litesmith.h"

static size_t
walk (const LsJson *value)
{
  size_t sum = ls_json_string (value) != NULL ? strlen (ls_json_string (value)) : 0;

  for (uint32_t i = 0; i < ls_json_count (value); i++)
    {
      const char *key = ls_json_key (value, i);

      sum += walk (ls_json_at (value, i)) + (key != NULL && ls_json_get (value, key) != NULL);
    }
  return sum;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  LsJsonDoc *doc;
  LsError error = { 0 };

  if (ls_json_parse ((const char *) data, size, &doc, &error) != LS_OK)
    {
      if (doc != NULL || error.message[0] == '\0' || error.offset < 0)
        fuzz_fail ("an error without a sentence");
      return 0;
    }
  walk (ls_json_root (doc));
  ls_json_free (doc);
  return 0;
}
