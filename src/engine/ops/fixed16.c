#include "ops/fixed16.h"

#include "ops/fixed_point.h"

enum
{
  ONE = INT16_MAX /* 1 in a format without integer bits */
};

int16_t
ls_fixed16_shift (int16_t x, int exponent)
{
  if (exponent <= 0)
    return (int16_t) ls_rdbpot (x, -exponent);

  int32_t threshold = (1 << (15 - exponent)) - 1;

  if (x > threshold)
    return INT16_MAX;
  if (x < -threshold)
    return INT16_MIN;
  return (int16_t) (x * (1 << exponent));
}

/* A constant of 31 fractional bits in 16 bits. */
static int16_t
constant (int32_t q31)
{
  return (int16_t) ls_rdbpot (q31, 16);
}

/* exp (a) for a in [-1/4, 0): a Taylor series around -1/8. */
static int16_t
exp_of_quarter (int16_t a)
{
  const int16_t constant_term = constant (1895147668), one_third = constant (715827883);
  int16_t x = (int16_t) (a + (1 << 12)), x2 = ls_fixed16_mul (x, x), x3 = ls_fixed16_mul (x2, x),
          x4 = ls_fixed16_mul (x2, x2);
  int16_t higher
    = ls_fixed16_mul ((int16_t) (ls_fixed16_shift (x4, -2) + x3), one_third); /* x³/3 + x⁴/12 */
  int16_t series = (int16_t) (x + ls_fixed16_shift ((int16_t) (higher + x2), -1));

  return ls_fixed16_add (constant_term, ls_fixed16_mul (constant_term, series));
}

/* exp (a) for a <= 0 with @integer_bits integer bits: the part below a quarter by the series, the
 * other bits of a by one factor exp (-2^k) each. */
static int16_t
exp_of_negative (int16_t a, int integer_bits)
{
  static const int32_t factors[] = { 1672461947, 1302514674, 790015084, 290630308,
                                     39332535,   720401,     242 }; /* exp (-2^(k - 2)) */
  int fractional_bits = 15 - integer_bits;
  int16_t quarter = (int16_t) (1 << (fractional_bits - 2));
  int16_t below = (int16_t) ((a & (quarter - 1)) - quarter);
  int16_t result = exp_of_quarter (ls_fixed16_shift (below, integer_bits));
  int16_t remainder = (int16_t) (below - a);

  if (a == 0)
    return ONE;
  for (int k = -2; k <= 4 && k < integer_bits; k++)
    if (remainder & 1 << (fractional_bits + k))
      result = ls_fixed16_mul (result, constant (factors[k + 2]));
  if (integer_bits > 5 && a < -(1 << (36 - integer_bits - 16)))
    return 0;
  return result;
}

/* 2 / (1 + a) for a in [0, 1] with 2 integer bits: three steps of Newton's division. */
static int16_t
two_over_one_plus (int16_t a)
{
  const int16_t one = 1 << 13;
  int32_t sum = a + ONE;
  int16_t half = (int16_t) ((sum + 1) / 2);
  int16_t x = (int16_t) (constant (1515870810) + ls_fixed16_mul (half, constant (-1010580540)));

  for (int i = 0; i < 3; i++)
    {
      int16_t error = (int16_t) (one - ls_fixed16_mul (half, x));

      x = (int16_t) (x + ls_fixed16_shift (ls_fixed16_mul (x, error), 2));
    }
  return x;
}

int16_t
ls_fixed16_logistic (int16_t x)
{
  int16_t magnitude = x > 0 ? x : (int16_t) -x;

  if (x == 0)
    return 1 << 14;

  /* Halving 2 / (1 + exp (-x)) is a change of format: 1 integer bit. */
  int16_t y = ls_fixed16_shift (two_over_one_plus (exp_of_negative ((int16_t) -magnitude, 3)), 1);

  return x > 0 ? y : (int16_t) (ONE - y);
}

int16_t
ls_fixed16_tanh (int16_t x, int integer_bits)
{
  int16_t negative = x < 0 ? x : (int16_t) -x;

  if (x == 0)
    return 0;

  /* exp (2 × negative): the same bits, one integer bit more. */
  int16_t quotient = two_over_one_plus (exp_of_negative (negative, integer_bits + 1));
  int16_t y = ls_fixed16_shift ((int16_t) (quotient - (1 << 13)), 2);

  return x < 0 ? (int16_t) -y : y;
}
