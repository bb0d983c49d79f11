#include "smith-convert-report.h"
#include "smith-noise.h"
#include "smith-rows.h"

#include <glib/gi18n.h>
#include <math.h>

static void
add (GtkListBox *list, const char *title, const char *subtitle)
{
  gtk_list_box_append (list, smith_row_new (title, subtitle, NULL));
}

static void
add_sizes (GtkListBox *list, const SmithConversion *c)
{
  g_autofree char *before = g_format_size (c->bytes_before);
  g_autofree char *after = g_format_size (c->bytes_after);
  g_autofree char *ops = g_strdup_printf ("%u → %u", c->n_ops_before, c->n_ops_after);
  g_autofree char *bytes
    = c->bytes_before > 0
        ? g_strdup_printf ("%s → %s (%+.0f %%)", before, after,
                           100 * ((double) c->bytes_after / (double) c->bytes_before - 1))
        : g_strdup_printf ("%s → %s", before, after);

  gtk_list_box_append (list, smith_row_new (_ ("Operators"), NULL, ops));
  gtk_list_box_append (list, smith_row_new (_ ("Constants"), NULL, bytes));
}

static void
add_floats (GtkListBox *list, const SmithConversion *c)
{
  g_autofree char *title = NULL;

  if (c->floats == NULL)
    {
      add (list, _ ("No operator computes in float"), NULL);
      return;
    }
  title = g_strdup_printf (
    ngettext ("%u operator computes in float", "%u operators compute in float", c->n_floats),
    c->n_floats);
  add (list, title, c->floats);
}

static void
add_passes (GtkListBox *list, const SmithConversion *c)
{
  for (guint i = 0; i < c->passes->len; i++)
    add (list, c->passes->pdata[i], NULL);
  for (guint i = 0; i < c->notes->len; i++)
    add (list, c->notes->pdata[i], _ ("Note"));
}

/* "Used: 20.1 dB without it, 24.2 dB with it, on 10 samples": what each improvement brought. */
static char *
gain_text (const SmithGain *gain)
{
  const char *used = gain->is_used ? _ ("Used") : _ ("Not used");

  if (gain->n_samples == 0)
    return g_strdup (used);
  /* Translators: "Used" or "Not used", then signal against noise of the outputs. */
  return g_strdup_printf (ngettext ("%s · %.1f dB without it, %.1f dB with it, on %u sample",
                                    "%s · %.1f dB without it, %.1f dB with it, on %u samples",
                                    gain->n_samples),
                          used, gain->without_db, gain->with_db, gain->n_samples);
}

static void
add_gains (GtkListBox *list, const SmithConversion *c)
{
  static const char *const names[SMITH_N_GAINS]
    = { N_ ("Bias Correction"), N_ ("Equalization"), N_ ("Adaptive Rounding") };

  for (int i = 0; i < SMITH_N_GAINS; i++)
    {
      const SmithGain *gain = &c->gains[i];
      g_autofree char *text = gain_text (gain);
      g_autofree char *value = gain->n_samples > 0
                                 ? g_strdup_printf ("%+.1f dB", gain->with_db - gain->without_db)
                                 : NULL;

      if (gain->is_told)
        gtk_list_box_append (list, smith_row_new (_ (names[i]), text, value));
    }
}

void
smith_convert_fill_plan (GtkListBox *list, const SmithConversion *plan)
{
  smith_list_clear (list);
  add_sizes (list, plan);
  add_floats (list, plan);
  if (plan->passes->len == 0 && plan->notes->len == 0)
    add (list, _ ("Nothing has to change"), _ ("The model is already what this conversion makes."));
  add_passes (list, plan);
}

static void
add_error (GtkListBox *list, const SmithConversion *c)
{
  g_autofree char *sqnr = smith_noise_text (c->sqnr_db);
  g_autofree char *text = NULL, *title = NULL;

  if (isnan (c->cosine))
    text = g_strdup (_ ("The two could not be compared: the source does not run here."));
  else
    text = g_strdup_printf (_ ("%s, cosine %.6f"), sqnr, c->cosine);
  if (c->n_compared > 0)
    title = g_strdup_printf (ngettext ("Error of the outputs on %u sample",
                                       "Error of the outputs on %u samples", c->n_compared),
                             c->n_compared);
  else
    title = g_strdup (_ ("Error of the outputs on random input"));
  add (list, title, text);
  if (isnan (c->top1))
    return;

  g_autofree char *share = g_strdup_printf ("%.1f %%", 100 * c->top1);

  gtk_list_box_append (list, smith_row_new (_ ("Samples with the same best class"), NULL, share));
  if (isnan (c->top5))
    return;

  g_autofree char *five = g_strdup_printf ("%.1f %%", 100 * c->top5);

  gtk_list_box_append (
    list, smith_row_new (_ ("Samples with the best class among the best five"), NULL, five));
}

void
smith_convert_fill_report (GtkListBox *list, const SmithConversion *conversion, const char *name)
{
  smith_list_clear (list);
  add (list, name, _ ("Written, and opened in a tab of its own"));
  add_error (list, conversion);
  add_gains (list, conversion);
  add_sizes (list, conversion);
  add_floats (list, conversion);
  if (conversion->fits != NULL)
    add (list, _ ("Fits these targets"), conversion->fits);
  if (conversion->fits_not != NULL)
    add (list, _ ("Does not fit these targets (errors; the page Check says which)"),
         conversion->fits_not);
  add_passes (list, conversion);
}
