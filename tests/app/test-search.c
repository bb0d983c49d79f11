#include "graph/smith-search.h"
#include "net-fixture.h"

static gboolean
figure_cb (gpointer data, gboolean is_tensor, int index, const char *name, double *value)
{
  if (is_tensor || !g_str_equal (name, "stride_w"))
    return FALSE;
  *value = index % 2 + 1;
  return TRUE;
}

static unsigned
count (const char *query)
{
  g_autoptr (SmithNet) net = chain_net (12, 4, TRUE);
  g_autoptr (GArray) hits = smith_search (net, query, figure_cb, NULL);

  return hits->len;
}

static void
queries_narrow_the_list (void)
{
  g_assert_cmpuint (count (""), ==, 12);
  g_assert_cmpuint (count ("conv_2d"), ==, 9);
  g_assert_cmpuint (count ("ADD block_1"), ==, 1);
  g_assert_cmpuint (count ("stride_w=2"), ==, 6);
  g_assert_cmpuint (count ("stride_w>=1 kind:add"), ==, 3);
  g_assert_cmpuint (count ("type:float32 kind:conv"), ==, 9);
  g_assert_cmpuint (count ("no-such-thing"), ==, 0);
}

static void
kinds_come_before_names (void)
{
  g_autoptr (SmithNet) net = chain_net (12, 4, TRUE);
  g_autoptr (GArray) hits = NULL;

  net->ops[0].name = "a/CONV_2D/like";
  hits = smith_search (net, "CONV_2D", NULL, NULL);
  g_assert_cmpint (g_array_index (hits, SmithHit, 0).index, ==, 1);
  g_assert_cmpint (g_array_index (hits, SmithHit, 9).index, ==, 0);
}

/* What all names begin with is left out of lists, and nothing else. */
static void
names_are_told_apart (void)
{
  g_autoptr (SmithNet) net = chain_net (12, 12, TRUE);
  g_autoptr (SmithNet) blocks = chain_net (12, 4, TRUE);
  g_autoptr (SmithNet) flat = chain_net (12, 4, FALSE);

  g_assert_cmpstr (smith_net_short_name (net, net->ops[3].name), ==, "conv_3");
  g_assert_cmpstr (smith_net_short_name (blocks, blocks->ops[3].name), ==, "block_0/conv_3");
  g_assert_cmpstr (smith_net_short_name (blocks, "other/conv"), ==, "other/conv");
  g_assert_cmpstr (smith_net_short_name (flat, flat->ops[3].name), ==, "t3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search/queries_narrow_the_list", queries_narrow_the_list);
  g_test_add_func ("/search/kinds_come_before_names", kinds_come_before_names);
  g_test_add_func ("/search/names_are_told_apart", names_are_told_apart);
  return g_test_run ();
}
