/* Failing with a sentence: the one way errors are made inside the engine. */
#ifndef LS_BASE_ERROR_H
#define LS_BASE_ERROR_H

#include "litesmith.h"

/*
 * Fills a nullable error and returns @status.
 *
 * @offset: byte offset in the input file, or -1
 */
LsStatus ls_fail (LsError *error, LsStatus status, int64_t offset, const char *format, ...)
  LS_PRINTF (4, 5);
LsStatus ls_fail_no_memory (LsError *error, const char *what, size_t n_bytes);
/* Sets the place of an error that is already filled, where it has none yet. */
void ls_error_place (LsError *error, int subgraph, int op, int tensor);
/* False when the caller asked to cancel. NULL progress never cancels. */
static inline bool
ls_tick (const LsProgress *progress, double fraction, const char *what)
{
  return progress == NULL || progress->tick == NULL
         || progress->tick (progress->data, fraction, what);
}
LsStatus ls_fail_cancelled (LsError *error);

#define LS_TRY(call)                                                                               \
  do                                                                                               \
    {                                                                                              \
      LsStatus ls_try_status = (call);                                                             \
      if (ls_try_status != LS_OK)                                                                  \
        return ls_try_status;                                                                      \
    }                                                                                              \
  while (0)

#endif
