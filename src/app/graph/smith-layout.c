#include "smith-layout.h"
#include "smith-engine-layout.h"
#include "smith-settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum
{
  MANY_BOXES = 800, /* from here on Graphviz does not route the curves */
  SPINE_WEIGHT = 20
};

/* ---- To the helper ----------------------------------------------------------------------------
 */

/* Long paths stay straight: an edge between neighbouring ranks weighs more. */
static uint32_t *
find_ranks (const SmithScene *scene)
{
  uint32_t *rank = g_new0 (uint32_t, (size_t) scene->n_boxes + 1);

  /* Edges are listed in the order of execution of what they lead to: one pass is enough, and on a
   * cycle of folded boxes it is only a hint. */
  for (uint32_t e = 0; e < scene->n_edges; e++)
    rank[scene->edges[e].to] = MAX (rank[scene->edges[e].to], rank[scene->edges[e].from] + 1);
  return rank;
}

static GString *
question (const SmithScene *scene, gboolean is_cheap)
{
  GString *text = g_string_sized_new (64 + 24 * ((size_t) scene->n_boxes + scene->n_edges));
  g_autofree uint32_t *rank = find_ranks (scene);

  g_string_append_printf (text, "graph %u %u %d %d %d %s\n", scene->n_boxes, scene->n_edges,
                          scene->n_boxes < MANY_BOXES && !is_cheap, SMITH_NODE_GAP, SMITH_RANK_GAP,
                          is_cheap ? "0.5 0.3 5" : "2 1 30");
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    g_string_append_printf (text, "%d %d\n", (int) scene->boxes[i].width,
                            (int) scene->boxes[i].height);
  for (uint32_t e = 0; e < scene->n_edges; e++)
    {
      const SmithEdge *edge = &scene->edges[e];

      g_string_append_printf (text, "%u %u %d\n", edge->from, edge->to,
                              rank[edge->to] == rank[edge->from] + 1 ? SPINE_WEIGHT : 1);
    }
  return text;
}

/* ---- From the helper --------------------------------------------------------------------------
 */

typedef struct
{
  const char *at;
  gboolean is_bad;
} Reader;

static double
read_number (Reader *r)
{
  char *end;
  double value = g_ascii_strtod (r->at, &end);

  if (end == r->at || !isfinite (value))
    r->is_bad = TRUE;
  r->at = end;
  return value;
}

static gboolean
read_curves (Reader *r, SmithPlacement *p)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (SmithPoint));

  p->first_point = g_new0 (uint32_t, (size_t) p->n_edges + 1);
  for (uint32_t e = 0; e < p->n_edges && !r->is_bad; e++)
    {
      double count = read_number (r);

      p->first_point[e] = points->len;
      for (double i = 0; i < count && !r->is_bad; i++)
        {
          SmithPoint point;

          point.x = (float) read_number (r);
          point.y = (float) read_number (r);
          g_array_append_val (points, point);
        }
    }
  p->first_point[p->n_edges] = points->len;
  p->points = g_memdup2 (points->data, sizeof (SmithPoint) * points->len);
  return !r->is_bad;
}

SmithPlacement *
smith_layout_parse (const char *answer, uint32_t n_boxes, uint32_t n_edges)
{
  g_autoptr (SmithPlacement) p = g_new0 (SmithPlacement, 1);
  Reader r = { answer, FALSE };

  if (!g_str_has_prefix (answer, "size "))
    return NULL;
  r.at += strlen ("size ");
  p->n_boxes = n_boxes;
  p->n_edges = n_edges;
  p->width = (float) read_number (&r);
  p->height = (float) read_number (&r);
  p->centres = g_new0 (SmithPoint, (size_t) n_boxes + 1);
  for (uint32_t i = 0; i < n_boxes && !r.is_bad; i++)
    {
      p->centres[i].x = (float) read_number (&r);
      p->centres[i].y = (float) read_number (&r);
    }
  return read_curves (&r, p) ? g_steal_pointer (&p) : NULL;
}

/* ---- The process ------------------------------------------------------------------------------
 */

static gboolean
deadline_cb (gpointer data)
{
  g_subprocess_force_exit (data);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  g_subprocess_force_exit (data);
}

static SmithPlacement *
ask_helper (const SmithScene *scene, gboolean is_cheap, GCancellable *cancellable)
{
  g_autoptr (GSubprocess) helper
    = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                          | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                        NULL, smith_layout_helper (), NULL);
  g_autofree char *answer = NULL;
  GString *text;
  GSource *deadline;
  gulong handler = 0;
  gboolean is_done;

  if (helper == NULL)
    return NULL;
  /* The timer belongs to the main loop: this thread waits. */
  deadline = g_timeout_source_new (SMITH_LAYOUT_DEADLINE_MS);
  g_source_set_callback (deadline, deadline_cb, g_object_ref (helper), g_object_unref);
  g_source_attach (deadline, NULL);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), g_object_ref (helper),
                                     g_object_unref);
  text = question (scene, is_cheap);
  is_done = g_subprocess_communicate_utf8 (helper, text->str, NULL, &answer, NULL, NULL)
            && g_subprocess_get_successful (helper);
  g_string_free (text, TRUE);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, handler);
  g_source_destroy (deadline);
  g_source_unref (deadline);
  return is_done ? smith_layout_parse (answer, scene->n_boxes, scene->n_edges) : NULL;
}

SmithPlacement *
smith_layout_run (const SmithScene *scene, SmithLayoutWay way, GCancellable *cancellable,
                  GError **error)
{
  SmithPlacement *placement = NULL;

  if (way == SMITH_LAYOUT_GRAPHVIZ && scene->n_boxes > 1
      && scene->n_boxes <= SMITH_LAYOUT_MAX_GRAPHVIZ)
    {
      placement = ask_helper (scene, FALSE, cancellable);
      if (placement == NULL && !g_cancellable_is_cancelled (cancellable))
        placement = ask_helper (scene, TRUE, cancellable);
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      g_clear_pointer (&placement, smith_placement_free);
      return NULL;
    }
  return placement != NULL ? placement : smith_engine_layout (scene, cancellable, error);
}

/* ---- In a thread ------------------------------------------------------------------------------
 */

static void
layout_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  SmithLayoutWay way = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (task), "way"));
  SmithPlacement *placement = smith_layout_run (data, way, cancellable, &error);

  if (placement == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, placement, (GDestroyNotify) smith_placement_free);
}

void
smith_layout_async (SmithScene *scene, SmithLayoutWay way, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, smith_scene_ref (scene), (GDestroyNotify) smith_scene_unref);
  g_object_set_data (G_OBJECT (task), "way", GINT_TO_POINTER (way));
  g_task_run_in_thread (task, layout_worker);
}

SmithPlacement *
smith_layout_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
