/* Files in and out: mapped to be read, written beside their place and renamed into it. */
#ifndef LS_BASE_FILE_H
#define LS_BASE_FILE_H

#include "litesmith.h"

typedef struct
{
  const uint8_t *data;
  size_t size;
} LsMapping;

/* Maps a regular file read-only. Folders, pipes and devices are refused with a sentence. An empty
 * file gives size 0. Reading what another program has cut off a mapped file ends the process. */
LsStatus ls_file_map (const char *path, LsMapping *out, LsError *error);
/* As ls_file_map(), but the bytes are copied, and stay as they are whatever becomes of the file. */
LsStatus ls_file_copy (const char *path, LsMapping *out, LsError *error);
void ls_file_unmap (LsMapping *mapping);
/* Gives up the memory of a part of a mapping until somebody reads it again. Never for memory that
 * is no mapping: it would be lost. */
void ls_file_forget (const void *data, size_t size);

typedef struct LsWriter LsWriter;

/*
 * Opens a temporary file beside @path, or beside what a link of that name leads to. A device or
 * pipe is written to itself. Pieces are written in order.
 */
LsStatus ls_writer_open (const char *path, LsWriter **out, LsError *error);
LsStatus ls_writer_write (LsWriter *writer, const void *data, size_t size, LsError *error);
FILE *ls_writer_file (LsWriter *writer); /* for printing; errors show at commit */
/* Flushes and renames into place; frees the writer in every case, and the temporary file on error.
 */
LsStatus ls_writer_commit (LsWriter *writer, LsError *error);
void ls_writer_abort (LsWriter *writer); /* NULL is fine */

#endif
