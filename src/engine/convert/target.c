/*
 * Conversions for a target: what it wants of the weights, and what the check says of the result.
 */
#include "convert/target.h"

#include <string.h>

/* One scale for all weights: many times faster on the VX delegate (OpenCV #21372, TIM-VX #121). */
static const char per_tensor[] = "imx8mp-npu";
/* Scales for each channel in convolutions alone (ethos-u-vela SUPPORTED_OPS.md). */
static const char per_tensor_matrices[] = "imx93-npu";
/* Not accelerators but all that there is: what they do not have does not run at all. */
static const char *const runtimes[] = { "litert", "litert-micro" };

enum
{
  MAX_TOLD = 12 /* reasons */
};

LsStatus
ls_convert_options_for_target (LsConvertOptions *options, LsError *error)
{
  for (uint32_t i = 0; options->target != NULL; i++)
    if (ls_target_name (i) == NULL)
      return ls_fail (error, LS_E_USAGE, -1, "there is no target %s", options->target);
    else if (strcmp (ls_target_name (i), options->target) == 0)
      break;
  if (options->target != NULL && strcmp (options->target, per_tensor) == 0
      && options->granularity == LS_GRANULARITY_DEFAULT)
    options->granularity = LS_GRANULARITY_PER_TENSOR;
  return LS_OK;
}

bool
ls_convert_is_per_tensor (const LsConvertOptions *options, int kind)
{
  bool is_matrix = kind == LS_OP_FULLY_CONNECTED || kind == LS_OP_BATCH_MATMUL;

  return options->granularity == LS_GRANULARITY_PER_TENSOR
         || (options->granularity == LS_GRANULARITY_DEFAULT && options->target != NULL && is_matrix
             && strcmp (options->target, per_tensor_matrices) == 0);
}

static bool
is_runtime (const char *target)
{
  for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
    if (strcmp (runtimes[i], target) == 0)
      return true;
  return false;
}

static bool
is_of_target (const LsReport *found, const LsFinding *finding)
{
  return finding->op >= 0 && finding->subgraph == 0 && (uint32_t) finding->op < found->n_ops
         && !found->on_accelerator[finding->op];
}

/* The reason of the target for an operator that it does not run: the last that was found. */
static const LsFinding *
reason_for (const LsReport *found, uint32_t op)
{
  for (uint32_t i = found->n_findings; i-- > 0;)
    if (found->findings[i].op == (int) op && is_of_target (found, &found->findings[i]))
      return &found->findings[i];
  return NULL;
}

/* How many operators stay away for that reason; 0 when one before @op was the first. */
static uint32_t
count_reason (const LsReport *found, uint32_t op, const LsFinding *reason)
{
  uint32_t count = 0;

  for (uint32_t i = 0; i < found->n_ops; i++)
    {
      const LsFinding *other = found->on_accelerator[i] ? NULL : reason_for (found, i);

      if (other == NULL || strcmp (other->id, reason->id) != 0)
        continue;
      if (i < op)
        return 0;
      count++;
    }
  return count;
}

static LsStatus
note_reasons (LsPassContext *context, const char *target, const LsReport *found, LsError *error)
{
  for (uint32_t i = 0, n_told = 0; i < found->n_ops && n_told < MAX_TOLD; i++)
    {
      const LsFinding *reason = found->on_accelerator[i] ? NULL : reason_for (found, i);
      uint32_t count = reason != NULL ? count_reason (found, i, reason) : 0;

      if (count == 0)
        continue;
      n_told++;
      LS_TRY (ls_pass_note (context, error, "%s: %u %s (%s), the first is operator %u: %s", target,
                            count, count == 1 ? "operator stays away" : "operators stay away",
                            reason->id, i, reason->message));
    }
  return LS_OK;
}

/* What makes the result useless there. */
static LsStatus
refuse (const char *target, const LsReport *found, LsError *error)
{
  for (uint32_t i = 0; i < found->n_findings; i++)
    if (found->findings[i].severity == LS_SEVERITY_ERROR)
      return ls_fail (error, LS_E_UNSUPPORTED, -1, "the result does not pass the check for %s: %s",
                      target, found->findings[i].message);
  for (uint32_t i = 0; is_runtime (target) && i < found->n_ops; i++)
    {
      const LsFinding *reason = found->on_accelerator[i] ? NULL : reason_for (found, i);

      if (reason != NULL)
        {
          ls_fail (error, LS_E_UNSUPPORTED, -1, "operator %u: %s", i, reason->message);
          return LS_E_UNSUPPORTED;
        }
    }
  return LS_OK;
}

LsStatus
ls_convert_check_target (LsModel *result, const LsConvertOptions *options, LsConvertReport *report,
                         LsError *error)
{
  LsPassContext context = { .model = result, .options = options, .report = report };
  LsReport found;
  uint32_t n_there = 0;

  LS_TRY (ls_check (result, options->target, &found, error));
  for (uint32_t i = 0; i < found.n_ops; i++)
    n_there += found.on_accelerator[i];

  LsStatus status = refuse (options->target, &found, error);

  if (status == LS_OK)
    status = ls_pass_report (&context, "target", found.n_ops, error,
                             "%u of %u operators run on %s, in %u %s: %.1f %% of the multiply-adds",
                             n_there, found.n_ops, options->target, found.n_partitions,
                             found.n_partitions == 1 ? "piece" : "pieces", 100 * found.mac_share);
  if (status == LS_OK)
    status = note_reasons (&context, options->target, &found, error);
  ls_report_clear (&found);
  return status;
}
