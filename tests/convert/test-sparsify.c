/* Dense weights with zeros become sparse and come back byte for byte. */
#include <math.h>
#include <string.h>

#include "graph.h"
#include "samples.h"

static LsModel *
densify (const LsModel *model)
{
  return convert_with (model, &(LsConvertOptions){ .to = LS_TO_DENSE });
}

static unsigned
count_sparse (const LsModel *model)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < ls_model_subgraph (model, 0)->n_tensors; i++)
    n += ls_model_subgraph (model, 0)->tensors[i].sparsity != NULL;
  return n;
}

/* The names and bytes of every operand of every operator. */
static bool
has_same_constants (const LsModel *a, const LsModel *b)
{
  const LsSubgraph *p = ls_model_subgraph (a, 0), *q = ls_model_subgraph (b, 0);

  if (p->n_ops != q->n_ops)
    return false;
  for (uint32_t i = 0; i < p->n_ops; i++)
    for (uint32_t k = 0; k < p->ops[i].n_inputs; k++)
      {
        if (p->ops[i].inputs[k] < 0)
          continue;

        const LsTensor *s = &p->tensors[p->ops[i].inputs[k]], *t = &q->tensors[q->ops[i].inputs[k]];
        LsBytes x = ls_tensor_data (a, s), y = ls_tensor_data (b, t);

        if (strcmp (s->name, t->name) != 0 || x.size != y.size
            || (x.size > 0 && memcmp (x.data, y.data, x.size) != 0))
          return false;
      }
  return true;
}

static double
compare (const LsModel *a, const LsModel *b)
{
  LsArray input = { 0 };
  LsComparison comparison;
  LsError error = { 0 };
  double worst = INFINITY;

  CHECK (ls_compare (a, b, &input, 1, 1, 1, NULL, &comparison, &error) == LS_OK);
  for (uint32_t i = 0; i < comparison.n_tensors; i++)
    if (comparison.tensors[i].is_output && comparison.tensors[i].sqnr_db < worst)
      worst = comparison.tensors[i].sqnr_db;
  ls_comparison_clear (&comparison);
  return worst;
}

static void
sparse_weights_come_back_as_they_were (void)
{
  LsModel *model = open_sample ("digits-sparse-float16.tflite"), *dense = densify (model);

  CHECK (count_sparse (model) > 0 && count_sparse (dense) == 0);
  for (int block = LS_BLOCK_AUTO; block <= LS_BLOCK_16X1; block++)
    {
      LsConvertOptions options
        = { .sparsify = true, .block = (LsSparseBlock) block, .min_saving = 0.01 };
      LsModel *sparse = convert_with (dense, &options), *back = densify (sparse);

      CHECK (block != LS_BLOCK_AUTO || count_sparse (sparse) >= count_sparse (model));
      CHECK (has_same_constants (dense, back));
      CHECK (isinf (compare (dense, sparse)));
      ls_model_free (back);
      ls_model_free (sparse);
    }
  ls_model_free (dense);
  ls_model_free (model);
}

static void
full_weights_stay_dense (void)
{
  LsModel *model = open_sample ("digits.tflite"),
          *out = convert_with (model, &(LsConvertOptions){ .sparsify = true });

  CHECK (count_sparse (out) == 0 && has_same_constants (model, out));
  ls_model_free (out);
  ls_model_free (model);
}

/* ---- One FULLY_CONNECTED ------------------------------------------------------------------------
 */

enum
{
  ROWS = 32,
  COLUMNS = 64
};

static int32_t
tensor (LsModel *model, const char *name, LsType type, const int32_t *dims, int32_t rank)
{
  const LsTensor record = { .name = name,
                            .type = type,
                            .rank = rank,
                            .dims = ls_model_ints (model, dims, (uint32_t) rank),
                            .signature_rank = -1,
                            .has_rank = true };

  return ls_model_add_tensor (model, 0, &record);
}

static const LsQuantization *
grid (LsModel *model, uint32_t count, float scale)
{
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  float *scales = ls_model_alloc (model, count, sizeof *scales);
  int64_t *zeros = ls_model_alloc (model, count, sizeof *zeros);

  for (uint32_t i = 0; i < count; i++)
    scales[i] = scale;
  *quant = (LsQuantization){
    .n_scales = count, .n_zero_points = count, .scales = scales, .zero_points = zeros
  };
  return quant;
}

/* @step: one block of @block elements in so many has something in it. */
static LsModel *
fully_connected (LsType type, int block, int step)
{
  static uint8_t bytes[ROWS * COLUMNS * 4];
  const int32_t dims[] = { ROWS, COLUMNS }, in_dims[] = { 1, COLUMNS }, out_dims[] = { 1, ROWS };
  LsModel *model = ls_model_new ();

  CHECK (ls_model_add_graph (model, "main") == 0);
  memset (bytes, 0, sizeof bytes);
  for (int i = 0; i < ROWS * COLUMNS; i++)
    {
      const float value = (float) (i % 23 - 11) / 8;

      if (i / block * 7 % step != 0)
        continue;
      if (type == LS_TYPE_FLOAT32)
        memcpy (bytes + 4 * i, &value, 4);
      else
        bytes[i] = (uint8_t) (i % 251);
    }

  const int32_t x = tensor (model, "x", type, in_dims, 2);
  const int32_t w = tensor (model, "w", type, dims, 2);
  const int32_t y = tensor (model, "y", type, out_dims, 2), inputs[] = { x, w, -1 };
  LsOperator op = { .kind = LS_OP_FULLY_CONNECTED, .version = 1, .n_inputs = 3, .n_outputs = 1 };

  if (type == LS_TYPE_INT8)
    {
      ls_model_tensor (model, 0, (uint32_t) x)->quant = grid (model, 1, 0.02f);
      ls_model_tensor (model, 0, (uint32_t) w)->quant = grid (model, ROWS, 0.01f);
      ls_model_tensor (model, 0, (uint32_t) y)->quant = grid (model, 1, 0.2f);
    }
  CHECK (ls_tensor_set_data (model, ls_model_tensor (model, 0, (uint32_t) w), bytes,
                             ROWS * COLUMNS * (type == LS_TYPE_FLOAT32 ? 4 : 1)));
  op.inputs = ls_model_ints (model, inputs, 3);
  op.outputs = ls_model_ints (model, &y, 1);
  op.intermediates = op.outputs;
  op.debug_metadata_index = -1;
  op.code_index = (uint32_t) ls_model_ensure_code (model, LS_OP_FULLY_CONNECTED, NULL, 1);
  CHECK (ls_model_insert_op (model, 0, 0, &op) == 0);
  CHECK (ls_model_set_ports (model, 0, &x, 1, &y, 1));
  return model;
}

static void
becomes (LsType type, int block, LsSparseBlock wanted, bool is_direct)
{
  LsModel *model = fully_connected (type, block, 8);
  LsModel *sparse = convert_with (model, &(LsConvertOptions){ .sparsify = true, .block = wanted });
  LsModel *back = densify (sparse);

  CHECK (count_sparse (sparse) == 1);
  CHECK (ls_model_subgraph (sparse, 0)->n_ops == (is_direct ? 1 : 2));
  CHECK (has_same_constants (model, back));
  CHECK (compare (model, sparse) > 100);
  ls_model_free (back);
  ls_model_free (sparse);
  ls_model_free (model);
}

static void
fully_connected_takes_its_own_formats (void)
{
  becomes (LS_TYPE_FLOAT32, 1, LS_BLOCK_AUTO, true);
  becomes (LS_TYPE_FLOAT32, 4, LS_BLOCK_AUTO, true);
  becomes (LS_TYPE_FLOAT32, 4, LS_BLOCK_1X4, true);
  becomes (LS_TYPE_INT8, 16, LS_BLOCK_AUTO, true);
}

static void
other_formats_get_a_densify (void)
{
  becomes (LS_TYPE_INT8, 1, LS_BLOCK_1X1, false);
  becomes (LS_TYPE_INT8, 4, LS_BLOCK_1X4, false);
  becomes (LS_TYPE_FLOAT32, 16, LS_BLOCK_1X16, false);
}

/* Weights that a DENSIFY cannot give to their operator are told, not passed over. */
static void
weights_of_hybrid_operators_are_told_to_stay (void)
{
  static const float scale = 0.1f;
  static int8_t weights[32 * 64] = { 1, 2, 3 };
  LsConvertOptions options = { .sparsify = true };
  LsConvertReport report;
  LsModel *model = graph_new (), *out = NULL;
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 64));
  int32_t w = graph_constant (model, 0, LS_TYPE_INT8, SHAPE (32, 64), weights, sizeof weights);
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 32));
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);

  quant->n_scales = 1;
  quant->scales = &scale;
  ls_model_tensor (model, 0, (uint32_t) w)->quant = quant;
  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (x, w), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  CHECK (ls_convert (model, &options, NULL, &out, &report, NULL) == LS_OK);
  CHECK (count_sparse (out) == 0 && report.n_notes == 2);
  CHECK (strstr (report.notes[0], "stays dense") != NULL);
  CHECK (strstr (report.notes[0], "FULLY_CONNECTED") != NULL);
  ls_convert_report_clear (&report);
  ls_model_free (out);
  ls_model_free (model);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (sparse_weights_come_back_as_they_were);
  RUN (full_weights_stay_dense);
  RUN (fully_connected_takes_its_own_formats);
  RUN (other_formats_get_a_densify);
  RUN (weights_of_hybrid_operators_are_told_to_stay);
  return done ();
}
