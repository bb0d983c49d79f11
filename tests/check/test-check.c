/* Diagnostics and repairs of the sample models. */
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

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (sound_models_get_no_finding);
  RUN (broken_bias_is_found_and_mended);
  RUN (keeping_the_integers_writes_the_scale_alone);
  RUN (targets_say_where_operators_run);
  RUN (operators_of_others_are_told_apart);
  RUN (sizes_beyond_all_memory_are_found);
  return done ();
}
