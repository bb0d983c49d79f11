/*
 * A model that is open in a tab, and what its pages share: which subgraph is shown, what is folded,
 * what is selected (with a way back), and the marks on operators. Pages and graph listen; none of
 * them knows another.
 */
#pragma once

#include "graph/smith-fold.h"
#include "smith-model.h"

typedef enum
{
  SMITH_PICK_NOTHING,
  SMITH_PICK_OP,
  SMITH_PICK_TENSOR,
  SMITH_PICK_GROUP
} SmithPickKind;

typedef struct
{
  SmithPickKind kind;
  int index; /* in the subgraph shown */
} SmithPick;

typedef enum
{
  SMITH_MARK_NONE,
  SMITH_MARK_INFO,
  SMITH_MARK_WARNING,
  SMITH_MARK_ERROR
} SmithMark;

/* Figures painted on the operators of the main subgraph. */
typedef struct
{
  char *name; /* translated: "Time" */
  uint32_t n_ops;
  float *heat;  /* 0 to 1; negative: none */
  char **texts; /* "12 %"; elements may be NULL */
} SmithOverlay;

#define SMITH_TYPE_DOCUMENT (smith_document_get_type ())
G_DECLARE_FINAL_TYPE (SmithDocument, smith_document, SMITH, DOCUMENT, GObject)

/*
 * Signals: "picked" (the selection changed), "graph-changed" (another subgraph, names, or folding:
 * boxes have to be made again), "marked" (marks or overlay changed).
 */
SmithDocument *smith_document_new (SmithModel *model);

SmithModel *smith_document_get_model (SmithDocument *self);
SmithNet *smith_document_get_net (SmithDocument *self);
SmithFold *smith_document_get_fold (SmithDocument *self);
unsigned smith_document_get_subgraph (SmithDocument *self);
void smith_document_set_subgraph (SmithDocument *self, unsigned subgraph);

SmithPick smith_document_get_pick (SmithDocument *self);
/* Selects; an operator that is folded away is opened, when @reveals. */
void smith_document_pick (SmithDocument *self, SmithPickKind kind, int index, gboolean reveals);
/* As above, in another subgraph. */
void smith_document_pick_in (SmithDocument *self, unsigned subgraph, SmithPickKind kind, int index);
gboolean smith_document_can_go (SmithDocument *self, int steps);
void smith_document_go (SmithDocument *self, int steps);

void smith_document_toggle_group (SmithDocument *self, int group);
void smith_document_fold_all (SmithDocument *self, gboolean is_open);

/* Marks of operators of the subgraph shown; the overlay is NULL when there is none. Borrowed. */
SmithMark smith_document_get_mark (SmithDocument *self, int op);
gboolean smith_document_has_marks (SmithDocument *self);
/* @marks: of every operator of every subgraph in turn, from smith_document_mark_place(). Owned from
 * now on; NULL forgets them. */
void smith_document_take_marks (SmithDocument *self, uint8_t *take_marks);
size_t smith_document_n_marks (SmithDocument *self);
size_t smith_document_mark_place (SmithDocument *self, unsigned subgraph, int op);
const SmithOverlay *smith_document_get_overlay (SmithDocument *self);
void smith_document_take_overlay (SmithDocument *self, SmithOverlay *take_overlay);
void smith_overlay_free (SmithOverlay *overlay);
/* Multiply-adds as an overlay of the subgraph shown. */
SmithOverlay *smith_overlay_of_macs (const SmithNet *net);
/* From a figure of each operator; @format makes the text of one (owned by the overlay). */
SmithOverlay *smith_overlay_new (const char *name, const double *values, uint32_t n_ops,
                                 char *(*format) (double value, double share));
