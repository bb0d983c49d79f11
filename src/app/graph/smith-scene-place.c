/* Where things of a scene are: places, curves, and what lies at a point. */
#include "smith-scene.h"

#include <math.h>
#include <string.h>

enum
{
  FLATTENING = 12, /* straight pieces that stand for one Bézier curve in the hit test */
  PORT_SPREAD = 14 /* between two curves that meet a box, at most */
};

/* ---- Curves -----------------------------------------------------------------------------------
 */

/* One curve from the lower edge of a box to the upper edge of another. */
static void
draw_own_curve (const SmithScene *scene, const SmithEdge *edge, float from_offset, float to_offset,
                SmithPoint *out)
{
  const SmithBox *from = &scene->boxes[edge->from], *to = &scene->boxes[edge->to];
  SmithPoint a = { from->x + from->width / 2 + from_offset, from->y + from->height };
  SmithPoint b = { to->x + to->width / 2 + to_offset, to->y };
  float reach = fabsf (b.y - a.y) / 2;

  reach = CLAMP (reach, SMITH_RANK_GAP / 2.0f, 4.0f * SMITH_RANK_GAP);
  out[0] = a;
  out[1] = (SmithPoint){ a.x, a.y + reach };
  out[2] = (SmithPoint){ b.x, b.y - reach };
  out[3] = b;
}

static void
bound_edge (const SmithScene *scene, SmithEdge *edge)
{
  const SmithPoint *points = &scene->points[edge->first_point];

  edge->left = edge->right = points[0].x;
  edge->top = edge->bottom = points[0].y;
  for (uint32_t i = 1; i < edge->n_points; i++)
    {
      edge->left = MIN (edge->left, points[i].x);
      edge->right = MAX (edge->right, points[i].x);
      edge->top = MIN (edge->top, points[i].y);
      edge->bottom = MAX (edge->bottom, points[i].y);
    }
}

/* Where along the sides of a box its curves begin and end: beside one another, not in one point. */
typedef struct
{
  uint32_t *n_out, *n_in, *next_out, *next_in;
} Ports;

static float
port_offset (uint32_t place, uint32_t count, float width)
{
  float step = MIN ((float) PORT_SPREAD, (width - 24) / (float) MAX (count, 1));

  return ((float) place - (float) (count - 1) / 2) * step;
}

static void
count_ports (const SmithScene *scene, Ports *ports)
{
  ports->n_out = g_new0 (uint32_t, 4 * ((size_t) scene->n_boxes + 1));
  ports->n_in = ports->n_out + scene->n_boxes + 1;
  ports->next_out = ports->n_in + scene->n_boxes + 1;
  ports->next_in = ports->next_out + scene->n_boxes + 1;
  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      ports->n_out[scene->edges[e].from]++;
      ports->n_in[scene->edges[e].to]++;
    }
}

static void
draw_own_curves (SmithScene *scene)
{
  Ports ports;

  count_ports (scene, &ports);
  if (scene->n_points < scene->n_edges * 4)
    scene->points = g_renew (SmithPoint, scene->points, (size_t) scene->n_edges * 4 + 1);
  scene->n_points = scene->n_edges * 4;
  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      SmithEdge *edge = &scene->edges[e];
      const SmithBox *from = &scene->boxes[edge->from], *to = &scene->boxes[edge->to];
      float out = port_offset (ports.next_out[edge->from]++, ports.n_out[edge->from], from->width);
      float in = port_offset (ports.next_in[edge->to]++, ports.n_in[edge->to], to->width);

      edge->first_point = e * 4;
      edge->n_points = 4;
      /* Several readers of one tensor leave a box in one point; several inputs arrive apart. */
      if (ports.n_out[edge->from] > 1)
        out = 0;
      draw_own_curve (scene, edge, out, in, &scene->points[e * 4]);
      bound_edge (scene, edge);
    }
  g_free (ports.n_out);
}

static void
take_curves (SmithScene *scene, const SmithPlacement *placement)
{
  uint32_t total = placement->first_point[scene->n_edges];

  draw_own_curves (scene);
  scene->points = g_renew (SmithPoint, scene->points, (size_t) scene->n_points + total + 1);
  memcpy (scene->points + scene->n_points, placement->points, sizeof (SmithPoint) * total);
  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      uint32_t first = placement->first_point[e], count = placement->first_point[e + 1] - first;

      /* 3 n + 1 points, or the layout had none for this edge. */
      if (count < 4 || count % 3 != 1)
        continue;
      scene->edges[e].first_point = scene->n_points + first;
      scene->edges[e].n_points = count;
      bound_edge (scene, &scene->edges[e]);
    }
  scene->n_points += total;
}

/* ---- Places -----------------------------------------------------------------------------------
 */

static void
measure_scene (SmithScene *scene)
{
  scene->width = scene->height = 1;
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    {
      scene->width = MAX (scene->width, scene->boxes[i].x + scene->boxes[i].width);
      scene->height = MAX (scene->height, scene->boxes[i].y + scene->boxes[i].height);
    }
}

void
smith_scene_place (SmithScene *scene, const SmithPlacement *placement)
{
  g_return_if_fail (placement->n_boxes == scene->n_boxes);

  for (uint32_t i = 0; i < scene->n_boxes; i++)
    {
      scene->boxes[i].x = placement->centres[i].x - scene->boxes[i].width / 2;
      scene->boxes[i].y = placement->centres[i].y - scene->boxes[i].height / 2;
    }
  if (placement->first_point != NULL && placement->n_edges == scene->n_edges)
    take_curves (scene, placement);
  else
    draw_own_curves (scene);
  measure_scene (scene);
}

void
smith_scene_place_between (SmithScene *scene, const SmithPoint *from,
                           const SmithPlacement *placement, float t)
{
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    {
      SmithBox *box = &scene->boxes[i];
      float x = placement->centres[i].x - box->width / 2;
      float y = placement->centres[i].y - box->height / 2;

      box->x = from[i].x + (x - from[i].x) * t;
      box->y = from[i].y + (y - from[i].y) * t;
    }
  draw_own_curves (scene);
  measure_scene (scene);
}

/* ---- What lies at a point ---------------------------------------------------------------------
 */

int
smith_scene_box_at (const SmithScene *scene, float x, float y)
{
  for (uint32_t i = scene->n_boxes; i-- > 0;)
    {
      const SmithBox *box = &scene->boxes[i];

      if (x >= box->x && x < box->x + box->width && y >= box->y && y < box->y + box->height)
        return (int) i;
    }
  return -1;
}

int
smith_scene_line_at (const SmithScene *scene, int box, float x, float y)
{
  const SmithBox *b = &scene->boxes[box];
  float below = y - b->y - SMITH_HEADER_HEIGHT - 3;

  if (below < 0 || below >= (float) b->n_lines * SMITH_LINE_HEIGHT)
    return -1;
  return (int) b->first_line + (int) (below / SMITH_LINE_HEIGHT);
}

static float
distance_to_piece (SmithPoint p, SmithPoint a, SmithPoint b)
{
  float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  float t = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;

  t = CLAMP (t, 0, 1);
  return hypotf (p.x - a.x - t * dx, p.y - a.y - t * dy);
}

static SmithPoint
bezier_at (const SmithPoint *p, float t)
{
  float u = 1 - t, a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;

  return (SmithPoint){ a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                       a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

static float
distance_to_edge (const SmithScene *scene, const SmithEdge *edge, SmithPoint p)
{
  const SmithPoint *points = &scene->points[edge->first_point];
  float least = INFINITY;

  for (uint32_t i = 0; i + 3 < edge->n_points; i += 3)
    {
      SmithPoint last = points[i];

      for (int k = 1; k <= FLATTENING; k++)
        {
          SmithPoint next = bezier_at (&points[i], (float) k / FLATTENING);

          least = MIN (least, distance_to_piece (p, last, next));
          last = next;
        }
    }
  return least;
}

int
smith_scene_edge_at (const SmithScene *scene, float x, float y, float slack)
{
  int nearest = -1;
  float least = slack;

  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      const SmithEdge *edge = &scene->edges[e];
      float distance;

      if (x < edge->left - slack || x > edge->right + slack || y < edge->top - slack
          || y > edge->bottom + slack)
        continue;
      distance = distance_to_edge (scene, edge, (SmithPoint){ x, y });
      if (distance < least)
        {
          least = distance;
          nearest = (int) e;
        }
    }
  return nearest;
}

int
smith_scene_box_of_tensor (const SmithScene *scene, int tensor)
{
  const SmithNet *net = scene->net;

  if (tensor < 0 || (uint32_t) tensor >= net->n_tensors)
    return -1;
  if (net->tensors[tensor].producer >= 0)
    return scene->box_of_op[net->tensors[tensor].producer];
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    if (scene->boxes[i].kind == SMITH_BOX_INPUT && scene->boxes[i].index == tensor)
      return (int) i;
  if (net->first_consumer[tensor] < net->first_consumer[tensor + 1])
    return scene->box_of_op[net->consumers[net->first_consumer[tensor]]];
  return -1;
}

/* ---- Walking ----------------------------------------------------------------------------------
 */

static float
centre_x (const SmithBox *box)
{
  return box->x + box->width / 2;
}

static int
along_edges (const SmithScene *scene, int box, gboolean to_consumer)
{
  int nearest = -1;
  float least = INFINITY;

  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      const SmithEdge *edge = &scene->edges[e];
      uint32_t here = to_consumer ? edge->from : edge->to;
      uint32_t there = to_consumer ? edge->to : edge->from;
      float distance;

      if ((int) here != box)
        continue;
      distance = hypotf (centre_x (&scene->boxes[there]) - centre_x (&scene->boxes[box]),
                         scene->boxes[there].y - scene->boxes[box].y);
      if (distance < least)
        {
          least = distance;
          nearest = (int) there;
        }
    }
  return nearest;
}

static int
beside (const SmithScene *scene, int box, gboolean to_right)
{
  const SmithBox *here = &scene->boxes[box];
  int nearest = -1;
  float least = INFINITY;

  for (uint32_t i = 0; i < scene->n_boxes; i++)
    {
      const SmithBox *there = &scene->boxes[i];
      float dx = centre_x (there) - centre_x (here);
      float dy = there->y + there->height / 2 - here->y - here->height / 2;
      float cost = fabsf (dx) + 4 * fabsf (dy);

      if ((int) i == box || (to_right ? dx <= 0 : dx >= 0)
          || fabsf (dy) > (here->height + there->height) / 2 + SMITH_RANK_GAP)
        continue;
      if (cost < least)
        {
          least = cost;
          nearest = (int) i;
        }
    }
  return nearest;
}

int
smith_scene_neighbour (const SmithScene *scene, int box, SmithDirection direction)
{
  switch (direction)
    {
    case SMITH_TOWARDS_PRODUCER:
      return along_edges (scene, box, FALSE);
    case SMITH_TOWARDS_CONSUMER:
      return along_edges (scene, box, TRUE);
    case SMITH_TOWARDS_LEFT:
      return beside (scene, box, FALSE);
    case SMITH_TOWARDS_RIGHT:
      return beside (scene, box, TRUE);
    }
  return -1;
}
