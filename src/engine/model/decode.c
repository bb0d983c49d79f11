/* Constants as arrays: as stored, made dense, or as the real numbers that they stand for. */
#include "model/model.h"

#include <string.h>

#include "base/error.h"
#include "base/half.h"
#include "base/size.h"
#include "base/strings.h"
#include "model/array.h"
#include "model/sparsity.h"

typedef struct
{
  const LsModel *model;
  const LsSubgraph *subgraph;
  const LsTensor *tensor;
  LsBytes data;
} Source;

static LsStatus
too_short (const Source *source, size_t needed, LsError *error)
{
  return ls_fail (error, LS_E_FORMAT, -1, "\"%.80s\" needs %zu bytes, its buffer has %zu",
                  source->tensor->name, needed, source->data.size);
}

static LsStatus
copy_strings (const Source *source, LsArray *out, LsError *error)
{
  const LsTensor *tensor = source->tensor;
  LsStrings strings;
  size_t count;

  *out = (LsArray){ .type = LS_TYPE_STRING, .rank = tensor->rank };
  if (tensor->rank > LS_MAX_RANK || !ls_count (&count, tensor->dims, tensor->rank)
      || !ls_strings_open (source->data.data, source->data.size, &strings)
      || strings.count != count)
    return ls_fail (error, LS_E_FORMAT, -1, "the strings of \"%.80s\" do not fit their shape",
                    tensor->name);
  if (tensor->rank > 0)
    memcpy (out->dims, tensor->dims, (size_t) tensor->rank * sizeof *out->dims);
  out->n_bytes = source->data.size;
  out->data = malloc (out->n_bytes > 0 ? out->n_bytes : 1);
  if (out->data == NULL)
    return ls_fail_no_memory (error, "strings", out->n_bytes);
  if (out->n_bytes > 0)
    memcpy (out->data, source->data.data, out->n_bytes);
  return LS_OK;
}

/* The values of a sparse tensor, or all of a dense one, as they lie in the file. */
static LsStatus
decode_stored (const Source *source, LsArray *out, LsError *error)
{
  const LsTensor *tensor = source->tensor;
  int rank = tensor->rank;
  const int32_t *dims = tensor->dims;
  int32_t n_values;

  if (tensor->sparsity != NULL)
    {
      size_t count;

      LS_TRY (ls_sparse_count (tensor->sparsity, dims, rank, &count, error));
      if (count > INT32_MAX)
        return ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" has too many values", tensor->name);
      n_values = (int32_t) count;
      dims = &n_values;
      rank = 1;
    }
  LS_TRY (ls_array_init (out, tensor->type, rank, dims, error));
  if (out->n_bytes > source->data.size)
    return too_short (source, out->n_bytes, error);
  if (out->n_bytes > 0)
    memcpy (out->data, source->data.data, out->n_bytes);
  return LS_OK;
}

static LsStatus
decode_dense (const Source *source, LsArray *out, LsError *error)
{
  const LsTensor *tensor = source->tensor;

  if (tensor->sparsity == NULL)
    return decode_stored (source, out, error);
  LS_TRY (ls_array_init (out, tensor->type, tensor->rank, tensor->dims, error));
  return ls_sparse_to_dense (tensor->sparsity, tensor->dims, tensor->rank,
                             ls_type_bits (tensor->type), source->data.data, source->data.size,
                             out->data, out->n_bytes, error);
}

/* ---- Real numbers ---------------------------------------------------------------------------- */

/* Which scale an element takes: element / inner % n_channels. */
typedef struct
{
  size_t inner, n_channels;
  const float *scales;
  const int64_t *zero_points;
  uint32_t n_zero_points;
} Channels;

static LsStatus
find_channels (const Source *source, Channels *out, LsError *error)
{
  const LsTensor *tensor = source->tensor;
  const LsQuantization *quant = tensor->quant;

  *out = (Channels){ 1, quant->n_scales, quant->scales, quant->zero_points, quant->n_zero_points };
  if (quant->n_zero_points > 1 && quant->n_zero_points != quant->n_scales)
    return ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" has %u scales but %u zero points",
                    tensor->name, quant->n_scales, quant->n_zero_points);
  if (quant->n_scales == 1)
    return LS_OK;
  if (quant->axis < 0 || quant->axis >= tensor->rank
      || (uint32_t) tensor->dims[quant->axis] != quant->n_scales)
    return ls_fail (error, LS_E_INVALID, -1,
                    "\"%.80s\" has %u scales, which do not fit its quantized dimension %d",
                    tensor->name, quant->n_scales, quant->axis);
  return ls_count (&out->inner, tensor->dims + quant->axis + 1, tensor->rank - quant->axis - 1)
           ? LS_OK
           : ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" is too large", tensor->name);
}

/* One channel's bytes, as most weights are. A float holds the difference, so that the product is
 * rounded once here, too. */
static void
dequantize_run (const uint8_t *bytes, bool is_signed, int32_t zero, float scale, float *out,
                size_t count)
{
  for (size_t i = 0; is_signed && i < count; i++)
    out[i] = (float) ((int8_t) bytes[i] - zero) * scale;
  for (size_t i = 0; !is_signed && i < count; i++)
    out[i] = (float) (bytes[i] - zero) * scale;
}

/* False: some are no bytes, or their zero points are none. */
static bool
dequantize_bytes (const Channels *c, const LsArray *stored, float *out, size_t count)
{
  size_t inner = c->n_channels > 1 ? c->inner : count, n_runs = inner > 0 ? count / inner : 0;

  if (stored->type != LS_TYPE_INT8 && stored->type != LS_TYPE_UINT8)
    return false;
  for (uint32_t i = 0; i < c->n_zero_points; i++)
    if (c->zero_points[i] < INT8_MIN || c->zero_points[i] > UINT8_MAX)
      return false;
  for (size_t run = 0, channel = 0; run < n_runs;
       run++, channel = channel + 1 < c->n_channels ? channel + 1 : 0)
    {
      int64_t zero = c->n_zero_points == 0 ? 0 : c->zero_points[c->n_zero_points > 1 ? channel : 0];

      dequantize_run ((const uint8_t *) stored->data + run * inner, stored->type == LS_TYPE_INT8,
                      (int32_t) zero, c->scales[channel], out + run * inner, inner);
    }
  return true;
}

/* The product is rounded once: a double holds it. Source: LiteRT's reference/dequantize.h. */
static LsStatus
dequantize_channels (const Source *source, const LsArray *stored, float *out, LsError *error)
{
  Channels c;
  size_t count = ls_array_count (stored);

  LS_TRY (find_channels (source, &c, error));
  if (dequantize_bytes (&c, stored, out, count))
    return LS_OK;
  for (size_t i = 0; i < count; i++)
    {
      size_t channel = c.n_channels > 1 ? i / c.inner % c.n_channels : 0;
      double zero
        = c.n_zero_points == 0 ? 0 : (double) c.zero_points[c.n_zero_points > 1 ? channel : 0];

      out[i] = (float) ((ls_array_get (stored, i) - zero) * (double) c.scales[channel]);
    }
  return LS_OK;
}

/* A tensor of the subgraph that holds one number a block; absent ones (-1) leave @out empty. */
static LsStatus
load_blocks (const Source *source, int32_t tensor, size_t n_blocks, LsArray *out, LsError *error)
{
  *out = (LsArray){ 0 };
  if (tensor < 0)
    return LS_OK;
  if ((uint32_t) tensor >= source->subgraph->n_tensors)
    return ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" has its block scales in tensor %d of %u",
                    source->tensor->name, tensor, source->subgraph->n_tensors);

  const LsTensor *blocks = &source->subgraph->tensors[tensor];
  Source of_blocks
    = { source->model, source->subgraph, blocks, ls_tensor_data (source->model, blocks) };

  if (blocks->type == LS_TYPE_STRING || blocks->sparsity != NULL || of_blocks.data.size == 0)
    return ls_fail (error, LS_E_INVALID, -1, "the block scales \"%.80s\" are no constant numbers",
                    blocks->name);
  LS_TRY (decode_stored (&of_blocks, out, error));
  if (ls_array_count (out) == n_blocks)
    return LS_OK;
  ls_array_clear (out);
  return ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" has another number of blocks than %zu",
                  blocks->name, n_blocks);
}

/* Blocks lie along the last dimension. */
static LsStatus
dequantize_blocks (const Source *source, const LsArray *stored, float *out, LsError *error)
{
  const LsQuantization *quant = source->tensor->quant;
  size_t count = ls_array_count (stored);
  int32_t last = stored->rank > 0 ? stored->dims[stored->rank - 1] : 1;
  LsArray scales, zero_points;

  if (quant->block_size <= 0 || last % quant->block_size != 0 || quant->block_scales < 0)
    return ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" has blocks of %d, which do not fit it",
                    source->tensor->name, quant->block_size);

  size_t size = (size_t) quant->block_size, n_blocks = count / size;

  LS_TRY (load_blocks (source, quant->block_scales, n_blocks, &scales, error));

  LsStatus status = load_blocks (source, quant->block_zero_points, n_blocks, &zero_points, error);

  for (size_t i = 0; status == LS_OK && i < count; i++)
    {
      double zero = zero_points.data != NULL ? ls_array_get (&zero_points, i / size) : 0;

      out[i] = (float) ((ls_array_get (stored, i) - zero) * ls_array_get (&scales, i / size));
    }
  ls_array_clear (&scales);
  ls_array_clear (&zero_points);
  return status;
}

/* True when the stored elements stand for other numbers than they are. */
static bool
is_coded (const LsTensor *tensor)
{
  const LsQuantization *quant = tensor->quant;

  if (ls_type_is_float (tensor->type))
    return tensor->type != LS_TYPE_FLOAT32 && tensor->type != LS_TYPE_FLOAT64;
  return ls_type_is_integer (tensor->type) && quant != NULL
         && (quant->n_scales > 0 || quant->details == LS_QUANT_DETAILS_BLOCKWISE);
}

/* Turns @array, which is dense, into FLOAT32 where its elements are coded. */
static LsStatus
make_real (const Source *source, LsArray *array, LsError *error)
{
  const LsTensor *tensor = source->tensor;
  LsStatus status = LS_OK;
  LsArray real;

  if (!is_coded (tensor))
    return LS_OK;
  LS_TRY (ls_array_init (&real, LS_TYPE_FLOAT32, array->rank, array->dims, error));
  if (ls_type_is_float (tensor->type))
    for (size_t i = 0, n = ls_array_count (array); i < n; i++)
      ((float *) real.data)[i] = (float) ls_array_get (array, i);
  else if (tensor->quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    status = dequantize_blocks (source, array, real.data, error);
  else
    status = dequantize_channels (source, array, real.data, error);
  ls_array_clear (status == LS_OK ? array : &real);
  if (status == LS_OK)
    *array = real;
  return status;
}

static LsStatus
decode (const Source *source, LsDecode how, LsArray *out, LsError *error)
{
  if (source->tensor->type == LS_TYPE_STRING)
    return copy_strings (source, out, error);
  if (how == LS_DECODE_STORED)
    return decode_stored (source, out, error);
  LS_TRY (decode_dense (source, out, error));
  return how == LS_DECODE_REAL ? make_real (source, out, error) : LS_OK;
}

/* The record, or NULL with @error filled. */
static const LsTensor *
find_tensor (const LsModel *model, uint32_t subgraph, uint32_t tensor, LsError *error)
{
  const LsSubgraph *graph = ls_model_subgraph (model, subgraph);

  if (graph != NULL && tensor < graph->n_tensors)
    return &graph->tensors[tensor];
  ls_fail (error, LS_E_USAGE, -1, "there is no tensor %u in subgraph %u", tensor, subgraph);
  return NULL;
}

LsStatus
ls_tensor_decode (const LsModel *model, uint32_t subgraph, uint32_t tensor, LsDecode how,
                  LsArray *out, LsError *error)
{
  const LsTensor *record = find_tensor (model, subgraph, tensor, error);

  *out = (LsArray){ 0 };
  if (record == NULL)
    return LS_E_USAGE;

  Source source
    = { model, ls_model_subgraph (model, subgraph), record, ls_tensor_data (model, record) };
  LsStatus status
    = ls_tensor_is_constant (model, record)
        ? decode (&source, how, out, error)
        : ls_fail (error, LS_E_USAGE, -1, "\"%.80s\" is no constant: it has no data in the file",
                   record->name);

  if (status == LS_OK)
    return LS_OK;
  ls_array_clear (out);
  ls_error_place (error, (int) subgraph, -1, (int) tensor);
  return status;
}

LsStatus
ls_tensor_sparsity_info (const LsModel *model, uint32_t subgraph, uint32_t tensor,
                         LsSparsityInfo *out, LsError *error)
{
  const LsTensor *record = find_tensor (model, subgraph, tensor, error);
  size_t n_elements, n_stored, n_dense_bytes, n_value_bytes;

  *out = (LsSparsityInfo){ .block_elements = 1 };
  if (record == NULL)
    return LS_E_USAGE;
  if (record->sparsity == NULL)
    return ls_fail (error, LS_E_USAGE, -1, "\"%.80s\" is not sparse", record->name);

  const LsSparsity *sparsity = record->sparsity;
  unsigned bits = ls_type_bits (record->type);
  LsStatus status = ls_sparse_count (sparsity, record->dims, record->rank, &n_stored, error);

  if (status != LS_OK)
    {
      ls_error_place (error, (int) subgraph, -1, (int) tensor);
      return status;
    }
  if (!ls_count (&n_elements, record->dims, record->rank)
      || !ls_packed_size (&n_dense_bytes, n_elements, bits)
      || !ls_packed_size (&n_value_bytes, n_stored, bits))
    return ls_fail (error, LS_E_INVALID, -1, "\"%.80s\" is too large", record->name);
  for (uint32_t i = (uint32_t) record->rank; i < sparsity->n_dims; i++)
    out->block_elements *= (uint32_t) sparsity->dims[i].dense_size;
  out->dense_bytes = n_dense_bytes;
  out->stored_bytes = n_value_bytes;
  for (uint32_t i = 0; i < sparsity->n_dims; i++)
    {
      const LsSparseDim *dim = &sparsity->dims[i];

      out->stored_bytes += (uint64_t) dim->n_segments * dim->segments_width
                           + (uint64_t) dim->n_indices * dim->indices_width;
    }
  out->n_elements = n_elements;
  out->n_stored = n_stored;
  out->n_blocks = out->block_elements > 0 ? n_stored / out->block_elements : 0;
  out->zero_share = n_elements > 0 ? 1 - (double) n_stored / (double) n_elements : 0;
  return LS_OK;
}
