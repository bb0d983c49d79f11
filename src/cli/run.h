/* One inference, or several in a row on one session: shared by `run` and its batches. */
#ifndef LITESMITH_CLI_RUN_H
#define LITESMITH_CLI_RUN_H

#include "cli.h"

typedef struct
{
  const char *name; /* of the input, or its position; NULL: every array of an .npz */
  int64_t step;     /* -1: given once, before the first */
  const char *path;
} RunInput;

typedef struct
{
  const char *model_path, *output_dir, *trace_dir, *until;
  bool has_steps; /* outputs go to a folder for each step */
  uint32_t n_steps;
  size_t n_inputs;
  RunInput *inputs;
  LsImageOptions image;
  LsSessionOptions session;
  uint64_t seed;
} RunJob;

/* Files and folders that were made, so that a failure leaves nothing behind. */
typedef struct
{
  size_t n_files, n_folders;
  char **files, **folders;
} RunFiles;

/* What a job leaves for the report. */
typedef struct
{
  LsModel *model;
  LsSession *session;
  const LsSubgraph *subgraph; /* that runs */
  RunFiles made;
  char *error_text; /* why it failed, with the file in front; else NULL */
} RunState;

/* False with `error_text` set; nothing that it wrote is left then. */
bool run_job (const RunJob *job, RunState *state);
void run_state_clear (RunState *state);
bool cli_image_options (const CliArgs *args, LsImageOptions *out);
int run_batch (const char *list_path, const RunJob *defaults);

int run_print_json (const RunJob *job, const RunState *state);
int run_print_text (const RunJob *job, const RunState *state);

/* Makes a folder and its parents. */
LsStatus run_make_folder (RunFiles *made, const char *path, LsError *error);
LsStatus run_save (RunFiles *made, const char *folder, const char *name, const LsArray *array,
                   LsError *error);
/* Takes @json. */
LsStatus run_save_json (RunFiles *made, const char *folder, const char *name, CliJson *json,
                        LsError *error);
void run_files_undo (RunFiles *made);
void run_files_clear (RunFiles *made);

/* "NAME=FILE" or "NAME@STEP=FILE" (with steps); false: neither. The name is from malloc. */
bool run_parse_input (const char *text, bool has_steps, RunInput *out);
/* Every --input of the command line; false after a message. run_clear_inputs() in any case. */
bool run_read_inputs (const CliArgs *args, RunJob *job);
void run_clear_inputs (RunJob *job);
/* Sets the inputs of a step from their files. Those that no file gives are filled from the seed
 * before the first step. @file: the file that an error concerns, or NULL for the model's. */
LsStatus run_set_inputs (const RunJob *job, RunState *state, uint32_t step, const char **file,
                         LsError *error);
/* A file as the value of the input at position @index of subgraph 0. Pictures are normalised as
 * @image says, else as the model's metadata says. */
LsStatus run_load_input (const LsModel *model, const char *path, uint32_t index, const LsPort *port,
                         const LsImageOptions *image, LsArray *out, LsError *error);
/* The arrays that --input gives, by the position of the input; those of the others stay without
 * data. False after a message. */
bool cli_load_inputs (const CliArgs *args, const LsModel *model, const LsImageOptions *image,
                      LsArray *inputs);
/* Every tensor of a traced session as tTTTTT.npy, and index.json. */
LsStatus run_save_trace (const RunJob *job, RunState *state, LsError *error);

#endif
