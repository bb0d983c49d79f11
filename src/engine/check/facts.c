#include "check/facts.h"

const LsTensor *
ls_first_bad (const LsCheck *check, const LsOperator *op, LsTensorTest is_good)
{
  for (uint32_t i = 0; i < op->n_inputs; i++)
    {
      const LsTensor *tensor = ls_check_input (check, 0, op, i);

      if (tensor != NULL && !is_good (check->model, tensor))
        return tensor;
    }
  for (uint32_t i = 0; i < op->n_outputs; i++)
    {
      const LsTensor *tensor = ls_check_output (check, 0, op, i);

      if (tensor != NULL && !is_good (check->model, tensor))
        return tensor;
    }
  return NULL;
}

bool
ls_kind_is_among (const LsOperator *op, const int *kinds, size_t n_kinds)
{
  for (size_t i = 0; i < n_kinds; i++)
    if (kinds[i] == op->kind)
      return true;
  return false;
}

bool
ls_operand_is_constant (const LsCheck *check, const LsOperator *op, uint32_t slot)
{
  const LsTensor *tensor = ls_check_input (check, 0, op, slot);

  return tensor != NULL && ls_tensor_is_constant (check->model, tensor);
}

bool
ls_is_per_channel (const LsTensor *tensor)
{
  return ls_n_scales (tensor) > 1;
}

/*
 * `shape` decides, not `shape_signature`: a -1 there only says that the model may be resized, and
 * compilers for accelerators read the shape alone.
 */
bool
ls_is_dynamic (const LsTensor *tensor)
{
  for (int32_t i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] < 0)
      return true;
  return false;
}
