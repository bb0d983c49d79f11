/*
 * A layered layout that always gives a picture, in time that grows with nodes and edges.
 *
 * The steps are Sugiyama's: edges that close a cycle are turned, every node gets the rank of its
 * longest path, edges over several ranks get a bend in each, sweeps of barycentres order the ranks,
 * and least squares under minimal distances (pooling of adjacent violators) gives the x.
 */
#include "formats/dot/layered.h"

#include "base/auto.h"
#include "base/error.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

enum
{
  ORDER_SWEEPS = 6,
  PLACE_SWEEPS = 8,
  /* An edge over more ranks gets no bends: on graphs with hubs they would outnumber the nodes. */
  MAX_SPAN = 64,
  /* How much straighter than an edge between two nodes a chain of bends is kept. */
  BEND_WEIGHT = 8
};

static const float BEND_GAP = 6.0f;

typedef struct
{
  uint32_t from, to; /* always from a lesser rank to the next, once bends are in */
  float weight;
} Link;

typedef struct
{
  const LsLayoutNode *nodes;
  uint32_t n_real, n_all, n_ranks, n_links;
  float node_gap;
  uint32_t *rank;  /* of every node and bend */
  float *x, *half; /* centre and half the width */
  Link *links;
  uint32_t *order, *first;       /* nodes of rank r: order[first[r]] to order[first[r + 1] - 1] */
  uint32_t *position;            /* place in its rank */
  uint32_t *above, *first_above; /* links into each node */
  uint32_t *below, *first_below; /* links out of each node */
} Layered;

static void
layered_clear (Layered *l)
{
  void *const owned[] = { l->rank,     l->x,     l->half,        l->links, l->order,      l->first,
                          l->position, l->above, l->first_above, l->below, l->first_below };

  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
    free (owned[i]);
}

/* ---- Ranks ------------------------------------------------------------------------------------
 */

typedef struct
{
  uint32_t *first, *next; /* outgoing edges of each node, by index */
  uint32_t *stack, *at, *order;
  uint8_t *state;
} Walk;

static void
walk_clear (Walk *w)
{
  free (w->first);
  free (w->next);
  free (w->stack);
  free (w->at);
  free (w->order);
  free (w->state);
}

static bool
walk_begin (Walk *w, uint32_t n_nodes, const LsLayoutEdge *edges, uint32_t n_edges)
{
  w->first = malloc (sizeof (uint32_t) * ((size_t) n_nodes + 1));
  w->next = malloc (sizeof (uint32_t) * ((size_t) n_edges + 1));
  w->stack = malloc (sizeof (uint32_t) * ((size_t) n_nodes + 1));
  w->at = malloc (sizeof (uint32_t) * ((size_t) n_nodes + 1));
  w->order = malloc (sizeof (uint32_t) * ((size_t) n_nodes + 1));
  w->state = calloc ((size_t) n_nodes + 1, 1);
  if (!w->first || !w->next || !w->stack || !w->at || !w->order || !w->state)
    return false;
  for (uint32_t v = 0; v < n_nodes; v++)
    w->first[v] = UINT32_MAX;
  for (uint32_t e = n_edges; e-- > 0;)
    {
      w->next[e] = w->first[edges[e].from];
      w->first[edges[e].from] = e;
    }
  return true;
}

enum
{
  UNSEEN,
  OPEN,
  DONE
};

/* Depth first from @root: marks edges that close a cycle, and appends nodes in postorder. */
static uint32_t
walk_from (Walk *w, uint32_t root, const LsLayoutEdge *edges, bool *is_turned, uint32_t n_done)
{
  uint32_t depth = 0;

  w->stack[depth++] = root;
  w->at[root] = w->first[root];
  w->state[root] = OPEN;
  while (depth > 0)
    {
      uint32_t v = w->stack[depth - 1], e = w->at[v];

      if (e == UINT32_MAX)
        {
          w->state[v] = DONE;
          w->order[n_done++] = v;
          depth--;
          continue;
        }
      w->at[v] = w->next[e];

      uint32_t to = edges[e].to;

      if (w->state[to] == OPEN)
        is_turned[e] = true;
      if (w->state[to] != UNSEEN)
        continue;
      w->state[to] = OPEN;
      w->at[to] = w->first[to];
      w->stack[depth++] = to;
    }
  return n_done;
}

/* Moves every source down to just above its first reader. */
static void
sink_sources (Layered *l, Walk *w, const LsLayoutEdge *edges, uint32_t n_edges,
              const bool *is_turned)
{
  memset (w->state, 0, l->n_real);
  for (uint32_t e = 0; e < n_edges; e++)
    if (!is_turned[e])
      w->state[edges[e].to] = 1;
  for (uint32_t v = 0; v < l->n_real; v++)
    {
      uint32_t least = UINT32_MAX;

      for (uint32_t e = w->first[v]; e != UINT32_MAX; e = w->next[e])
        if (!is_turned[e] && l->rank[edges[e].to] < least)
          least = l->rank[edges[e].to];
      if (w->state[v] == 0 && least != UINT32_MAX && least > 0)
        l->rank[v] = least - 1;
    }
}

/* Longest path from the sources. */
static bool
find_ranks (Layered *l, const LsLayoutEdge *edges, uint32_t n_edges, bool *is_turned)
{
  Walk w = { 0 };
  uint32_t n_done = 0;

  if (!walk_begin (&w, l->n_real, edges, n_edges))
    {
      walk_clear (&w);
      return false;
    }
  for (uint32_t v = 0; v < l->n_real; v++)
    if (w.state[v] == UNSEEN)
      n_done = walk_from (&w, v, edges, is_turned, n_done);

  memset (l->rank, 0, sizeof *l->rank * l->n_real);
  for (uint32_t i = l->n_real; i-- > 0;)
    for (uint32_t e = w.first[w.order[i]]; e != UINT32_MAX; e = w.next[e])
      if (!is_turned[e] && l->rank[edges[e].to] <= l->rank[edges[e].from])
        l->rank[edges[e].to] = l->rank[edges[e].from] + 1;

  sink_sources (l, &w, edges, n_edges, is_turned);
  walk_clear (&w);
  for (uint32_t v = 0; v < l->n_real; v++)
    l->n_ranks = l->rank[v] + 1 > l->n_ranks ? l->rank[v] + 1 : l->n_ranks;
  return true;
}

/* ---- Bends ------------------------------------------------------------------------------------
 */

/* How many ranks an edge crosses with bends. */
static uint32_t
n_bends (const Layered *l, const LsLayoutEdge *edge)
{
  uint32_t a = l->rank[edge->from], b = l->rank[edge->to], span = a < b ? b - a : a - b;

  return span > 1 && span <= MAX_SPAN ? span - 1 : 0;
}

static size_t
count_bends (const Layered *l, const LsLayoutEdge *edges, uint32_t n_edges)
{
  size_t count = 0;

  for (uint32_t e = 0; e < n_edges; e++)
    count += n_bends (l, &edges[e]);
  return count;
}

static void
add_bends (Layered *l, const LsLayoutEdge *edges, uint32_t n_edges, const bool *is_turned)
{
  for (uint32_t e = 0; e < n_edges; e++)
    {
      uint32_t from = is_turned[e] ? edges[e].to : edges[e].from;
      uint32_t to = is_turned[e] ? edges[e].from : edges[e].to;
      uint32_t span = l->rank[to] > l->rank[from] ? l->rank[to] - l->rank[from] : 0;

      if (span == 0 || span > MAX_SPAN)
        continue;
      for (uint32_t k = 1; k < span; k++)
        {
          uint32_t bend = l->n_all++;

          l->rank[bend] = l->rank[from] + 1;
          l->half[bend] = 1.0f;
          l->links[l->n_links++] = (Link){ from, bend, k == 1 ? 2 : BEND_WEIGHT };
          from = bend;
        }
      l->links[l->n_links++] = (Link){ from, to, span == 1 ? 1 : 2 };
    }
}

/* Lists the links of each node by one of their ends. */
static void
index_links (const Layered *l, uint32_t *list, uint32_t *first, bool by_from)
{
  memset (first, 0, sizeof *first * ((size_t) l->n_all + 2));
  for (uint32_t i = 0; i < l->n_links; i++)
    first[(by_from ? l->links[i].from : l->links[i].to) + 2]++;
  for (uint32_t v = 0; v < l->n_all; v++)
    first[v + 2] += first[v + 1];
  for (uint32_t i = 0; i < l->n_links; i++)
    list[first[(by_from ? l->links[i].from : l->links[i].to) + 1]++] = i;
}

/* ---- Order ------------------------------------------------------------------------------------
 */

static void
fill_ranks (Layered *l)
{
  memset (l->first, 0, sizeof *l->first * ((size_t) l->n_ranks + 2));
  for (uint32_t v = 0; v < l->n_all; v++)
    l->first[l->rank[v] + 2]++;
  for (uint32_t r = 0; r < l->n_ranks; r++)
    l->first[r + 2] += l->first[r + 1];
  for (uint32_t v = 0; v < l->n_all; v++)
    {
      uint32_t place = l->first[l->rank[v] + 1]++;

      l->order[place] = v;
    }
  for (uint32_t r = 0; r < l->n_ranks; r++)
    for (uint32_t i = l->first[r]; i < l->first[r + 1]; i++)
      l->position[l->order[i]] = i - l->first[r];
}

typedef struct
{
  float key;
  uint32_t node, place;
} Sorted;

static int
compare_sorted (const void *a, const void *b)
{
  const Sorted *x = a, *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->place < y->place ? -1 : x->place > y->place;
}

static float
barycentre (const Layered *l, uint32_t v, bool downwards)
{
  const uint32_t *first = downwards ? l->first_above : l->first_below;
  const uint32_t *list = downwards ? l->above : l->below;
  double sum = 0;

  if (first[v] == first[v + 1])
    return (float) l->position[v];
  for (uint32_t i = first[v]; i < first[v + 1]; i++)
    sum += l->position[downwards ? l->links[list[i]].from : l->links[list[i]].to];
  return (float) (sum / (first[v + 1] - first[v]));
}

static void
order_rank (Layered *l, uint32_t rank, bool downwards, Sorted *scratch)
{
  uint32_t begin = l->first[rank], count = l->first[rank + 1] - begin;

  if (count < 2)
    return;
  for (uint32_t i = 0; i < count; i++)
    scratch[i] = (Sorted){ barycentre (l, l->order[begin + i], downwards), l->order[begin + i], i };
  qsort (scratch, count, sizeof *scratch, compare_sorted);
  for (uint32_t i = 0; i < count; i++)
    {
      l->order[begin + i] = scratch[i].node;
      l->position[scratch[i].node] = i;
    }
}

/* ---- Places -----------------------------------------------------------------------------------
 */

typedef struct
{
  double sum, weight; /* of wishes, each less its distance from the block's first node */
  uint32_t begin;
} Block;

static float
gap_between (const Layered *l, uint32_t a, uint32_t b)
{
  float gap = a < l->n_real && b < l->n_real ? l->node_gap : BEND_GAP;

  return l->half[a] + l->half[b] + gap;
}

/* Where the neighbours in the rank before wish a node to be; @weight says how much. */
static double
wish (const Layered *l, uint32_t v, bool downwards, double *weight)
{
  const uint32_t *first = downwards ? l->first_above : l->first_below;
  const uint32_t *list = downwards ? l->above : l->below;
  double sum = 0, total = 0;

  for (uint32_t i = first[v]; i < first[v + 1]; i++)
    {
      const Link *link = &l->links[list[i]];

      sum += (double) link->weight * (double) l->x[downwards ? link->from : link->to];
      total += (double) link->weight;
    }
  *weight = total > 0 ? total : 0.05;
  return total > 0 ? sum / total : (double) l->x[v];
}

static void
place_rank (Layered *l, uint32_t rank, bool downwards, Block *blocks, double *offset)
{
  uint32_t begin = l->first[rank], count = l->first[rank + 1] - begin, n_blocks = 0;

  for (uint32_t i = 0; i < count; i++)
    {
      uint32_t v = l->order[begin + i];
      double weight, want = wish (l, v, downwards, &weight);

      offset[i] = i == 0 ? 0 : offset[i - 1] + (double) gap_between (l, l->order[begin + i - 1], v);
      blocks[n_blocks++] = (Block){ weight * (want - offset[i]), weight, i };
      while (n_blocks > 1
             && blocks[n_blocks - 2].sum / blocks[n_blocks - 2].weight
                  > blocks[n_blocks - 1].sum / blocks[n_blocks - 1].weight)
        {
          blocks[n_blocks - 2].sum += blocks[n_blocks - 1].sum;
          blocks[n_blocks - 2].weight += blocks[n_blocks - 1].weight;
          n_blocks--;
        }
    }
  for (uint32_t b = 0; b < n_blocks; b++)
    {
      uint32_t end = b + 1 < n_blocks ? blocks[b + 1].begin : count;

      for (uint32_t i = blocks[b].begin; i < end; i++)
        l->x[l->order[begin + i]] = (float) (blocks[b].sum / blocks[b].weight + offset[i]);
    }
}

static void
pack_ranks (Layered *l)
{
  for (uint32_t r = 0; r < l->n_ranks; r++)
    {
      float x = 0;

      for (uint32_t i = l->first[r]; i < l->first[r + 1]; i++)
        {
          if (i > l->first[r])
            x += gap_between (l, l->order[i - 1], l->order[i]);
          l->x[l->order[i]] = x;
        }
      for (uint32_t i = l->first[r]; i < l->first[r + 1]; i++)
        l->x[l->order[i]] -= x / 2;
    }
}

/* ---- All together -----------------------------------------------------------------------------
 */

static LsStatus
check_input (const LsLayoutNode *nodes, uint32_t n_nodes, const LsLayoutEdge *edges,
             uint32_t n_edges, LsError *error)
{
  for (uint32_t e = 0; e < n_edges; e++)
    if (edges[e].from >= n_nodes || edges[e].to >= n_nodes)
      return ls_fail (error, LS_E_USAGE, -1, "edge %u leads to a node that does not exist", e);
  for (uint32_t v = 0; v < n_nodes; v++)
    if (!(nodes[v].width >= 0 && nodes[v].height >= 0))
      return ls_fail (error, LS_E_USAGE, -1, "node %u has no size", v);
  return LS_OK;
}

static bool
make_room (Layered *l, size_t n_bends, uint32_t n_edges)
{
  size_t all, links;

  if (!ls_add (&all, n_bends, l->n_real) || !ls_add (&links, n_bends, n_edges)
      || all > UINT32_MAX / 4 || links > UINT32_MAX / 4)
    return false;

  uint32_t *rank = realloc (l->rank, sizeof *rank * (all + 1));

  if (rank == NULL)
    return false;
  l->rank = rank;
  l->x = calloc (all + 1, sizeof *l->x);
  l->half = calloc (all + 1, sizeof *l->half);
  l->links = calloc (links + 1, sizeof *l->links);
  l->order = calloc (all + 1, sizeof *l->order);
  l->first = calloc ((size_t) l->n_ranks + 2, sizeof *l->first);
  l->position = calloc (all + 1, sizeof *l->position);
  l->above = calloc (links + 1, sizeof *l->above);
  l->below = calloc (links + 1, sizeof *l->below);
  l->first_above = calloc (all + 2, sizeof *l->first_above);
  l->first_below = calloc (all + 2, sizeof *l->first_below);
  return l->x && l->half && l->links && l->order && l->first && l->position && l->above && l->below
         && l->first_above && l->first_below;
}

/* Sweeps down and up in turn; @step works on one rank. */
static LsStatus
sweep (Layered *l, const LsProgress *progress, LsError *error)
{
  void *scratch = calloc ((size_t) l->n_all + 1, sizeof (Block) + sizeof (double));
  const int total = ORDER_SWEEPS + PLACE_SWEEPS;
  bool goes_on = scratch != NULL;
  double *offset = scratch != NULL ? (double *) ((Block *) scratch + l->n_all + 1) : NULL;

  for (int i = 0; goes_on && i < total; i++)
    {
      bool downwards = i % 2 == 0;

      if (i == ORDER_SWEEPS)
        pack_ranks (l);
      for (uint32_t k = 0; k < l->n_ranks; k++)
        {
          uint32_t rank = downwards ? k : l->n_ranks - 1 - k;

          if (i < ORDER_SWEEPS)
            order_rank (l, rank, downwards, scratch);
          else
            place_rank (l, rank, downwards, scratch, offset);
        }
      goes_on = ls_tick (progress, (i + 1.0) / total, "laying out");
    }
  free (scratch);
  if (scratch == NULL)
    return ls_fail (error, LS_E_NO_MEMORY, -1, "out of memory for the layout");
  return goes_on ? LS_OK : ls_fail_cancelled (error);
}

/* The rows of the ranks. */
typedef struct
{
  float *centre, *height; /* by rank */
  float left;
} Rows;

static void
write_result (const Layered *l, LsLayoutNode *nodes, Rows *rows, float rank_gap)
{
  float y = 0;

  for (uint32_t v = 0; v < l->n_real; v++)
    {
      float *height = &rows->height[l->rank[v]];

      *height = nodes[v].height > *height ? nodes[v].height : *height;
      rows->left = v == 0 || l->x[v] - l->half[v] < rows->left ? l->x[v] - l->half[v] : rows->left;
    }
  for (uint32_t r = 0; r < l->n_ranks; r++)
    {
      rows->centre[r] = y + rows->height[r] / 2;
      y += rows->height[r] + rank_gap;
    }
  for (uint32_t v = 0; v < l->n_real; v++)
    {
      nodes[v].x = l->x[v] - rows->left;
      nodes[v].y = rows->centre[l->rank[v]];
    }
}

/* ---- Routes -----------------------------------------------------------------------------------
 */

void
ls_routes_clear (LsRoutes *routes)
{
  free (routes->first);
  free (routes->crossings);
  *routes = (LsRoutes){ 0 };
}

/* Bends were numbered edge by edge, downwards. */
static bool
write_routes (const Layered *l, const LsLayoutEdge *edges, uint32_t n_edges, const bool *is_turned,
              const Rows *rows, LsRoutes *out)
{
  uint32_t bend = l->n_real;

  out->first = calloc ((size_t) n_edges + 1, sizeof *out->first);
  out->crossings = calloc ((size_t) (l->n_all - l->n_real) + 1, sizeof *out->crossings);
  if (out->first == NULL || out->crossings == NULL)
    return false;
  for (uint32_t e = 0; e < n_edges; e++)
    {
      LsCrossing *crossings = &out->crossings[out->first[e]];
      uint32_t count = n_bends (l, &edges[e]);

      for (uint32_t k = 0; k < count; k++, bend++)
        {
          uint32_t rank = l->rank[bend];

          crossings[is_turned[e] ? count - 1 - k : k]
            = (LsCrossing){ l->x[bend] - rows->left, rows->centre[rank] - rows->height[rank] / 2,
                            rows->centre[rank] + rows->height[rank] / 2 };
        }
      out->first[e + 1] = out->first[e] + count;
    }
  return true;
}

static LsStatus
lay_out (Layered *l, LsLayoutNode *nodes, const LsLayoutEdge *edges, uint32_t n_edges,
         float rank_gap, LsRoutes *routes, const LsProgress *progress, LsError *error)
{
  LS_FREE bool *is_turned = calloc ((size_t) n_edges + 1, sizeof *is_turned);
  LS_FREE float *lines = NULL;

  l->n_all = l->n_real;
  l->rank = calloc ((size_t) l->n_real + 1, sizeof *l->rank);
  if (is_turned == NULL || l->rank == NULL || !find_ranks (l, edges, n_edges, is_turned)
      || !make_room (l, count_bends (l, edges, n_edges), n_edges)
      || (lines = calloc ((size_t) l->n_ranks + 1, 2 * sizeof *lines)) == NULL)
    return ls_fail (error, LS_E_NO_MEMORY, -1, "out of memory for the layout");

  for (uint32_t v = 0; v < l->n_real; v++)
    l->half[v] = nodes[v].width / 2;
  add_bends (l, edges, n_edges, is_turned);
  index_links (l, l->above, l->first_above, false);
  index_links (l, l->below, l->first_below, true);
  fill_ranks (l);
  LS_TRY (sweep (l, progress, error));

  Rows rows = { lines, lines + l->n_ranks, 0 };

  write_result (l, nodes, &rows, rank_gap);
  if (routes != NULL && !write_routes (l, edges, n_edges, is_turned, &rows, routes))
    return ls_fail (error, LS_E_NO_MEMORY, -1, "out of memory for the layout");
  return LS_OK;
}

LsStatus
ls_layout_routed (LsLayoutNode *nodes, uint32_t n_nodes, const LsLayoutEdge *edges,
                  uint32_t n_edges, float node_gap, float rank_gap, LsRoutes *routes,
                  const LsProgress *progress, LsError *error)
{
  Layered l = { .nodes = nodes, .n_real = n_nodes, .node_gap = node_gap };
  LsStatus status = check_input (nodes, n_nodes, edges, n_edges, error);

  if (routes != NULL)
    *routes = (LsRoutes){ 0 };
  if (status == LS_OK && n_nodes > 0)
    status = lay_out (&l, nodes, edges, n_edges, rank_gap, routes, progress, error);
  layered_clear (&l);
  return status;
}

LsStatus
ls_layout_layered (LsLayoutNode *nodes, uint32_t n_nodes, const LsLayoutEdge *edges,
                   uint32_t n_edges, float node_gap, float rank_gap, const LsProgress *progress,
                   LsError *error)
{
  return ls_layout_routed (nodes, n_nodes, edges, n_edges, node_gap, rank_gap, NULL, progress,
                           error);
}
