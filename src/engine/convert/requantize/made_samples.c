#include "convert/requantize/made_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/size.h"
#include "convert/constants.h"
#include "convert/quantized.h"
#include "model/array.h"
#include "model/samples.h"

enum
{
  MOST_SAMPLES = 12,
  FEWEST_SAMPLES = 4,
  MAX_BYTES = 128 << 20, /* of all samples */
  MAX_CHANNELS = 64      /* with patterns of their own; more take them again */
};

/* What an input spans. */
typedef struct
{
  double low, high;
  const LsTensor *tensor;
} Span;

/* An array seen as height × width × channels, a few times. */
typedef struct
{
  size_t n_images, height, width, channels;
  size_t step_y, step_x, step_c; /* elements */
} Layout;

/* ---- Ranges ------------------------------------------------------------------------------------
 */

static void
span_of (const LsQuantization *quant, LsType type, Span *span)
{
  double zero = quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0;

  span->low = (ls_type_lowest (type) - zero) * quant->scales[0];
  span->high = (ls_type_highest (type) - zero) * quant->scales[0];
}

static bool
is_grid (const LsTensor *tensor)
{
  return (tensor->type == LS_TYPE_INT8 || tensor->type == LS_TYPE_UINT8
          || tensor->type == LS_TYPE_INT16)
         && ls_tensor_is_quantized (tensor) && tensor->quant->n_scales == 1;
}

/* A float input's range is that of the QUANTIZE behind it. */
static bool
find_span (const LsSubgraph *graph, int32_t t, Span *span)
{
  *span = (Span){ .tensor = &graph->tensors[t] };
  for (int d = 0; d < span->tensor->rank; d++)
    if (span->tensor->dims[d] <= 0)
      return false;
  if (is_grid (span->tensor))
    span_of (span->tensor->quant, span->tensor->type, span);
  if (span->tensor->type != LS_TYPE_FLOAT32)
    return true;
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      if (op->kind != LS_OP_QUANTIZE || op->n_inputs != 1 || op->inputs[0] != t
          || op->n_outputs != 1 || !is_grid (&graph->tensors[op->outputs[0]]))
        continue;
      span_of (graph->tensors[op->outputs[0]].quant, graph->tensors[op->outputs[0]].type, span);
      return true;
    }
  return false;
}

/* ---- Patterns ----------------------------------------------------------------------------------
 */

static Layout
layout_of (const LsArray *array)
{
  const int32_t *d = array->dims;
  size_t count = ls_array_count (array);

  if (array->rank == 4 && (d[1] == 1 || d[1] == 3) && d[3] != 1 && d[3] != 3)
    return (Layout){ (size_t) d[0],
                     (size_t) d[2],
                     (size_t) d[3],
                     (size_t) d[1],
                     (size_t) d[3],
                     1,
                     (size_t) d[2] * (size_t) d[3] };
  if (array->rank == 4)
    return (Layout){ (size_t) d[0],
                     (size_t) d[1],
                     (size_t) d[2],
                     (size_t) d[3],
                     (size_t) d[2] * (size_t) d[3],
                     (size_t) d[3],
                     1 };
  if (array->rank == 3)
    return (Layout){ (size_t) d[0], (size_t) d[1], 1, (size_t) d[2], (size_t) d[2], 0, 1 };
  return (Layout){ 1, count, 1, 1, 1, 0, 0 };
}

/* Value noise: numbers at the crossings of a lattice and lines between them. */
static float
between (const float *lattice, size_t n_x, double y, double x, size_t channel, size_t n_values)
{
  size_t y0 = (size_t) y, x0 = (size_t) x;
  double fy = y - (double) y0, fx = x - (double) x0;
  const float *at = lattice + (y0 * (n_x + 1) + x0) * n_values + channel;
  double top = at[0] * (1 - fx) + at[n_values] * fx;

  at += (n_x + 1) * n_values;
  return (float) (top * (1 - fy) + (at[0] * (1 - fx) + at[n_values] * fx) * fy);
}

/* Adds one lattice to all channels: half is shared by them, as light is. */
static void
add_lattice (float *image, const Layout *layout, const float *lattice, size_t n, double strength)
{
  size_t n_y = n < layout->height ? n : layout->height, n_x = n < layout->width ? n : layout->width;
  size_t n_values = (layout->channels < MAX_CHANNELS ? layout->channels : MAX_CHANNELS) + 1;

  for (size_t y = 0; y < layout->height; y++)
    for (size_t x = 0; x < layout->width; x++)
      {
        double at_y = (double) (y * n_y) / (double) layout->height,
               at_x = (double) (x * n_x) / (double) layout->width;
        float shared = between (lattice, n_x, at_y, at_x, 0, n_values);

        for (size_t c = 0; c < layout->channels; c++)
          {
            float own = between (lattice, n_x, at_y, at_x, 1 + c % (n_values - 1), n_values);

            image[y * layout->step_y + x * layout->step_x + c * layout->step_c]
              += (float) (strength * (shared + 0.5 * own));
          }
      }
}

/* Brought to a brightness and a contrast by chance, within the span. */
static void
fit_image (float *image, size_t count, const Span *span, uint64_t *state)
{
  double sum = 0, squares = 0;

  for (size_t i = 0; i < count; i++)
    sum += image[i];
  for (size_t i = 0; i < count; i++)
    squares += (image[i] - sum / (double) count) * (image[i] - sum / (double) count);

  double mean = sum / (double) count, deviation = sqrt (squares / (double) count);
  double contrast = 0.2 + 0.1 * ls_random_float (state),
         brightness = 0.5 + 0.2 * ls_random_float (state);

  for (size_t i = 0; i < count; i++)
    {
      double part = brightness + contrast * (image[i] - mean) / fmax (deviation, 1e-6);

      image[i] = (float) (span->low + (span->high - span->low) * fmin (fmax (part, 0), 1));
    }
}

/* How much weaker each finer lattice is: pictures have about 0.7, sounds and features more. */
static const double falls[] = { 0.7, 0.55, 0.85, 1 };

static LsStatus
fill (LsArray *array, const Span *span, uint32_t sample, uint64_t *state, LsError *error)
{
  Layout layout = layout_of (array);
  size_t largest = layout.height > layout.width ? layout.height : layout.width;
  size_t n_values = (layout.channels < MAX_CHANNELS ? layout.channels : MAX_CHANNELS) + 1;
  size_t n_image = layout.height * layout.width * layout.channels, room;
  LS_FREE float *lattice = NULL;

  /* A crossing beyond each end, and no more of them than elements. */
  if (ls_mul (&room, (layout.height + 2) * (layout.width + 2), n_values * sizeof *lattice))
    lattice = malloc (room);
  if (lattice == NULL)
    return ls_fail_no_memory (error, "a sample", n_image);
  for (size_t i = 0; i < layout.n_images; i++)
    {
      float *image = (float *) array->data + i * n_image;
      double strength = 1;

      for (size_t n = 2; n / 2 < largest; n *= 2)
        {
          size_t n_y = n < layout.height ? n : layout.height,
                 n_x = n < layout.width ? n : layout.width;

          for (size_t k = 0; k < (n_y + 1) * (n_x + 1) * n_values; k++)
            lattice[k] = ls_random_float (state);
          add_lattice (image, &layout, lattice, n, strength);
          strength *= falls[sample % (sizeof falls / sizeof *falls)];
        }
      fit_image (image, n_image, span, state);
    }
  return LS_OK;
}

/* ---- All of them -------------------------------------------------------------------------------
 */

static uint32_t
count_samples (const Span *spans, uint32_t n_inputs)
{
  size_t bytes = 0;

  for (uint32_t i = 0; i < n_inputs; i++)
    {
      size_t count;

      if (!ls_count (&count, spans[i].tensor->dims, spans[i].tensor->rank)
          || !ls_mul (&count, count, sizeof (double)) || !ls_add (&bytes, bytes, count)
          || bytes > MAX_BYTES / FEWEST_SAMPLES)
        return 0;
    }
  return bytes == 0 || MAX_BYTES / bytes > MOST_SAMPLES ? MOST_SAMPLES
                                                        : (uint32_t) (MAX_BYTES / bytes);
}

static LsStatus
make_arrays (LsArray *arrays, const Span *spans, uint32_t n_inputs, uint32_t n_samples,
             LsError *error)
{
  uint64_t state = 1;

  for (uint32_t i = 0; i < n_samples * n_inputs; i++)
    {
      const Span *span = &spans[i % n_inputs];
      const LsTensor *tensor = span->tensor;
      bool is_real = tensor->type == LS_TYPE_FLOAT32 || ls_tensor_is_quantized (tensor);

      LS_TRY (ls_array_init (&arrays[i], is_real ? LS_TYPE_FLOAT32 : tensor->type, tensor->rank,
                             tensor->dims, error));
      if (is_real)
        LS_TRY (fill (&arrays[i], span, i / n_inputs, &state, error));
    }
  return LS_OK;
}

LsStatus
ls_make_samples (const LsModel *model, LsSamples **out, LsError *error)
{
  const LsSubgraph *graph = &model->graphs[0]->view;
  uint32_t n_inputs = graph->n_inputs;
  LS_FREE Span *spans = calloc ((size_t) n_inputs + 1, sizeof *spans);

  *out = NULL;
  if (spans == NULL)
    return ls_fail_no_memory (error, "samples", n_inputs);
  for (uint32_t i = 0; i < n_inputs; i++)
    if (graph->inputs[i] < 0 || !find_span (graph, graph->inputs[i], &spans[i]))
      return LS_OK;

  uint32_t n_samples = n_inputs > 0 ? count_samples (spans, n_inputs) : 0;
  uint32_t n_arrays = n_samples * n_inputs;
  LsArray *arrays = calloc ((size_t) n_arrays + 1, sizeof *arrays);
  LsStatus status = arrays != NULL ? LS_OK : ls_fail_no_memory (error, "samples", n_arrays);

  if (status == LS_OK && n_samples > 0)
    status = make_arrays (arrays, spans, n_inputs, n_samples, error);
  if (status == LS_OK && n_samples > 0)
    status = ls_samples_of_arrays (model, arrays, n_samples, out, error);
  if (*out != NULL)
    return LS_OK;
  for (uint32_t i = 0; arrays != NULL && i < n_arrays; i++)
    ls_array_clear (&arrays[i]);
  free (arrays);
  return status;
}
