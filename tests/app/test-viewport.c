#include "graph/smith-viewport.h"

static const SmithViewport large
  = { .zoom = 1, .width = 800, .height = 600, .world_width = 3000, .world_height = 90000 };

static void
zoom_keeps_the_point_under_the_pointer (void)
{
  SmithViewport v = large;
  double x, y, after_x, after_y;

  v.x = 500;
  v.y = 4000;
  smith_viewport_to_world (&v, 300, 200, &x, &y);
  smith_viewport_zoom_at (&v, 1.25, 300, 200);
  smith_viewport_to_world (&v, 300, 200, &after_x, &after_y);
  g_assert_cmpfloat_with_epsilon (x, after_x, 1e-6);
  g_assert_cmpfloat_with_epsilon (y, after_y, 1e-6);
}

static void
first_view_is_never_illegible (void)
{
  SmithViewport v = large;

  smith_viewport_begin (&v);
  g_assert_cmpfloat (v.zoom, >=, SMITH_ZOOM_LEGIBLE);
  g_assert_cmpfloat (v.y, <, 0);
  smith_viewport_fit (&v);
  g_assert_cmpfloat (v.zoom, <, 0.02);
}

static void
graph_stays_in_sight (void)
{
  SmithViewport v = large;

  smith_viewport_pan (&v, -1e7, -1e7);
  g_assert_cmpfloat (v.x, >=, -800);
  smith_viewport_pan (&v, 1e9, 1e9);
  g_assert_cmpfloat (v.x, <=, 3000);
  g_assert_cmpfloat (v.y, <=, 90000);
}

static void
a_narrower_view_keeps_its_middle (void)
{
  SmithViewport v = large;

  v.zoom = 2;
  v.x = 1000;
  v.y = 50;
  smith_viewport_resize (&v, 400, 300);
  g_assert_cmpfloat (v.x, ==, 1100);
  g_assert_cmpfloat (v.y, ==, 50);
  g_assert_cmpfloat (v.height, ==, 300);
}

static void
reveal_moves_as_little_as_needed (void)
{
  SmithViewport v = large;

  v.x = 100;
  v.y = 1000;
  smith_viewport_reveal (&v, 300, 1200, 100, 50);
  g_assert_cmpfloat (v.x, ==, 100);
  g_assert_cmpfloat (v.y, ==, 1000);
  smith_viewport_reveal (&v, 300, 5000, 100, 50);
  g_assert_cmpfloat (v.x, ==, 100);
  g_assert_cmpfloat (v.y, >, 4000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/viewport/zoom_keeps_the_point_under_the_pointer",
                   zoom_keeps_the_point_under_the_pointer);
  g_test_add_func ("/viewport/first_view_is_never_illegible", first_view_is_never_illegible);
  g_test_add_func ("/viewport/graph_stays_in_sight", graph_stays_in_sight);
  g_test_add_func ("/viewport/a_narrower_view_keeps_its_middle", a_narrower_view_keeps_its_middle);
  g_test_add_func ("/viewport/reveal_moves_as_little_as_needed", reveal_moves_as_little_as_needed);
  return g_test_run ();
}
