/* UNIQUE: the different values in the order in which they come first, and which one each is. */
#include <math.h>
#include <string.h>

#include "ops/shape.h"

typedef struct
{
  size_t n_slots; /* a power of 2, twice the elements at least */
} Unique;

/* Equal elements have equal keys: 0 and -0 do. */
static uint64_t
key_of (const LsValue *in, size_t index)
{
  uint64_t key = 0;
  size_t size = ls_element_size (in->type);

  memcpy (&key, (const uint8_t *) in->data + index * size, size);
  if (in->type == LS_TYPE_FLOAT32 && key == 0x80000000u)
    return 0;
  if (in->type == LS_TYPE_FLOAT64 && key == UINT64_C (1) << 63)
    return 0;
  return key;
}

static double
float_at (const LsValue *in, size_t index)
{
  return in->type == LS_TYPE_FLOAT32   ? (double) ((const float *) in->data)[index]
         : in->type == LS_TYPE_FLOAT64 ? ((const double *) in->data)[index]
                                       : 0.0;
}

/* The slot of the element's value, or the free one where it belongs; slots hold the number of the
 * unique value plus one. */
static size_t
find_slot (const LsValue *in, const uint32_t *slots, const uint32_t *first, size_t n_slots,
           size_t index)
{
  const uint64_t key = key_of (in, index);
  size_t slot = (size_t) ((key * UINT64_C (0x9e3779b97f4a7c15)) >> 20) & (n_slots - 1);

  while (slots[slot] != 0 && key_of (in, first[slots[slot] - 1]) != key)
    slot = (slot + 1) & (n_slots - 1);
  return slot;
}

/*
 * Numbers all elements; gives how many values there are, first[k] being where value k comes first.
 *
 * LiteRT looks values up in an ordered map (unique.cc), in which NaN is found to be the smallest
 * value so far, and anything is found to be a NaN that came before all others.
 */
static uint32_t
number_elements (const LsValue *in, uint32_t *slots, uint32_t *first, size_t n_slots,
                 const LsValue *out)
{
  uint32_t n = 0, smallest = 0;

  for (size_t i = 0; i < in->count; i++)
    {
      const double value = float_at (in, i);
      uint32_t number = smallest;

      if (n == 0 || (!isnan (value) && !isnan (float_at (in, first[0]))))
        {
          const size_t slot = find_slot (in, slots, first, n_slots, i);

          if (slots[slot] == 0)
            {
              first[n] = (uint32_t) i;
              slots[slot] = ++n;
            }
          number = slots[slot] - 1;
          if (value < float_at (in, first[smallest]))
            smallest = number;
        }
      if (out->type == LS_TYPE_INT64)
        ((int64_t *) out->data)[i] = number;
      else
        ((int32_t *) out->data)[i] = (int32_t) number;
    }
  return n;
}

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Unique *u = node->state;
  const LsValue *in = node->in[0];
  const size_t size = ls_element_size (in->type);
  uint32_t *slots = node->scratch, *first = slots + u->n_slots;

  memset (slots, 0, u->n_slots * sizeof *slots);

  const uint32_t n = number_elements (in, slots, first, u->n_slots, node->out[1]);

  LS_TRY (ls_node_resize_output (node, 0, 1, (const int32_t[]){ (int32_t) n }));
  for (uint32_t k = 0; k < n; k++)
    memcpy ((uint8_t *) node->out[0]->data + k * size, (const uint8_t *) in->data + first[k] * size,
            size);
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  const unsigned odd = LS_BIT (COMPLEX64) | LS_BIT (COMPLEX128) | LS_BIT (FLOAT16)
                       | LS_BIT (BFLOAT16) | LS_BIT (FLOAT8_E4M3FN) | LS_BIT (FLOAT8_E5M2);

  LS_TRY (ls_node_arity (node, 1, 1, 2, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_types (node, in, "input", LS_BITS_WHOLE & ~odd, error));
  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  LS_TRY (
    ls_node_types (node, node->out[1], "the indices", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (ls_node_rank (node, in, "the input", 1, 1, error));
  ls_node_output_dynamic (node, 0);
  LS_TRY (ls_node_output_like (node, 1, in, error));

  Unique *u = ls_node_alloc (node, 1, sizeof *u, error);

  if (u == NULL)
    return LS_E_NO_MEMORY;
  node->state = u;
  for (u->n_slots = 16; u->n_slots < 2 * in->count;)
    u->n_slots *= 2;
  ls_node_want_scratch (node, (u->n_slots + in->count) * sizeof (uint32_t), 0);
  ls_node_phase (node, run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_unique = { prepare, 0, 1, "float32, float64, integers of 8 to 64 bits, bool" };
