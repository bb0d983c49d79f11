/* What can be mended, one by one or all at once, and what that does to the outputs. */
#pragma once

#include "smith-engine-check.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_REPAIR_PANEL (smith_repair_panel_get_type ())
G_DECLARE_FINAL_TYPE (SmithRepairPanel, smith_repair_panel, SMITH, REPAIR_PANEL, GtkWidget)

/* Signal: "changed" when another set of changes is shown. */
void smith_repair_panel_set_document (SmithRepairPanel *self, SmithDocument *document);
/* After a check. @problems: SmithProblem; kept. */
void smith_repair_panel_set_problems (SmithRepairPanel *self, GPtrArray *problems);
/* Whether what is chosen changes anything. */
gboolean smith_repair_panel_has_changes (SmithRepairPanel *self);
/* What is chosen, as of ls_repair_plan(). Owned by the caller. */
char **smith_repair_panel_get_fixes (SmithRepairPanel *self);
