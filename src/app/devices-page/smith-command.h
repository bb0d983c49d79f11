/* A program run to its end without blocking: a file goes in, bounded text comes out. */
#pragma once

#include "smith-progress.h"

#include <gio/gio.h>

typedef struct
{
  char *out, *err;
  int status; /* of its exit; -1: a signal ended it */
} SmithOutcome;

void smith_outcome_free (SmithOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithOutcome, smith_outcome_free)

/*
 * Runs @argv. @input (nullable) is written to its standard input, which then stays open to the end,
 * so that the other side sees when we are gone; work->permille follows it and is -1 afterwards.
 * Cancelling @work kills the program.
 */
void smith_command_async (const char *const *argv, GFile *input, SmithWork *work,
                          GAsyncReadyCallback callback, gpointer data);
/* NULL with @error when it could not be started, was cancelled, or said too much. */
SmithOutcome *smith_command_finish (GAsyncResult *result, GError **error);
