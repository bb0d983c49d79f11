#include "ops/fixed_math.h"

/* Wrapping arithmetic: the reference relies on two's complement. */
static int32_t
add (int32_t a, int32_t b)
{
  return (int32_t) ((uint32_t) a + (uint32_t) b);
}

static int32_t
sub (int32_t a, int32_t b)
{
  return (int32_t) ((uint32_t) a - (uint32_t) b);
}

int32_t
ls_fixed_scale (int32_t x, int exponent)
{
  if (exponent <= 0)
    return ls_rdbpot (x, -exponent);

  int32_t threshold = (int32_t) ((UINT32_C (1) << (31 - exponent)) - 1);

  if (x > threshold)
    return INT32_MAX;
  if (x < -threshold)
    return INT32_MIN;
  return (int32_t) ((uint32_t) x << exponent);
}

/* (a + b) / 2, half away from zero. */
static int32_t
half_sum (int32_t a, int32_t b)
{
  int64_t sum = (int64_t) a + b;

  return (int32_t) ((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/* exp (a) for a of [-1/4, 0) in Q0.31: Taylor around -1/8. */
static int32_t
exp_quarter (int32_t a)
{
  const int32_t exp_eighth = 1895147668, one_third = 715827883;
  int32_t x = add (a, 1 << 28), x2 = ls_srdhm (x, x), x3 = ls_srdhm (x2, x), x4 = ls_srdhm (x2, x2);
  int32_t tail = ls_rdbpot (add (ls_srdhm (add (ls_rdbpot (x4, 2), x3), one_third), x2), 1);

  return add (exp_eighth, ls_srdhm (exp_eighth, add (x, tail)));
}

int32_t
ls_fixed_exp (int32_t a, int integer_bits)
{
  /* exp (-2^k) in Q0.31 for k = -2 … 4. */
  static const int32_t factors[] = {
    1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
  };
  const int fractional_bits = 31 - integer_bits;
  const int32_t quarter = (int32_t) (UINT32_C (1) << (fractional_bits - 2));
  int32_t part = sub (a & (quarter - 1), quarter);
  uint32_t rest = (uint32_t) part - (uint32_t) a;
  int32_t result = exp_quarter (ls_fixed_scale (part, integer_bits));

  if (a == 0)
    return INT32_MAX;
  for (int k = -2; k <= 4 && k < integer_bits; k++)
    if (rest >> (fractional_bits + k) & 1)
      result = ls_srdhm (result, factors[k + 2]);
  return result;
}

/* 1 / (1 + x), halved once more than its Q2.29 says: three steps of Newton and Raphson. */
int32_t
ls_fixed_reciprocal_1p (int32_t a)
{
  const int32_t c48_17 = 1515870810, c32_17 = 1010580540, one = 1 << 29;
  int32_t half = half_sum (a, INT32_MAX), x = add (c48_17, ls_srdhm (half, -c32_17));

  for (int i = 0; i < 3; i++)
    {
      int32_t error = sub (one, ls_srdhm (half, x));

      x = add (x, ls_fixed_scale (ls_srdhm (x, error), 2));
    }
  return ls_fixed_scale (x, 1);
}

/* Zero bits above the highest bit that is set; 32 for 0. */
static int
leading_zeros (uint32_t x)
{
  return x == 0 ? 32 : __builtin_clz (x);
}

int32_t
ls_fixed_reciprocal (int32_t x, int integer_bits, int *shift)
{
  int headroom = leading_zeros ((uint32_t) x);
  uint32_t one_up = headroom >= 32 ? 0 : (uint32_t) x << headroom;

  *shift = integer_bits - headroom;
  return ls_fixed_reciprocal_1p ((int32_t) (one_up - (UINT32_C (1) << 31)));
}

LsMultiplier
ls_fixed_inv_sqrt (int32_t input)
{
  const int32_t one_and_half = (1 << 28) + (1 << 27), half_sqrt_2 = 1518500250;
  int shift = 11;

  if (input <= 1)
    return (LsMultiplier){ INT32_MAX, 0 };
  while (input >= 1 << 29)
    {
      input /= 4;
      shift++;
    }

  int pairs = (leading_zeros ((uint32_t) input) - 1) / 2 - 1;
  int32_t half = ls_rdbpot ((int32_t) ((uint32_t) input << (2 * pairs)) >> 1, 1), x = 1 << 28;

  shift -= pairs;
  /* Newton and Raphson in Q3.28; a product of three such numbers is in Q9.22, of two in Q6.25. */
  for (int i = 0; i < 5; i++)
    {
      int32_t x3 = ls_fixed_scale (ls_srdhm (ls_srdhm (x, x), x), 6);

      x = ls_fixed_scale (sub (ls_srdhm (one_and_half, x), ls_srdhm (half, x3)), 3);
    }
  x = ls_srdhm (x, half_sqrt_2);
  if (shift < 0)
    {
      x = (int32_t) ((uint32_t) x << -shift);
      shift = 0;
    }
  return (LsMultiplier){ x, -shift };
}

/* x × 2^exponent, saturating, for exponents that are not known beforehand. Those outside 0 … 31
 * come from a sum that left the 32 bits, and saturate at once. */
static int32_t
scale_up (int32_t x, int exponent)
{
  if (exponent < 0 || exponent > 31)
    return x > 0 ? INT32_MAX : x < 0 ? INT32_MIN : 0;
  return ls_fixed_scale (x, exponent);
}

static int32_t
saturate (int64_t x)
{
  return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t) x;
}

int32_t
ls_fixed_log (int32_t x)
{
  enum
  {
    IN_BITS = 12,
    OUT_BITS = 5,
    SUM_BITS = OUT_BITS + 1 /* one of headroom */
  };
  const int32_t log_2 = 1488522236, root4_half = 1805811301, root_half = 1518500250;
  const int32_t alpha_n = 117049297, alpha_d = 127690142, alpha_i = 1057819769, alpha_f = 638450708;
  const int32_t quarter = ls_fixed_scale (536870912, -SUM_BITS);
  /* Two ways to scale x to about 1; the better one is taken. */
  int headroom_a = leading_zeros ((uint32_t) x);
  int32_t r_a = ls_fixed_scale (ls_srdhm (scale_up (x, headroom_a - 1), root_half), 1);
  int32_t pow_a
    = saturate ((int64_t) ls_fixed_scale (IN_BITS - headroom_a, 31 - SUM_BITS) + quarter);
  int headroom_b = leading_zeros ((uint32_t) ls_srdhm (x, root_half)) - 1;
  int32_t r_b = scale_up (x, headroom_b);
  int32_t pow_b
    = saturate ((int64_t) ls_fixed_scale (IN_BITS - headroom_b, 31 - SUM_BITS) - quarter);
  int32_t r = r_a < r_b ? r_a : r_b, pow = pow_a > pow_b ? pow_a : pow_b;
  int32_t p = half_sum (r, root4_half), q = sub (r, root4_half);

  q = add (q, q);

  int32_t q2 = ls_srdhm (q, q);
  int32_t num = add (ls_srdhm (q, r), ls_srdhm (ls_srdhm (q, q2), alpha_n));
  int32_t denominator
    = add (ls_srdhm (p, add (add (alpha_i, q), ls_srdhm (alpha_d, q2))), ls_srdhm (alpha_f, q));
  int32_t part = ls_srdhm (ls_fixed_scale (num, -SUM_BITS), ls_fixed_reciprocal_1p (denominator));

  return ls_fixed_scale (add (ls_srdhm (pow, log_2), part), SUM_BITS - OUT_BITS);
}

bool
ls_softmax_scaling (LsSoftmaxScaling *scaling, double beta, double input_scale)
{
  const int integer_bits = 5;
  double real = beta * input_scale * (double) (1 << (31 - integer_bits));

  if (real > 2147483647.0)
    real = 2147483647.0;
  if (!(real > 1.0))
    return false;
  scaling->input = ls_quantize_multiplier (real);
  /* The largest difference whose product is still within Q5.26 (CalculateInputRadius). */
  double radius = floor ((double) ((1 << integer_bits) - 1) * (double) (1 << (31 - integer_bits))
                         / (double) (INT64_C (1) << scaling->input.shift));
  scaling->diff_min = -(int32_t) radius;
  return true;
}

bool
ls_exact_log2 (float x, int *log2)
{
  float value = logf (x) * (1.0f / logf (2.0f)), rounded = roundf (value);

  *log2 = fabsf (rounded) < 1000.0f ? (int) rounded : 0;
  return fabsf (value - rounded) < 1e-3f;
}
