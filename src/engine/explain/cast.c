/*
 * CAST of integers: as in C. Scales count for nothing.
 *
 * Source: tflite/kernels/cast.cc.
 */
#include "explain/explain.h"

/* What C calls a type, and what it makes of a number. */
static const struct
{
  LsType type;
  const char *formula;
  unsigned bits; /* that are kept */
  bool is_signed;
} targets[] = {
  { LS_TYPE_INT8, "(int8_t) a", 8, true },
  { LS_TYPE_UINT8, "(uint8_t) a", 8, false },
  { LS_TYPE_INT16, "(int16_t) a", 16, true },
  { LS_TYPE_UINT16, "(uint16_t) a", 16, false },
  { LS_TYPE_INT32, "(int32_t) a", 32, true },
  { LS_TYPE_UINT32, "(int64_t) (uint32_t) a", 32, false },
  { LS_TYPE_INT64, "(int64_t) a", 64, true },
};

static int64_t
cut (int64_t value, unsigned bits, bool is_signed)
{
  const uint64_t kept = (uint64_t) value << (64 - bits);

  return is_signed ? (int64_t) kept >> (64 - bits) : (int64_t) (kept >> (64 - bits));
}

LsStatus
ls_explain_cast (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  const int64_t a = ls_type_is_float (x->type) ? 0 : ls_explain_get_int (x, e->element);

  if (ls_type_is_float (x->type) || ls_type_bits (x->type) == 0 || ls_type_bits (x->type) > 64
      || x->type == LS_TYPE_UINT64 || x->type == LS_TYPE_COMPLEX64)
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));
  ls_explain_operand (e, "input", x, 0);
  e->out->arithmetic = "The stored integer, in another type: scales count for nothing.";
  e->out->float_value = (double) a;
  ls_explain_read (e, "a", x, e->element);
  if (y->type == LS_TYPE_FLOAT32)
    {
      ls_explain_store_float (e, "(float) a", (float) a);
      return LS_OK;
    }
  if (y->type == LS_TYPE_BOOL)
    {
      ls_explain_store_plain (e, "a != 0", a != 0);
      return LS_OK;
    }
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
    if (targets[i].type == y->type)
      {
        ls_explain_store_plain (e, targets[i].formula,
                                cut (a, targets[i].bits, targets[i].is_signed));
        return LS_OK;
      }
  return ls_explain_unsupported (e, error, "%s", ls_type_name (y->type));
}
