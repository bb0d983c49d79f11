/*
 * Operators that LiteRT does not run, or not on integers, become others that it does and that
 * compute the same.
 */
#include "convert/pass.h"

#include <string.h>

#include "convert/edges.h"

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph, n_changed;
  LsLaterCasts later; /* operators that go before others */
  LsTo to;
} Work;

static const LsSubgraph *
graph_of (const Work *work)
{
  return &work->model->graphs[work->graph]->view;
}

static LsOperator *
op_at (const Work *work, uint32_t index)
{
  return ls_model_op (work->model, work->graph, index);
}

/* Makes the operator another kind without attributes; false: out of memory. */
static bool
become (Work *work, uint32_t index, int kind, const char *options)
{
  LsOperator *op = op_at (work, index);
  int code = ls_model_ensure_code (work->model, kind, NULL, 1);

  op->kind = kind;
  op->custom_code = NULL;
  op->custom_options = (LsBytes){ NULL, 0 };
  op->version = 1;
  op->code_index = (uint32_t) code;
  op->options_type = options;
  op->n_attrs = 0;
  return code >= 0;
}

static bool
set_inputs (Work *work, uint32_t index, const int32_t *inputs, uint32_t count)
{
  LsOperator *op = op_at (work, index);

  op->inputs = ls_model_ints (work->model, inputs, count);
  op->n_inputs = count;
  return op->inputs != NULL;
}

/* A constant vector; -1: out of memory. */
static int32_t
add_constant (Work *work, const char *name, LsType type, const void *values, int32_t count)
{
  LsTensor tensor = { .type = type, .rank = 1, .has_rank = true, .signature_rank = -1 };
  size_t size = (size_t) count * ls_type_bits (type) / 8;

  tensor.name = ls_model_strdup (work->model, name);
  tensor.dims = ls_model_ints (work->model, &count, 1);
  if (tensor.name == NULL || tensor.dims == NULL
      || !ls_tensor_set_data (work->model, &tensor, values, size))
    return -1;
  return ls_model_add_tensor (work->model, work->graph, &tensor);
}

/* ---- MediaPipe's transposed convolution ---------------------------------------------------------
 */

/* The schema's enum Padding. */
enum
{
  SAME = 0,
  VALID = 1
};

/* Both kinds of padding put the same pixels where the builtin operator does, if its forward
 * convolution would give the input's size back. */
static bool
sizes_agree (int64_t in, int64_t out, int64_t filter, int64_t stride, int padding)
{
  int64_t forward = padding == SAME ? (out + stride - 1) / stride : (out - filter) / stride + 1;

  return stride > 0 && in > 0 && out > 0 && forward == in;
}

static LsStatus
make_transpose_conv (Work *work, uint32_t index, LsError *error)
{
  const LsOperator *op = op_at (work, index);
  const LsSubgraph *graph = graph_of (work);
  int32_t options[3];

  if (op->n_inputs != 3 || op->n_outputs != 1 || op->custom_options.size < sizeof options)
    return LS_OK;
  memcpy (options, op->custom_options.data, sizeof options);

  const LsTensor *in = &graph->tensors[op->inputs[0]], *filter = &graph->tensors[op->inputs[1]],
                 *out = &graph->tensors[op->outputs[0]];
  int padding = options[0] == 1 ? SAME : VALID;

  if (in->rank != 4 || filter->rank != 4 || out->rank != 4
      || !sizes_agree (in->dims[1], out->dims[1], filter->dims[1], options[2], padding)
      || !sizes_agree (in->dims[2], out->dims[2], filter->dims[2], options[1], padding))
    return ls_pass_note (work->context, error,
                         "%s stays a custom operator: its sizes are not those of TRANSPOSE_CONV",
                         ls_op_name (graph, op));

  int32_t shape = add_constant (work, "output_shape", LS_TYPE_INT32, out->dims, 4);
  const int32_t inputs[] = { shape, op->inputs[1], op->inputs[0], op->inputs[2] };

  work->n_changed++;
  if (shape < 0 || !set_inputs (work, index, inputs, 4)
      || !become (work, index, LS_OP_TRANSPOSE_CONV, "TransposeConvOptions")
      || !ls_op_set_int (work->model, op_at (work, index), "padding", padding)
      || !ls_op_set_int (work->model, op_at (work, index), "stride_w", options[1])
      || !ls_op_set_int (work->model, op_at (work, index), "stride_h", options[2]))
    return ls_fail_no_memory (error, "TRANSPOSE_CONV", 0);
  return LS_OK;
}

/* ---- For integers -------------------------------------------------------------------------------
 */

static LsStatus
make_mul (Work *work, uint32_t index, int32_t a, int32_t b, LsError *error)
{
  const int32_t inputs[] = { a, b };

  work->n_changed++;
  return b >= 0 && set_inputs (work, index, inputs, 2)
             && become (work, index, LS_OP_MUL, "MulOptions")
             && ls_op_set_int (work->model, op_at (work, index), "fused_activation_function", 0)
           ? LS_OK
           : ls_fail_no_memory (error, "MUL", 0);
}

/* A tensor like the operator's output, to stand between the operators it is split into. */
static int32_t
between (Work *work, uint32_t index, const char *suffix)
{
  return ls_twin_tensor (work->model, work->graph, op_at (work, index)->outputs[0], suffix);
}

/* Inserts an operator of two operands before @index, in the end. */
static bool
insert_binary (Work *work, uint32_t index, int kind, const char *options, int32_t a, int32_t b,
               int32_t out, int activation)
{
  const int32_t inputs[] = { a, b };
  const int code = ls_model_ensure_code (work->model, kind, NULL, 1);
  LsOperator op = { .kind = kind,
                    .version = 1,
                    .code_index = (uint32_t) code,
                    .options_type = options,
                    .n_inputs = 2,
                    .n_outputs = 1,
                    .debug_metadata_index = -1 };

  op.inputs = op.intermediates = ls_model_ints (work->model, inputs, 2);
  op.outputs = ls_model_ints (work->model, &out, 1);
  return b >= 0 && out >= 0 && code >= 0 && op.inputs != NULL && op.outputs != NULL
         && ls_op_set_int (work->model, &op, "fused_activation_function", activation)
         && ls_insert_later (work->model, &work->later, index, &op);
}

/* x · RELU6 (x + 3) / 6, for types without a kernel of it. */
static LsStatus
split_hard_swish (Work *work, uint32_t index, LsError *error)
{
  static const float three = 3, sixth = 1.0f / 6;
  int32_t x = op_at (work, index)->inputs[0];
  int32_t shifted = between (work, index, "shifted"), gate = between (work, index, "gate");
  int32_t a = add_constant (work, "three", LS_TYPE_FLOAT32, &three, 1);
  int32_t b = add_constant (work, "sixth", LS_TYPE_FLOAT32, &sixth, 1);

  if (a < 0 || !insert_binary (work, index, LS_OP_ADD, "AddOptions", x, a, shifted, 3)
      || !insert_binary (work, index, LS_OP_MUL, "MulOptions", shifted, b, gate, 0))
    return ls_fail_no_memory (error, "HARD_SWISH", 0);
  return make_mul (work, index, x, gate, error);
}

static LsStatus
split_squared_difference (Work *work, uint32_t index, LsError *error)
{
  const LsOperator *op = op_at (work, index);
  int32_t a = op->inputs[0], b = op->inputs[1], difference = between (work, index, "difference");

  if (!insert_binary (work, index, LS_OP_SUB, "SubOptions", a, b, difference, 0))
    return ls_fail_no_memory (error, "SQUARED_DIFFERENCE", 0);
  return make_mul (work, index, difference, difference, error);
}

static bool
is_float (const Work *work, const LsOperator *op)
{
  return op->n_inputs > 0 && op->n_outputs == 1 && op->inputs[0] >= 0 && op->outputs[0] >= 0
         && graph_of (work)->tensors[op->inputs[0]].type == LS_TYPE_FLOAT32;
}

static LsStatus
legalize_for_integers (Work *work, uint32_t index, LsError *error)
{
  static const float minus_one = -1;
  const LsOperator *op = op_at (work, index);
  LsTo to = work->to;

  if (!is_float (work, op) || ls_pass_keeps_float (work->context, work->graph, index))
    return LS_OK;
  if (op->kind == LS_OP_SQUARE)
    return make_mul (work, index, op->inputs[0], op->inputs[0], error);
  /* The kernel negates the stored integers, whatever the zero point. */
  if (op->kind == LS_OP_NEG)
    return make_mul (work, index, op->inputs[0],
                     add_constant (work, "minus_one", LS_TYPE_FLOAT32, &minus_one, 1), error);
  if (op->kind == LS_OP_HARD_SWISH && to == LS_TO_INT16X8)
    return split_hard_swish (work, index, error);
  if (op->kind == LS_OP_SQUARED_DIFFERENCE && to != LS_TO_INT8)
    return split_squared_difference (work, index, error);
  return LS_OK;
}

static LsStatus
legalize_run (LsPassContext *context, LsError *error)
{
  LsTo to = context->options->to;
  Work work = { .context = context, .model = context->model, .to = to };
  bool is_integer = to == LS_TO_INT8 || to == LS_TO_UINT8 || to == LS_TO_INT16X8;

  for (work.graph = 0; work.graph < context->model->n_graphs; work.graph++)
    {
      for (uint32_t i = 0; i < graph_of (&work)->n_ops; i++)
        {
          const LsOperator *op = op_at (&work, i);

          if (op->kind == LS_OP_CUSTOM && op->custom_code != NULL
              && strcmp (op->custom_code, "Convolution2DTransposeBias") == 0)
            LS_TRY (make_transpose_conv (&work, i, error));
          else if (is_integer)
            LS_TRY (legalize_for_integers (&work, i, error));
        }
      if (!ls_insert_casts (work.model, work.graph, &work.later))
        return ls_fail_no_memory (error, "legalize", 0);
    }
  if (work.n_changed == 0)
    return LS_OK;
  return ls_pass_report (context, "legalize", work.n_changed, error,
                         "%u operators became others that compute the same", work.n_changed);
}

const LsPass ls_pass_legalize = { "legalize", legalize_run };
