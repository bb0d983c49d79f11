/* What the differ pairs and tells, on the sample models and on changes made to them here. */
#include <math.h>

#include "samples.h"

static LsDiff
diff (const LsModel *a, const LsModel *b)
{
  LsDiff out;
  LsError error = { 0 };

  CHECK (ls_diff (a, b, NULL, NULL, &out, &error) == LS_OK);
  return out;
}

static const LsDiffEntry *
find (const LsDiff *diff, const char *kind)
{
  for (uint32_t i = 0; i < diff->n_entries; i++)
    if (strcmp (diff->entries[i].kind, kind) == 0)
      return &diff->entries[i];
  return NULL;
}

static void
a_model_is_like_itself (void)
{
  LsModel *model = open_sample ("digits-sparse-float16.tflite");
  LsDiff out = diff (model, model);

  CHECK (out.n_entries == 0 && out.n_added == 0 && out.n_removed == 0);
  CHECK (out.n_paired == ls_model_subgraph (model, 0)->n_ops);
  for (uint32_t i = 0; i < out.graphs[0].n_ops; i++)
    CHECK (out.graphs[0].ops[i].a == out.graphs[0].ops[i].b && !out.graphs[0].ops[i].is_changed);
  ls_diff_clear (&out);
  ls_model_free (model);
}

static void
operators_put_in_show_as_such (void)
{
  LsModel *a = open_sample ("digits.tflite"), *b = open_sample ("digits-sparse-float16.tflite");
  LsDiff out = diff (a, b);

  CHECK (out.n_paired == 8 && out.n_added == 8 && out.n_removed == 0);
  CHECK (out.counts[LS_DIFF_STRUCTURE] == 8 && out.counts[LS_DIFF_NAME] == 0);
  CHECK (find (&out, "operand-changed") == NULL);
  /* The float16 constant behind DEQUANTIZE is the float32 one of the other model. */
  const LsDiffEntry *weights = find (&out, "weights-changed");

  CHECK (weights != NULL && weights->weights.sqnr_db > 60 && weights->weights.max_abs < 0.01);
  ls_diff_clear (&out);
  out = diff (b, a);
  CHECK (out.n_paired == 8 && out.n_added == 0 && out.n_removed == 8);
  ls_diff_clear (&out);
  ls_model_free (a);
  ls_model_free (b);
}

/* Without a single name in common, order and shapes must do. */
static void
renamed_operators_are_paired_by_order (void)
{
  LsModel *a = open_sample ("digits.tflite"), *b = ls_model_clone (a);
  bool dead[64] = { [3] = true }; /* MAX_POOL_2D */
  char name[16];

  for (uint32_t t = 0; t < ls_model_subgraph (b, 0)->n_tensors; t++)
    {
      snprintf (name, sizeof name, "t%u", t);
      ls_model_tensor (b, 0, t)->name = ls_model_strdup (b, name);
    }

  const LsOperator *pool = &ls_model_subgraph (b, 0)->ops[3];

  LS_FREE int32_t *becomes = ls_model_same_tensors (b, 0);

  becomes[pool->outputs[0]] = pool->inputs[0];
  CHECK (ls_model_replace_uses (b, 0, becomes));
  ls_model_remove_ops (b, 0, dead);

  LsDiff out = diff (a, b);

  CHECK (out.n_paired == 7 && out.n_removed == 1 && out.n_added == 0);
  CHECK (out.graphs[0].n_ops == 8 && out.graphs[0].ops[3].a == 3 && out.graphs[0].ops[3].b == -1);
  CHECK (out.counts[LS_DIFF_WEIGHTS] == 0 && find (&out, "operand-changed") == NULL);
  ls_diff_clear (&out);
  ls_model_free (a);
  ls_model_free (b);
}

static void
every_change_is_told (void)
{
  LsModel *a = open_sample ("digits-int8.tflite"), *b = ls_model_clone (a);
  LsOperator *conv = ls_model_op (b, 0, 0);
  LsTensor *weights = ls_model_tensor (b, 0, (uint32_t) conv->inputs[1]);
  LsBytes bytes = ls_tensor_data (b, weights);
  uint8_t *changed = malloc (bytes.size);
  LsQuantization *quant = ls_model_alloc (b, 1, sizeof *quant);
  float *scales = ls_model_alloc (b, weights->quant->n_scales, sizeof *scales);

  memcpy (changed, bytes.data, bytes.size);
  changed[5] = (uint8_t) (changed[5] ^ 4);
  CHECK (ls_tensor_set_data (b, weights, changed, bytes.size));
  free (changed);
  CHECK (ls_op_set_int (b, conv, "stride_w", 7));
  conv->version = 9;

  LsTensor *out_tensor = ls_model_tensor (b, 0, (uint32_t) conv->outputs[0]);

  *quant = *out_tensor->quant;
  scales[0] = quant->scales[0] * 2;
  quant->scales = scales;
  out_tensor->quant = quant;

  LsDiff out = diff (a, b);
  const LsDiffEntry *attr = find (&out, "attribute-changed");
  const LsDiffEntry *entry = find (&out, "weights-changed");

  CHECK (out.n_entries == 4 && find (&out, "version-changed") != NULL);
  CHECK (attr != NULL && attr->op_a == 0 && attr->op_b == 0);
  if (attr != NULL)
    {
      CHECK_STR (attr->field, "stride_w");
      CHECK_STR (attr->before, "1");
      CHECK_STR (attr->after, "7");
    }
  CHECK (entry != NULL && entry->weights.n_differing == 1 && entry->weights.max_abs > 0);
  CHECK (find (&out, "scale-changed") != NULL);
  CHECK (out.graphs[0].ops[0].is_changed && !out.graphs[0].ops[1].is_changed);
  ls_diff_clear (&out);
  ls_model_free (a);
  ls_model_free (b);
}

/* Many operators of one kind, none with its old name: time and memory stay in proportion. */
static void
long_graphs_are_aligned_in_windows (void)
{
  LsModel *models[2];

  for (int m = 0; m < 2; m++)
    {
      LsModel *model = models[m] = ls_model_new ();
      int code = ls_model_ensure_code (model, LS_OP_ABS, NULL, 1);
      char name[32];

      CHECK (ls_model_add_graph (model, "main") == 0);
      for (int i = 0; i <= 5000; i++)
        {
          const int32_t dims[] = { 1 + i % 7 };

          snprintf (name, sizeof name, "%c%d", 'a' + m, i);

          LsTensor tensor = { .name = ls_model_strdup (model, name),
                              .rank = 1,
                              .dims = ls_model_ints (model, dims, 1),
                              .signature_rank = -1 };

          CHECK (ls_model_add_tensor (model, 0, &tensor) == i);
        }
      for (int i = 0; i < 5000; i++)
        {
          const int32_t ends[] = { i, i + 1 };
          const int32_t *ints = ls_model_ints (model, ends, 2);
          LsOperator op = { .kind = LS_OP_ABS,
                            .version = 1,
                            .code_index = (uint32_t) code,
                            .n_inputs = 1,
                            .n_outputs = 1,
                            .inputs = ints,
                            .outputs = ints + 1 };

          if (m == 0 || i % 100 != 50)
            CHECK (ls_model_insert_op (model, 0, ls_model_subgraph (model, 0)->n_ops, &op) >= 0);
        }
    }

  LsDiff out = diff (models[0], models[1]);

  CHECK (out.n_removed == 50 && out.n_added == 0 && out.n_paired == 4950);
  ls_diff_clear (&out);
  ls_model_free (models[0]);
  ls_model_free (models[1]);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (a_model_is_like_itself);
  RUN (operators_put_in_show_as_such);
  RUN (renamed_operators_are_paired_by_order);
  RUN (every_change_is_told);
  RUN (long_graphs_are_aligned_in_windows);
  return done ();
}
