#include "smith-paint.h"

#include <adwaita.h>
#include <math.h>
#include <string.h>

enum
{
  RADIUS = 7,
  TEXT_SIZE = 12, /* pixels at zoom 1 */
  SMALL_SIZE = 10,
  CHIP_HEIGHT = 14
};

GdkRGBA
smith_paint_family_color (SmithFamily family)
{
  GdkRGBA color;

  gdk_rgba_parse (&color, smith_family_color (family));
  return color;
}

/* ---- Style ------------------------------------------------------------------------------------
 */

static GdkRGBA
theme_color (GtkStyleContext *style, const char *name, const char *otherwise)
{
  GdkRGBA color;

  if (!gtk_style_context_lookup_color (style, name, &color))
    gdk_rgba_parse (&color, otherwise);
  return color;
}

static GdkRGBA
with_alpha (GdkRGBA color, float alpha)
{
  color.alpha *= alpha;
  return color;
}

static GdkRGBA
mix (const GdkRGBA *a, const GdkRGBA *b, float t)
{
  return (GdkRGBA){ a->red + (b->red - a->red) * t, a->green + (b->green - a->green) * t,
                    a->blue + (b->blue - a->blue) * t, 1 };
}

static void
take_colors (SmithPaint *paint, GtkWidget *widget)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  paint->text = theme_color (style, "view_fg_color", "#202020");
  paint->canvas = theme_color (style, "view_bg_color", "#ffffff");
  paint->text.alpha = 1;
  paint->is_dark = paint->canvas.red + paint->canvas.green + paint->canvas.blue < 1.5f;
  paint->dim = with_alpha (paint->text, paint->is_high_contrast ? 0.9f : 0.68f);
  paint->body = paint->is_dark ? mix (&paint->canvas, &paint->text, 0.09f) : paint->canvas;
  paint->border = with_alpha (paint->text, paint->is_high_contrast ? 0.9f : 0.22f);
  paint->accent = theme_color (style, "accent_color", "#1c71d8");
  paint->error = theme_color (style, "error_bg_color", "#c01c28");
  paint->warning = theme_color (style, "warning_bg_color", "#e5a50a");
  gdk_rgba_parse (&paint->producer, paint->is_dark ? "#57d38c" : "#178244");
  gdk_rgba_parse (&paint->consumer, paint->is_dark ? "#ffa348" : "#c64600");
  for (int f = 0; f < SMITH_N_FAMILIES; f++)
    paint->families[f] = smith_paint_family_color ((SmithFamily) f);
}

static PangoFontDescription *
font_of_size (PangoContext *context, int pixels, PangoWeight weight)
{
  PangoFontDescription *font
    = pango_font_description_copy (pango_context_get_font_description (context));

  pango_font_description_set_absolute_size (font, pixels * PANGO_SCALE);
  pango_font_description_set_weight (font, weight);
  return font;
}

static float
measured (PangoLayout *layout, const char *text)
{
  int width;

  pango_layout_set_text (layout, text, -1);
  pango_layout_get_size (layout, &width, NULL);
  return (float) width / PANGO_SCALE;
}

static void
measure_letters (SmithPaint *paint)
{
  static const char sample[] = "DEPTHWISE_CONV_2D Operators 012345";
  g_autoptr (PangoLayout) layout = pango_layout_new (paint->pango);
  float plain;

  pango_layout_set_font_description (layout, paint->font);
  for (int c = 32; c < 127; c++)
    {
      const char text[] = { (char) c, '\0' };

      paint->metrics.narrow[c] = measured (layout, text);
    }
  paint->metrics.wide = measured (layout, "×") * 1.05f;
  plain = measured (layout, sample);
  pango_layout_set_font_description (layout, paint->bold);
  paint->metrics.bold_factor = plain > 0 ? measured (layout, sample) / plain : 1.1f;
}

SmithPaint *
smith_paint_new (GtkWidget *widget)
{
  SmithPaint *paint = g_new0 (SmithPaint, 1);
  GtkSettings *settings = gtk_widget_get_settings (widget);
  g_autofree char *theme = NULL;

  g_object_get (settings, "gtk-theme-name", &theme, NULL);
  paint->is_high_contrast = theme != NULL && strstr (theme, "HighContrast") != NULL;
  paint->is_high_contrast
    = paint->is_high_contrast || gtk_widget_has_css_class (widget, "high-contrast")
      || adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  take_colors (paint, widget);
  paint->pango = gtk_widget_create_pango_context (widget);
  paint->font = font_of_size (paint->pango, TEXT_SIZE, PANGO_WEIGHT_NORMAL);
  paint->bold = font_of_size (paint->pango, TEXT_SIZE, PANGO_WEIGHT_BOLD);
  paint->small = font_of_size (paint->pango, SMALL_SIZE, PANGO_WEIGHT_NORMAL);
  measure_letters (paint);
  paint->labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) gsk_render_node_unref);
  return paint;
}

void
smith_paint_free (SmithPaint *paint)
{
  g_hash_table_unref (paint->labels);
  g_object_unref (paint->pango);
  pango_font_description_free (paint->font);
  pango_font_description_free (paint->bold);
  pango_font_description_free (paint->small);
  g_free (paint);
}

GdkRGBA
smith_paint_heat (float heat)
{
  static const GdkRGBA cool = { 0.42f, 0.50f, 0.60f, 1 }, warm = { 0.72f, 0.42f, 0.05f, 1 },
                       hot = { 0.75f, 0.08f, 0.10f, 1 };

  return heat < 0.5f ? mix (&cool, &warm, heat * 2) : mix (&warm, &hot, heat * 2 - 1);
}

/* ---- Small pieces -----------------------------------------------------------------------------
 */

static void
append_rounded (GtkSnapshot *s, float x, float y, float width, float height, float radius,
                const GdkRGBA *color)
{
  graphene_rect_t rect = GRAPHENE_RECT_INIT (x, y, width, height);
  GskRoundedRect rounded;

  gsk_rounded_rect_init_from_rect (&rounded, &rect, radius);
  gtk_snapshot_push_rounded_clip (s, &rounded);
  gtk_snapshot_append_color (s, color, &rect);
  gtk_snapshot_pop (s);
}

static void
append_outline (GtkSnapshot *s, float x, float y, float width, float height, float radius,
                float thickness, const GdkRGBA *color)
{
  graphene_rect_t rect = GRAPHENE_RECT_INIT (x, y, width, height);
  const float widths[4] = { thickness, thickness, thickness, thickness };
  const GdkRGBA colors[4] = { *color, *color, *color, *color };
  GskRoundedRect rounded;

  gsk_rounded_rect_init_from_rect (&rounded, &rect, radius);
  gtk_snapshot_append_border (s, &rounded, widths, colors);
}

typedef enum
{
  ALIGN_LEFT,
  ALIGN_CENTRE,
  ALIGN_RIGHT
} Align;

/* Draws a text with its middle at @y; returns its width. */
static float
append_text (const SmithPaint *paint, GtkSnapshot *s, const PangoFontDescription *font,
             const char *text, Align align, float x, float y, const GdkRGBA *color)
{
  g_autoptr (PangoLayout) layout = NULL;
  PangoRectangle size;

  if (text == NULL || text[0] == '\0')
    return 0;
  layout = pango_layout_new (paint->pango);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_extents (layout, NULL, &size);
  if (align != ALIGN_LEFT)
    x -= align == ALIGN_RIGHT ? (float) size.width : (float) size.width / 2;
  gtk_snapshot_save (s);
  gtk_snapshot_translate (s, &GRAPHENE_POINT_INIT (x, y - (float) size.height / 2));
  gtk_snapshot_append_layout (s, layout, color);
  gtk_snapshot_restore (s);
  return (float) size.width;
}

static float
text_width (const SmithPaint *paint, const PangoFontDescription *font, const char *text)
{
  g_autoptr (PangoLayout) layout = pango_layout_new (paint->pango);
  PangoRectangle size;

  pango_layout_set_font_description (layout, font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_extents (layout, NULL, &size);
  return (float) size.width;
}

void
smith_paint_pill (const SmithPaint *paint, GtkSnapshot *snapshot, const char *text, float x,
                  float y, const GdkRGBA *fill, const GdkRGBA *ink)
{
  float width = text_width (paint, paint->small, text) + 10;

  append_rounded (snapshot, x, y - CHIP_HEIGHT / 2.0f - 1, width, CHIP_HEIGHT + 2, 8, fill);
  append_text (paint, snapshot, paint->small, text, ALIGN_LEFT, x + 5, y, ink);
}

void
smith_paint_frame (GtkSnapshot *snapshot, const SmithBox *box, float grow, float width,
                   const GdkRGBA *color)
{
  append_outline (snapshot, box->x - grow, box->y - grow, box->width + 2 * grow,
                  box->height + 2 * grow, RADIUS + grow, width, color);
}

/* ---- Boxes ------------------------------------------------------------------------------------
 */

/* Type and kind of quantization, right-aligned at @right. Returns the place left of it. */
static float
append_chip (const SmithPaint *paint, GtkSnapshot *s, const char *text, float right, float y,
             const GdkRGBA *fill, const GdkRGBA *ink)
{
  float width;

  if (text == NULL)
    return right;
  width = text_width (paint, paint->small, text) + 8;
  append_rounded (s, right - width, y - CHIP_HEIGHT / 2.0f, width, CHIP_HEIGHT, 4, fill);
  append_text (paint, s, paint->small, text, ALIGN_LEFT, right - width + 4, y, ink);
  return right - width - 4;
}

/* A little chequer: not all elements are stored. */
static void
append_sparse_mark (GtkSnapshot *s, float right, float y, const GdkRGBA *color)
{
  for (int i = 0; i < 9; i += 2)
    gtk_snapshot_append_color (
      s, color,
      &GRAPHENE_RECT_INIT (right - 12 + (float) (i % 3) * 4, y - 6 + (float) (i / 3) * 4, 4, 4));
}

static void
append_line (const SmithPaint *paint, GtkSnapshot *s, const SmithLine *line, float width, float y)
{
  const GdkRGBA tint = with_alpha (paint->text, paint->is_high_contrast ? 0.2f : 0.09f);
  float right = width - SMITH_BOX_PADDING, x = SMITH_BOX_PADDING, label;

  right = append_chip (paint, s, line->chip, right, y, &tint, &paint->text);
  if (line->is_sparse)
    append_sparse_mark (s, right, y, &paint->consumer);
  label = append_text (paint, s, paint->font, line->label, ALIGN_LEFT, x, y, &paint->dim);
  append_text (paint, s, paint->font, line->text, ALIGN_LEFT, x + label + (label > 0 ? 7 : 0), y,
               &paint->text);
}

static void
append_header (const SmithPaint *paint, GtkSnapshot *s, const SmithBox *box)
{
  static const GdkRGBA white = { 1, 1, 1, 1 }, veil = { 1, 1, 1, 0.22f };
  float y = SMITH_HEADER_HEIGHT / 2.0f;
  gboolean is_port = box->kind == SMITH_BOX_INPUT || box->kind == SMITH_BOX_OUTPUT;
  const GdkRGBA *fill = &paint->families[box->family];
  const GdkRGBA quiet = with_alpha (paint->text, 0.10f);

  gtk_snapshot_append_color (s, is_port ? &quiet : fill,
                             &GRAPHENE_RECT_INIT (0, 0, box->width, SMITH_HEADER_HEIGHT));
  append_text (paint, s, paint->bold, box->title, ALIGN_LEFT, SMITH_BOX_PADDING, y,
               is_port ? &paint->text : &white);
  if (box->kind == SMITH_BOX_GROUP)
    append_text (paint, s, paint->bold, "+", ALIGN_RIGHT, box->width - SMITH_BOX_PADDING, y,
                 &white);
  else
    append_chip (paint, s, box->chip, box->width - SMITH_BOX_PADDING, y, &veil, &white);
}

static void
append_activation (const SmithPaint *paint, GtkSnapshot *s, const SmithBox *box)
{
  static const GdkRGBA white = { 1, 1, 1, 1 };
  float top = box->height - SMITH_BAR_HEIGHT;

  gtk_snapshot_append_color (s, &paint->families[SMITH_FAMILY_ACTIVATION],
                             &GRAPHENE_RECT_INIT (0, top, box->width, SMITH_BAR_HEIGHT));
  append_text (paint, s, paint->bold, box->activation, ALIGN_LEFT, SMITH_BOX_PADDING,
               top + SMITH_BAR_HEIGHT / 2.0f, &white);
}

GskRenderNode *
smith_paint_box (const SmithPaint *paint, const SmithScene *scene, const SmithBox *box)
{
  GtkSnapshot *s = gtk_snapshot_new ();
  graphene_rect_t rect = GRAPHENE_RECT_INIT (0, 0, box->width, box->height);
  float radius = box->kind == SMITH_BOX_INPUT || box->kind == SMITH_BOX_OUTPUT ? 13 : RADIUS;
  GskRoundedRect rounded;

  gsk_rounded_rect_init_from_rect (&rounded, &rect, radius);
  if (box->kind == SMITH_BOX_GROUP)
    {
      append_rounded (s, 5, 5, box->width, box->height, radius, &paint->body);
      append_outline (s, 5, 5, box->width, box->height, radius, 1, &paint->border);
    }
  gtk_snapshot_push_rounded_clip (s, &rounded);
  gtk_snapshot_append_color (s, &paint->body, &rect);
  append_header (paint, s, box);
  for (uint32_t i = 0; i < box->n_lines; i++)
    append_line (paint, s, &scene->lines[box->first_line + i], box->width,
                 SMITH_HEADER_HEIGHT + 3 + ((float) i + 0.5f) * SMITH_LINE_HEIGHT);
  if (box->activation != NULL)
    append_activation (paint, s, box);
  gtk_snapshot_pop (s);
  append_outline (s, 0, 0, box->width, box->height, radius, 1, &paint->border);
  return gtk_snapshot_free_to_node (s);
}

/* ---- Edges ------------------------------------------------------------------------------------
 */

typedef struct
{
  double left, top, right, bottom;
} Visible;

static Visible
visible_part (const SmithViewport *v)
{
  return (Visible){ v->x, v->y, v->x + v->width / v->zoom, v->y + v->height / v->zoom };
}

static gboolean
is_seen (const SmithEdge *edge, const Visible *seen)
{
  return edge->right >= seen->left && edge->left <= seen->right && edge->bottom >= seen->top
         && edge->top <= seen->bottom;
}

/* The curve in widget pixels: far coordinates stay small numbers in cairo. */
static void
trace_edge (cairo_t *cr, const SmithScene *scene, const SmithEdge *edge, const SmithViewport *v,
            gboolean is_far)
{
  const SmithPoint *p = &scene->points[edge->first_point];
  double zoom = v->zoom;

  cairo_move_to (cr, (p[0].x - v->x) * zoom, (p[0].y - v->y) * zoom);
  for (uint32_t i = 1; i + 2 < edge->n_points; i += 3)
    if (is_far)
      cairo_line_to (cr, (p[i + 2].x - v->x) * zoom, (p[i + 2].y - v->y) * zoom);
    else
      cairo_curve_to (cr, (p[i].x - v->x) * zoom, (p[i].y - v->y) * zoom,
                      (p[i + 1].x - v->x) * zoom, (p[i + 1].y - v->y) * zoom,
                      (p[i + 2].x - v->x) * zoom, (p[i + 2].y - v->y) * zoom);
}

static void
trace_arrow (cairo_t *cr, const SmithScene *scene, const SmithEdge *edge, const SmithViewport *v)
{
  const SmithPoint *p = &scene->points[edge->first_point];
  SmithPoint tip = p[edge->n_points - 1], before = p[edge->n_points - 2];
  double angle = atan2 (tip.y - before.y, tip.x - before.x), size = 7 * v->zoom;
  double x = (tip.x - v->x) * v->zoom, y = (tip.y - v->y) * v->zoom;

  cairo_move_to (cr, x, y);
  cairo_line_to (cr, x - size * cos (angle - 0.42), y - size * sin (angle - 0.42));
  cairo_line_to (cr, x - size * cos (angle + 0.42), y - size * sin (angle + 0.42));
  cairo_close_path (cr);
}

typedef enum
{
  PLAIN,
  TO_PRODUCER,
  TO_CONSUMER,
  SELECTED,
  N_STYLES
} EdgeStyle;

static EdgeStyle
style_of (const SmithEdge *edge, int index, const SmithEmphasis *emphasis)
{
  if (index == emphasis->selected_edge)
    return SELECTED;
  if ((int) edge->to == emphasis->selected_box)
    return TO_PRODUCER;
  if ((int) edge->from == emphasis->selected_box)
    return TO_CONSUMER;
  return PLAIN;
}

static void
draw_style (const SmithPaint *paint, cairo_t *cr, const SmithScene *scene, const SmithViewport *v,
            const SmithEmphasis *emphasis, EdgeStyle style)
{
  const GdkRGBA colors[N_STYLES]
    = { with_alpha (paint->text, paint->is_high_contrast ? 0.9f : 0.45f), paint->producer,
        paint->consumer, paint->accent };
  Visible seen = visible_part (v);
  gboolean is_any = FALSE;

  for (uint32_t e = 0; e < scene->n_edges; e++)
    if (is_seen (&scene->edges[e], &seen)
        && style_of (&scene->edges[e], (int) e, emphasis) == style)
      {
        trace_edge (cr, scene, &scene->edges[e], v, emphasis->is_far);
        is_any = TRUE;
      }
  if (!is_any)
    return;
  gdk_cairo_set_source_rgba (cr, &colors[style]);
  cairo_set_line_width (cr, style == PLAIN ? MAX (0.7, 1.2 * v->zoom) : MAX (1.6, 2.4 * v->zoom));
  cairo_stroke (cr);
  if (emphasis->is_far)
    return;
  for (uint32_t e = 0; e < scene->n_edges; e++)
    if (is_seen (&scene->edges[e], &seen)
        && style_of (&scene->edges[e], (int) e, emphasis) == style)
      trace_arrow (cr, scene, &scene->edges[e], v);
  cairo_fill (cr);
}

void
smith_paint_edges (const SmithPaint *paint, cairo_t *cr, const SmithScene *scene,
                   const SmithViewport *viewport, const SmithEmphasis *emphasis)
{
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
  draw_style (paint, cr, scene, viewport, emphasis, PLAIN);
  if (emphasis->selected_box >= 0)
    {
      draw_style (paint, cr, scene, viewport, emphasis, TO_PRODUCER);
      draw_style (paint, cr, scene, viewport, emphasis, TO_CONSUMER);
    }
  if (emphasis->selected_edge >= 0)
    draw_style (paint, cr, scene, viewport, emphasis, SELECTED);
}

static void
append_label (SmithPaint *paint, GtkSnapshot *snapshot, const char *text, float x, float y)
{
  GskRenderNode *node = g_hash_table_lookup (paint->labels, text);

  if (text[0] == '\0')
    return;
  if (node == NULL)
    {
      GtkSnapshot *s = gtk_snapshot_new ();

      append_text (paint, s, paint->small, text, ALIGN_LEFT, 0, 0, &paint->dim);
      node = gtk_snapshot_free_to_node (s);
      if (node == NULL)
        return;
      g_hash_table_insert (paint->labels, g_strdup (text), node);
    }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_node (snapshot, node);
  gtk_snapshot_restore (snapshot);
}

void
smith_paint_edge_labels (SmithPaint *paint, GtkSnapshot *snapshot, const SmithScene *scene,
                         const SmithViewport *viewport)
{
  Visible seen = visible_part (viewport);

  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      const SmithEdge *edge = &scene->edges[e];
      const SmithPoint *p = &scene->points[edge->first_point];
      const SmithPoint *end = &p[edge->n_points - 1];
      float x, y;

      if (edge->n_points < 4 || !is_seen (edge, &seen))
        continue;
      /* Just above where it arrives, right of the curve. */
      y = end->y - 14;
      x = end->x + (end[-1].x - end->x) * 0.25f + 6;
      if (y < seen.top || y > seen.bottom || x > seen.right || x < seen.left - 100)
        continue;
      append_label (paint, snapshot, scene->net->tensors[edge->tensor].shape, x, y);
    }
}
