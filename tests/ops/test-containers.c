/* Packed strings and flexbuffer maps: what was put in comes out, and broken bytes never hurt. */
#include "ops/flexmap.h"
#include "base/strings.h"
#include "test.h"

static LsBytes
text (const char *chars)
{
  return (LsBytes){ (const uint8_t *) chars, strlen (chars) };
}

static void
strings_come_back (void)
{
  static const char *const words[] = { "one", "", "three", "äöü" };
  LsStringsBuilder builder = { 0 };
  LsStrings strings;
  size_t n_bytes;

  for (size_t i = 0; i < 4; i++)
    ls_strings_add (&builder, text (words[i]));

  void *data = ls_strings_finish (&builder, &n_bytes);

  CHECK (data != NULL && n_bytes == 4 * 6 + 3 + 0 + 5 + 6);
  CHECK (ls_strings_open (data, n_bytes, &strings) && strings.count == 4);
  for (size_t i = 0; i < 4; i++)
    CHECK (ls_strings_equal (ls_strings_get (&strings, i), text (words[i])));
  CHECK (ls_strings_get (&strings, 4).size == 0);
  free (data);
}

static void
no_strings_are_no_error (void)
{
  LsStringsBuilder builder = { 0 };
  LsStrings strings;
  size_t n_bytes;
  void *data = ls_strings_finish (&builder, &n_bytes);

  CHECK (n_bytes == 8 && ls_strings_open (data, n_bytes, &strings) && strings.count == 0);
  CHECK (ls_strings_open (NULL, 0, &strings) && strings.count == 0);
  CHECK (ls_strings_open (data, 4, &strings) && strings.count == 0);
  free (data);
}

static void
broken_strings_are_refused (void)
{
  static const uint32_t outside[] = { 1, 12, 17, 0 }, backwards[] = { 2, 16, 20, 18, 0 },
                        inside_table[] = { 1, 4, 16, 0 }, too_many[] = { 0x7fffffff, 12, 16, 0 };
  LsStrings strings;

  CHECK (!ls_strings_open (outside, sizeof outside, &strings));
  CHECK (!ls_strings_open (backwards, sizeof backwards, &strings));
  CHECK (!ls_strings_open (inside_table, sizeof inside_table, &strings));
  CHECK (!ls_strings_open (too_many, sizeof too_many, &strings) && strings.count == 0);
  CHECK (!ls_strings_open (too_many, 3, &strings));
}

/* { n: -300, u: 7, f: 0.5, yes: true, name: "graph", list: [10, 20, -3], mixed: [1, 2.5, "x"],
 *   fixed: [1.5, 2.5], far: 123456789 }, written by flatbuffers' own builder. */
static const uint8_t map[]
  = { 110, 0,   117, 0,   102, 0,   121, 101, 115, 0,   110, 97, 109, 101, 0,   5,   103, 114,
      97,  112, 104, 0,   108, 105, 115, 116, 0,   3,   10,  20, 253, 109, 105, 120, 101, 100,
      0,   1,   120, 0,   3,   0,   0,   0,   1,   0,   0,   0,  0,   0,   32,  64,  14,  0,
      0,   0,   6,   14,  20,  102, 105, 120, 101, 100, 0,   0,  0,   0,   0,   0,   192, 63,
      0,   0,   32,  64,  102, 97,  114, 0,   21,  205, 91,  7,  9,   81,  10,  28,  66,  58,
      90,  81,  90,  87,  0,   0,   11,  0,   0,   0,   1,   0,  0,   0,   9,   0,   0,   0,
      0,   0,   0,   63,  32,  0,   0,   0,   48,  0,   0,   0,  92,  0,   0,   0,   80,  0,
      0,   0,   212, 254, 255, 255, 116, 0,   0,   0,   7,   0,  0,   0,   1,   0,   0,   0,
      14,  26,  74,  44,  42,  6,   20,  10,  106, 45,  38,  1 };

static void
map_gives_its_members (void)
{
  const LsBytes options = { map, sizeof map };
  LsFlex root = ls_flex_root (options);
  LsFlex list = ls_flex_get (root, "list"), mixed = ls_flex_get (root, "mixed"),
         fixed = ls_flex_get (root, "fixed");

  CHECK (ls_flex_count (root) == 9);
  CHECK (ls_flexmap_int (options, "n", 1) == -300);
  CHECK (ls_flexmap_float (options, "n", 1) == -300.0);
  CHECK (ls_flexmap_int (options, "u", 1) == 7);
  CHECK (ls_flexmap_float (options, "f", 1) == 0.5);
  CHECK (ls_flexmap_bool (options, "yes", false));
  CHECK (ls_strings_equal (ls_flexmap_bytes (options, "name"), text ("graph")));
  CHECK (ls_flex_count (list) == 3 && ls_flex_int (ls_flex_at (list, 2), 0) == -3);
  CHECK (ls_flex_is_null (ls_flex_at (list, 3)));
  CHECK (ls_flex_count (mixed) == 3 && ls_flex_float (ls_flex_at (mixed, 1), 0) == 2.5);
  CHECK (ls_strings_equal (ls_flex_bytes (ls_flex_at (mixed, 2)), text ("x")));
  CHECK (ls_flex_count (fixed) == 2 && ls_flex_float (ls_flex_at (fixed, 1), 0) == 2.5);
  CHECK (ls_flexmap_int (options, "far", 0) == 123456789);
  CHECK (ls_flexmap_int (options, "absent", 42) == 42);
  CHECK (ls_flexmap_int (options, "name", 42) == 42);
  CHECK (ls_flexmap_bytes (options, "n").size == 0);
}

static void
visit (LsFlex value, int depth)
{
  (void) ls_flex_int (value, 0);
  (void) ls_flex_float (value, 0);

  LsBytes bytes = ls_flex_bytes (value);
  unsigned sum = 0;

  for (size_t i = 0; i < bytes.size; i++)
    sum += bytes.data[i];
  (void) sum;
  (void) ls_flex_get (value, "far");

  size_t count = ls_flex_count (value);

  for (size_t i = 0; depth < 3 && i < count && i < 8; i++)
    visit (ls_flex_at (value, i), depth + 1);
}

/* Every truncation and every single changed byte: nothing is read outside (the sanitizers look). */
static void
broken_maps_are_harmless (void)
{
  for (size_t n = 0; n <= sizeof map; n++)
    {
      uint8_t *copy = malloc (n + 1);

      memcpy (copy, map, n);
      visit (ls_flex_root ((LsBytes){ copy, n }), 0);
      free (copy);
    }
  for (size_t at = 0; at < sizeof map; at++)
    for (unsigned value = 0; value < 256; value += 15)
      {
        uint8_t *copy = malloc (sizeof map);

        memcpy (copy, map, sizeof map);
        copy[at] = (uint8_t) value;
        visit (ls_flex_root ((LsBytes){ copy, sizeof map }), 0);
        free (copy);
      }
  CHECK (ls_flex_is_null (ls_flex_root ((LsBytes){ NULL, 0 })));
}

int
main (void)
{
  RUN (strings_come_back);
  RUN (no_strings_are_no_error);
  RUN (broken_strings_are_refused);
  RUN (map_gives_its_members);
  RUN (broken_maps_are_harmless);
  return done ();
}
