#include "smith-pair-row.h"
#include "graph/smith-scene.h"
#include "smith-noise.h"
#include "smith-rows.h"
#include "smith-tooltip.h"

#include <glib/gi18n.h>

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

static char *
pair_detail (const SmithPair *pair)
{
  g_autofree char *error
    = g_strdup_printf (_ ("greatest difference %.4g, mean %.4g"), pair->max_abs, pair->mean_abs);

  g_autofree char *ends
    = pair->saturated > 0
        ? g_strdup_printf (_ ("%.2f %% of the integers at an end"), 100 * pair->saturated)
        : NULL;

  if (pair->kind == NULL)
    return ends != NULL ? g_strdup_printf ("%s · %s", error, ends) : g_steal_pointer (&error);
  return ends != NULL ? g_strdup_printf ("%s · %s · %s", pair->kind, error, ends)
                      : g_strdup_printf ("%s · %s", pair->kind, error);
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
