#include "convert/quantize/ranges.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/size.h"

enum
{
  VERSION = 1,
  MAX_CHANNELS = 1 << 16, /* of a file that is read */
  BINS_A_LINE = 64
};

/* ---- Finding --------------------------------------------------------------------------------- */

static int
compare_ranges (const void *a, const void *b)
{
  const LsRange *x = a, *y = b;

  if (x->subgraph != y->subgraph)
    return x->subgraph < y->subgraph ? -1 : 1;
  return (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

static void
sort_ranges (LsRanges *ranges)
{
  if (ranges->n_ranges > 0)
    qsort (ranges->ranges, ranges->n_ranges, sizeof *ranges->ranges, compare_ranges);
}

const LsRange *
ls_ranges_find (const LsRanges *ranges, uint32_t subgraph, uint32_t tensor)
{
  LsRange key = { .subgraph = subgraph, .tensor = tensor };

  if (ranges == NULL || ranges->n_ranges == 0)
    return NULL;
  return bsearch (&key, ranges->ranges, ranges->n_ranges, sizeof key, compare_ranges);
}

static void
range_clear (LsRange *range)
{
  free (range->name);
  free (range->bins);
  free (range->channel_mean);
  free (range->channel_low);
  free (range->channel_high);
}

void
ls_ranges_free (LsRanges *ranges)
{
  if (ranges == NULL)
    return;
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    range_clear (&ranges->ranges[i]);
  free (ranges->ranges);
  free (ranges->left_out);
  free (ranges->left_out_why);
  free (ranges);
}

/* ---- Belonging to a model -------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  uint32_t subgraph, tensor;
} Name;

static int
compare_names (const void *a, const void *b)
{
  const Name *x = a, *y = b;
  int order = strcmp (x->name, y->name);

  if (order == 0)
    order = (x->subgraph > y->subgraph) - (x->subgraph < y->subgraph);
  return order != 0 ? order : (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

/* All names of a model, sorted; NULL: out of memory. */
static Name *
list_names (const LsModel *model, size_t *count)
{
  size_t n = 0, at = 0;

  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    n += ls_model_subgraph (model, g)->n_tensors;

  Name *names = calloc (n + 1, sizeof *names);

  for (uint32_t g = 0; names != NULL && g < ls_model_n_subgraphs (model); g++)
    for (uint32_t i = 0; i < ls_model_subgraph (model, g)->n_tensors; i++)
      names[at++] = (Name){ ls_model_subgraph (model, g)->tensors[i].name, g, i };
  if (names != NULL)
    qsort (names, n, sizeof *names, compare_names);
  *count = n;
  return names;
}

/* The first tensor of that name in the subgraph. */
static uint32_t
find_name (const Name *names, size_t count, const char *name, uint32_t subgraph)
{
  const Name key = { name, subgraph, 0 };
  size_t low = 0, high = count;

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;

      if (compare_names (&names[middle], &key) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == count || names[low].subgraph != subgraph || strcmp (names[low].name, name) != 0)
    return UINT32_MAX;
  return names[low].tensor;
}

/* Says which tensors of the model the ranges are of. False: out of memory. */
static bool
bind (LsRanges *ranges, const LsModel *model)
{
  size_t count;
  LS_FREE Name *names = list_names (model, &count);

  for (uint32_t i = 0; names != NULL && i < ranges->n_ranges; i++)
    {
      LsRange *range = &ranges->ranges[i];
      const LsSubgraph *graph = ls_model_subgraph (model, range->subgraph);
      bool is_there = graph != NULL && range->tensor < graph->n_tensors
                      && strcmp (graph->tensors[range->tensor].name, range->name) == 0;

      if (!is_there)
        range->tensor = find_name (names, count, range->name, range->subgraph);
    }
  sort_ranges (ranges);
  return names != NULL;
}

/* A copy of an array; NULL stays NULL. False: out of memory. */
static bool
copy_array (void **out, const void *from, size_t size)
{
  if (from == NULL)
    return true;
  *out = malloc (size > 0 ? size : 1);
  if (*out != NULL)
    memcpy (*out, from, size);
  return *out != NULL;
}

LsStatus
ls_ranges_copy_for (const LsRanges *ranges, const LsModel *model, LsRanges **out, LsError *error)
{
  LS_AUTO (LsRanges, ls_ranges_free) copy = calloc (1, sizeof *copy);
  bool is_whole = copy != NULL;

  *out = NULL;
  if (is_whole)
    copy->ranges = calloc ((size_t) ranges->n_ranges + 1, sizeof *copy->ranges);
  is_whole = is_whole && copy->ranges != NULL;
  for (uint32_t i = 0; is_whole && i < ranges->n_ranges; i++)
    {
      const LsRange *from = &ranges->ranges[i];
      LsRange *range = &copy->ranges[copy->n_ranges++];

      *range = *from;
      range->bins = NULL;
      range->channel_mean = range->channel_low = range->channel_high = NULL;
      range->name = strdup (from->name);
      is_whole
        = range->name != NULL
          && copy_array ((void **) &range->bins, from->bins, LS_RANGE_BINS * sizeof *from->bins)
          && copy_array ((void **) &range->channel_mean, from->channel_mean,
                         from->n_channels * sizeof *from->channel_mean)
          && copy_array ((void **) &range->channel_low, from->channel_low,
                         from->n_channels * sizeof *from->channel_low)
          && copy_array ((void **) &range->channel_high, from->channel_high,
                         from->n_channels * sizeof *from->channel_high);
    }
  if (!is_whole || (model != NULL && !bind (copy, model)))
    return ls_fail_no_memory (error, "ranges", ranges->n_ranges * sizeof (LsRange));
  copy->n_samples = ranges->n_samples;
  copy->bits = ranges->bits;
  *out = ls_steal (&copy);
  return LS_OK;
}

/* ---- Saving ---------------------------------------------------------------------------------- */

static void
put_number (FILE *file, const char *key, double value)
{
  fprintf (file, ", \"%s\": ", key);
  ls_json_put_number (file, value);
}

static void
put_channels (FILE *file, const char *key, const double *values, uint32_t count)
{
  if (values == NULL)
    return;
  fprintf (file, ",\n   \"%s\": [", key);
  for (uint32_t c = 0; c < count; c++)
    {
      fputs (c > 0 ? ", " : "", file);
      ls_json_put_number (file, values[c]);
    }
  putc (']', file);
}

static void
put_range (FILE *file, const LsRange *range)
{
  fputs ("{\"name\": ", file);
  ls_json_put_string (file, range->name);
  fprintf (file, ", \"subgraph\": %u, \"tensor\": %u", range->subgraph, range->tensor);
  put_number (file, "min", range->min);
  put_number (file, "max", range->max);
  put_number (file, "low", range->low);
  put_number (file, "high", range->high);
  fprintf (file, ", \"by_hand\": %s, \"count\": %llu", range->by_hand ? "true" : "false",
           (unsigned long long) range->count);
  put_number (file, "average_min", range->average_min);
  put_number (file, "average_max", range->average_max);
  if (range->bins != NULL)
    {
      fputs (",\n   \"bins\": [", file);
      for (int i = 0; i < LS_RANGE_BINS; i++)
        fprintf (file, "%s%s%llu", i > 0 ? "," : "", i > 0 && i % BINS_A_LINE == 0 ? "\n    " : "",
                 (unsigned long long) range->bins[i]);
      putc (']', file);
    }
  put_channels (file, "channel_mean", range->channel_mean, range->n_channels);
  put_channels (file, "channel_low", range->channel_low, range->n_channels);
  put_channels (file, "channel_high", range->channel_high, range->n_channels);
  putc ('}', file);
}

LsStatus
ls_ranges_save (const LsRanges *ranges, const char *path, LsError *error)
{
  LsWriter *writer;

  LS_TRY (ls_writer_open (path, &writer, error));

  FILE *file = ls_writer_file (writer);

  fprintf (file,
           "{\"format\": \"litesmith ranges\", \"version\": %d, \"samples\": %u, \"bits\": %u,\n"
           " \"ranges\": [",
           VERSION, ranges->n_samples, ranges->bits);
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      fputs (i > 0 ? ",\n  " : "\n  ", file);
      put_range (file, &ranges->ranges[i]);
    }
  fputs ("]}\n", file);
  return ls_writer_commit (writer, error);
}

/* ---- Loading --------------------------------------------------------------------------------- */

/* A number that must be there and finite. */
static LsStatus
take_number (const LsJson *object, const char *name, const char *key, double *out, LsError *error)
{
  *out = ls_json_number (ls_json_get (object, key), NAN);
  if (isfinite (*out))
    return LS_OK;
  return ls_fail (error, LS_E_FORMAT, -1, "the range of %.120s has no number \"%s\"", name, key);
}

/* What float32 can hold; the middle, too. */
static LsStatus
check_ends (const LsRange *range, double low, double high, LsError *error)
{
  if (!(fabs (low) <= FLT_MAX / 2) || !(fabs (high) <= FLT_MAX / 2))
    return ls_fail (error, LS_E_FORMAT, -1, "the range of %.120s is wider than floats are: %g … %g",
                    range->name, low, high);
  if (low > high)
    return ls_fail (error, LS_E_FORMAT, -1, "the range of %.120s ends before it begins: %g … %g",
                    range->name, low, high);
  return LS_OK;
}

static LsStatus
take_ends (const LsJson *object, LsRange *range, LsError *error)
{
  LS_TRY (take_number (object, range->name, "min", &range->min, error));
  LS_TRY (take_number (object, range->name, "max", &range->max, error));

  const LsJson *by_hand = ls_json_get (object, "by_hand");

  range->by_hand = ls_json_kind (by_hand) == LS_JSON_TRUE;
  range->low = ls_json_number (ls_json_get (object, "low"), range->min);
  range->high = ls_json_number (ls_json_get (object, "high"), range->max);
  range->average_min = ls_json_number (ls_json_get (object, "average_min"), range->min);
  range->average_max = ls_json_number (ls_json_get (object, "average_max"), range->max);
  LS_TRY (check_ends (range, range->min, range->max, error));
  LS_TRY (check_ends (range, range->low, range->high, error));
  return check_ends (range, fmin (range->average_min, range->average_max), range->average_max,
                     error);
}

static LsStatus
take_bins (const LsJson *object, LsRange *range, LsError *error)
{
  const LsJson *bins = ls_json_get (object, "bins");
  uint64_t total = 0;

  if (bins == NULL)
    return LS_OK;
  if (ls_json_count (bins) != LS_RANGE_BINS)
    return ls_fail (error, LS_E_FORMAT, -1, "the histogram of %.120s has %u bins instead of %d",
                    range->name, ls_json_count (bins), LS_RANGE_BINS);
  range->bins = calloc (LS_RANGE_BINS, sizeof *range->bins);
  if (range->bins == NULL)
    return ls_fail_no_memory (error, "a histogram", LS_RANGE_BINS * sizeof *range->bins);
  for (uint32_t i = 0; i < LS_RANGE_BINS; i++)
    {
      double count = ls_json_number (ls_json_at (bins, i), -1);

      if (!(count >= 0 && count < 0x1p52))
        return ls_fail (error, LS_E_FORMAT, -1, "bin %u of the histogram of %.120s is no count", i,
                        range->name);
      range->bins[i] = (uint64_t) count;
      total += range->bins[i];
    }
  range->count = total;
  return LS_OK;
}

/* Numbers of all channels, of which all lists of one tensor have as many. */
static LsStatus
take_channels (const LsJson *object, const char *key, LsRange *range, double **out, LsError *error)
{
  const LsJson *list = ls_json_get (object, key);
  uint32_t n = ls_json_count (list);

  if (list == NULL)
    return LS_OK;
  if (n == 0 || n > MAX_CHANNELS || (range->n_channels != 0 && range->n_channels != n))
    return ls_fail (error, LS_E_FORMAT, -1, "the range of %.120s has %s of %u channels",
                    range->name, key, n);
  *out = calloc (n, sizeof **out);
  if (*out == NULL)
    return ls_fail_no_memory (error, key, n * sizeof **out);
  range->n_channels = n;
  for (uint32_t c = 0; c < n; c++)
    {
      (*out)[c] = ls_json_number (ls_json_at (list, c), NAN);
      if (!isfinite ((*out)[c]))
        return ls_fail (error, LS_E_FORMAT, -1, "%s %u of %.120s is no number", key, c,
                        range->name);
    }
  return LS_OK;
}

static LsStatus
take_all_channels (const LsJson *object, LsRange *range, LsError *error)
{
  LS_TRY (take_channels (object, "channel_mean", range, &range->channel_mean, error));
  LS_TRY (take_channels (object, "channel_low", range, &range->channel_low, error));
  return take_channels (object, "channel_high", range, &range->channel_high, error);
}

/* A whole number that an index can be; UINT32_MAX: none. */
static uint32_t
take_index (const LsJson *value)
{
  double number = ls_json_number (value, -1);

  return number >= 0 && number < UINT32_MAX ? (uint32_t) number : UINT32_MAX;
}

static LsStatus
take_range (const LsJson *object, uint32_t index, LsRange *range, LsError *error)
{
  const char *name = ls_json_string (ls_json_get (object, "name"));
  double count = ls_json_number (ls_json_get (object, "count"), 1);

  if (name == NULL)
    return ls_fail (error, LS_E_FORMAT, -1, "range %u has no name", index);
  range->name = strdup (name);
  if (range->name == NULL)
    return ls_fail_no_memory (error, "a name", strlen (name));
  range->tensor = take_index (ls_json_get (object, "tensor"));
  range->subgraph = take_index (ls_json_get (object, "subgraph"));
  if (range->subgraph == UINT32_MAX)
    range->subgraph = 0;
  range->count = count >= 1 && count < 0x1p52 ? (uint64_t) count : 1;
  LS_TRY (take_ends (object, range, error));
  LS_TRY (take_bins (object, range, error));
  return take_all_channels (object, range, error);
}

static LsStatus
take_ranges (const LsJson *root, const LsModel *model, LsRanges **out, LsError *error)
{
  const LsJson *list = ls_json_get (root, "ranges");
  const char *format = ls_json_string (ls_json_get (root, "format"));
  uint32_t n = ls_json_count (list), n_bound = 0;
  LS_AUTO (LsRanges, ls_ranges_free) ranges = calloc (1, sizeof *ranges);

  if (format == NULL || strcmp (format, "litesmith ranges") != 0
      || ls_json_kind (list) != LS_JSON_ARRAY)
    return ls_fail (error, LS_E_FORMAT, -1, "is no file of ranges");
  if (ls_json_number (ls_json_get (root, "version"), 0) != VERSION)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "is of another version than %d", VERSION);
  if (ranges != NULL)
    ranges->ranges = calloc ((size_t) n + 1, sizeof *ranges->ranges);
  if (ranges == NULL || ranges->ranges == NULL)
    return ls_fail_no_memory (error, "ranges", n * sizeof (LsRange));
  ranges->n_samples = take_index (ls_json_get (root, "samples"));
  ranges->bits = take_index (ls_json_get (root, "bits"));
  if (ranges->n_samples == UINT32_MAX)
    ranges->n_samples = 0;
  if (ranges->bits == UINT32_MAX)
    ranges->bits = 8; /* of files that do not say */
  for (uint32_t i = 0; i < n; i++)
    LS_TRY (take_range (ls_json_at (list, i), i, &ranges->ranges[ranges->n_ranges++], error));
  if (!bind (ranges, model))
    return ls_fail_no_memory (error, "ranges", n * sizeof (LsRange));
  for (uint32_t i = 0; i < n; i++)
    n_bound += ranges->ranges[i].tensor != UINT32_MAX;
  if (n_bound == 0)
    return ls_fail (error, LS_E_INVALID, -1,
                    "none of the %u ranges is of a tensor that the model has", n);
  *out = ls_steal (&ranges);
  return LS_OK;
}

LsStatus
ls_ranges_load (const LsModel *model, const char *path, LsRanges **out, LsError *error)
{
  LsMapping file;
  LsJsonDoc *doc = NULL;

  *out = NULL;
  LS_TRY (ls_file_map (path, &file, error));

  LsStatus status = ls_json_parse ((const char *) file.data, file.size, &doc, error);

  if (status == LS_OK)
    status = take_ranges (ls_json_root (doc), model, out, error);
  ls_json_free (doc);
  ls_file_unmap (&file);
  return status;
}
