#include "convert/quantize/quantize.h"

enum
{
  I8 = 1,
  U8 = 2,
  I16 = 4
};

static const struct
{
  int kind;
  unsigned types;
  LsQuantRule rule;
} rules[] = {
#define QUANT_OP(NAME, types, rule) { LS_OP_##NAME, types, LS_QUANT_##rule },
#include "convert/quantize/quantize.def"
#undef QUANT_OP
};

static unsigned
bit_of (LsType type)
{
  return type == LS_TYPE_INT8 ? I8 : type == LS_TYPE_UINT8 ? U8 : I16;
}

bool
ls_quant_rule (int kind, LsType type, LsQuantRule *out)
{
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (rules[i].kind == kind)
      {
        *out = rules[i].rule;
        return (rules[i].types & bit_of (type)) != 0;
      }
  return false;
}

/* Functions without a uint8 kernel are looked up: 256 results, where int8 would be none of the
 * model's own. */
static bool
is_looked_up (int kind, LsType type)
{
  LsQuantRule rule;

  return type == LS_TYPE_UINT8 && !ls_quant_rule (kind, type, &rule)
         && (kind == LS_OP_ABS || kind == LS_OP_ELU || kind == LS_OP_EXP || kind == LS_OP_LOG
             || kind == LS_OP_RSQRT || kind == LS_OP_SQRT);
}

bool
ls_quant_rule_between (int kind, LsType type, LsQuantRule *out, LsType *ends)
{
  const LsType choices[] = { type, LS_TYPE_INT8, LS_TYPE_UINT8 };

  if (is_looked_up (kind, type))
    {
      *out = LS_QUANT_TABLE;
      *ends = type;
      return true;
    }
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    if (ls_quant_rule (kind, choices[i], out))
      {
        *ends = choices[i];
        return true;
      }
  return false;
}

bool
ls_quant_fixed_grid (LsQuantRule rule, LsType type, LsGrid *out)
{
  const int64_t unsigned_zero = type == LS_TYPE_UINT8 ? 128 : 0;

  switch (rule)
    {
    case LS_QUANT_UNIT:
      *out = type == LS_TYPE_INT16 ? (LsGrid){ 1.0f / 32768, 0 }
                                   : (LsGrid){ 1.0f / 256, unsigned_zero - 128 };
      return true;
    case LS_QUANT_SIGNED_UNIT:
      *out = type == LS_TYPE_INT16 ? (LsGrid){ 1.0f / 32768, 0 }
                                   : (LsGrid){ 1.0f / 128, unsigned_zero };
      return true;
    case LS_QUANT_LOG_UNIT:
      *out = (LsGrid){ 16.0f / 256, unsigned_zero + 127 };
      return true;
    case LS_QUANT_FREE:
    case LS_QUANT_SAME:
    case LS_QUANT_ALIKE:
    case LS_QUANT_MAC:
    case LS_QUANT_CELL:
    case LS_QUANT_TABLE:
    case LS_QUANT_SHAPE:
      return false;
    }
  return false;
}
