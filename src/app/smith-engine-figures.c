#include "smith-engine-figures.h"
#include "smith-engine.h"

#include <math.h>

static gboolean
op_figure (const SmithNet *net, const LsOperator *op, const SmithNetOp *drawn, const char *name,
           double *value)
{
  const LsAttr *attr = ls_op_attr (op, name);

  if (attr != NULL && attr->kind == LS_ATTR_INT)
    *value = (double) attr->i;
  else if (attr != NULL && attr->kind == LS_ATTR_FLOAT)
    *value = attr->f;
  else if (g_str_equal (name, "macs"))
    *value = (double) drawn->macs;
  else if (g_str_equal (name, "inputs"))
    *value = drawn->n_inputs;
  else if (g_str_equal (name, "version"))
    *value = op->version;
  else
    return FALSE;
  return TRUE;
}

static gboolean
smallest_scale (const LsQuantization *quant, double *value)
{
  if (quant == NULL || quant->n_scales == 0)
    return FALSE;
  *value = INFINITY;
  for (uint32_t i = 0; i < quant->n_scales; i++)
    *value = MIN (*value, (double) quant->scales[i]);
  return TRUE;
}

static gboolean
tensor_figure (const LsTensor *tensor, const SmithNetTensor *drawn, const char *name, double *value)
{
  if (g_str_equal (name, "scale"))
    return smallest_scale (tensor->quant, value);
  if (g_str_equal (name, "zero_point"))
    {
      if (tensor->quant == NULL || tensor->quant->n_zero_points == 0)
        return FALSE;
      *value = (double) tensor->quant->zero_points[0];
    }
  else if (g_str_equal (name, "sparsity"))
    *value = (double) drawn->zero_share;
  else if (g_str_equal (name, "bytes") && drawn->is_constant)
    *value = (double) drawn->n_bytes;
  else if (g_str_equal (name, "elements") && drawn->is_constant)
    *value = (double) drawn->n_elements;
  else if (g_str_equal (name, "rank"))
    *value = tensor->rank;
  else
    return FALSE;
  return TRUE;
}

gboolean
smith_engine_figure (SmithModel *model, unsigned subgraph, gboolean is_tensor, int index,
                     const char *name, double *value)
{
  const LsSubgraph *s = ls_model_subgraph (smith_model_peek (model), subgraph);
  const SmithNet *net = smith_model_get_net (model, subgraph);

  if (s == NULL || net == NULL)
    return FALSE;
  return is_tensor ? tensor_figure (&s->tensors[index], &net->tensors[index], name, value)
                   : op_figure (net, &s->ops[index], &net->ops[index], name, value);
}
