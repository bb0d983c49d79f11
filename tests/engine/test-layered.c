/* The built-in layout: edges point down, boxes of a rank never overlap, cycles and hubs end. */
#include "litesmith.h"
#include "test.h"

enum
{
  MANY = 4000
};

static bool
has_overlap (const LsLayoutNode *nodes, uint32_t n)
{
  for (uint32_t a = 0; a < n; a++)
    for (uint32_t b = a + 1; b < n; b++)
      {
        float dx = nodes[a].x - nodes[b].x, dy = nodes[a].y - nodes[b].y;

        dx = dx < 0 ? -dx : dx;
        dy = dy < 0 ? -dy : dy;
        if (dx < (nodes[a].width + nodes[b].width) / 2 - 0.1f
            && dy < (nodes[a].height + nodes[b].height) / 2 - 0.1f)
          return true;
      }
  return false;
}

static void
diamond_points_down (void)
{
  LsLayoutNode nodes[4]
    = { { 80, 30, 0, 0 }, { 60, 30, 0, 0 }, { 60, 40, 0, 0 }, { 90, 30, 0, 0 } };
  const LsLayoutEdge edges[] = { { 0, 1 }, { 0, 2 }, { 1, 3 }, { 2, 3 }, { 0, 3 } };
  LsError error = { 0 };

  CHECK (ls_layout_layered (nodes, 4, edges, 5, 20, 40, NULL, &error) == LS_OK);
  for (int e = 0; e < 5; e++)
    CHECK (nodes[edges[e].from].y < nodes[edges[e].to].y);
  CHECK (nodes[1].y == nodes[2].y && nodes[1].x != nodes[2].x);
  CHECK (!has_overlap (nodes, 4));
}

static void
chain_is_straight (void)
{
  LsLayoutNode nodes[5]
    = { { 80, 30, 0, 0 }, { 60, 30, 0, 0 }, { 60, 40, 0, 0 }, { 90, 30, 0, 0 }, { 10, 10, 0, 0 } };
  const LsLayoutEdge edges[] = { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 4 } };

  CHECK (ls_layout_layered (nodes, 5, edges, 4, 20, 40, NULL, NULL) == LS_OK);
  for (int i = 1; i < 5; i++)
    CHECK (nodes[i].x > nodes[0].x - 0.5f && nodes[i].x < nodes[0].x + 0.5f);
}

static void
cycle_and_self_loop_end (void)
{
  LsLayoutNode nodes[3] = { { 10, 10, 0, 0 }, { 10, 10, 0, 0 }, { 10, 10, 0, 0 } };
  const LsLayoutEdge edges[] = { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 1, 1 } };

  CHECK (ls_layout_layered (nodes, 3, edges, 4, 5, 5, NULL, NULL) == LS_OK);
  CHECK (!has_overlap (nodes, 3));
}

static void
hubs_and_long_edges_keep_apart (void)
{
  static LsLayoutNode nodes[MANY];
  static LsLayoutEdge edges[2 * MANY];
  uint32_t n = 0;

  for (uint32_t v = 0; v < MANY; v++)
    nodes[v] = (LsLayoutNode){ 40 + v % 50, 20, 0, 0 };
  for (uint32_t v = 1; v < MANY; v++)
    {
      edges[n++] = (LsLayoutEdge){ v / 2, v };
      if (v % 10 == 0)
        edges[n++] = (LsLayoutEdge){ 0, v };
    }
  CHECK (ls_layout_layered (nodes, MANY, edges, n, 10, 30, NULL, NULL) == LS_OK);
  CHECK (!has_overlap (nodes, MANY));
}

static bool
refuse (void *data, double fraction, const char *what)
{
  return false;
}

static void
bad_input_and_cancel_are_errors (void)
{
  LsLayoutNode nodes[2] = { { 10, 10, 0, 0 }, { 10, 10, 0, 0 } };
  const LsLayoutEdge bad = { 0, 2 }, good = { 0, 1 };
  const LsProgress progress = { refuse, NULL };
  LsError error = { 0 };

  CHECK (ls_layout_layered (nodes, 2, &bad, 1, 5, 5, NULL, &error) == LS_E_USAGE);
  CHECK (error.message[0] != '\0');
  CHECK (ls_layout_layered (nodes, 2, &good, 1, 5, 5, &progress, &error) == LS_E_CANCELLED);
  CHECK (ls_layout_layered (NULL, 0, NULL, 0, 5, 5, NULL, &error) == LS_OK);
}

int
main (void)
{
  RUN (diamond_points_down);
  RUN (chain_is_straight);
  RUN (cycle_and_self_loop_end);
  RUN (hubs_and_long_edges_keep_apart);
  RUN (bad_input_and_cancel_are_errors);
  return done ();
}
