#include "smith-flap.h"

/*
 * A flap of libadwaita 1.2 moves with a velocity that it divides by the distance to move. Where
 * nothing has a place yet, or what moves was hidden, that is 0/0: a frame at the same millisecond
 * then gives what is beside the flap a width that is no number. Out of sight it does not move, but
 * jumps.
 */
void
smith_flap_reveal (AdwFlap *flap, gboolean is_revealed)
{
  gboolean jumps;

  g_return_if_fail (ADW_IS_FLAP (flap));

  if (adw_flap_get_reveal_flap (flap) == is_revealed)
    return;
  jumps = gtk_widget_get_mapped (GTK_WIDGET (flap))
          && adw_swipeable_get_distance (ADW_SWIPEABLE (flap)) <= 0;
  if (jumps)
    gtk_widget_set_child_visible (GTK_WIDGET (flap), FALSE);
  adw_flap_set_reveal_flap (flap, is_revealed);
  if (jumps)
    gtk_widget_set_child_visible (GTK_WIDGET (flap), TRUE);
}
