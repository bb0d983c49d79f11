/* A subgraph as boxes and edges with their texts: what DOT and SVG are written from. */
#ifndef LS_FORMATS_DOT_PICTURE_H
#define LS_FORMATS_DOT_PICTURE_H

#include "base/store.h"
#include "litesmith.h"

enum
{
  LS_PICTURE_LINES = 8 /* in a box, at most */
};

typedef struct
{
  bool is_port;      /* an input or output of the graph */
  const char *title; /* kind of the operator, or "input" */
  const char *name;  /* all of it */
  const char *color; /* "#rrggbb" */
  uint32_t n_lines;
  const char *lines[LS_PICTURE_LINES];
  LsLayoutNode place; /* size, then centre */
} LsPictureNode;

typedef struct
{
  uint32_t from, to;
  const char *label; /* NULL: none */
  uint32_t n_points; /* of a cubic Bézier route; 0: none known */
  float *points;     /* x, y */
} LsPictureEdge;

typedef struct
{
  LsStore *store; /* holds everything else */
  const char *title;
  uint32_t n_nodes, n_edges;
  LsPictureNode *nodes;
  LsPictureEdge *edges;
  float width, height;
} LsPicture;

LsStatus ls_picture_new (const LsModel *model, uint32_t subgraph, LsPicture *out, LsError *error);
void ls_picture_clear (LsPicture *picture);

/* Places the nodes: by the helper program (nullable) when it answers in time, else by ourselves. */
LsStatus ls_picture_place (LsPicture *picture, const char *helper, LsError *error);

/* How wide a text is about that is cut behind @max_chars, in a sans-serif font of that size.
 * Source: Helvetica's metrics. */
float ls_text_width (const char *text, size_t max_chars, float font_size);

/* Writes text for XML, HTML-like labels included: bytes and characters that may not stand there
 * become U+FFFD. At most @max_chars; an ellipsis shows the cut. */
void ls_xml_text (FILE *file, const char *text, size_t max_chars);

void ls_dot_write (FILE *file, const LsPicture *picture);
void ls_svg_write (FILE *file, const LsPicture *picture);

#endif
