#include "graph/smith-fold.h"
#include "net-fixture.h"

static void
small_graphs_are_open (void)
{
  g_autoptr (SmithNet) net = chain_net (60, 10, TRUE);
  g_autoptr (SmithFold) fold = smith_fold_new (net);

  g_assert_cmpuint (fold->n_groups, ==, 6);
  g_assert_cmpuint (smith_fold_count_boxes (fold, net), ==, 60);
  g_assert_cmpstr (fold->groups[0].path, ==, "net/block_0");
  g_assert_cmpuint (fold->groups[0].n_ops, ==, 10);
  g_assert_cmpuint (fold->groups[0].macs, ==, 1000);
}

static void
large_graphs_begin_folded (void)
{
  g_autoptr (SmithNet) net = chain_net (5000, 20, TRUE);
  g_autoptr (SmithFold) fold = smith_fold_new (net);

  g_assert_cmpuint (smith_fold_count_boxes (fold, net), ==, 250);
  g_assert_cmpint (smith_fold_box_of (fold, 45), ==, 2);
  g_assert_true (smith_fold_reveal (fold, 45));
  g_assert_cmpint (smith_fold_box_of (fold, 45), ==, -1);
  g_assert_false (smith_fold_reveal (fold, 45));
  g_assert_cmpuint (smith_fold_count_boxes (fold, net), ==, 269);
}

static void
structure_folds_where_names_do_not (void)
{
  g_autoptr (SmithNet) net = chain_net (2000, 10, FALSE);
  g_autoptr (SmithFold) fold = smith_fold_new (net);

  g_assert_cmpuint (fold->n_groups, >, 1);
  g_assert_cmpuint (smith_fold_count_boxes (fold, net), <=, SMITH_FOLD_NOTHING_BELOW);
  smith_fold_set_all (fold, TRUE);
  g_assert_cmpuint (smith_fold_count_boxes (fold, net), ==, 2000);
}

static void
constants_unpacked_on_the_way_are_absorbed (void)
{
  g_autoptr (SmithNet) net = chain_net (3, 3, FALSE);

  /* Operator 0 becomes a DEQUANTIZE of a constant. */
  net->ops[0].kind = "DEQUANTIZE";
  net->tensors[0].is_constant = TRUE;
  net->n_inputs = 0;
  g_clear_pointer (&net->first_consumer, g_free);
  g_clear_pointer (&net->consumers, g_free);
  smith_net_link (net);
  g_assert_true (net->ops[0].is_absorbed);
  g_assert_cmpint (smith_net_constant_behind (net, 1), ==, 0);
  g_assert_cmpint (smith_net_drawn_op (net, 0), ==, 1);
  g_assert_cmpint (smith_net_constant_behind (net, 2), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fold/small_graphs_are_open", small_graphs_are_open);
  g_test_add_func ("/fold/large_graphs_begin_folded", large_graphs_begin_folded);
  g_test_add_func ("/fold/structure_folds_where_names_do_not", structure_folds_where_names_do_not);
  g_test_add_func ("/fold/constants_unpacked_on_the_way_are_absorbed",
                   constants_unpacked_on_the_way_are_absorbed);
  return g_test_run ();
}
