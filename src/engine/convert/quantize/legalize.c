/*
 * Operators that LiteRT does not run, or not on integers, become others that it does and that
 * compute the same.
 */
#include "convert/quantize/legalize.h"

#include <string.h>

#include "convert/parts.h"
#include "convert/quantize/quantize.h"

const LsSubgraph *
ls_legalize_graph (const LsLegalize *work)
{
  return &work->model->graphs[work->graph]->view;
}

LsOperator *
ls_legalize_op (const LsLegalize *work, uint32_t index)
{
  return ls_model_op (work->model, work->graph, index);
}

bool
ls_legalize_become (LsLegalize *work, uint32_t index, int kind, const char *options)
{
  LsOperator *op = ls_legalize_op (work, index);
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

bool
ls_legalize_set_inputs (LsLegalize *work, uint32_t index, const int32_t *inputs, uint32_t count)
{
  LsOperator *op = ls_legalize_op (work, index);

  op->inputs = ls_model_ints (work->model, inputs, count);
  op->n_inputs = count;
  return op->inputs != NULL;
}

int32_t
ls_legalize_constant (LsLegalize *work, const char *name, LsType type, const void *values,
                      int32_t count)
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
make_transpose_conv (LsLegalize *work, uint32_t index, LsError *error)
{
  const LsOperator *op = ls_legalize_op (work, index);
  const LsSubgraph *graph = ls_legalize_graph (work);
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

  int32_t shape = ls_legalize_constant (work, "output_shape", LS_TYPE_INT32, out->dims, 4);
  const int32_t inputs[] = { shape, op->inputs[1], op->inputs[0], op->inputs[2] };

  work->n_changed++;
  if (shape < 0 || !ls_legalize_set_inputs (work, index, inputs, 4)
      || !ls_legalize_become (work, index, LS_OP_TRANSPOSE_CONV, "TransposeConvOptions")
      || !ls_op_set_int (work->model, ls_legalize_op (work, index), "padding", padding)
      || !ls_op_set_int (work->model, ls_legalize_op (work, index), "stride_w", options[1])
      || !ls_op_set_int (work->model, ls_legalize_op (work, index), "stride_h", options[2]))
    return ls_fail_no_memory (error, "TRANSPOSE_CONV", 0);
  return LS_OK;
}

static LsStatus
legalize_run (LsPassContext *context, LsError *error)
{
  LsTo to = context->options->to;
  LsLegalize work = { .context = context, .model = context->model, .to = to };
  bool is_body, is_wanted = to == LS_TO_INT8 || to == LS_TO_UINT8 || to == LS_TO_INT16X8;

  for (work.graph = 0; work.graph < context->model->n_graphs; work.graph++)
    {
      const bool is_integer = is_wanted && ls_quant_takes_graph (work.model, work.graph, &is_body);

      for (uint32_t i = 0; i < ls_legalize_graph (&work)->n_ops; i++)
        {
          const LsOperator *op = ls_legalize_op (&work, i);

          if (op->kind == LS_OP_CUSTOM && op->custom_code != NULL
              && strcmp (op->custom_code, "Convolution2DTransposeBias") == 0)
            LS_TRY (make_transpose_conv (&work, i, error));
          else if (is_integer)
            LS_TRY (ls_legalize_for_integers (&work, i, error));
        }
      if (!ls_insert_casts (work.model, work.graph, &work.later))
        return ls_fail_no_memory (error, "legalize", 0);
    }
  if (work.n_changed == 0)
    return LS_OK;
  return ls_pass_report (
    context, "legalize", work.n_changed, error, "%u %s that compute the same", work.n_changed,
    ls_words (work.n_changed, "operator became others", "operators became others"));
}

const LsPass ls_pass_legalize = { "legalize", legalize_run };
