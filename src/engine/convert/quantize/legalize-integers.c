/* What operators become so that LiteRT's integer kernels compute them, one below the other. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "convert/constants.h"
#include "convert/quantize/legalize.h"

enum
{
  RELU = 1, /* ActivationFunctionType of the schema */
  RELU_N1_TO_1 = 2,
  RELU6 = 3,
  MAX_RANK = 8
};

/* The operators that one is replaced by. The last of them has its place and its outputs. */
typedef struct
{
  LsLegalize *work;
  uint32_t index;
  LsOperator was;
  bool failed; /* out of memory; sticks */
} Chain;

/* ---- Making operators ------------------------------------------------------------------------ */

static const LsTensor *
tensor_of (const Chain *chain, int32_t t)
{
  return &ls_legalize_graph (chain->work)->tensors[t];
}

/* A tensor like another, to stand between the operators. */
static int32_t
value_like (Chain *chain, int32_t like, const char *suffix)
{
  int32_t t = ls_twin_tensor (chain->work->model, chain->work->graph, like, suffix);

  chain->failed |= t < 0;
  return t;
}

static int32_t
value_of_shape (Chain *chain, int32_t like, const char *suffix, int rank, const int32_t *dims)
{
  int32_t t = value_like (chain, like, suffix);

  if (t < 0)
    return t;

  LsTensor *tensor = ls_model_tensor (chain->work->model, chain->work->graph, (uint32_t) t);

  tensor->rank = rank;
  tensor->dims = ls_model_ints (chain->work->model, dims, (uint32_t) rank);
  tensor->signature_rank = -1;
  tensor->signature = NULL;
  chain->failed |= tensor->dims == NULL;
  return t;
}

/* One number, of a rank that makes no scalar larger. */
static int32_t
number (Chain *chain, const char *name, float value)
{
  int32_t t = ls_legalize_constant (chain->work, name, LS_TYPE_FLOAT32, &value, 1);

  chain->failed |= t < 0;
  if (t >= 0 && tensor_of (chain, chain->was.outputs[0])->rank == 0)
    ls_model_tensor (chain->work->model, chain->work->graph, (uint32_t) t)->rank = 0;
  return t;
}

static int32_t
integers (Chain *chain, const char *name, const int32_t *values, int32_t count)
{
  int32_t t = ls_legalize_constant (chain->work, name, LS_TYPE_INT32, values, count);

  chain->failed |= t < 0;
  return t;
}

typedef struct
{
  int kind;
  const char *options_type; /* NULL: none */
  LsLegalizeOption options[6];
} Kind;

static bool
set_options (LsModel *model, LsOperator *op, const Kind *kind)
{
  for (size_t i = 0; i < sizeof kind->options / sizeof *kind->options; i++)
    if (kind->options[i].name != NULL
        && !ls_op_set_int (model, op, kind->options[i].name, kind->options[i].value))
      return false;
  return true;
}

/* Another operator before the last; gives its (first) output. */
static int32_t
step (Chain *chain, const Kind *kind, uint32_t n_in, const int32_t *in, uint32_t n_out,
      const int32_t *out)
{
  LsModel *model = chain->work->model;
  const int code = ls_model_ensure_code (model, kind->kind, NULL, 1);
  LsOperator op = { .kind = kind->kind,
                    .version = 1,
                    .code_index = (uint32_t) code,
                    .options_type = kind->options_type,
                    .n_inputs = n_in,
                    .n_outputs = n_out,
                    .debug_metadata_index = -1 };

  for (uint32_t i = 0; i < n_in; i++)
    chain->failed |= in[i] < 0;
  chain->failed |= out[0] < 0 || code < 0;
  if (chain->failed)
    return -1;
  op.inputs = op.intermediates = ls_model_ints (model, in, n_in);
  op.outputs = ls_model_ints (model, out, n_out);
  chain->failed = op.inputs == NULL || op.outputs == NULL || !set_options (model, &op, kind)
                  || !ls_insert_later (model, &chain->work->later, chain->index, &op);
  return out[0];
}

static int32_t
unary (Chain *chain, const Kind *kind, int32_t x, const char *suffix)
{
  const int32_t out = value_like (chain, chain->was.outputs[0], suffix);

  return step (chain, kind, 1, &x, 1, &out);
}

static int32_t
binary (Chain *chain, const Kind *kind, int32_t a, int32_t b, const char *suffix)
{
  const int32_t in[] = { a, b }, out = value_like (chain, chain->was.outputs[0], suffix);

  return step (chain, kind, 2, in, 1, &out);
}

/* The last operator. */
static LsStatus
end (Chain *chain, const Kind *kind, uint32_t n_in, const int32_t *in, LsError *error)
{
  LsLegalize *work = chain->work;

  for (uint32_t i = 0; i < n_in; i++)
    chain->failed |= in[i] < 0;
  work->n_changed++;
  return !chain->failed && ls_legalize_set_inputs (work, chain->index, in, n_in)
             && ls_legalize_become (work, chain->index, kind->kind, kind->options_type)
             && set_options (work->model, ls_legalize_op (work, chain->index), kind)
           ? LS_OK
           : ls_fail_no_memory (error, "operators", 0);
}

static LsStatus
end_binary (Chain *chain, const Kind *kind, int32_t a, int32_t b, LsError *error)
{
  const int32_t in[] = { a, b };

  return end (chain, kind, 2, in, error);
}

static const Kind add = { LS_OP_ADD, "AddOptions", { { "fused_activation_function", 0 } } },
                  sub = { LS_OP_SUB, "SubOptions", { { "fused_activation_function", 0 } } },
                  mul = { LS_OP_MUL, "MulOptions", { { "fused_activation_function", 0 } } },
                  minimum = { LS_OP_MINIMUM, "MaximumMinimumOptions", { { NULL, 0 } } },
                  maximum = { LS_OP_MAXIMUM, "MaximumMinimumOptions", { { NULL, 0 } } },
                  relu = { LS_OP_RELU, NULL, { { NULL, 0 } } },
                  square_root = { LS_OP_SQRT, NULL, { { NULL, 0 } } },
                  reshape = { LS_OP_RESHAPE, "ReshapeOptions", { { NULL, 0 } } },
                  transpose = { LS_OP_TRANSPOSE, "TransposeOptions", { { NULL, 0 } } };

static Kind
with_activation (const Kind *kind, int64_t activation)
{
  Kind out = *kind;

  out.options[0].value = activation;
  return out;
}

/* ---- What is known of the operator ----------------------------------------------------------- */

static bool
is_open (const LsTensor *tensor, int d)
{
  return tensor->dims[d] <= 0 || (d < tensor->signature_rank && tensor->signature[d] < 0);
}

/* Whether the sizes of a tensor stay as they are, but for the first. */
static bool
is_closed (const Chain *chain, int32_t t)
{
  const LsTensor *tensor = tensor_of (chain, t);

  for (int d = 0; d < tensor->rank; d++)
    if (tensor->dims[d] <= 0 || (d > 0 && is_open (tensor, d)))
      return false;
  return tensor->has_rank || tensor->rank > 0;
}

/* The shape of a tensor that is_closed(), to be made of another; -1: out of memory. */
static int32_t
shape_of (Chain *chain, int32_t t)
{
  const LsTensor *tensor = tensor_of (chain, t);
  const int32_t rank = tensor->rank;
  int32_t dims[MAX_RANK] = { 0 };

  if (rank > MAX_RANK)
    return -1;
  if (rank > 0)
    memcpy (dims, tensor->dims, (size_t) rank * sizeof *dims);
  if (rank > 0 && is_open (tensor, 0))
    dims[0] = -1;
  return integers (chain, "shape", dims, rank);
}

/* The only value of a constant; false: it has another count, or is none. */
static bool
read_number (const Chain *chain, int32_t t, double *out)
{
  LsArray array;
  bool is_one;

  if (t < 0 || !ls_tensor_is_constant (chain->work->model, tensor_of (chain, t))
      || ls_constant_floats (chain->work->model, chain->work->graph, (uint32_t) t, &array, NULL)
           != LS_OK)
    return false;
  is_one = ls_array_count (&array) == 1;
  if (is_one)
    *out = ls_array_get (&array, 0);
  ls_array_clear (&array);
  return is_one;
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static LsStatus
replace_square (Chain *chain, LsError *error)
{
  return end_binary (chain, &mul, chain->was.inputs[0], chain->was.inputs[0], error);
}

/* The kernel negates the stored integers, whatever the zero point. */
static LsStatus
replace_neg (Chain *chain, LsError *error)
{
  return end_binary (chain, &mul, chain->was.inputs[0], number (chain, "minus_one", -1), error);
}

/* x · RELU6 (x + 3) / 6. */
static LsStatus
replace_hard_swish (Chain *chain, LsError *error)
{
  const Kind add_relu6 = with_activation (&add, RELU6);
  int32_t x = chain->was.inputs[0];
  int32_t shifted = binary (chain, &add_relu6, x, number (chain, "three", 3), "shifted");
  int32_t gate = binary (chain, &mul, shifted, number (chain, "sixth", 1.0f / 6), "gate");

  return end_binary (chain, &mul, x, gate, error);
}

static LsStatus
replace_squared_difference (Chain *chain, LsError *error)
{
  int32_t difference
    = binary (chain, &sub, chain->was.inputs[0], chain->was.inputs[1], "difference");

  return end_binary (chain, &mul, difference, difference, error);
}

static LsStatus
replace_add_n (Chain *chain, LsError *error)
{
  int32_t sum = chain->was.inputs[0];

  if (chain->was.n_inputs < 2)
    return LS_OK;
  for (uint32_t k = 1; k + 1 < chain->was.n_inputs; k++)
    {
      char suffix[24];

      snprintf (suffix, sizeof suffix, "sum%u", k);
      sum = binary (chain, &add, sum, chain->was.inputs[k], suffix);
    }
  return end_binary (chain, &add, sum, chain->was.inputs[chain->was.n_inputs - 1], error);
}

/* Exponents that other operators compute. */
static LsStatus
replace_pow (Chain *chain, LsError *error)
{
  static const Kind reciprocal_root = { LS_OP_RSQRT, NULL, { { NULL, 0 } } };
  const int32_t x = chain->was.inputs[0];
  double exponent;

  if (chain->was.n_inputs != 2 || !read_number (chain, chain->was.inputs[1], &exponent)
      || tensor_of (chain, x)->rank != tensor_of (chain, chain->was.outputs[0])->rank)
    return LS_OK;
  if (exponent == 2)
    return end_binary (chain, &mul, x, x, error);
  if (exponent == 3)
    return end_binary (chain, &mul, binary (chain, &mul, x, x, "square"), x, error);
  if (exponent == 0.5)
    return end (chain, &square_root, 1, &x, error);
  if (exponent == -0.5)
    return end (chain, &reciprocal_root, 1, &x, error);
  return LS_OK;
}

/* Integers divide worse than they multiply, and by constants of one sign alone. */
static LsStatus
replace_div (Chain *chain, LsError *error)
{
  LsModel *model = chain->work->model;
  const Kind product
    = with_activation (&mul, ls_attr_int (&chain->was, "fused_activation_function", 0));
  int32_t divisor = chain->was.inputs[1], t;
  LsArray array;
  bool is_finite = true;

  if (divisor < 0 || !ls_tensor_is_constant (model, tensor_of (chain, divisor)))
    return LS_OK;
  LS_TRY (ls_constant_floats (model, chain->work->graph, (uint32_t) divisor, &array, error));

  float *values = array.data;

  for (size_t i = 0; i < ls_array_count (&array); i++)
    {
      values[i] = 1 / values[i];
      is_finite = is_finite && isfinite (values[i]);
    }
  t = is_finite ? ls_twin_tensor (model, chain->work->graph, divisor, "reciprocal") : -1;
  if (t >= 0
      && !ls_tensor_set_data (model, ls_model_tensor (model, chain->work->graph, (uint32_t) t),
                              values, ls_array_count (&array) * sizeof *values))
    chain->failed = true;
  ls_array_clear (&array);
  if (!is_finite)
    return LS_OK;
  return end_binary (chain, &product, chain->was.inputs[0], t, error);
}

/* The integers round by themselves; of fewer bits than theirs it would be another function. Its
 * ends are moved so that one step is 0 (fake_quant.cc). */
static LsStatus
replace_fake_quant (Chain *chain, LsError *error)
{
  const double min = ls_attr_float (&chain->was, "min", 0),
               max = ls_attr_float (&chain->was, "max", 0);
  const int64_t bits = ls_attr_int (&chain->was, "num_bits", 8),
                least_bits = chain->work->to == LS_TO_INT16X8 ? 16 : 8;

  if (bits < least_bits || bits > 16 || !(min < max))
    return LS_OK;

  const double first = ls_attr_int (&chain->was, "narrow_range", 0) != 0,
               last = (double) ((INT64_C (1) << bits) - 1), size = (max - min) / (last - first),
               zero = fmin (fmax (round (first - min / size), first), last),
               low = (first - zero) * size, high = (last - zero) * size;

  int32_t raised
    = binary (chain, &maximum, chain->was.inputs[0], number (chain, "min", (float) low), "raised");

  return end_binary (chain, &minimum, raised, number (chain, "max", (float) high), error);
}

static LsStatus
replace_floor_div (Chain *chain, LsError *error)
{
  static const Kind floor_of = { LS_OP_FLOOR, NULL, { { NULL, 0 } } };
  double divisor;

  if (!read_number (chain, chain->was.inputs[1], &divisor) || !isnormal ((float) (1 / divisor)))
    return LS_OK;

  int32_t quotient = binary (chain, &mul, chain->was.inputs[0],
                             number (chain, "reciprocal", (float) (1 / divisor)), "quotient");

  return end (chain, &floor_of, 1, &quotient, error);
}

static LsStatus
replace_zeros_like (Chain *chain, LsError *error)
{
  return end_binary (chain, &mul, chain->was.inputs[0], number (chain, "zero", 0), error);
}

/* RELU (x) + (e^min (x, 0) − 1). */
static LsStatus
replace_elu (Chain *chain, LsError *error)
{
  static const Kind exponential = { LS_OP_EXP, "ExpOptions", { { NULL, 0 } } };
  int32_t x = chain->was.inputs[0];
  int32_t negative = binary (chain, &minimum, x, number (chain, "zero", 0), "negative");
  int32_t power = unary (chain, &exponential, negative, "power");
  int32_t below = binary (chain, &sub, power, number (chain, "one", 1), "below");

  return end_binary (chain, &add, unary (chain, &relu, x, "above"), below, error);
}

static LsStatus
replace_relu_n1_to_1 (Chain *chain, LsError *error)
{
  const Kind clip = with_activation (&mul, RELU_N1_TO_1);

  return end_binary (chain, &clip, chain->was.inputs[0], number (chain, "one", 1), error);
}

static LsStatus
replace_relu_0_to_1 (Chain *chain, LsError *error)
{
  int32_t positive = unary (chain, &relu, chain->was.inputs[0], "positive");

  return end_binary (chain, &minimum, positive, number (chain, "one", 1), error);
}

static LsStatus
replace_stablehlo (Chain *chain, LsError *error)
{
  const Kind *kind = chain->was.kind == LS_OP_STABLEHLO_ADD        ? &add
                     : chain->was.kind == LS_OP_STABLEHLO_MULTIPLY ? &mul
                     : chain->was.kind == LS_OP_STABLEHLO_MAXIMUM  ? &maximum
                                                                   : &minimum;

  return end_binary (chain, kind, chain->was.inputs[0], chain->was.inputs[1], error);
}

/* x − max − log of the sum of e to that. The kernel of int8 ends at −16. */
static LsStatus
replace_log_softmax (Chain *chain, LsError *error)
{
  static const Kind exponential = { LS_OP_EXP, "ExpOptions", { { NULL, 0 } } },
                    logarithm = { LS_OP_LOG, NULL, { { NULL, 0 } } },
                    greatest = { LS_OP_REDUCE_MAX, "ReducerOptions", { { "keep_dims", 1 } } },
                    mean = { LS_OP_MEAN, "ReducerOptions", { { "keep_dims", 1 } } };
  const int32_t x = chain->was.inputs[0], rank = tensor_of (chain, x)->rank, last = -1;
  int32_t dims[MAX_RANK];

  if (rank < 1 || rank > MAX_RANK || is_open (tensor_of (chain, x), rank - 1))
    return LS_OK;
  memcpy (dims, tensor_of (chain, x)->dims, (size_t) rank * sizeof *dims);

  const float log_count = logf ((float) dims[rank - 1]);
  const int32_t axis = integers (chain, "axis", &last, 1);

  dims[rank - 1] = 1;

  const int32_t from[] = { x, axis }, top = value_of_shape (chain, x, "top", rank, dims);
  int32_t below = binary (chain, &sub, x, step (chain, &greatest, 2, from, 1, &top), "below");
  const int32_t powers[] = { unary (chain, &exponential, below, "power"), axis },
                average = value_of_shape (chain, x, "mean", rank, dims),
                log_mean = value_of_shape (chain, x, "log", rank, dims),
                log_sum = value_of_shape (chain, x, "log_sum", rank, dims);
  int32_t sum = step (chain, &mean, 2, powers, 1, &average);
  const int32_t terms[]
    = { step (chain, &logarithm, 1, &sum, 1, &log_mean), number (chain, "log_count", log_count) };

  return end_binary (chain, &sub, below, step (chain, &add, 2, terms, 1, &log_sum), error);
}

/* ---- Sums ------------------------------------------------------------------------------------ */

/* How many values each sum has; 0: not known. */
static int64_t
count_summed (const Chain *chain)
{
  const LsTensor *x = tensor_of (chain, chain->was.inputs[0]);
  const int32_t axes = chain->was.n_inputs == 2 ? chain->was.inputs[1] : -1;
  LsArray array;
  bool is_summed[MAX_RANK] = { false };
  int64_t n = 1;

  if (axes < 0 || x->rank > MAX_RANK
      || !ls_tensor_is_constant (chain->work->model, tensor_of (chain, axes))
      || ls_constant_floats (chain->work->model, chain->work->graph, (uint32_t) axes, &array, NULL)
           != LS_OK)
    return 0;
  for (size_t i = 0; i < ls_array_count (&array); i++)
    {
      const double axis = ls_array_get (&array, i);
      const int d = (int) (axis < 0 ? axis + x->rank : axis);

      if (d < 0 || d >= x->rank || is_open (x, d))
        n = 0;
      else if (!is_summed[d])
        n *= x->dims[d];
      if (n > 0)
        is_summed[d] = true;
    }
  ls_array_clear (&array);
  return n;
}

/* LiteRT's reference kernel of SUM reads int8 and int16 as uint8, and the other one of uint8 loses
 * the zero point over many values (reduce.cc). MEAN is right everywhere; the same integers stand
 * for both. */
static LsStatus
replace_sum (Chain *chain, LsError *error)
{
  const Kind mean = { LS_OP_MEAN,
                      "ReducerOptions",
                      { { "keep_dims", ls_attr_int (&chain->was, "keep_dims", 0) } } };
  const int64_t n = count_summed (chain);

  if (n == 0)
    return LS_OK;

  int32_t average = binary (chain, &mean, chain->was.inputs[0], chain->was.inputs[1], "mean");

  return end_binary (chain, &mul, average, number (chain, "count", (float) n), error);
}

/* The root of the mean square. */
static LsStatus
replace_l2_pool (Chain *chain, LsError *error)
{
  static const char *const names[]
    = { "padding", "stride_w", "stride_h", "filter_width", "filter_height" };
  static const Kind clips[]
    = { { LS_OP_RELU_N1_TO_1, NULL, { { NULL, 0 } } }, { LS_OP_RELU6, NULL, { { NULL, 0 } } } };
  const int64_t activation = ls_attr_int (&chain->was, "fused_activation_function", 0);
  Kind pool = { LS_OP_AVERAGE_POOL_2D, "Pool2DOptions", { { "fused_activation_function", 0 } } };
  const int32_t x = chain->was.inputs[0];

  if (activation < 0 || activation > RELU6)
    return LS_OK;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    pool.options[i + 1] = (LsLegalizeOption){ names[i], ls_attr_int (&chain->was, names[i], 0) };

  const int32_t squares = value_like (chain, x, "squares"), twice[] = { x, x };
  int32_t mean = unary (chain, &pool, step (chain, &mul, 2, twice, 1, &squares), "mean");

  if (activation <= RELU) /* a root is positive */
    return end (chain, &square_root, 1, &mean, error);

  int32_t root = unary (chain, &square_root, mean, "root");

  return end (chain, &clips[activation - RELU_N1_TO_1], 1, &root, error);
}

/* Integers of weights must be constants; factors need not. */
static LsStatus
replace_fully_connected (Chain *chain, LsError *error)
{
  static const Kind product = { LS_OP_BATCH_MATMUL, "BatchMatMulOptions", { { "adj_y", 1 } } };
  const LsOperator *op = &chain->was;
  const int64_t activation = ls_attr_int (op, "fused_activation_function", 0);
  const Kind sum = with_activation (&add, activation);
  const bool has_bias = op->n_inputs > 2 && op->inputs[2] >= 0;
  const int32_t ends[] = { op->inputs[0], op->inputs[1], op->outputs[0] };

  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (ends[i] < 0 || tensor_of (chain, ends[i])->rank != 2
        || tensor_of (chain, ends[i])->type != LS_TYPE_FLOAT32)
      return LS_OK;
  if (ls_tensor_is_constant (chain->work->model, tensor_of (chain, ends[1])) || op->n_outputs != 1
      || (!has_bias && activation != 0) || tensor_of (chain, ends[0])->dims[1] <= 0
      || tensor_of (chain, ends[0])->dims[1] != tensor_of (chain, ends[1])->dims[1])
    return LS_OK;
  if (!has_bias)
    return end_binary (chain, &product, ends[0], ends[1], error);
  return end_binary (chain, &sum, binary (chain, &product, ends[0], ends[1], "product"),
                     op->inputs[2], error);
}

/* ---- Values moved and found ------------------------------------------------------------------ */

/* In blocks of b × b: B × H × W × b²C as (BH) × W × b × bC, and the two in the middle change
 * places. @in and @out: of the reshaped ends. */
static LsStatus
swap_middle (Chain *chain, const int32_t *in, LsError *error)
{
  const int32_t out[] = { in[0], in[2], in[1], in[3] }, order[] = { 0, 2, 1, 3 };
  const int32_t x = chain->was.inputs[0];
  const int32_t cut_dims[]
    = { is_open (tensor_of (chain, x), 0) ? -1 : in[0], in[1], in[2], in[3] };
  int32_t shape = integers (chain, "blocks", cut_dims, 4);
  const int32_t cut = value_of_shape (chain, x, "blocks", 4, in), to_cut[] = { x, shape };
  int32_t blocks = step (chain, &reshape, 2, to_cut, 1, &cut);
  const int32_t moved = value_of_shape (chain, x, "moved", 4, out),
                to_move[] = { blocks, integers (chain, "order", order, 4) };
  int32_t swapped = step (chain, &transpose, 2, to_move, 1, &moved);

  return end_binary (chain, &reshape, swapped, shape_of (chain, chain->was.outputs[0]), error);
}

static LsStatus
replace_depth_to_space (Chain *chain, LsError *error)
{
  const int32_t *dims = tensor_of (chain, chain->was.inputs[0])->dims;
  const int32_t block = (int32_t) ls_attr_int (&chain->was, "block_size", 0);

  if (!is_closed (chain, chain->was.inputs[0]) || !is_closed (chain, chain->was.outputs[0])
      || tensor_of (chain, chain->was.inputs[0])->rank != 4 || block < 1 || dims[3] % block != 0)
    return LS_OK;

  const int32_t in[] = { dims[0] * dims[1], dims[2], block, dims[3] / block };

  return swap_middle (chain, in, error);
}

static LsStatus
replace_space_to_depth (Chain *chain, LsError *error)
{
  const int32_t *dims = tensor_of (chain, chain->was.inputs[0])->dims;
  const int32_t block = (int32_t) ls_attr_int (&chain->was, "block_size", 0);

  if (!is_closed (chain, chain->was.inputs[0]) || !is_closed (chain, chain->was.outputs[0])
      || tensor_of (chain, chain->was.inputs[0])->rank != 4 || block < 1 || dims[1] % block != 0
      || dims[2] % block != 0)
    return LS_OK;

  const int32_t in[] = { dims[0] * dims[1] / block, block, dims[2] / block, block * dims[3] };

  return swap_middle (chain, in, error);
}

/* The index of the greatest of all is that of the first of one. */
static LsStatus
replace_arg (Chain *chain, LsError *error)
{
  static const Kind topk = { LS_OP_TOPK_V2, "TopKV2Options", { { NULL, 0 } } },
                    cast = { LS_OP_CAST, "CastOptions", { { NULL, 0 } } };
  const LsOperator *op = &chain->was;
  const LsTensor *x = tensor_of (chain, op->inputs[0]);
  const int32_t one = 1, rank = x->rank;
  int32_t dims[MAX_RANK], from = op->inputs[0];
  double axis;

  if (op->n_inputs != 2 || !read_number (chain, op->inputs[1], &axis) || rank < 1 || rank > MAX_RANK
      || (axis != -1 && axis != rank - 1) || !is_closed (chain, from)
      || !is_closed (chain, op->outputs[0]))
    return LS_OK;
  memcpy (dims, x->dims, (size_t) rank * sizeof *dims);
  dims[rank - 1] = 1;
  if (op->kind == LS_OP_ARG_MIN)
    {
      const int32_t minus = value_like (chain, from, "minus"),
                    in[] = { from, number (chain, "minus_one", -1) };

      from = step (chain, &mul, 2, in, 1, &minus);
    }

  const int32_t found[] = { value_of_shape (chain, op->inputs[0], "greatest", rank, dims),
                            value_of_shape (chain, op->inputs[0], "index", rank, dims) };
  int32_t k = integers (chain, "k", &one, 1);

  if (chain->failed)
    return ls_fail_no_memory (error, "TOPK_V2", 0);
  ls_model_tensor (chain->work->model, chain->work->graph, (uint32_t) found[1])->type
    = LS_TYPE_INT32;
  ls_model_tensor (chain->work->model, chain->work->graph, (uint32_t) k)->rank = 0;

  const int32_t in[] = { from, k };
  LsType type = tensor_of (chain, op->outputs[0])->type;

  step (chain, &topk, 2, in, 2, found);

  int32_t index = found[1];

  if (type != LS_TYPE_INT32)
    {
      index = value_of_shape (chain, op->outputs[0], "index", rank, dims);
      step (chain, &cast, 1, &found[1], 1, &index);
    }

  return end_binary (chain, &reshape, index, shape_of (chain, op->outputs[0]), error);
}

/* Where a value is not 0. @kind: of what reads the booleans; NULL: they are the result. */
static LsStatus
replace_truth (Chain *chain, LsError *error)
{
  static const Kind differs = { LS_OP_NOT_EQUAL, "NotEqualOptions", { { NULL, 0 } } },
                    where = { LS_OP_WHERE, "WhereOptions", { { NULL, 0 } } };
  const int32_t x = chain->was.inputs[0];
  float nothing = 0;
  int32_t zero = ls_legalize_constant (chain->work, "zero", LS_TYPE_FLOAT32, &nothing, 1);

  if (chain->was.kind == LS_OP_CAST)
    return end_binary (chain, &differs, x, zero, error);

  const int32_t truth = value_like (chain, x, "truth"), in[] = { x, zero };

  if (truth >= 0)
    ls_model_tensor (chain->work->model, chain->work->graph, (uint32_t) truth)->type = LS_TYPE_BOOL;
  return end (chain, &where, 1, (int32_t[]){ step (chain, &differs, 2, in, 1, &truth) }, error);
}

/* ---- Which ----------------------------------------------------------------------------------- */

enum
{
  I8 = 1,
  U8 = 2,
  I16 = 4,
  ALL = I8 | U8 | I16
};

static const struct
{
  int kind;
  uint32_t n_inputs; /* at least */
  unsigned types;    /* those whose kernels ask for it */
  LsStatus (*replace) (Chain *chain, LsError *error);
} replacements[] = {
  { LS_OP_ADD_N, 2, ALL, replace_add_n },
  { LS_OP_ARG_MAX, 2, I16, replace_arg },
  { LS_OP_ARG_MIN, 2, I16, replace_arg },
  { LS_OP_CAST, 1, ALL, replace_truth },
  { LS_OP_DEPTH_TO_SPACE, 1, I16, replace_depth_to_space },
  { LS_OP_DIV, 2, ALL, replace_div },
  { LS_OP_ELU, 1, I16, replace_elu },
  { LS_OP_FAKE_QUANT, 1, ALL, replace_fake_quant },
  { LS_OP_FLOOR_DIV, 2, ALL, replace_floor_div },
  { LS_OP_FULLY_CONNECTED, 2, ALL, replace_fully_connected },
  { LS_OP_HARD_SWISH, 1, I16, replace_hard_swish },
  { LS_OP_L2_POOL_2D, 1, ALL, replace_l2_pool },
  { LS_OP_LOG_SOFTMAX, 1, I16, replace_log_softmax },
  { LS_OP_NEG, 1, ALL, replace_neg },
  { LS_OP_POW, 2, ALL, replace_pow },
  { LS_OP_RELU_0_TO_1, 1, I16, replace_relu_0_to_1 },
  { LS_OP_RELU_N1_TO_1, 1, I16, replace_relu_n1_to_1 },
  { LS_OP_SPACE_TO_DEPTH, 1, I16, replace_space_to_depth },
  { LS_OP_SQUARE, 1, ALL, replace_square },
  { LS_OP_SQUARED_DIFFERENCE, 2, U8 | I16, replace_squared_difference },
  { LS_OP_STABLEHLO_ADD, 2, ALL, replace_stablehlo },
  { LS_OP_STABLEHLO_MAXIMUM, 2, ALL, replace_stablehlo },
  { LS_OP_STABLEHLO_MINIMUM, 2, ALL, replace_stablehlo },
  { LS_OP_STABLEHLO_MULTIPLY, 2, ALL, replace_stablehlo },
  { LS_OP_SUM, 2, ALL, replace_sum },
  { LS_OP_WHERE, 1, ALL, replace_truth },
  { LS_OP_ZEROS_LIKE, 1, ALL, replace_zeros_like },
};

static bool
has_inputs (const LsOperator *op, uint32_t count)
{
  for (uint32_t k = 0; k < count; k++)
    if (k >= op->n_inputs || op->inputs[k] < 0)
      return false;
  return true;
}

/* CAST reads integers and writes floats as well, which no integer stands for. */
static bool
is_of_floats (const Chain *chain)
{
  const LsOperator *op = &chain->was;

  return op->n_inputs > 0 && op->n_outputs == 1 && op->inputs[0] >= 0 && op->outputs[0] >= 0
         && tensor_of (chain, op->inputs[0])->type == LS_TYPE_FLOAT32
         && (op->kind != LS_OP_CAST || tensor_of (chain, op->outputs[0])->type == LS_TYPE_BOOL);
}

LsStatus
ls_legalize_for_integers (LsLegalize *work, uint32_t index, LsError *error)
{
  const unsigned type = work->to == LS_TO_UINT8 ? U8 : work->to == LS_TO_INT16X8 ? I16 : I8;
  Chain chain = { .work = work, .index = index, .was = *ls_legalize_op (work, index) };

  if (!is_of_floats (&chain) || ls_pass_keeps_float (work->context, work->graph, index))
    return LS_OK;
  for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++)
    if (replacements[i].kind == chain.was.kind && (replacements[i].types & type) != 0
        && has_inputs (&chain.was, replacements[i].n_inputs))
      return replacements[i].replace (&chain, error);
  return LS_OK;
}
