/* How boxes and curves look: colours of the theme, fonts, and render nodes made of them. */
#pragma once

#include "smith-scene.h"
#include "smith-viewport.h"

#include <gtk/gtk.h>

typedef struct
{
  GdkRGBA text, dim, body, border, canvas, accent, producer, consumer, error, warning;
  GdkRGBA families[SMITH_N_FAMILIES];
  gboolean is_dark, is_high_contrast;
  PangoContext *pango;
  PangoFontDescription *font, *bold, *small;
  SmithMetrics metrics;
  GHashTable *labels; /* text → GskRenderNode, drawn around the left end of its middle line */
} SmithPaint;

/* Takes fonts and colours from a widget; to be made again when its style changes. */
SmithPaint *smith_paint_new (GtkWidget *widget);
void smith_paint_free (SmithPaint *paint);
GdkRGBA smith_paint_family_color (SmithFamily family);

/* A box at the origin. Owned by the caller; NULL when nothing was drawn. */
GskRenderNode *smith_paint_box (const SmithPaint *paint, const SmithScene *scene,
                                const SmithBox *box);

/* What is emphasised in a frame. */
typedef struct
{
  int selected_box, selected_edge; /* -1: none */
  int hovered_box;
  gboolean is_far; /* too small for text: straight lines, flat boxes */
} SmithEmphasis;

/* Draws the visible edges with cairo, in widget pixels. */
void smith_paint_edges (const SmithPaint *paint, cairo_t *cr, const SmithScene *scene,
                        const SmithViewport *viewport, const SmithEmphasis *emphasis);
/* Shapes of the tensors beside the visible edges. */
void smith_paint_edge_labels (SmithPaint *paint, GtkSnapshot *snapshot, const SmithScene *scene,
                              const SmithViewport *viewport);
/* A text in a small pill with its left edge and middle at a point, in graph units. */
void smith_paint_pill (const SmithPaint *paint, GtkSnapshot *snapshot, const char *text, float x,
                       float y, const GdkRGBA *fill, const GdkRGBA *ink);
void smith_paint_frame (GtkSnapshot *snapshot, const SmithBox *box, float grow, float width,
                        const GdkRGBA *color);
/* From cool to hot, 0 to 1. */
GdkRGBA smith_paint_heat (float heat);
