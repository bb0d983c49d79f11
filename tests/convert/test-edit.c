/* Edits of the sample models: what stays, that it computes the same, and that every step is undone.
 */
#include <math.h>

#include "samples.h"

static bool
is_same (const LsModel *a, const LsModel *b)
{
  LsDiff diff;
  uint32_t n;

  CHECK (ls_diff (a, b, NULL, NULL, &diff, NULL) == LS_OK);
  n = diff.n_entries;
  ls_diff_clear (&diff);
  return n == 0;
}

static uint32_t
find (const LsModel *model, const char *name)
{
  uint32_t tensor = 0;

  CHECK (ls_edit_find_tensor (model, 0, name, &tensor, NULL) == LS_OK);
  return tensor;
}

/* Runs a model; @input NULL: filled from a seed. Gives the value of @tensor. */
static LsArray
compute (const LsModel *model, const LsArray *input, int tensor)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = NULL;
  LsArray view = { 0 }, copy = { 0 };
  LsError error = { 0 };

  options.trace = true;
  if (ls_session_new (model, &options, &session, &error) != LS_OK
      || (input != NULL ? ls_session_set_input (session, 0, input, &error)
                        : ls_session_fill_input (session, 0, 7, &error))
           != LS_OK
      || ls_session_run (session, &error) != LS_OK
      || (tensor >= 0 ? ls_session_get_tensor (session, (uint32_t) tensor, &view, &error)
                      : ls_session_get_output (session, 0, &view, &error))
           != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (view.data != NULL);
  copy = view;
  copy.data = malloc (view.n_bytes + 1);
  if (view.data != NULL)
    memcpy (copy.data, view.data, view.n_bytes);
  ls_session_free (session);
  return copy;
}

static void
check_equal (LsArray *a, LsArray *b)
{
  CHECK (a->n_bytes == b->n_bytes && a->type == b->type
         && memcmp (a->data, b->data, a->n_bytes) == 0);
  ls_array_clear (a);
  ls_array_clear (b);
}

static void
a_part_computes_what_it_did_in_the_whole (void)
{
  LsModel *whole = open_sample ("digits-int8.tflite"), *part = ls_model_clone (whole);
  const uint32_t from = find (part, "depthwise"), until = find (part, "dense");
  LsEditReport report = { 0 };

  CHECK (ls_edit_cut (part, 0, &from, 1, &until, 1, &report, NULL) == LS_OK);
  CHECK (report.n_notes == 1);

  const LsSubgraph *graph = ls_model_subgraph (part, 0);

  CHECK (graph->n_ops == 5 && graph->n_inputs == 1 && graph->n_outputs == 1);
  CHECK (ls_model_n_buffers (part) < ls_model_n_buffers (whole));
  CHECK_STR (ls_model_signature (part, 0)->inputs[0].name, "depthwise");
  CHECK_STR (ls_model_signature (part, 0)->outputs[0].name, "dense");

  LsArray middle = compute (whole, NULL, (int) from), want = compute (whole, NULL, (int) until);
  LsArray got = compute (part, &middle, -1);

  check_equal (&want, &got);
  ls_array_clear (&middle);
  ls_edit_report_clear (&report);

  CHECK (!is_same (whole, part) && ls_edit_can_undo (part));
  ls_edit_undo (part);
  CHECK (is_same (whole, part) && !ls_edit_can_undo (part));
  ls_edit_redo (part);
  CHECK (ls_model_subgraph (part, 0)->n_ops == 5);
  ls_model_free (whole);
  ls_model_free (part);
}

static void
impossible_cuts_name_the_tensor_and_change_nothing (void)
{
  LsModel *whole = open_sample ("digits.tflite"), *model = ls_model_clone (whole);
  const uint32_t conv1 = find (model, "conv1"), dense = find (model, "dense"),
                 weights = find (model, "conv1/weights"), image = find (model, "image");
  LsError error = { 0 };

  CHECK (ls_edit_cut (model, 0, &dense, 1, &conv1, 1, NULL, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "\"conv1\"") != NULL
         && strstr (error.message, "\"image\"") != NULL);
  CHECK (ls_edit_cut (model, 0, &weights, 1, &dense, 1, NULL, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "conv1/weights") != NULL);
  CHECK (ls_edit_cut (model, 0, NULL, 0, &weights, 1, NULL, &error) == LS_E_INVALID);
  CHECK (ls_edit_cut (model, 0, NULL, 0, &image, 1, NULL, &error) == LS_E_INVALID);
  CHECK (ls_edit_cut (model, 0, &conv1, 1, &conv1, 1, NULL, &error) == LS_E_INVALID);

  const uint32_t twice[] = { dense, dense }, none = 999;

  CHECK (ls_edit_cut (model, 0, NULL, 0, twice, 2, NULL, &error) == LS_E_INVALID);
  CHECK (ls_edit_cut (model, 0, NULL, 0, &none, 1, NULL, &error) == LS_E_USAGE);
  CHECK (ls_edit_cut (model, 3, NULL, 0, &dense, 1, NULL, &error) == LS_E_USAGE);
  CHECK (is_same (whole, model) && !ls_edit_can_undo (model));
  ls_model_free (whole);
  ls_model_free (model);
}

static void
handles_are_no_ports (void)
{
  LsModel *model = open_sample ("digits.tflite");
  const uint32_t conv1 = find (model, "conv1"), dense = find (model, "dense");
  LsError error = { 0 };

  ls_model_tensor (model, 0, conv1)->type = LS_TYPE_RESOURCE;
  CHECK (ls_edit_cut (model, 0, &conv1, 1, &dense, 1, NULL, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "\"conv1\" is a handle") != NULL);
  CHECK (ls_edit_cut (model, 0, NULL, 0, &conv1, 1, NULL, &error) == LS_E_INVALID);
  ls_model_free (model);
}

static void
tensors_are_found_by_name_index_and_pattern (void)
{
  LsModel *model = open_sample ("digits.tflite");
  LsError error = { 0 };
  uint32_t tensor;

  CHECK (find (model, "conv1") == find (model, "con*1"));
  CHECK (find (model, "0") == 0 && find (model, "dens?") == find (model, "dense"));
  CHECK (ls_edit_find_tensor (model, 0, "conv*", &tensor, &error) == LS_E_USAGE);
  CHECK (strstr (error.message, "conv1/weights") != NULL);
  CHECK (ls_edit_find_tensor (model, 0, "pool_1", &tensor, &error) == LS_E_USAGE);
  CHECK (strstr (error.message, "\"pool\"") != NULL);
  CHECK (ls_edit_find_tensor (model, 0, "9999", &tensor, &error) == LS_E_USAGE);
  ls_model_free (model);
}

static void
names_change_everywhere_or_nowhere (void)
{
  LsModel *whole = open_sample ("digits.tflite"), *model = ls_model_clone (whole);
  LsError error = { 0 };

  CHECK (ls_edit_rename (model, 0, "image", "picture", NULL, NULL) == LS_OK);
  CHECK_STR (ls_model_signature (model, 0)->inputs[0].name, "picture");
  CHECK (ls_subgraph_find_tensor (ls_model_subgraph (model, 0), "picture") == 0);
  CHECK (ls_edit_rename (model, 0, "conv1/*", "first/*", NULL, NULL) == LS_OK);
  CHECK (ls_subgraph_find_tensor (ls_model_subgraph (model, 0), "first/bias") >= 0);
  CHECK (ls_edit_rename (model, 0, "serving_default", "main", NULL, NULL) == LS_OK);
  CHECK_STR (ls_model_signature (model, 0)->key, "main");
  CHECK (ls_edit_rename (model, 0, "dense", "pool", NULL, &error) == LS_E_INVALID);
  CHECK (ls_edit_rename (model, 0, "nothing", "x", NULL, &error) == LS_E_USAGE);
  CHECK (ls_edit_rename (model, 0, "a*", "b", NULL, &error) == LS_E_USAGE);
  for (int i = 0; i < 3; i++)
    ls_edit_undo (model);
  CHECK (is_same (whole, model) && !ls_edit_can_undo (model));
  ls_model_free (whole);
  ls_model_free (model);
}

static void
the_tail_goes_with_a_word (void)
{
  LsModel *model = open_sample ("digits-int8.tflite");
  LsEditReport report = { 0 };

  CHECK (ls_edit_drop_postprocess (model, 0, &report, NULL) == LS_OK);
  CHECK (report.n_notes > 0 && strstr (report.notes[0], "SOFTMAX \"probabilities\"") != NULL);
  CHECK (ls_model_subgraph (model, 0)->n_ops == 7);
  CHECK_STR (ls_model_signature (model, 0)->outputs[0].name, "dense");
  CHECK (ls_edit_drop_postprocess (model, 0, &report, NULL) == LS_E_INVALID);
  ls_edit_report_clear (&report);
  ls_model_free (model);
}

static void
a_batch_runs_as_each_alone (void)
{
  LsModel *one = open_sample ("digits-int8.tflite"), *four = ls_model_clone (one);
  const LsEditShape shape = { 0, 4, { 4, 8, 8, 1 } };
  LsArray all, first, got, want;

  CHECK (ls_edit_set_shapes (four, 0, &shape, 1, NULL, NULL) == LS_OK);
  all = compute (four, NULL, 0);
  CHECK (all.rank == 4 && all.dims[0] == 4);
  got = compute (four, &all, -1);
  CHECK (got.rank == 2 && got.dims[0] == 4 && got.dims[1] == 10);
  first = all;
  first.dims[0] = 1;
  first.n_bytes = 64;
  want = compute (one, &first, -1);
  CHECK (memcmp (want.data, got.data, 10) == 0);
  ls_array_clear (&want);
  ls_array_clear (&got);
  ls_array_clear (&all);
  ls_edit_undo (four);
  CHECK (is_same (one, four));
  ls_model_free (one);
  ls_model_free (four);
}

static void
open_dimensions_reach_the_output (void)
{
  LsModel *model = open_sample ("digits.tflite");
  const LsEditShape shape = { 0, 4, { -1, 8, 8, 1 } };

  CHECK (ls_edit_set_shapes (model, 0, &shape, 1, NULL, NULL) == LS_OK);

  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  const LsTensor *out = &graph->tensors[graph->outputs[0]];

  CHECK (out->signature_rank == 2 && out->signature[0] == -1 && out->signature[1] == 10);
  CHECK (out->dims[0] == 1);
  ls_model_free (model);
}

static void
shapes_that_weights_cannot_take_name_the_operator (void)
{
  LsModel *whole = open_sample ("digits.tflite"), *model = ls_model_clone (whole);
  const LsEditShape large = { 0, 4, { 1, 16, 16, 1 } }, flat = { 0, 2, { 8, 8 } },
                    channels = { 0, 4, { 1, 8, 8, 3 } }, none = { 5, 1, { 1 } },
                    empty = { 0, 4, { 0, 8, 8, 1 } };
  LsError error = { 0 };

  CHECK (ls_edit_set_shapes (model, 0, &large, 1, NULL, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "FULLY_CONNECTED \"dense\"") != NULL && error.op == 6);
  CHECK (ls_edit_set_shapes (model, 0, &flat, 1, NULL, &error) != LS_OK);
  CHECK (strstr (error.message, "CONV_2D") != NULL);
  CHECK (ls_edit_set_shapes (model, 0, &channels, 1, NULL, &error) != LS_OK);
  CHECK (ls_edit_set_shapes (model, 0, &none, 1, NULL, &error) == LS_E_USAGE);
  CHECK (ls_edit_set_shapes (model, 0, &empty, 1, NULL, &error) == LS_E_INVALID);
  CHECK (is_same (whole, model) && !ls_edit_can_undo (model));
  ls_model_free (whole);
  ls_model_free (model);
}

static void
metadata_keeps_what_it_had (void)
{
  LsModel *model = open_sample ("digits.tflite");
  const uint32_t n = ls_model_n_metadata (model);
  LsModelCard card;

  CHECK (ls_edit_set_metadata (model, "author", "A. Smith", NULL) == LS_OK);
  CHECK (ls_edit_set_metadata (model, "name", "Digits", NULL) == LS_OK);
  CHECK (ls_edit_set_metadata (model, "license", "Apache-2.0", NULL) == LS_OK);
  CHECK (ls_edit_set_metadata (model, "license", "", NULL) == LS_OK);
  CHECK (ls_edit_set_metadata (model, "author", "B. Smith", NULL) == LS_OK);
  CHECK (ls_edit_set_metadata (model, "made-by", "hand", NULL) == LS_OK);
  CHECK (ls_model_card (model, &card, NULL) == LS_OK);
  CHECK (card.name != NULL && card.author != NULL && card.license == NULL);
  if (card.name != NULL && card.author != NULL)
    {
      CHECK_STR (card.name, "Digits");
      CHECK_STR (card.author, "B. Smith");
    }
  ls_model_card_clear (&card);
  CHECK (ls_model_n_metadata (model) == n + 2);
  CHECK (ls_edit_set_metadata (model, "made-by", NULL, NULL) == LS_OK);
  CHECK (ls_model_n_metadata (model) == n + 1);
  CHECK (ls_edit_set_metadata (model, "TFLITE_METADATA", "x", NULL) == LS_E_USAGE);
  ls_model_free (model);
}

static void
versions_change_by_kind (void)
{
  LsModel *model = open_sample ("digits.tflite");

  CHECK (ls_edit_set_op_version (model, "conv_2d", 4, NULL, NULL) == LS_OK);
  CHECK (ls_model_subgraph (model, 0)->ops[0].version == 4);
  CHECK (ls_edit_set_op_version (model, "LSTM", 4, NULL, NULL) == LS_E_USAGE);
  CHECK (ls_edit_set_op_version (model, "CONV_2D", 0, NULL, NULL) == LS_E_USAGE);
  ls_model_free (model);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (a_part_computes_what_it_did_in_the_whole);
  RUN (impossible_cuts_name_the_tensor_and_change_nothing);
  RUN (handles_are_no_ports);
  RUN (tensors_are_found_by_name_index_and_pattern);
  RUN (names_change_everywhere_or_nowhere);
  RUN (the_tail_goes_with_a_word);
  RUN (a_batch_runs_as_each_alone);
  RUN (open_dimensions_reach_the_output);
  RUN (shapes_that_weights_cannot_take_name_the_operator);
  RUN (metadata_keeps_what_it_had);
  RUN (versions_change_by_kind);
  return done ();
}
