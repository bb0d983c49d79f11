/* What the pages build on: lists, flaps, labels. */
#include "smith-flap.h"
#include "smith-rows.h"
#include "window-fixture.h"

/* Before it has a size a flap is where it shall be at once: it has no way to go, and would give the
 * widths of its children in parts of it. */
static void
flap_without_a_size_jumps (void)
{
  GtkWidget *window = gtk_window_new (), *flap = adw_flap_new (), *aside = gtk_label_new ("aside");

  adw_flap_set_content (ADW_FLAP (flap), gtk_label_new ("content"));
  adw_flap_set_flap (ADW_FLAP (flap), aside);
  gtk_window_set_child (GTK_WINDOW (window), flap);
  gtk_window_present (GTK_WINDOW (window));
  g_assert_true (gtk_widget_get_mapped (flap));
  g_assert_cmpfloat (adw_swipeable_get_distance (ADW_SWIPEABLE (flap)), ==, 0);
  smith_flap_reveal (ADW_FLAP (flap), FALSE);
  g_assert_cmpfloat (adw_flap_get_reveal_progress (ADW_FLAP (flap)), ==, 0);
  smith_flap_reveal (ADW_FLAP (flap), TRUE);
  g_assert_cmpfloat (adw_flap_get_reveal_progress (ADW_FLAP (flap)), ==, 1);
  g_assert_true (gtk_widget_get_mapped (flap));
  settle (50);
  g_assert_cmpfloat (adw_swipeable_get_distance (ADW_SWIPEABLE (flap)), >, 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  g_test_add_func ("/widgets/flap_without_a_size_jumps", flap_without_a_size_jumps);
  return g_test_run ();
}
