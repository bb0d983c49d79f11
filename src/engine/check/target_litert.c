/*
 * LiteRT itself and LiteRT for Microcontrollers: which operators their own kernels run.
 * Sources: tflite/core/kernels/register.cc; tflite-micro micro_mutable_op_resolver.h.
 */
#include "check/facts.h"
#include "check/target.h"

#include <string.h>

#define FAIL(...) (snprintf (why, why_size, __VA_ARGS__), false)

static const int litert_versions[LS_N_BUILTIN] = {
#define LITERT_OP(NAME, version) [LS_OP_##NAME] = version,
#include "check/litert_ops.def"
#undef LITERT_OP
};

static const bool is_micro[LS_N_BUILTIN] = {
#define MICRO_OP(NAME) [LS_OP_##NAME] = true,
#include "check/litert_micro_ops.def"
#undef MICRO_OP
};

static const char *const micro_customs[]
  = { "TFLite_Detection_PostProcess", "CIRCULAR_BUFFER", "ethos-u" };

/* Custom operators that come with LiteRT's own resolver. */
static bool
is_litert_custom (const char *code)
{
  static const char *const names[] = { "NumericVerify", "Mfcc", "AudioSpectrogram",
                                       "TFLite_Detection_PostProcess", "aeq.hadamard_rotation" };

  for (size_t i = 0; code != NULL && i < sizeof names / sizeof *names; i++)
    if (strcmp (code, names[i]) == 0)
      return true;
  return false;
}

static bool
has_kernel (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  if (op->kind == LS_OP_CUSTOM)
    return is_litert_custom (op->custom_code)
           || FAIL ("it is a custom operator: the program must bring the kernel");
  return (op->kind >= 0 && op->kind < LS_N_BUILTIN && litert_versions[op->kind] > 0)
         || FAIL ("LiteRT has no kernel for it");
}

static bool
version_is_known (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  int newest = op->kind >= 0 && op->kind < LS_N_BUILTIN ? litert_versions[op->kind] : 0;

  return op->kind == LS_OP_CUSTOM || op->version <= newest
         || FAIL ("it says version %d, the newest known is %d", op->version, newest);
}

static bool
has_micro_kernel (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  for (size_t i = 0; op->kind == LS_OP_CUSTOM && i < sizeof micro_customs / sizeof *micro_customs;
       i++)
    if (op->custom_code != NULL
        && (strcmp (op->custom_code, micro_customs[i]) == 0
            || strncmp (op->custom_code, "Signal", 6) == 0))
      return true;
  return (op->kind >= 0 && op->kind < LS_N_BUILTIN && is_micro[op->kind])
         || FAIL ("there is no kernel for microcontrollers");
}

static bool
micro_type_is_good (const LsModel *model, const LsTensor *tensor)
{
  return tensor->type != LS_TYPE_UINT8 && tensor->type != LS_TYPE_STRING
         && tensor->type != LS_TYPE_FLOAT16;
}

static bool
micro_types_are_good (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = op->kind == LS_OP_QUANTIZE || op->kind == LS_OP_DEQUANTIZE
                          ? NULL
                          : ls_first_bad (check, op, micro_type_is_good);

  return bad == NULL
         || FAIL ("tensor %.60s is %s, which its kernels do not take", bad->name,
                  ls_type_name (bad->type));
}

static bool
is_dense (const LsModel *model, const LsTensor *tensor)
{
  return tensor->sparsity == NULL;
}

static bool
micro_is_dense (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = ls_first_bad (check, op, is_dense);

  return bad == NULL || FAIL ("tensor %.60s is sparse", bad->name);
}

static const LsTargetRule litert_rules[] = {
  { "litert-op-unsupported", LS_SEVERITY_INFO, true, has_kernel,
    "tflite/core/kernels/register.cc" },
  { "litert-version", LS_SEVERITY_INFO, true, version_is_known, "tflite/core/kernels/register.cc" },
};

static const char micro_source[] = "tflite-micro micro_mutable_op_resolver.h";

static const LsTargetRule micro_rules[] = {
  { "micro-op-unsupported", LS_SEVERITY_INFO, true, has_micro_kernel, micro_source },
  { "micro-type-unsupported", LS_SEVERITY_INFO, true, micro_types_are_good, micro_source },
  { "micro-sparse", LS_SEVERITY_INFO, true, micro_is_dense, micro_source },
};

const LsTarget ls_target_litert
  = { "litert", "CPU with LiteRT", litert_rules, sizeof litert_rules / sizeof *litert_rules };
const LsTarget ls_target_litert_micro = { "litert-micro", "microcontroller with LiteRT",
                                          micro_rules, sizeof micro_rules / sizeof *micro_rules };
