/* IEEE half and bfloat16 to and from float; round to nearest even. */
#ifndef LS_BASE_HALF_H
#define LS_BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float
ls_float_from_bits (uint32_t bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline uint32_t
ls_float_bits (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline float
ls_half_to_float (uint16_t half)
{
  uint32_t sign = (uint32_t) (half & 0x8000) << 16, exponent = half >> 10 & 31,
           mantissa = half & 0x3ff;

  if (exponent == 31)
    return ls_float_from_bits (sign | 0x7f800000u | mantissa << 13);
  if (exponent == 0)
    { /* zero or subnormal: mantissa × 2^-24 is exact in a float */
      float value = (float) mantissa * 0x1p-24f;

      return sign ? -value : value;
    }
  return ls_float_from_bits (sign | (exponent + 112) << 23 | mantissa << 13);
}

static inline uint16_t
ls_half_from_float (float value)
{
  uint32_t bits = ls_float_bits (value), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;

  if (rest > 0x7f800000)
    return (uint16_t) (sign | 0x7e00 | (rest >> 13 & 0x3ff));
  if (rest >= 0x477ff000)
    return (uint16_t) (sign | 0x7c00);
  if (rest < 0x38800000)
    { /* subnormal: adding 0.5 leaves mantissa × 2^24, rounded to even by the addition */
      uint32_t scaled = ls_float_bits (ls_float_from_bits (rest) + 0.5f);

      return (uint16_t) (sign | (scaled - 0x3f000000));
    }
  rest += 0xfff + (rest >> 13 & 1);
  return (uint16_t) (sign | (rest - 0x38000000) >> 13);
}

static inline float
ls_bfloat16_to_float (uint16_t b)
{
  return ls_float_from_bits ((uint32_t) b << 16);
}

static inline uint16_t
ls_bfloat16_from_float (float value)
{
  uint32_t bits = ls_float_bits (value);

  if ((bits & 0x7fffffff) > 0x7f800000)
    return (uint16_t) (bits >> 16 | 0x40);
  return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#endif
