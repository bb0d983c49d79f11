#include "smith-trace.h"

#include <stdio.h>

static gint64 begin_us;

void
smith_trace_begin (void)
{
  begin_us = g_get_monotonic_time ();
}

static gboolean
is_wanted (void)
{
  static int wanted = -1;

  if (wanted < 0)
    wanted = g_strcmp0 (g_getenv ("LITESMITH_TRACE"), "1") == 0;
  return wanted;
}

static void
after_paint_cb (GdkFrameClock *clock, gpointer data)
{
  fprintf (stderr, "litesmith-gtk: graph drawn in %" G_GINT64_FORMAT " ms\n",
           (g_get_monotonic_time () - begin_us) / 1000);
  g_signal_handlers_disconnect_by_func (clock, after_paint_cb, data);
}

void
smith_trace_drawn (GtkWidget *widget, SmithModel *model)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (widget);

  if (!is_wanted () || clock == NULL || g_object_get_data (G_OBJECT (model), "is-traced") != NULL)
    return;
  g_object_set_data (G_OBJECT (model), "is-traced", GINT_TO_POINTER (1));
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
}
