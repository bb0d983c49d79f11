/*
 * The bias of a quantized operator counts in steps of input scale × weight scale.
 *
 * Sources: tflite/kernels/kernel_util.cc (PopulateConvolutionQuantizationParams,
 * GetQuantizedConvolutionMultipler); the runtime asks for |in·w − bias| / out <= 0.02, and only of
 * uint8 and per-tensor FULLY_CONNECTED.
 */
#include "check/rule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double TOLERANCE = 1e-5; /* relative, of a bias scale */
static const double KEEP = 1e-3;      /* so near, both ways of mending agree within rounding */

bool
ls_check_site (const LsCheck *check, uint32_t graph, const LsOperator *op, LsSite *site)
{
  LsWeighted slots;

  if (!ls_check_weighted (op, &slots) || op->n_outputs == 0)
    return false;
  site->input = ls_check_input (check, graph, op, slots.input);
  site->weights = ls_check_input (check, graph, op, slots.weights);
  site->bias = ls_check_input (check, graph, op, slots.bias);
  if (site->input == NULL || site->weights == NULL || site->bias == NULL)
    return false;
  site->bias_index = op->inputs[slots.bias];
  site->input_index = op->inputs[slots.input];
  site->weights_index = op->inputs[slots.weights];
  return (site->input->type == LS_TYPE_INT8 || site->input->type == LS_TYPE_UINT8
          || site->input->type == LS_TYPE_INT16)
         && ls_n_scales (site->input) > 0 && ls_n_scales (site->weights) > 0;
}

float
ls_site_scale (const LsSite *site, uint32_t channel)
{
  return (float) ((double) site->input->quant->scales[0] * site->weights->quant->scales[channel]);
}

static bool
is_wrong (float stated, float right)
{
  return !(fabs ((double) stated - right) <= TOLERANCE * right);
}

static bool
keeps_integers (float stated, float right)
{
  return !ls_scale_is_valid (stated) || fabs ((double) stated - right) <= KEEP * right;
}

/* 8 bytes for each element: INT64, whatever the type says. */
static bool
has_wide_bytes (const LsCheck *check, const LsSite *site)
{
  return site->input->type == LS_TYPE_INT16 && site->bias->rank == 1
         && ls_model_buffer (check->model, site->bias->buffer).size
              == 8 * (size_t) site->bias->dims[0];
}

static bool
bias_type_is_right (const LsCheck *check, const LsSite *site)
{
  return (site->bias->type == LS_TYPE_INT32 && !has_wide_bytes (check, site))
         || (site->bias->type == LS_TYPE_INT64 && site->input->type == LS_TYPE_INT16);
}

static void
look_at_scales (LsCheck *check, uint32_t graph, uint32_t index, const LsOperator *op,
                const LsSite *site)
{
  uint32_t n = ls_n_scales (site->bias), n_wrong = 0, worst = 0;
  double worst_error = -1;

  if (n == 0)
    return;
  if (n != ls_n_scales (site->weights))
    {
      bool is_whole = site->bias->rank == 1 && n == (uint32_t) site->bias->dims[0];

      ls_check_add (check, LS_RULE_SCALE_COUNT, (int) graph, (int) index,
                    is_whole && ls_n_scales (site->weights) > 1 ? site->weights_index
                                                                : site->bias_index,
                    check->may_rewrite, "%s: bias %s has %u scales, its weights have %u",
                    ls_op_kind_text (op), site->bias->name, n, ls_n_scales (site->weights));
      return;
    }
  if (!ls_scale_is_valid (site->input->quant->scales[0]) || !ls_scales_are_valid (site->weights))
    return; /* that is another finding, and the cause of this one */
  for (uint32_t c = 0; c < n; c++)
    {
      float stated = site->bias->quant->scales[c], right = ls_site_scale (site, c);
      double error = fabs ((double) stated - right) / right;

      if (!is_wrong (stated, right))
        continue;
      n_wrong++;
      if (!(error <= worst_error))
        {
          worst = c;
          worst_error = error;
        }
    }
  if (n_wrong == 0)
    return;

  bool is_stored
    = ls_check_is_stored (check, LS_FIELD_SCALE, graph, (uint32_t) site->bias_index, 0);

  char channels[80] = "";

  if (n > 1)
    snprintf (channels, sizeof channels, " in the worst channel (%u of %u channels are off)",
              n_wrong, n);
  ls_check_add (check, LS_RULE_BIAS_SCALE_MISMATCH, (int) graph, (int) index, site->bias_index,
                is_stored,
                "%s: the scale of bias %s is %.9g, but input scale × weight scale is %.9g%s",
                ls_op_kind_text (op), site->bias->name, site->bias->quant->scales[worst],
                ls_site_scale (site, worst), channels);
}

static void
look_at_op (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsOperator *op = &check->model->graphs[graph]->view.ops[index];
  LsSite site;

  if (!ls_check_site (check, graph, op, &site))
    return;
  if (!bias_type_is_right (check, &site))
    {
      const size_t n_bytes = ls_model_buffer (check->model, site.bias->buffer).size;
      bool agrees = has_wide_bytes (check, &site)
                    || n_bytes == 4 * (size_t) (site.bias->rank == 1 ? site.bias->dims[0] : 0);

      ls_check_add (
        check, LS_RULE_BIAS_TYPE, (int) graph, (int) index, site.bias_index,
        agrees
          && ls_check_is_stored (check, LS_FIELD_TENSOR_TYPE, graph, (uint32_t) site.bias_index, 0),
        "%s: bias %s is %s with %zu bytes for %d channels, but with %s input it must be %s",
        ls_op_kind_text (op), site.bias->name, ls_type_name (site.bias->type), n_bytes,
        site.bias->rank == 1 ? site.bias->dims[0] : 0, ls_type_name (site.input->type),
        has_wide_bytes (check, &site)       ? "INT64"
        : site.input->type == LS_TYPE_INT16 ? "INT64 or INT32"
                                            : "INT32");
      return;
    }
  for (uint32_t i = 0; i < ls_n_zero_points (site.bias); i++)
    if (site.bias->quant->zero_points[i] != 0)
      {
        ls_check_add (
          check, LS_RULE_BIAS_ZERO_POINT, (int) graph, (int) index, site.bias_index,
          ls_check_is_stored (check, LS_FIELD_ZERO_POINT, graph, (uint32_t) site.bias_index, i),
          "%s: the zero point of bias %s is %lld and must be 0", ls_op_kind_text (op),
          site.bias->name, (long long) site.bias->quant->zero_points[i]);
        break;
      }
  look_at_scales (check, graph, index, op, &site);
}

const LsInspector ls_inspect_bias = { look_at_op, NULL };

/* ---- Mending
 * ----------------------------------------------------------------------------------------- */

static int64_t
read_integer (LsBytes data, LsType type, uint32_t element)
{
  int64_t wide;
  int32_t narrow;

  if (type == LS_TYPE_INT64)
    {
      memcpy (&wide, data.data + (size_t) element * 8, 8);
      return wide;
    }
  memcpy (&narrow, data.data + (size_t) element * 4, 4);
  return narrow;
}

/* Whether an operator reads the tensor as a bias that counts in the same steps. */
static bool
counts_alike (const LsCheck *check, uint32_t graph, const LsOperator *op, const LsSite *site)
{
  LsSite other;

  if (!ls_check_site (check, graph, op, &other) || other.bias != site->bias
      || ls_n_scales (other.weights) != ls_n_scales (site->weights))
    return false;
  for (uint32_t c = 0; c < ls_n_scales (site->weights); c++)
    if (is_wrong (ls_site_scale (&other, c), ls_site_scale (site, c)))
      return false;
  return true;
}

/* Whether another operator or tensor reads the same bytes in other steps: then they cannot be
 * rescaled for this one. */
static bool
is_shared (const LsCheck *check, const LsSite *site)
{
  const LsModel *model = check->model;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const LsSubgraph *graph = &model->graphs[g]->view;

      for (uint32_t i = 0; i < graph->n_ops; i++)
        for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
          if (graph->ops[i].inputs[k] >= 0
              && graph->tensors[graph->ops[i].inputs[k]].buffer == site->bias->buffer
              && !counts_alike (check, g, &graph->ops[i], site))
            return true;
    }
  return false;
}

/* round (integer · stated / right) of one element; false when it does not fit the type. */
static bool
rescale (int64_t integer, float stated, float right, LsType type, int64_t *out)
{
  double value = rint ((double) integer * ((double) stated / right));
  double limit = type == LS_TYPE_INT64 ? 0x1p62 : INT32_MAX;

  if (!(fabs (value) < limit))
    return false;
  *out = (int64_t) value;
  return true;
}

static bool
rescale_integers (LsMender *mender, uint32_t graph, const LsSite *site, bool is_dry)
{
  const LsModel *model = ls_mender_check (mender)->model;
  LsBytes data = ls_tensor_data (model, site->bias);
  size_t size = site->bias->type == LS_TYPE_INT64 ? 8 : 4;
  uint32_t count = (uint32_t) (data.size / size), n = ls_n_scales (site->bias);

  for (uint32_t i = 0; i < count; i++)
    {
      uint32_t c = n > 1 && i < n ? i : 0;
      float stated = site->bias->quant->scales[c], right = ls_site_scale (site, c);
      int64_t was = read_integer (data, site->bias->type, i), now;

      if (keeps_integers (stated, right) || !is_wrong (stated, right))
        continue;
      if (!rescale (was, stated, right, site->bias->type, &now))
        return ls_mender_leave (
          mender,
          "integer %u of bias %s would become %.6g, which does not fit; keep the "
          "integers instead (bias-scale-mismatch:keep-integers)",
          i, site->bias->name, (double) was * ((double) stated / right));
      if (!is_dry && now != was
          && !ls_mender_integer (mender, graph, (uint32_t) site->bias_index, i, now))
        return false;
    }
  return true;
}

static bool
needs_integers (const LsSite *site)
{
  for (uint32_t c = 0; c < ls_n_scales (site->bias); c++)
    if (is_wrong (site->bias->quant->scales[c], ls_site_scale (site, c))
        && !keeps_integers (site->bias->quant->scales[c], ls_site_scale (site, c)))
      return true;
  return false;
}

bool
ls_mend_bias_scale (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  uint32_t graph = (uint32_t) finding->subgraph;
  const LsOperator *op = &check->model->graphs[graph]->view.ops[finding->op];
  bool keep_integers = way != NULL && strcmp (way, "keep-integers") == 0;
  LsSite site;

  if (!ls_check_site (check, graph, op, &site)
      || ls_n_scales (site.bias) != ls_n_scales (site.weights))
    return ls_mender_leave (mender, "the bias, input and weights do not go together");
  if (!keep_integers && needs_integers (&site))
    {
      if (!ls_tensor_is_constant (check->model, site.bias))
        return ls_mender_leave (mender, "bias %s is computed: its integers are not in the file",
                                site.bias->name);
      if (ls_mender_n_readers (mender, site.bias->buffer) > 1 && is_shared (check, &site))
        return ls_mender_leave (
          mender,
          "the integers of bias %s are read in other steps as well; keep them "
          "(bias-scale-mismatch:keep-integers) or convert the model",
          site.bias->name);
      if (!rescale_integers (mender, graph, &site, true)
          || !rescale_integers (mender, graph, &site, false))
        return false;
    }

  /* The scales may move in memory while they are written: work from the place, not from the old
   * record. */
  for (uint32_t c = 0; ls_check_site (check, graph, op, &site) && c < ls_n_scales (site.bias); c++)
    {
      float right = ls_site_scale (&site, c);

      if (is_wrong (site.bias->quant->scales[c], right)
          && !ls_mender_scale (mender, graph, (uint32_t) site.bias_index, c, right))
        return false;
    }
  return true;
}

bool
ls_mend_bias_type (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  const LsOperator *op = &check->model->graphs[finding->subgraph]->view.ops[finding->op];
  LsSite site;
  bool is_wide = ls_check_site (check, (uint32_t) finding->subgraph, op, &site)
                 && has_wide_bytes (check, &site);

  return ls_mender_type (mender, (uint32_t) finding->subgraph, (uint32_t) finding->tensor,
                         is_wide ? LS_TYPE_INT64 : LS_TYPE_INT32);
}
