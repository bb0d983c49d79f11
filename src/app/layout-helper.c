/*
 * litesmith-layout: runs Graphviz in a process of its own.
 *
 * Graphviz keeps its state in globals, cannot be cancelled and aborts on some inputs; here a cancel
 * is a kill and a crash a message. Text never reaches the layout: the window draws it.
 *
 * Layout, on standard input (numbers in points, y grows downwards in the answer):
 *
 *   graph N_NODES N_EDGES SPLINES NODE_GAP RANK_GAP NSLIMIT MCLIMIT SEARCHSIZE
 *   WIDTH HEIGHT                      N_NODES lines
 *   FROM TO WEIGHT                    N_EDGES lines, node indices from 0
 *
 * and on standard output:
 *
 *   size WIDTH HEIGHT
 *   X Y                               centres, N_NODES lines
 *   COUNT X Y X Y …                   Bézier points of each edge, 0 without SPLINES
 *
 * `--render FORMAT` takes DOT on standard input and writes svg, png, pdf or dot. A limit that is 0
 * is left to Graphviz.
 */
#include <errno.h>
#include <gvc.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern gvplugin_library_t gvplugin_dot_layout_LTX_library;

static const lt_symlist_t builtins[] = {
  { "gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library },
  { NULL, NULL },
};

enum
{
  MAX_NODES = 200000,
  MAX_EDGES = 800000
};

typedef struct
{
  unsigned n_nodes, n_edges, searchsize;
  int splines;
  double node_gap, rank_gap, nslimit, mclimit;
  Agraph_t *graph;
  Agnode_t **nodes;
  Agedge_t **edges;
} Layout;

static int
fail (const char *text)
{
  fprintf (stderr, "litesmith-layout: %s\n", text);
  return EXIT_FAILURE;
}

static void
set_number (void *object, const char *name, double value)
{
  char text[40];

  snprintf (text, sizeof text, "%.5g", value);
  agsafeset (object, (char *) name, text, "");
}

static bool
read_header (Layout *l)
{
  return scanf ("graph %u %u %d %lf %lf %lf %lf %u", &l->n_nodes, &l->n_edges, &l->splines,
                &l->node_gap, &l->rank_gap, &l->nslimit, &l->mclimit, &l->searchsize)
           == 8
         && l->n_nodes > 0 && l->n_nodes <= MAX_NODES && l->n_edges <= MAX_EDGES;
}

static void
set_graph_options (Layout *l)
{
  set_number (l->graph, "nodesep", l->node_gap / POINTS_PER_INCH);
  set_number (l->graph, "ranksep", l->rank_gap / POINTS_PER_INCH);
  agsafeset (l->graph, "splines", l->splines ? "true" : "none", "");
  if (l->nslimit > 0)
    {
      set_number (l->graph, "nslimit", l->nslimit);
      set_number (l->graph, "nslimit1", l->nslimit);
    }
  if (l->mclimit > 0)
    set_number (l->graph, "mclimit", l->mclimit);
  if (l->searchsize > 0)
    set_number (l->graph, "searchsize", l->searchsize);
}

static bool
read_nodes (Layout *l)
{
  agattr (l->graph, AGNODE, "shape", "box");
  agattr (l->graph, AGNODE, "label", "");
  agattr (l->graph, AGNODE, "fixedsize", "true");
  agattr (l->graph, AGNODE, "width", "1");
  agattr (l->graph, AGNODE, "height", "1");
  for (unsigned i = 0; i < l->n_nodes; i++)
    {
      char name[16];
      double width, height;

      if (scanf ("%lf %lf", &width, &height) != 2)
        return false;
      snprintf (name, sizeof name, "%u", i);
      l->nodes[i] = agnode (l->graph, name, 1);
      set_number (l->nodes[i], "width", width / POINTS_PER_INCH);
      set_number (l->nodes[i], "height", height / POINTS_PER_INCH);
    }
  return true;
}

static bool
read_edges (Layout *l)
{
  agattr (l->graph, AGEDGE, "weight", "1");
  agattr (l->graph, AGEDGE, "arrowhead", "none");
  for (unsigned i = 0; i < l->n_edges; i++)
    {
      unsigned from, to;
      double weight;

      if (scanf ("%u %u %lf", &from, &to, &weight) != 3 || from >= l->n_nodes || to >= l->n_nodes)
        return false;
      l->edges[i] = agedge (l->graph, l->nodes[from], l->nodes[to], NULL, 1);
      set_number (l->edges[i], "weight", weight);
    }
  return true;
}

static void
write_edge (Agedge_t *edge, double height)
{
  const splines *route = ED_spl (edge);
  size_t count = 0;

  for (int i = 0; route != NULL && i < route->size; i++)
    count += (size_t) route->list[i].size;
  /* More than one piece happens only with clusters, which we have none of. */
  if (count == 0 || route->size != 1)
    {
      puts ("0");
      return;
    }
  printf ("%zu", count);
  for (size_t i = 0; i < count; i++)
    printf (" %.1f %.1f", route->list[0].list[i].x, height - route->list[0].list[i].y);
  putchar ('\n');
}

static void
write_layout (const Layout *l)
{
  const boxf bounds = GD_bb (l->graph);
  const double height = bounds.UR.y;

  printf ("size %.1f %.1f\n", bounds.UR.x, height);
  for (unsigned i = 0; i < l->n_nodes; i++)
    printf ("%.1f %.1f\n", ND_coord (l->nodes[i]).x, height - ND_coord (l->nodes[i]).y);
  for (unsigned i = 0; i < l->n_edges; i++)
    write_edge (l->edges[i], height);
}

static int
layout (void)
{
  Layout l = { 0 };

  if (!read_header (&l))
    return fail ("the first line is not what it should be");
  l.nodes = calloc (l.n_nodes, sizeof (Agnode_t *));
  l.edges = calloc (l.n_edges + 1, sizeof (Agedge_t *));
  if (l.nodes == NULL || l.edges == NULL)
    return fail ("out of memory");

  GVC_t *gvc = gvContextPlugins (builtins, 0);

  l.graph = agopen ("g", Agdirected, NULL);
  set_graph_options (&l);
  if (!read_nodes (&l) || !read_edges (&l))
    return fail ("a node or an edge is missing or out of range");
  if (gvLayout (gvc, l.graph, "dot") != 0)
    return fail ("Graphviz found no layout");
  write_layout (&l);
  /* The process ends here: what Graphviz holds goes with it. */
  return fflush (stdout) == 0 ? EXIT_SUCCESS : fail ("cannot write");
}

static int
render (const char *format)
{
  static const char *const formats[] = { "svg", "png", "pdf", "dot" };
  bool is_known = false;

  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    is_known = is_known || strcmp (format, formats[i]) == 0;
  if (!is_known)
    return fail ("the format is none of svg, png, pdf, dot");

  /* Text has to be measured and drawn here: the installed plugins are needed. */
  GVC_t *gvc = gvContext ();
  Agraph_t *graph = agread (stdin, NULL);

  if (graph == NULL)
    return fail ("standard input is no DOT");
  if (gvLayout (gvc, graph, "dot") != 0)
    return fail ("Graphviz found no layout");
  if (gvRender (gvc, graph, format, stdout) != 0)
    return fail ("this Graphviz cannot write that format");
  return fflush (stdout) == 0 ? EXIT_SUCCESS : fail ("cannot write");
}

int
main (int argc, char **argv)
{
  setlocale (LC_NUMERIC, "C");
  if (argc == 1)
    return layout ();
  if (argc == 3 && strcmp (argv[1], "--render") == 0)
    return render (argv[2]);
  fprintf (stderr, "usage: litesmith-layout [--render svg|png|pdf|dot]\n");
  return 2;
}
