/*
 * CAST: blocks of elements go through a type that holds every number of the input type.
 *
 * Integers into narrower integers lose their high bits; reals into integers are cut off towards
 * zero, saturate, and NaN becomes the largest integer; complex numbers lose their imaginary part.
 * Source: tflite/kernels/cast.cc.
 */
#include "ops/elementwise.h"

#include "base/half.h"
#include "base/packed.h"
#include "ops/shape.h"

#include <string.h>

enum
{
  BLOCK = 256
};

/* What a block is held as between reading and writing. */
typedef enum
{
  AS_INT,   /* int64 */
  AS_UINT,  /* uint64 */
  AS_FLOAT, /* float */
  AS_DOUBLE,
  N_FORMS
} Form;

typedef union
{
  int64_t i[BLOCK];
  uint64_t u[BLOCK];
  float f[BLOCK];
  double d[BLOCK];
} Block;

typedef void (*LoadFn) (const void *x, size_t begin, size_t n, Block *block);
typedef void (*StoreFn) (const Block *block, size_t n, void *y, size_t begin);

#define DEFINE_LOAD(name, T, field, expression)                                                    \
  static void load_##name (const void *in, size_t begin, size_t n, Block *block)                   \
  {                                                                                                \
    const T *xs = (const T *) in + begin;                                                          \
                                                                                                   \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        const T x = xs[i];                                                                         \
                                                                                                   \
        block->field[i] = expression;                                                              \
      }                                                                                            \
  }
DEFINE_LOAD (int8, int8_t, i, x)
DEFINE_LOAD (int16, int16_t, i, x)
DEFINE_LOAD (int32, int32_t, i, x)
DEFINE_LOAD (int64, int64_t, i, x)
DEFINE_LOAD (uint8, uint8_t, i, x)
DEFINE_LOAD (uint16, uint16_t, i, x)
DEFINE_LOAD (uint32, uint32_t, i, x)
DEFINE_LOAD (uint64, uint64_t, u, x)
DEFINE_LOAD (bool, uint8_t, i, x != 0)
DEFINE_LOAD (float16, uint16_t, f, ls_half_to_float (x))
DEFINE_LOAD (bfloat16, uint16_t, f, ls_bfloat16_to_float (x))
DEFINE_LOAD (float32, float, f, x)
DEFINE_LOAD (float64, double, d, x)
DEFINE_LOAD (complex64, _Complex float, f, __real__ x)
DEFINE_LOAD (complex128, _Complex double, d, __real__ x)

#define DEFINE_LOAD_PACKED(name, bits, get)                                                        \
  static void load_##name (const void *in, size_t begin, size_t n, Block *block)                   \
  {                                                                                                \
    for (size_t i = 0; i < n; i++)                                                                 \
      block->i[i] = (int64_t) get (in, bits, begin + i);                                           \
  }
DEFINE_LOAD_PACKED (int4, 4, ls_packed_get_signed)
DEFINE_LOAD_PACKED (int2, 2, ls_packed_get_signed)
DEFINE_LOAD_PACKED (uint4, 4, ls_packed_get)

/* Reals into integers: cut off, saturated, NaN the largest. The bound above is a power of two and
 * so exact in both kinds of float. */
#define SATURATE(T, Real, x, min, max)                                                             \
  ((x) != (x)           ? (T) (max)                                                                \
   : (x) < (Real) (min) ? (T) (min)                                                                \
                        : ((x) >= (Real) ((max) / 2 + 1) * 2 ? (T) (max) : (T) (x)))

#define DEFINE_STORE(name, T, field, expression)                                                   \
  static void name (const Block *block, size_t n, void *out, size_t begin)                         \
  {                                                                                                \
    T *ys = (T *) out + begin;                                                                     \
                                                                                                   \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        const __typeof__ (block->field[0]) x = block->field[i];                                    \
                                                                                                   \
        ys[i] = (T) (expression);                                                                  \
      }                                                                                            \
  }
#define DEFINE_STORES_INTEGER(name, T, min, max)                                                   \
  DEFINE_STORE (name##_from_int, T, u, x)                                                          \
  DEFINE_STORE (name##_from_float, T, f, SATURATE (T, float, x, min, max))                         \
  DEFINE_STORE (name##_from_double, T, d, SATURATE (T, double, x, min, max))
/* @make: from the real number `x` of type @Via. */
#define DEFINE_STORES_REAL(name, T, Via, make)                                                     \
  DEFINE_STORE (name##_from_int, T, i, make ((Via) x))                                             \
  DEFINE_STORE (name##_from_uint, T, u, make ((Via) x))                                            \
  DEFINE_STORE (name##_from_float, T, f, make ((Via) x))                                           \
  DEFINE_STORE (name##_from_double, T, d, make ((Via) x))

DEFINE_STORES_INTEGER (int8, int8_t, INT8_MIN, INT8_MAX)
DEFINE_STORES_INTEGER (int16, int16_t, INT16_MIN, INT16_MAX)
DEFINE_STORES_INTEGER (int32, int32_t, INT32_MIN, INT32_MAX)
DEFINE_STORES_INTEGER (int64, int64_t, INT64_MIN, INT64_MAX)
DEFINE_STORES_INTEGER (uint8, uint8_t, 0, UINT8_MAX)
DEFINE_STORES_INTEGER (uint16, uint16_t, 0, UINT16_MAX)
DEFINE_STORES_INTEGER (uint32, uint32_t, 0, UINT32_MAX)
DEFINE_STORES_INTEGER (uint64, uint64_t, 0, UINT64_MAX)
DEFINE_STORE (bool_from_int, bool, u, x != 0)
DEFINE_STORE (bool_from_float, bool, f, x != 0)
DEFINE_STORE (bool_from_double, bool, d, x != 0)
DEFINE_STORES_REAL (float16, uint16_t, float, ls_half_from_float)
DEFINE_STORES_REAL (bfloat16, uint16_t, float, ls_bfloat16_from_float)
DEFINE_STORES_REAL (float32, float, float, )
DEFINE_STORES_REAL (float64, double, double, )
DEFINE_STORES_REAL (complex64, _Complex float, float, )
DEFINE_STORES_REAL (complex128, _Complex double, double, )

/* Packed types saturate, and NaN becomes the largest number. */
#define DEFINE_STORE_PACKED(name, field, bits, min, max)                                           \
  static void name (const Block *block, size_t n, void *out, size_t begin)                         \
  {                                                                                                \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        const __typeof__ (block->field[0]) x = block->field[i];                                    \
        const int value = x < (max) ? (x > (min) ? (int) x : (min)) : (max);                       \
                                                                                                   \
        ls_packed_put (out, bits, begin + i, (unsigned) value);                                    \
      }                                                                                            \
  }
#define DEFINE_STORES_PACKED(name, bits, min, max)                                                 \
  DEFINE_STORE_PACKED (name##_from_int, i, bits, min, max)                                         \
  DEFINE_STORE_PACKED (name##_from_float, f, bits, min, max)                                       \
  DEFINE_STORE_PACKED (name##_from_double, d, bits, min, max)
DEFINE_STORES_PACKED (int4, 4, -8, 7)
DEFINE_STORES_PACKED (int2, 2, -2, 1)
DEFINE_STORES_PACKED (uint4, 4, 0, 15)

/* The low bits of an unsigned integer are those of the signed one. */
#define INTEGER_STORES(name)                                                                       \
  {                                                                                                \
    name##_from_int, name##_from_int, name##_from_float, name##_from_double                        \
  }
#define REAL_STORES(name)                                                                          \
  {                                                                                                \
    name##_from_int, name##_from_uint, name##_from_float, name##_from_double                       \
  }

/* By type: how it is read, as what, and how it is written from each form. */
static const struct
{
  LoadFn load;
  Form form;
  StoreFn store[N_FORMS];
} types[LS_N_TYPES] = {
  [LS_TYPE_FLOAT32] = { load_float32, AS_FLOAT, REAL_STORES (float32) },
  [LS_TYPE_FLOAT16] = { load_float16, AS_FLOAT, REAL_STORES (float16) },
  [LS_TYPE_INT32] = { load_int32, AS_INT, INTEGER_STORES (int32) },
  [LS_TYPE_UINT8] = { load_uint8, AS_INT, INTEGER_STORES (uint8) },
  [LS_TYPE_INT64] = { load_int64, AS_INT, INTEGER_STORES (int64) },
  [LS_TYPE_BOOL] = { load_bool, AS_INT, INTEGER_STORES (bool) },
  [LS_TYPE_INT16] = { load_int16, AS_INT, INTEGER_STORES (int16) },
  [LS_TYPE_COMPLEX64] = { load_complex64, AS_FLOAT, REAL_STORES (complex64) },
  [LS_TYPE_INT8] = { load_int8, AS_INT, INTEGER_STORES (int8) },
  [LS_TYPE_FLOAT64] = { load_float64, AS_DOUBLE, REAL_STORES (float64) },
  [LS_TYPE_COMPLEX128] = { load_complex128, AS_DOUBLE, REAL_STORES (complex128) },
  [LS_TYPE_UINT64] = { load_uint64, AS_UINT, INTEGER_STORES (uint64) },
  [LS_TYPE_UINT32] = { load_uint32, AS_INT, INTEGER_STORES (uint32) },
  [LS_TYPE_UINT16] = { load_uint16, AS_INT, INTEGER_STORES (uint16) },
  [LS_TYPE_INT4] = { load_int4, AS_INT, INTEGER_STORES (int4) },
  [LS_TYPE_BFLOAT16] = { load_bfloat16, AS_FLOAT, REAL_STORES (bfloat16) },
  [LS_TYPE_INT2] = { load_int2, AS_INT, INTEGER_STORES (int2) },
  [LS_TYPE_UINT4] = { load_uint4, AS_INT, INTEGER_STORES (uint4) },
};

static LsStatus
cast_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *x = node->in[0], *y = node->out[0];
  const LoadFn load = types[x->type].load;
  const StoreFn store = types[y->type].store[types[x->type].form];
  Block block;

  if (ls_element_size (y->type) == 0)
    memset (y->data, 0, y->n_bytes);
  for (size_t at = begin; at < end; at += BLOCK)
    {
      size_t n = end - at < BLOCK ? end - at : BLOCK;

      load (x->data, at, n, &block);
      store (&block, n, y->data, at);
    }
  return LS_OK;
}

/* The same type, or one of the same bits. */
static LsStatus
copy_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  if (node->out[0]->data != node->in[0]->data)
    memcpy ((uint8_t *) node->out[0]->data + begin, (uint8_t *) node->in[0]->data + begin,
            end - begin);
  return LS_OK;
}

/* Complex numbers keep both parts among themselves. */
static LsStatus
complex_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *x = node->in[0];

  for (size_t i = begin; i < end; i++)
    if (x->type == LS_TYPE_COMPLEX64)
      ((_Complex double *) node->out[0]->data)[i] = ((const _Complex float *) x->data)[i];
    else
      ((_Complex float *) node->out[0]->data)[i]
        = (_Complex float) ((const _Complex double *) x->data)[i];
  return LS_OK;
}

static bool
is_complex (LsType type)
{
  return type == LS_TYPE_COMPLEX64 || type == LS_TYPE_COMPLEX128;
}

static LsStatus
cast_prepare (LsNode *node, LsError *error)
{
  const LsValue *x, *y;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  x = node->in[0];
  y = node->out[0];
  if ((unsigned) x->type >= LS_N_TYPES || (unsigned) y->type >= LS_N_TYPES
      || types[x->type].load == NULL || types[y->type].load == NULL)
    return ls_node_unsupported (node, error, "%s to %s", ls_type_name (x->type),
                                ls_type_name (y->type));
  LS_TRY (ls_node_output_like (node, 0, x, error));
  if (x->type == y->type)
    ls_node_phase (node, copy_run, x->n_bytes, ls_grain (1));
  else if (is_complex (x->type) && is_complex (y->type))
    ls_node_phase (node, complex_run, x->count, ls_element_grain (LS_COST_RESCALE));
  else if (ls_element_size (y->type) == 0) /* two threads may not share a byte */
    ls_node_phase (node, cast_run, x->count, x->count);
  else
    ls_node_phase (node, cast_run, x->count, ls_element_grain (LS_COST_RESCALE));
  return LS_OK;
}

const LsOp ls_op_cast = { cast_prepare, LS_OP_IN_PLACE, 9, "every pair of numeric types" };
