/* One finding that can be mended, or why not: a choice, its ways, numbers and bytes. */
#pragma once

#include "smith-engine-check.h"
#include "smith-engine-repair.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_MEND_ROW (smith_mend_row_get_type ())
G_DECLARE_FINAL_TYPE (SmithMendRow, smith_mend_row, SMITH, MEND_ROW, GtkListBoxRow)

/*
 * Signals: "changed" when another choice was made; "rewrite" when what bytes cannot mend is to be
 * mended in the open model.
 *
 * @left: why bytes cannot mend it; NULL: they can
 */
GtkWidget *smith_mend_row_new (const SmithProblem *problem, const SmithLeft *left);
/* Whether bytes can mend it. */
gboolean smith_mend_row_is_mendable (SmithMendRow *self);
gboolean smith_mend_row_is_chosen (SmithMendRow *self);
void smith_mend_row_set_chosen (SmithMendRow *self, gboolean is_chosen);
/* What to ask of the repair, as smith_fix_text(). Owned by the caller. */
char *smith_mend_row_get_fix (SmithMendRow *self);
/* Shows those of the changes that are the row's; gives how many. */
unsigned smith_mend_row_show (SmithMendRow *self, GPtrArray *changes);
gboolean smith_mend_row_has (SmithMendRow *self, const SmithByteChange *change);

/* "0000037c  55 9c 2f 37 → 55 9c af 39" a line, as markup: bytes that change are bold and coloured.
 * @changes: SmithByteChange. Owned by the caller. */
char *smith_hex_markup (GPtrArray *changes, gboolean is_dark);
/* What the changes are, a line each. Owned by the caller. */
char *smith_numbers_text (GPtrArray *changes);
