/* Where the boxes stand: how large each is, then Graphviz or ourselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "formats/dot/helper.h"
#include "formats/dot/layered.h"
#include "formats/dot/look.h"
#include "formats/dot/picture.h"

enum
{
  /* Graphviz takes longer than the square of this; ours is linear. */
  MAX_HELPER_NODES = 2500,
  LAYOUT_TIMEOUT_MS = 8000
};

/* Bold text is about a tenth wider. */
static const float BOLD = 1.1f;

static void
measure (LsPictureNode *node)
{
  float name_size = node->is_port ? LOOK_FONT * BOLD : LOOK_SMALL_FONT;
  float width = ls_text_width (node->name, LOOK_NAME_CHARS, name_size);

  if (!node->is_port)
    width = fmaxf (width, ls_text_width (node->title, LOOK_NAME_CHARS, LOOK_FONT * BOLD));
  for (uint32_t i = 0; i < node->n_lines; i++)
    width = fmaxf (width, ls_text_width (node->lines[i], LOOK_LINE_CHARS, LOOK_FONT));
  node->place.width = fmaxf (width + 2 * LOOK_PADDING + (node->is_port ? 12 : 0), LOOK_MIN_WIDTH);
  node->place.height
    = (node->is_port ? 0 : LOOK_HEAD) + (float) (node->n_lines + 1) * LOOK_LINE + LOOK_PADDING;
}

/* ---- By ourselves ---------------------------------------------------------------------------- */

static void
put_point (LsPictureEdge *edge, float x, float y)
{
  edge->points[2 * edge->n_points] = x;
  edge->points[2 * edge->n_points++ + 1] = y;
}

/* A curve that leaves and comes straight down. */
static void
put_curve (LsPictureEdge *edge, float x1, float y1, float x2, float y2)
{
  float bend = fmaxf (fabsf (y2 - y1) / 2, 12);

  put_point (edge, x1, y1 + bend);
  put_point (edge, x2, y2 - bend);
  put_point (edge, x2, y2);
}

/* From box to box, straight through the ranks in between. */
static bool
route (LsPicture *picture, LsPictureEdge *edge, const LsCrossing *crossings, uint32_t count)
{
  const LsLayoutNode *from = &picture->nodes[edge->from].place;
  const LsLayoutNode *to = &picture->nodes[edge->to].place;
  float x = from->x, y = from->y + from->height / 2;

  edge->points = ls_store_alloc (picture->store, (1 + 6 * (size_t) count + 3) * 2 * sizeof (float));
  if (edge->points == NULL)
    return false;
  put_point (edge, x, y);
  for (uint32_t i = 0; i < count; i++)
    {
      put_curve (edge, x, y, crossings[i].x, crossings[i].top);
      x = crossings[i].x;
      y = crossings[i].bottom;
      put_point (edge, x, crossings[i].top);
      put_point (edge, x, y);
      put_point (edge, x, y);
    }
  put_curve (edge, x, y, to->x, to->y - to->height / 2);
  return true;
}

static LsStatus
place_ourselves (LsPicture *picture, LsError *error)
{
  LS_FREE LsLayoutNode *nodes = calloc ((size_t) picture->n_nodes + 1, sizeof *nodes);
  LS_FREE LsLayoutEdge *edges = calloc ((size_t) picture->n_edges + 1, sizeof *edges);
  LsRoutes routes;
  bool is_good = true;

  if (nodes == NULL || edges == NULL)
    return ls_fail_no_memory (error, "a layout", picture->n_nodes);
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    nodes[i] = picture->nodes[i].place;
  for (uint32_t i = 0; i < picture->n_edges; i++)
    edges[i] = (LsLayoutEdge){ picture->edges[i].from, picture->edges[i].to };
  LS_TRY (ls_layout_routed (nodes, picture->n_nodes, edges, picture->n_edges, LOOK_NODE_GAP,
                            LOOK_RANK_GAP, &routes, NULL, error));
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    picture->nodes[i].place = nodes[i];
  for (uint32_t i = 0; is_good && routes.first != NULL && i < picture->n_edges; i++)
    is_good = route (picture, &picture->edges[i], &routes.crossings[routes.first[i]],
                     routes.first[i + 1] - routes.first[i]);
  ls_routes_clear (&routes);
  return is_good ? LS_OK : ls_fail_no_memory (error, "a layout", picture->n_edges);
}

/* ---- By the helper --------------------------------------------------------------------------- */

/* Words of the answer; `is_bad` sticks. */
typedef struct
{
  char *at;
  const char *end;
  bool is_bad;
} Answer;

static float
take_number (Answer *answer)
{
  char *end;
  float value = strtof (answer->at, &end);

  answer->is_bad |= end == answer->at || !isfinite (value);
  answer->at = end;
  return value;
}

static char *
question (const LsPicture *picture, size_t *size)
{
  char *text = NULL;
  FILE *file = open_memstream (&text, size);

  if (file == NULL)
    return NULL;
  fprintf (file, "graph %u %u 1 %d %d 0 0 0\n", picture->n_nodes, picture->n_edges,
           (int) LOOK_NODE_GAP, (int) LOOK_RANK_GAP);
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    fprintf (file, "%d %d\n", (int) ceilf (picture->nodes[i].place.width),
             (int) ceilf (picture->nodes[i].place.height));
  for (uint32_t i = 0; i < picture->n_edges; i++)
    fprintf (file, "%u %u 1\n", picture->edges[i].from, picture->edges[i].to);
  if (fclose (file) == 0)
    return text;
  free (text);
  return NULL;
}

static bool
read_route (Answer *answer, LsPicture *picture, LsPictureEdge *edge)
{
  float count = take_number (answer);
  /* No route is longer than what is left of the answer. */
  bool is_good
    = !answer->is_bad && count >= 0 && count < (float) (answer->end - answer->at) / 4 + 1;

  if (!is_good || count < 1)
    return is_good;
  edge->n_points = (uint32_t) count;
  edge->points = ls_store_alloc (picture->store, (size_t) edge->n_points * 2 * sizeof (float));
  if (edge->points == NULL)
    return false;
  for (uint32_t i = 0; i < 2 * edge->n_points; i++)
    edge->points[i] = take_number (answer);
  return !answer->is_bad;
}

static bool
read_answer (LsPicture *picture, char *text, size_t size)
{
  Answer answer = { text, text + size, strncmp (text, "size ", 5) != 0 };

  if (answer.is_bad)
    return false;
  answer.at += 5;
  take_number (&answer);
  take_number (&answer);
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    {
      picture->nodes[i].place.x = take_number (&answer);
      picture->nodes[i].place.y = take_number (&answer);
    }
  for (uint32_t i = 0; i < picture->n_edges && !answer.is_bad; i++)
    if (!read_route (&answer, picture, &picture->edges[i]))
      return false;
  return !answer.is_bad;
}

/* False when there is no helper, or no answer that can be used. */
static bool
place_by_helper (LsPicture *picture, const char *asked)
{
  static const char *const no_arguments[] = { NULL };
  size_t size = 0, answer_size;
  char *answer;

  if (picture->n_nodes == 0 || picture->n_nodes > MAX_HELPER_NODES)
    return false;

  LS_FREE char *program = ls_helper_find (asked);
  LS_FREE char *text = program != NULL ? question (picture, &size) : NULL;

  if (text == NULL
      || ls_helper_run (program, no_arguments, text, size, LAYOUT_TIMEOUT_MS, &answer, &answer_size,
                        NULL)
           != LS_OK)
    return false;

  LS_FREE char *terminated = realloc (answer, answer_size + 1);

  if (terminated == NULL)
    {
      free (answer);
      return false;
    }
  terminated[answer_size] = '\0';
  if (read_answer (picture, terminated, answer_size))
    return true;
  for (uint32_t i = 0; i < picture->n_edges; i++)
    picture->edges[i].n_points = 0;
  return false;
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* Moves everything so that it begins at the margin, and takes the size. */
static void
frame (LsPicture *picture)
{
  float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;

  for (uint32_t i = 0; i < picture->n_nodes; i++)
    {
      const LsLayoutNode *node = &picture->nodes[i].place;

      left = fminf (left, node->x - node->width / 2);
      right = fmaxf (right, node->x + node->width / 2);
      top = fminf (top, node->y - node->height / 2);
      bottom = fmaxf (bottom, node->y + node->height / 2);
    }
  for (uint32_t i = 0; i < picture->n_edges; i++)
    for (uint32_t k = 0; k < picture->edges[i].n_points; k++)
      {
        left = fminf (left, picture->edges[i].points[2 * k]);
        right = fmaxf (right, picture->edges[i].points[2 * k]);
      }
  if (picture->n_nodes == 0)
    left = top = right = bottom = 0;
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    {
      picture->nodes[i].place.x += LOOK_MARGIN - left;
      picture->nodes[i].place.y += LOOK_MARGIN - top;
    }
  for (uint32_t i = 0; i < picture->n_edges; i++)
    for (uint32_t k = 0; k < picture->edges[i].n_points; k++)
      {
        picture->edges[i].points[2 * k] += LOOK_MARGIN - left;
        picture->edges[i].points[2 * k + 1] += LOOK_MARGIN - top;
      }
  picture->width = right - left + 2 * LOOK_MARGIN;
  picture->height = bottom - top + 2 * LOOK_MARGIN;
}

LsStatus
ls_picture_place (LsPicture *picture, const char *helper, LsError *error)
{
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    measure (&picture->nodes[i]);
  if (!place_by_helper (picture, helper))
    LS_TRY (place_ourselves (picture, error));
  frame (picture);
  return LS_OK;
}
