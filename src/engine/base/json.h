/*
 * JSON, one token at a time: strict RFC 8259 in bounded memory, with two allowances that TFLite's
 * own tools ask for: the numbers nan and inf, and strings whose \udc80 … \udcff stand for a byte
 * that is no UTF-8 (as Python's surrogateescape writes them).
 */
#ifndef LS_BASE_JSON_H
#define LS_BASE_JSON_H

#include "litesmith.h"

enum
{
  LS_JSON_MAX_DEPTH = 256
};

typedef enum
{
  LS_JSON_TOKEN_END, /* of the document */
  LS_JSON_TOKEN_OBJECT,
  LS_JSON_TOKEN_OBJECT_END,
  LS_JSON_TOKEN_ARRAY,
  LS_JSON_TOKEN_ARRAY_END,
  LS_JSON_TOKEN_KEY,
  LS_JSON_TOKEN_STRING,
  LS_JSON_TOKEN_NUMBER,
  LS_JSON_TOKEN_TRUE,
  LS_JSON_TOKEN_FALSE,
  LS_JSON_TOKEN_NULL
} LsJsonToken;

typedef struct
{
  const char *text; /* the whole document */
  size_t size, at;
  uint32_t depth;
  bool is_object[LS_JSON_MAX_DEPTH];
  int expects; /* private: what may come next */
  bool allows_nan;
  LsError *error;
  /* The token that was read last: its bytes in the document, without the quotes of a string. */
  const char *start;
  size_t length;
  bool has_escapes;
} LsJsonReader;

/* @text need not end in NUL. */
void ls_json_reader_init (LsJsonReader *reader, const char *text, size_t size, LsError *error);
/* The next token. LS_E_FORMAT with line and offset when the text is no JSON. */
LsStatus ls_json_next (LsJsonReader *reader, LsJsonToken *token);
/* How many values the array that was just begun can have at most, if it holds no other arrays. */
size_t ls_json_count_items (const LsJsonReader *reader);
/* Reads an array of bytes that was just begun, to its end. @out: ls_json_count_items() of room. */
LsStatus ls_json_bytes (LsJsonReader *reader, uint8_t *out, size_t *count);
/* Skips the value that @token, just read, begins. */
LsStatus ls_json_skip (LsJsonReader *reader, LsJsonToken token);
/* Fails with "line 3: …" at the token that was read last. */
LsStatus ls_json_fail (LsJsonReader *reader, const char *format, ...) LS_PRINTF (2, 3);
/* Whether the key or string without escapes equals @text. */
bool ls_json_is (const LsJsonReader *reader, const char *text);
/* Writes the bytes of the string, at most reader->length and a closing NUL; gives their number. */
size_t ls_json_unescape (const LsJsonReader *reader, char *out);
/* False when the number is no integer, or does not fit. */
bool ls_json_int (const LsJsonReader *reader, int64_t *out);
bool ls_json_uint (const LsJsonReader *reader, uint64_t *out);
double ls_json_double (const LsJsonReader *reader);

/* Writing: a string in its quotes. Bytes that are no UTF-8 become \udc80 … \udcff, which the reader
 * turns back. */
void ls_json_put_string (FILE *file, const char *text);
/* The shortest decimal that reads back as the same number, whatever the locale; what is not finite
 * is text: "nan", "inf", "-inf". */
void ls_json_put_number (FILE *file, double value);

#endif
