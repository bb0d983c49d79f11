/* The arithmetic under the recurrent operators. */
#include "ops/fixed16.h"
#include "ops/hybrid.h"
#include "test.h"

#include <math.h>

static void
logistic_is_close_everywhere (void)
{
  int worst = 0;

  for (int x = INT16_MIN; x <= INT16_MAX; x++)
    {
      double y = 32768.0 / (1.0 + exp (-x / 4096.0));
      int error = abs ((int) lround (y) - ls_fixed16_logistic ((int16_t) x));

      worst = error > worst ? error : worst;
    }
  CHECK (worst <= 16); /* gemmlowp's own tests allow 11 to 16 units for int16 */
  CHECK (ls_fixed16_logistic (0) == 16384);
}

static void
tanh_is_close_everywhere (void)
{
  for (int bits = 0; bits <= 6; bits++)
    {
      int worst = 0;

      for (int x = INT16_MIN; x <= INT16_MAX; x++)
        {
          double y = 32768.0 * tanh (x / ldexp (1, 15 - bits));
          int error = abs ((int) lround (y) - ls_fixed16_tanh ((int16_t) x, bits));

          worst = error > worst ? error : worst;
        }
      CHECK (worst <= 32);
    }
}

static void
rows_are_quantized_symmetrically (void)
{
  const float x[] = { 0.5f, -1.0f, 0.25f, 1.0f };
  int8_t q[4];
  LsRowScale row = ls_quantize_row (x, 4, false, q);

  CHECK (row.scale == 1.0f / 127 && row.zero_point == 0);
  CHECK (q[0] == 64 && q[1] == -127 && q[2] == 32 && q[3] == 127);
}

static void
rows_are_quantized_with_a_zero_point (void)
{
  const float x[] = { 0, 1.0f, 2.0f, 2.55f };
  int8_t q[4];
  LsRowScale row = ls_quantize_row (x, 4, true, q);

  CHECK (row.zero_point == -128);
  CHECK (fabsf (row.scale - 0.01f) < 1e-7f);
  CHECK (q[0] == -128 && q[1] == -28 && q[2] == 72 && q[3] == 127);
}

/* LiteRT's scale of this row is one unit in the last place smaller than that of exact numbers. */
static void
the_range_of_a_row_is_rounded_to_float (void)
{
  const float x[] = { -7.6f, 4.2f };
  int8_t q[2];

  CHECK (ls_quantize_row (x, 2, true, q).scale == 0x1.7b14acp-5f);
}

static void
odd_rows_are_no_trouble (void)
{
  const float zeros[] = { 0, -0.0f }, odd[] = { INFINITY, 1, NAN };
  int8_t q[3];

  CHECK (ls_quantize_row (zeros, 2, false, q).scale == 1 && q[0] == 0 && q[1] == 0);
  CHECK (ls_quantize_row (zeros, 2, true, q).scale == 1);
  CHECK (ls_quantize_row (NULL, 0, false, q).scale == 1);
  (void) ls_quantize_row (odd, 3, false, q);
  (void) ls_quantize_row (odd, 3, true, q);
  CHECK (ls_is_zero_row (zeros, 2) && !ls_is_zero_row (odd, 3));
}

int
main (void)
{
  RUN (logistic_is_close_everywhere);
  RUN (tanh_is_close_everywhere);
  RUN (rows_are_quantized_symmetrically);
  RUN (rows_are_quantized_with_a_zero_point);
  RUN (the_range_of_a_row_is_rounded_to_float);
  RUN (odd_rows_are_no_trouble);
  return done ();
}
