#include "formats/dot/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"

extern char **environ;

static const char program_name[] = "litesmith-layout";

enum
{
  MAX_OUTPUT = 1 << 30,
  READ_SIZE = 1 << 16
};

/* ---- Finding --------------------------------------------------------------------------------- */

static char *
if_executable (char *path)
{
  if (path != NULL && access (path, X_OK) == 0)
    return path;
  free (path);
  return NULL;
}

static char *
beside_this_program (void)
{
  char self[PATH_MAX], *path;
  ssize_t length = readlink ("/proc/self/exe", self, sizeof self - 1);

  if (length <= 0)
    return NULL;
  self[length] = '\0';

  char *slash = strrchr (self, '/');

  if (slash == NULL)
    return NULL;
  *slash = '\0';
  return asprintf (&path, "%s/%s", self, program_name) >= 0 ? if_executable (path) : NULL;
}

char *
ls_helper_find (const char *asked)
{
  const char *named = asked != NULL ? asked : getenv ("LITESMITH_LAYOUT");
  char *found;

  if (named != NULL && named[0] != '\0')
    return if_executable (strdup (named));
  found = beside_this_program ();
  if (found != NULL || asprintf (&found, "%s/%s", LS_LIBEXECDIR, program_name) < 0)
    return found;
  return if_executable (found);
}

/* ---- Running --------------------------------------------------------------------------------- */

typedef struct
{
  pid_t pid;
  int in, out; /* our ends; -1: closed */
  const char *input;
  size_t input_left;
  char *output;
  size_t output_size, output_room;
} Child;

static int64_t
now_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void
close_end (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* A socket stands for the input, because writing to one that nobody reads need not raise SIGPIPE.
 * Standard error goes nowhere: what the child has to say is in its status. */
static int
spawn (const char *program, const char *const *arguments, int in, int out, pid_t *pid)
{
  const char *argv[8] = { program };
  posix_spawn_file_actions_t actions;
  int code;

  for (int i = 0; i < 6 && arguments[i] != NULL; i++)
    argv[i + 1] = arguments[i];
  if (posix_spawn_file_actions_init (&actions) != 0)
    return ENOMEM;
  code = posix_spawn_file_actions_adddup2 (&actions, in, STDIN_FILENO);
  if (code == 0)
    code = posix_spawn_file_actions_adddup2 (&actions, out, STDOUT_FILENO);
  if (code == 0)
    code = posix_spawn_file_actions_addopen (&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (code == 0)
    code = posix_spawn (pid, program, &actions, NULL, (char *const *) argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  return code;
}

static LsStatus
start (Child *child, const char *program, const char *const *arguments, LsError *error)
{
  int input[2] = { -1, -1 }, output[2] = { -1, -1 }, code = 0;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0
      || pipe2 (output, O_CLOEXEC) != 0)
    code = errno;
  if (code == 0)
    code = spawn (program, arguments, input[1], output[1], &child->pid);
  close_end (&input[1]);
  close_end (&output[1]);
  child->in = input[0];
  child->out = output[0];
  if (code == 0)
    return LS_OK;
  close_end (&child->in);
  close_end (&child->out);
  return ls_fail (error, LS_E_IO, -1, "%s cannot be started: %s", program, strerror (code));
}

static void
feed (Child *child)
{
  ssize_t n = send (child->in, child->input, child->input_left, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n > 0)
    {
      child->input += n;
      child->input_left -= (size_t) n;
    }
  if (child->input_left == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    close_end (&child->in);
}

/* False when there is no memory, or far too much output. */
static bool
drain (Child *child)
{
  if (child->output_room - child->output_size < READ_SIZE)
    {
      size_t room = child->output_room * 2 + READ_SIZE;
      char *larger = room <= MAX_OUTPUT ? realloc (child->output, room) : NULL;

      if (larger == NULL)
        return false;
      child->output = larger;
      child->output_room = room;
    }

  ssize_t n = read (child->out, child->output + child->output_size, READ_SIZE);

  if (n > 0)
    child->output_size += (size_t) n;
  else if (n == 0 || (errno != EINTR && errno != EAGAIN))
    close_end (&child->out);
  return true;
}

/* Until the child closes its output; LS_E_CANCELLED stands for the deadline. */
static LsStatus
talk (Child *child, int64_t deadline)
{
  while (child->out >= 0)
    {
      struct pollfd fds[2]
        = { { child->out, POLLIN, 0 }, { child->in, POLLOUT, 0 } /* -1 is passed over */ };
      int64_t left = deadline - now_ms ();

      if (left <= 0)
        return LS_E_CANCELLED;
      if (poll (fds, 2, left > INT_MAX ? INT_MAX : (int) left) < 0 && errno != EINTR)
        return LS_E_IO;
      if (fds[1].revents != 0 && child->in >= 0)
        feed (child);
      if (fds[0].revents != 0 && !drain (child))
        return LS_E_NO_MEMORY;
    }
  return LS_OK;
}

LsStatus
ls_helper_run (const char *program, const char *const *arguments, const char *input,
               size_t input_size, int timeout_ms, char **out, size_t *out_size, LsError *error)
{
  Child child = { .in = -1, .out = -1, .input = input, .input_left = input_size };
  int status = 0;

  *out = NULL;
  LS_TRY (start (&child, program, arguments, error));

  LsStatus result = talk (&child, now_ms () + timeout_ms);

  close_end (&child.in);
  close_end (&child.out);
  if (result != LS_OK)
    kill (child.pid, SIGKILL);
  while (waitpid (child.pid, &status, 0) < 0 && errno == EINTR)
    continue;
  if (result == LS_OK && WIFEXITED (status) && WEXITSTATUS (status) == 0)
    {
      *out = child.output;
      *out_size = child.output_size;
      return LS_OK;
    }
  free (child.output);
  if (result == LS_E_CANCELLED)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "%s did not finish within %d s", program_name,
                    timeout_ms / 1000);
  if (result == LS_E_NO_MEMORY)
    return ls_fail_no_memory (error, "a picture", child.output_size);
  return ls_fail (error, LS_E_UNSUPPORTED, -1, "%s failed on this graph", program_name);
}
