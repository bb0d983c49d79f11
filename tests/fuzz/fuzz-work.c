/*
 * Bytes as a model with which every sort of work is begun: looked at, checked for every target,
 * repaired, planned and run where that is little, explained, compared with itself, edited and
 * converted. Allocations are to be bounded from outside
 * (ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=64).
 */
#include "fuzz.h"

#include "fixtures.h"

enum
{
  MAX_TENSORS = 64, /* that are decoded */
  MAX_OPS = 16,     /* that are explained */
  MAX_MACS = 1 << 22,
  MAX_ARENA = 1 << 22,
  MAX_TICKS = 2000
};

static bool
tick (void *data, double fraction, const char *what)
{
  return ++*(int *) data < MAX_TICKS;
}

static void
look (const LsModel *model)
{
  LsSummary summary;
  LsError error = { 0 };

  if (ls_model_summarize (model, &summary, &error) == LS_OK)
    ls_summary_clear (&summary);
  else
    fuzz_expect_sentence (&error);
  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    for (uint32_t t = 0; t < ls_model_subgraph (model, g)->n_tensors && t < MAX_TENSORS; t++)
      for (int how = LS_DECODE_STORED; how <= LS_DECODE_REAL; how++)
        {
          LsArray array = { 0 };
          LsStats stats;

          if (ls_tensor_decode (model, g, t, (LsDecode) how, &array, &error) == LS_OK
              && array.type != LS_TYPE_STRING)
            ls_array_stats (&array, &stats);
          ls_array_clear (&array);
        }
}

static void
check (const LsModel *model)
{
  for (uint32_t i = 0; i <= ls_target_count (); i++)
    {
      LsReport report;
      LsError error = { 0 };

      if (ls_check (model, i > 0 ? ls_target_name (i - 1) : NULL, &report, &error) == LS_OK)
        ls_report_clear (&report);
      else
        fuzz_expect_sentence (&error);
    }
}

static void
repair (const LsModel *model)
{
  const char *path = fixture_path (".tflite");
  LsRepair repair;
  LsError error = { 0 };

  if (ls_repair_plan (model, NULL, 0, &repair, &error) != LS_OK)
    {
      fuzz_expect_sentence (&error);
      return;
    }
  if (repair.n_changes > 0 && ls_repair_write (model, &repair, path, &error) == LS_OK)
    {
      LsModel *mended;

      if (ls_model_open (path, &mended, &error) != LS_OK)
        fuzz_fail (error.message);
      ls_model_free (mended);
      unlink (path);
    }
  ls_repair_clear (&repair);
}

static void
explain (const LsModel *model, const LsSession *session)
{
  for (uint32_t i = 0; i < ls_model_subgraph (model, 0)->n_ops && i < MAX_OPS; i++)
    {
      const LsOperator *op = &ls_model_subgraph (model, 0)->ops[i];
      const int32_t at[LS_MAX_RANK] = { 0 };
      LsExplanation explanation = { 0 };
      LsError error = { 0 };

      if (op->n_outputs == 0 || op->outputs[0] < 0)
        continue;
      if (ls_explain (session, i, ls_model_subgraph (model, 0)->tensors[op->outputs[0]].rank, at,
                      &explanation, &error)
          == LS_OK)
        free (ls_explanation_c (&explanation));
      else
        fuzz_expect_sentence (&error);
      ls_explanation_clear (&explanation);
    }
}

static bool
is_little (const LsModel *model, const LsSession *session)
{
  LsSummary summary;
  bool is_little = false;

  if (ls_model_summarize (model, &summary, NULL) == LS_OK)
    {
      is_little = summary.macs < MAX_MACS && ls_session_arena_bytes (session) < MAX_ARENA;
      ls_summary_clear (&summary);
    }
  return is_little;
}

static void
run (const LsModel *model, bool is_traced)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session;
  LsError error = { 0 };

  options.trace = is_traced;
  options.mode = is_traced ? LS_MODE_EXACT : LS_MODE_FAST;
  if (ls_session_new (model, &options, &session, &error) != LS_OK)
    {
      fuzz_expect_sentence (&error);
      return;
    }

  LsStatus status = is_little (model, session) ? LS_OK : LS_E_USAGE;

  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (session); i++)
    status = ls_session_fill_input (session, i, i, &error);
  if (status == LS_OK)
    status = ls_session_run (session, &error);
  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_outputs (session); i++)
    {
      LsArray view;

      if (ls_session_get_output (session, i, &view, &error) == LS_OK)
        fuzz_walk_array (&view);
    }
  if (status == LS_OK && is_traced)
    explain (model, session);
  ls_session_free (session);
}

static void
edit (const LsModel *model)
{
  const LsEditShape shape = { .input = 0, .rank = 4, .dims = { 1, 8, 8, 3 } };
  LsModel *copy = ls_model_clone (model);
  LsDiff diff;
  LsError error = { 0 };

  if (copy == NULL)
    return;
  if (ls_edit_set_shapes (copy, 0, &shape, 1, NULL, &error) != LS_OK)
    fuzz_expect_sentence (&error);
  if (ls_edit_drop_postprocess (copy, 0, NULL, &error) != LS_OK)
    fuzz_expect_sentence (&error);
  if (ls_diff (model, copy, NULL, NULL, &diff, &error) == LS_OK)
    ls_diff_clear (&diff);
  ls_model_free (copy);
}

static void
convert (const LsModel *model, LsTo to)
{
  const LsConvertOptions options = { .to = to, .sparsify = to == LS_TO_FLOAT32 };
  int n_ticks = 0;
  const LsProgress progress = { tick, &n_ticks };
  LsConvertReport report = { 0 };
  LsModel *converted;
  LsError error = { 0 };

  if (ls_convert (model, &options, &progress, &converted, &report, &error) == LS_OK)
    {
      look (converted);
      ls_model_free (converted);
    }
  else
    fuzz_expect_sentence (&error);
  ls_convert_report_clear (&report);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  LsModel *model;
  LsError error = { 0 };

  if (ls_model_parse (data, size, &model, &error) != LS_OK)
    return 0;
  look (model);
  check (model);
  repair (model);
  run (model, false);
  run (model, true);
  edit (model);
  for (int to = LS_TO_FLOAT32; to <= LS_TO_DENSE; to++)
    convert (model, (LsTo) to);
  ls_model_free (model);
  return 0;
}
