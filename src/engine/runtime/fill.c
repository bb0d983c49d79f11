/* Inputs from a seed. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/half.h"
#include "base/random.h"
#include "base/strings.h"

/* One number of the generator for each element: the top bits are used. */
static void
fill_element (LsType type, void *data, size_t i, uint64_t *state)
{
  switch ((unsigned) type)
    {
    case LS_TYPE_FLOAT32:
      ((float *) data)[i] = ls_random_float (state);
      break;
    case LS_TYPE_FLOAT64:
      ((double *) data)[i] = ls_random_float (state);
      break;
    case LS_TYPE_FLOAT16:
      ((uint16_t *) data)[i] = ls_half_from_float (ls_random_float (state));
      break;
    case LS_TYPE_BFLOAT16:
      ((uint16_t *) data)[i] = ls_bfloat16_from_float (ls_random_float (state));
      break;
    case LS_TYPE_COMPLEX64:
      ((float *) data)[2 * i] = ls_random_float (state);
      ((float *) data)[2 * i + 1] = ls_random_float (state);
      break;
    case LS_TYPE_COMPLEX128:
      ((double *) data)[2 * i] = ls_random_float (state);
      ((double *) data)[2 * i + 1] = ls_random_float (state);
      break;
    case LS_TYPE_INT32:
      ((int32_t *) data)[i] = (int32_t) (ls_random_next (state) % 10);
      break;
    case LS_TYPE_INT64:
      ((int64_t *) data)[i] = (int64_t) (ls_random_next (state) % 10);
      break;
    case LS_TYPE_BOOL:
      ((uint8_t *) data)[i] = (uint8_t) (ls_random_next (state) >> 63);
      break;
    case LS_TYPE_INT16:
    case LS_TYPE_UINT16:
      ((uint16_t *) data)[i] = (uint16_t) (ls_random_next (state) >> 48);
      break;
    case LS_TYPE_UINT32:
      ((uint32_t *) data)[i] = (uint32_t) (ls_random_next (state) >> 32);
      break;
    case LS_TYPE_UINT64:
      ((uint64_t *) data)[i] = ls_random_next (state);
      break;
    default: /* a byte, or a byte of packed elements */
      ((uint8_t *) data)[i] = (uint8_t) (ls_random_next (state) >> 56);
      break;
    }
}

/* Words of one to eight letters. */
static LsStatus
fill_strings (LsSlot *slot, uint64_t *state, LsError *error)
{
  LsStringsBuilder builder = { .max_bytes = ls_budget_for_strings (slot->budget) };
  size_t size;

  for (size_t i = 0; i < slot->value.count && !builder.has_failed; i++)
    {
      uint8_t word[8];
      size_t length = 1 + (ls_random_next (state) >> 61);

      for (size_t k = 0; k < length; k++)
        word[k] = (uint8_t) ('a' + ls_random_next (state) % 26);
      ls_strings_add (&builder, (LsBytes){ word, length });
    }

  void *packed = ls_strings_finish (&builder, &size);

  if (packed == NULL)
    return ls_fail_no_memory (error, slot->value.tensor->name, slot->value.count);
  ls_slot_take (slot, packed, size);
  return LS_OK;
}

LsStatus
ls_session_fill_input (LsSession *session, uint32_t index, uint64_t seed, LsError *error)
{
  if (index >= session->n_inputs)
    return ls_fail (error, LS_E_USAGE, -1, "there is no input %u: the model has %u", index,
                    session->n_inputs);

  LsSlot *slot = ls_slot (session->frame, (int32_t) session->inputs[index].tensor);
  const LsValue *value = &slot->value;
  unsigned bits = ls_type_bits (value->type);

  session->is_computed = false;
  if (value->type == LS_TYPE_STRING)
    return fill_strings (slot, &seed, error);
  if (value->type == LS_TYPE_RESOURCE || bits == 0)
    return ls_slot_zero (slot, error);

  size_t n_elements = bits >= 8 ? value->count : value->n_bytes;

  for (size_t i = 0; i < n_elements; i++)
    fill_element (value->type, value->data, i, &seed);
  return LS_OK;
}
