#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"

/* Names from files must not break the one line that people see, nor be cut inside a character. */
static void
clean (char *text)
{
  for (size_t left = strlen (text), n; left > 0; text += n, left -= n)
    {
      n = ls_utf8_length (text, left);
      if (n > 1 || (n == 1 && (unsigned char) *text >= 0x20 && *text != 0x7f))
        continue;
      *text = '?';
      n = 1;
    }
}

static void
fill (LsError *error, LsStatus status, int64_t offset, const char *format, va_list args)
{
  error->status = status;
  error->offset = offset;
  error->subgraph = error->op = error->tensor = -1;
  vsnprintf (error->message, sizeof error->message, format, args);
  clean (error->message);
}

LsStatus
ls_fail (LsError *error, LsStatus status, int64_t offset, const char *format, ...)
{
  if (error != NULL)
    {
      va_list args;

      va_start (args, format);
      fill (error, status, offset, format, args);
      va_end (args);
    }
  return status;
}

LsStatus
ls_fail_no_memory (LsError *error, const char *what, size_t n_bytes)
{
  return ls_fail (error, LS_E_NO_MEMORY, -1, "not enough memory for %s (%zu bytes)", what, n_bytes);
}

LsStatus
ls_fail_cancelled (LsError *error)
{
  return ls_fail (error, LS_E_CANCELLED, -1, "cancelled");
}

void
ls_error_place (LsError *error, int subgraph, int op, int tensor)
{
  if (error == NULL)
    return;
  if (error->subgraph < 0)
    error->subgraph = subgraph;
  if (error->op < 0)
    error->op = op;
  if (error->tensor < 0)
    error->tensor = tensor;
}

const char *
ls_status_name (LsStatus status)
{
  static const char *const names[] = {
    [LS_OK] = "ok",
    [LS_E_IO] = "input or output error",
    [LS_E_FORMAT] = "malformed",
    [LS_E_UNSUPPORTED] = "unsupported",
    [LS_E_INVALID] = "invalid",
    [LS_E_NO_MEMORY] = "out of memory",
    [LS_E_CANCELLED] = "cancelled",
    [LS_E_USAGE] = "wrong usage",
  };

  return (unsigned) status < sizeof names / sizeof *names ? names[status] : "unknown";
}

const char *
ls_version (void)
{
  return LS_VERSION;
}
