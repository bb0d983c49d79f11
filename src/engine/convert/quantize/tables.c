/*
 * Functions of one value that LiteRT has no integer kernel of: integers have few values, so all
 * results are a constant, and GATHER finds the one that is asked for. CAST makes rows of the
 * integers, ADD those of signed ones begin at 0.
 */
#include "convert/quantize/tables.h"

#include <math.h>
#include <stdlib.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/quantize/legalize.h"

static double
sign (double x)
{
  return (x > 0) - (x < 0);
}

static double
elu (double x)
{
  return x < 0 ? expm1 (x) : x;
}

static double
root (double x)
{
  return sqrt (fmax (x, 0));
}

static double
reciprocal_root (double x)
{
  return 1 / sqrt (x);
}

typedef struct
{
  int kind;
  bool is_of_positive; /* what the function is of */
  double (*value) (double x);
} Function;

static const Function functions[] = {
  { LS_OP_ABS, false, fabs },  { LS_OP_CEIL, false, ceil },  { LS_OP_COS, false, cos },
  { LS_OP_ELU, false, elu },   { LS_OP_EXP, false, exp },    { LS_OP_FLOOR, false, floor },
  { LS_OP_LOG, true, log },    { LS_OP_ROUND, false, rint }, { LS_OP_RSQRT, true, reciprocal_root },
  { LS_OP_SIGN, false, sign }, { LS_OP_SIN, false, sin },    { LS_OP_SQRT, false, root },
};

/* An operator that is inserted before the one at @at. */
static bool
insert (LsModel *model, const LsTable *table, int kind, const char *options, uint32_t n_in,
        const int32_t *in, int32_t out)
{
  const int code = ls_model_ensure_code (model, kind, NULL, 1);
  LsOperator op = { .kind = kind,
                    .version = 1,
                    .code_index = (uint32_t) code,
                    .options_type = options,
                    .n_inputs = n_in,
                    .inputs = ls_model_ints (model, in, n_in),
                    .n_outputs = 1,
                    .outputs = ls_model_ints (model, &out, 1),
                    .debug_metadata_index = -1 };

  op.intermediates = op.inputs;
  return code >= 0 && op.inputs != NULL && op.outputs != NULL
         && ls_insert_later (model, table->later, table->at, &op);
}

/* int32 values like those that the operator reads. */
static int32_t
add_rows (LsModel *model, const LsTable *table, const char *suffix)
{
  const LsOperator *op = ls_model_op (model, table->graph, table->at);
  int32_t t = ls_twin_tensor (model, table->graph, op->inputs[0], suffix);

  if (t < 0)
    return -1;

  LsTensor *tensor = ls_model_tensor (model, table->graph, (uint32_t) t);

  tensor->type = LS_TYPE_INT32;
  tensor->quant = NULL;
  return t;
}

/* Which row of the table each value stands for; -1: out of memory. */
static int32_t
find_rows (LsModel *model, const LsTable *table)
{
  const int32_t x = ls_model_op (model, table->graph, table->at)->inputs[0],
                offset = -ls_type_lowest (table->type);
  const int32_t values = add_rows (model, table, "value");
  LsLegalize work = { .model = model, .graph = table->graph };

  if (values < 0 || !insert (model, table, LS_OP_CAST, "CastOptions", 1, &x, values))
    return -1;
  if (table->type == LS_TYPE_UINT8)
    return values;

  const int32_t rows = add_rows (model, table, "row"),
                first = ls_legalize_constant (&work, "first", LS_TYPE_INT32, &offset, 1);
  const int32_t in[] = { values, first };

  if (rows < 0 || first < 0)
    return -1;
  if (ls_model_tensor (model, table->graph, (uint32_t) x)->rank == 0)
    ls_model_tensor (model, table->graph, (uint32_t) first)->rank = 0;
  return insert (model, table, LS_OP_ADD, "AddOptions", 2, in, rows) ? rows : -1;
}

/* An integer that stands for 0 was something else, where only positive values are: between the
 * least that was seen and half a step. */
static double
result_of (const LsTable *table, const Function *function, double x)
{
  const double half = table->in.scale / 2;

  if (!function->is_of_positive || x > 0)
    return function->value (x);
  return table->least > 0 && table->least < half
           ? (function->value (table->least) + function->value (half)) / 2
           : function->value (half / 2);
}

/* The results, as the output has them; -1: out of memory. */
static int32_t
add_results (LsModel *model, const LsTable *table, const Function *function, LsError *error)
{
  const int32_t lowest = ls_type_lowest (table->type),
                n = ls_type_highest (table->type) - lowest + 1;
  LS_FREE float *results = malloc ((size_t) n * sizeof *results);
  LsLegalize work = { .model = model, .graph = table->graph };

  if (results == NULL)
    return -1;
  for (int32_t i = 0; i < n; i++)
    results[i] = (float) result_of (table, function,
                                    (double) (lowest + i - table->in.zero_point) * table->in.scale);

  const LsConstant constant
    = { .values = results, .count = (size_t) n, .n_channels = 1, .axis = -1, .inner = (size_t) n };
  int32_t t = ls_legalize_constant (&work, "table", LS_TYPE_FLOAT32, results, n);

  return t >= 0
             && ls_constant_store (model, table->graph, (uint32_t) t, &constant, table->type,
                                   &table->out.scale, &table->out.zero_point, error)
                  == LS_OK
           ? t
           : -1;
}

bool
ls_table_is_better (const LsOperator *op, LsType type, LsGrid in, const LsRange *range)
{
  /* Of the 512 lines from the lowest to the highest integer; that many of them below the least
   * value keep the error under a hundredth of what comes out. */
  const double width = in.scale * 128, enough = 4;

  if ((op->kind != LS_OP_LOG && op->kind != LS_OP_RSQRT) || range == NULL)
    return false;
  return type == LS_TYPE_INT16 ? range->min < width * enough
                               : range->min > 0 && range->min < in.scale / 2;
}

LsStatus
ls_table_replace (LsModel *model, const LsTable *table, LsError *error)
{
  const int kind = ls_model_op (model, table->graph, table->at)->kind;
  LsLegalize work = { .model = model, .graph = table->graph };

  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (functions[i].kind == kind)
      {
        const int32_t rows = find_rows (model, table),
                      results = add_results (model, table, &functions[i], error),
                      in[] = { results, rows };

        if (rows < 0 || results < 0 || !ls_legalize_set_inputs (&work, table->at, in, 2)
            || !ls_legalize_become (&work, table->at, LS_OP_GATHER, "GatherOptions"))
          return ls_fail_no_memory (error, "a table", 0);
      }
  return LS_OK;
}
