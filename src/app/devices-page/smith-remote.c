#include "smith-remote.h"
#include "smith-command.h"

#include <glib/gi18n.h>
#include <string.h>

enum
{
  SSH_FAILED = 255, /* exit status of ssh itself */
  NOT_FOUND = 127,  /* of a shell that finds no such program */
  NO_ROOM = 97,     /* of our script */
  MAX_SHOWN = 160
};

/* Login shells may greet: what counts comes behind this line. */
#define MARKER "litesmith-answers"

/* Non-interactive shells often miss the places where people put their own programs. */
#define SEARCH "PATH=\"$PATH:$HOME/bin:$HOME/.local/bin:/usr/local/bin\"; export PATH; "

/* ---- Why it failed ----------------------------------------------------------------------------
 */

/* What a board said, at a length that a line can show. Owned by the caller. */
static char *
brief (const char *text)
{
  return g_utf8_strlen (text, -1) > MAX_SHOWN ? g_utf8_substring (text, 0, MAX_SHOWN)
                                              : g_strdup (text);
}

/* The last line of @text that says something. Owned by the caller. */
static char *
last_line (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = g_strv_length (lines); i > 0; i--)
    if (g_strstrip (lines[i - 1])[0] != '\0')
      return brief (lines[i - 1]);
  return g_strdup ("");
}

/* ssh's own words, and ours. */
static const struct
{
  const char *said, *reason;
} reasons[] = {
  { "Connection refused",
    N_ ("Could not connect: the connection was refused. Does an SSH server run there?") },
  { "Could not resolve hostname",
    N_ ("Could not connect: the host is unknown. Check its name, or give its address.") },
  { "timed out", N_ ("Could not connect: the host is unreachable, it does not answer.") },
  { "No route to host", N_ ("Could not connect: the host is unreachable.") },
  { "Network is unreachable", N_ ("Could not connect: the network is unreachable.") },
  { "REMOTE HOST IDENTIFICATION HAS CHANGED",
    N_ ("Could not connect: the host shows another key than before. Find out why before you "
        "trust it.") },
  { "Host key verification failed",
    N_ ("Could not connect: the host's key is not known here yet. Connect once in a terminal, "
        "and compare it.") },
  { "not accessible: No such file",
    N_ ("Could not connect: authentication failed. The key's file is not there.") },
  { "Permission denied",
    N_ ("Could not connect: authentication failed. The board must accept your key without a "
        "password.") },
};

static char *
connection_problem (const char *err)
{
  g_autofree char *line = last_line (err);

  for (size_t i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (strstr (err, reasons[i].said) != NULL)
      return g_strdup (_ (reasons[i].reason));
  /* Translators: what ssh said, in English. */
  return g_strdup_printf (_ ("Could not connect: %s"), line);
}

/* NULL when it went well. */
static GError *
error_of (const SmithOutcome *outcome)
{
  g_autofree char *text = NULL, *line = NULL;

  if (outcome->status == 0)
    return NULL;
  if (outcome->status == SSH_FAILED || outcome->status < 0)
    text = connection_problem (outcome->err);
  else if (outcome->status == NOT_FOUND)
    text
      = g_strdup (_ ("There is no litesmith on the board, or not where it was looked for. Install "
                     "it there, or give its path in the device's settings."));
  else if (outcome->status == NO_ROOM)
    text = g_strdup (_ ("The model could not be copied to the board: there is no room, or no right "
                        "to write."));
  else
    {
      line = last_line (outcome->err);
      /* Translators: what the board said, in English. */
      text = g_strdup_printf (_ ("It failed on the board: %s"), line);
    }
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, text);
}

static void
return_problem (GTask *task, GError *take)
{
  if (g_error_matches (take, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
    {
      g_clear_error (&take);
      take = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                  _ ("Could not connect: ssh is not installed on this computer."));
    }
  g_task_return_error (task, take);
}

/* ---- Is it there ------------------------------------------------------------------------------
 */

static char *
describe (const char *out)
{
  const char *answer = strstr (out, MARKER "\n");
  g_auto (GStrv) lines = NULL;
  g_autofree char *cores = NULL, *system = NULL, *version = NULL;
  guint64 n = 0;

  if (answer == NULL)
    return NULL;
  lines = g_strsplit (answer + strlen (MARKER "\n"), "\n", 4);
  if (g_strv_length (lines) < 3)
    return NULL;
  g_ascii_string_to_unsigned (lines[1], 10, 0, 100000, &n, NULL);
  cores = g_strdup_printf (ngettext ("%u core", "%u cores", (unsigned) n), (unsigned) n);
  system = brief (lines[0]);
  version = brief (lines[2]);
  if (g_str_has_prefix (version, "litesmith "))
    /* Translators: system and architecture, "4 cores", "litesmith 0.1.0". */
    return g_strdup_printf (_ ("Connected: %s, %s, %s"), system, cores, version);
  /* Translators: system and architecture, "4 cores". */
  return g_strdup_printf (_ ("Connected: %s, %s. There is no litesmith in its path yet."), system,
                          cores);
}

static void
tested_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (SmithOutcome) outcome = smith_command_finish (result, &error);
  char *text;

  if (outcome != NULL)
    error = error_of (outcome);
  if (error != NULL)
    {
      return_problem (task, error);
      return;
    }
  text = describe (outcome->out);
  if (text != NULL)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
                             _ ("Connected, but no shell answers there as expected."));
}

void
smith_remote_test_async (SmithDevice *device, SmithWork *work, GAsyncReadyCallback callback,
                         gpointer data)
{
  g_autofree char *program = smith_device_program (device);
  g_autofree char *script = g_strconcat (
    SEARCH "echo " MARKER "; uname -sm; nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo; ",
    program, " --version 2>/dev/null || echo none", NULL);
  g_auto (GStrv) argv = smith_device_command (device, script);
  GTask *task = g_task_new (NULL, NULL, callback, data);

  smith_command_async ((const char *const *) argv, NULL, work, tested_cb, task);
}

char *
smith_remote_test_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Timing there -----------------------------------------------------------------------------
 */

/*
 * The model comes through standard input, which stays open: when it ends early, we are gone, and
 * the timing is ended. The folder goes whatever happens; a shell that says "Terminated" to nobody
 * must not end before that.
 */
static char *
bench_script (SmithDevice *device, goffset size, unsigned n_runs, unsigned n_threads)
{
  g_autofree char *program = smith_device_program (device);

  return g_strdup_printf (
    SEARCH
    "umask 077; d=$(mktemp -d \"${TMPDIR:-/tmp}/litesmith.XXXXXX\") || exit %d; "
    "trap 'rm -rf \"$d\"' EXIT; trap 'exit 98' HUP INT TERM; trap '' PIPE; "
    "head -c %" G_GINT64_FORMAT " > \"$d/model\" || exit %d; "
    "exec 3<&0; %s bench --json --per-op --runs %u --threads %u \"$d/model\" < /dev/null 3<&- & "
    "p=$!; (cat <&3; kill $p) > /dev/null 2>&1 & w=$!; exec 3<&-; wait $p; s=$?; "
    "kill $w 2> /dev/null; exit $s",
    NO_ROOM, (gint64) size, NO_ROOM, program, n_runs, n_threads);
}

static void
benched_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (SmithOutcome) outcome = smith_command_finish (result, &error);
  const char *json;
  SmithBench *bench;

  if (outcome != NULL)
    error = error_of (outcome);
  if (error != NULL)
    {
      return_problem (task, error);
      return;
    }
  json = strchr (outcome->out, '{');
  bench = smith_bench_from_json (json != NULL ? json : "", &error);
  if (bench == NULL)
    {
      /* Translators: what is wrong with the text that the board sent, in English. */
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                               _ ("The board's answer cannot be read: %s"), error->message);
      g_error_free (error);
      return;
    }
  bench->place = g_strdup (g_task_get_task_data (task));
  g_task_return_pointer (task, bench, (GDestroyNotify) smith_bench_free);
}

void
smith_remote_bench_async (SmithDevice *device, SmithModel *model, unsigned n_runs,
                          unsigned n_threads, SmithWork *work, GAsyncReadyCallback callback,
                          gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  g_autoptr (GFile) file = g_file_new_for_path (smith_model_get_path (model));
  GError *error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                                  G_FILE_QUERY_INFO_NONE, NULL, &error);
  g_autofree char *script = NULL;
  g_auto (GStrv) argv = NULL;

  if (info == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, g_strdup (smith_device_get_title (device)), g_free);
  script = bench_script (device, g_file_info_get_size (info), n_runs, n_threads);
  argv = smith_device_command (device, script);
  smith_command_async ((const char *const *) argv, file, work, benched_cb, g_steal_pointer (&task));
}

SmithBench *
smith_remote_bench_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
