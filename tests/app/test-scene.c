#include "graph/smith-layout.h"
#include "graph/smith-scene.h"
#include "net-fixture.h"

static SmithScene *
scene_of (SmithNet *net, SmithFold *fold)
{
  g_autofree gboolean *is_open = smith_fold_snapshot (fold);

  return smith_scene_new (net, fold, is_open, NULL);
}

static void
boxes_and_edges_follow_the_net (void)
{
  g_autoptr (SmithNet) net = chain_net (12, 4, TRUE);
  g_autoptr (SmithFold) fold = smith_fold_new (net);
  g_autoptr (SmithScene) scene = scene_of (net, fold);

  g_assert_cmpuint (scene->n_boxes, ==, 14);
  g_assert_cmpuint (scene->n_edges, ==, 13);
  smith_fold_set_all (fold, FALSE);

  g_autoptr (SmithScene) folded = scene_of (net, fold);

  g_assert_cmpuint (folded->n_boxes, ==, 5);
  g_assert_cmpuint (folded->n_edges, ==, 4);
  g_assert_cmpint (folded->boxes[folded->box_of_op[5]].kind, ==, SMITH_BOX_GROUP);
}

/* With Graphviz or, where the helper is missing, with the built-in layout. */
static void
layout_gives_places_and_a_hit_test (void)
{
  g_autoptr (SmithNet) net = chain_net (12, 4, TRUE);
  g_autoptr (SmithFold) fold = smith_fold_new (net);
  g_autoptr (SmithScene) scene = scene_of (net, fold);

  for (int way = SMITH_LAYOUT_BUILT_IN; way <= SMITH_LAYOUT_GRAPHVIZ; way++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SmithPlacement) placement
        = smith_layout_run (scene, (SmithLayoutWay) way, NULL, &error);

      g_assert_no_error (error);
      smith_scene_place (scene, placement);
      for (uint32_t i = 0; i < scene->n_boxes; i++)
        {
          const SmithBox *box = &scene->boxes[i];

          g_assert_cmpint (smith_scene_box_at (scene, box->x + 3, box->y + 3), ==, (int) i);
        }
      for (uint32_t e = 0; e < scene->n_edges; e++)
        {
          const SmithEdge *edge = &scene->edges[e];
          const SmithPoint *p = &scene->points[edge->first_point];

          g_assert_cmpfloat (scene->boxes[edge->from].y, <, scene->boxes[edge->to].y);
          g_assert_cmpint (smith_scene_edge_at (scene, p[0].x, p[0].y + 1, 4), ==, (int) e);
        }
    }
}

static void
arrows_walk_along_edges (void)
{
  g_autoptr (SmithNet) net = chain_net (3, 3, FALSE);
  g_autoptr (SmithFold) fold = smith_fold_new (net);
  g_autoptr (SmithScene) scene = scene_of (net, fold);
  g_autoptr (SmithPlacement) placement
    = smith_layout_run (scene, SMITH_LAYOUT_BUILT_IN, NULL, NULL);
  int box = scene->box_of_op[0];

  smith_scene_place (scene, placement);
  g_assert_cmpint (smith_scene_neighbour (scene, box, SMITH_TOWARDS_CONSUMER), ==,
                   scene->box_of_op[1]);
  g_assert_cmpint (smith_scene_neighbour (scene, scene->box_of_op[1], SMITH_TOWARDS_PRODUCER), ==,
                   box);
  g_assert_cmpint (smith_scene_neighbour (scene, box, SMITH_TOWARDS_LEFT), ==, -1);
}

static void
bad_answers_of_the_helper_are_refused (void)
{
  static const char *const bad[] = { "",
                                     "size",
                                     "size 1 2\n",
                                     "size 1 2\n3 4\n",
                                     "size a b\n3 4\n5 6\n0\n",
                                     "size 1 2\n3 nan\n5 6\n0\n" };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (smith_layout_parse (bad[i], 2, 1));

  g_autoptr (SmithPlacement) good = smith_layout_parse ("size 1 2\n3 4\n5 6\n0\n", 2, 1);

  g_assert_nonnull (good);
  g_assert_cmpfloat (good->centres[1].y, ==, 6);
}

static void
long_texts_are_cut_in_the_middle (void)
{
  g_autofree char *cut = smith_shorten ("net/tower_00/stage_03/unit_017/expand", 20);
  g_autofree char *count = smith_count_text (1234567);

  g_assert_cmpint (g_utf8_strlen (cut, -1), ==, 20);
  g_assert_true (g_str_has_suffix (cut, "expand"));
  g_assert_cmpstr (count, ==, "1.23 M");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scene/boxes_and_edges_follow_the_net", boxes_and_edges_follow_the_net);
  g_test_add_func ("/scene/layout_gives_places_and_a_hit_test", layout_gives_places_and_a_hit_test);
  g_test_add_func ("/scene/arrows_walk_along_edges", arrows_walk_along_edges);
  g_test_add_func ("/scene/bad_answers_of_the_helper_are_refused",
                   bad_answers_of_the_helper_are_refused);
  g_test_add_func ("/scene/long_texts_are_cut_in_the_middle", long_texts_are_cut_in_the_middle);
  return g_test_run ();
}
