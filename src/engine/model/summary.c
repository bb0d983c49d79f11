/* A model in a few numbers: one pass over the records, so that large graphs stay quick. */
#include "model/model.h"

#include <string.h>

#include "base/error.h"
#include "base/size.h"

/* How an operator that multiplies weights computes. */
typedef enum
{
  OF_FLOAT32,
  OF_FLOAT16, /* weights stored as float16 and widened by DEQUANTIZE */
  OF_DYNAMIC8,
  OF_DYNAMIC4,
  OF_INT8,
  OF_UINT8,
  OF_INT16,
  N_SCHEMES
} Scheme;

static const char *const scheme_names[N_SCHEMES] = {
  "float32",   "float16 weights", "dynamic range (int8 weights)",    "dynamic range (int4 weights)",
  "full int8", "full uint8",      "int16 activations, int8 weights",
};

typedef struct
{
  const LsModel *model;
  LsSummary *out;
  LsTally *ops; /* one an operator, to be merged */
  size_t n_ops;
  bool *is_buffer_seen, *is_buffer_read; /* by buffer */
  uint64_t schemes[N_SCHEMES];           /* operators by how they compute */
  uint64_t activations[N_SCHEMES];       /* the same by the type of all operators' first outputs */
} Work;

static const LsTensor *
tensor_at (const LsSubgraph *subgraph, int32_t index)
{
  return index >= 0 && (uint32_t) index < subgraph->n_tensors ? &subgraph->tensors[index] : NULL;
}

/* ---- Schemes --------------------------------------------------------------------------------- */

static Scheme
scheme_of (const LsTensor *in, const LsTensor *weights)
{
  bool is_small = weights != NULL && ls_type_is_integer (weights->type);

  switch ((int) in->type)
    {
    case LS_TYPE_INT8:
      return OF_INT8;
    case LS_TYPE_UINT8:
      return OF_UINT8;
    case LS_TYPE_INT16:
      return OF_INT16;
    case LS_TYPE_FLOAT16:
      return OF_FLOAT16;
    default:
      if (!is_small)
        return weights != NULL && weights->type == LS_TYPE_FLOAT16 ? OF_FLOAT16 : OF_FLOAT32;
      return ls_type_bits (weights->type) < 8 ? OF_DYNAMIC4 : OF_DYNAMIC8;
    }
}

/* The operand at a place, or NULL. */
static const LsTensor *
operand (const LsSubgraph *subgraph, const LsOperator *op, uint32_t slot)
{
  return tensor_at (subgraph, slot < op->n_inputs ? op->inputs[slot] : -1);
}

/* @widened: by tensor, the constant behind a DEQUANTIZE, or -1. */
static void
note_scheme (Work *work, const LsSubgraph *subgraph, const LsOperator *op, const int32_t *widened)
{
  bool is_transposed = op->kind == LS_OP_TRANSPOSE_CONV || op->kind == LS_OP_CONV_3D_TRANSPOSE;
  const LsTensor *in = operand (subgraph, op, is_transposed ? 2 : 0);
  const LsTensor *weights = operand (subgraph, op, 1);
  const LsTensor *out = tensor_at (subgraph, op->n_outputs > 0 ? op->outputs[0] : -1);

  if (out != NULL
      && (ls_type_is_float (out->type) || (out->quant != NULL && out->quant->n_scales > 0)))
    work->activations[scheme_of (out, NULL)]++;
  if (in == NULL || weights == NULL || op->kind == LS_OP_BATCH_MATMUL
      || ls_op_macs (subgraph, op) == 0)
    return;
  if (widened[op->inputs[1]] >= 0)
    weights = &subgraph->tensors[widened[op->inputs[1]]];
  work->schemes[scheme_of (in, weights)]++;
}

/* The one that all share; activations decide where nothing multiplies. */
static const char *
scheme_name (const Work *work)
{
  const uint64_t *counts = work->schemes;
  int found = -1, n_found = 0;

  for (int round = 0; round < 2 && n_found == 0; round++, counts = work->activations)
    for (int i = 0; i < N_SCHEMES; i++)
      if (counts[i] > 0)
        {
          found = i;
          n_found++;
        }
  if (n_found == 0)
    return "no arithmetic on numbers";
  return n_found == 1 ? scheme_names[found] : "mixed";
}

/* ---- Tallies --------------------------------------------------------------------------------- */

static int
by_name (const void *a, const void *b)
{
  return strcmp (((const LsTally *) a)->name, ((const LsTally *) b)->name);
}

static int
by_count (const void *a, const void *b)
{
  const LsTally *x = a, *y = b;

  if (x->count != y->count)
    return x->count < y->count ? 1 : -1;
  return strcmp (x->name, y->name);
}

static uint64_t
plus (uint64_t a, uint64_t b)
{
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Merges entries of one name, in place; gives how many are left, the most frequent first. */
static uint32_t
merge (LsTally *tallies, size_t count)
{
  uint32_t n = 0;

  qsort (tallies, count, sizeof *tallies, by_name);
  for (size_t i = 0; i < count; i++)
    if (n > 0 && strcmp (tallies[n - 1].name, tallies[i].name) == 0)
      {
        tallies[n - 1].count += tallies[i].count;
        tallies[n - 1].macs = plus (tallies[n - 1].macs, tallies[i].macs);
        tallies[n - 1].bytes = plus (tallies[n - 1].bytes, tallies[i].bytes);
      }
    else
      tallies[n++] = tallies[i];
  qsort (tallies, n, sizeof *tallies, by_count);
  return n;
}

/* ---- The pass -------------------------------------------------------------------------------- */

/* Elements of a constant that an operator reads; each buffer counts once. */
static void
note_parameters (Work *work, const LsSubgraph *subgraph, const LsOperator *op)
{
  for (uint32_t i = 0; i < op->n_inputs; i++)
    {
      const LsTensor *tensor = tensor_at (subgraph, op->inputs[i]);
      size_t count;

      if (tensor == NULL || !ls_tensor_is_constant (work->model, tensor)
          || work->is_buffer_read[tensor->buffer])
        continue;
      work->is_buffer_read[tensor->buffer] = true;
      if (ls_count (&count, tensor->dims, tensor->rank))
        work->out->n_parameters = plus (work->out->n_parameters, count);
    }
}

/* Remembers the constant behind DENSIFY and DEQUANTIZE, which stand in front of their reader. */
static void
note_widened (const Work *work, const LsSubgraph *subgraph, const LsOperator *op, int32_t *widened)
{
  const LsTensor *in = tensor_at (subgraph, op->n_inputs == 1 ? op->inputs[0] : -1);
  const LsTensor *out = tensor_at (subgraph, op->n_outputs == 1 ? op->outputs[0] : -1);

  if ((op->kind != LS_OP_DEQUANTIZE && op->kind != LS_OP_DENSIFY) || in == NULL || out == NULL)
    return;
  if (ls_tensor_is_constant (work->model, in))
    widened[op->outputs[0]] = op->inputs[0];
  else
    widened[op->outputs[0]] = widened[op->inputs[0]];
}

static void
note_ops (Work *work, const LsSubgraph *subgraph, int32_t *widened)
{
  for (uint32_t i = 0; i < subgraph->n_tensors; i++)
    widened[i] = -1;
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    {
      const LsOperator *op = &subgraph->ops[i];
      uint64_t macs = ls_op_macs (subgraph, op);

      note_widened (work, subgraph, op, widened);
      work->ops[work->n_ops++] = (LsTally){ ls_op_kind_text (op), 1, macs, 0 };
      work->out->macs = plus (work->out->macs, macs);
      note_parameters (work, subgraph, op);
      note_scheme (work, subgraph, op, widened);
    }
}

static void
note_quantization (LsSummary *out, const LsQuantization *quant)
{
  if (quant == NULL)
    return;
  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    out->n_blockwise++;
  else if (quant->n_scales > 1)
    out->n_per_channel++;
  else if (quant->n_scales == 1)
    out->n_per_tensor++;
}

static void
note_tensor (Work *work, uint32_t graph, uint32_t index, LsTally *types)
{
  const LsTensor *tensor = &ls_model_subgraph (work->model, graph)->tensors[index];
  uint64_t n_bytes = ls_tensor_data (work->model, tensor).size;
  LsTally *tally
    = &types[(unsigned) tensor->type < LS_N_TYPES ? (unsigned) tensor->type : LS_N_TYPES];
  LsSparsityInfo sparsity;

  tally->name = ls_type_name (tensor->type);
  tally->count++;
  note_quantization (work->out, tensor->quant);
  if (tensor->sparsity != NULL)
    {
      work->out->n_sparse++;
      if (ls_tensor_sparsity_info (work->model, graph, index, &sparsity, NULL) == LS_OK
          && sparsity.dense_bytes > sparsity.stored_bytes)
        work->out->sparse_saved_bytes += sparsity.dense_bytes - sparsity.stored_bytes;
    }
  if (n_bytes == 0)
    return;
  work->out->n_constants++;
  if (work->is_buffer_seen[tensor->buffer])
    return;
  work->is_buffer_seen[tensor->buffer] = true;
  tally->bytes += n_bytes;
  work->out->constant_bytes += n_bytes;
}

static LsStatus
note_subgraph (Work *work, uint32_t graph, LsTally *types, LsError *error)
{
  const LsSubgraph *subgraph = ls_model_subgraph (work->model, graph);
  LS_FREE int32_t *widened = calloc ((size_t) subgraph->n_tensors + 1, sizeof *widened);

  if (widened == NULL)
    return ls_fail_no_memory (error, "a summary", subgraph->n_tensors);
  work->out->n_ops += subgraph->n_ops;
  work->out->n_tensors += subgraph->n_tensors;
  note_ops (work, subgraph, widened);
  for (uint32_t i = 0; i < subgraph->n_tensors; i++)
    note_tensor (work, graph, i, types);
  return LS_OK;
}

static LsStatus
summarize (Work *work, LsError *error)
{
  LsSummary *out = work->out;
  size_t n_ops = 0, n_buffers = ls_model_n_buffers (work->model);
  LS_FREE bool *seen = calloc (n_buffers + 1, sizeof *seen);
  LS_FREE bool *read = calloc (n_buffers + 1, sizeof *read);

  for (uint32_t i = 0; i < ls_model_n_subgraphs (work->model); i++)
    n_ops += ls_model_subgraph (work->model, i)->n_ops;
  out->op_tallies = work->ops = calloc (n_ops + 1, sizeof *work->ops);
  out->type_tallies = calloc (LS_N_TYPES + 1, sizeof *out->type_tallies);
  if (seen == NULL || read == NULL || work->ops == NULL || out->type_tallies == NULL)
    return ls_fail_no_memory (error, "a summary", n_ops);
  work->is_buffer_seen = seen;
  work->is_buffer_read = read;
  for (uint32_t i = 0; i < ls_model_n_subgraphs (work->model); i++)
    LS_TRY (note_subgraph (work, i, out->type_tallies, error));
  out->n_op_tallies = merge (work->ops, work->n_ops);
  for (unsigned i = 0; i <= LS_N_TYPES; i++)
    if (out->type_tallies[i].count > 0)
      out->type_tallies[out->n_type_tallies++] = out->type_tallies[i];
  qsort (out->type_tallies, out->n_type_tallies, sizeof *out->type_tallies, by_count);
  out->scheme = scheme_name (work);
  return LS_OK;
}

LsStatus
ls_model_summarize (const LsModel *model, LsSummary *out, LsError *error)
{
  Work work = { .model = model, .out = out };

  *out = (LsSummary){ 0 };

  LsStatus status = summarize (&work, error);

  if (status != LS_OK)
    ls_summary_clear (out);
  return status;
}

void
ls_summary_clear (LsSummary *summary)
{
  free (summary->op_tallies);
  free (summary->type_tallies);
  *summary = (LsSummary){ 0 };
}
