/*
 * Weights with many zeros are stored sparsely. FULLY_CONNECTED of LiteRT takes float weights row by
 * row (single ones, or blocks of 1×4) and int8 weights with scales by channel in blocks of 1×16
 * (fully_connected.cc); everything else gets a DENSIFY, which knows float32, float16 and int8
 * (densify.cc).
 */
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/pass.h"
#include "convert/quantized.h"
#include "convert/sparse/sparse_layout.h"

#include <stdio.h>
#include <string.h>

#include "base/size.h"

enum
{
  /* What the tables of a sparse tensor take in the file, and what a DENSIFY and its tensor take. */
  TABLE_BYTES = 160,
  DENSIFY_BYTES = 200,
  SCALE_BYTES = 12,  /* a scale and a zero point, which the dense twin has as well */
  WORTH_BYTES = 1024 /* of a constant that is told to stay dense */
};

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph;
  LsUses uses;
  int32_t *becomes;   /* by tensor: what its readers read in the end */
  LsLaterCasts later; /* the DENSIFY operators */
  uint32_t n_direct, n_densify, n_left;
  uint64_t before, after;
} Work;

/* A constant that may become sparse. */
typedef struct
{
  uint32_t tensor;
  LsDense dense;
  uint64_t n_bytes;
  bool is_direct; /* its only reader is a FULLY_CONNECTED that takes it as it is */
  LsSparseLayout best;
  bool is_plain; /* `best` is for such a reader */
  uint32_t n_scales;
  const LsOperator *refuses; /* a reader that takes neither sparse nor computed weights, or NULL */
} Weights;

static const LsSubgraph *
graph_of (const Work *work)
{
  return &work->model->graphs[work->graph]->view;
}

/* ---- Which constants ----------------------------------------------------------------------------
 */

/* Operands whose kernels take what a DENSIFY makes of them. */
static bool
may_be_computed (const LsSubgraph *graph, const LsOperator *op, uint32_t slot)
{
  LsMacSlots mac;

  if (op->kind == LS_OP_DEQUANTIZE || op->kind == LS_OP_BATCH_MATMUL)
    return true;
  if (!ls_op_mac_slots (op, &mac) || slot != mac.weights || op->inputs[mac.input] < 0)
    return false;
  /* Hybrid kernels read constant weights ahead of time. */
  return ls_type_is_float (graph->tensors[op->inputs[mac.input]].type)
         == ls_type_is_float (graph->tensors[op->inputs[slot]].type);
}

/* Whether all readers are such operands, and there are some; gives the last, or the one that is
 * not. */
static bool
has_fine_readers (const Work *work, uint32_t t, const LsOperator **reader)
{
  const LsSubgraph *graph = graph_of (work);

  *reader = NULL;
  if (work->uses.is_graph_output[t] || work->uses.is_graph_input[t])
    return false;
  for (uint32_t i = work->uses.first[t]; i < work->uses.first[t + 1]; i++)
    {
      const LsOperator *op = &graph->ops[work->uses.consumers[i]];

      for (uint32_t k = 0; k < op->n_inputs; k++)
        if (op->inputs[k] == (int32_t) t && !may_be_computed (graph, op, k))
          {
            *reader = op;
            return false;
          }
      *reader = op;
    }
  return *reader != NULL;
}

static bool
is_direct (const LsSubgraph *graph, const LsOperator *reader, const LsTensor *tensor)
{
  if (reader->kind != LS_OP_FULLY_CONNECTED || tensor->rank != 2
      || ls_attr_int (reader, "weights_format", 0) != 0)
    return false;
  if (tensor->type == LS_TYPE_FLOAT32)
    return graph->tensors[reader->inputs[0]].type == LS_TYPE_FLOAT32;
  return tensor->type == LS_TYPE_INT8 && tensor->quant != NULL
         && tensor->quant->n_scales == (uint32_t) tensor->dims[0];
}

static bool
take (const Work *work, uint32_t t, Weights *out)
{
  const LsSubgraph *graph = graph_of (work);
  const LsTensor *tensor = &graph->tensors[t];
  const LsOperator *reader = NULL;
  LsBytes data = ls_tensor_data (work->model, tensor);
  size_t count;

  if ((tensor->type != LS_TYPE_FLOAT32 && tensor->type != LS_TYPE_FLOAT16
       && tensor->type != LS_TYPE_INT8)
      || tensor->rank < 2 || tensor->rank > LS_SPARSE_RANK || tensor->sparsity != NULL
      || tensor->is_variable || !ls_tensor_is_constant (work->model, tensor))
    return false;
  *out = (Weights){ .tensor = t, .n_bytes = data.size };
  out->dense = (LsDense){ data.data, ls_type_bits (tensor->type) / 8, tensor->rank, { 0 } };
  memcpy (out->dense.dims, tensor->dims, (size_t) tensor->rank * sizeof *tensor->dims);
  if (!ls_count (&count, tensor->dims, tensor->rank) || count == 0 || count > INT32_MAX / 8
      || count * out->dense.size != data.size)
    return false;
  out->n_scales = tensor->quant != NULL ? tensor->quant->n_scales : 0;
  if (!has_fine_readers (work, t, &reader))
    {
      out->refuses = reader;
      return reader != NULL && data.size >= WORTH_BYTES;
    }
  out->is_direct = is_direct (graph, reader, tensor);
  return true;
}

/* ---- The best layout ----------------------------------------------------------------------------
 */

static bool
is_taken_plain (const Weights *weights, int32_t rows, int32_t columns)
{
  return rows == 1 && (weights->dense.size == 1 ? columns == 16 : columns == 1 || columns == 4);
}

static double
least_saving (const Work *work)
{
  const double wanted = work->context->options->min_saving;

  return wanted > 0 ? wanted : 0.1;
}

static uint64_t
cost_of (const Weights *weights, const LsSparseLayout *layout, bool is_plain)
{
  return layout->bytes + TABLE_BYTES
         + (is_plain ? 0 : DENSIFY_BYTES + (uint64_t) SCALE_BYTES * weights->n_scales);
}

/* Writes "1x4 12.3 kB" behind @text, and keeps the layout when it is the best so far. */
static void
try_block (const Work *work, Weights *weights, LsSparseBlock block, char *text, size_t text_size)
{
  const double most = 1 - least_saving (work);
  int32_t rows, columns;
  LsSparseLayout layout;
  uint64_t least = UINT64_MAX;

  ls_block_size (block, &rows, &columns);
  for (int is_plain = 0; is_plain < 2; is_plain++)
    {
      if ((is_plain && !(weights->is_direct && is_taken_plain (weights, rows, columns)))
          || !ls_sparse_layout_find (&weights->dense, rows, columns, is_plain != 0, &layout))
        continue;
      if (cost_of (weights, &layout, is_plain) < least)
        least = cost_of (weights, &layout, is_plain);
      /* What the operator takes as it is needs no memory for a dense copy: it goes first. */
      if ((double) cost_of (weights, &layout, is_plain) > most * (double) weights->n_bytes
          || (weights->best.bytes > 0
              && (weights->is_plain > is_plain
                  || (weights->is_plain == is_plain && weights->best.bytes <= layout.bytes))))
        continue;
      weights->best = layout;
      weights->is_plain = is_plain;
    }
  if (least == UINT64_MAX)
    return;

  const size_t used = strlen (text);

  snprintf (text + used, text_size - used, "%s%dx%d %.1f kB", used > 0 ? ", " : "", rows, columns,
            (double) least / 1e3);
}

/* ---- Storing ------------------------------------------------------------------------------------
 */

static double
zero_share (const LsDense *dense, uint64_t n_bytes)
{
  uint64_t n = 0, count = n_bytes / dense->size;

  for (uint64_t i = 0; i < count; i++)
    {
      bool is_zero = true;

      for (size_t k = 0; k < dense->size && is_zero; k++)
        is_zero = dense->data[i * dense->size + k] == 0;
      n += is_zero;
    }
  return (double) n / (double) count;
}

/* A DENSIFY at the start makes of the constant what its readers read from now on. */
static LsStatus
insert_densify (Work *work, uint32_t t, LsError *error)
{
  LsModel *model = work->model;
  const int twin = ls_twin_tensor (model, work->graph, (int32_t) t, "dense");

  if (twin < 0 || !ls_cast_later (model, &work->later, 0, LS_OP_DENSIFY, (int32_t) t, twin))
    return ls_fail_no_memory (error, "DENSIFY", 0);
  work->becomes[t] = twin;
  ls_model_tensor (model, work->graph, (uint32_t) twin)->buffer = 0;
  ls_model_tensor (model, work->graph, (uint32_t) twin)->external_buffer = 0;
  return LS_OK;
}

static LsStatus
store (Work *work, const Weights *weights, LsError *error)
{
  LsModel *model = work->model;
  const LsSparsity *sparsity;
  LS_FREE uint8_t *values = NULL;
  size_t n_bytes;

  LS_TRY (ls_sparse_layout_store (model, &weights->dense, &weights->best, &sparsity, &values,
                                  &n_bytes, error));
  if (!weights->is_plain)
    LS_TRY (insert_densify (work, weights->tensor, error));

  LsTensor *tensor = ls_model_tensor (model, work->graph, weights->tensor);

  if (!ls_tensor_set_data (model, tensor, values, n_bytes))
    return ls_fail_no_memory (error, tensor->name, n_bytes);
  tensor->sparsity = sparsity;
  work->before += weights->n_bytes;
  work->after += cost_of (weights, &weights->best, weights->is_plain);
  work->n_direct += weights->is_plain;
  work->n_densify += !weights->is_plain;
  return LS_OK;
}

static LsStatus
sparsify_tensor (Work *work, uint32_t t, LsError *error)
{
  Weights weights;
  char sizes[200] = "";
  const LsSparseBlock wanted = work->context->options->block;

  if (!take (work, t, &weights))
    return LS_OK;

  const double share = zero_share (&weights.dense, weights.n_bytes);
  const char *name = graph_of (work)->tensors[t].name;

  /* No way to store leaves out more than the zeros. */
  if (share < least_saving (work))
    {
      work->n_left++;
      return LS_OK;
    }
  if (weights.refuses != NULL)
    {
      work->n_left++;
      return ls_pass_note (
        work->context, error,
        "%s stays dense: %.1f kB, %.0f %% zeros, but %s, which reads it, is not given "
        "weights by a DENSIFY",
        name, (double) weights.n_bytes / 1e3, 100 * share, ls_op_kind_text (weights.refuses));
    }
  for (int block = LS_BLOCK_1X1; block <= LS_BLOCK_16X1; block++)
    if (wanted == LS_BLOCK_AUTO || wanted == (LsSparseBlock) block)
      try_block (work, &weights, (LsSparseBlock) block, sizes, sizeof sizes);

  if (weights.best.bytes == 0)
    {
      work->n_left++;
      return ls_pass_note (work->context, error, "%s stays dense: %.1f kB, %.0f %% zeros; %s", name,
                           (double) weights.n_bytes / 1e3, 100 * share,
                           sizes[0] != '\0' ? sizes : "no block fits its shape");
    }
  LS_TRY (ls_pass_note (
    work->context, error, "%s: %.1f kB, %.0f %% zeros, become %.1f kB in blocks of %dx%d%s (%s)",
    name, (double) weights.n_bytes / 1e3, 100 * share,
    (double) cost_of (&weights, &weights.best, weights.is_plain) / 1e3, weights.best.rows,
    weights.best.columns, weights.is_plain ? ", read as they are" : " through DENSIFY", sizes));
  return store (work, &weights, error);
}

static LsStatus
sparsify_graph (Work *work, LsError *error)
{
  const uint32_t n_tensors = graph_of (work)->n_tensors;
  LS_FREE int32_t *becomes = ls_model_same_tensors (work->model, work->graph);

  work->becomes = becomes;
  work->later = (LsLaterCasts){ 0 };
  if (becomes == NULL)
    return ls_fail_no_memory (error, "sparsify", n_tensors);
  for (uint32_t t = 0; t < n_tensors; t++)
    {
      if (!ls_tick (work->context->progress, (double) t / n_tensors, "sparsify"))
        return ls_fail_cancelled (error);
      LS_TRY (sparsify_tensor (work, t, error));
    }
  if (!ls_model_replace_uses (work->model, work->graph, becomes)
      || !ls_insert_casts (work->model, work->graph, &work->later))
    return ls_fail_no_memory (error, "DENSIFY", 0);
  return LS_OK;
}

static LsStatus
sparsify_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context, .model = context->model };

  for (uint32_t g = 0; g < context->model->n_graphs; g++)
    {
      work.graph = g;
      if (!ls_uses_init (&work.uses, graph_of (&work)))
        return ls_fail_no_memory (error, "sparsify", 0);

      LsStatus status = sparsify_graph (&work, error);

      ls_uses_clear (&work.uses);
      if (status != LS_OK)
        return status;
    }
  if (work.n_direct + work.n_densify == 0 && work.n_left > 0)
    return ls_pass_note (context, error, "no weights became sparse; %u stay dense", work.n_left);
  if (work.n_direct + work.n_densify == 0)
    return ls_pass_note (context, error, "there are no weights that could be stored sparsely");
  return ls_pass_report (context, "sparsify", work.n_direct + work.n_densify, error,
                         "%u %s became sparse, %u of them with a DENSIFY: %.1f kB → %.1f kB; "
                         "%u %s dense",
                         work.n_direct + work.n_densify,
                         ls_words (work.n_direct + work.n_densify, "weight", "weights"),
                         work.n_densify, (double) work.before / 1e3, (double) work.after / 1e3,
                         work.n_left, ls_words (work.n_left, "stays", "stay"));
}

const LsPass ls_pass_sparsify = { "sparsify", sparsify_run };
