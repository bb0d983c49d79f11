/* Samples of a calibration in every form, and what is said of those that do not fit. */
#include "test.h"

#include <math.h>

#include "formats/image/image.h"
#include "graph.h"
#include "litesmith.h"
#include "npz.h"

static const float numbers[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

/* t0 (and t1): 1×2×3 floats → RELU, ADD. */
static LsModel *
make_model (int n_inputs, int rank, const int32_t *dims)
{
  LsModel *model = graph_new ();
  int32_t a = graph_value (model, 0, LS_TYPE_FLOAT32, rank, dims);
  int32_t b = n_inputs > 1 ? graph_value (model, 0, LS_TYPE_FLOAT32, rank, dims) : a;
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, rank, dims);

  graph_op (model, 0, LS_OP_ADD, TENSORS (a, b), TENSORS (y));
  graph_ports (model, 0, n_inputs, (const int32_t[]){ a, b }, TENSORS (y));
  return model;
}

static LsSamples *
open_samples (const LsModel *model, const char *path, const LsImageOptions *image)
{
  LsSamples *samples;
  LsError error = { 0 };

  if (ls_samples_open (model, path, image, &samples, &error) != LS_OK)
    printf ("# %s: %s\n", path, error.message);
  CHECK (samples != NULL);
  return samples;
}

/* Whether opening, or loading a sample, fails with a sentence that holds all these words. */
static bool
is_refused (const LsModel *model, const char *path, const char *const *words)
{
  LsSamples *samples;
  LsArray inputs[4];
  LsError error = { 0 };
  LsStatus status = ls_samples_open (model, path, NULL, &samples, &error);

  for (uint32_t i = 0; status == LS_OK && i < ls_samples_count (samples); i++)
    {
      status = ls_samples_load (samples, i, inputs, &error);
      for (uint32_t k = 0; status == LS_OK && k < ls_samples_n_inputs (samples); k++)
        ls_array_clear (&inputs[k]);
    }
  ls_samples_free (samples);
  for (; *words != NULL; words++)
    if (strstr (error.message, *words) == NULL)
      {
        printf ("# \"%s\" is not in \"%s\"\n", *words, error.message);
        return false;
      }
  return status != LS_OK;
}

#define REFUSED(model, path, ...)                                                                  \
  is_refused (model, path, (const char *const[]){ __VA_ARGS__, NULL })

static bool
loads (const LsSamples *samples, uint32_t index, int rank, double first)
{
  LsArray inputs[4] = { 0 };
  LsError error = { 0 };
  bool is_good = samples != NULL && ls_samples_load (samples, index, inputs, &error) == LS_OK;

  if (!is_good)
    printf ("# %s\n", error.message);
  is_good = is_good && inputs[0].type == LS_TYPE_FLOAT32 && inputs[0].rank == rank
            && ls_array_get (&inputs[0], 0) == first;
  for (uint32_t i = 0; samples != NULL && i < ls_samples_n_inputs (samples); i++)
    ls_array_clear (&inputs[i]);
  return is_good;
}

static void
stack_has_samples_along_the_first_axis (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2, 3));
  LsSamples *samples;

  npz_write (npz_path ("s.npz"), &(NpzArray){ "in_0", "<f4", "2, 1, 2, 3", numbers, 48 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (ls_samples_count (samples) == 2 && ls_samples_n_inputs (samples) == 1);
  CHECK (loads (samples, 0, 3, 1) && loads (samples, 1, 3, 7));
  CHECK (ls_samples_note (samples) == NULL);
  ls_samples_free (samples);
  ls_model_free (model);
}

static void
batch_of_one_may_be_left_out (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2, 3));
  LsSamples *samples;

  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "2, 2, 3", numbers, 48 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 1, 3, 7));
  ls_samples_free (samples);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "2, 3, 2", numbers, 48 }, 1);
  CHECK (REFUSED (model, npz_path ("s.npz"), "t0", "3×2", "1×2×3"));
  ls_model_free (model);

  model = make_model (1, SHAPE (2, 3));
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "4, 3", numbers, 48 }, 1);
  CHECK (REFUSED (model, npz_path ("s.npz"), "t0", "takes 2×3"));
  ls_model_free (model);
}

static void
other_numbers_are_converted_when_they_fit (void)
{
  static const double doubles[] = { 1, 2, 3, 4, 5, 1e300 };
  static const int16_t shorts[] = { -7, 2, 3, 4, 5, 6 };
  LsModel *model = make_model (1, SHAPE (1, 2, 3));
  LsSamples *samples;

  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<i2", "1, 2, 3", shorts, 12 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 0, 3, -7));
  ls_samples_free (samples);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f8", "1, 2, 3", doubles, 48 }, 1);
  CHECK (REFUSED (model, npz_path ("s.npz"), "s.npz", "t0", "FLOAT32"));
  ls_model_free (model);
}

static void
arrays_are_found_by_name_and_must_agree (void)
{
  LsModel *model = make_model (2, SHAPE (1, 3));
  const NpzArray good[] = { { "in_1", "<f4", "2, 3", numbers + 6, 24 },
                            { "t0", "<f4", "2, 3", numbers, 24 },
                            { "label", "<f4", "2", numbers, 8 } };
  const NpzArray uneven[]
    = { { "in_1", "<f4", "1, 3", numbers, 12 }, { "in_0", "<f4", "2, 3", numbers, 24 } };
  LsSamples *samples;

  npz_write (npz_path ("s.npz"), good, 3);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 1, 2, 4));
  ls_samples_free (samples);
  npz_write (npz_path ("s.npz"), uneven, 2);
  CHECK (REFUSED (model, npz_path ("s.npz"), "in_1", "in_0", "1", "2"));
  npz_write (npz_path ("s.npz"), good + 1, 2);
  CHECK (REFUSED (model, npz_path ("s.npz"), "input 1", "t1", "in_1", "label"));
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "0, 3", numbers, 0 }, 1);
  CHECK (REFUSED (model, npz_path ("s.npz"), "t0", "no samples"));
  ls_model_free (model);
}

static void
put_npy (const char *name, const char *shape, const float *values, size_t size)
{
  uint8_t file[512];

  npz_write_bytes (npz_path (name), file, npz_npy (file, "<f4", shape, values, size));
}

/* Without a header the input's own type and shape count. */
static void
raw_bytes_are_the_input (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));
  LsSamples *samples;

  mkdir (npz_path ("raw"), 0700);
  npz_write_bytes (npz_path ("raw/a.raw"), numbers + 1, 8);
  npz_write_bytes (npz_path ("raw/b.bin"), numbers, 8);
  samples = open_samples (model, npz_path ("raw"), NULL);
  CHECK (ls_samples_count (samples) == 2);
  CHECK (loads (samples, 0, 2, 2) && loads (samples, 1, 2, 1));
  ls_samples_free (samples);
  npz_write_bytes (npz_path ("raw/c.bin"), numbers, 7);
  CHECK (REFUSED (model, npz_path ("raw"), "c.bin", "needs 8", "has 7"));
  ls_model_free (model);
}

static void
folders_are_read_in_the_order_of_names (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));
  LsSamples *samples;

  mkdir (npz_path ("npy"), 0700);
  put_npy ("npy/b.npy", "2,", numbers, 8);
  put_npy ("npy/a10.npy", "1, 2", numbers + 1, 8);
  put_npy ("npy/B.npy", "2,", numbers + 2, 8);
  samples = open_samples (model, npz_path ("npy"), NULL);
  CHECK (ls_samples_count (samples) == 3);
  CHECK (loads (samples, 0, 2, 3) && loads (samples, 1, 2, 2) && loads (samples, 2, 2, 1));
  ls_samples_free (samples);

  put_npy ("npy/c.npy", "3,", numbers, 12);
  CHECK (REFUSED (model, npz_path ("npy"), "c.npy", "of shape 3", "1×2"));
  npz_write_bytes (npz_path ("npy/c.txt"), "x", 1);
  CHECK (REFUSED (model, npz_path ("npy"), "c.txt", "no sample"));
  unlink (npz_path ("npy/c.txt"));
  npz_write_bytes (npz_path ("npy/A.png"), "x", 1);
  CHECK (REFUSED (model, npz_path ("npy"), "B.npy", "A.png", "one kind"));
  ls_model_free (model);

  model = make_model (2, SHAPE (1, 2));
  unlink (npz_path ("npy/A.png"));
  CHECK (REFUSED (model, npz_path ("npy"), "2", ".npz"));
  ls_model_free (model);
}

static void
folder_of_npz_has_no_axis_of_samples (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));
  LsSamples *samples;

  mkdir (npz_path ("npz"), 0700);
  npz_write (npz_path ("npz/1.npz"), &(NpzArray){ "in_0", "<f4", "1, 2", numbers, 8 }, 1);
  npz_write (npz_path ("npz/2.npz"), &(NpzArray){ "t0", "<f4", "2,", numbers + 4, 8 }, 1);
  samples = open_samples (model, npz_path ("npz"), NULL);
  CHECK (ls_samples_count (samples) == 2 && loads (samples, 0, 2, 1) && loads (samples, 1, 2, 5));
  ls_samples_free (samples);
  npz_write (npz_path ("npz/3.npz"), &(NpzArray){ "x", "<f4", "2,", numbers + 4, 8 }, 1);
  CHECK (REFUSED (model, npz_path ("npz"), "3.npz", "t0", "in_0", "x.npy"));
  npz_write_bytes (npz_path ("npz/3.npz"), "PK\3\4rubbish", 11);
  CHECK (REFUSED (model, npz_path ("npz"), "3.npz"));
  ls_model_free (model);
}

static void
open_dimensions_take_the_samples (void)
{
  LsModel *model = make_model (1, SHAPE (1, 1, 3));
  LsTensor *tensor = ls_model_tensor (model, 0, 0);
  LsSamples *samples;

  tensor->signature_rank = 3;
  tensor->signature = ls_model_ints (model, (const int32_t[]){ -1, -1, 3 }, 3);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "2, 2, 3", numbers, 48 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 1, 3, 7));
  ls_samples_free (samples);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "1, 2, 2, 3", numbers, 48 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 0, 3, 1));
  ls_samples_free (samples);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "3, 1, 4", numbers, 48 }, 1);
  CHECK (REFUSED (model, npz_path ("s.npz"), "1×4", "?×?×3"));
  ls_model_free (model);
}

static void
quantized_input_gets_real_numbers (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));
  static const uint8_t stored[] = { 130, 128 };
  static const float scale = 0.5f;
  static const int64_t zero_point = 128;
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  LsTensor *tensor = ls_model_tensor (model, 0, 0);
  LsSamples *samples;

  *quant = (LsQuantization){
    .n_scales = 1, .scales = &scale, .n_zero_points = 1, .zero_points = &zero_point
  };
  tensor->type = LS_TYPE_UINT8;
  tensor->quant = quant;
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "|u1", "1, 2", stored, 2 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 0, 2, 1));
  ls_samples_free (samples);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "1, 2", numbers + 4, 8 }, 1);
  samples = open_samples (model, npz_path ("s.npz"), NULL);
  CHECK (loads (samples, 0, 2, 5));
  ls_samples_free (samples);
  ls_model_free (model);
}

/* Two pixels: black and one of red 10, green 20, blue 30. */
static void
put_picture (const char *name)
{
  npz_write_bytes (npz_path (name), "P6 2 1 255\n\0\0\0\x0a\x14\x1e", 17);
}

static void
pictures_are_normalised (void)
{
  LsModel *model = make_model (1, SHAPE (1, 1, 2, 3));
  LsImageOptions image = { .has_mean_std = true, .mean = { 10, 20, 30 }, .std = { 1, 2, 4 } };
  LsSamples *samples;
  LsArray input;

  mkdir (npz_path ("pictures"), 0700);
  put_picture ("pictures/1.ppm");
  put_picture ("pictures/2.PPM");
  samples = open_samples (model, npz_path ("pictures"), &image);
  CHECK (ls_samples_count (samples) == 2 && ls_samples_note (samples) == NULL);
  CHECK (ls_samples_load (samples, 1, &input, NULL) == LS_OK && input.rank == 4);
  CHECK (ls_array_get (&input, 0) == -10 && ls_array_get (&input, 1) == -10);
  CHECK (ls_array_get (&input, 2) == -7.5 && ls_array_get (&input, 3) == 0);
  ls_array_clear (&input);
  ls_samples_free (samples);

  samples = open_samples (model, npz_path ("pictures"), NULL);
  CHECK (ls_samples_note (samples) != NULL);
  CHECK (ls_samples_load (samples, 0, &input, NULL) == LS_OK);
  CHECK (fabs (ls_array_get (&input, 5) - 30 / 255.0) < 1e-7);
  ls_array_clear (&input);
  ls_samples_free (samples);
  ls_model_free (model);
}

static void
pictures_fill_channels_first (void)
{
  LsModel *model = make_model (1, SHAPE (1, 3, 1, 2));
  LsSamples *samples = open_samples (model, npz_path ("pictures"), NULL);
  LsArray input;

  CHECK (ls_samples_load (samples, 0, &input, NULL) == LS_OK);
  CHECK (ls_array_get (&input, 0) == 0 && ls_array_get (&input, 2) == 0);
  CHECK (fabs (ls_array_get (&input, 1) - 10 / 255.0) < 1e-7);
  CHECK (fabs (ls_array_get (&input, 5) - 30 / 255.0) < 1e-7);
  ls_array_clear (&input);
  ls_samples_free (samples);
  ls_model_free (model);
  model = make_model (1, SHAPE (1, 2, 6));
  CHECK (REFUSED (model, npz_path ("pictures"), "t0", "1×2×6", "1 or 3 channels"));
  ls_model_free (model);
  model = make_model (1, SHAPE (1, 1, 2, 3));
  npz_write_bytes (npz_path ("pictures/3.png"), "no picture", 10);
  CHECK (REFUSED (model, npz_path ("pictures"), "3.png"));
  ls_model_free (model);
}

/* A picture is looked at several times, and decoded once. */
static void
pictures_are_kept (void)
{
  LsModel *model = make_model (1, SHAPE (1, 1, 2, 3));
  LsSamples *samples;

  mkdir (npz_path ("kept"), 0700);
  put_picture ("kept/1.ppm");
  samples = open_samples (model, npz_path ("kept"), NULL);
  CHECK (loads (samples, 0, 4, 0) && unlink (npz_path ("kept/1.ppm")) == 0);
  CHECK (loads (samples, 0, 4, 0));
  ls_samples_free (samples);
  ls_model_free (model);
}

/* numpy.savez() without names. What is said of pictures is not for arrays. */
static void
arrays_without_names_go_by_position (void)
{
  LsModel *model = make_model (2, SHAPE (1, 2));
  const NpzArray both[] = { { "arr_0", "<f4", "3, 1, 2", numbers, 24 },
                            { "arr_1", "<f4", "3, 1, 2", numbers + 6, 24 } };
  const LsImageOptions image = { .has_mean_std = true, .std = { 1, 1, 1 } };
  LsSamples *samples;

  npz_write (npz_path ("s.npz"), both, 2);
  samples = open_samples (model, npz_path ("s.npz"), &image);
  CHECK (loads (samples, 1, 2, 3));
  CHECK (ls_samples_note (samples) != NULL && strstr (ls_samples_note (samples), "arrays") != NULL);
  ls_samples_free (samples);
  npz_write_bytes (npz_path ("s.npy"), "no archive", 10);
  CHECK (REFUSED (model, npz_path ("s.npy"), "folder"));
  ls_model_free (model);
}

#ifdef LS_HAVE_ZLIB
/* t0.npy: the header of 1×2 floats, and 60 kB of zeros more. */
static const char bomb[]
  = "\x50\x4b\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x21\x00\x03\xed\x79\x3c\x9b\x00\x00\x00\xe8"
    "\xea\x00\x00\x06\x00\x00\x00\x74\x30\x2e\x6e\x70\x79\xed\xc8\x31\x0e\x01\x41\x00\x40\xd1\xd5"
    "\x3a\xc5\x74\x43\xb2\x0d\x51\x89\x5a\x47\x34\x0a\x95\x6c\xec\x6c\x14\x62\x65\x46\x34\xe2\x14"
    "\x2e\x6c\x5d\x41\xa5\x78\xaf\xfb\xff\xbd\xdd\x6f\x76\x87\x51\xf5\xa8\x9e\xb1\x4d\xe5\x94\xe3"
    "\x32\xc4\x55\xb7\x88\x75\x88\x5d\x9f\xef\xb9\xb9\x1e\xfb\xdc\xa6\xef\x5f\x37\x97\x92\x86\x5f"
    "\xce\xcd\x2d\x0d\x3d\x99\xd5\x61\x3e\xad\xc3\x2b\xfc\x6c\x5c\x01\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\xfc\xa9\x0f\x50\x4b\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00\x00\x00\x21\x00"
    "\x03\xed\x79\x3c\x9b\x00\x00\x00\xe8\xea\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x80\x01\x00\x00\x00\x00\x74\x30\x2e\x6e\x70\x79\x50\x4b\x05\x06\x00\x00\x00\x00\x01\x00"
    "\x01\x00\x34\x00\x00\x00\xbf\x00\x00\x00\x00\x00";

static void
small_archives_unpack_to_what_they_state (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));

  npz_write_bytes (npz_path ("s.npz"), bomb, sizeof bomb - 1);
  CHECK (REFUSED (model, npz_path ("s.npz"), "60136 bytes", "states 136"));
  ls_model_free (model);
}
#endif

static void
nothing_there_is_an_error (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));

  CHECK (REFUSED (model, npz_path ("missing"), "cannot be opened"));
  mkdir (npz_path ("empty"), 0700);
  CHECK (REFUSED (model, npz_path ("empty"), "no samples"));
  npz_write_bytes (npz_path ("s.npz"), "", 0);
  CHECK (REFUSED (model, npz_path ("s.npz"), "no .npz"));
  ls_model_free (model);
}

/* Cut anywhere, or with any byte changed, an archive is read or refused with a sentence. */
static void
damaged_archives_do_no_harm (void)
{
  LsModel *model = make_model (1, SHAPE (1, 2));
  static uint8_t file[4096], copy[4096];
  LsArray input;

  npz_write (npz_path ("s.npz"), &(NpzArray){ "t0", "<f4", "3, 2", numbers, 24 }, 1);

  FILE *stream = fopen (npz_path ("s.npz"), "rb");
  size_t size = fread (file, 1, sizeof file, stream);

  fclose (stream);
  for (size_t i = 0; i < 2 * size; i++)
    {
      LsSamples *samples;
      LsError error = { 0 };

      memcpy (copy, file, size);
      copy[i % size] ^= 0x81;
      npz_write_bytes (npz_path ("d.npz"), copy, i < size ? size : i - size);
      if (ls_samples_open (model, npz_path ("d.npz"), NULL, &samples, &error) != LS_OK)
        {
          CHECK (error.message[0] != '\0');
          continue;
        }
      for (uint32_t k = 0; k < ls_samples_count (samples); k++)
        if (ls_samples_load (samples, k, &input, &error) == LS_OK)
          ls_array_clear (&input);
      ls_samples_free (samples);
    }
  ls_model_free (model);
}

int
main (void)
{
  RUN (stack_has_samples_along_the_first_axis);
  RUN (batch_of_one_may_be_left_out);
  RUN (other_numbers_are_converted_when_they_fit);
  RUN (arrays_are_found_by_name_and_must_agree);
  RUN (raw_bytes_are_the_input);
  RUN (folders_are_read_in_the_order_of_names);
  RUN (folder_of_npz_has_no_axis_of_samples);
  RUN (open_dimensions_take_the_samples);
  RUN (quantized_input_gets_real_numbers);
  RUN (pictures_are_normalised);
  RUN (pictures_fill_channels_first);
  RUN (pictures_are_kept);
  RUN (arrays_without_names_go_by_position);
#ifdef LS_HAVE_ZLIB
  RUN (small_archives_unpack_to_what_they_state);
#endif
  RUN (nothing_there_is_an_error);
  RUN (damaged_archives_do_no_harm);
  npz_remove (npz_folder ());
  return done ();
}
