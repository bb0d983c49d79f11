/* Rectangles of detections. */
#ifndef LS_OPS_BOXES_H
#define LS_OPS_BOXES_H

/* Corners as they are stored. */
typedef struct
{
  float y0, x0, y1, x1;
} LsRect;

/* Area in common over area of both; 0 when one has no area. y0 <= y1 and x0 <= x1. */
float ls_rect_overlap (const LsRect *a, const LsRect *b);

#endif
