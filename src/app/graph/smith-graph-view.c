#include "smith-graph-view-private.h"
#include "smith-layout.h"
#include "smith-paint.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

enum
{
  GLIDE_MS = 220
};

G_DEFINE_FINAL_TYPE (SmithGraphView, smith_graph_view, GTK_TYPE_WIDGET)

enum
{
  SCENE_CHANGED,
  VIEWPORT_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- State ------------------------------------------------------------------------------------
 */

static void
forget_nodes (SmithGraphView *self)
{
  if (self->nodes == NULL)
    return;
  for (uint32_t i = 0; i < self->scene->n_boxes; i++)
    g_clear_pointer (&self->nodes[i], gsk_render_node_unref);
}

static void
forget_paint (SmithGraphView *self)
{
  forget_nodes (self);
  g_clear_pointer (&self->paint, smith_paint_free);
}

SmithPaint *
smith_graph_view_ensure_paint (SmithGraphView *self)
{
  if (self->paint == NULL)
    self->paint = smith_paint_new (GTK_WIDGET (self));
  return self->paint;
}

void
smith_graph_view_moved (SmithGraphView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[VIEWPORT_CHANGED], 0);
}

static const char *
pick_text (SmithGraphView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);
  SmithNet *net = smith_document_get_net (self->document);

  switch (pick.kind)
    {
    case SMITH_PICK_OP:
      return net->ops[pick.index].kind;
    case SMITH_PICK_TENSOR:
      return net->tensors[pick.index].name;
    case SMITH_PICK_GROUP:
      return smith_document_get_fold (self->document)->groups[pick.index].path;
    case SMITH_PICK_NOTHING:
      break;
    }
  return NULL;
}

static void
describe (SmithGraphView *self)
{
  SmithNet *net = self->document != NULL ? smith_document_get_net (self->document) : NULL;
  g_autofree char *count = NULL, *text = NULL;
  const char *picked;

  if (net == NULL)
    return;
  picked = pick_text (self);
  count = g_strdup_printf (ngettext ("%u operator", "%u operators", net->n_ops), net->n_ops);
  /* Translators: what a screen reader says of the graph: "31 operators, SOFTMAX selected". */
  text = picked != NULL ? g_strdup_printf (_ ("%s, %s selected"), count, picked) : g_strdup (count);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

static int
box_of_pick (SmithGraphView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  if (self->scene == NULL || self->scene->net != smith_document_get_net (self->document))
    return -1;
  switch (pick.kind)
    {
    case SMITH_PICK_OP:
      return self->scene->box_of_op[pick.index];
    case SMITH_PICK_TENSOR:
      return smith_scene_box_of_tensor (self->scene, pick.index);
    case SMITH_PICK_GROUP:
      return (uint32_t) pick.index < self->scene->n_groups ? self->scene->box_of_group[pick.index]
                                                           : -1;
    case SMITH_PICK_NOTHING:
      break;
    }
  return -1;
}

static int
edge_of_pick (SmithGraphView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  if (self->scene == NULL || pick.kind != SMITH_PICK_TENSOR)
    return -1;
  for (uint32_t e = 0; e < self->scene->n_edges; e++)
    if (self->scene->edges[e].tensor == pick.index)
      return (int) e;
  return -1;
}

static void
update_pick (SmithGraphView *self)
{
  self->selected_box = box_of_pick (self);
  self->selected_edge = edge_of_pick (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  describe (self);
}

/* ---- Flights ----------------------------------------------------------------------------------
 */

static void
flight_cb (double value, gpointer data)
{
  SmithGraphView *self = data;

  self->viewport = smith_viewport_between (&self->from_viewport, &self->to_viewport, value);
  smith_graph_view_moved (self);
}

static void
fly_to (SmithGraphView *self, const SmithViewport *to)
{
  adw_animation_pause (self->flight);
  self->from_viewport = self->viewport;
  self->to_viewport = *to;
  adw_animation_reset (self->flight);
  adw_animation_play (self->flight);
}

/* Where the view is, or is flying to. */
static SmithViewport
destination (SmithGraphView *self)
{
  return adw_animation_get_state (self->flight) == ADW_ANIMATION_PLAYING ? self->to_viewport
                                                                         : self->viewport;
}

void
smith_graph_view_stop_flight (SmithGraphView *self)
{
  if (adw_animation_get_state (self->flight) == ADW_ANIMATION_PLAYING)
    adw_animation_pause (self->flight);
}

void
smith_graph_view_show_pick (SmithGraphView *self)
{
  const SmithBox *box;
  SmithViewport to;

  g_return_if_fail (SMITH_IS_GRAPH_VIEW (self));

  if (self->selected_box < 0 || self->viewport.width <= 0)
    return;
  box = &self->scene->boxes[self->selected_box];
  to = destination (self);
  if (to.zoom < SMITH_ZOOM_LEGIBLE)
    {
      to.zoom = SMITH_ZOOM_LEGIBLE + 0.15;
      smith_viewport_centre_on (&to, box->x + box->width / 2, box->y + box->height / 2);
    }
  smith_viewport_reveal (&to, box->x, box->y, box->width, box->height);
  if (fabs (to.x - self->viewport.x) > 0.5 || fabs (to.y - self->viewport.y) > 0.5
      || to.zoom != self->viewport.zoom)
    fly_to (self, &to);
}

static void
glide_cb (double value, gpointer data)
{
  SmithGraphView *self = data;

  if (self->glide_to == NULL)
    return;
  smith_scene_place_between (self->scene, self->glide_from, self->glide_to, (float) value);
  self->viewport.world_width = self->scene->width;
  self->viewport.world_height = self->scene->height;
  smith_graph_view_moved (self);
}

static void
glide_done_cb (SmithGraphView *self)
{
  if (self->glide_to == NULL)
    return;
  smith_scene_place (self->scene, self->glide_to);
  g_clear_pointer (&self->glide_to, smith_placement_free);
  g_clear_pointer (&self->glide_from, g_free);
  self->viewport.world_width = self->scene->width;
  self->viewport.world_height = self->scene->height;
  smith_graph_view_moved (self);
  g_signal_emit (self, signals[SCENE_CHANGED], 0);
}

/* ---- Scene and layout -------------------------------------------------------------------------
 */

/* The first operator is seen, also where the graph is wider than the view. */
static void
show_beginning (SmithGraphView *self)
{
  const SmithScene *scene = self->scene;

  for (uint32_t i = 0; i < scene->n_boxes; i++)
    if (scene->boxes[i].kind == SMITH_BOX_OP || scene->boxes[i].kind == SMITH_BOX_GROUP)
      {
        const SmithBox *box = &scene->boxes[i];
        double top = self->viewport.y;

        smith_viewport_reveal (&self->viewport, box->x, box->y, box->width, box->height);
        self->viewport.y = top;
        return;
      }
}

static void
place_viewport (SmithGraphView *self)
{
  if (self->is_placed || self->viewport.width <= 0 || self->scene == NULL)
    return;
  smith_viewport_begin (&self->viewport);
  show_beginning (self);
  self->is_placed = TRUE;
  g_signal_emit (self, signals[VIEWPORT_CHANGED], 0);
}

/* Where the anchor of the old scene (the selection, or what is in the middle) stands in widget
 * pixels, so that folding does not throw the eye about. */
static int
anchor_op (SmithGraphView *self, double *px, double *py)
{
  SmithPick pick = smith_document_get_pick (self->document);
  SmithFold *fold = smith_document_get_fold (self->document);
  int op = pick.kind == SMITH_PICK_OP ? pick.index : -1, box;

  if (pick.kind == SMITH_PICK_GROUP)
    op = (int) fold->groups[pick.index].first_op;
  if (self->scene == NULL || op < 0 || self->scene->net != smith_document_get_net (self->document))
    return -1;
  box = self->scene->box_of_op[op];
  if (box < 0)
    return -1;
  *px = (self->scene->boxes[box].x + self->scene->boxes[box].width / 2 - self->viewport.x)
        * self->viewport.zoom;
  *py = (self->scene->boxes[box].y - self->viewport.y) * self->viewport.zoom;
  return op;
}

static void
keep_anchor (SmithGraphView *self, int op, double px, double py)
{
  int box = op >= 0 ? self->scene->box_of_op[op] : -1;

  if (box < 0)
    return;
  self->viewport.x
    = self->scene->boxes[box].x + self->scene->boxes[box].width / 2 - px / self->viewport.zoom;
  self->viewport.y = self->scene->boxes[box].y - py / self->viewport.zoom;
}

static void
show_scene (SmithGraphView *self, SmithScene *scene, const SmithPlacement *placement)
{
  double px = 0, py = 0;
  int anchor = anchor_op (self, &px, &py);

  adw_animation_pause (self->glide);
  g_clear_pointer (&self->glide_to, smith_placement_free);
  g_clear_pointer (&self->glide_from, g_free);
  forget_nodes (self);
  g_free (self->nodes);
  smith_scene_place (scene, placement);
  smith_scene_ref (scene);
  g_clear_pointer (&self->scene, smith_scene_unref);
  self->scene = scene;
  self->nodes = g_new0 (GskRenderNode *, (size_t) scene->n_boxes + 1);
  self->hovered_box = -1;
  if (self->shown_net != scene->net)
    {
      g_clear_pointer (&self->shown_net, smith_net_unref);
      self->shown_net = smith_net_ref (scene->net);
      self->is_placed = FALSE;
    }
  self->viewport.world_width = scene->width;
  self->viewport.world_height = scene->height;
  place_viewport (self);
  keep_anchor (self, anchor, px, py);
  update_pick (self);
  if (self->selected_box >= 0)
    smith_graph_view_show_pick (self);
  smith_graph_view_moved (self);
  g_signal_emit (self, signals[SCENE_CHANGED], 0);
}

static void
glide_to_placement (SmithGraphView *self, SmithPlacement *take_placement)
{
  self->glide_from = g_new (SmithPoint, (size_t) self->scene->n_boxes + 1);
  for (uint32_t i = 0; i < self->scene->n_boxes; i++)
    self->glide_from[i] = (SmithPoint){ self->scene->boxes[i].x, self->scene->boxes[i].y };
  self->glide_to = take_placement;
  adw_animation_reset (self->glide);
  adw_animation_play (self->glide);
}

static void
finish_work (SmithGraphView *self)
{
  g_clear_object (&self->working);
  g_clear_handle_id (&self->patience, g_source_remove);
  g_clear_pointer (&self->next_scene, smith_scene_unref);
}

static void
placed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithGraphView) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmithPlacement) placement = smith_layout_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* a newer graph is under way, or the view is gone */
  if (placement == NULL)
    g_warning ("No layout: %s", error->message);
  else if (self->scene == self->next_scene)
    glide_to_placement (self, g_steal_pointer (&placement));
  else
    show_scene (self, self->next_scene, placement);
  finish_work (self);
}

/* The built-in layout came while Graphviz still works: shown at once, moved into the better one. */
static void
meanwhile_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithGraphView) self = data;
  g_autoptr (SmithPlacement) placement = smith_layout_finish (result, NULL);

  if (placement != NULL && self->next_scene != NULL
      && placement->n_boxes == self->next_scene->n_boxes && self->scene != self->next_scene)
    show_scene (self, self->next_scene, placement);
}

static gboolean
patience_cb (gpointer data)
{
  SmithGraphView *self = data;

  self->patience = 0;
  smith_layout_async (self->next_scene, SMITH_LAYOUT_BUILT_IN, self->working, meanwhile_cb,
                      g_object_ref (self));
  return G_SOURCE_REMOVE;
}

typedef struct
{
  SmithNet *net;
  SmithFold *fold;
  gboolean *is_open;
  SmithMetrics metrics;
} SceneOrder;

static void
scene_order_free (SceneOrder *order)
{
  smith_net_unref (order->net);
  smith_fold_unref (order->fold);
  g_free (order->is_open);
  g_free (order);
}

static void
scene_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SceneOrder *order = data;

  g_task_return_pointer (task,
                         smith_scene_new (order->net, order->fold, order->is_open, &order->metrics),
                         (GDestroyNotify) smith_scene_unref);
}

static void
scene_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  SmithGraphView *self = SMITH_GRAPH_VIEW (source);
  SmithScene *scene = g_task_propagate_pointer (G_TASK (result), NULL);

  if (scene == NULL)
    return;
  g_clear_pointer (&self->next_scene, smith_scene_unref);
  self->next_scene = scene;
  if (scene->n_boxes <= SMITH_LAYOUT_MAX_GRAPHVIZ)
    self->patience = g_timeout_add (SMITH_LAYOUT_PATIENCE_MS, patience_cb, self);
  smith_layout_async (scene, SMITH_LAYOUT_GRAPHVIZ, self->working, placed_cb, g_object_ref (self));
}

static void
rebuild (SmithGraphView *self)
{
  g_autoptr (GTask) task = NULL;
  SceneOrder *order;
  SmithNet *net = smith_document_get_net (self->document);

  g_cancellable_cancel (self->working);
  finish_work (self);
  if (net == NULL)
    return;
  self->working = g_cancellable_new ();
  order = g_new0 (SceneOrder, 1);
  order->net = smith_net_ref (net);
  order->fold = smith_fold_ref (smith_document_get_fold (self->document));
  order->is_open = smith_fold_snapshot (order->fold);
  order->metrics = smith_graph_view_ensure_paint (self)->metrics;
  task = g_task_new (self, self->working, scene_done_cb, NULL);
  g_task_set_task_data (task, order, (GDestroyNotify) scene_order_free);
  g_task_run_in_thread (task, scene_worker);
}

/* ---- Widget -----------------------------------------------------------------------------------
 */

static void
smith_graph_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SmithGraphView *self = SMITH_GRAPH_VIEW (widget);

  smith_viewport_resize (&self->from_viewport, width, height);
  smith_viewport_resize (&self->to_viewport, width, height);
  smith_viewport_resize (&self->viewport, width, height);
  place_viewport (self);
  if (self->is_placed)
    smith_viewport_clamp (&self->viewport);
}

static void
smith_graph_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = 120;
  *natural = 480;
}

static void
smith_graph_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (smith_graph_view_parent_class)->css_changed (widget, change);
  forget_paint (SMITH_GRAPH_VIEW (widget));
  gtk_widget_queue_draw (widget);
}

static void
smith_graph_view_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (smith_graph_view_parent_class)->system_setting_changed (widget, setting);
  forget_paint (SMITH_GRAPH_VIEW (widget));
  gtk_widget_queue_draw (widget);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
picked_cb (SmithGraphView *self)
{
  update_pick (self);
  if (self->selected_box >= 0 && self->working == NULL)
    smith_graph_view_show_pick (self);
}

static void
marked_cb (SmithGraphView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
forget_document (SmithGraphView *self)
{
  g_cancellable_cancel (self->working);
  finish_work (self);
  if (self->document == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->document, self);
  g_clear_object (&self->document);
}

static void
smith_graph_view_dispose (GObject *object)
{
  SmithGraphView *self = SMITH_GRAPH_VIEW (object);

  forget_document (self);
  if (self->glide != NULL)
    adw_animation_pause (self->glide);
  if (self->flight != NULL)
    adw_animation_pause (self->flight);
  g_clear_object (&self->glide);
  g_clear_object (&self->flight);
  g_clear_pointer (&self->glide_to, smith_placement_free);
  g_clear_pointer (&self->glide_from, g_free);
  forget_paint (self);
  g_clear_pointer (&self->nodes, g_free);
  g_clear_pointer (&self->scene, smith_scene_unref);
  g_clear_pointer (&self->shown_net, smith_net_unref);

  G_OBJECT_CLASS (smith_graph_view_parent_class)->dispose (object);
}

static void
smith_graph_view_class_init (SmithGraphViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_graph_view_dispose;
  widget_class->snapshot = smith_graph_view_draw;
  widget_class->size_allocate = smith_graph_view_size_allocate;
  widget_class->measure = smith_graph_view_measure;
  widget_class->css_changed = smith_graph_view_css_changed;
  widget_class->system_setting_changed = smith_graph_view_system_setting_changed;
  gtk_widget_class_set_css_name (widget_class, "graphview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  signals[SCENE_CHANGED] = g_signal_new ("scene-changed", SMITH_TYPE_GRAPH_VIEW, G_SIGNAL_RUN_LAST,
                                         0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[VIEWPORT_CHANGED] = g_signal_new ("viewport-changed", SMITH_TYPE_GRAPH_VIEW,
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static AdwAnimation *
animation_of (SmithGraphView *self, AdwAnimationTargetFunc step)
{
  AdwAnimation *animation = adw_timed_animation_new (
    GTK_WIDGET (self), 0, 1, GLIDE_MS, adw_callback_animation_target_new (step, self, NULL));

  adw_timed_animation_set_easing (ADW_TIMED_ANIMATION (animation), ADW_EASE_OUT_CUBIC);
  return animation;
}

static void
smith_graph_view_init (SmithGraphView *self)
{
  self->selected_box = self->selected_edge = self->hovered_box = -1;
  self->viewport.zoom = 1;
  self->flight = animation_of (self, flight_cb);
  self->glide = animation_of (self, glide_cb);
  g_signal_connect_object (self->glide, "done", G_CALLBACK (glide_done_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Model graph"), -1);
  smith_graph_view_add_controllers (self);
}

GtkWidget *
smith_graph_view_new (void)
{
  return g_object_new (SMITH_TYPE_GRAPH_VIEW, NULL);
}

void
smith_graph_view_set_document (SmithGraphView *self, SmithDocument *document)
{
  g_return_if_fail (SMITH_IS_GRAPH_VIEW (self));

  if (self->document == document)
    return;
  forget_document (self);
  if (document == NULL)
    return;
  self->document = g_object_ref (document);
  g_signal_connect_swapped (document, "picked", G_CALLBACK (picked_cb), self);
  g_signal_connect_swapped (document, "graph-changed", G_CALLBACK (rebuild), self);
  g_signal_connect_swapped (document, "marked", G_CALLBACK (marked_cb), self);
  describe (self);
  rebuild (self);
}

SmithScene *
smith_graph_view_get_scene (SmithGraphView *self)
{
  return self->scene;
}

const SmithViewport *
smith_graph_view_get_viewport (SmithGraphView *self)
{
  return &self->viewport;
}

gboolean
smith_graph_view_is_busy (SmithGraphView *self)
{
  return self->working != NULL;
}

void
smith_graph_view_zoom (SmithGraphView *self, double factor)
{
  SmithViewport to;

  g_return_if_fail (SMITH_IS_GRAPH_VIEW (self));

  to = destination (self);
  smith_viewport_zoom_at (&to, factor, to.width / 2, to.height / 2);
  fly_to (self, &to);
}

void
smith_graph_view_set_zoom (SmithGraphView *self, double zoom)
{
  smith_graph_view_zoom (self, zoom / destination (self).zoom);
}

void
smith_graph_view_fit (SmithGraphView *self)
{
  SmithViewport to;

  g_return_if_fail (SMITH_IS_GRAPH_VIEW (self));

  to = self->viewport;
  smith_viewport_fit (&to);
  fly_to (self, &to);
}

void
smith_graph_view_centre_on (SmithGraphView *self, double x, double y)
{
  g_return_if_fail (SMITH_IS_GRAPH_VIEW (self));

  smith_graph_view_stop_flight (self);
  smith_viewport_centre_on (&self->viewport, x, y);
  smith_graph_view_moved (self);
}
