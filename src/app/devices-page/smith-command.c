#include "smith-command.h"

#include <glib/gi18n.h>
#include <signal.h>

enum
{
  CHUNK = 64 * 1024,
  MAX_TEXT = 32 * 1024 * 1024 /* of each of its outputs: a board may be anyone's */
};

typedef struct
{
  GSubprocess *process;
  SmithWork *work;
  GInputStream *input;
  goffset size, sent;
  guint8 *chunk;
  GString *texts[2];
  GError *error; /* the first */
  gulong cancelled;
  GCancellable *stop; /* of all that is pending, whoever else may hold the program's pipes */
  unsigned pending;
} Command;

static void
command_free (gpointer data)
{
  Command *command = data;

  g_clear_object (&command->process);
  g_clear_object (&command->stop);
  g_clear_object (&command->input);
  g_clear_error (&command->error);
  smith_work_unref (command->work);
  for (int i = 0; i < 2; i++)
    if (command->texts[i] != NULL)
      g_string_free (command->texts[i], TRUE);
  g_free (command->chunk);
  g_free (command);
}

void
smith_outcome_free (SmithOutcome *outcome)
{
  g_free (outcome->out);
  g_free (outcome->err);
  g_free (outcome);
}

static char *
take_text (Command *command, int which)
{
  char *text = g_utf8_make_valid (command->texts[which]->str, -1);

  g_string_free (g_steal_pointer (&command->texts[which]), TRUE);
  return text;
}

static void
return_outcome (GTask *task, Command *command)
{
  SmithOutcome *outcome = g_new0 (SmithOutcome, 1);

  outcome->out = take_text (command, 0);
  outcome->err = take_text (command, 1);
  outcome->status = g_subprocess_get_if_exited (command->process)
                      ? g_subprocess_get_exit_status (command->process)
                      : -1;
  g_task_return_pointer (task, outcome, (GDestroyNotify) smith_outcome_free);
}

static void
stop (Command *command)
{
  g_subprocess_force_exit (command->process);
  g_cancellable_cancel (command->stop);
}

/* One of reading, writing and waiting ended; the last one closes the account. */
static void
part_ended (GTask *task, GError *take_error)
{
  Command *command = g_task_get_task_data (task);

  if (take_error != NULL && command->error == NULL)
    {
      command->error = take_error;
      stop (command);
    }
  else
    g_clear_error (&take_error);
  if (--command->pending > 0)
    return;
  g_cancellable_disconnect (command->work->cancellable, command->cancelled);
  if (g_cancellable_is_cancelled (command->work->cancellable))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _ ("Cancelled"));
  else if (command->error != NULL)
    g_task_return_error (task, g_steal_pointer (&command->error));
  else
    return_outcome (task, command);
}

static void
waited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error);
  part_ended (task, error);
}

/* ---- What it says -----------------------------------------------------------------------------
 */

static void read_more (GTask *task, GInputStream *stream);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Command *command = g_task_get_task_data (task);
  GInputStream *stream = G_INPUT_STREAM (source);
  GError *error = NULL;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (stream, result, &error);
  GString *text = command->texts[stream == g_subprocess_get_stderr_pipe (command->process)];

  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    {
      part_ended (task, error);
      return;
    }
  if (text->len + g_bytes_get_size (bytes) > MAX_TEXT)
    {
      part_ended (
        task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("The answer is too long.")));
      return;
    }
  g_string_append_len (text, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  read_more (task, stream);
}

static void
read_more (GTask *task, GInputStream *stream)
{
  const Command *command = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (stream, CHUNK, G_PRIORITY_DEFAULT, command->stop, read_cb,
                                   g_object_ref (task));
}

/* ---- What it is given -------------------------------------------------------------------------
 */

static void send_more (GTask *task);

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Command *command = g_task_get_task_data (task);
  gsize n = 0;

  /* A program that no longer reads says why itself, when it ends. */
  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &n, NULL))
    {
      part_ended (task, NULL);
      return;
    }
  command->sent += (goffset) n;
  g_atomic_int_set (&command->work->permille, (int) (1000 * command->sent / command->size));
  send_more (task);
}

static void
filled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Command *command = g_task_get_task_data (task);
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n <= 0)
    {
      g_atomic_int_set (&command->work->permille, -1);
      part_ended (task, error);
      return;
    }
  g_output_stream_write_all_async (g_subprocess_get_stdin_pipe (command->process), command->chunk,
                                   (gsize) n, G_PRIORITY_DEFAULT, command->stop, sent_cb,
                                   g_object_ref (task));
}

static void
send_more (GTask *task)
{
  Command *command = g_task_get_task_data (task);

  g_input_stream_read_async (command->input, command->chunk, CHUNK, G_PRIORITY_DEFAULT,
                             command->stop, filled_cb, g_object_ref (task));
}

/* ---- Starting ---------------------------------------------------------------------------------
 */

static gboolean
open_input (Command *command, GFile *file, GError **error)
{
  g_autoptr (GFileInfo) info = NULL;

  command->input = G_INPUT_STREAM (g_file_read (file, NULL, error));
  if (command->input == NULL)
    return FALSE;
  info = g_file_input_stream_query_info (G_FILE_INPUT_STREAM (command->input),
                                         G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, error);
  if (info == NULL)
    return FALSE;
  command->size = MAX (g_file_info_get_size (info), 1);
  command->chunk = g_malloc (CHUNK);
  return TRUE;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  stop (data);
}

static void
begin (GTask *task)
{
  Command *command = g_task_get_task_data (task);

  command->pending = command->input != NULL ? 4 : 3;
  for (int i = 0; i < 2; i++)
    command->texts[i] = g_string_new (NULL);
  read_more (task, g_subprocess_get_stdout_pipe (command->process));
  read_more (task, g_subprocess_get_stderr_pipe (command->process));
  g_subprocess_wait_async (command->process, command->stop, waited_cb, g_object_ref (task));
  if (command->input != NULL)
    send_more (task);
  command->cancelled
    = g_cancellable_connect (command->work->cancellable, G_CALLBACK (cancelled_cb), command, NULL);
}

void
smith_command_async (const char *const *argv, GFile *input, SmithWork *work,
                     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  GSubprocessFlags flags = G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE;
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  Command *command = g_new0 (Command, 1);
  GError *error = NULL;

  if (input != NULL)
    flags |= G_SUBPROCESS_FLAGS_STDIN_PIPE;
  launcher = g_subprocess_launcher_new (flags);
  /* Its messages are read. */
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  /* Writing to a program that has ended is an error, and not our end. */
  signal (SIGPIPE, SIG_IGN);
  command->work = smith_work_ref (work);
  command->stop = g_cancellable_new ();
  g_task_set_task_data (task, command, command_free);
  if (input == NULL || open_input (command, input, &error))
    command->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  if (command->process == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  begin (task);
}

SmithOutcome *
smith_command_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
