/* Small widgets that several pages build their lists of. */
#pragma once

#include <gtk/gtk.h>

/* A wrapping label; quiet ones are small and dim. */
GtkWidget *smith_text_new (const char *text, gboolean is_quiet);
/* A row with a title, a second line and an optional value at its end. */
GtkWidget *smith_row_new (const char *title, const char *subtitle, const char *value);
void smith_list_clear (GtkListBox *list);
/* For lists whose rows hold nothing to focus: Tab comes to the list once, arrows walk its rows. GTK
 * 4.8 makes every row a stop. */
void smith_list_is_one_stop (GtkWidget *list);
/* For screen readers: libadwaita leaves the arrow of a split button without a name. */
void smith_name_arrow (GtkWidget *split_button, const char *name);
/*
 * Takes the keyboard focus out of what is about to be removed: GTK 4.8 leaves it on the widget that
 * is gone, and no key reaches the window any more. TRUE: it was in there.
 */
gboolean smith_take_focus_from (GtkWidget *container);
