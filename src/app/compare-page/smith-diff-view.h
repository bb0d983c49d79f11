/* Two models side by side: both graphs with one selection, and what differs, operator by operator.
 */
#pragma once

#include "smith-document.h"
#include "smith-engine-compare.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_DIFF_VIEW (smith_diff_view_get_type ())
G_DECLARE_FINAL_TYPE (SmithDiffView, smith_diff_view, SMITH, DIFF_VIEW, GtkWidget)

/*
 * Signal: "back" when the person has seen enough.
 *
 * @document: of the first model: what is selected here is selected there
 * @comparison: borrowed until smith_diff_view_clear()
 */
void smith_diff_view_show (SmithDiffView *self, SmithDocument *document, SmithModel *other,
                           const SmithComparison *comparison);
void smith_diff_view_clear (SmithDiffView *self);
/* The second model's document, for tests; NULL: none is shown. Borrowed. */
SmithDocument *smith_diff_view_get_other (SmithDiffView *self);
