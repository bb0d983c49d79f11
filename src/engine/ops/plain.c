#include "ops/plain.h"

#include <string.h>

#include "base/strings.h"
#include "ops/shape.h"

enum
{
  ALIGN = 64,
  STRETCH = 4096 /* elements in a unit of unpacking; a multiple of those in a byte */
};

static size_t
n_stretches (const LsValue *value)
{
  return value->count / STRETCH + (value->count % STRETCH != 0);
}

/* ---- Packed types: unit u is stretch u, counted through the values ----------------------------
 */

static void
unpack (const uint8_t *packed, uint8_t *bytes, size_t begin, size_t end, unsigned bits)
{
  const unsigned per_byte = 8 / bits, mask = (1u << bits) - 1;

  for (size_t i = begin; i < end; i++)
    bytes[i] = (uint8_t) (packed[i / per_byte] >> (i % per_byte * bits) & mask);
}

static void
pack (const uint8_t *bytes, uint8_t *packed, size_t begin, size_t end, unsigned bits)
{
  const unsigned per_byte = 8 / bits, mask = (1u << bits) - 1;

  for (size_t i = begin; i < end; i += per_byte)
    {
      unsigned whole = 0;

      for (unsigned k = 0; k < per_byte && i + k < end; k++)
        whole |= (bytes[i + k] & mask) << (k * bits);
      packed[i / per_byte] = (uint8_t) whole;
    }
}

/* Which value and which stretch of it a unit is. */
static uint32_t
locate (LsValue **values, uint32_t first, size_t *unit)
{
  uint32_t k = first;

  for (size_t n = n_stretches (values[k]); *unit >= n; n = n_stretches (values[++k]))
    *unit -= n;
  return k;
}

static LsStatus
unpack_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsPlain *plain = node->state;

  for (size_t u = begin; u < end; u++)
    {
      size_t stretch = u;
      uint32_t k = locate (node->in, plain->first_in, &stretch);
      size_t from = stretch * STRETCH, left = node->in[k]->count - from;

      unpack (node->in[k]->data, (uint8_t *) node->scratch + plain->offsets[k - plain->first_in],
              from, from + (left < STRETCH ? left : STRETCH), plain->bits);
    }
  return LS_OK;
}

static LsStatus
pack_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsPlain *plain = node->state;

  for (size_t u = begin; u < end; u++)
    {
      size_t stretch = u;
      uint32_t k = locate (node->out, 0, &stretch);
      size_t from = stretch * STRETCH, left = node->out[k]->count - from;

      pack ((const uint8_t *) node->scratch + plain->offsets[plain->n_in + k], node->out[k]->data,
            from, from + (left < STRETCH ? left : STRETCH), plain->bits);
    }
  return LS_OK;
}

/* ---- Strings ---------------------------------------------------------------------------------
 */

/* Numbers the strings of all data inputs. */
static LsStatus
number_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsPlain *plain = node->state;
  int32_t next = 0;

  for (uint32_t k = 0; k < plain->n_in; k++)
    {
      const LsValue *value = node->in[plain->first_in + k];
      int32_t *numbers = (int32_t *) ((uint8_t *) node->scratch + plain->offsets[k]);
      LsStrings strings;

      if (!ls_strings_open (value->data, value->n_bytes, &strings) || strings.count != value->count)
        return ls_node_fail (node, LS_E_INVALID, "%s does not hold the %zu strings of its shape",
                             value->tensor->name, value->count);
      for (size_t i = 0; i < value->count; i++)
        numbers[i] = next++;
    }
  return LS_OK;
}

static LsBytes
numbered_string (const LsNode *node, int32_t number)
{
  const LsPlain *plain = node->state;
  size_t rest = (size_t) number;
  uint32_t k = plain->first_in;

  for (; rest >= node->in[k]->count; k++)
    rest -= node->in[k]->count;

  const LsStrings strings = { node->in[k]->data, node->in[k]->count };

  return ls_strings_get (&strings, rest);
}

/* A number below 0 is an empty string. */
static LsStatus
write_strings_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  for (uint32_t k = 0; k < node->n_out; k++)
    {
      const LsValue *out = node->out[k];
      const int32_t *numbers = ls_plain_out (node, k);
      LsStringsBuilder builder = { .max_bytes = ls_node_max_strings (node) };
      size_t n_bytes;

      for (size_t i = 0; i < out->count && !builder.has_failed; i++)
        ls_strings_add (&builder,
                        numbers[i] < 0 ? (LsBytes){ 0 } : numbered_string (node, numbers[i]));

      void *data = ls_strings_finish (&builder, &n_bytes);

      if (data == NULL)
        return ls_node_fail (node, LS_E_NO_MEMORY, "no memory for %zu strings", out->count);

      int32_t dims[LS_MAX_RANK];

      memcpy (dims, out->dims, sizeof dims);
      LS_TRY (ls_node_take_output (node, k, out->rank, dims, data, n_bytes));
    }
  return LS_OK;
}

/* ---- Both ------------------------------------------------------------------------------------
 */

static bool
add_offset (size_t *total, size_t count, size_t size)
{
  size_t bytes;

  return ls_mul (&bytes, count, size) && ls_add (&bytes, bytes, ALIGN - 1)
         && ls_add (total, *total, bytes / ALIGN * ALIGN);
}

/* Lays the scratch memory out. */
static LsStatus
lay_out (LsNode *node, LsPlain *plain, LsError *error)
{
  size_t total = 0;

  plain->offsets
    = ls_node_alloc (node, (size_t) plain->n_in + node->n_out, sizeof *plain->offsets, error);
  if (plain->offsets == NULL)
    return LS_E_NO_MEMORY;
  for (uint32_t i = 0; i < plain->n_in + node->n_out; i++)
    {
      const LsValue *value
        = i < plain->n_in ? node->in[plain->first_in + i] : node->out[i - plain->n_in];

      plain->offsets[i] = total;
      if (!add_offset (&total, value->count, plain->size))
        return ls_node_invalid (node, error, "too many elements");
    }
  ls_node_want_scratch (node, total, 0);
  return LS_OK;
}

LsStatus
ls_plain_begin (LsNode *node, LsPlain *plain, uint32_t first_in, uint32_t n_in, LsError *error)
{
  const LsType type = node->in[first_in]->type;
  const unsigned bits = ls_type_bits (type);
  size_t n_units = 0;

  *plain = (LsPlain){ .first_in = first_in, .n_in = n_in, .is_string = type == LS_TYPE_STRING };
  for (uint32_t i = 0; i < n_in; i++)
    LS_TRY (ls_node_same_type (node, node->in[first_in], node->in[first_in + i], error));
  for (uint32_t i = 0; i < node->n_out; i++)
    LS_TRY (ls_node_same_type (node, node->in[first_in], node->out[i], error));
  if (!plain->is_string && bits == 0)
    return ls_node_unsupported (node, error, "elements of type %s", ls_type_name (type));
  if (bits != 0 && bits % 8 == 0)
    {
      plain->size = bits / 8;
      return LS_OK;
    }
  plain->bits = bits;
  plain->size = plain->is_string ? sizeof (int32_t) : 1;
  LS_TRY (lay_out (node, plain, error));
  for (uint32_t i = 0; i < n_in; i++)
    n_units += n_stretches (node->in[first_in + i]);
  if (plain->is_string)
    ls_node_phase (node, number_run, 1, 1);
  else if (n_units > 0)
    ls_node_phase (node, unpack_run, n_units, 1);
  return LS_OK;
}

void
ls_plain_end (LsNode *node)
{
  const LsPlain *plain = node->state;
  size_t n_units = 0;

  for (uint32_t i = 0; i < node->n_out; i++)
    n_units += n_stretches (node->out[i]);
  if (plain->is_string)
    ls_node_phase (node, write_strings_run, 1, 1);
  else if (plain->bits != 0 && n_units > 0)
    ls_node_phase (node, pack_run, n_units, 1);
}

const void *
ls_plain_in (const LsNode *node, uint32_t in)
{
  const LsPlain *plain = node->state;

  return plain->offsets == NULL
           ? node->in[in]->data
           : (const uint8_t *) node->scratch + plain->offsets[in - plain->first_in];
}

void *
ls_plain_out (const LsNode *node, uint32_t out)
{
  const LsPlain *plain = node->state;

  return plain->offsets == NULL ? node->out[out]->data
                                : (uint8_t *) node->scratch + plain->offsets[plain->n_in + out];
}
