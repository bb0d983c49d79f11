#include "smith-noise.h"

#include <glib/gi18n.h>
#include <math.h>

char *
smith_noise_text (double sqnr_db)
{
  if (isnan (sqnr_db))
    return g_strdup (_ ("SQNR unknown"));
  if (isinf (sqnr_db))
    /* Translators: two tensors are the same; SQNR is the ratio of signal to quantization noise. */
    return g_strdup (_ ("SQNR ∞: equal"));
  return g_strdup_printf (_ ("SQNR %.1f dB"), sqnr_db);
}

static char *
noise_text (double value, double share)
{
  return g_strdup_printf ("%.1f dB", -10 * log10 (value));
}

SmithOverlay *
smith_overlay_of_noise (const SmithNet *net, const SmithNoise *noise, unsigned n)
{
  g_autofree double *values = g_new0 (double, (size_t) net->n_ops + 1);

  for (unsigned i = 0; i < n; i++)
    {
      int tensor = noise[i].tensor;
      int producer
        = tensor >= 0 && (uint32_t) tensor < net->n_tensors ? net->tensors[tensor].producer : -1;

      if (producer >= 0 && isfinite (noise[i].sqnr_db))
        values[producer] = MAX (values[producer], pow (10, -noise[i].sqnr_db / 10));
    }
  return smith_overlay_new (_ ("Error"), values, net->n_ops, noise_text);
}
