/*
 * REDUCE_WINDOW, STABLEHLO_REDUCE_WINDOW: an operation over what a window covers, for each of its
 * places. The input may be spread and padded before with the initial value, which then takes part
 * like any element (stablehlo_reduce_window.cc).
 */
#include <inttypes.h>
#include <string.h>

#include "kernels/rows.h"
#include "ops/shape.h"
#include "ops/strided_copy.h"

/* The schema's ReduceWindowFunction. */
typedef enum
{
  UNSUPPORTED,
  ADD,
  MUL,
  MINIMUM,
  MAXIMUM,
  ALL,
  ANY,
  N_FUNCTIONS
} Function;

/* One dimension. */
typedef struct
{
  int64_t window, stride, dilation;
  int64_t base_dilation, low, high; /* of the input: 1, 0, 0 */
} Axis;

typedef struct
{
  const LsAccumulate *accumulate;
  int rank;
  int32_t dims[LS_MAX_RANK], out[LS_MAX_RANK]; /* of what the windows go over; of the output */
  ptrdiff_t strides[LS_MAX_RANK];
  Axis axes[LS_MAX_RANK];
  /* The input is written among initial values into scratch first. */
  bool is_padded;
  LsCopy fill, copy;
  /* Innermost positions that are done side by side: their windows are one element wide. */
  size_t side;
} Reduce;

/* ---- Running ---------------------------------------------------------------------------------
 */

static LsStatus
fill_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Reduce *r = node->state;

  ls_copy_run (&r->fill, node->in[1]->data, node->scratch, begin, end);
  return LS_OK;
}

static LsStatus
copy_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Reduce *r = node->state;

  ls_copy_run (&r->copy, node->in[0]->data, node->scratch, begin, end);
  return LS_OK;
}

/* Accumulates one window, whose first element is @x, over @n places side by side. */
static void
reduce_one (const Reduce *r, const uint8_t *x, void *acc, size_t n)
{
  const LsAccumulate *a = r->accumulate;
  const int last = r->rank - 1, inner = n > 1 && last > 0 ? last - 1 : last;
  int64_t index[LS_MAX_RANK] = { 0 };

  while (true)
    {
      int i = inner - 1;

      a->columns (acc, x, (size_t) r->axes[inner].window,
                  (size_t) (r->strides[inner] * r->axes[inner].dilation), n);
      for (; i >= 0; i--)
        {
          const ptrdiff_t step
            = r->strides[i] * (ptrdiff_t) r->axes[i].dilation * (ptrdiff_t) a->x_size;

          x += step;
          if (++index[i] < r->axes[i].window)
            break;
          x -= step * (ptrdiff_t) r->axes[i].window;
          index[i] = 0;
        }
      if (i < 0)
        return;
    }
}

/* Unit u is row u of the output: all places along the innermost dimension. */
static LsStatus
reduce_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Reduce *r = node->state;
  const LsAccumulate *a = r->accumulate;
  const uint8_t *base = r->is_padded ? node->scratch : node->in[0]->data;
  const size_t width = (size_t) r->out[r->rank - 1];
  uint64_t acc[64];

  for (size_t u = begin; u < end; u++)
    {
      size_t rest = u, offset = 0;

      for (int i = r->rank - 2; i >= 0; i--)
        {
          offset += rest % (size_t) r->out[i] * (size_t) r->axes[i].stride * (size_t) r->strides[i];
          rest /= (size_t) r->out[i];
        }
      for (size_t j = 0; j < width; j += r->side)
        {
          const size_t n = width - j < r->side ? width - j : r->side;
          const uint8_t *x = base + (offset + j * (size_t) r->axes[r->rank - 1].stride) * a->x_size;
          uint8_t *y = (uint8_t *) node->out[0]->data + (u * width + j) * a->x_size;

          memset (acc, 0, sizeof acc);
          for (size_t k = 0; k < n; k++)
            memcpy ((uint8_t *) acc + k * a->acc_size, node->in[1]->data, a->x_size);
          reduce_one (r, x, acc, n);
          for (size_t k = 0; k < n; k++)
            memcpy (y + k * a->x_size, (uint8_t *) acc + k * a->acc_size, a->x_size);
        }
    }
  return LS_OK;
}

/* ---- Preparing -------------------------------------------------------------------------------
 */

/* Sums of narrow integers are kept wider and cut off, which is the same as wrapping. */
static const uint8_t kinds[N_FUNCTIONS][LS_N_TYPES] = {
#define ARITHMETIC(OP)                                                                             \
  {                                                                                                \
    [LS_TYPE_FLOAT32] = LS_ACC_##OP##_F32 + 1, [LS_TYPE_FLOAT64] = LS_ACC_##OP##_F64 + 1,          \
    [LS_TYPE_INT8] = LS_ACC_##OP##_I8 + 1, [LS_TYPE_INT16] = LS_ACC_##OP##_I16 + 1,                \
    [LS_TYPE_INT32] = LS_ACC_##OP##_I32 + 1, [LS_TYPE_INT64] = LS_ACC_##OP##_I64 + 1,              \
    [LS_TYPE_UINT8] = LS_ACC_##OP##_I8 + 1, [LS_TYPE_BOOL] = LS_ACC_##OP##_I8 + 1                  \
  }
#define ORDER(OP)                                                                                  \
  {                                                                                                \
    [LS_TYPE_FLOAT32] = LS_ACC_##OP##_F32 + 1, [LS_TYPE_FLOAT64] = LS_ACC_##OP##_F64 + 1,          \
    [LS_TYPE_INT8] = LS_ACC_##OP##_I8 + 1, [LS_TYPE_INT16] = LS_ACC_##OP##_I16 + 1,                \
    [LS_TYPE_INT32] = LS_ACC_##OP##_I32 + 1, [LS_TYPE_INT64] = LS_ACC_##OP##_I64 + 1,              \
    [LS_TYPE_UINT8] = LS_ACC_##OP##_U8 + 1, [LS_TYPE_BOOL] = LS_ACC_##OP##_I8 + 1                  \
  }
#define LOGIC(OP)                                                                                  \
  {                                                                                                \
    [LS_TYPE_FLOAT32] = LS_ACC_##OP##_F32 + 1, [LS_TYPE_FLOAT64] = LS_ACC_##OP##_F64 + 1,          \
    [LS_TYPE_INT8] = LS_ACC_##OP##_BOOL + 1, [LS_TYPE_INT16] = LS_ACC_##OP##_I16 + 1,              \
    [LS_TYPE_INT32] = LS_ACC_##OP##_I32 + 1, [LS_TYPE_INT64] = LS_ACC_##OP##_I64 + 1,              \
    [LS_TYPE_UINT8] = LS_ACC_##OP##_BOOL + 1, [LS_TYPE_BOOL] = LS_ACC_##OP##_BOOL + 1              \
  }
  [ADD] = ARITHMETIC (SUM), [MUL] = ARITHMETIC (PROD), [MINIMUM] = ORDER (MIN),
  [MAXIMUM] = ORDER (MAX),  [ALL] = LOGIC (ALL),       [ANY] = LOGIC (ANY),
};

static bool
is_size (int64_t x)
{
  return x >= 1 && x <= INT32_MAX;
}

/* The shape of what the windows go over, and of the output. */
static LsStatus
find_shapes (const LsNode *node, Reduce *r, LsError *error)
{
  const LsValue *in = node->in[0];

  for (int i = 0; i < r->rank; i++)
    {
      const Axis *a = &r->axes[i];
      const int64_t most = INT32_MAX;

      if (!is_size (a->window) || !is_size (a->stride) || !is_size (a->dilation)
          || !is_size (a->base_dilation) || a->low > most || a->low < -most || a->high > most
          || a->high < -most)
        return ls_node_invalid (
          node, error, "a window of %" PRId64 " in steps of %" PRId64 ", dilated by %" PRId64,
          a->window, a->stride, a->dilation);

      const int64_t spread = in->dims[i] > 0 ? (in->dims[i] - 1) * a->base_dilation + 1 : 0;
      const int64_t whole = spread + a->low + a->high;
      const int64_t window = (a->window - 1) * a->dilation + 1;

      if (whole > most || whole < 0 || (whole == 0 && (a->low != 0 || a->high != 0)))
        return ls_node_invalid (node, error, "dimension %d of %s would be padded to %" PRId64, i,
                                LS_SHAPE (in), whole);
      r->is_padded |= a->base_dilation != 1 || a->low != 0 || a->high != 0;
      r->dims[i] = (int32_t) whole;
      r->out[i] = whole < window ? 0 : (int32_t) ((whole - window) / a->stride + 1);
    }
  return LS_OK;
}

/* Boxes that write the input among initial values. */
static LsStatus
plan_padding (LsNode *node, Reduce *r, LsError *error)
{
  const LsValue *in = node->in[0];
  const size_t size = r->accumulate->x_size;
  int32_t count[LS_MAX_RANK], from[LS_MAX_RANK], to[LS_MAX_RANK], step[LS_MAX_RANK];
  size_t n_bytes;
  LsBox box;

  if (!ls_count (&n_bytes, r->dims, r->rank) || !ls_mul (&n_bytes, n_bytes, size))
    return ls_node_invalid (node, error, "the padded shape %s has too many elements",
                            LS_DIMS (r->dims, r->rank));
  for (int i = 0; i < r->rank; i++)
    {
      const Axis *a = &r->axes[i];
      const int64_t b = a->base_dilation, skipped = a->low < 0 ? (-a->low + b - 1) / b : 0;
      const int64_t first = a->low + skipped * b, fitting = (r->dims[i] - 1 - first) / b + 1;
      const int64_t left = in->dims[i] - skipped;

      count[i] = r->dims[i] <= first || left <= 0 ? 0 : (int32_t) (fitting < left ? fitting : left);
      from[i] = (int32_t) skipped;
      to[i] = (int32_t) first;
      step[i] = (int32_t) b;
    }
  ls_box_fill (&box, r->rank, r->dims, (LsWindowOf){ r->dims, NULL, NULL });
  ls_copy_plan (&r->fill, &box, size);
  ls_box_windows (&box, r->rank, count, (LsWindowOf){ in->dims, from, NULL },
                  (LsWindowOf){ r->dims, to, step });
  ls_copy_plan (&r->copy, &box, size);
  ls_node_want_scratch (node, n_bytes, 0);
  if (r->fill.n_units > 0)
    ls_node_phase (node, fill_run, r->fill.n_units, 1);
  if (r->copy.n_units > 0)
    ls_node_phase (node, copy_run, r->copy.n_units, 1);
  return LS_OK;
}

/* @r has its axes. */
static LsStatus
finish (LsNode *node, Reduce *r, int64_t function, LsError *error)
{
  const LsValue *in = node->in[0], *init = node->in[1];
  size_t window = 1;

  node->state = r;
  LS_TRY (ls_node_same_type (node, in, init, error));
  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  if (init->count != 1)
    return ls_node_invalid (node, error, "the initial value has shape %s", LS_SHAPE (init));
  if (function <= UNSUPPORTED || function >= N_FUNCTIONS)
    return ls_node_unsupported (node, error, "a function that is not known");
  if (in->type >= LS_N_TYPES || kinds[function][in->type] == 0)
    return ls_node_types (node, in, "input", 0, error);
  r->accumulate = &ls_row_kernels ()->accumulate[kinds[function][in->type] - 1];
  LS_TRY (find_shapes (node, r, error));
  LS_TRY (ls_node_output (node, 0, r->rank, r->out, error));
  if (node->out[0]->count == 0)
    return LS_OK;
  if (r->is_padded)
    LS_TRY (plan_padding (node, r, error));
  ls_dense_strides (r->dims, r->rank, r->strides);

  const Axis *last = &r->axes[r->rank - 1];

  r->side = last->window == 1 && last->stride == 1 && r->rank > 1 ? 64 : 1;
  for (int i = 0; i < r->rank; i++)
    window *= (size_t) r->axes[i].window;
  ls_node_phase (node, reduce_run, node->out[0]->count / (size_t) r->out[r->rank - 1],
                 ls_grain (window * (size_t) r->out[r->rank - 1] * r->accumulate->x_size));
  return LS_OK;
}

static LsStatus
begin (LsNode *node, Reduce **out, LsError *error)
{
  LS_TRY (ls_node_rank (node, node->in[0], "the input", 1, LS_MAX_RANK, error));
  *out = ls_node_alloc (node, 1, sizeof **out, error);
  if (*out == NULL)
    return LS_E_NO_MEMORY;
  (*out)->rank = node->in[0]->rank;
  for (int i = 0; i < (*out)->rank; i++)
    (*out)->axes[i].base_dilation = 1;
  return LS_OK;
}

static LsStatus
reduce_window_prepare (LsNode *node, LsError *error)
{
  Reduce *r = NULL;
  LsList lists[3];

  LS_TRY (ls_node_arity (node, 5, 5, 1, error));
  LS_TRY (begin (node, &r, error));
  for (uint32_t k = 0; k < 3; k++)
    {
      if (!ls_input_known (node, 2 + k))
        {
          ls_node_output_dynamic (node, 0);
          return LS_OK;
        }
      LS_TRY (ls_node_list (node, 2 + k, &lists[k], error));
      if (lists[k].n != r->rank)
        return ls_node_invalid (node, error, "%d numbers for a window over %s", lists[k].n,
                                LS_SHAPE (node->in[0]));
    }
  for (int i = 0; i < r->rank; i++)
    {
      r->axes[i].window = lists[0].at[i];
      r->axes[i].stride = lists[1].at[i];
      r->axes[i].dilation = lists[2].at[i];
    }
  return finish (node, r, ls_attr_int (node->def, "reduce_function", UNSUPPORTED), error);
}

const LsOp ls_op_reduce_window
  = { reduce_window_prepare, 0, 1, "float32, float64, int8 to int64, uint8, bool" };

/* ---- STABLEHLO_REDUCE_WINDOW -----------------------------------------------------------------
 */

/* The body is a subgraph of one operator. */
static Function
body_function (const LsNode *node)
{
  static const struct
  {
    int kind;
    Function function;
  } known[] = {
    { LS_OP_ADD, ADD },         { LS_OP_STABLEHLO_ADD, ADD },
    { LS_OP_MUL, MUL },         { LS_OP_STABLEHLO_MULTIPLY, MUL },
    { LS_OP_MAXIMUM, MAXIMUM }, { LS_OP_STABLEHLO_MAXIMUM, MAXIMUM },
    { LS_OP_MINIMUM, MINIMUM }, { LS_OP_STABLEHLO_MINIMUM, MINIMUM },
    { LS_OP_LOGICAL_AND, ALL }, { LS_OP_STABLEHLO_AND, ALL },
    { LS_OP_LOGICAL_OR, ANY },  { LS_OP_STABLEHLO_OR, ANY },
  };
  const LsSubgraph *body
    = ls_node_subgraph (node, ls_attr_int (node->def, "body_subgraph_index", -1));

  for (size_t i = 0; body != NULL && body->n_ops == 1 && i < sizeof known / sizeof known[0]; i++)
    if (body->ops[0].kind == known[i].kind)
      return known[i].function;
  return UNSUPPORTED;
}

/* A list of an axis each; what is not stated is @otherwise. */
static LsStatus
read_list (const LsNode *node, const char *name, int n, int64_t otherwise, LsList *out,
           LsError *error)
{
  LS_TRY (ls_node_attr_list (node, name, out, error));
  for (; out->n == 0 && otherwise >= 0 && n > 0; n--)
    out->at[n - 1] = otherwise;
  if (out->n != 0 && out->n != n)
    return ls_node_invalid (node, error, "%s has %d numbers instead of %d", name, out->n, n);
  return LS_OK;
}

static LsStatus
stablehlo_prepare (LsNode *node, LsError *error)
{
  Reduce *r = NULL;
  LsList window, strides, base, dilations, padding;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));
  LS_TRY (begin (node, &r, error));
  LS_TRY (read_list (node, "window_dimensions", r->rank, 0, &window, error));
  LS_TRY (read_list (node, "window_strides", r->rank, 1, &strides, error));
  LS_TRY (read_list (node, "base_dilations", r->rank, 1, &base, error));
  LS_TRY (read_list (node, "window_dilations", r->rank, 1, &dilations, error));
  LS_TRY (read_list (node, "padding", 2 * r->rank, 0, &padding, error));
  for (int i = 0; i < r->rank; i++)
    r->axes[i] = (Axis){ window.at[i], strides.at[i],     dilations.at[i],
                         base.at[i],   padding.at[2 * i], padding.at[2 * i + 1] };
  return finish (node, r, body_function (node), error);
}

const LsOp ls_op_stablehlo_reduce_window
  = { stablehlo_prepare, 0, 1, "float32, float64, int8 to int64, uint8, bool" };
