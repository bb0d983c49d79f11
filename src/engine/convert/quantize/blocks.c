/* Weights in blocks: a float16 scale for every few values of a row. */
#include "convert/constants.h"

#include <math.h>
#include <stdio.h>

#include "base/half.h"

/* XNNPACK takes only scales that are normal numbers in float16. */
static const float least_normal = 0x1p-14F, greatest = 65504;

/* The scales as float16 and as what that holds. False: they do not fit. */
static bool
round_scales (float *scales, uint16_t *halves, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      /* A block of zeros can have any scale. */
      if (scales[i] < 1e-20F)
        scales[i] = least_normal;
      if (scales[i] < least_normal || scales[i] > greatest)
        return false;
      halves[i] = ls_half_from_float (scales[i]);
      scales[i] = ls_half_to_float (halves[i]);
    }
  return true;
}

/* The tensor of the scales; -1: out of memory. */
static int
add_scales (LsModel *model, uint32_t graph, const LsTensor *weights, uint32_t block,
            const uint16_t *halves, size_t count)
{
  int32_t dims[LS_MAX_RANK];
  LsTensor scales = *weights;
  char *name = NULL;

  for (int d = 0; d < weights->rank; d++)
    dims[d] = weights->dims[d];
  dims[weights->rank - 1] /= (int32_t) block;
  if (asprintf (&name, "%s/scales", weights->name) < 0)
    return -1;
  scales.name = ls_model_strdup (model, name);
  free (name);
  scales.dims = ls_model_ints (model, dims, (uint32_t) weights->rank);
  scales.signature_rank = -1;
  scales.type = LS_TYPE_FLOAT16;
  scales.quant = NULL;
  scales.sparsity = NULL;
  return scales.name != NULL && scales.dims != NULL
             && ls_tensor_set_data (model, &scales, halves, count * sizeof *halves)
           ? ls_model_add_tensor (model, graph, &scales)
           : -1;
}

LsStatus
ls_constant_store_blocks (LsModel *model, uint32_t graph, uint32_t tensor, LsConstant *constant,
                          LsType type, uint32_t block, bool *done, LsError *error)
{
  size_t count = constant->count / block;
  LS_FREE float *scales = malloc ((count + 1) * sizeof *scales);
  LS_FREE uint16_t *halves = malloc ((count + 1) * sizeof *halves);
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);

  *done = false;
  if (scales == NULL || halves == NULL || quant == NULL || count > UINT32_MAX)
    return ls_fail_no_memory (error, "scales", count * sizeof *scales);
  constant->axis = -1;
  constant->inner = block;
  constant->n_channels = (uint32_t) count;
  LS_TRY (ls_constant_weight_scales (constant, type, scales, error));
  if (!round_scales (scales, halves, count))
    return LS_OK;

  const LsTensor weights = *ls_model_tensor (model, graph, tensor);
  int at = add_scales (model, graph, &weights, block, halves, count);

  if (at < 0)
    return ls_fail_no_memory (error, "scales", count * sizeof *halves);
  LS_TRY (ls_constant_store (model, graph, tensor, constant, type, scales, NULL, error));
  *quant = (LsQuantization){ .details = LS_QUANT_DETAILS_BLOCKWISE,
                             .block_scales = at,
                             .block_zero_points = -1,
                             .block_size = (int32_t) block };
  ls_model_tensor (model, graph, tensor)->quant = quant;
  *done = true;
  return LS_OK;
}
