/* Operators and tensors as a GListModel that makes its items when they are asked for. */
#pragma once

#include "smith-document.h"
#include "smith-search.h"

#define SMITH_TYPE_HIT_ITEM (smith_hit_item_get_type ())
G_DECLARE_FINAL_TYPE (SmithHitItem, smith_hit_item, SMITH, HIT_ITEM, GObject)

SmithHit smith_hit_item_get_hit (SmithHitItem *self);
SmithNet *smith_hit_item_get_net (SmithHitItem *self);

#define SMITH_TYPE_HIT_LIST (smith_hit_list_get_type ())
G_DECLARE_FINAL_TYPE (SmithHitList, smith_hit_list, SMITH, HIT_LIST, GObject)

SmithHitList *smith_hit_list_new (void);
/* @take_hits: array of SmithHit, owned from now on. Rows of the view are kept and filled anew: the
 * first at once, the others as the main loop has time. */
void smith_hit_list_set (SmithHitList *self, SmithNet *net, GArray *take_hits);
/* Does not wait for the others. */
void smith_hit_list_show_all (SmithHitList *self);
/* Position of an operator or tensor, or -1. */
int smith_hit_list_find (SmithHitList *self, SmithHit hit);
