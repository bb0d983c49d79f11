/*
 * Runs a fuzz target over files, one after the other: to replay what a fuzzer found, and as the
 * program that AFL++ starts with one file. Without files it reads standard input.
 */
#include "fuzz.h"

static int
run_stream (FILE *file)
{
  size_t size = 0, capacity = 1 << 16;
  uint8_t *bytes = malloc (capacity);

  while (bytes != NULL)
    {
      const size_t n = fread (bytes + size, 1, capacity - size, file);

      size += n;
      if (n == 0)
        break;
      if (size == capacity)
        {
          uint8_t *larger = realloc (bytes, capacity *= 2);

          if (larger == NULL)
            free (bytes);
          bytes = larger;
        }
    }
  if (bytes == NULL)
    return 1;
  LLVMFuzzerTestOneInput (bytes, size);
  free (bytes);
  return 0;
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      FILE *file = fopen (argv[i], "rb");

      if (file == NULL)
        {
          perror (argv[i]);
          return 1;
        }
      if (run_stream (file) != 0)
        return 1;
      fclose (file);
    }
  return argc < 2 ? run_stream (stdin) : 0;
}
