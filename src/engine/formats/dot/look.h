/* Sizes of what is drawn, in pixels of the SVG. */
#ifndef LS_FORMATS_DOT_LOOK_H
#define LS_FORMATS_DOT_LOOK_H

enum
{
  LOOK_NAME_CHARS = 40, /* longer texts are cut; the whole name is the tooltip */
  LOOK_LINE_CHARS = 60
};

static const float LOOK_FONT = 11, LOOK_SMALL_FONT = 9.5f;
static const float LOOK_HEAD = 20, LOOK_LINE = 14, LOOK_PADDING = 8, LOOK_RADIUS = 5;
static const float LOOK_MARGIN = 20, LOOK_NODE_GAP = 24, LOOK_RANK_GAP = 36, LOOK_MIN_WIDTH = 90;

#endif
