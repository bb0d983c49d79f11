/* The samples of a calibration: one .npz, or a folder of files of one kind. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/size.h"
#include "formats/image/image.h"
#include "formats/npy/npy.h"
#include "formats/samples.h"
#include "model/array.h"
#include "model/samples.h"

typedef enum
{
  KIND_UNKNOWN,
  KIND_STACK, /* one .npz, samples along the first axis */
  KIND_NPZ,   /* a folder of … */
  KIND_NPY,
  KIND_RAW,
  KIND_PICTURES,
  KIND_ARRAYS, /* no files: in memory */
  KIND_PART    /* some of others */
} Kind;

static const struct
{
  const char *ending;
  Kind kind;
} endings[] = {
  { ".npz", KIND_NPZ },      { ".npy", KIND_NPY },       { ".png", KIND_PICTURES },
  { ".jpg", KIND_PICTURES }, { ".jpeg", KIND_PICTURES }, { ".bmp", KIND_PICTURES },
  { ".ppm", KIND_PICTURES }, { ".pgm", KIND_PICTURES },  { ".raw", KIND_RAW },
  { ".bin", KIND_RAW },
};

static const char *const kind_names[] = {
  [KIND_UNKNOWN] = "",           [KIND_STACK] = ".npz",
  [KIND_NPZ] = ".npz",           [KIND_NPY] = ".npy",
  [KIND_PICTURES] = "a picture", [KIND_ARRAYS] = "an array",
  [KIND_RAW] = "raw bytes",      [KIND_PART] = "",
};

/* An array of the one .npz, unpacked. */
typedef struct
{
  char *name;
  LsBytes bytes;
  void *owned;
} Stack;

/* Pictures that are decoded already: each is looked at several times. */
typedef struct
{
  pthread_mutex_t lock; /* for the rest */
  size_t n_bytes;
  LsArray *pictures; /* by sample; without data: not kept */
} Kept;

struct LsSamples
{
  Kind kind;
  char *path;
  bool has_image;
  LsImageOptions image;
  uint32_t n_inputs;
  LsSampleInput *inputs;
  uint32_t n_samples;
  char **files; /* names in the folder, by their bytes */
  LsNpz npz;
  bool is_npz_open;
  Stack *stacks;   /* by input */
  LsArray *arrays; /* by sample and input */
  Kept *kept;      /* pictures alone */
  const LsSamples *whole;
  uint32_t *places; /* in the whole */
  char note[300];
};

LS_DEFINE_AUTO (LsSamples, ls_samples_free)

enum
{
  MAX_KEPT = 32 << 20 /* bytes of pictures */
};

/* Puts the file in front of what went wrong with it. */
static LsStatus
blame (const LsSamples *samples, LsStatus status, uint32_t index, const LsError *cause,
       LsError *error)
{
  if (samples->kind == KIND_PART || samples->path == NULL)
    return ls_fail (error, status, cause->offset, "%s", cause->message);
  if (samples->kind == KIND_STACK)
    return ls_fail (error, status, cause->offset, "%.160s: %s", samples->path, cause->message);
  return ls_fail (error, status, cause->offset, "%.120s/%.80s: %s", samples->path,
                  samples->files[index], cause->message);
}

/* ---- Arrays by name -------------------------------------------------------------------------- */

/* The array that belongs to an input: by the tensor's name, the signature's, or its position. */
static const LsZipEntry *
find_array (const LsNpz *npz, const LsSampleInput *input, const char **name, char position[16])
{
  const LsZipEntry *entry = ls_npz_find (npz, input->name);

  *name = input->name;
  if (entry == NULL && input->called != NULL)
    entry = ls_npz_find (npz, *name = input->called);
  if (entry != NULL)
    return entry;
  snprintf (position, 16, "in_%u", input->index);
  *name = position;
  entry = ls_npz_find (npz, position);
  if (entry != NULL)
    return entry;
  /* What numpy.savez() calls arrays that were given no name. */
  snprintf (position, 16, "arr_%u", input->index);
  return ls_npz_find (npz, position);
}

static LsStatus
fail_without_array (const LsNpz *npz, const LsSampleInput *input, LsError *error)
{
  char names[160] = "nothing";
  size_t at = 0;

  for (uint32_t i = 0; i < npz->zip.n_entries && at < sizeof names - 1; i++)
    {
      int n = snprintf (names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "",
                        npz->zip.entries[i].name);

      at += n > 0 ? (size_t) n : 0;
    }
  return ls_fail (error, LS_E_INVALID, -1,
                  "has no array for input %u (%.80s): it may be called %.80s%s%.60s or in_%u, and "
                  "the archive holds %s",
                  input->index, input->name, input->name, input->called != NULL ? ", " : "",
                  input->called != NULL ? input->called : "", input->index, names);
}

/* ---- One .npz -------------------------------------------------------------------------------- */

/* The array of an input, and how many samples it has. */
static LsStatus
open_stack (LsSamples *samples, uint32_t index, LsError *error)
{
  const LsSampleInput *input = &samples->inputs[index];
  Stack *stack = &samples->stacks[index];
  const char *name;
  char position[16];
  const LsZipEntry *entry = find_array (&samples->npz, input, &name, position);
  LsArray shape;

  if (entry == NULL)
    return fail_without_array (&samples->npz, input, error);
  stack->name = strdup (name);
  if (stack->name == NULL)
    return ls_fail_no_memory (error, "a name", strlen (name));
  LS_TRY (ls_npz_read (entry, &stack->bytes, &stack->owned, error));
  LS_TRY (ls_npy_shape (stack->bytes.data, stack->bytes.size, &shape, error));
  if (shape.rank == 0 || shape.dims[0] == 0)
    return ls_fail (error, LS_E_INVALID, -1, "array %.100s holds no samples: its first axis is %s",
                    name, shape.rank == 0 ? "missing" : "empty");
  if (index > 0 && (uint32_t) shape.dims[0] != samples->n_samples)
    return ls_fail (error, LS_E_INVALID, -1,
                    "array %.100s has %d samples along its first axis, array %.100s has %u", name,
                    shape.dims[0], samples->stacks[0].name, samples->n_samples);
  samples->n_samples = (uint32_t) shape.dims[0];
  memmove (shape.dims, shape.dims + 1, (size_t) (shape.rank - 1) * sizeof *shape.dims);
  shape.rank--;

  char what[140];

  snprintf (what, sizeof what, "array %s", name);
  return ls_sample_shape (input, what, &shape, error);
}

static Kind
kind_of (const char *name)
{
  const char *dot = strrchr (name, '.');

  for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
    if (strcasecmp (dot, endings[i].ending) == 0)
      return endings[i].kind;
  return KIND_UNKNOWN;
}

static LsStatus
open_npz (LsSamples *samples, LsError *error)
{
  LsStatus status = ls_npz_open (samples->path, &samples->npz, error);

  samples->kind = KIND_STACK;
  if (status == LS_E_FORMAT && kind_of (samples->path) != KIND_NPZ)
    return ls_fail (
      error, status, -1,
      "is no .npz archive: samples are one, or a folder of .npz, of .npy, of raw bytes or of "
      "pictures");
  LS_TRY (status);
  samples->is_npz_open = true;
  samples->stacks = calloc (samples->n_inputs, sizeof *samples->stacks);
  if (samples->stacks == NULL)
    return ls_fail_no_memory (error, "the samples", samples->n_inputs * sizeof *samples->stacks);
  for (uint32_t i = 0; i < samples->n_inputs; i++)
    LS_TRY (open_stack (samples, i, error));
  return LS_OK;
}

/* ---- A folder -------------------------------------------------------------------------------- */

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Files whose names begin with a dot are the system's own. */
static LsStatus
list_folder (LsSamples *samples, DIR *folder, LsError *error)
{
  const struct dirent *entry;

  while ((entry = readdir (folder)) != NULL)
    {
      if (entry->d_name[0] == '.')
        continue;
      if ((samples->n_samples & (samples->n_samples - 1)) == 0)
        {
          size_t room = samples->n_samples > 0 ? 2 * (size_t) samples->n_samples : 1;
          char **files = realloc (samples->files, room * sizeof *files);

          if (files == NULL)
            return ls_fail_no_memory (error, "the names of files", room * sizeof *files);
          samples->files = files;
        }
      if (samples->n_samples >= INT32_MAX / 2)
        return ls_fail (error, LS_E_UNSUPPORTED, -1, "the folder has too many files");

      char *name = strdup (entry->d_name);

      if (name == NULL)
        return ls_fail_no_memory (error, "a name", strlen (entry->d_name));
      samples->files[samples->n_samples++] = name;
    }
  if (samples->n_samples == 0)
    return ls_fail (error, LS_E_INVALID, -1, "the folder holds no samples");
  qsort (samples->files, samples->n_samples, sizeof *samples->files, compare_names);
  return LS_OK;
}

/* All files must be of the first one's kind, and the model must have the inputs for it. */
static LsStatus
check_kinds (LsSamples *samples, LsError *error)
{
  for (uint32_t i = 0; i < samples->n_samples; i++)
    {
      Kind kind = kind_of (samples->files[i]);

      if (kind == KIND_UNKNOWN)
        return ls_fail (error, LS_E_INVALID, -1,
                        "%.120s: is no sample: .npz, .npy, .png, .jpg, .bmp and .ppm files are",
                        samples->files[i]);
      if (i > 0 && kind != samples->kind)
        return ls_fail (error, LS_E_INVALID, -1,
                        "%.120s: is %s, but %.120s is %s: the samples in a folder are of one kind",
                        samples->files[i], kind_names[kind], samples->files[0],
                        kind_names[samples->kind]);
      samples->kind = kind;
    }
  if (samples->kind != KIND_NPZ && samples->n_inputs != 1)
    return ls_fail (error, LS_E_INVALID, -1,
                    "%.120s: is %s, which holds one input, but the model has %u: .npz files are "
                    "needed",
                    samples->files[0], kind_names[samples->kind], samples->n_inputs);
  return samples->kind == KIND_PICTURES ? ls_sample_takes_pictures (&samples->inputs[0], error)
                                        : LS_OK;
}

static void
note_normalization (LsSamples *samples)
{
  const LsSampleInput *input = &samples->inputs[0];
  bool has_given = samples->has_image && samples->image.has_mean_std;

  if (samples->kind != KIND_PICTURES)
    {
      bool has_more = samples->has_image && (samples->image.bgr || samples->image.resize != 0);

      if (has_given || has_more)
        snprintf (samples->note, sizeof samples->note,
                  "arrays are taken as they are: mean, std, resize and bgr are for pictures");
      return;
    }
  if (has_given || input->has_normalization)
    return;
  if (ls_type_is_integer (input->type))
    snprintf (samples->note, sizeof samples->note,
              "the model says nothing of how pictures are normalised: input %u takes their bytes "
              "as they are (--mean and --std say otherwise)",
              input->index);
  else
    snprintf (samples->note, sizeof samples->note,
              "the model says nothing of how pictures are normalised: they are scaled to 0…1 "
              "(--mean 127.5 --std 127.5 for -1…1)");
}

static LsStatus
keep_pictures (LsSamples *samples, LsError *error)
{
  samples->kept = calloc (1, sizeof *samples->kept);
  if (samples->kept != NULL)
    samples->kept->pictures = calloc (samples->n_samples, sizeof *samples->kept->pictures);
  if (samples->kept == NULL || samples->kept->pictures == NULL)
    return ls_fail_no_memory (error, "the samples", samples->n_samples * sizeof (LsArray));
  pthread_mutex_init (&samples->kept->lock, NULL);
  return LS_OK;
}

static LsStatus
open_folder (LsSamples *samples, LsError *error)
{
  DIR *folder = opendir (samples->path);

  if (folder == NULL)
    return ls_fail (error, LS_E_IO, -1, "cannot be listed: %s", strerror (errno));

  LsStatus status = list_folder (samples, folder, error);

  closedir (folder);
  if (status != LS_OK)
    return status;
  LS_TRY (check_kinds (samples, error));
  return samples->kind == KIND_PICTURES ? keep_pictures (samples, error) : LS_OK;
}

LsStatus
ls_samples_open (const LsModel *model, const char *path, const LsImageOptions *image,
                 LsSamples **out, LsError *error)
{
  LS_AUTO (LsSamples, ls_samples_free) samples = calloc (1, sizeof *samples);
  struct stat about;

  *out = NULL;
  if (samples == NULL || (samples->path = strdup (path)) == NULL)
    return ls_fail_no_memory (error, "the samples", sizeof *samples);
  if (image != NULL)
    {
      samples->has_image = true;
      samples->image = *image;
    }
  if (stat (path, &about) != 0)
    return ls_fail (error, LS_E_IO, -1, "cannot be opened: %s", strerror (errno));
  LS_TRY (ls_sample_inputs (model, &samples->inputs, &samples->n_inputs, error));
  LS_TRY (S_ISDIR (about.st_mode) ? open_folder (samples, error) : open_npz (samples, error));
  note_normalization (samples);
  *out = ls_steal (&samples);
  return LS_OK;
}

LsStatus
ls_samples_of_arrays (const LsModel *model, LsArray *arrays, uint32_t count, LsSamples **out,
                      LsError *error)
{
  LS_AUTO (LsSamples, ls_samples_free) samples = calloc (1, sizeof *samples);

  *out = NULL;
  if (samples == NULL)
    return ls_fail_no_memory (error, "the samples", sizeof *samples);
  LS_TRY (ls_sample_inputs (model, &samples->inputs, &samples->n_inputs, error));
  samples->kind = KIND_ARRAYS;
  samples->arrays = arrays;
  samples->n_samples = count;
  *out = ls_steal (&samples);
  return LS_OK;
}

LsStatus
ls_samples_part (const LsSamples *samples, const bool *left_out, LsSamples **out, LsError *error)
{
  LS_AUTO (LsSamples, ls_samples_free) part = calloc (1, sizeof *part);

  *out = NULL;
  if (part != NULL)
    part->places = calloc ((size_t) samples->n_samples + 1, sizeof *part->places);
  if (part == NULL || part->places == NULL)
    return ls_fail_no_memory (error, "the samples", samples->n_samples * sizeof (uint32_t));
  part->kind = KIND_PART;
  part->whole = samples;
  part->n_inputs = samples->n_inputs;
  for (uint32_t i = 0; i < samples->n_samples; i++)
    if (!left_out[i])
      part->places[part->n_samples++] = i;
  *out = ls_steal (&part);
  return LS_OK;
}

static void
kept_free (Kept *kept, uint32_t count)
{
  if (kept == NULL)
    return;
  for (uint32_t i = 0; kept->pictures != NULL && i < count; i++)
    ls_array_clear (&kept->pictures[i]);
  if (kept->pictures != NULL)
    pthread_mutex_destroy (&kept->lock);
  free (kept->pictures);
  free (kept);
}

void
ls_samples_free (LsSamples *samples)
{
  if (samples == NULL)
    return;
  for (size_t i = 0; samples->arrays != NULL && i < (size_t) samples->n_samples * samples->n_inputs;
       i++)
    ls_array_clear (&samples->arrays[i]);
  free (samples->arrays);
  kept_free (samples->kept, samples->n_samples);
  free (samples->places);
  for (uint32_t i = 0; samples->files != NULL && i < samples->n_samples; i++)
    free (samples->files[i]);
  free (samples->files);
  for (uint32_t i = 0; samples->stacks != NULL && i < samples->n_inputs; i++)
    {
      free (samples->stacks[i].name);
      free (samples->stacks[i].owned);
    }
  free (samples->stacks);
  if (samples->is_npz_open)
    ls_npz_close (&samples->npz);
  if (samples->inputs != NULL)
    ls_sample_inputs_free (samples->inputs, samples->n_inputs);
  free (samples->path);
  free (samples);
}

uint32_t
ls_samples_count (const LsSamples *samples)
{
  return samples->n_samples;
}

uint32_t
ls_samples_n_inputs (const LsSamples *samples)
{
  return samples->n_inputs;
}

bool
ls_samples_may_be_infinite (const LsSamples *samples)
{
  bool has_float = false;

  if (samples->kind == KIND_PICTURES)
    return false;
  for (uint32_t i = 0; samples->inputs != NULL && i < samples->n_inputs; i++)
    has_float |= samples->inputs[i].is_quantized || ls_type_is_float (samples->inputs[i].type);
  return has_float;
}

void
ls_samples_name (const LsSamples *samples, uint32_t index, char *out, size_t size)
{
  if (samples->kind == KIND_PART)
    ls_samples_name (samples->whole, samples->places[index], out, size);
  else if (samples->files != NULL && index < samples->n_samples)
    snprintf (out, size, "%s", samples->files[index]);
  else
    snprintf (out, size, "sample %u", index);
}

const char *
ls_samples_note (const LsSamples *samples)
{
  return samples->note[0] != '\0' ? samples->note : NULL;
}

/* ---- A sample -------------------------------------------------------------------------------- */

static LsStatus
load_stack (const LsSamples *samples, uint32_t index, LsArray *inputs, LsError *error)
{
  for (uint32_t i = 0; i < samples->n_inputs; i++)
    {
      const Stack *stack = &samples->stacks[i];
      char what[140];

      snprintf (what, sizeof what, "array %s", stack->name);
      LS_TRY (ls_npy_parse_at (stack->bytes.data, stack->bytes.size, index, &inputs[i], error));
      LS_TRY (ls_sample_fit (&samples->inputs[i], what, &inputs[i], error));
    }
  return LS_OK;
}

static LsStatus
load_arrays (const LsSamples *samples, const LsNpz *npz, LsArray *inputs, LsError *error)
{
  for (uint32_t i = 0; i < samples->n_inputs; i++)
    {
      const char *name;
      char position[16], what[140];
      const LsZipEntry *entry = find_array (npz, &samples->inputs[i], &name, position);
      LS_FREE void *owned = NULL;
      LsBytes bytes;

      if (entry == NULL)
        return fail_without_array (npz, &samples->inputs[i], error);
      LS_TRY (ls_npz_read (entry, &bytes, &owned, error));
      LS_TRY (ls_npy_parse (bytes.data, bytes.size, &inputs[i], error));
      snprintf (what, sizeof what, "array %s", name);
      LS_TRY (ls_sample_fit (&samples->inputs[i], what, &inputs[i], error));
    }
  return LS_OK;
}

static LsStatus
load_npz (const LsSamples *samples, const char *path, LsArray *inputs, LsError *error)
{
  LsNpz npz;

  LS_TRY (ls_npz_open (path, &npz, error));

  LsStatus status = load_arrays (samples, &npz, inputs, error);

  ls_npz_close (&npz);
  return status;
}

/* The input's own bytes, as `run` takes them, too. */
static LsStatus
parse_raw (const LsSampleInput *input, const LsMapping *file, LsArray *out, LsError *error)
{
  LsArray want = { .type = input->type, .rank = input->rank };

  if (!input->has_shape)
    return ls_fail (error, LS_E_INVALID, -1,
                    "raw bytes have no shape, and the model's input takes any: .npy has one");
  memcpy (want.dims, input->dims, sizeof want.dims);
  return ls_array_parse_raw (file->data, file->size, &want, out, error);
}

static LsStatus
load_one (const LsSamples *samples, const char *path, LsArray *inputs, LsError *error)
{
  LsMapping file;
  LsStatus status;

  LS_TRY (ls_file_map (path, &file, error));
  if (samples->kind == KIND_PICTURES)
    status = ls_sample_picture (&samples->inputs[0], samples->has_image ? &samples->image : NULL,
                                file.data, file.size, &inputs[0], error);
  else
    {
      status = samples->kind == KIND_RAW ? parse_raw (&samples->inputs[0], &file, &inputs[0], error)
                                         : ls_npy_parse (file.data, file.size, &inputs[0], error);
      if (status == LS_OK)
        status = ls_sample_fit (&samples->inputs[0], "the array", &inputs[0], error);
    }
  ls_file_unmap (&file);
  return status;
}

static LsStatus
load_file (const LsSamples *samples, const char *name, LsArray *inputs, LsError *error)
{
  size_t size;

  if (!ls_add (&size, strlen (samples->path), strlen (name) + 2))
    return ls_fail_no_memory (error, "a name", SIZE_MAX);

  LS_FREE char *path = malloc (size);

  if (path == NULL)
    return ls_fail_no_memory (error, "a name", size);
  snprintf (path, size, "%s/%s", samples->path, name);
  return samples->kind == KIND_NPZ ? load_npz (samples, path, inputs, error)
                                   : load_one (samples, path, inputs, error);
}

static LsStatus
copy_array (const LsArray *from, LsArray *out, LsError *error)
{
  LS_TRY (ls_array_init (out, from->type, from->rank, from->dims, error));
  memcpy (out->data, from->data, from->n_bytes);
  return LS_OK;
}

static LsStatus
load_copies (const LsSamples *samples, uint32_t index, LsArray *inputs, LsError *error)
{
  for (uint32_t i = 0; i < samples->n_inputs; i++)
    LS_TRY (
      copy_array (&samples->arrays[(size_t) index * samples->n_inputs + i], &inputs[i], error));
  return LS_OK;
}

/* What is kept is never changed, and goes with the samples: it may be read without the lock. */
static LsStatus
load_picture (const LsSamples *samples, uint32_t index, LsArray *out, LsError *error)
{
  Kept *kept = samples->kept;
  LsArray *place = &kept->pictures[index];
  bool is_there, has_room;

  pthread_mutex_lock (&kept->lock);
  is_there = place->data != NULL;
  pthread_mutex_unlock (&kept->lock);
  if (is_there)
    return copy_array (place, out, error);
  LS_TRY (load_file (samples, samples->files[index], out, error));
  pthread_mutex_lock (&kept->lock);
  has_room = place->data == NULL && out->n_bytes <= MAX_KEPT - kept->n_bytes;
  if (has_room && copy_array (out, place, NULL) == LS_OK)
    kept->n_bytes += out->n_bytes;
  pthread_mutex_unlock (&kept->lock);
  return LS_OK;
}

static LsStatus
load_any (const LsSamples *samples, uint32_t index, LsArray *inputs, LsError *error)
{
  switch (samples->kind)
    {
    case KIND_PART:
      return ls_samples_load (samples->whole, samples->places[index], inputs, error);
    case KIND_ARRAYS:
      return load_copies (samples, index, inputs, error);
    case KIND_STACK:
      return load_stack (samples, index, inputs, error);
    case KIND_PICTURES:
      return load_picture (samples, index, &inputs[0], error);
    case KIND_NPZ:
    case KIND_NPY:
    case KIND_RAW:
    case KIND_UNKNOWN:
      return load_file (samples, samples->files[index], inputs, error);
    }
  return LS_OK;
}

LsStatus
ls_samples_load (const LsSamples *samples, uint32_t index, LsArray *inputs, LsError *error)
{
  LsError own = { 0 };

  memset (inputs, 0, samples->n_inputs * sizeof *inputs);
  if (index >= samples->n_samples)
    return ls_fail (error, LS_E_USAGE, -1, "there is no sample %u: there are %u", index,
                    samples->n_samples);

  LsStatus status = load_any (samples, index, inputs, &own);

  if (status == LS_OK)
    return LS_OK;
  for (uint32_t i = 0; i < samples->n_inputs; i++)
    ls_array_clear (&inputs[i]);
  return blame (samples, status, index, &own, error);
}
