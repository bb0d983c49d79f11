/* One frame of the graph: what is in sight, from cached nodes; emphasis, marks and figures on top.
 */
#include "smith-graph-view-private.h"
#include "smith-trace.h"

static const double LABEL_MIN_ZOOM = 0.35, EDGE_LABEL_MIN_ZOOM = 0.6;

static gboolean
is_seen (const SmithGraphView *self, const SmithBox *box)
{
  const SmithViewport *v = &self->viewport;

  return box->x + box->width + 12 >= v->x && box->x - 12 <= v->x + v->width / v->zoom
         && box->y + box->height + 12 >= v->y && box->y - 24 <= v->y + v->height / v->zoom;
}

static float
heat_of_box (SmithGraphView *self, const SmithBox *box, const char **text)
{
  const SmithOverlay *overlay = smith_document_get_overlay (self->document);
  SmithFold *fold = smith_document_get_fold (self->document);
  float most = -1;

  *text = NULL;
  if (overlay == NULL || self->scene->net != smith_document_get_net (self->document))
    return -1;
  if (box->kind == SMITH_BOX_OP)
    {
      *text = overlay->texts[box->index];
      return overlay->heat[box->index];
    }
  if (box->kind != SMITH_BOX_GROUP || (uint32_t) box->index >= fold->n_groups)
    return -1;
  for (uint32_t i = fold->groups[box->index].first_op; i < overlay->n_ops; i++)
    if (self->scene->box_of_op[i] == (int) (box - self->scene->boxes))
      most = MAX (most, overlay->heat[i]);
  return most;
}

static SmithMark
mark_of_box (SmithGraphView *self, const SmithBox *box)
{
  SmithMark worst = SMITH_MARK_NONE;

  if (!smith_document_has_marks (self->document)
      || self->scene->net != smith_document_get_net (self->document))
    return worst;
  if (box->kind == SMITH_BOX_OP)
    return smith_document_get_mark (self->document, box->index);
  if (box->kind == SMITH_BOX_GROUP)
    for (uint32_t i = 0; i < self->scene->net->n_ops; i++)
      if (self->scene->box_of_op[i] == (int) (box - self->scene->boxes))
        worst = MAX (worst, smith_document_get_mark (self->document, (int) i));
  return worst;
}

static void
snapshot_heat (SmithGraphView *self, GtkSnapshot *snapshot, const SmithBox *box, gboolean is_far)
{
  static const GdkRGBA white = { 1, 1, 1, 1 };
  const char *text;
  float heat = heat_of_box (self, box, &text);
  GdkRGBA color;

  if (heat < 0)
    return;
  color = smith_paint_heat (heat);
  if (is_far)
    {
      gtk_snapshot_append_color (snapshot, &color,
                                 &GRAPHENE_RECT_INIT (box->x, box->y, box->width, box->height));
      return;
    }
  smith_paint_frame (snapshot, box, 4, 4, &color);
  if (text != NULL)
    smith_paint_pill (self->paint, snapshot, text, box->x + 8, box->y - 8, &color, &white);
}

static void
snapshot_mark (SmithGraphView *self, GtkSnapshot *snapshot, const SmithBox *box)
{
  static const GdkRGBA white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 0.85f };
  SmithMark mark = mark_of_box (self, box);

  if (mark < SMITH_MARK_WARNING)
    return;
  smith_paint_pill (self->paint, snapshot, "!", box->x + box->width - 10, box->y,
                    mark == SMITH_MARK_ERROR ? &self->paint->error : &self->paint->warning,
                    mark == SMITH_MARK_ERROR ? &white : &black);
}

static void
snapshot_box (SmithGraphView *self, GtkSnapshot *snapshot, uint32_t index, gboolean is_far)
{
  const SmithBox *box = &self->scene->boxes[index];

  if (is_far)
    {
      gboolean is_port = box->kind == SMITH_BOX_INPUT || box->kind == SMITH_BOX_OUTPUT;

      gtk_snapshot_append_color (snapshot,
                                 is_port ? &self->paint->dim : &self->paint->families[box->family],
                                 &GRAPHENE_RECT_INIT (box->x, box->y, box->width, box->height));
      snapshot_heat (self, snapshot, box, TRUE);
      return;
    }
  if (self->nodes[index] == NULL)
    self->nodes[index] = smith_paint_box (self->paint, self->scene, box);
  if (self->nodes[index] == NULL)
    return;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (box->x, box->y));
  gtk_snapshot_append_node (snapshot, self->nodes[index]);
  gtk_snapshot_restore (snapshot);
  snapshot_heat (self, snapshot, box, FALSE);
  snapshot_mark (self, snapshot, box);
}

/* Producers and consumers of the selection, the selection itself, and what the pointer is on. */
static void
snapshot_emphasis (SmithGraphView *self, GtkSnapshot *snapshot)
{
  float line = (float) MAX (2.5, 2 / self->viewport.zoom);

  for (uint32_t e = 0; self->selected_box >= 0 && e < self->scene->n_edges; e++)
    {
      const SmithEdge *edge = &self->scene->edges[e];

      if ((int) edge->to == self->selected_box && is_seen (self, &self->scene->boxes[edge->from]))
        smith_paint_frame (snapshot, &self->scene->boxes[edge->from], 2, line,
                           &self->paint->producer);
      if ((int) edge->from == self->selected_box && is_seen (self, &self->scene->boxes[edge->to]))
        smith_paint_frame (snapshot, &self->scene->boxes[edge->to], 2, line,
                           &self->paint->consumer);
    }
  if (self->hovered_box >= 0 && self->hovered_box != self->selected_box)
    smith_paint_frame (snapshot, &self->scene->boxes[self->hovered_box], 1, 1.5f,
                       &self->paint->dim);
  if (self->selected_box >= 0)
    smith_paint_frame (snapshot, &self->scene->boxes[self->selected_box], 3, line + 1,
                       &self->paint->accent);
}

void
smith_graph_view_draw (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SmithGraphView *self = SMITH_GRAPH_VIEW (widget);
  const SmithViewport *v = &self->viewport;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) v->width, (float) v->height);
  gboolean is_far = v->zoom < LABEL_MIN_ZOOM;
  SmithEmphasis emphasis = { self->selected_box, self->selected_edge, self->hovered_box, is_far };

  if (self->scene == NULL || v->width <= 0)
    return;
  smith_graph_view_ensure_paint (self);
  gtk_snapshot_push_clip (snapshot, &bounds);
  /* One cairo node of the widget's size: larger ones abort in the GL renderer. */
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);

  smith_paint_edges (self->paint, cr, self->scene, v, &emphasis);
  cairo_destroy (cr);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_scale (snapshot, (float) v->zoom, (float) v->zoom);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) -v->x, (float) -v->y));
  for (uint32_t i = 0; i < self->scene->n_boxes; i++)
    if (is_seen (self, &self->scene->boxes[i]))
      snapshot_box (self, snapshot, i, is_far);
  if (v->zoom >= EDGE_LABEL_MIN_ZOOM)
    smith_paint_edge_labels (self->paint, snapshot, self->scene, v);
  snapshot_emphasis (self, snapshot);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
  smith_trace_drawn (widget, smith_document_get_model (self->document));
}
