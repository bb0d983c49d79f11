/*
 * Which operators are drawn together in one box: by the scopes in their names, else by structure
 * that repeats, else by order in the file. Plain values.
 */
#pragma once

#include "smith-net.h"

typedef struct
{
  const char *name; /* last part of the scope: "unit_017" */
  const char *path; /* the whole: "net/tower_00/stage_03/unit_017" */
  int parent;       /* group, or -1; always less than the group's own index */
  int depth;
  uint32_t first_op, n_ops; /* n_ops: inner groups included, absorbed operators not */
  uint32_t n_children;      /* operators and groups directly in it */
  uint64_t macs, n_parameters;
  gboolean is_open;
} SmithGroup;

typedef struct
{
  uint32_t n_groups, n_ops;
  SmithGroup *groups;
  int32_t *group_of; /* innermost group of each operator, or -1 */
  GStringChunk *texts;
} SmithFold;

enum
{
  /* Up to here everything is drawn open; beyond, whole levels are opened up to BUDGET boxes. */
  SMITH_FOLD_NOTHING_BELOW = 600,
  SMITH_FOLD_BUDGET = 300
};

SmithFold *smith_fold_new (const SmithNet *net);
SmithFold *smith_fold_ref (SmithFold *fold);
void smith_fold_unref (SmithFold *fold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithFold, smith_fold_unref)

/* The closed group that stands for an operator (the outermost), or -1: it is drawn itself. */
int smith_fold_box_of (const SmithFold *fold, int op);
/* Opens what hides an operator; TRUE: something changed. */
gboolean smith_fold_reveal (SmithFold *fold, int op);
void smith_fold_set_all (SmithFold *fold, gboolean is_open);
/* Which groups are open, to hand to a thread; free with g_free(). */
gboolean *smith_fold_snapshot (const SmithFold *fold);
/* Boxes that would be drawn. */
uint32_t smith_fold_count_boxes (const SmithFold *fold, const SmithNet *net);
