/* Arrays and pictures as the value of an input. */
#include "formats/samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "formats/image/image.h"
#include "model/array.h"

enum
{
  DIMS_SIZE = 100 /* of the text of a shape */
};

/* "1×?×96×3", or "a scalar". */
static const char *
dims_text (int rank, const int32_t *dims, char out[DIMS_SIZE])
{
  size_t at = 0;

  snprintf (out, DIMS_SIZE, "a scalar");
  for (int i = 0; i < rank && at < DIMS_SIZE; i++)
    {
      const char *by = i > 0 ? "×" : "";
      int n = dims[i] < 0 ? snprintf (out + at, DIMS_SIZE - at, "%s?", by)
                          : snprintf (out + at, DIMS_SIZE - at, "%s%d", by, dims[i]);

      at += n > 0 ? (size_t) n : 0;
    }
  return out;
}

/* ---- What is wanted -------------------------------------------------------------------------- */

static void
take_shape (const LsTensor *tensor, LsSampleInput *input)
{
  input->rank = tensor->rank < LS_MAX_RANK ? tensor->rank : LS_MAX_RANK;
  input->has_shape = tensor->rank > 0 || tensor->has_rank || tensor->signature_rank == 0;
  for (int i = 0; i < input->rank; i++)
    {
      bool is_open
        = tensor->dims[i] < 0 || (i < tensor->signature_rank && tensor->signature[i] < 0);

      input->dims[i] = is_open ? -1 : tensor->dims[i];
    }
}

static const char *
name_in_signature (const LsModel *model, uint32_t tensor)
{
  for (uint32_t i = 0; i < ls_model_n_signatures (model); i++)
    {
      const LsSignature *signature = ls_model_signature (model, i);

      for (uint32_t k = 0; signature->subgraph == 0 && k < signature->n_inputs; k++)
        if (signature->inputs[k].tensor == tensor)
          return signature->inputs[k].name;
    }
  return NULL;
}

static LsStatus
take_normalization (const LsModel *model, LsSampleInput *input, LsError *error)
{
  LsPortCard card;

  LS_TRY (ls_port_card (model, false, input->index, &card, error));
  input->has_normalization = card.has_normalization;
  memcpy (input->mean, card.mean, sizeof input->mean);
  memcpy (input->std, card.std, sizeof input->std);
  ls_port_card_clear (&card);
  return LS_OK;
}

static LsStatus
take_input (const LsModel *model, uint32_t index, LsSampleInput *input, LsError *error)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  int32_t at = graph->inputs[index];

  if (at < 0 || (uint32_t) at >= graph->n_tensors)
    return ls_fail (error, LS_E_INVALID, -1, "input %u of the model is tensor %d of %u", index, at,
                    graph->n_tensors);

  const LsTensor *tensor = &graph->tensors[at];
  const LsQuantization *quant = tensor->quant;
  const char *called = name_in_signature (model, (uint32_t) at);

  input->index = index;
  input->type = tensor->type;
  input->name = strdup (tensor->name);
  input->called = called != NULL ? strdup (called) : NULL;
  if (input->name == NULL || (called != NULL && input->called == NULL))
    return ls_fail_no_memory (error, "the names of inputs", strlen (tensor->name));
  take_shape (tensor, input);
  input->is_quantized = quant != NULL && quant->n_scales == 1 && quant->scales[0] > 0
                        && ls_type_is_integer (tensor->type);
  if (input->is_quantized)
    {
      input->scale = quant->scales[0];
      input->zero_point = quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0;
    }
  return take_normalization (model, input, error);
}

LsStatus
ls_sample_inputs (const LsModel *model, LsSampleInput **out, uint32_t *count, LsError *error)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  *out = NULL;
  *count = 0;
  if (graph == NULL || graph->n_inputs == 0)
    return ls_fail (error, LS_E_INVALID, -1, "the model has no inputs that samples could fill");
  *out = calloc (graph->n_inputs, sizeof **out);
  if (*out == NULL)
    return ls_fail_no_memory (error, "the inputs", graph->n_inputs * sizeof **out);
  *count = graph->n_inputs;
  for (uint32_t i = 0; i < graph->n_inputs; i++)
    LS_TRY (take_input (model, i, &(*out)[i], error));
  return LS_OK;
}

void
ls_sample_inputs_free (LsSampleInput *inputs, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    {
      free (inputs[i].name);
      free (inputs[i].called);
    }
  free (inputs);
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

/* Whether the dimensions are those wanted from dimension @from on. */
static bool
agrees (const LsSampleInput *input, int from, const LsArray *array)
{
  if (array->rank != input->rank - from)
    return false;
  for (int i = 0; i < array->rank; i++)
    if (input->dims[from + i] >= 0 && input->dims[from + i] != array->dims[i])
      return false;
  return true;
}

LsStatus
ls_sample_shape (const LsSampleInput *input, const char *what, LsArray *array, LsError *error)
{
  char have[DIMS_SIZE], want[DIMS_SIZE];
  bool has_batch = input->rank > 0 && (input->dims[0] == 1 || input->dims[0] < 0);

  if (!input->has_shape || agrees (input, 0, array))
    return LS_OK;
  if (!has_batch || !agrees (input, 1, array))
    return ls_fail (error, LS_E_INVALID, -1,
                    "%.100s gives samples of shape %s, but input %u (%.100s) takes %s%s", what,
                    dims_text (array->rank, array->dims, have), input->index, input->name,
                    dims_text (input->rank, input->dims, want),
                    has_batch ? ", in which the batch may be left out" : "");
  memmove (array->dims + 1, array->dims, (size_t) array->rank * sizeof *array->dims);
  array->dims[0] = 1;
  array->rank++;
  return LS_OK;
}

/* Stored integers become the real numbers that they stand for. */
static LsStatus
dequantize (const LsSampleInput *input, LsArray *array, LsError *error)
{
  LS_TRY (ls_array_convert (array, LS_TYPE_FLOAT32, error));

  float *values = array->data;

  for (size_t i = 0, n = ls_array_count (array); i < n; i++)
    values[i] = (float) ((values[i] - input->zero_point) * input->scale);
  return LS_OK;
}

static LsStatus
convert (const LsSampleInput *input, LsArray *array, LsError *error)
{
  if (!input->is_quantized || !ls_type_is_float (array->type))
    LS_TRY (ls_array_convert (array, input->type, error));
  else
    return ls_array_convert (array, LS_TYPE_FLOAT32, error);
  return input->is_quantized ? dequantize (input, array, error) : LS_OK;
}

LsStatus
ls_sample_fit (const LsSampleInput *input, const char *what, LsArray *array, LsError *error)
{
  LsError own = { 0 };
  LsStatus status = ls_sample_shape (input, what, array, error);

  if (status == LS_OK)
    {
      status = convert (input, array, &own);
      if (status != LS_OK)
        ls_fail (error, status, -1, "%.100s does not fit input %u (%.100s), which is %s: %.120s",
                 what, input->index, input->name, ls_type_name (input->type), own.message);
    }
  if (status != LS_OK)
    ls_array_clear (array);
  return status;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static bool
are_channels (int32_t dim)
{
  return dim == 1 || dim == 3;
}

LsStatus
ls_sample_takes_pictures (const LsSampleInput *input, LsError *error)
{
  char dims[DIMS_SIZE];

  if (input->rank == 4 && (are_channels (input->dims[3]) || are_channels (input->dims[1])))
    return LS_OK;
  return ls_fail (error, LS_E_INVALID, -1,
                  "pictures are given, but input %u (%.100s) is %s: it would need 4 dimensions, "
                  "and 1 or 3 channels",
                  input->index, input->name, dims_text (input->rank, input->dims, dims));
}

LsStatus
ls_sample_picture (const LsSampleInput *input, const LsImageOptions *options, const void *data,
                   size_t size, LsArray *out, LsError *error)
{
  LsImageOptions how = { .resize = LS_RESIZE_CROP };
  LsArray want = { .type = input->type, .rank = input->rank };

  if (options != NULL)
    how = *options;
  if (!how.has_mean_std && input->has_normalization)
    {
      how.has_mean_std = true;
      memcpy (how.mean, input->mean, sizeof how.mean);
      memcpy (how.std, input->std, sizeof how.std);
    }
  memcpy (want.dims, input->dims, sizeof want.dims);
  /* Normalised values are real numbers; without it a quantized input takes the picture's bytes. */
  if (input->is_quantized && how.has_mean_std)
    want.type = LS_TYPE_FLOAT32;
  LS_TRY (ls_image_load (data, size, &want, &how, out, error));
  return ls_sample_fit (input, "the picture", out, error);
}
