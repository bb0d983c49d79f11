/* REAL, IMAG and COMPLEX_ABS. Source: tflite/kernels/complex_support.cc. */
#include "ops/elementwise.h"
#include "ops/shape.h"

#include <math.h>

typedef void (*Loop) (const void *x, void *y, size_t n);

#define DEFINE_LOOP(name, Real, expression)                                                        \
  static void name (const void *in, void *out, size_t n)                                           \
  {                                                                                                \
    const Real *x = in;                                                                            \
    Real *y = out;                                                                                 \
                                                                                                   \
    for (size_t i = 0; i < n; i++)                                                                 \
      y[i] = expression;                                                                           \
  }
DEFINE_LOOP (real_64, float, x[2 * i])
DEFINE_LOOP (real_128, double, x[2 * i])
DEFINE_LOOP (imag_64, float, x[2 * i + 1])
DEFINE_LOOP (imag_128, double, x[2 * i + 1])
DEFINE_LOOP (abs_64, float, hypotf (x[2 * i], x[2 * i + 1]))
DEFINE_LOOP (abs_128, double, hypot (x[2 * i], x[2 * i + 1]))

typedef struct
{
  Loop loop;
  size_t real_size;
} Complex;

static LsStatus
complex_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Complex *c = node->state;

  c->loop ((const uint8_t *) node->in[0]->data + begin * 2 * c->real_size,
           (uint8_t *) node->out[0]->data + begin * c->real_size, end - begin);
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, Loop loop_64, Loop loop_128, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0], *y = node->out[0];

  if ((x->type != LS_TYPE_COMPLEX64 || y->type != LS_TYPE_FLOAT32)
      && (x->type != LS_TYPE_COMPLEX128 || y->type != LS_TYPE_FLOAT64))
    return ls_node_unsupported (node, error, "%s to %s", ls_type_name (x->type),
                                ls_type_name (y->type));

  Complex *c = ls_node_alloc (node, 1, sizeof *c, error);

  if (c == NULL)
    return LS_E_NO_MEMORY;
  c->real_size = ls_element_size (y->type);
  c->loop = x->type == LS_TYPE_COMPLEX64 ? loop_64 : loop_128;
  node->state = c;
  LS_TRY (ls_node_output_like (node, 0, x, error));
  ls_node_phase (node, complex_run, x->count, ls_element_grain (LS_COST_RESCALE));
  return LS_OK;
}

#define DEFINE_OP(stem, name)                                                                      \
  static LsStatus stem##_prepare (LsNode *node, LsError *error)                                    \
  {                                                                                                \
    return prepare (node, name##_64, name##_128, error);                                           \
  }                                                                                                \
  const LsOp ls_op_##stem = { stem##_prepare, 0, 1, "complex64, complex128" };
DEFINE_OP (real, real)
DEFINE_OP (imag, imag)
DEFINE_OP (complex_abs, abs)
