#include "ops/fixed_fft.h"

#include <math.h>
#include <string.h>

/* ---- Arithmetic: what does not fit wraps around ---------------------------------------------- */

static int32_t
narrow (const LsFixedFft *fft, int64_t x)
{
  return fft->bits == 16 ? (int16_t) x : (int32_t) x;
}

/* From 2 × (bits - 1) fractional bits to bits - 1. Sums of products of 16 bits wrap at 32. */
static int32_t
rescale (const LsFixedFft *fft, uint64_t x)
{
  if (fft->bits == 16)
    return (int16_t) ((int32_t) (uint32_t) (x + (1 << 14)) >> 15);
  return (int32_t) ((int64_t) (x + (1 << 30)) >> 31);
}

static uint64_t
product (int32_t a, int32_t b)
{
  return (uint64_t) ((int64_t) a * b);
}

static int32_t
scale (const LsFixedFft *fft, int32_t a, int32_t b)
{
  return rescale (fft, product (a, b));
}

static LsFixed
multiply (const LsFixedFft *fft, LsFixed a, LsFixed b)
{
  return (LsFixed){ rescale (fft, product (a.re, b.re) - product (a.im, b.im)),
                    rescale (fft, product (a.re, b.im) + product (a.im, b.re)) };
}

static LsFixed
add (const LsFixedFft *fft, LsFixed a, LsFixed b)
{
  return (LsFixed){ narrow (fft, (int64_t) a.re + b.re), narrow (fft, (int64_t) a.im + b.im) };
}

static LsFixed
subtract (const LsFixedFft *fft, LsFixed a, LsFixed b)
{
  return (LsFixed){ narrow (fft, (int64_t) a.re - b.re), narrow (fft, (int64_t) a.im - b.im) };
}

/* a + i b */
static LsFixed
add_turned (const LsFixedFft *fft, LsFixed a, LsFixed b)
{
  return (LsFixed){ narrow (fft, (int64_t) a.re - b.im), narrow (fft, (int64_t) a.im + b.re) };
}

/* a - i b */
static LsFixed
subtract_turned (const LsFixedFft *fft, LsFixed a, LsFixed b)
{
  return (LsFixed){ narrow (fft, (int64_t) a.re + b.im), narrow (fft, (int64_t) a.im - b.re) };
}

static LsFixed
divide (const LsFixedFft *fft, LsFixed a, size_t by)
{
  int32_t factor = (int32_t) ((size_t) (fft->bits == 16 ? INT16_MAX : INT32_MAX) / by);

  return (LsFixed){ scale (fft, a.re, factor), scale (fft, a.im, factor) };
}

/* Sums of 32 bits wrap before they are halved; those of 16 bits have room. */
static int32_t
half (const LsFixedFft *fft, int64_t x)
{
  return narrow (fft, (int32_t) x >> 1);
}

static LsFixed
conjugate (const LsFixedFft *fft, LsFixed a)
{
  return (LsFixed){ a.re, narrow (fft, -(int64_t) a.im) };
}

/* ---- The stages of the complex transform ----------------------------------------------------- */

static void
combine_2 (const LsFixedFft *fft, LsFixed *out, size_t m, size_t stride)
{
  for (size_t u = 0; u < m; u++)
    {
      LsFixed a = divide (fft, out[u], 2), b = divide (fft, out[u + m], 2),
              t = multiply (fft, b, fft->twiddles[u * stride]);

      out[u + m] = subtract (fft, a, t);
      out[u] = add (fft, a, t);
    }
}

static void
combine_3 (const LsFixedFft *fft, LsFixed *out, size_t m, size_t stride)
{
  int32_t sine = fft->twiddles[stride * m].im;

  for (size_t u = 0; u < m; u++)
    {
      LsFixed a = divide (fft, out[u], 3),
              b = multiply (fft, divide (fft, out[u + m], 3), fft->twiddles[u * stride]),
              c = multiply (fft, divide (fft, out[u + 2 * m], 3), fft->twiddles[2 * u * stride]),
              sum = add (fft, b, c), difference = subtract (fft, b, c);
      LsFixed middle = { narrow (fft, (int64_t) a.re - (sum.re >> 1)),
                         narrow (fft, (int64_t) a.im - (sum.im >> 1)) },
              side = { scale (fft, difference.re, sine), scale (fft, difference.im, sine) };

      out[u] = add (fft, a, sum);
      out[u + 2 * m] = subtract_turned (fft, middle, side);
      out[u + m] = add_turned (fft, middle, side);
    }
}

static void
combine_4 (const LsFixedFft *fft, LsFixed *out, size_t m, size_t stride)
{
  for (size_t u = 0; u < m; u++)
    {
      LsFixed t[4];

      t[0] = divide (fft, out[u], 4);
      for (size_t q = 1; q < 4; q++)
        t[q] = multiply (fft, divide (fft, out[u + q * m], 4), fft->twiddles[q * u * stride]);

      LsFixed even = add (fft, t[0], t[2]), odd = subtract (fft, t[0], t[2]),
              sum = add (fft, t[1], t[3]), difference = subtract (fft, t[1], t[3]);

      out[u] = add (fft, even, sum);
      out[u + 2 * m] = subtract (fft, even, sum);
      out[u + m] = fft->is_inverse ? add_turned (fft, odd, difference)
                                   : subtract_turned (fft, odd, difference);
      out[u + 3 * m] = fft->is_inverse ? subtract_turned (fft, odd, difference)
                                       : add_turned (fft, odd, difference);
    }
}

/* a + x p.re + y q.re, and -i times (x p.im + y q.im); each product is rounded by itself. */
static LsFixed
five_even (const LsFixedFft *fft, LsFixed a, LsFixed x, int32_t p, LsFixed y, int32_t q)
{
  return (LsFixed){
    narrow (fft, (int64_t) a.re + scale (fft, x.re, p) + scale (fft, y.re, q)),
    narrow (fft, (int64_t) a.im + scale (fft, x.im, p) + scale (fft, y.im, q)),
  };
}

static void
combine_5 (const LsFixedFft *fft, LsFixed *out, size_t m, size_t stride)
{
  LsFixed ya = fft->twiddles[stride * m], yb = fft->twiddles[2 * stride * m];

  for (size_t u = 0; u < m; u++)
    {
      LsFixed t[5];

      t[0] = divide (fft, out[u], 5);
      for (size_t q = 1; q < 5; q++)
        t[q] = multiply (fft, divide (fft, out[u + q * m], 5), fft->twiddles[q * u * stride]);

      LsFixed s1 = add (fft, t[1], t[4]), d1 = subtract (fft, t[1], t[4]),
              s2 = add (fft, t[2], t[3]), d2 = subtract (fft, t[2], t[3]),
              near = five_even (fft, t[0], s1, ya.re, s2, yb.re),
              far = five_even (fft, t[0], s1, yb.re, s2, ya.re);
      LsFixed near_odd
        = { narrow (fft, (int64_t) scale (fft, d1.im, ya.im) + scale (fft, d2.im, yb.im)),
            narrow (fft, -(int64_t) scale (fft, d1.re, ya.im) - scale (fft, d2.re, yb.im)) },
        far_odd = { narrow (fft, (int64_t) scale (fft, d2.im, ya.im) - scale (fft, d1.im, yb.im)),
                    narrow (fft, (int64_t) scale (fft, d1.re, yb.im) - scale (fft, d2.re, ya.im)) };

      out[u] = add (fft, t[0], add (fft, s1, s2));
      out[u + m] = subtract (fft, near, near_odd);
      out[u + 4 * m] = add (fft, near, near_odd);
      out[u + 2 * m] = add (fft, far, far_odd);
      out[u + 3 * m] = subtract (fft, far, far_odd);
    }
}

static void
combine_any (const LsFixedFft *fft, LsFixed *out, size_t m, size_t stride, size_t p,
             LsFixed *scratch)
{
  for (size_t u = 0; u < m; u++)
    {
      for (size_t q = 0; q < p; q++)
        scratch[q] = divide (fft, out[u + q * m], p);
      for (size_t r = 0; r < p; r++)
        {
          size_t k = u + r * m, root = 0;
          LsFixed sum = scratch[0];

          for (size_t q = 1; q < p; q++)
            {
              root += stride * k;
              if (root >= fft->n)
                root -= fft->n;
              sum = add (fft, sum, multiply (fft, scratch[q], fft->twiddles[root]));
            }
          out[k] = sum;
        }
    }
}

/* Transforms the p interleaved parts of a stage, then combines them. */
static void
transform (const LsFixedFft *fft, const LsFixed *in, LsFixed *out, size_t n, size_t stride,
           int factor, LsFixed *scratch)
{
  size_t p = fft->factors[factor], m = n / p;

  for (size_t q = 0; q < p; q++)
    if (m == 1)
      out[q] = in[q * stride];
    else
      transform (fft, in + q * stride, out + q * m, m, stride * p, factor + 1, scratch);
  if (p == 2)
    combine_2 (fft, out, m, stride);
  else if (p == 3)
    combine_3 (fft, out, m, stride);
  else if (p == 4)
    combine_4 (fft, out, m, stride);
  else if (p == 5)
    combine_5 (fft, out, m, stride);
  else
    combine_any (fft, out, m, stride, p, scratch);
}

/* ---- Real numbers ---------------------------------------------------------------------------- */

static LsFixed
unit_root (const LsFixedFft *fft, double phase)
{
  double one = fft->bits == 16 ? INT16_MAX : INT32_MAX;

  return (LsFixed){ (int32_t) floor (0.5 + one * cos (phase)),
                    (int32_t) floor (0.5 + one * sin (phase)) };
}

LsStatus
ls_fixed_fft_init (LsFixedFft *fft, LsNode *node, size_t n, unsigned bits, bool is_inverse,
                   LsError *error)
{
  double sign = is_inverse ? -1 : 1;

  *fft = (LsFixedFft){ .n = n / 2, .bits = bits, .is_inverse = is_inverse };
  LS_TRY (ls_fft_factors (node, fft->n, fft->factors, &fft->n_factors, error));
  /* One point is a stage too: it is rounded. */
  if (fft->n_factors == 0)
    fft->factors[fft->n_factors++] = 1;
  fft->twiddles = ls_node_alloc (node, fft->n, sizeof *fft->twiddles, error);
  fft->halves = ls_node_alloc (node, fft->n / 2 + 1, sizeof *fft->halves, error);
  if (fft->twiddles == NULL || fft->halves == NULL)
    return LS_E_NO_MEMORY;
  /* The order of these operations is KISS FFT's: it decides the last bit. */
  for (size_t k = 0; k < fft->n; k++)
    fft->twiddles[k] = unit_root (fft, sign * (-2 * M_PI * (double) k / (double) fft->n));
  for (size_t k = 0; k < fft->n / 2; k++)
    fft->halves[k] = unit_root (fft, sign * (-M_PI * ((double) (k + 1) / (double) fft->n + 0.5)));
  return LS_OK;
}

size_t
ls_fixed_fft_scratch (size_t n)
{
  return n;
}

void
ls_fixed_rfft (const LsFixedFft *fft, const LsFixed *in, LsFixed *out, LsFixed *scratch)
{
  size_t n = fft->n;
  LsFixed *points = scratch;

  transform (fft, in, points, n, 1, 0, scratch + n);

  LsFixed first = divide (fft, points[0], 2);

  out[0] = (LsFixed){ narrow (fft, (int64_t) first.re + first.im), 0 };
  out[n] = (LsFixed){ narrow (fft, (int64_t) first.re - first.im), 0 };
  for (size_t k = 1; k <= n / 2; k++)
    {
      LsFixed a = divide (fft, points[k], 2), b = divide (fft, conjugate (fft, points[n - k]), 2),
              sum = add (fft, a, b),
              turned = multiply (fft, subtract (fft, a, b), fft->halves[k - 1]);

      out[k] = (LsFixed){ half (fft, (int64_t) sum.re + turned.re),
                          half (fft, (int64_t) sum.im + turned.im) };
      out[n - k] = (LsFixed){ half (fft, (int64_t) sum.re - turned.re),
                              half (fft, (int64_t) turned.im - sum.im) };
    }
}

void
ls_fixed_irfft (const LsFixedFft *fft, const LsFixed *in, LsFixed *out, LsFixed *scratch)
{
  size_t n = fft->n;
  LsFixed *points = scratch;

  points[0] = divide (fft,
                      (LsFixed){ narrow (fft, (int64_t) in[0].re + in[n].re),
                                 narrow (fft, (int64_t) in[0].re - in[n].re) },
                      2);
  for (size_t k = 1; k <= n / 2; k++)
    {
      LsFixed a = divide (fft, in[k], 2), b = divide (fft, conjugate (fft, in[n - k]), 2),
              sum = add (fft, a, b),
              turned = multiply (fft, subtract (fft, a, b), fft->halves[k - 1]);

      points[k] = add (fft, sum, turned);
      points[n - k] = conjugate (fft, subtract (fft, sum, turned));
    }
  transform (fft, points, out, n, 1, 0, scratch + n);
}
