#include "smith-pair-row.h"
#include "graph/smith-scene.h"
#include "smith-noise.h"
#include "smith-rows.h"
#include "smith-tooltip.h"

#include <glib/gi18n.h>
#include <math.h>

static void
add_value (GtkWidget *row, const char *text, int width)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_label_set_width_chars (GTK_LABEL (label), width);
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row))), label);
}

char *
smith_pair_title (const SmithPair *pair)
{
  g_autofree char *name = smith_tidy_name (pair->name_a);

  return pair->is_output ? g_strdup_printf (_ ("Output %s"), name) : g_steal_pointer (&name);
}

/* "CONV_2D · own SQNR 38.5 dB · greatest difference 1.05, mean 0.014". Owned by the caller. */
static char *
pair_detail (const SmithPair *pair)
{
  g_autoptr (GStrvBuilder) parts = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  g_autofree char *own = NULL, *ends = NULL;
  g_autofree char *error
    = g_strdup_printf (_ ("greatest difference %.4g, mean %.4g"), pair->max_abs, pair->mean_abs);

  if (pair->kind != NULL)
    g_strv_builder_add (parts, pair->kind);
  if (isfinite (pair->own_db))
    {
      /* Translators: signal to noise of what the layer adds itself. */
      own = g_strdup_printf (_ ("own SQNR %.1f dB"), pair->own_db);
      g_strv_builder_add (parts, own);
    }
  g_strv_builder_add (parts, error);
  if (pair->saturated > 0)
    {
      ends = g_strdup_printf (_ ("%.2f %% of the integers at an end"), 100 * pair->saturated);
      g_strv_builder_add (parts, ends);
    }
  texts = g_strv_builder_end (parts);
  return g_strjoinv (" · ", texts);
}

GtkWidget *
smith_pair_row_new (const SmithPair *pair)
{
  g_autofree char *sqnr = smith_noise_text (pair->sqnr_db);
  g_autofree char *cosine = g_strdup_printf (_ ("cosine %.5f"), pair->cosine);
  g_autofree char *detail = pair_detail (pair);
  g_autofree char *title = smith_pair_title (pair);
  GtkWidget *row = smith_row_new (title, detail, NULL);

  smith_tooltip_set (row, pair->name_a);
  add_value (row, sqnr, 13);
  add_value (row, cosine, 14);
  return row;
}
