/* Values and the memory of a slot. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/strings.h"

LsStatus
ls_value_shape (LsValue *value, int rank, const int32_t *dims, LsError *error)
{
  size_t count, n_bytes;
  unsigned bits = ls_type_bits (value->type);

  if (rank < 0 || rank > LS_MAX_RANK)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "tensor %d (%s) has %d dimensions; at most %d can be computed with",
                    value->index, value->tensor->name, rank, LS_MAX_RANK);
  if (!ls_count (&count, dims, rank) || !ls_packed_size (&n_bytes, count, bits)
      || n_bytes > PTRDIFF_MAX / 2)
    return ls_fail (error, LS_E_INVALID, -1,
                    "tensor %d (%s) has a negative dimension or too many elements", value->index,
                    value->tensor->name);
  if (rank > 0)
    memmove (value->dims, dims, (size_t) rank * sizeof *dims);
  value->rank = rank;
  value->count = count;
  if (bits > 0)
    value->n_bytes = n_bytes;
  return LS_OK;
}

bool
ls_value_has_shape (const LsValue *value, int rank, const int32_t *dims)
{
  return value->rank == rank
         && (rank == 0 || memcmp (value->dims, dims, (size_t) rank * sizeof *dims) == 0);
}

/* Gives a slot new memory; what it had is freed. Zeros come from calloc(), which has big blocks of
 * them for nothing. */
static LsStatus
renew (LsSlot *slot, size_t size, bool is_zeroed, LsError *error)
{
  size_t total;

  LS_TRY (ls_budget_take (slot->budget, size, slot->value.tensor->name, error));

  void *base = NULL;

  if (ls_add (&total, size, LS_ALIGNMENT))
    base = is_zeroed ? calloc (1, total) : malloc (total);
  if (base == NULL)
    {
      ls_budget_give (slot->budget, size);
      return ls_fail_no_memory (error, slot->value.tensor->name, size);
    }
  ls_slot_release (slot);
  slot->base = base;
  slot->own = (void *) (((uintptr_t) base + LS_ALIGNMENT - 1) & ~(uintptr_t) (LS_ALIGNMENT - 1));
  slot->own_size = size;
  slot->value.data = slot->own;
  return LS_OK;
}

LsStatus
ls_slot_reserve (LsSlot *slot, size_t size, LsError *error)
{
  if (slot->own == NULL || slot->own_size < size)
    return renew (slot, size, false, error);
  slot->value.data = slot->own;
  return LS_OK;
}

void
ls_slot_take (LsSlot *slot, void *data, size_t size)
{
  if (slot->own != data)
    ls_slot_release (slot);
  slot->budget->used += size - slot->own_size;
  slot->base = slot->own = data;
  slot->own_size = size;
  slot->value.data = data;
  slot->value.n_bytes = size;
}

void
ls_slot_release (LsSlot *slot)
{
  if (slot->own == NULL)
    return;
  if (slot->value.data == slot->own)
    slot->value.data = NULL;
  free (slot->base);
  ls_budget_give (slot->budget, slot->own_size);
  slot->base = slot->own = NULL;
  slot->own_size = 0;
}

LsStatus
ls_slot_zero (LsSlot *slot, LsError *error)
{
  LsValue *value = &slot->value;

  if (value->type == LS_TYPE_STRING)
    {
      LsStringsBuilder builder = { .max_bytes = ls_budget_for_strings (slot->budget) };
      size_t size;

      for (size_t i = 0; i < value->count && !builder.has_failed; i++)
        ls_strings_add (&builder, (LsBytes){ NULL, 0 });

      void *packed = ls_strings_finish (&builder, &size);

      if (packed == NULL)
        return ls_fail_no_memory (error, value->tensor->name, value->count * 4);
      ls_slot_take (slot, packed, size);
      return LS_OK;
    }
  if (slot->own == NULL || slot->own_size < value->n_bytes)
    return renew (slot, value->n_bytes, true, error);
  value->data = slot->own;
  memset (value->data, 0, value->n_bytes);
  return LS_OK;
}

LsStatus
ls_slot_shape (LsFrame *frame, LsSlot *slot, int rank, const int32_t *dims, LsError *error)
{
  if (ls_value_has_shape (&slot->value, rank, dims))
    return LS_OK;
  LS_TRY (ls_value_shape (&slot->value, rank, dims, error));
  ls_slot_touch (frame, slot);
  return LS_OK;
}

LsStatus
ls_slot_set (LsFrame *frame, LsSlot *slot, int rank, const int32_t *dims, const void *data,
             size_t n_bytes, LsError *error)
{
  LsValue next = slot->value;
  bool is_new = !ls_value_has_shape (&next, rank, dims);

  LS_TRY (ls_value_shape (&next, rank, dims, error));
  if (data != NULL && next.type == LS_TYPE_STRING)
    {
      LsStrings strings;

      if (!ls_strings_open (data, n_bytes, &strings) || strings.count != next.count)
        return ls_fail (error, LS_E_INVALID, -1,
                        "the array for tensor %d (%s) is not a packed buffer of %zu strings",
                        next.index, next.tensor->name, next.count);
      next.n_bytes = n_bytes;
    }
  else if (data != NULL && n_bytes != next.n_bytes)
    return ls_fail (error, LS_E_INVALID, -1, "tensor %d (%s) takes %zu bytes, not %zu", next.index,
                    next.tensor->name, next.n_bytes, n_bytes);
  if (data != NULL)
    {
      LS_TRY (ls_slot_reserve (slot, next.n_bytes, error));
      if (n_bytes > 0)
        memcpy (slot->value.data, data, n_bytes);
    }

  LsSlot old = *slot;

  next.data = slot->value.data;
  slot->value = next;
  if (data == NULL && ls_slot_zero (slot, error) != LS_OK)
    {
      slot->value = old.value;
      return LS_E_NO_MEMORY;
    }
  if (is_new)
    {
      ls_slot_touch (frame, slot);
      frame->is_planned = false;
    }
  return LS_OK;
}
