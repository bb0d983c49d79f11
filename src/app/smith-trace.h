/* LITESMITH_TRACE=1: says on standard error when a model's graph is on the screen. */
#pragma once

#include "smith-model.h"

#include <gtk/gtk.h>

/* From here the milliseconds count; by default from the start of the process. */
void smith_trace_begin (void);
/* Called while a graph is drawn: reports once a model, when the frame is out. */
void smith_trace_drawn (GtkWidget *widget, SmithModel *model);
