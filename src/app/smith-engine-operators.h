/* The operators that the engine knows, for the window of that name. */
#pragma once

#include <gio/gio.h>

#define SMITH_TYPE_OPERATOR (smith_operator_get_type ())
G_DECLARE_FINAL_TYPE (SmithOperator, smith_operator, SMITH, OPERATOR, GObject)

/* "CONV_2D". Borrowed, as all below. */
const char *smith_operator_get_name (SmithOperator *self);
/* The types that it runs with, in the engine's words; "" when it does not run. */
const char *smith_operator_get_types (SmithOperator *self);
gboolean smith_operator_can_run (SmithOperator *self);
gboolean smith_operator_is_custom (SmithOperator *self);
/* The newest version that is known; 0: any. */
int smith_operator_get_version (SmithOperator *self);

/* Of SmithOperator, by name. Owned by the caller. */
GListModel *smith_engine_operators (void);
