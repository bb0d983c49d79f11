/*
 * What the graph view draws: boxes with their texts, curves between them, and where things are.
 * Built in a thread from a net and a fold; plain values, counted references. Units are those of the
 * graph: pixels at zoom 1, y downwards.
 */
#pragma once

#include "smith-fold.h"
#include "smith-net.h"

typedef enum
{
  SMITH_BOX_OP,
  SMITH_BOX_GROUP,
  SMITH_BOX_INPUT,
  SMITH_BOX_OUTPUT
} SmithBoxKind;

typedef struct
{
  const char *label, *text; /* "filter", "16×3×3×8" */
  const char *chip;         /* "i8·ch" */
  int tensor;               /* what a click shows, or -1 */
  gboolean is_sparse;
} SmithLine;

typedef struct
{
  float x, y, width, height; /* top left corner */
  SmithBoxKind kind;
  int index; /* operator, group or tensor */
  SmithFamily family;
  const char *title, *chip;
  const char *activation; /* NULL: none */
  uint32_t first_line, n_lines;
} SmithBox;

typedef struct
{
  uint32_t from, to; /* boxes */
  int tensor;        /* the first one that runs along it */
  uint32_t n_tensors;
  uint32_t first_point, n_points; /* Bézier points: 3 n + 1 */
  float left, top, right, bottom; /* bounds of the points */
} SmithEdge;

typedef struct
{
  float x, y;
} SmithPoint;

/* Widths of the letters that boxes are drawn with, measured by whoever has a display. */
typedef struct
{
  float narrow[128]; /* advance of ASCII */
  float wide;        /* of everything else */
  float bold_factor;
} SmithMetrics;

/* Answer of a layout: centres of the boxes, and the curves when the layout made them. */
typedef struct
{
  uint32_t n_boxes, n_edges;
  float width, height;
  SmithPoint *centres;
  uint32_t *first_point; /* n_edges + 1, or NULL: no curves */
  SmithPoint *points;
} SmithPlacement;

typedef struct
{
  SmithNet *net;
  uint32_t n_boxes, n_edges, n_lines, n_points;
  SmithBox *boxes;
  SmithEdge *edges;
  SmithLine *lines;
  SmithPoint *points;
  int32_t *box_of_op; /* of absorbed operators: that of their reader; -1: none */
  int32_t *box_of_group;
  uint32_t n_groups;
  float width, height;
  GStringChunk *texts;
} SmithScene;

enum
{
  SMITH_HEADER_HEIGHT = 26,
  SMITH_LINE_HEIGHT = 19,
  SMITH_BAR_HEIGHT = 20,
  SMITH_BOX_PADDING = 10,
  SMITH_NODE_GAP = 28,
  SMITH_RANK_GAP = 44
};

/* @is_open: of each group; the fold itself may change meanwhile. @metrics: NULL takes a guess. */
SmithScene *smith_scene_new (SmithNet *net, const SmithFold *fold, const gboolean *is_open,
                             const SmithMetrics *metrics);
SmithScene *smith_scene_ref (SmithScene *scene);
void smith_scene_unref (SmithScene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithScene, smith_scene_unref)

void smith_placement_free (SmithPlacement *placement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithPlacement, smith_placement_free)

/* Puts boxes and curves to their places. */
void smith_scene_place (SmithScene *scene, const SmithPlacement *placement);
/* On the way from @from (top left corners of the boxes) to @placement; @t from 0 to 1. */
void smith_scene_place_between (SmithScene *scene, const SmithPoint *from,
                                const SmithPlacement *placement, float t);

/* The topmost box at a point, or -1. */
int smith_scene_box_at (const SmithScene *scene, float x, float y);
/* The line of that box at the point (index into lines), or -1. */
int smith_scene_line_at (const SmithScene *scene, int box, float x, float y);
/* The edge within @slack of a point, or -1. */
int smith_scene_edge_at (const SmithScene *scene, float x, float y, float slack);
/* The box that shows an operator, a group, or a tensor that is a port; -1: none. */
int smith_scene_box_of_tensor (const SmithScene *scene, int tensor);

typedef enum
{
  SMITH_TOWARDS_PRODUCER,
  SMITH_TOWARDS_CONSUMER,
  SMITH_TOWARDS_LEFT,
  SMITH_TOWARDS_RIGHT
} SmithDirection;

/* Where an arrow key leads from a box, or -1. */
int smith_scene_neighbour (const SmithScene *scene, int box, SmithDirection direction);

/* Shortens in the middle, where names of one scope do not differ. Owned by the caller. */
char *smith_shorten (const char *text, unsigned max_chars);
/* The first of the names that TFLite joins with ";" when it fuses operators: "a/Relu;a/BiasAdd" →
 * "a/Relu +1". Owned by the caller. */
char *smith_tidy_name (const char *name);
/* "1.2 k", "3.4 M": three digits and a prefix. Owned by the caller. */
char *smith_count_text (uint64_t count);
