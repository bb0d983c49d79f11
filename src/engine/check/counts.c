/*
 * Vectors of scales and zero points that are too short or too long. Bytes cannot mend them; a file
 * that is written anew can, where another rule says what belongs there.
 */
#include "check/rule.h"

#include <math.h>
#include <stdlib.h>

#include "base/auto.h"

/* Both are right to within their own rounding. */
static bool
is_near (float a, float b)
{
  return fabs ((double) a - b) <= 1e-3 * fabs ((double) b);
}

/* The first operator that has the tensor as bias or weights. */
static bool
find_site_of (const LsCheck *check, uint32_t graph, int32_t tensor, LsSite *site)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;

  for (uint32_t i = 0; i < g->n_ops; i++)
    if (ls_check_site (check, graph, &g->ops[i], site)
        && (site->bias_index == tensor || site->weights_index == tensor))
      return true;
  return false;
}

/* What a scale of either vector is worth by the other: that of a bias is input scale × weight
 * scale.
 */
static float
scale_by_other (const LsSite *site, bool is_bias, uint32_t channel)
{
  return is_bias
           ? ls_site_scale (site, channel)
           : (float) ((double) site->bias->quant->scales[channel] / site->input->quant->scales[0]);
}

/*
 * The scales that are there, and for those that are missing what the other vector gives. A bias
 * with one scale for all that is not the first channel's keeps it for each: the rule of bias scales
 * then decides about its integers.
 */
static bool
mend_by_other (LsMender *mender, uint32_t graph, const LsSite *site, bool is_bias)
{
  const LsTensor *tensor = is_bias ? site->bias : site->weights;
  const LsTensor *other = is_bias ? site->weights : site->bias;
  const uint32_t n = ls_n_scales (other), n_own = ls_n_scales (tensor);
  LS_FREE float *scales = calloc ((size_t) n + 1, sizeof *scales);
  bool agrees = true;

  if (scales == NULL)
    return ls_mender_leave (mender, "not enough memory");
  for (uint32_t i = 0; i < n; i++)
    {
      scales[i] = scale_by_other (site, is_bias, i);
      agrees = agrees && (i >= n_own || is_near (tensor->quant->scales[i], scales[i]));
    }
  for (uint32_t i = 0; i < n && (agrees ? i < n_own : n_own == 1); i++)
    scales[i] = tensor->quant->scales[agrees ? i : 0];
  if (!agrees && !is_bias)
    return ls_mender_leave (mender,
                            "the scales of weights %s that are there do not go with the bias, so "
                            "that those which should be are unknown",
                            tensor->name);
  return ls_mender_scales (
    mender, graph, (uint32_t) (is_bias ? site->bias_index : site->weights_index), scales, n, 0);
}

static bool
are_alike (const LsTensor *tensor)
{
  for (uint32_t i = 1; i < ls_n_scales (tensor); i++)
    if (tensor->quant->scales[i] != tensor->quant->scales[0])
      return false;
  for (uint32_t i = 1; i < ls_n_zero_points (tensor); i++)
    if (tensor->quant->zero_points[i] != tensor->quant->zero_points[0])
      return false;
  return true;
}

/* Scales that are all the same say no more than one. */
static bool
mend_alike (LsMender *mender, uint32_t graph, uint32_t index, const LsTensor *tensor)
{
  const float scale = tensor->quant->scales[0];

  if (!are_alike (tensor))
    return ls_mender_leave (mender,
                            "the %u scales of %s differ, and nothing else in the file says which "
                            "of them hold",
                            ls_n_scales (tensor), tensor->name);
  return ls_mender_scales (mender, graph, index, &scale, 1,
                           ls_n_zero_points (tensor) > 0 ? tensor->quant->zero_points[0] : 0);
}

bool
ls_mend_scale_count (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  const uint32_t graph = (uint32_t) finding->subgraph;
  const LsTensor *tensor = ls_check_tensor (check, graph, finding->tensor);
  LsSite site;
  bool has_site = find_site_of (check, graph, finding->tensor, &site);
  bool is_bias = has_site && site.bias_index == finding->tensor;
  const LsTensor *other = !has_site ? NULL : is_bias ? site.weights : site.bias;
  uint32_t n_channels = has_site && site.bias->rank == 1 ? (uint32_t) site.bias->dims[0] : 0;

  if (ls_n_scales (tensor) == 0)
    return ls_mender_leave (mender, "%s has no scale", tensor->name);
  if (!has_site || site.bias_index == site.weights_index)
    return mend_alike (mender, graph, (uint32_t) finding->tensor, tensor);
  if (!ls_scales_are_valid (other) || !ls_scale_is_valid (site.input->quant->scales[0])
      || (ls_n_scales (other) != n_channels && (is_bias ? ls_n_scales (other) != 1 : true)))
    return ls_mender_leave (mender,
                            "the scales of %s that are there are not one for each channel: nothing "
                            "says what those of %s should be",
                            other->name, tensor->name);
  return mend_by_other (mender, graph, &site, is_bias);
}

bool
ls_mend_zero_point_count (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsTensor *tensor
    = ls_check_tensor (ls_mender_check (mender), (uint32_t) finding->subgraph, finding->tensor);

  for (uint32_t i = 1; i < ls_n_zero_points (tensor); i++)
    if (tensor->quant->zero_points[i] != tensor->quant->zero_points[0])
      return ls_mender_leave (mender,
                              "the zero points of %s differ: which belong to which of the "
                              "scales, the file does not say",
                              tensor->name);
  return ls_mender_zero_point_count (mender, (uint32_t) finding->subgraph,
                                     (uint32_t) finding->tensor, ls_n_scales (tensor));
}
