/*
 * Integer weights in a float model.
 *
 * Dynamic range: the kernels quantize activations as they run. Only where LiteRT has such a
 * (hybrid) kernel, and only for weights of a size at which it pays (1,024 elements, as
 * TFLiteConverter has it). Weights alone: a DEQUANTIZE, which LiteRT runs once, makes floats of
 * them; EMBEDDING_LOOKUP reads them as they are.
 */
#include "convert/pass.h"

#include <string.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantize/rounding.h"

enum
{
  LEAST_COUNT = 1024,
  NO_AXIS = -1,
  NOT_DONE = -2,
  /* Of FULLY_CONNECTED with weights in blocks (fully_connected.cc, PrepareImpl). */
  LEAST_BLOCK_DEPTH = 32,
  LEAST_BLOCK_UNITS = 4
};

/* Operators with a hybrid kernel: which operands are weights, the dimension of their channels, and
 * the fewest bits. Sources: conv.cc, depthwise_conv.cc, fully_connected.cc, transpose_conv.cc,
 * batch_matmul.cc, embedding_lookup.cc, svdf.cc, lstm.cc and its relatives, basic_rnn.cc. */
typedef struct
{
  int kind;
  uint64_t slots;
  int32_t axis;
  unsigned least_bits;
} Hybrid;

static const Hybrid hybrids[] = {
  { LS_OP_CONV_2D, 1u << 1, 0, 4 },
  { LS_OP_DEPTHWISE_CONV_2D, 1u << 1, 3, 8 }, /* 4 beside int8 activations alone */
  { LS_OP_FULLY_CONNECTED, 1u << 1, 0, 2 },
  { LS_OP_TRANSPOSE_CONV, 1u << 1, 0, 8 },
  { LS_OP_BATCH_MATMUL, 1u << 1, NO_AXIS, 8 },
  { LS_OP_EMBEDDING_LOOKUP, 1u << 1, 0, 2 },
  { LS_OP_SVDF, 3u << 1, NO_AXIS, 8 }, /* the kernel reads both as int8 */
  { LS_OP_RNN, 3u << 1, NO_AXIS, 8 },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_RNN, 3u << 1, NO_AXIS, 8 },
  /* weights of inputs, states, peepholes, and the projection's */
  { LS_OP_LSTM, 0x7ffu << 1 | 1u << 16, NO_AXIS, 8 },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM, 0x7ffu << 1 | 1u << 16, NO_AXIS, 8 },
  /* the same of both directions, and the weights of auxiliary inputs */
  { LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM,
    0x7ffu << 1 | 1u << 16 | 0x7ffull << 18 | 1ull << 33 | 0xffull << 40, NO_AXIS, 8 },
  { LS_OP_BIDIRECTIONAL_SEQUENCE_RNN, 3u << 1 | 3u << 5 | 3u << 10, NO_AXIS, 8 },
};

/* An integer tensor that a DEQUANTIZE shall make the floats of. */
typedef struct
{
  int32_t integer, real;
} Pair;

/* How a tensor is read. */
enum
{
  NOT_SEEN = -4,
  NOT_READ = -3,
  MIXED = -2
};

typedef struct
{
  int32_t kind;   /* of all its readers; NOT_READ, MIXED or NOT_SEEN */
  uint64_t slots; /* bits of theirs that it stands in */
} Readers;

typedef struct
{
  LsPassContext *context;
  bool is_weights_only;
  uint32_t graph, n_weights, n_ops, n_wider, n_blocks;
  int32_t *axis_of; /* by tensor: the axis it was quantized along; NOT_DONE: not */
  uint32_t n_pairs;
  Pair *pairs;      /* room for every tensor of the graph */
  LsUses uses;      /* of the subgraph in work, as it was at first */
  Readers *readers; /* by tensor, filled at the first question */
  LsLaterCasts later;
  LsRounding rounding; /* of the first subgraph's weights, where that is wanted */
} Work;

static bool
is_float_constant (const Work *work, const LsSubgraph *graph, int32_t t)
{
  return t >= 0
         && (work->axis_of[t] != NOT_DONE
             || (graph->tensors[t].type == LS_TYPE_FLOAT32 && !graph->tensors[t].is_variable
                 && ls_tensor_is_constant (work->context->model, &graph->tensors[t])));
}

static Readers
find_readers (const LsSubgraph *graph, const LsUses *uses, int32_t t)
{
  Readers out = { NOT_READ, 0 };

  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    {
      const LsOperator *op = &graph->ops[uses->consumers[u]];

      /* One that reads it several times stands in the list as often. */
      if (u > uses->first[t] && uses->consumers[u - 1] == uses->consumers[u])
        continue;
      if (out.kind != NOT_READ && out.kind != op->kind)
        return (Readers){ MIXED, 0 };
      out.kind = op->kind;
      for (uint32_t k = 0; k < op->n_inputs; k++)
        if (op->inputs[k] == t && k >= 64)
          return (Readers){ MIXED, 0 };
        else if (op->inputs[k] == t)
          out.slots |= UINT64_C (1) << k;
    }
  return out;
}

/* Whether every reader of the tensor is a hybrid operator that takes it in the same way. */
static bool
is_read_alike (const Work *work, const LsSubgraph *graph, int32_t t, int kind, uint64_t slots)
{
  Readers *readers = &work->readers[t];

  if (readers->kind == NOT_SEEN)
    *readers = find_readers (graph, &work->uses, t);
  return readers->kind == NOT_READ || (readers->kind == kind && (readers->slots & ~slots) == 0);
}

/* Recurrent weights of an LSTM that are a diagonal, one for each cell. */
static bool
is_diagonal (const LsSubgraph *graph, const LsOperator *op)
{
  const bool is_lstm = op->kind == LS_OP_LSTM || op->kind == LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM
                       || op->kind == LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM;
  const uint32_t first = 5, n_gates = 4;

  for (uint32_t k = first; is_lstm && k < first + n_gates && k < op->n_inputs; k++)
    if (op->inputs[k] >= 0 && graph->tensors[op->inputs[k]].rank == 1)
      return true;
  return false;
}

/* Hybrid LSTM reads a diagonal as floats (lstm_eval.cc).
 * Hybrid BIDIRECTIONAL_SEQUENCE_RNN goes over sequences with the time first as often as they are
 * long, and reads auxiliary inputs at the wrong places (bidirectional_sequence_rnn.cc, EvalHybrid).
 */
static bool
is_computed_wrongly (const LsSubgraph *graph, const LsOperator *op)
{
  const uint32_t aux_input = 9;

  if (is_diagonal (graph, op))
    return true;
  return op->kind == LS_OP_BIDIRECTIONAL_SEQUENCE_RNN
         && (ls_attr_int (op, "time_major", 0) != 0
             || (aux_input < op->n_inputs && op->inputs[aux_input] >= 0));
}

/* All weights of the operator are constants that may become integers; counts the elements of the
 * largest. */
static bool
may_be_hybrid (const Work *work, const LsSubgraph *graph, const LsOperator *op, uint64_t slots,
               uint64_t *count)
{
  *count = 0;
  if (op->n_inputs < 2
      || (op->inputs[0] >= 0 && graph->tensors[op->inputs[0]].type != LS_TYPE_FLOAT32
          && op->kind != LS_OP_TRANSPOSE_CONV && op->kind != LS_OP_EMBEDDING_LOOKUP))
    return false;
  for (uint32_t k = 0; k < op->n_inputs && k < 64; k++)
    {
      int32_t t = op->inputs[k];

      if ((slots >> k & 1) == 0 || t < 0)
        continue;
      if (!is_float_constant (work, graph, t) || !is_read_alike (work, graph, t, op->kind, slots))
        return false;

      uint64_t elements = 1;

      for (int d = 0; d < graph->tensors[t].rank; d++)
        elements *= (uint64_t) graph->tensors[t].dims[d];
      *count = elements > *count ? elements : *count;
    }
  return *count > 0;
}

/* ---- Weights --------------------------------------------------------------------------------- */

/* The narrowest type that was asked for and that the operator takes. */
static unsigned
bits_of (const Work *work, const Hybrid *hybrid, bool *is_wider)
{
  const LsConvertOptions *options = work->context->options;
  bool has_cast = work->is_weights_only && hybrid->kind != LS_OP_EMBEDDING_LOOKUP;
  unsigned wanted = options->weight_bits != 0    ? options->weight_bits
                    : options->weight_block != 0 ? 4
                                                 : 8;
  unsigned bits = !has_cast && wanted < hybrid->least_bits ? hybrid->least_bits : wanted;

  *is_wider = bits > wanted;
  return bits;
}

static LsType
type_of (const Work *work, const Hybrid *hybrid)
{
  bool is_wider;
  unsigned bits = bits_of (work, hybrid, &is_wider);

  return bits == 2 ? LS_TYPE_INT2 : bits == 4 ? LS_TYPE_INT4 : LS_TYPE_INT8;
}

/* Whether LiteRT runs the operator with a scale for each block of its weights. Its kernel of
 * FULLY_CONNECTED forgets the activation then. */
static bool
takes_blocks (const Work *work, const LsOperator *op, const LsTensor *weights)
{
  uint32_t block = work->context->options->weight_block;

  if (block == 0 || weights->rank != 2 || (uint32_t) weights->dims[1] % block != 0
      || weights->dims[0] <= 0)
    return false;
  if (op->kind == LS_OP_EMBEDDING_LOOKUP)
    return true;
  return op->kind == LS_OP_FULLY_CONNECTED && !work->is_weights_only
         && weights->dims[0] >= LEAST_BLOCK_UNITS && weights->dims[1] >= LEAST_BLOCK_DEPTH
         && ls_attr_int (op, "fused_activation_function", 0) == 0;
}

/* @rounded: whole steps of the scales, or NULL */
static LsStatus
store_weights (Work *work, const LsOperator *op, const Hybrid *hybrid, uint32_t t,
               LsConstant *constant, const float *rounded, LsError *error)
{
  LsModel *model = work->context->model;
  LsType type = type_of (work, hybrid);
  bool done = false, is_wider;

  bits_of (work, hybrid, &is_wider);
  work->n_wider += is_wider;

  if (takes_blocks (work, op, ls_model_tensor (model, work->graph, t)))
    {
      LsConstant blocks = *constant;
      /* The kernel of FULLY_CONNECTED knows blocks of 4 bits alone. */
      LsType narrow = op->kind == LS_OP_FULLY_CONNECTED ? LS_TYPE_INT4 : type;

      LS_TRY (ls_constant_store_blocks (model, work->graph, t, &blocks, narrow,
                                        work->context->options->weight_block, &done, error));
      work->n_blocks += done;
      if (done)
        return LS_OK;
    }

  LS_FREE float *scales = malloc (constant->n_channels * sizeof *scales);

  if (scales == NULL)
    return ls_fail_no_memory (error, "scales", constant->n_channels);
  LS_TRY (ls_constant_weight_scales (constant, type, scales, error));
  if (rounded != NULL)
    memcpy (constant->values, rounded, constant->count * sizeof *rounded);
  return ls_constant_store (model, work->graph, t, constant, type, scales, NULL, error);
}

static int32_t
axis_of (const Work *work, const Hybrid *hybrid)
{
  return work->context->options->granularity == LS_GRANULARITY_PER_TENSOR ? NO_AXIS : hybrid->axis;
}

static LsStatus
quantize_weights (Work *work, const LsOperator *op, const Hybrid *hybrid, uint32_t t,
                  LsError *error)
{
  LsModel *model = work->context->model;
  int32_t axis = axis_of (work, hybrid), integer = (int32_t) t;
  LsConstant constant;

  if (work->axis_of[t] != NOT_DONE)
    return LS_OK; /* shared weights */
  LS_TRY (ls_constant_read (model, work->graph, t, axis, &constant, error));
  if (work->is_weights_only && op->kind != LS_OP_EMBEDDING_LOOKUP)
    {
      integer = ls_twin_tensor (model, work->graph, integer, "integers");
      work->pairs[work->n_pairs++] = (Pair){ integer, (int32_t) t };
    }

  LsStatus status = integer < 0
                      ? ls_fail_no_memory (error, "weights", constant.count)
                      : store_weights (work, op, hybrid, (uint32_t) integer, &constant,
                                       ls_rounding_values (&work->rounding, (int32_t) t), error);

  ls_constant_clear (&constant);
  work->axis_of[t] = axis;
  work->n_weights++;
  return status;
}

static LsStatus
make_hybrid (Work *work, uint32_t index, const Hybrid *hybrid, LsError *error)
{
  LsModel *model = work->context->model;
  LsOperator *op = ls_model_op (model, work->graph, index);

  for (uint32_t k = 0; k < op->n_inputs && k < 64; k++)
    if ((hybrid->slots >> k & 1) != 0 && op->inputs[k] >= 0)
      LS_TRY (quantize_weights (work, op, hybrid, (uint32_t) op->inputs[k], error));
  work->n_ops++;
  /* The kernels span each row from its least to its greatest value: one bit more after RELU. */
  if (!work->is_weights_only && ls_op_attr (op, "asymmetric_quantize_inputs") != NULL
      && !ls_op_set_int (model, op, "asymmetric_quantize_inputs", 1))
    return ls_fail_no_memory (error, "an option", 0);
  return LS_OK;
}

/* ---- Graphs ---------------------------------------------------------------------------------- */

/* All at the beginning: DEQUANTIZE of a constant runs once. */
static LsStatus
insert_casts (Work *work, LsError *error)
{
  LsModel *model = work->context->model;

  for (uint32_t i = 0; i < work->n_pairs; i++)
    {
      const Pair *pair = &work->pairs[i];
      LsTensor *real = ls_model_tensor (model, work->graph, (uint32_t) pair->real);

      if (!ls_cast_later (model, &work->later, 0, LS_OP_DEQUANTIZE, pair->integer, pair->real))
        return ls_fail_no_memory (error, "an operator", 0);
      real->buffer = 0;
      real->external_buffer = 0;
    }
  if (!ls_insert_casts (model, work->graph, &work->later))
    return ls_fail_no_memory (error, "operators", work->n_pairs);
  return LS_OK;
}

/* Has the weights of an operator rounded over the samples, with the scales that they will have. */
static LsStatus
add_rounding (Work *work, uint32_t index, const Hybrid *hybrid, LsError *error)
{
  LsModel *model = work->context->model;
  const LsOperator *op = ls_model_op (model, work->graph, index);
  LsType type = type_of (work, hybrid);
  LsConstant constant;

  if (hybrid->slots != 1U << 1 || hybrid->kind == LS_OP_EMBEDDING_LOOKUP
      || takes_blocks (work, op, ls_model_tensor (model, work->graph, (uint32_t) op->inputs[1])))
    return LS_OK;
  LS_TRY (ls_constant_read (model, work->graph, (uint32_t) op->inputs[1], axis_of (work, hybrid),
                            &constant, error));

  LS_FREE float *scales = malloc (((size_t) constant.n_channels + 1) * sizeof *scales);
  LsStatus status = scales == NULL ? ls_fail_no_memory (error, "scales", constant.n_channels)
                                   : ls_constant_weight_scales (&constant, type, scales, error);

  if (status == LS_OK)
    status
      = ls_rounding_add (&work->rounding, index, 1, &constant, type, scales, NULL, false, error);
  ls_constant_clear (&constant);
  return status;
}

typedef LsStatus (*Visit) (Work *work, uint32_t index, const Hybrid *hybrid, LsError *error);

static LsStatus
visit_ops (Work *work, uint64_t least, Visit visit, LsError *error)
{
  const LsSubgraph *graph = &work->context->model->graphs[work->graph]->view;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (size_t h = 0; h < sizeof hybrids / sizeof *hybrids; h++)
      {
        uint64_t count;

        if (graph->ops[i].kind != hybrids[h].kind
            || ls_pass_keeps_float (work->context, work->graph, i)
            || (!work->is_weights_only && is_computed_wrongly (graph, &graph->ops[i]))
            || !may_be_hybrid (work, graph, &graph->ops[i], hybrids[h].slots, &count)
            || count < least)
          continue;
        LS_TRY (visit (work, i, &hybrids[h], error));
      }
  return LS_OK;
}

static LsStatus
quantize_ops (Work *work, uint64_t least, LsError *error)
{
  LsStatus status = LS_OK;

  work->rounding = (LsRounding){ .context = work->context, .graph = work->graph };
  if (work->graph == 0 && ls_rounding_is_wanted (work->context))
    {
      status = visit_ops (work, least, add_rounding, error);
      if (status == LS_OK && work->rounding.n > 0)
        status = ls_rounding_run (&work->rounding, error);
    }
  if (status == LS_OK)
    status = visit_ops (work, least, make_hybrid, error);
  ls_rounding_clear (&work->rounding);
  return status;
}

static LsStatus
quantize_graph (Work *work, uint64_t least, LsError *error)
{
  size_t n = (size_t) work->context->model->graphs[work->graph]->view.n_tensors + 1;
  LS_FREE int32_t *axis_of = malloc (n * sizeof *axis_of);
  LS_FREE Pair *pairs = malloc (n * sizeof *pairs);
  LS_FREE Readers *readers = malloc (n * sizeof *readers);

  if (axis_of == NULL || pairs == NULL || readers == NULL)
    return ls_fail_no_memory (error, "weights", n);
  for (size_t t = 0; t < n; t++)
    {
      axis_of[t] = NOT_DONE;
      readers[t].kind = NOT_SEEN;
    }
  work->axis_of = axis_of;
  work->readers = readers;
  work->pairs = pairs;
  work->n_pairs = 0;
  if (!ls_uses_init (&work->uses, &work->context->model->graphs[work->graph]->view))
    return ls_fail_no_memory (error, "weights", n);

  const LsStatus status = quantize_ops (work, least, error);

  ls_uses_clear (&work->uses);
  return status == LS_OK ? insert_casts (work, error) : status;
}

/* A model of small weights alone gets what it asked for all the same. */
static LsStatus
quantize_all (Work *work, LsError *error)
{
  LsPassContext *context = work->context;

  for (uint64_t least = LEAST_COUNT; work->n_ops == 0; least = 0)
    {
      for (work->graph = 0; work->graph < context->model->n_graphs; work->graph++)
        LS_TRY (quantize_graph (work, least, error));
      if (least == 0)
        break;
    }
  if (work->n_ops == 0)
    LS_TRY (ls_pass_note (context, error,
                          "nothing became an integer: no operator has constant weights and a "
                          "kernel for float activations with integer weights"));
  if (work->n_wider > 0)
    LS_TRY (ls_pass_note (context, error,
                          "%u %s more bits than were asked for: LiteRT has no kernel for fewer",
                          work->n_wider, ls_words (work->n_wider, "weight has", "weights have")));
  if (context->options->weight_block > 0)
    LS_TRY (ls_pass_note (context, error, "%u of %u weights %s a scale for each block of %u",
                          work->n_blocks, work->n_weights, ls_words (work->n_blocks, "has", "have"),
                          context->options->weight_block));
  return LS_OK;
}

/* Where nobody has chosen yet. */
static void
choose_rounding (LsPassContext *context)
{
  if (!context->chosen.is_known)
    context->chosen.rounds = context->options->adaptive_rounding == LS_CHOICE_ON;
  context->chosen.is_known = true;
}

static LsStatus
dynamic_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context };

  choose_rounding (context);
  LS_TRY (quantize_all (&work, error));
  return ls_pass_report (context, "dynamic", work.n_weights, error,
                         "%u %s of %u %s became integers; activations stay float32", work.n_weights,
                         ls_words (work.n_weights, "weight", "weights"), work.n_ops,
                         ls_words (work.n_ops, "operator", "operators"));
}

static LsStatus
weights_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context, .is_weights_only = true };

  choose_rounding (context);
  LS_TRY (quantize_all (&work, error));
  return ls_pass_report (context, "weights", work.n_weights, error,
                         "%u %s of %u %s became integers, which compute in float32", work.n_weights,
                         ls_words (work.n_weights, "weight", "weights"), work.n_ops,
                         ls_words (work.n_ops, "operator", "operators"));
}

const LsPass ls_pass_dynamic = { "dynamic", dynamic_run };

const LsPass ls_pass_weights = { "weights", weights_run };
