/*
 * Bytes as the answer of the layout helper, which is another program and may say anything: the
 * graph is drawn all the same. The first byte tells whether the helper reads the question and
 * whether it fails in the end.
 */
#include "fuzz.h"

#include <sys/stat.h>

#include "fixtures.h"

/* A helper that says what stands in a file; its path. */
static const char *
make_helper (const char *answer)
{
  static char path[256];
  FILE *file;

  if (path[0] != '\0')
    return path;
  snprintf (path, sizeof path, "%s", fixture_path (".sh"));
  file = fopen (path, "w");
  if (file == NULL)
    fuzz_fail ("the helper cannot be written");
  fprintf (file,
           "#!/bin/sh\nread -r how < '%s.how'\ncase $how in *r*) cat > /dev/null ;; esac\n"
           "cat '%s'\ncase $how in *f*) exit 1 ;; esac\n",
           answer, answer);
  if (fclose (file) != 0 || chmod (path, 0700) != 0)
    fuzz_fail ("the helper cannot be written");
  return path;
}

/* x → RELU → y → ADD with x → z */
static LsModel *
make_model (void)
{
  static const int32_t dims[] = { 2 };
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 1, dims),
            y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 1, dims),
            z = fixture_tensor (model, "z", LS_TYPE_FLOAT32, 1, dims);

  fixture_op (model, LS_OP_RELU, NULL, (int32_t[]){ x }, 1, (int32_t[]){ y }, 1);
  fixture_op (model, LS_OP_ADD, "AddOptions", (int32_t[]){ x, y }, 2, (int32_t[]){ z }, 1);
  fixture_ports (model, x, z);
  return model;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const hows[] = { "-\n", "r\n", "f\n", "rf\n" };
  static LsModel *model;
  static char answer[256], how[300], picture[256];
  LsError error = { 0 };

  if (size == 0)
    return 0;
  if (model == NULL)
    {
      model = make_model ();
      snprintf (answer, sizeof answer, "%s", fixture_path (".answer"));
      snprintf (how, sizeof how, "%s.how", answer);
      snprintf (picture, sizeof picture, "%s", fixture_path (".svg"));
    }
  fuzz_write_file (answer, data + 1, size - 1);
  fuzz_write_file (how, (const uint8_t *) hows[data[0] & 3], strlen (hows[data[0] & 3]));
  if (ls_graph_save (model, 0, picture, make_helper (answer), &error) != LS_OK)
    fuzz_fail (error.message);
  memcpy (picture + strlen (picture) - 3, (data[0] & 4) != 0 ? "png" : "pdf", 3);
  if (ls_graph_save (model, 0, picture, make_helper (answer), &error) != LS_OK)
    fuzz_expect_sentence (&error);
  unlink (picture);
  memcpy (picture + strlen (picture) - 3, "svg", 3);
  return 0;
}
