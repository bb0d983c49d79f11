/* Every operator of the schema and every custom one: which run, in which types, up to which
 * version. */
#pragma once

#include <adwaita.h>

#define SMITH_TYPE_OPERATORS_WINDOW (smith_operators_window_get_type ())
G_DECLARE_FINAL_TYPE (SmithOperatorsWindow, smith_operators_window, SMITH, OPERATORS_WINDOW,
                      AdwWindow)

void smith_operators_window_show (GtkWindow *parent);
/* How many of them are listed. */
unsigned smith_operators_window_n_listed (SmithOperatorsWindow *self);
