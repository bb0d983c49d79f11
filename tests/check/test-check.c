/* Diagnostics and repairs of the sample models. */
#include <string.h>
#include <unistd.h>

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
  CHECK (repair.n_changes == 0 && repair.n_left == 1 && repair.left[0].is_rewritable);
  CHECK (ls_repair_compare (broken, &repair, NULL, 0, 7, 1, NULL, &effect, NULL) == LS_OK);
  CHECK (effect.before_problem != NULL && effect.outputs.n_tensors == 0);
  ls_repair_effect_clear (&effect);
  ls_repair_clear (&repair);

  CHECK (ls_repair_rewrite (broken, NULL, 0, &mended, &repair, NULL) == LS_OK);
  CHECK (repair.n_left == 0 && repair.n_changes > 0 && repair.changes[0].length == 0);
  ls_repair_clear (&repair);
  again = save_and_open (mended, path);
  CHECK (!has_finding (again, "softmax-output-range"));
  ls_model_free (again);
  ls_model_free (mended);
  ls_model_free (broken);
  close (fd);
  unlink (path);
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
  RUN (both_ways_are_held_against_the_model);
  RUN (what_must_grow_is_written_anew);
  RUN (mending_the_model_can_be_undone);
  RUN (targets_say_where_operators_run);
  RUN (operators_of_others_are_told_apart);
  RUN (sizes_beyond_all_memory_are_found);
  RUN (bias_beyond_all_integers_is_left);
  RUN (mended_file_that_cannot_be_read_is_not_written);
  return done ();
}
