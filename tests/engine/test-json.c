/* JSON documents: what the grammar allows is read, all else is refused with a place. */
#include "base/json.h"
#include "test.h"

static LsJsonDoc *
parse (const char *text)
{
  LsJsonDoc *doc;
  LsError error = { 0 };
  const LsStatus status = ls_json_parse (text, strlen (text), &doc, &error);

  CHECK ((status == LS_OK) == (doc != NULL));
  CHECK (status == LS_OK || (error.message[0] != '\0' && error.offset >= 0));
  return doc;
}

static void
values_are_found_by_key_and_index (void)
{
  LsJsonDoc *doc
    = parse ("{\"files\": [\"a.npy\", \"b\\u00e9\\n\"], \"n\": -1.5e2, \"t\": true, \"o\": {}}");
  const LsJson *root = ls_json_root (doc), *files = ls_json_get (root, "files");

  CHECK (ls_json_kind (root) == LS_JSON_OBJECT && ls_json_count (root) == 4);
  CHECK (ls_json_count (files) == 2 && ls_json_at (files, 2) == NULL);
  CHECK_STR (ls_json_string (ls_json_at (files, 0)), "a.npy");
  CHECK_STR (ls_json_string (ls_json_at (files, 1)), "b\xc3\xa9\n");
  CHECK (ls_json_number (ls_json_get (root, "n"), 0) == -150);
  CHECK_STR (ls_json_key (root, 2), "t");
  CHECK (ls_json_kind (ls_json_get (root, "t")) == LS_JSON_TRUE);
  CHECK (ls_json_get (root, "absent") == NULL && ls_json_number (NULL, 7) == 7);
  CHECK (ls_json_count (ls_json_get (root, "o")) == 0 && ls_json_string (root) == NULL);
  ls_json_free (doc);
}

static void
surrogates_and_stray_bytes_are_decoded (void)
{
  LsJsonDoc *doc = parse ("[\"\\ud83d\\ude00\", \"\\udcff\", \"\\ud800x\"]");

  CHECK_STR (ls_json_string (ls_json_at (ls_json_root (doc), 0)), "\xf0\x9f\x98\x80");
  CHECK_STR (ls_json_string (ls_json_at (ls_json_root (doc), 1)), "\xff");
  CHECK_STR (ls_json_string (ls_json_at (ls_json_root (doc), 2)), "\xef\xbf\xbdx");
  ls_json_free (doc);
}

static void
what_is_no_json_is_refused (void)
{
  static const char *const texts[] = {
    "",      "{",           "[1,]",     "{\"a\" 1}", "{\"a\":1,}", "{a:1}",
    "[1 2]", "01",          "1.",       ".5",        "+1",         "1e",
    "nan",   "tru",         "\"a",      "\"\\x\"",   "\"\t\"",     "\"\xff\"",
    "[1] x", "\"\\u12g4\"", "]",        "{]",        "[}",         "\"\xed\xa0\x80\"",
    "-",     "[,1]",        "{\"a\":}",
  };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    CHECK (parse (texts[i]) == NULL);
  /* An empty file is no memory at all. */
  {
    LsJsonDoc *doc;
    LsError error = { 0 };

    CHECK (ls_json_parse (NULL, 0, &doc, &error) != LS_OK && error.message[0] != '\0');
  }
}

static void
depth_is_bounded (void)
{
  char text[2 * LS_JSON_MAX_DEPTH + 3];

  memset (text, '[', LS_JSON_MAX_DEPTH);
  memset (text + LS_JSON_MAX_DEPTH, ']', LS_JSON_MAX_DEPTH);
  text[2 * LS_JSON_MAX_DEPTH] = '\0';

  LsJsonDoc *doc = parse (text);

  CHECK (doc != NULL);
  ls_json_free (doc);
  memset (text, '[', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  CHECK (parse (text) == NULL);
}

static void
integers_are_exact (void)
{
  static const char text[]
    = "[9223372036854775807, -9223372036854775808, 18446744073709551615, 1.0]";
  LsJsonReader reader;
  LsJsonToken token;
  int64_t i = 0;
  uint64_t u = 0;

  ls_json_reader_init (&reader, text, strlen (text), NULL);
  CHECK (ls_json_next (&reader, &token) == LS_OK && token == LS_JSON_TOKEN_ARRAY);
  CHECK (ls_json_next (&reader, &token) == LS_OK && ls_json_int (&reader, &i) && i == INT64_MAX);
  CHECK (ls_json_next (&reader, &token) == LS_OK && ls_json_int (&reader, &i) && i == INT64_MIN);
  CHECK (ls_json_next (&reader, &token) == LS_OK && !ls_json_int (&reader, &i));
  CHECK (ls_json_uint (&reader, &u) && u == UINT64_MAX);
  CHECK (ls_json_next (&reader, &token) == LS_OK && !ls_json_int (&reader, &i));
  CHECK (ls_json_double (&reader) == 1.0);
}

int
main (void)
{
  RUN (values_are_found_by_key_and_index);
  RUN (surrogates_and_stray_bytes_are_decoded);
  RUN (what_is_no_json_is_refused);
  RUN (depth_is_bounded);
  RUN (integers_are_exact);
  return done ();
}
