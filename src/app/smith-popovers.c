#include "smith-popovers.h"

#include <gtk/gtk.h>

/*
 * In GTK 4.8 a window that is laid out while the pointer was last seen over a popover asks for a
 * made-up motion event on the popover's surface (gtk_window_native_layout). On X11 that event comes
 * even when the popover has closed by then, as long as the pointer is where the popover was, and it
 * makes the hidden popover the target of presses: the next click there is lost. The pages lay
 * themselves out anew when a type or a device is chosen, so that happened to every second click. A
 * popover without a surface gets no events, and it makes another when it opens again.
 */
static gboolean
give_up_surface_cb (gpointer data)
{
  GtkWidget *popover = data;

  if (gtk_widget_get_realized (popover) && !gtk_widget_get_visible (popover))
    gtk_widget_unrealize (popover);
  return G_SOURCE_REMOVE;
}

/* Not at once, for the popover is still in the midst of the event that closes it; but before the
 * next event and the next frame. */
static gboolean
closed_cb (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  g_idle_add_full (G_PRIORITY_HIGH, give_up_surface_cb, g_value_dup_object (&values[0]),
                   g_object_unref);
  return TRUE;
}

void
smith_popovers_mend (void)
{
  GTypeClass *klass = g_type_class_ref (GTK_TYPE_POPOVER);

  g_signal_add_emission_hook (g_signal_lookup ("closed", GTK_TYPE_POPOVER), 0, closed_cb, NULL,
                              NULL);
  g_type_class_unref (klass);
}
