/*
 * Bytes as a file that becomes inputs of a model: one input of any kind, raw bytes included, and
 * the samples of a calibration. The first byte chooses the model.
 */
#include "fuzz.h"

#include <sys/stat.h>

#include "fixtures.h"

enum
{
  N_SHAPES = 5,
  N_TYPES = 6,
  MAX_SAMPLES = 8 /* that are loaded */
};

static const LsArray shapes[N_SHAPES] = {
  { .rank = 0 },
  { .rank = 1, .dims = { 4 } },
  { .rank = 2, .dims = { -1, 2 } },
  { .rank = 4, .dims = { 1, 3, 2, 3 } },
  { .rank = 4, .dims = { 1, 1, -1, -1 } },
};

static const LsType types[N_TYPES]
  = { LS_TYPE_FLOAT32, LS_TYPE_INT8, LS_TYPE_UINT8, LS_TYPE_INT16, LS_TYPE_INT64, LS_TYPE_STRING };

/* One input, and with a mark a second; integers with a scale. */
static LsModel *
make_model (const LsArray *shape, LsType type, bool has_two)
{
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x", type, shape->rank, shape->dims);
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 1, (int32_t[]){ 2 });

  if (ls_type_is_integer (type))
    fixture_quantize (model, x, 0.5f, 3);
  if (!ls_model_set_ports (model, 0, (int32_t[]){ x, y }, has_two ? 2 : 1, (int32_t[]){ y }, 1))
    abort ();
  return model;
}

static void
read_one (const char *path, const LsArray *want)
{
  const LsImageOptions image = { .resize = LS_RESIZE_STRETCH };
  LsArray array;
  LsError error = { 0 };

  if (ls_array_load (path, want, &image, &array, &error) == LS_OK)
    fuzz_walk_array (&array);
  else
    fuzz_expect_sentence (&error);
  ls_array_clear (&array);
}

static void
read_archive (const char *path)
{
  char **names;
  uint32_t count;
  LsError error = { 0 };

  if (ls_npz_list (path, &names, &count, &error) != LS_OK)
    {
      fuzz_expect_sentence (&error);
      return;
    }
  for (uint32_t i = 0; i < count && i < MAX_SAMPLES; i++)
    {
      LsArray array = { 0 };

      if (ls_npz_load (path, names[i], &array, &error) == LS_OK)
        fuzz_walk_array (&array);
      ls_array_clear (&array);
    }
  ls_npz_list_free (names, count);
}

static void
read_samples (const LsModel *model, const char *path)
{
  LsSamples *samples;
  LsError error = { 0 };

  if (ls_samples_open (model, path, NULL, &samples, &error) != LS_OK)
    {
      fuzz_expect_sentence (&error);
      return;
    }
  for (uint32_t i = 0; i < ls_samples_count (samples) && i < MAX_SAMPLES; i++)
    {
      LsArray inputs[2] = { 0 };

      if (ls_samples_load (samples, i, inputs, &error) != LS_OK)
        fuzz_expect_sentence (&error);
      for (int k = 0; k < 2; k++)
        {
          fuzz_walk_array (&inputs[k]);
          ls_array_clear (&inputs[k]);
        }
    }
  ls_samples_free (samples);
}

/* A folder of two files that hold the bytes, under names of one kind. */
static void
read_folder (const LsModel *model, unsigned choice, const uint8_t *data, size_t size)
{
  static const char *const endings[] = { "npy", "npz", "png", "jpg", "bmp", "ppm" };
  const char *ending = endings[choice % (sizeof endings / sizeof *endings)];
  char folder[300], files[2][320];

  snprintf (folder, sizeof folder, "%s", fixture_path (".samples"));
  if (mkdir (folder, 0700) != 0)
    fuzz_fail ("a folder cannot be made");
  for (int i = 0; i < 2; i++)
    {
      snprintf (files[i], sizeof files[i], "%s/%d.%s", folder, i, ending);
      fuzz_write_file (files[i], data, size);
    }
  read_samples (model, folder);
  unlink (files[0]);
  unlink (files[1]);
  rmdir (folder);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;

  const unsigned choice = data[0];
  const char *path = fixture_path (".input");
  LsArray want = shapes[choice % N_SHAPES];

  want.type = types[choice / N_SHAPES % N_TYPES];
  fuzz_write_file (path, data + 1, size - 1);
  read_one (path, &want);
  read_archive (path);

  LsModel *model = make_model (&want, want.type, choice >= N_SHAPES * N_TYPES * 4);

  read_samples (model, path);
  unlink (path);
  read_folder (model, choice / N_SHAPES, data + 1, size - 1);
  ls_model_free (model);
  return 0;
}
