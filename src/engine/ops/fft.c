#include "ops/fft.h"

#include <math.h>
#include <string.h>

static void
unit_root (double *out, size_t k, size_t n)
{
  double angle = -2.0 * M_PI * (double) k / (double) n;

  out[0] = cos (angle);
  out[1] = sin (angle);
}

/* Fours first, then a two, then odd factors; what is left is prime, and takes its square in time.
 */
LsStatus
ls_fft_factors (const LsNode *node, size_t n, size_t factors[LS_FFT_MAX_FACTORS], int *n_factors,
                LsError *error)
{
  size_t rest = n, p = 4;

  for (*n_factors = 0; rest > 1; rest /= p)
    {
      while (rest % p != 0)
        {
          p = p == 4 ? 2 : p == 2 ? 3 : p + 2;
          if (p > rest / p)
            p = rest;
        }
      if (p > LS_FFT_MAX_PRIME)
        return ls_node_unsupported (
          node, error, "a Fourier transform of %zu points, which has the factor %zu", n, p);
      factors[(*n_factors)++] = p;
    }
  return LS_OK;
}

LsStatus
ls_fft_init (LsFft *fft, LsNode *node, size_t n, LsError *error)
{
  *fft = (LsFft){ .n = n };
  LS_TRY (ls_fft_factors (node, n, fft->factors, &fft->n_factors, error));
  fft->twiddles = ls_node_alloc (node, n, 2 * sizeof (double), error);
  if (fft->twiddles == NULL)
    return LS_E_NO_MEMORY;
  for (size_t k = 0; k < n; k++)
    unit_root (fft->twiddles + 2 * k, k, n);
  return LS_OK;
}

/* a × b */
static void
multiply (double *out, const double *a, const double *b)
{
  double re = a[0] * b[0] - a[1] * b[1], im = a[0] * b[1] + a[1] * b[0];

  out[0] = re;
  out[1] = im;
}

static void
combine_2 (const LsFft *fft, double *out, size_t m, size_t stride)
{
  for (size_t u = 0; u < m; u++)
    {
      double *a = out + 2 * u, *b = out + 2 * (u + m), t[2];

      multiply (t, b, fft->twiddles + 2 * u * stride);
      b[0] = a[0] - t[0];
      b[1] = a[1] - t[1];
      a[0] += t[0];
      a[1] += t[1];
    }
}

static void
combine_4 (const LsFft *fft, double *out, size_t m, size_t stride)
{
  for (size_t u = 0; u < m; u++)
    {
      double *at[4], t[3][2];

      for (size_t q = 0; q < 4; q++)
        at[q] = out + 2 * (u + q * m);
      for (size_t q = 1; q < 4; q++)
        multiply (t[q - 1], at[q], fft->twiddles + 2 * q * u * stride);

      double even[2] = { at[0][0] + t[1][0], at[0][1] + t[1][1] },
             odd[2] = { at[0][0] - t[1][0], at[0][1] - t[1][1] },
             sum[2] = { t[0][0] + t[2][0], t[0][1] + t[2][1] },
             difference[2] = { t[0][0] - t[2][0], t[0][1] - t[2][1] };

      at[0][0] = even[0] + sum[0];
      at[0][1] = even[1] + sum[1];
      at[1][0] = odd[0] + difference[1];
      at[1][1] = odd[1] - difference[0];
      at[2][0] = even[0] - sum[0];
      at[2][1] = even[1] - sum[1];
      at[3][0] = odd[0] - difference[1];
      at[3][1] = odd[1] + difference[0];
    }
}

static void
combine_any (const LsFft *fft, double *out, size_t m, size_t stride, size_t p, double *scratch)
{
  for (size_t u = 0; u < m; u++)
    {
      for (size_t q = 0; q < p; q++)
        memcpy (scratch + 2 * q, out + 2 * (u + q * m), 2 * sizeof (double));
      for (size_t r = 0; r < p; r++)
        {
          size_t k = u + r * m, step = stride * k % fft->n, root = 0;
          double *to = out + 2 * k, t[2];

          to[0] = to[1] = 0;
          for (size_t q = 0; q < p; q++)
            {
              multiply (t, scratch + 2 * q, fft->twiddles + 2 * root);
              to[0] += t[0];
              to[1] += t[1];
              root = root + step >= fft->n ? root + step - fft->n : root + step;
            }
        }
    }
}

/* Transforms p interleaved parts of m points, and combines them. */
static void
transform (const LsFft *fft, const double *in, double *out, size_t n, size_t stride, int factor,
           double *scratch)
{
  if (n == 1)
    {
      memcpy (out, in, 2 * sizeof (double));
      return;
    }

  size_t p = fft->factors[factor], m = n / p;

  for (size_t q = 0; q < p; q++)
    transform (fft, in + 2 * q * stride, out + 2 * q * m, m, stride * p, factor + 1, scratch);
  if (p == 2)
    combine_2 (fft, out, m, stride);
  else if (p == 4)
    combine_4 (fft, out, m, stride);
  else
    combine_any (fft, out, m, stride, p, scratch);
}

void
ls_fft (const LsFft *fft, const double *in, double *out, double *scratch)
{
  transform (fft, in, out, fft->n, 1, 0, scratch);
}

LsStatus
ls_rfft_init (LsRfft *rfft, LsNode *node, size_t n, LsError *error)
{
  *rfft = (LsRfft){ .n = n };
  if (n % 2 != 0)
    return ls_fft_init (&rfft->complex, node, n, error);
  rfft->twiddles = ls_node_alloc (node, n / 4 + 1, 2 * sizeof (double), error);
  if (rfft->twiddles == NULL)
    return LS_E_NO_MEMORY;
  for (size_t k = 0; k <= n / 4; k++)
    unit_root (rfft->twiddles + 2 * k, k, n);
  return ls_fft_init (&rfft->complex, node, n / 2, error);
}

size_t
ls_rfft_scratch (size_t n)
{
  size_t count;

  return ls_mul (&count, n, 6) ? count : SIZE_MAX;
}

static void
odd_rfft (const LsRfft *rfft, const double *in, double *out, double *scratch)
{
  size_t n = rfft->n;
  double *complex = scratch, *all = scratch + 2 * n;

  for (size_t i = 0; i < n; i++)
    {
      complex[2 * i] = in[i];
      complex[2 * i + 1] = 0;
    }
  ls_fft (&rfft->complex, complex, all, scratch + 4 * n);
  memcpy (out, all, (n / 2 + 1) * 2 * sizeof (double));
}

void
ls_rfft (const LsRfft *rfft, const double *in, double *out, double *scratch)
{
  size_t half = rfft->n / 2;
  double *z = scratch;

  if (rfft->n % 2 != 0)
    {
      odd_rfft (rfft, in, out, scratch);
      return;
    }
  /* Even and odd points as real and imaginary parts of half as many. */
  ls_fft (&rfft->complex, in, z, scratch + 2 * half);
  for (size_t k = 0; k <= half / 2; k++)
    {
      const double *a = z + 2 * k, *b = z + 2 * ((half - k) % half);
      /* The transforms of the even and of the odd points. */
      double even[2] = { (a[0] + b[0]) / 2, (a[1] - b[1]) / 2 },
             odd[2] = { (a[1] + b[1]) / 2, (b[0] - a[0]) / 2 }, t[2];

      multiply (t, odd, rfft->twiddles + 2 * k);
      out[2 * k] = even[0] + t[0];
      out[2 * k + 1] = even[1] + t[1];
      out[2 * (half - k)] = even[0] - t[0];
      out[2 * (half - k) + 1] = t[1] - even[1];
    }
}

void
ls_irfft (const LsRfft *rfft, const double *in, double *out, double *scratch)
{
  size_t half = rfft->n / 2;
  double *z = scratch;

  /* The inverse is the conjugate of the transform of what is conjugate. */
  z[0] = in[0] + in[2 * half];
  z[1] = in[2 * half] - in[0];
  for (size_t k = 1; k <= half / 2; k++)
    {
      const double *a = in + 2 * k, *b = in + 2 * (half - k), *root = rfft->twiddles + 2 * k;
      double even[2] = { a[0] + b[0], a[1] - b[1] }, odd[2] = { a[0] - b[0], a[1] + b[1] }, t[2];

      multiply (t, odd, (const double[]){ root[0], -root[1] });
      z[2 * k] = even[0] - t[1];
      z[2 * k + 1] = -even[1] - t[0];
      z[2 * (half - k)] = even[0] + t[1];
      z[2 * (half - k) + 1] = even[1] - t[0];
    }
  ls_fft (&rfft->complex, z, out, scratch + 2 * half);
  for (size_t k = 0; k < half; k++)
    out[2 * k + 1] = -out[2 * k + 1];
}
