/* What every sub-command shares: its description, its arguments, messages, JSON and tables. */
#ifndef LITESMITH_CLI_H
#define LITESMITH_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "litesmith.h"

enum
{
  CLI_DONE = 0,
  CLI_FAILED = 1, /* bad model, unsupported operator, difference over the tolerance */
  CLI_USAGE = 2   /* the command line itself is wrong; never for what a file holds */
};

/* ---- Commands ------------------------------------------------------------------------------- */

/* Help, manual page and completion are all made from these two. */
typedef struct
{
  const char *name;  /* without the dashes */
  char letter;       /* short form, or '\0' */
  const char *value; /* "FILE", "DIR", …; NULL: a switch */
  const char *help;  /* one or two sentences */
  const char *words; /* values to offer, separated by spaces; NULL: any */
} CliOption;

typedef struct CliArgs CliArgs;

typedef struct
{
  const char *name, *arguments, *summary;
  int min_args, max_args;
  const CliOption *options; /* ends with an entry without name */
  const char *text;         /* more for the help and the manual: paragraphs ending in a newline */
  const char *examples;     /* "litesmith …" a line */
  int (*run) (const CliArgs *args);
} CliCommand;

extern const CliCommand *const cli_commands[]; /* ends with NULL */

#define CLI_JSON_OPTION                                                                            \
  {                                                                                                \
    "json", '\0', NULL, "Print one JSON object instead of text.", NULL                             \
  }
/* Of commands that run models; main() reads it. */
#define CLI_MEMORY_OPTION                                                                          \
  {                                                                                                \
    "max-memory", '\0', "MIB",                                                                     \
      "What the values of a run may take (default 1024 and 16 times the model's file).", NULL      \
  }
#define CLI_OPTIONS_END                                                                            \
  {                                                                                                \
    NULL, '\0', NULL, NULL, NULL                                                                   \
  }

typedef struct
{
  const CliOption *option;
  const char *value;
} CliGiven;

struct CliArgs
{
  const CliCommand *command;
  int n_positional, n_given;
  char **positional;
  CliGiven *given;
};

/* CLI_DONE, or the exit status after a message (or after the help: *is_help). */
int cli_args_parse (CliArgs *args, const CliCommand *command, int argc, char **argv, bool *is_help);
void cli_args_clear (CliArgs *args);
/* What was asked for as a line to type again; from malloc (never NULL). */
char *cli_command_line (const CliArgs *args);
bool cli_has (const CliArgs *args, const char *option);
/* The last value given, else @otherwise. */
const char *cli_value (const CliArgs *args, const char *option, const char *otherwise);
/* Every value in turn: start with *cursor 0; NULL at the end. */
const char *cli_next (const CliArgs *args, const char *option, int *cursor);
/* Numbers: *out stays when the option is not given. False after a message when it is no number in
 * the range. */
bool cli_uint (const CliArgs *args, const char *option, uint64_t low, uint64_t high, uint64_t *out);
bool cli_real (const CliArgs *args, const char *option, double low, double high, double *out);
/* Which of the option's words was given (0 when none was); -1 after a message. */
int cli_word (const CliArgs *args, const char *option);

void cli_print_help (const CliCommand *command);
void cli_print_overview (FILE *stream);
void cli_print_man (void);
bool cli_print_completion (const char *shell); /* "bash", "zsh" or "fish" */

/* ---- Messages ------------------------------------------------------------------------------- */

/* "litesmith: …" on one line, with what could disturb a terminal replaced. */
void cli_message (const char *format, ...) LS_PRINTF (1, 2);
int cli_usage_error (const CliArgs *args, const char *format, ...) LS_PRINTF (2, 3);
/* "litesmith: FILE: what is wrong, where"; @model (nullable) names operators and tensors. */
int cli_fail (const char *file, const LsModel *model, const LsError *error);
/* The same text without "litesmith: ", from malloc (never NULL). */
char *cli_error_text (const char *file, const LsModel *model, const LsError *error);
/* Fills an error as the engine does, without a place. Returns @status. */
LsStatus cli_set_error (LsError *error, LsStatus status, const char *format, ...) LS_PRINTF (3, 4);
/* A copy in which control characters, direction marks and bytes that are no UTF-8 are replaced, and
 * which is at most @max_chars long (an ellipsis shows the cut). From malloc, never NULL. */
char *cli_clean (const char *text, size_t max_chars);
/* Writes the UTF-8 character at @text, U+FFFD for bytes that are none; gives how many were taken.
 */
size_t cli_put_utf8 (FILE *stream, const unsigned char *text);
int cli_no_memory (void);

/* A bar on standard error when that is a terminal, else nothing. SIGINT cancels. */
typedef struct
{
  LsProgress progress; /* to be handed to the engine */
  double drawn_at;
  bool is_drawn;
} CliProgress;

void cli_progress_begin (CliProgress *progress);
void cli_progress_end (CliProgress *progress);

/* ---- JSON out -------------------------------------------------------------------------------- */

/* Builds in memory: a command that fails half-way has printed nothing. Keys are NULL in arrays. */
typedef struct CliJson CliJson;

CliJson *cli_json_new (void); /* NULL: out of memory */
void cli_json_free (CliJson *json);
/* '{' or '['; a row is written on one line. */
void cli_json_open (CliJson *json, const char *key, char bracket);
void cli_json_open_row (CliJson *json, const char *key, char bracket);
void cli_json_close (CliJson *json);
void cli_json_string (CliJson *json, const char *key, const char *value); /* NULL: null */
void cli_json_int (CliJson *json, const char *key, int64_t value);
void cli_json_uint (CliJson *json, const char *key, uint64_t value);
/* The shortest text that reads back as the same double; "nan", "inf", "-inf" as strings. */
void cli_json_real (CliJson *json, const char *key, double value);
/* The same for a value that was a float. */
void cli_json_float (CliJson *json, const char *key, float value);
/* What a compared tensor is wrong by, as members of the open object. */
void cli_json_errors (CliJson *json, const LsComparedTensor *tensor);
void cli_json_bool (CliJson *json, const char *key, bool value);
void cli_json_dims (CliJson *json, const char *key, const int32_t *dims, int64_t rank);
/* Prints to a stream, with a line feed; frees. */
int cli_json_finish (CliJson *json, FILE *stream);

/* ---- Text ------------------------------------------------------------------------------------ */

enum
{
  CLI_NUMBER_SIZE = 40
};

/* The shortest text that reads back. Both return @out. */
const char *cli_format_double (double value, char out[CLI_NUMBER_SIZE]);
const char *cli_format_float (float value, char out[CLI_NUMBER_SIZE]);
/* "12.3 kB"; "1 234 567". */
const char *cli_format_bytes (uint64_t n_bytes, char out[CLI_NUMBER_SIZE]);
const char *cli_format_count (uint64_t count, char out[CLI_NUMBER_SIZE]);
/* "1×224×224×3"; "scalar" without dimensions. From malloc, never NULL. */
char *cli_format_dims (const int32_t *dims, int64_t rank);

/* Rows of cells, aligned when printed. */
typedef struct CliTable CliTable;

/* One letter a column: 'l' or 'r'. NULL: out of memory. */
CliTable *cli_table_new (const char *columns);
void cli_table_free (CliTable *table);
/* Adds a cell; the row ends when it has as many as there are columns. */
void cli_table_add (CliTable *table, const char *format, ...) LS_PRINTF (2, 3);
void cli_table_print (const CliTable *table, FILE *stream);
/* Columns of a terminal that UTF-8 text takes (combining marks take none, wide ones two). */
size_t cli_text_width (const char *text);

/* ---- Files ----------------------------------------------------------------------------------- */

/* "folder/name", from malloc; never NULL. */
char *cli_path (const char *folder, const char *name);
/* The ending in lower case without the dot, or "". */
void cli_ending (const char *path, char out[16]);
/* False after a message: an input is written to only with --in-place. */
bool cli_may_write (const CliArgs *args, const char *in, const char *out);
/*
 * Whether long work may begin: no output is what is read, or another output, and each can be
 * written. CLI_DONE, or the exit status after a message. cli_may_write() is asked for the first.
 *
 * @inputs:  the option that names files that are read, beside the first argument
 * @outputs: NULL where none is wanted
 */
int cli_outputs_ready (const CliArgs *args, const char *inputs, const char *const *outputs,
                       uint32_t count);
/* Endings of pictures of the graph. */
bool cli_is_drawing (const char *ending);
/* Opens a model; NULL after a message. */
LsModel *cli_open (const char *path);

/* A file of text, written beside its place and renamed into it. */
typedef struct
{
  const char *path;
  char *beside; /* NULL: a device, which is written to itself */
  FILE *stream;
} CliFile;

bool cli_file_open (CliFile *file, const char *path); /* false after a message */
int cli_file_commit (CliFile *file);

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Never NULL: a command that has no memory left says so and ends. */
void *cli_alloc (size_t count, size_t size);
void *cli_grow (void *array, size_t count, size_t size); /* room for one more than @count */
char *cli_strdup (const char *text);
char *cli_printf (const char *format, ...) LS_PRINTF (1, 2);

static inline void
cli_free_pointer (void *pointer)
{
  free (*(void **) pointer);
}
static inline void
cli_free_model (LsModel **model)
{
  ls_model_free (*model);
}
#define CLI_FREE __attribute__ ((cleanup (cli_free_pointer)))
#define CLI_MODEL __attribute__ ((cleanup (cli_free_model)))

#endif
