/*
 * The command as a person or a script meets it: what it prints, its exit status, what it leaves.
 *
 * $LITESMITH is the program, $SAMPLES the folder of the sample models, $GOLDEN that of the expected
 * texts. LITESMITH_UPDATE=1 writes them anew.
 */
#include "test.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "litesmith.h"

extern char **environ;

enum
{
  TEXT_SIZE = 1 << 20
};

static char folder[] = "/tmp/litesmith-cli-XXXXXX";
static char *out, *err;

static void
read_text (const char *name, char *text)
{
  char path[256];

  snprintf (path, sizeof path, "%s/%s", folder, name);

  FILE *file = fopen (path, "r");
  size_t n = file != NULL ? fread (text, 1, TEXT_SIZE - 1, file) : 0;

  text[n] = '\0';
  if (file != NULL)
    fclose (file);
}

/* Runs the command in the test's folder; fills `out` and `err`; gives the exit status, or -signal.
 */
static int
litesmith (const char *const *arguments)
{
  posix_spawn_file_actions_t actions;
  const char *argv[32] = { getenv ("LITESMITH") };
  char out_path[256], err_path[256];
  pid_t pid;
  int status = 0;

  for (int i = 0; i < 30 && arguments[i] != NULL; i++)
    argv[i + 1] = arguments[i];
  snprintf (out_path, sizeof out_path, "%s/.out", folder);
  snprintf (err_path, sizeof err_path, "%s/.err", folder);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 1, out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen (&actions, 2, err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addchdir_np (&actions, folder);
  CHECK (posix_spawn (&pid, argv[0], &actions, NULL, (char *const *) argv, environ) == 0);
  waitpid (pid, &status, 0);
  posix_spawn_file_actions_destroy (&actions);
  read_text (".out", out);
  read_text (".err", err);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

#define RUN_CLI(...) litesmith ((const char *const[]){ __VA_ARGS__, NULL })

static const char *
sample (const char *name)
{
  static char paths[4][512];
  static int next;
  char *path = paths[next++ % 4];

  snprintf (path, 512, "%s/%s", getenv ("SAMPLES"), name);
  return path;
}

/* One line that begins as it should and names what it is about. */
static bool
is_error_line (const char *about)
{
  size_t length = strlen (err);

  return strncmp (err, "litesmith: ", 11) == 0 && length > 0
         && strchr (err, '\n') == err + length - 1 && strstr (err, about) != NULL;
}

/* Compares standard output with a file of expected text, without the folder of the samples. */
static void
check_golden (const char *name)
{
  char path[512], *at;
  const char *samples = getenv ("SAMPLES");
  char *expected = calloc (1, TEXT_SIZE);

  while ((at = strstr (out, samples)) != NULL)
    memmove (at, at + strlen (samples) + 1, strlen (at + strlen (samples) + 1) + 1);
  snprintf (path, sizeof path, "%s/%s", getenv ("GOLDEN"), name);

  FILE *file = fopen (path, getenv ("LITESMITH_UPDATE") != NULL ? "w+" : "r");

  CHECK (file != NULL);
  if (file != NULL && getenv ("LITESMITH_UPDATE") != NULL)
    {
      fputs (out, file);
      rewind (file);
    }
  if (file != NULL)
    {
      CHECK (fread (expected, 1, TEXT_SIZE - 1, file) > 0);
      fclose (file);
    }
  CHECK_STR (out, expected);
  free (expected);
}

static bool
is_json_object (const char *text)
{
  LsJsonDoc *doc;
  bool is_good = ls_json_parse (text, strlen (text), &doc, NULL) == LS_OK;

  if (is_good)
    {
      is_good
        = ls_json_count (ls_json_root (doc)) > 0 && ls_json_key (ls_json_root (doc), 0) != NULL;
      ls_json_free (doc);
    }
  return is_good;
}

static bool
exists (const char *name)
{
  char path[256];

  snprintf (path, sizeof path, "%s/%s", folder, name);
  return access (path, F_OK) == 0;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void
reports_are_as_they_were (void)
{
  CHECK (RUN_CLI ("info", sample ("digits-int8.tflite")) == 0);
  check_golden ("info.txt");
  CHECK (RUN_CLI ("info", "--operators", "--tensors", sample ("digits-sparse-float16.tflite"))
         == 0);
  check_golden ("info-operators.txt");
  CHECK (RUN_CLI ("info", "--json", "--operators", sample ("digits.tflite")) == 0);
  check_golden ("info.json");
  CHECK (RUN_CLI ("tensor", sample ("digits-int8.tflite"), "conv1/weights") == 0);
  check_golden ("tensor.txt");
  CHECK (RUN_CLI ("tensor", "--json", sample ("digits-sparse-float16.tflite"), "2") == 0);
  check_golden ("tensor-sparse.json");
  CHECK (RUN_CLI ("check", sample ("digits-broken-bias.tflite")) == 0);
  check_golden ("check.txt");
  CHECK (RUN_CLI ("graph", sample ("digits-sparse-float16.tflite"), "-o", "graph.dot") == 0);
  read_text ("graph.dot", out);
  check_golden ("graph.dot");
  CHECK (RUN_CLI ("explain", sample ("digits-int8.tflite"), "conv1", "--at", "0,0,2,3") == 0);
  check_golden ("explain.txt");
  CHECK (RUN_CLI ("explain", sample ("digits-uint8.tflite"), "FULLY_CONNECTED", "--at", "0,7",
                  "--seed", "3", "--json")
         == 0);
  check_golden ("explain.json");
  CHECK (RUN_CLI ("explain", sample ("digits-int8.tflite"), "DEPTHWISE_CONV_2D", "--at", "0,1,1,9",
                  "--c")
         == 0);
  check_golden ("explain-program.txt");
}

static void
explanations_are_refused_with_a_reason (void)
{
  const char *model = sample ("digits-int8.tflite");

  CHECK (RUN_CLI ("explain", model, "0") == 2);
  CHECK (is_error_line ("1×8×8×16"));
  CHECK (RUN_CLI ("explain", model, "0", "--at", "0,8,0,0") == 1);
  CHECK (is_error_line ("[0, 8, 0, 0]") && is_error_line ("[1, 8, 8, 16]"));
  CHECK (RUN_CLI ("explain", model, "0", "--at", "0,0") == 1 && is_error_line ("[1, 8, 8, 16]"));
  CHECK (RUN_CLI ("explain", model, "0", "--at", "0,x,0,0") == 2 && is_error_line ("0,x,0,0"));
  CHECK (RUN_CLI ("explain", model, "CONV_2D", "--at", "0,0,0,0") == 1);
  CHECK (is_error_line ("3 operators CONV_2D"));
  CHECK (RUN_CLI ("explain", model, "nothing", "--at", "0") == 1 && is_error_line ("nothing"));
  CHECK (RUN_CLI ("explain", model, "RESHAPE", "--at", "0,0") == 0);
  CHECK (strstr (out, "Nothing is computed") != NULL);
  CHECK (RUN_CLI ("explain", sample ("digits-sparse-float16.tflite"), "4", "--at", "0,0,0,0") == 1);
  CHECK (is_error_line ("DENSIFY cannot be explained"));
  CHECK (RUN_CLI ("explain", model, "0", "--at", "0,0,0,0", "--subgraph", "9") == 1);
  CHECK (is_error_line ("subgraph 9"));
  CHECK (RUN_CLI ("explain", model, "0", "--at", "0,0,0,0", "--json", "--c") == 2);
  CHECK (RUN_CLI ("explain", "absent.tflite", "0", "--at", "0") == 1);
  CHECK (is_error_line ("absent.tflite"));
}

static void
json_is_one_object (void)
{
  CHECK (RUN_CLI ("info", "--json", "--operators", "--tensors", sample ("digits-uint8.tflite"))
         == 0);
  CHECK (is_json_object (out));
  CHECK (RUN_CLI ("tensor", "--json", sample ("digits.tflite"), "12") == 0 && is_json_object (out));
  CHECK (RUN_CLI ("check", "--json", "--target", "imx8mp-npu", sample ("digits.tflite")) == 0);
  CHECK (is_json_object (out));
  CHECK (RUN_CLI ("run", "--json", sample ("digits.tflite"), "--until", "dense") == 0);
  CHECK (is_json_object (out) && err[0] == '\0');
}

static void
bad_files_are_one_line_and_status_1 (void)
{
  static const char *const commands[] = { "info", "check", "run", "bench" };

  for (int i = 0; i < 4; i++)
    {
      CHECK (RUN_CLI (commands[i], "no-such-file.tflite") == 1);
      CHECK (out[0] == '\0' && is_error_line ("no-such-file.tflite"));
      CHECK (RUN_CLI (commands[i], "--json", ".") == 1);
      CHECK (out[0] == '\0' && is_error_line ("folder"));
    }
  CHECK (RUN_CLI ("convert", "no-such-file.tflite", "out.tflite") == 1 && !exists ("out.tflite"));
  CHECK (RUN_CLI ("graph", "no-such-file.tflite", "-o", "out.svg") == 1 && !exists ("out.svg"));
  CHECK (RUN_CLI ("tensor", sample ("digits.tflite"), "no such tensor") == 1);
  CHECK (is_error_line ("no such tensor"));
  CHECK (RUN_CLI ("tensor", sample ("digits.tflite"), "image", "-o", "x.npy") == 1);
  CHECK (is_error_line ("no constant") && !exists ("x.npy"));
}

/* Only a note, for a program may bring the operator; but nobody could look behind it. */
static void
unknown_operator_is_a_note_and_status_1 (void)
{
  static const char model[]
    = "{\"version\": 3, \"operator_codes\": [{\"builtin_code\": \"CUSTOM\", "
      "\"deprecated_builtin_code\": 32, \"custom_code\": \"%s\"}], \"subgraphs\": [{\"tensors\": ["
      "{\"shape\": [2], \"name\": \"x\"}, {\"shape\": [2], \"name\": \"y\"}], \"inputs\": [0], "
      "\"outputs\": [1], \"operators\": [{\"inputs\": [0], \"outputs\": [1]}]}], "
      "\"buffers\": [{}]}";
  static const char *const codes[] = { "Strange", "edgetpu-custom-op" };

  for (int i = 0; i < 2; i++)
    {
      char path[256];

      snprintf (path, sizeof path, "%s/custom.json", folder);

      FILE *file = fopen (path, "w");

      CHECK (file != NULL);
      fprintf (file, model, codes[i]);
      fclose (file);
      CHECK (RUN_CLI ("check", "--json", "custom.json") == (i == 0));
      CHECK (is_json_object (out) && strstr (out, "\"info\"") != NULL);
      CHECK (i == 0 ? is_error_line ("Strange") : err[0] == '\0');
    }
}

/* Found by fuzzing under the sanitizers: a null pointer was copied from. */
static void
metadata_without_bytes_is_told (void)
{
  static const char model[]
    = "{\"version\": 3, \"subgraphs\": [{\"tensors\": []}], \"buffers\": [{}], "
      "\"metadata\": [{\"name\": \"hollow\", \"buffer\": 0}]}";
  char path[256];

  snprintf (path, sizeof path, "%s/hollow.json", folder);

  FILE *file = fopen (path, "w");

  CHECK (file != NULL);
  fputs (model, file);
  fclose (file);
  CHECK (RUN_CLI ("info", "--json", "hollow.json") == 0);
  CHECK (is_json_object (out) && strstr (out, "hollow") != NULL);
}

static void
wrong_usage_is_status_2 (void)
{
  const char *model = sample ("digits.tflite");

  CHECK (RUN_CLI ("no-such-command") == 2 && is_error_line ("no-such-command"));
  CHECK (RUN_CLI ("info") == 2 && is_error_line ("MODEL"));
  CHECK (RUN_CLI ("info", model, "more") == 2 && is_error_line ("more"));
  CHECK (RUN_CLI ("info", "--no-such-option", model) == 2 && is_error_line ("--no-such-option"));
  CHECK (RUN_CLI ("run", model, "--threads", "zero") == 2 && is_error_line ("zero"));
  CHECK (RUN_CLI ("run", model, "--mode", "slow") == 2 && is_error_line ("exact fast"));
  CHECK (RUN_CLI ("run", model, "--input", "x.npy") == 2 && is_error_line ("NAME=FILE"));
  CHECK (RUN_CLI ("run", "--batch", "list.jsonl", model) == 2);
  CHECK (RUN_CLI ("graph", model) == 2 && is_error_line ("-o"));
  CHECK (RUN_CLI ("graph", model, "-o", "x.bmp") == 2 && is_error_line ("x.bmp"));
  CHECK (RUN_CLI ("convert", model, model) == 2 && is_error_line ("--in-place"));
}

static void
run_writes_outputs_that_can_be_fed_again (void)
{
  const char *model = sample ("digits.tflite");
  LsArray array;
  char path[256], input[600];

  snprintf (input, sizeof input, "image=%s", sample ("digit-7.png"));
  CHECK (RUN_CLI ("run", model, "--input", input, "--until", "conv1", "-o", "out/deep") == 0);
  snprintf (path, sizeof path, "%s/out/deep/000.npy", folder);
  CHECK (ls_array_load (path, NULL, NULL, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_FLOAT32 && array.rank == 4 && array.dims[3] == 16);
  ls_array_clear (&array);
  CHECK (RUN_CLI ("run", model, "--input", input, "--until", "dense", "-o", "out/flat") == 0);
  CHECK (RUN_CLI ("run", model, "--input", "0=out/flat/000.npy", "--until", "conv1") == 1);
  CHECK (is_error_line ("CONV_2D") && strstr (err, "dimensions") != NULL);
  CHECK (RUN_CLI ("run", model, "--input", "nothing=out/deep/000.npy", "--until", "conv1") == 1);
  CHECK (is_error_line ("nothing"));
}

static void
steps_have_folders_of_their_own (void)
{
  CHECK (
    RUN_CLI ("run", sample ("digits.tflite"), "--until", "dense", "--steps", "2", "-o", "steps")
    == 0);
  CHECK (exists ("steps/0/000.npy") && exists ("steps/1/000.npy") && !exists ("steps/2"));
  CHECK (RUN_CLI ("run", sample ("digits.tflite"), "--steps", "2", "-i", "0@2=x.npy") == 2);
}

static void
trace_writes_what_was_computed (void)
{
  CHECK (RUN_CLI ("run", sample ("digits.tflite"), "--until", "conv1", "--trace", "trace") == 0);
  CHECK (exists ("trace/t00000.npy") && exists ("trace/index.json"));
  CHECK (!exists ("trace/t00002.npy")); /* a constant */
  read_text ("trace/index.json", out);
  CHECK (is_json_object (out) && strstr (out, "CONV_2D") != NULL);
}

static void
edited_models_are_told_apart (void)
{
  const char *model = sample ("digits-int8.tflite");

  CHECK (RUN_CLI ("edit", model, "e.tflite", "--from", "conv1", "--until", "dense", "--rename",
                  "dense=logits", "--metadata", "author=Litesmith", "--op-version", "CONV_2D=5")
         == 0);
  CHECK (strstr (out, "8 operators → 6\n") != NULL);
  CHECK (RUN_CLI ("info", "e.tflite") == 0 && strstr (out, "output 0: logits") != NULL);
  CHECK (strstr (out, "Author        Litesmith\n") != NULL);
  CHECK (RUN_CLI ("diff", model, "e.tflite") == 1 && strstr (out, "version 3 → 5") != NULL);
  CHECK (RUN_CLI ("edit", model, "e.json", "--shape", "image=?x8x8x1", "--json") == 0);
  CHECK (is_json_object (out) && exists ("e.json"));
  CHECK (RUN_CLI ("edit", model, "f.tflite", "--until", "nothing") == 1
         && is_error_line ("nothing"));
  CHECK (RUN_CLI ("edit", model, "f.tflite", "--from", "pool", "--until", "conv1") == 1);
  CHECK (is_error_line ("\"conv1\" cannot be computed") && !exists ("f.tflite"));
  CHECK (RUN_CLI ("edit", model, "f.tflite", "--shape", "image=1xx") == 2);
  CHECK (RUN_CLI ("edit", model, "f.tflite", "--rename", "dense") == 2);
  CHECK (RUN_CLI ("edit", model, "f.bad", "--description", "x") == 2 && !exists ("f.bad"));
  CHECK (RUN_CLI ("edit", model, model, "--description", "x") == 2 && is_error_line ("--in-place"));
}

static void
failed_runs_leave_nothing (void)
{
  CHECK (RUN_CLI ("run", sample ("digits.tflite"), "--until", "conv1", "-o", "left/a", "--trace",
                  "/proc/no/such/folder")
         == 1);
  CHECK (!exists ("left"));
}

static void
batch_goes_on_behind_a_bad_model (void)
{
  char path[256];

  snprintf (path, sizeof path, "%s/list.jsonl", folder);

  FILE *list = fopen (path, "w");

  fprintf (list,
           "{\"model\": \"none\\u0041.tflite\", \"inputs\": {}, \"output_dir\": \"b0\"}\n\n"
           "{\"model\": \"%s\", \"inputs\": {\"9\": \"x\"}, \"output_dir\": \"b1\"}\n",
           sample ("digits.tflite"));
  fclose (list);
  CHECK (RUN_CLI ("run", "--batch", "list.jsonl") == 0);

  char *second = strchr (out, '\n');

  CHECK (strstr (out, "\"model\": \"noneA.tflite\", \"ok\": false") != NULL);
  CHECK (second != NULL && strstr (second, "there is no input \\\"9\\\"") != NULL);
  list = fopen (path, "w");
  fputs ("{\"inputs\": {}}\n", list);
  fclose (list);
  CHECK (RUN_CLI ("run", "--batch", "list.jsonl") == 1 && is_error_line ("line 1"));
}

static void
tensors_are_saved_dense_and_raw (void)
{
  LsArray array;
  char path[256];
  const char *model = sample ("digits-int8.tflite");

  snprintf (path, sizeof path, "%s/w.npy", folder);
  CHECK (RUN_CLI ("tensor", model, "conv1/weights", "-o", "w.npy") == 0 && out[0] == '\0');
  CHECK (ls_array_load (path, NULL, NULL, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_FLOAT32 && array.rank == 4);
  ls_array_clear (&array);
  CHECK (RUN_CLI ("tensor", model, "conv1/weights", "--raw", "-o", "w.npy") == 0);
  CHECK (ls_array_load (path, NULL, NULL, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_INT8 && array.rank == 4);
  ls_array_clear (&array);
}

static void
repair_keeps_the_length_and_mends (void)
{
  struct stat before, after;
  const char *broken = sample ("digits-broken-bias.tflite");
  char path[256];

  snprintf (path, sizeof path, "%s/mended.tflite", folder);
  CHECK (RUN_CLI ("repair", broken, "mended.tflite", "--json") == 0 && is_json_object (out));
  CHECK (strstr (out, "bias-scale-mismatch") != NULL);
  CHECK (stat (broken, &before) == 0 && stat (path, &after) == 0);
  CHECK (before.st_size == after.st_size);
  CHECK (RUN_CLI ("check", "mended.tflite") == 0 && strstr (out, "0 errors, 0 warnings") != NULL);
  CHECK (RUN_CLI ("repair", broken, "same.tflite", "--compare", "--json", "--fix",
                  "bias-scale-mismatch:keep-integers@1")
         == 0);
  CHECK (is_json_object (out) && strstr (out, "\"sqnr_db\": \"inf\"") != NULL);
  CHECK (RUN_CLI ("repair", broken, "new.tflite", "--rewrite", "--compare") == 0);
  CHECK (strstr (out, "17 values changed") != NULL && strstr (out, "max abs") != NULL);
  CHECK (RUN_CLI ("check", "new.tflite") == 0 && strstr (out, "0 errors, 0 warnings") != NULL);
  CHECK (RUN_CLI ("repair", broken, "idle.tflite", "--json", "--fix", "bias-scale-mismatch@2")
         == 0);
  CHECK (is_json_object (out) && strstr (err, "fits no finding; it is at 0/1/5") != NULL);
  CHECK (RUN_CLI ("repair", broken, "no.tflite", "--fix", "nonsense") == 2
         && !exists ("no.tflite"));
}

static void
converted_model_can_be_read_again (void)
{
  CHECK (RUN_CLI ("convert", sample ("digits-sparse-float16.tflite"), "dense.tflite", "--to",
                  "float32", "--report", "report.json")
         == 0);
  CHECK (RUN_CLI ("info", "dense.tflite") == 0 && strstr (out, "DENSIFY") == NULL);
  read_text ("report.json", out);
  CHECK (is_json_object (out));
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "out.unknown") == 2);
  CHECK (is_error_line ("out.unknown") && !exists ("out.unknown"));
}

static void
diff_tells_by_its_status (void)
{
  const char *model = sample ("digits.tflite");

  CHECK (RUN_CLI ("diff", model, model) == 0 && strncmp (out, "no difference", 13) == 0);
  CHECK (RUN_CLI ("diff", model, sample ("digits-int8.tflite")) == 1 && err[0] == '\0');
  CHECK (strstr (out, "~ 0 CONV_2D \"conv1\"\n    version 1 → 3\n") != NULL);
  CHECK (RUN_CLI ("diff", "--json", model, sample ("digits-sparse-float16.tflite")) == 1);
  CHECK (is_json_object (out) && strstr (out, "\"operators_added\": 8") != NULL);
  CHECK (RUN_CLI ("diff", "--max", "1", model, sample ("digits-int8.tflite")) == 1);
  CHECK (strstr (out, " more (--max)") != NULL);
  /* Many differences are counted by kind of operator as well. */
  CHECK (strstr (out, "only in B\nCONV_2D ") != NULL);
  CHECK (RUN_CLI ("diff", model, "none.tflite") == 1 && is_error_line ("none.tflite"));
  CHECK (RUN_CLI ("diff", model) == 2 && RUN_CLI ("diff", model, model, "--max", "x") == 2);
}

static void
sparse_weights_are_told_one_by_one (void)
{
  CHECK (
    RUN_CLI ("convert", sample ("digits-sparse-float16.tflite"), "dense.tflite", "--to", "dense")
    == 0);
  CHECK (RUN_CLI ("convert", "dense.tflite", "sparse.tflite", "--sparsify", "--dry-run") == 0);
  CHECK (strstr (out, "through DENSIFY (1x1 ") != NULL && !exists ("sparse.tflite"));
  CHECK (RUN_CLI ("convert", "dense.tflite", "sparse.tflite", "--sparsify", "--block", "1x4") == 0);
  CHECK (strstr (out, "in blocks of 1x4") != NULL && exists ("sparse.tflite"));
  CHECK (RUN_CLI ("convert", "dense.tflite", "no.tflite", "--sparsify", "--block", "2x2") == 2);
}

static void
calibration_is_asked_for_and_ignored (void)
{
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "i8.tflite", "--to", "int8") == 2);
  CHECK (is_error_line ("--calibration") && !exists ("i8.tflite"));
  CHECK (RUN_CLI ("convert", sample ("digits-int8.tflite"), "u8.tflite", "--to", "uint8") == 0);
  CHECK (strstr (out, "became UINT8") != NULL && exists ("u8.tflite"));
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "i8.tflite", "--to", "int8", "--calibration",
                  getenv ("SAMPLES"))
         == 1);
  CHECK (is_error_line ("README.md: is no sample") && !exists ("i8.tflite"));
  CHECK (RUN_CLI ("run", sample ("digits.tflite"), "--until", "conv1", "-o", "deep") == 0);
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "i8.tflite", "--to", "int8", "--calibration",
                  "deep")
         == 1);
  CHECK (is_error_line ("litesmith: deep/000.npy: the array gives") && !exists ("i8.tflite"));
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "f16.tflite", "--to", "float16",
                  "--calibration", "nowhere", "--report", "f16.html")
         == 0);
  CHECK (is_error_line ("ignored"));
  read_text ("f16.html", out);
  CHECK (strstr (out, "</html>") != NULL && strstr (out, "constants became float16") != NULL);
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "x.tflite", "--observer", "none") == 2);
  CHECK (RUN_CLI ("convert", sample ("digits.tflite"), "x.tflite", "--mean", "1,2") == 2);
}

/* A folder with the pictures of the samples alone. */
static void
make_pictures (void)
{
  static const char digits[] = "023578";
  char from[600], to[300];

  snprintf (to, sizeof to, "%s/pictures", folder);
  mkdir (to, 0700);
  for (const char *at = digits; *at != '\0'; at++)
    {
      snprintf (from, sizeof from, "%s/digit-%c.png", getenv ("SAMPLES"), *at);
      snprintf (to, sizeof to, "%s/pictures/%c.png", folder, *at);
      CHECK (symlink (from, to) == 0);
    }
}

static void
pictures_make_integers_once_and_for_all (void)
{
  const char *model = sample ("digits.tflite");

  make_pictures ();
  CHECK (RUN_CLI ("convert", model, "i8.tflite", "--to", "int8", "--calibration", "pictures",
                  "--save-ranges", "ranges.json", "--report", "i8.json")
         == 0);
  CHECK (is_error_line ("0…1"));
  read_text ("i8.json", out);
  CHECK (is_json_object (out) && strstr (out, "\"sqnr_db\"") != NULL);
  CHECK (strstr (out, "\"calibration_samples\": 6") != NULL);
  CHECK (RUN_CLI ("convert", model, "my i8.tflite", "--to", "int8", "--calibration", "pictures",
                  "--std", "255", "--threads", "1")
         == 0);
  CHECK (strstr (out, "my i8.tflite: ") != NULL && strstr (out, ", the source ") != NULL);
  CHECK (strstr (out, " 'my i8.tflite' --calibration pictures --std 255 --sort sqnr\n") != NULL);
  CHECK (RUN_CLI ("convert", model, "again.tflite", "--to", "int8", "--calibration", "ranges.json")
         == 0);
  CHECK (err[0] == '\0');
  CHECK (RUN_CLI ("diff", "i8.tflite", "again.tflite") == 0);
  /* Sixteen bits are found again, too, and ranges for them are no good for eight. */
  CHECK (RUN_CLI ("convert", model, "i16.tflite", "--to", "int16x8", "--calibration", "pictures",
                  "--save-ranges", "ranges16.json")
         == 0);
  CHECK (
    RUN_CLI ("convert", model, "again.tflite", "--to", "int16x8", "--calibration", "ranges16.json")
    == 0);
  CHECK (RUN_CLI ("diff", "i16.tflite", "again.tflite") == 0);
  CHECK (
    RUN_CLI ("convert", model, "again.tflite", "--to", "int16x8", "--calibration", "ranges.json")
    == 0);
  CHECK (RUN_CLI ("diff", "i16.tflite", "again.tflite") == 0);
  CHECK (RUN_CLI ("convert", model, "hand.tflite", "--to", "int8", "--calibration", "ranges.json",
                  "--range", "conv1=0:2.55")
         == 0);
  CHECK (RUN_CLI ("tensor", "hand.tflite", "conv1") == 0 && strstr (out, "0.01") != NULL);
  CHECK (RUN_CLI ("diff", "i8.tflite", "hand.tflite") == 1);
  CHECK (RUN_CLI ("convert", model, "x.tflite", "--to", "int8", "--calibration", "ranges.json",
                  "--range", "nothing=0:1")
         == 1);
  CHECK (is_error_line ("\"nothing\""));
  CHECK (RUN_CLI ("convert", model, "x.tflite", "--to", "int8", "--calibration", "ranges.json",
                  "--range", "conv1=2:1")
         == 2);
  CHECK (RUN_CLI ("convert", model, "npu.tflite", "--target", "imx8mp-npu", "--calibration",
                  "ranges.json", "--json")
         == 0);
  CHECK (is_json_object (out) && strstr (out, "\"to\": \"int8\"") != NULL);
  CHECK (strstr (out, "\"name\": \"imx8mp-npu\"") != NULL);
  CHECK (RUN_CLI ("check", "npu.tflite", "--target", "imx8mp-npu") == 0);
  CHECK (strstr (out, "vx-per-channel") == NULL);
  CHECK (RUN_CLI ("convert", model, "npu.tflite", "--target", "imx93-npu", "--calibration",
                  "ranges.json")
         == 0);
  CHECK (strstr (out, "100.0 % of the multiply-adds") != NULL);
  CHECK (RUN_CLI ("check", "npu.tflite", "--target", "imx93-npu") == 0);
  CHECK (strstr (out, "ethosu-per-axis") == NULL);
  CHECK (RUN_CLI ("convert", model, "x.tflite", "--target", "other") == 2);
  CHECK (RUN_CLI ("convert", sample ("digits-sparse-float16.tflite"), "x.tflite", "--target",
                  "litert-micro")
         == 1);
  CHECK (is_error_line ("DENSIFY") && !exists ("x.tflite"));
  CHECK (RUN_CLI ("compare", model, "i8.tflite", "--calibration", "pictures", "--sort", "sqnr",
                  "--std", "255")
         == 0);
  CHECK (strstr (out, "6 samples\n") != NULL && strstr (out, "the same best of 10") != NULL);

  /* One picture is normalised as told, too. */
  char input[1000];

  snprintf (input, sizeof input, "0=%s", sample ("digit-7.png"));
  CHECK (RUN_CLI ("compare", model, model, "-i", input, "--std", "255", "--outputs") == 0);

  char *normal = strdup (out);

  CHECK (strstr (out, "are random") == NULL);
  CHECK (RUN_CLI ("compare", model, model, "-i", input, "--std", "25500", "--outputs") == 0);
  CHECK (strcmp (out, normal) != 0);
  free (normal);
  CHECK (
    RUN_CLI ("compare", model, "i8.tflite", "--calibration", "pictures", "--report", "c d.html")
    == 0);
  CHECK (strstr (out, "own dB") != NULL);
  read_text ("c d.html", out);
  CHECK (strstr (out, "i8.tflite --calibration pictures --report 'c d.html'</pre>") != NULL);
  CHECK (RUN_CLI ("compare", model, "i8.tflite", "--calibration", "pictures", "--json",
                  "--max-samples", "2")
         == 0);
  CHECK (is_json_object (out) && strstr (out, "\"samples\": 2") != NULL);
  CHECK (strstr (out, "\"top1\"") != NULL);
}

/* What an option cannot do is told, and what contradicts itself refused. */
static void
options_that_do_nothing_are_told (void)
{
  const char *model = sample ("digits.tflite");
  static const struct
  {
    const char *to, *option, *value, *about;
    int status;
  } cases[] = {
    { "float16", "--min-sqnr", "30", "--min-sqnr is ignored", 0 },
    { "float16", "--keep-float", "CONV_2D", "--keep-float is ignored", 0 },
    { "dynamic", "--observer", "mse", "--observer is ignored", 0 },
    { "dynamic", "--adaptive-rounding", "on", "--adaptive-rounding is ignored", 0 },
    { "keep", "--block", "4x4", "--block is ignored", 0 },
    { "int8", "--weight-block", "32", "--weight-block is ignored", 0 },
    { "int16x8", "--weight-bits", "4", "--weight-bits is ignored", 0 },
    { "int8", "--auto", "--bgr", "--auto is ignored", 0 },
    { "int8", "--min-sqnr", "30", "--min-sqnr needs samples", 2 },
    { "int8", "--calibration", "other.json", "--calibration takes ranges once", 2 },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      bool has_data = strncmp (cases[i].to, "int", 3) == 0;

      CHECK (RUN_CLI ("convert", model, "o.tflite", "--to", cases[i].to, cases[i].option,
                      cases[i].value, has_data ? "--calibration" : "--keep-names",
                      has_data ? "ranges.json" : NULL)
             == cases[i].status);
      CHECK (is_error_line (cases[i].about));
    }
  CHECK (RUN_CLI ("convert", model, "o.tflite", "--to", "dynamic", "--weight-block", "32",
                  "--weight-bits", "8")
         == 2);
  CHECK (RUN_CLI ("convert", model, "o.tflite", "--to", "int8", "--calibration", "ranges.json",
                  "--keep-float", "no_such_*")
         == 0);
  CHECK (err[0] == '\0' && strstr (out, "\"no_such_*\": no operator") != NULL);
}

/* Nothing that is read is written to, and what cannot be written is told before the work. */
static void
outputs_spare_what_is_read (void)
{
  const char *model = sample ("digits.tflite");
  const char *const writers[] = { "--report", "--save-ranges" };

  CHECK (RUN_CLI ("convert", model, "own.tflite") == 0);
  CHECK (RUN_CLI ("convert", "own.tflite", "r.tflite", "--to", "int8", "--calibration", "pictures",
                  "--save-ranges", "spared.json")
         == 0);
  for (int i = 0; i < 2; i++)
    {
      CHECK (RUN_CLI ("convert", "own.tflite", "x.tflite", "--to", "int8", "--calibration",
                      "pictures", writers[i], "own.tflite")
             == 2);
      CHECK (is_error_line ("own.tflite is the model itself"));
      CHECK (RUN_CLI ("convert", "own.tflite", "x.tflite", "--to", "int8", "--calibration",
                      "spared.json", writers[i], "spared.json")
             == 2);
      CHECK (is_error_line ("--calibration reads"));
      CHECK (RUN_CLI ("convert", "own.tflite", "x.tflite", "--to", "int8", "--calibration",
                      "pictures", writers[i], "./x.tflite")
             == 2);
      CHECK (is_error_line ("written twice"));
      CHECK (RUN_CLI ("convert", "own.tflite", "x.tflite", "--to", "int8", "--calibration",
                      "pictures", writers[i], "nowhere/x")
             == 1);
      CHECK (is_error_line ("nowhere/x: cannot be written") && !exists ("x.tflite"));
    }
  CHECK (
    RUN_CLI ("convert", "own.tflite", "nowhere/x.tflite", "--calibration", "absent", "--to", "int8")
    == 1);
  CHECK (is_error_line ("nowhere/x.tflite: cannot be written"));
  CHECK (RUN_CLI ("convert", "own.tflite", "x.odd", "--calibration", "absent", "--to", "int8")
         == 2);
  CHECK (is_error_line ("x.odd"));
  CHECK (RUN_CLI ("tensor", "own.tflite", "conv1/weights", "-o", "own.tflite") == 2);
  CHECK (RUN_CLI ("bench", "own.tflite", "--csv", "own.tflite") == 2);
  CHECK (RUN_CLI ("diff", model, "own.tflite") == 0);
}

/* A disk without room, or a limit that stands for it: a sentence, and nothing half-written. */
static void
full_disks_keep_nothing_half (void)
{
  struct rlimit limit, small;

  CHECK (getrlimit (RLIMIT_FSIZE, &limit) == 0);
  small = limit;
  small.rlim_cur = 4096;
  CHECK (setrlimit (RLIMIT_FSIZE, &small) == 0);

  int status = RUN_CLI ("convert", sample ("digits.tflite"), "large.tflite");

  CHECK (setrlimit (RLIMIT_FSIZE, &limit) == 0);
  CHECK (status == 1 && is_error_line ("large.tflite") && !exists ("large.tflite"));

  char command[128];

  snprintf (command, sizeof command, "test -z \"$(ls -A %s | grep large)\"", folder);
  CHECK (system (command) == 0);
}

static void
drawings_are_whole (void)
{
  CHECK (RUN_CLI ("graph", sample ("digits.tflite"), "-o", "g.svg") == 0);
  read_text ("g.svg", out);
  CHECK (strncmp (out, "<?xml", 5) == 0 && strstr (out, "</svg>\n") != NULL);
  CHECK (strstr (out, ">MAX_POOL_2D<") != NULL);
}

/* Every option of the help is in the manual and in each completion. */
static void
help_manual_and_completion_say_the_same (void)
{
  static const char *const commands[]
    = { "info",    "tensor", "check", "repair", "convert", "run",
        "compare", "diff",   "edit",  "bench",  "graph",   "explain" };
  static char *const shells[] = { "bash", "zsh", "fish" };
  char *texts[4];

  CHECK (RUN_CLI ("--man") == 0);
  texts[3] = strdup (out);
  for (int i = 0; i < 3; i++)
    {
      CHECK (RUN_CLI ("--completion", shells[i]) == 0);
      texts[i] = strdup (out);
    }
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    {
      CHECK (RUN_CLI (commands[i], "--help") == 0 && strstr (out, "Usage: litesmith") == out);
      for (char *at = strstr (out, "\nOptions:"); at != NULL && (at = strstr (at, "--")) != NULL;)
        {
          char name[64];
          size_t length = strcspn (at += 2, " \n,.");
          bool is_option = at[-3] == ' ' && (at[-4] == ' ' || at[-4] == ',');

          snprintf (name, sizeof name, "%.*s", (int) length, at);
          for (int k = 0; is_option && strcmp (name, "version") != 0 && k < 3; k++)
            CHECK (strstr (texts[k], name) != NULL);
        }
      for (int k = 0; k < 4; k++)
        CHECK (strstr (texts[k], commands[i]) != NULL);
    }
  for (int k = 0; k < 4; k++)
    free (texts[k]);
  CHECK (RUN_CLI ("--version") == 0 && strncmp (out, "litesmith ", 10) == 0);
  CHECK (RUN_CLI ("--help") == 0 && strstr (out, "bench") != NULL);
  /* The words that an option takes. */
  CHECK (RUN_CLI ("compare", "--help") == 0 && strstr (out, "stretch") != NULL);
}

int
main (void)
{
  out = calloc (1, TEXT_SIZE);
  err = calloc (1, TEXT_SIZE);
  if (getenv ("LITESMITH") == NULL || mkdtemp (folder) == NULL)
    return 77;
  setenv ("LITESMITH_LAYOUT", "/nonexistent", 1);
  RUN (reports_are_as_they_were);
  RUN (explanations_are_refused_with_a_reason);
  RUN (json_is_one_object);
  RUN (bad_files_are_one_line_and_status_1);
  RUN (unknown_operator_is_a_note_and_status_1);
  RUN (metadata_without_bytes_is_told);
  RUN (wrong_usage_is_status_2);
  RUN (run_writes_outputs_that_can_be_fed_again);
  RUN (steps_have_folders_of_their_own);
  RUN (trace_writes_what_was_computed);
  RUN (edited_models_are_told_apart);
  RUN (failed_runs_leave_nothing);
  RUN (batch_goes_on_behind_a_bad_model);
  RUN (tensors_are_saved_dense_and_raw);
  RUN (repair_keeps_the_length_and_mends);
  RUN (converted_model_can_be_read_again);
  RUN (diff_tells_by_its_status);
  RUN (sparse_weights_are_told_one_by_one);
  RUN (calibration_is_asked_for_and_ignored);
  RUN (pictures_make_integers_once_and_for_all);
  RUN (options_that_do_nothing_are_told);
  RUN (outputs_spare_what_is_read);
  RUN (full_disks_keep_nothing_half);
  RUN (drawings_are_whole);
  RUN (help_manual_and_completion_say_the_same);

  char command[128];

  snprintf (command, sizeof command, "rm -r %s", folder);
  CHECK (system (command) == 0);
  free (out);
  free (err);
  return done ();
}
