/* Pointer, touch and keyboard on the graph. */
#include "smith-graph-view-private.h"

#include <math.h>

enum
{
  DRAG_SLACK_PX = 4,
  EDGE_SLACK_PX = 6
};

static const double WHEEL_FACTOR = 1.25, STEP_PX = 60;

/* ---- Pointer ----------------------------------------------------------------------------------
 */

static void
zoom_by (SmithGraphView *self, double factor, double px, double py)
{
  smith_graph_view_stop_flight (self);
  smith_viewport_zoom_at (&self->viewport, factor, px, py);
  smith_graph_view_moved (self);
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, gpointer data)
{
  SmithGraphView *self = data;
  GdkModifierType state
    = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean is_surface
    = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE;
  double step = is_surface ? 1 : STEP_PX;

  if (state & GDK_CONTROL_MASK)
    {
      zoom_by (self, is_surface ? exp (-dy * 0.005) : pow (WHEEL_FACTOR, -dy), self->pointer_x,
               self->pointer_y);
      return GDK_EVENT_STOP;
    }
  if (state & GDK_SHIFT_MASK)
    {
      double swap = dx;

      dx = dy;
      dy = swap;
    }
  smith_graph_view_stop_flight (self);
  smith_viewport_pan (&self->viewport, dx * step, dy * step);
  smith_graph_view_moved (self);
  return GDK_EVENT_STOP;
}

static void
update_hover (SmithGraphView *self, double x, double y)
{
  double wx, wy;
  int box = -1;

  self->pointer_x = x;
  self->pointer_y = y;
  if (self->scene == NULL)
    return;
  smith_viewport_to_world (&self->viewport, x, y, &wx, &wy);
  box = smith_scene_box_at (self->scene, (float) wx, (float) wy);
  if (box == self->hovered_box)
    return;
  self->hovered_box = box;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
  update_hover (data, x, y);
}

static void
leave_cb (GtkEventControllerMotion *controller, gpointer data)
{
  SmithGraphView *self = data;

  self->hovered_box = -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pick_at (SmithGraphView *self, double px, double py)
{
  double x, y;
  int box, edge, line;

  smith_viewport_to_world (&self->viewport, px, py, &x, &y);
  box = smith_scene_box_at (self->scene, (float) x, (float) y);
  if (box < 0)
    {
      edge = smith_scene_edge_at (self->scene, (float) x, (float) y,
                                  (float) (EDGE_SLACK_PX / self->viewport.zoom));
      if (edge >= 0)
        smith_document_pick (self->document, SMITH_PICK_TENSOR, self->scene->edges[edge].tensor,
                             FALSE);
      else
        smith_document_pick (self->document, SMITH_PICK_NOTHING, -1, FALSE);
      return;
    }

  const SmithBox *b = &self->scene->boxes[box];

  line = smith_scene_line_at (self->scene, box, (float) x, (float) y);
  if (b->kind == SMITH_BOX_GROUP)
    smith_document_pick (self->document, SMITH_PICK_GROUP, b->index, FALSE);
  else if (b->kind != SMITH_BOX_OP)
    smith_document_pick (self->document, SMITH_PICK_TENSOR, b->index, FALSE);
  else if (line >= 0 && self->scene->lines[line].tensor >= 0)
    smith_document_pick (self->document, SMITH_PICK_TENSOR, self->scene->lines[line].tensor, FALSE);
  else
    smith_document_pick (self->document, SMITH_PICK_OP, b->index, FALSE);
}

static gboolean
is_group_at (SmithGraphView *self, double px, double py)
{
  double x, y;
  int box;

  smith_viewport_to_world (&self->viewport, px, py, &x, &y);
  box = smith_scene_box_at (self->scene, (float) x, (float) y);
  return box >= 0 && self->scene->boxes[box].kind == SMITH_BOX_GROUP;
}

static gboolean
is_empty_at (SmithGraphView *self, double px, double py)
{
  double x, y;

  smith_viewport_to_world (&self->viewport, px, py, &x, &y);
  return smith_scene_box_at (self->scene, (float) x, (float) y) < 0;
}

static void
click_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  SmithGraphView *self = data;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->scene == NULL || self->is_dragging)
    return;
  if (n_press == 1)
    pick_at (self, x, y);
  else if (n_press == 2 && is_group_at (self, x, y))
    smith_document_toggle_group (self->document, smith_document_get_pick (self->document).index);
  else if (n_press == 2 && is_empty_at (self, x, y))
    smith_graph_view_fit (self);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, gpointer data)
{
  SmithGraphView *self = data;

  self->is_dragging = FALSE;
  self->drag_x = self->drag_y = 0;
  smith_graph_view_stop_flight (self);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  SmithGraphView *self = data;

  if (!self->is_dragging && hypot (dx, dy) < DRAG_SLACK_PX)
    return;
  if (!self->is_dragging)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  self->is_dragging = TRUE;
  smith_viewport_pan (&self->viewport, self->drag_x - dx, self->drag_y - dy);
  self->drag_x = dx;
  self->drag_y = dy;
  smith_graph_view_moved (self);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  gtk_widget_set_cursor (data, NULL);
}

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, gpointer data)
{
  SmithGraphView *self = data;

  self->pinch_zoom = self->viewport.zoom;
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, gpointer data)
{
  SmithGraphView *self = data;
  double x = self->pointer_x, y = self->pointer_y;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  zoom_by (self, self->pinch_zoom * scale / self->viewport.zoom, x, y);
}

/* ---- Keyboard ---------------------------------------------------------------------------------
 */

static void
pick_box (SmithGraphView *self, int box)
{
  const SmithBox *b;

  if (box < 0)
    return;
  b = &self->scene->boxes[box];
  if (b->kind == SMITH_BOX_OP)
    smith_document_pick (self->document, SMITH_PICK_OP, b->index, FALSE);
  else if (b->kind == SMITH_BOX_GROUP)
    smith_document_pick (self->document, SMITH_PICK_GROUP, b->index, FALSE);
  else
    smith_document_pick (self->document, SMITH_PICK_TENSOR, b->index, FALSE);
  smith_graph_view_show_pick (self);
}

static gboolean
walk (SmithGraphView *self, SmithDirection direction, double dx, double dy)
{
  if (self->scene == NULL)
    return GDK_EVENT_PROPAGATE;
  if (self->selected_box >= 0)
    {
      pick_box (self, smith_scene_neighbour (self->scene, self->selected_box, direction));
      return GDK_EVENT_STOP;
    }
  smith_graph_view_stop_flight (self);
  smith_viewport_pan (&self->viewport, dx, dy);
  smith_graph_view_moved (self);
  return GDK_EVENT_STOP;
}

static gboolean
leave_selection (SmithGraphView *self)
{
  if (smith_document_get_pick (self->document).kind == SMITH_PICK_NOTHING)
    return GDK_EVENT_PROPAGATE;
  smith_document_pick (self->document, SMITH_PICK_NOTHING, -1, FALSE);
  return GDK_EVENT_STOP;
}

static gboolean
fold_selection (SmithGraphView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);
  SmithFold *fold = smith_document_get_fold (self->document);
  int group = -1;

  if (pick.kind == SMITH_PICK_OP)
    group = fold->group_of[pick.index];
  else if (pick.kind == SMITH_PICK_GROUP)
    group = fold->groups[pick.index].parent;
  if (group >= 0 && fold->groups[group].is_open)
    smith_document_toggle_group (self->document, group);
  return GDK_EVENT_STOP;
}

static gboolean
enter_selection (SmithGraphView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  if (pick.kind == SMITH_PICK_GROUP)
    smith_document_toggle_group (self->document, pick.index);
  else if (pick.kind == SMITH_PICK_NOTHING && self->scene != NULL && self->scene->n_boxes > 0)
    pick_box (self, 0);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "doc.focus-inspector", NULL);
  return GDK_EVENT_STOP;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
        gpointer data)
{
  SmithGraphView *self = data;

  if (self->document == NULL || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)))
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Up:
      return walk (self, SMITH_TOWARDS_PRODUCER, 0, -STEP_PX);
    case GDK_KEY_Down:
      return walk (self, SMITH_TOWARDS_CONSUMER, 0, STEP_PX);
    case GDK_KEY_Left:
      return walk (self, SMITH_TOWARDS_LEFT, -STEP_PX, 0);
    case GDK_KEY_Right:
      return walk (self, SMITH_TOWARDS_RIGHT, STEP_PX, 0);
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      return enter_selection (self);
    case GDK_KEY_BackSpace:
      return fold_selection (self);
    case GDK_KEY_Escape:
      return leave_selection (self);
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

void
smith_graph_view_add_controllers (SmithGraphView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *scroll
    = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new (), *drag = gtk_gesture_drag_new (),
             *pinch = gtk_gesture_zoom_new ();

  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect (click, "released", G_CALLBACK (click_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  gtk_gesture_group (click, drag);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
}
