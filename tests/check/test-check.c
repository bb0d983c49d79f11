/* Diagnostics and repairs of the sample models. */
#include <string.h>
#include <unistd.h>

#include "graph.h"
#include "model/model.h"
#include "test.h"

static const char *samples;

static LsModel *
open_sample (const char *name)
{
  char path[1000];
  LsModel *model = NULL;

  snprintf (path, sizeof path, "%s/%s", samples, name);
  CHECK (ls_model_open (path, &model, NULL) == LS_OK);
  return model;
}

static void
sound_models_get_no_finding (void)
{
  static const char *const names[] = { "digits.tflite", "digits-int8.tflite", "digits-uint8.tflite",
                                       "digits-sparse-float16.tflite" };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      LsModel *model = open_sample (names[i]);
      LsReport report;
      LsRepair repair;

      CHECK (ls_check (model, NULL, &report, NULL) == LS_OK);
      for (uint32_t k = 0; k < report.n_findings; k++)
        {
          printf ("# %s: %s\n", names[i], report.findings[k].message);
          CHECK (report.findings[k].severity == LS_SEVERITY_INFO);
        }
      ls_report_clear (&report);
      CHECK (ls_repair_plan (model, NULL, 0, &repair, NULL) == LS_OK);
      CHECK (repair.n_changes == 0);
      ls_repair_clear (&repair);
      ls_model_free (model);
    }
}

static void
broken_bias_is_found_and_mended (void)
{
  LsModel *model = open_sample ("digits-broken-bias.tflite"), *mended = NULL;
  LsReport report;
  LsRepair repair;
  char path[] = "/tmp/litesmith-test-XXXXXX";
  int fd = mkstemp (path);
  LsError error = { 0 };

  CHECK (ls_check (model, NULL, &report, NULL) == LS_OK);
  CHECK (report.n_findings == 1);
  CHECK_STR (report.findings[0].id, "bias-scale-mismatch");
  CHECK (report.findings[0].op == 1 && report.findings[0].severity == LS_SEVERITY_ERROR);
  CHECK (report.findings[0].is_repairable);
  ls_report_clear (&report);

  CHECK (ls_repair_plan (model, NULL, 0, &repair, NULL) == LS_OK);
  CHECK (repair.n_left == 0);
  CHECK (repair.n_changes == 17); /* one scale, and the integers of 16 channels */
  CHECK (ls_repair_write (model, &repair, path, &error) == LS_OK);
  ls_repair_clear (&repair);

  CHECK (ls_model_open (path, &mended, &error) == LS_OK);
  CHECK (ls_model_file_size (mended) == ls_model_file_size (model));
  CHECK (ls_check (mended, NULL, &report, NULL) == LS_OK);
  CHECK (report.n_findings == 0);
  ls_report_clear (&report);
  ls_model_free (mended);
  ls_model_free (model);
  close (fd);
  unlink (path);
}

static void
keeping_the_integers_writes_the_scale_alone (void)
{
  LsModel *model = open_sample ("digits-broken-bias.tflite");
  const char *fixes[] = { "bias-scale-mismatch:keep-integers" };
  LsRepair repair;

  CHECK (ls_repair_plan (model, fixes, 1, &repair, NULL) == LS_OK);
  CHECK (repair.n_changes == 1 && repair.changes[0].length == 4);
  ls_repair_clear (&repair);
  fixes[0] = "softmax-output-range";
  CHECK (ls_repair_plan (model, fixes, 1, &repair, NULL) == LS_OK);
  CHECK (repair.n_changes == 0);
  ls_repair_clear (&repair);
  fixes[0] = "no-such-finding";
  CHECK (ls_repair_plan (model, fixes, 1, &repair, NULL) == LS_E_USAGE);
  ls_model_free (model);
}

static void
targets_say_where_operators_run (void)
{
  LsModel *model = open_sample ("digits-sparse-float16.tflite");
  LsReport report;

  CHECK (ls_check (model, "imx8mp-npu", &report, NULL) == LS_OK);
  CHECK (report.n_ops == 16);
  CHECK (report.n_findings == 8); /* DENSIFY is unknown there, DEQUANTIZE of float16 not taken */
  CHECK_STR (report.findings[0].id, "vx-dequantize");
  CHECK (report.n_partitions > 0 && report.mac_share > 0.99);
  ls_report_clear (&report);
  CHECK (ls_check (model, "imx93-npu", &report, NULL) == LS_OK);
  CHECK (report.mac_share == 0);
  ls_report_clear (&report);
  CHECK (ls_check (model, "nowhere", &report, NULL) == LS_E_USAGE);
  ls_model_free (model);
}

/* 2^64 bytes are on no machine: the check says so instead of keeping quiet. */
static void
sizes_beyond_all_memory_are_found (void)
{
  static const char text[]
    = "{\"version\": 3, \"operator_codes\": [{\"builtin_code\": \"FILL\", "
      "\"deprecated_builtin_code\": 94}], \"subgraphs\": [{\"tensors\": ["
      "{\"shape\": [2], \"type\": \"INT32\", \"buffer\": 1, \"name\": \"dims\"}, "
      "{\"shape\": [], \"type\": \"FLOAT32\", \"name\": \"x\"}, "
      "{\"shape\": [1], \"type\": \"FLOAT32\", \"name\": \"y\"}], "
      "\"inputs\": [1], \"outputs\": [2], \"operators\": [{\"inputs\": [0, 1], "
      "\"outputs\": [2]}]}], \"buffers\": [{}, "
      "{\"data\": [255, 255, 255, 127, 255, 255, 255, 15]}]}";
  LsModel *model;
  LsReport report;
  LsError error = { 0 };

  CHECK (ls_model_parse (text, sizeof text - 1, &model, &error) == LS_OK);
  CHECK (ls_check (model, NULL, &report, &error) == LS_OK);
  CHECK (report.n_findings == 1);
  CHECK_STR (report.findings[0].id, "too-large");
  ls_report_clear (&report);
  ls_model_free (model);
}

/* A program may bring a kernel of its own, so that no custom operator is an error by its name; a
 * name that is none is. */
static void
operators_of_others_are_told_apart (void)
{
  static const struct
  {
    const char *code, *id;
    LsSeverity severity;
  } cases[] = { { "NobodyKnowsMe", "unknown-operator", LS_SEVERITY_INFO },
                { "edgetpu-custom-op", "no-kernel", LS_SEVERITY_INFO },
                { "FlexErf", "no-kernel", LS_SEVERITY_INFO },
                { "a\nb", "cannot-run", LS_SEVERITY_ERROR } };

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      LsModel *model = open_sample ("digits.tflite");
      LsOperator *op = ls_model_op (model, 0, 0);
      LsReport report;
      bool is_found = false;

      op->kind = LS_OP_CUSTOM;
      op->custom_code = cases[i].code;
      CHECK (ls_check (model, NULL, &report, NULL) == LS_OK);
      for (uint32_t k = 0; k < report.n_findings; k++)
        is_found
          = is_found
            || (strcmp (report.findings[k].id, cases[i].id) == 0
                && report.findings[k].severity == cases[i].severity && report.findings[k].op == 0);
      CHECK (is_found);
      ls_report_clear (&report);
      ls_model_free (model);
    }
}

static bool
has_finding (const LsModel *model, const char *id)
{
  LsReport report;
  bool is_there = false;

  CHECK (ls_check (model, NULL, &report, NULL) == LS_OK);
  for (uint32_t i = 0; i < report.n_findings; i++)
    is_there |= strcmp (report.findings[i].id, id) == 0;
  ls_report_clear (&report);
  return is_there;
}

/* Two operators of one code, of which the second wants nothing: in a new file each has its own. */
static void
version_is_raised_where_it_is_too_low (void)
{
  LsModel *model = graph_new (), *mended = NULL;
  int32_t x = graph_value (model, 0, LS_TYPE_INT8, SHAPE (4));
  int32_t y = graph_value (model, 0, LS_TYPE_INT8, SHAPE (4));
  int32_t u = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (4));
  int32_t v = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (4));
  LsRepair repair;

  graph_op (model, 0, LS_OP_RELU, TENSORS (x), TENSORS (y));
  graph_op (model, 0, LS_OP_RELU, TENSORS (u), TENSORS (v));
  graph_ports (model, 0, TENSORS (x, u), TENSORS (y, v));
  CHECK (has_finding (model, "operator-version"));
  CHECK (ls_repair_rewrite (model, NULL, 0, &mended, &repair, NULL) == LS_OK);
  CHECK (repair.n_changes == 1 && mended != NULL);
  CHECK (mended->graphs[0]->view.ops[0].version == 2);
  CHECK (mended->graphs[0]->view.ops[1].version == 1);
  CHECK (!has_finding (mended, "operator-version"));
  ls_repair_clear (&repair);
  ls_model_free (mended);
  ls_model_free (model);
}

/* ---- Choosing, comparing, writing anew
 * ------------------------------------------------------------------------ */

static uint32_t
n_changes (const LsModel *model, const char *const *fixes, uint32_t n_fixes)
{
  LsRepair repair;
  uint32_t n = UINT32_MAX;

  if (ls_repair_plan (model, fixes, n_fixes, &repair, NULL) != LS_OK)
    return n;
  n = repair.n_changes;
  ls_repair_clear (&repair);
  return n;
}

static void
fixes_choose_findings (void)
{
  static const struct
  {
    const char *fixes[3];
    uint32_t n, n_changes;
  } cases[] = {
    { { "all" }, 1, 17 },
    { { "bias-scale-mismatch" }, 1, 17 },
    { { "bias-scale-mismatch@1" }, 1, 17 },
    { { "bias-scale-mismatch@0/1/5" }, 1, 17 },
    { { "bias-scale-mismatch@0/1/4" }, 1, 0 },
    { { "bias-scale-mismatch@2" }, 1, 0 },
    { { "bias-scale-mismatch:leave" }, 1, 0 },
    { { "softmax-output-range:leave" }, 1, 17 },
    { { "all", "bias-scale-mismatch:leave@1" }, 2, 0 },
    { { "all", "bias-scale-mismatch:keep-integers@0/1/5" }, 2, 1 },
    { { "bias-scale-mismatch:keep-integers", "bias-scale-mismatch:keep-values@1" }, 2, 17 },
  };
  static const char *const bad[] = { "none",
                                     "all:keep-values",
                                     "bias-scale-mismatch:other",
                                     "bias-scale-mismatch@",
                                     "all@x",
                                     "all@0/1",
                                     "all@0/1/2/3",
                                     "all@99999999999",
                                     "",
                                     "bias-zero-point:keep-values" };
  LsModel *model = open_sample ("digits-broken-bias.tflite");

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK (n_changes (model, cases[i].fixes, cases[i].n) == cases[i].n_changes);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      LsRepair repair;

      CHECK (ls_repair_plan (model, &bad[i], 1, &repair, NULL) == LS_E_USAGE);
    }
  ls_model_free (model);
}

/* A fix that speaks of nothing is told, with what there is. */
static void
fixes_that_fit_nothing_are_told (void)
{
  static const struct
  {
    const char *fix, *note;
  } cases[] = {
    { "bias-scale-mismatch@2", "bias-scale-mismatch@2 fits no finding; it is at 0/1/5" },
    { "softmax-output-range", "softmax-output-range fits no finding; found: bias-scale-mismatch" },
    { "bias-scale-mismatch:keep-integers", NULL },
    { "all", NULL },
  };
  LsModel *model = open_sample ("digits-broken-bias.tflite"), *sound, *mended = NULL;
  LsRepair repair;

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      CHECK (ls_repair_plan (model, &cases[i].fix, 1, &repair, NULL) == LS_OK);
      CHECK (repair.n_notes == (cases[i].note != NULL));
      if (repair.n_notes > 0)
        CHECK_STR (repair.notes[0], cases[i].note);
      ls_repair_clear (&repair);
    }
  CHECK (ls_repair_rewrite (model, &cases[0].fix, 1, &mended, &repair, NULL) == LS_OK);
  CHECK (repair.n_notes == 1 && repair.n_changes == 0);
  ls_repair_clear (&repair);
  ls_model_free (mended);
  ls_model_free (model);

  sound = open_sample ("digits-int8.tflite");
  CHECK (ls_repair_plan (sound, &cases[1].fix, 1, &repair, NULL) == LS_OK);
  CHECK (repair.n_notes == 1);
  CHECK_STR (repair.notes[0], "softmax-output-range fits no finding; nothing was found");
  ls_repair_clear (&repair);
  ls_model_free (sound);
}

static void
both_ways_are_held_against_the_model (void)
{
  static const char *const ways[]
    = { "bias-scale-mismatch:keep-integers", "bias-scale-mismatch:keep-values" };
  LsModel *model = open_sample ("digits-broken-bias.tflite");

  for (int i = 0; i < 2; i++)
    {
      LsRepair repair;
      LsRepairEffect effect;

      CHECK (ls_repair_plan (model, &ways[i], 1, &repair, NULL) == LS_OK);
      CHECK (ls_repair_compare (model, &repair, NULL, 0, 7, 1, NULL, &effect, NULL) == LS_OK);
      CHECK (effect.before_problem == NULL && effect.after_problem == NULL);
      CHECK (effect.outputs.n_tensors == 1 && effect.outputs.tensors[0].is_output);
      /* The runtime does not look at this scale: the integers alone decide. */
      CHECK ((effect.outputs.tensors[0].max_abs == 0) == (i == 0));
      ls_repair_effect_clear (&effect);
      ls_repair_clear (&repair);
    }
  ls_model_free (model);
}

/* Tensor's quantization made ours, to be broken. */
static LsQuantization *
own_quantization (LsModel *model, uint32_t tensor)
{
  LsTensor *t = ls_model_tensor (model, 0, tensor);
  LsQuantization *quant = ls_store_copy (model->store, t->quant, sizeof *quant);

  t->quant = quant;
  return quant;
}

static LsModel *
save_and_open (LsModel *model, const char *path)
{
  LsModel *again = NULL;

  CHECK (ls_model_save (model, path, NULL) == LS_OK);
  CHECK (ls_model_open (path, &again, NULL) == LS_OK);
  return again;
}

/* A model whose SOFTMAX has no zero point to write to, so that one can only be put in. */
static void
what_must_grow_is_written_anew (void)
{
  char path[] = "/tmp/litesmith-test-XXXXXX.tflite";
  int fd = mkstemps (path, 7);
  LsModel *model = open_sample ("digits-int8.tflite"), *broken, *mended = NULL, *again;
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  LsRepair repair;
  LsRepairEffect effect;

  own_quantization (model, (uint32_t) graph->outputs[0])->n_zero_points = 0;
  broken = save_and_open (model, path);
  ls_model_free (model);
  CHECK (has_finding (broken, "softmax-output-range"));
  CHECK (ls_repair_plan (broken, NULL, 0, &repair, NULL) == LS_OK);
  CHECK (repair.n_changes == 0 && repair.n_left == 2);
  CHECK (repair.left[0].is_rewritable && repair.left[1].is_rewritable);
  CHECK (ls_repair_compare (broken, &repair, NULL, 0, 7, 1, NULL, &effect, NULL) == LS_OK);
  CHECK (effect.before_problem != NULL && effect.outputs.n_tensors == 0);
  ls_repair_effect_clear (&effect);
  ls_repair_clear (&repair);

  CHECK (ls_repair_rewrite (broken, NULL, 0, &mended, &repair, NULL) == LS_OK);
  CHECK (repair.n_left == 0 && repair.n_changes > 0 && repair.changes[0].length == 0);
  ls_repair_clear (&repair);
  CHECK (ls_repair_compare_rewritten (broken, mended, NULL, 0, 7, 1, NULL, &effect, NULL) == LS_OK);
  CHECK (effect.before_problem != NULL && effect.after_problem == NULL);
  ls_repair_effect_clear (&effect);
  /* Whichever of the two it is that cannot run, it is told of that one. */
  CHECK (ls_repair_compare_rewritten (mended, broken, NULL, 0, 7, 1, NULL, &effect, NULL) == LS_OK);
  CHECK (effect.before_problem == NULL && effect.after_problem != NULL);
  ls_repair_effect_clear (&effect);
  again = save_and_open (mended, path);
  CHECK (!has_finding (again, "softmax-output-range"));
  ls_model_free (again);
  ls_model_free (mended);
  ls_model_free (broken);
  close (fd);
  unlink (path);
}

/* Breaks a sample, and what a file written anew makes of it. */
static void
check_rewritten (void (*damage) (LsModel *model, const LsOperator *op), const char *id)
{
  LsModel *model = open_sample ("digits-int8.tflite"), *mended = NULL;
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  LsReport report;
  LsRepair repair;
  uint32_t at = 0;

  while (graph->ops[at].kind != LS_OP_CONV_2D)
    at++;
  damage (model, &graph->ops[at]);
  CHECK (has_finding (model, id));
  CHECK (ls_repair_plan (model, NULL, 0, &repair, NULL) == LS_OK);
  CHECK (repair.n_left > 0);
  for (uint32_t i = 0; i < repair.n_left; i++)
    CHECK (repair.left[i].is_rewritable);
  ls_repair_clear (&repair);
  CHECK (ls_repair_rewrite (model, NULL, 0, &mended, &repair, NULL) == LS_OK);
  CHECK (repair.n_left == 0 && repair.n_changes > 0);
  ls_repair_clear (&repair);
  CHECK (ls_check (mended, NULL, &report, NULL) == LS_OK);
  CHECK (report.n_findings == 0);
  ls_report_clear (&report);
  ls_model_free (mended);
  ls_model_free (model);
}

static void
cut_bias_scales (LsModel *model, const LsOperator *op)
{
  own_quantization (model, (uint32_t) op->inputs[2])->n_scales -= 2;
}

static void
cut_weight_scales (LsModel *model, const LsOperator *op)
{
  own_quantization (model, (uint32_t) op->inputs[1])->n_scales -= 1;
}

static void
drop_zero_points (LsModel *model, const LsOperator *op)
{
  own_quantization (model, (uint32_t) op->inputs[1])->n_zero_points = 0;
}

static void
lengthen_bias (LsModel *model, const LsOperator *op)
{
  const LsTensor *bias = ls_model_tensor (model, 0, (uint32_t) op->inputs[2]);
  LsBuffer *buffer = &model->buffers[bias->buffer];
  uint8_t *longer = ls_model_alloc (model, buffer->size + 4, 1);

  memcpy (longer, buffer->data, buffer->size);
  buffer->data = longer;
  buffer->size += 4;
}

static void
drop_softmax_scale (LsModel *model, const LsOperator *op)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  ls_model_tensor (model, 0, (uint32_t) graph->outputs[0])->quant = NULL;
}

static void
vectors_are_mended_by_what_they_go_with (void)
{
  check_rewritten (cut_bias_scales, "scale-count");
  check_rewritten (cut_weight_scales, "scale-count");
  check_rewritten (drop_zero_points, "zero-point-count");
  check_rewritten (lengthen_bias, "buffer-too-long");
  check_rewritten (drop_softmax_scale, "softmax-output-range");
}

/* As many findings as a large model has tensors are all mended, not the first thousand. */
static void
every_tensor_of_a_large_model_is_mended (void)
{
  enum
  {
    N_OPS = 1500
  };
  static const float scale = 0.5f;
  LsModel *model = graph_new (), *mended = NULL;
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  const int32_t first = graph_value (model, 0, LS_TYPE_INT8, SHAPE (4));
  int32_t last = first;
  LsRepair repair;

  *quant = (LsQuantization){ .n_scales = 1, .scales = &scale };
  ls_model_tensor (model, 0, (uint32_t) first)->quant = quant;
  for (int i = 0; i < N_OPS; i++)
    {
      const int32_t next = graph_value (model, 0, LS_TYPE_INT8, SHAPE (4));

      ls_model_tensor (model, 0, (uint32_t) next)->quant = quant;
      graph_op (model, 0, LS_OP_RELU, TENSORS (last), TENSORS (next));
      last = next;
    }
  graph_ports (model, 0, TENSORS (first), TENSORS (last));
  CHECK (ls_repair_rewrite (model, NULL, 0, &mended, &repair, NULL) == LS_OK);
  CHECK (repair.n_left == 0 && repair.n_changes == N_OPS + 2); /* and a version */
  CHECK (!has_finding (mended, "zero-point-count"));
  ls_repair_clear (&repair);
  ls_model_free (mended);
  ls_model_free (model);
}

/* What no rule gives is left, with what keeps the model from running. */
static void
missing_scale_of_no_rule_is_left (void)
{
  LsModel *model = open_sample ("digits-int8.tflite");
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  LsRepair repair;
  uint32_t at = 0;

  while (graph->ops[at].kind != LS_OP_CONV_2D)
    at++;
  ls_model_tensor (model, 0, (uint32_t) graph->ops[at].outputs[0])->quant = NULL;
  CHECK (ls_repair_plan (model, NULL, 0, &repair, NULL) == LS_OK);
  CHECK (repair.n_changes == 0 && repair.n_left == 1 && !repair.left[0].is_rewritable);
  CHECK_STR (repair.left[0].id, "cannot-run");
  ls_repair_clear (&repair);
  ls_model_free (model);
}

static void
mending_the_model_can_be_undone (void)
{
  LsModel *model = open_sample ("digits-broken-bias.tflite");
  LsRepair notes;

  CHECK (ls_edit_repair (model, NULL, 0, &notes, NULL) == LS_OK && notes.n_changes == 17);
  ls_repair_clear (&notes);
  CHECK (!has_finding (model, "bias-scale-mismatch") && ls_edit_can_undo (model));
  ls_edit_undo (model);
  CHECK (has_finding (model, "bias-scale-mismatch") && !ls_edit_can_undo (model));
  CHECK (n_changes (model, NULL, 0) == 17);
  ls_edit_redo (model);
  CHECK (!has_finding (model, "bias-scale-mismatch"));
  CHECK (ls_edit_repair (model, NULL, 0, &notes, NULL) == LS_OK && notes.n_changes == 0);
  ls_repair_clear (&notes);
  ls_edit_undo (model);
  CHECK (!ls_edit_can_undo (model)); /* what mended nothing was no step */
  ls_model_free (model);
}

/* Integers under a scale near the end of float32 would fit no integer type (undefined before). */
static void
bias_beyond_all_integers_is_left (void)
{
  enum
  {
    MOST = 256
  };
  LsModel *model = open_sample ("digits-broken-bias.tflite");
  LsReport report;
  LsRepair repair;
  float scales[MOST];

  CHECK (ls_check (model, NULL, &report, NULL) == LS_OK && report.n_findings == 1);

  LsTensor *bias = ls_model_tensor (model, 0, (uint32_t) report.findings[0].tensor);
  LsQuantization quant = *bias->quant;

  CHECK (quant.n_scales > 0 && quant.n_scales <= MOST);
  for (uint32_t i = 0; i < quant.n_scales; i++)
    scales[i] = 3e38f;
  quant.scales = scales;
  bias->quant = &quant;
  CHECK (ls_repair_plan (model, NULL, 0, &repair, NULL) == LS_OK);
  CHECK (repair.n_changes == 0 && repair.n_left > 0);
  ls_repair_clear (&repair);
  ls_report_clear (&report);
  ls_model_free (model);
}

/* Parts of a damaged file that overlap: what is mended of one may be the other's offsets. */
static void
mended_file_that_cannot_be_read_is_not_written (void)
{
  LsModel *model = open_sample ("digits-broken-bias.tflite");
  char path[] = "/tmp/litesmith-test-XXXXXX";
  int fd = mkstemp (path);
  uint8_t after[4] = { 0xff, 0xff, 0xff, 0x7f };
  LsChange change = { .id = "bias-scale-mismatch", .offset = 0, .length = 4, .after = after };
  const LsRepair repair = { .n_changes = 1, .changes = &change };
  LsError error = { 0 };

  CHECK (fd >= 0 && close (fd) == 0 && unlink (path) == 0);
  CHECK (ls_repair_write (model, &repair, path, &error) == LS_E_FORMAT);
  CHECK (strstr (error.message, "lie on the same bytes") != NULL && access (path, F_OK) != 0);
  ls_model_free (model);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (sound_models_get_no_finding);
  RUN (broken_bias_is_found_and_mended);
  RUN (keeping_the_integers_writes_the_scale_alone);
  RUN (fixes_choose_findings);
  RUN (fixes_that_fit_nothing_are_told);
  RUN (both_ways_are_held_against_the_model);
  RUN (what_must_grow_is_written_anew);
  RUN (vectors_are_mended_by_what_they_go_with);
  RUN (every_tensor_of_a_large_model_is_mended);
  RUN (missing_scale_of_no_rule_is_left);
  RUN (mending_the_model_can_be_undone);
  RUN (targets_say_where_operators_run);
  RUN (operators_of_others_are_told_apart);
  RUN (version_is_raised_where_it_is_too_low);
  RUN (sizes_beyond_all_memory_are_found);
  RUN (bias_beyond_all_integers_is_left);
  RUN (mended_file_that_cannot_be_read_is_not_written);
  return done ();
}
