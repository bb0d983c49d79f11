/* Tooltips that cost nothing until somebody looks for them. */
#pragma once

#include <gtk/gtk.h>

/*
 * What gtk_widget_set_tooltip_text() does, but that sends some eight questions to the X server each
 * time, with the server grabbed, to find out whether the pointer is over the widget. It does not
 * for a hidden widget: hence "visible" before and after each "tooltip-text" in the .ui files.
 */
void smith_tooltip_set (GtkWidget *widget, const char *text);
/* A label's own text, as long as it is cut short. */
void smith_tooltip_when_cut (GtkLabel *label);
