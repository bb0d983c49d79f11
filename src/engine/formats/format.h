/* A file format: found by content, read into the model, written from it. */
#ifndef LS_FORMATS_FORMAT_H
#define LS_FORMATS_FORMAT_H

#include "base/file.h"
#include "model/model.h"

typedef struct
{
  const char *name;    /* for ls_model_format() */
  const char *endings; /* ".tflite .tfl": those that ask for this format when writing */
  /* Whether the content is of this format. */
  bool (*probe) (LsBytes file);
  /* Fills an empty model; indices need not be checked. What it points at may stay in @file, which
   * begins at a page or is 16-byte aligned. */
  LsStatus (*read) (LsBytes file, LsModel *model, LsError *error);
  LsStatus (*write) (const LsModel *model, LsWriter *writer, LsError *error); /* NULL: cannot */
} LsFormat;

extern const LsFormat ls_format_archive;
extern const LsFormat ls_format_json;
extern const LsFormat ls_format_tflite;

/* The format that the content shows; NULL: none. */
const LsFormat *ls_format_of (LsBytes file);
/* The format that writes files of this name; NULL: none. */
const LsFormat *ls_format_for (const char *path);
/* Fails with a sentence that says what the bytes are instead of a model. */
LsStatus ls_foreign_fail (LsBytes file, LsError *error);
/* All endings that can be written, for a sentence. */
void ls_format_list_endings (char *out, size_t size);

#endif
