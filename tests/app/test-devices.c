/* Boards over SSH, with a stand-in for ssh: what is told is checked, what goes wrong is explained.
 */
#include "devices-page/smith-device.h"
#include "devices-page/smith-remote.h"
#include "window-fixture.h"

#include <glib/gstdio.h>

static SmithDevice *
device_new (const char *host)
{
  SmithDevice *device = smith_device_new ();

  smith_device_set (device, SMITH_DEVICE_HOST, host);
  return device;
}

static gboolean
is_allowed (SmithDeviceField field, const char *value)
{
  return smith_device_problem (field, value) == NULL;
}

static void
hostile_values_are_refused (void)
{
  static const char *const hosts[] = {
    "-oProxyCommand=reboot", "", "a b", "a;b", "$(reboot)", "a\nb", "`id`", "a/b", "b@rd", "ä"
  };
  static const char *const users[] = { "-l", "a b", "root;", "$USER", "x\t" };
  static const char *const ports[] = { "0", "65536", "-1", "22x", " 22", "99999999999" };

  for (size_t i = 0; i < G_N_ELEMENTS (hosts); i++)
    g_assert_false (is_allowed (SMITH_DEVICE_HOST, hosts[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (users); i++)
    g_assert_false (is_allowed (SMITH_DEVICE_USER, users[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (ports); i++)
    g_assert_false (is_allowed (SMITH_DEVICE_PORT, ports[i]));
  g_assert_false (is_allowed (SMITH_DEVICE_IDENTITY, "-key"));
  g_assert_false (is_allowed (SMITH_DEVICE_PROGRAM, "--version"));
  g_assert_false (is_allowed (SMITH_DEVICE_PROGRAM, "a\nb"));
}

static void
usual_values_are_taken (void)
{
  static const char *const hosts[]
    = { "board", "imx8mp.lan", "10.0.0.7", "fe80::1%eth0", "my_board" };

  for (size_t i = 0; i < G_N_ELEMENTS (hosts); i++)
    g_assert_true (is_allowed (SMITH_DEVICE_HOST, hosts[i]));
  for (int field = 0; field < SMITH_N_DEVICE_FIELDS; field++)
    if (field != SMITH_DEVICE_HOST)
      g_assert_true (is_allowed ((SmithDeviceField) field, ""));
  g_assert_true (is_allowed (SMITH_DEVICE_USER, "root"));
  g_assert_true (is_allowed (SMITH_DEVICE_PORT, "2222"));
  g_assert_true (is_allowed (SMITH_DEVICE_IDENTITY, "~/.ssh/board key"));
  g_assert_true (is_allowed (SMITH_DEVICE_PROGRAM, "~/my tools/litesmith"));
}

static void
program_is_quoted (void)
{
  g_autoptr (SmithDevice) device = device_new ("board");
  g_autofree char *plain = smith_device_program (device), *home = NULL, *odd = NULL;

  g_assert_cmpstr (plain, ==, "litesmith");
  smith_device_set (device, SMITH_DEVICE_PROGRAM, "~/my tools/litesmith");
  home = smith_device_program (device);
  g_assert_cmpstr (home, ==, "\"$HOME\"/'my tools/litesmith'");
  smith_device_set (device, SMITH_DEVICE_PROGRAM, "/opt/$(reboot)");
  odd = smith_device_program (device);
  g_assert_cmpstr (odd, ==, "'/opt/$(reboot)'");
}

/* ---- Testing ----------------------------------------------------------------------------------
 */

typedef struct
{
  gboolean is_done;
  char *text;
  SmithBench *bench;
  GError *error;
} Answer;

static void
answer_clear (Answer *answer)
{
  g_free (answer->text);
  g_clear_pointer (&answer->bench, smith_bench_free);
  g_clear_error (&answer->error);
}

static void
tested_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->text = smith_remote_test_finish (result, &answer->error);
  answer->is_done = TRUE;
}

static Answer
test_device (SmithDevice *device)
{
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };

  smith_remote_test_async (device, work, tested_cb, &answer);
  WAIT_FOR (answer.is_done);
  return answer;
}

static void
assert_says (const char *host, const char *expected)
{
  g_autoptr (SmithDevice) device = device_new (host);
  Answer answer = test_device (device);
  const char *said = answer.error != NULL ? answer.error->message : answer.text;

  g_test_message ("%s: %s", host, said);
  g_assert_nonnull (strstr (said, expected));
  answer_clear (&answer);
}

static void
failures_are_explained (void)
{
  assert_says ("refused", "refused");
  assert_says ("silent", "unreachable");
  assert_says ("nowhere", "unknown");
  assert_says ("locked", "authentication");
  assert_says ("unknown", "key is not known");
  assert_says ("bare", "no litesmith");
  assert_says ("babble", "too long");
}

static void
board_is_described (void)
{
  assert_says ("board", "Connected: Linux");
  assert_says ("board", " core");
  assert_says ("board", "litesmith " LS_VERSION);
}

static void
arguments_reach_ssh_as_they_are (void)
{
  g_autoptr (SmithDevice) device = device_new ("board");
  g_autofree char *log = NULL;
  Answer answer;

  smith_device_set (device, SMITH_DEVICE_USER, "root");
  smith_device_set (device, SMITH_DEVICE_PORT, "2222");
  smith_device_set (device, SMITH_DEVICE_IDENTITY, "/keys/my key");
  g_setenv ("LITESMITH_SSH_CONFIG", "/some/config", TRUE);
  answer = test_device (device);
  g_unsetenv ("LITESMITH_SSH_CONFIG");
  answer_clear (&answer);
  g_assert_true (g_file_get_contents (g_getenv ("FAKE_SSH_LOG"), &log, NULL, NULL));
  g_assert_nonnull (
    strstr (log, "-F\n/some/config\n-l\nroot\n-p\n2222\n-i\n/keys/my key\n--\nboard\n"));
  g_assert_nonnull (strstr (log, "BatchMode=yes\n"));
}

/* ---- Timing -----------------------------------------------------------------------------------
 */

static void
benched_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->bench = smith_remote_bench_finish (result, &answer->error);
  answer->is_done = TRUE;
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(SmithModel **) data = smith_model_open_finish (result, NULL);
}

static unsigned
count_left (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  unsigned n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, "litesmith.");
  return n;
}

static Answer
bench_device (const char *host, gboolean is_cancelled)
{
  g_autoptr (SmithDevice) device = device_new (host);
  g_autoptr (SmithWork) work = smith_work_new ();
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  g_autoptr (SmithModel) model = NULL;
  Answer answer = { 0 };

  smith_model_open_async (file, NULL, opened_cb, &model);
  WAIT_FOR (model != NULL);
  smith_remote_bench_async (device, model, is_cancelled ? 100000000 : 5, 1, work, benched_cb,
                            &answer);
  if (is_cancelled)
    {
      WAIT_FOR (count_left (g_getenv ("TMPDIR")) > 0);
      settle (300);
      g_assert_false (answer.is_done);
      g_cancellable_cancel (work->cancellable);
    }
  WAIT_FOR (answer.is_done);
  return answer;
}

static void
model_is_timed_on_the_board (void)
{
  Answer answer = bench_device ("board", FALSE);

  g_assert_no_error (answer.error);
  g_assert_cmpstr (answer.bench->place, ==, "board");
  g_assert_cmpuint (answer.bench->n_runs, >=, 5);
  g_assert_cmpuint (answer.bench->ops->len, >, 3);
  g_assert_true (answer.bench->median_us > 0);
  g_assert_cmpuint (count_left (g_getenv ("TMPDIR")), ==, 0);
  answer_clear (&answer);
}

static void
failed_timings_are_explained (void)
{
  static const char *const cases[][2]
    = { { "bare", "no litesmith" }, { "locked", "authentication" }, { "mute", "cannot be read" } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Answer answer = bench_device (cases[i][0], FALSE);

      g_assert_null (answer.bench);
      g_test_message ("%s: %s", cases[i][0], answer.error->message);
      g_assert_nonnull (strstr (answer.error->message, cases[i][1]));
      answer_clear (&answer);
    }
}

static void
impossible_figures_are_bounded (void)
{
  Answer answer = bench_device ("liar", FALSE);
  const SmithBenchOp *op;

  g_assert_no_error (answer.error);
  op = answer.bench->ops->pdata[0];
  g_assert_cmpuint (op->op, <=, G_MAXINT);
  g_assert_cmpstr (op->kind, ==, "");
  g_assert_cmpuint (answer.bench->n_runs, ==, 4);
  g_assert_true (answer.bench->runs_us[1] == 0);
  answer_clear (&answer);
}

static void
timing_can_be_cancelled (void)
{
  Answer answer = bench_device ("endless", TRUE);

  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  WAIT_FOR (count_left (g_getenv ("TMPDIR")) == 0);
  answer_clear (&answer);
}

/* ---- In the window ----------------------------------------------------------------------------
 */

static void
results_stand_side_by_side (void)
{
  SmithWindow *window = window_new ();
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  g_autoptr (SmithDevice) device = device_new ("board");
  GtkWidget *export;

  smith_window_show_page (window, "devices");
  g_assert_nonnull (find_button (GTK_WIDGET (window), "Add Device"));
  g_list_store_append (smith_devices (), device);
  smith_devices_save ();
  press (GTK_WIDGET (window), "Test");
  smith_window_open (window, file);
  WAIT_FOR (smith_window_get_view (window) != NULL);
  smith_window_show_page (window, "devices");
  press (GTK_WIDGET (window), "Time the Model");
  export = find_button (GTK_WIDGET (window), "Export");
  WAIT_FOR (gtk_widget_get_sensitive (export));
  g_list_store_remove_all (smith_devices ());
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
removed_device_comes_back (void)
{
  SmithWindow *window = window_new ();
  GListModel *list = G_LIST_MODEL (smith_devices ());
  static const char *const hosts[] = { "a", "b", "c" };

  for (size_t i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_autoptr (SmithDevice) device = device_new (hosts[i]);

      g_list_store_append (smith_devices (), device);
    }
  smith_window_show_page (window, "devices");
  gtk_widget_activate_action (find_button (GTK_WIDGET (window), "Test"), "devices.remove", "u", 1);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 2);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.restore-device", NULL);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 3);

  g_autoptr (SmithDevice) back = g_list_model_get_item (list, 1);

  g_assert_cmpstr (smith_device_get_title (back), ==, "b");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.restore-device", NULL);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 3);
  g_list_store_remove_all (smith_devices ());
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  g_test_add_func ("/devices/hostile_values_are_refused", hostile_values_are_refused);
  g_test_add_func ("/devices/usual_values_are_taken", usual_values_are_taken);
  g_test_add_func ("/devices/program_is_quoted", program_is_quoted);
  g_test_add_func ("/devices/failures_are_explained", failures_are_explained);
  g_test_add_func ("/devices/board_is_described", board_is_described);
  g_test_add_func ("/devices/arguments_reach_ssh_as_they_are", arguments_reach_ssh_as_they_are);
  g_test_add_func ("/devices/model_is_timed_on_the_board", model_is_timed_on_the_board);
  g_test_add_func ("/devices/failed_timings_are_explained", failed_timings_are_explained);
  g_test_add_func ("/devices/impossible_figures_are_bounded", impossible_figures_are_bounded);
  g_test_add_func ("/devices/timing_can_be_cancelled", timing_can_be_cancelled);
  g_test_add_func ("/devices/results_stand_side_by_side", results_stand_side_by_side);
  g_test_add_func ("/devices/removed_device_comes_back", removed_device_comes_back);
  return g_test_run ();
}
