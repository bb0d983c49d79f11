/* The model in memory: clones, undo, compaction. */
#include "model/model.h"
#include "test.h"

/* x → RELU → y, with a constant that nothing reads. */
static LsModel *
small_model (void)
{
  LsModel *model = ls_model_new ();
  const int32_t dims[] = { 1, 4 };
  const float ones[] = { 1, 1, 1, 1 };
  LsTensor tensor = { .name = "x", .rank = 2, .signature_rank = -1 };
  LsOperator op = { .kind = LS_OP_RELU, .version = 1, .n_inputs = 1, .n_outputs = 1 };

  tensor.dims = ls_model_ints (model, dims, 2);
  ls_model_add_graph (model, "main");
  ls_model_add_tensor (model, 0, &tensor);
  tensor.name = "unused";
  ls_model_add_tensor (model, 0, &tensor);
  ls_tensor_set_data (model, ls_model_tensor (model, 0, 1), ones, sizeof ones);
  tensor.name = "y";
  ls_model_add_tensor (model, 0, &tensor);
  op.inputs = ls_model_ints (model, (int32_t[]){ 0 }, 1);
  op.outputs = ls_model_ints (model, (int32_t[]){ 2 }, 1);
  op.code_index = (uint32_t) ls_model_ensure_code (model, LS_OP_RELU, NULL, 1);
  ls_model_insert_op (model, 0, 0, &op);
  ls_model_set_ports (model, 0, (int32_t[]){ 0 }, 1, (int32_t[]){ 2 }, 1);
  return model;
}

static void
clone_changes_alone (void)
{
  LsModel *model = small_model (), *clone = ls_model_clone (model);

  CHECK (ls_edit_rename_tensor (clone, 0, 0, "input", NULL) == LS_OK);
  CHECK_STR (ls_model_subgraph (model, 0)->tensors[0].name, "x");
  ls_model_free (model);
  CHECK_STR (ls_model_subgraph (clone, 0)->tensors[0].name, "input");
  CHECK_STR (ls_model_subgraph (clone, 0)->tensors[2].name, "y");
  ls_model_free (clone);
}

static void
undo_and_redo_go_both_ways (void)
{
  LsModel *model = small_model ();

  CHECK (!ls_edit_can_undo (model));
  ls_edit_rename_tensor (model, 0, 0, "a", NULL);
  ls_edit_rename_tensor (model, 0, 0, "b", NULL);
  ls_edit_undo (model);
  CHECK_STR (ls_model_subgraph (model, 0)->tensors[0].name, "a");
  ls_edit_undo (model);
  CHECK_STR (ls_model_subgraph (model, 0)->tensors[0].name, "x");
  ls_edit_redo (model);
  CHECK_STR (ls_model_subgraph (model, 0)->tensors[0].name, "a");
  ls_edit_set_description (model, "mine", NULL);
  CHECK (!ls_edit_can_redo (model));
  CHECK (ls_edit_rename_tensor (model, 0, 99, "z", NULL) == LS_E_USAGE);
  ls_model_free (model);
}

static void
compaction_takes_out_what_is_unused (void)
{
  LsModel *model = small_model ();
  uint32_t n_tensors, n_buffers, n_codes;

  ls_model_ensure_code (model, LS_OP_ADD, NULL, 2);
  CHECK (ls_model_compact (model, &n_tensors, &n_buffers, &n_codes));
  CHECK (n_tensors == 1 && n_buffers == 1 && n_codes == 1);

  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  CHECK (graph->n_tensors == 2 && graph->outputs[0] == 1 && graph->ops[0].outputs[0] == 1);
  CHECK_STR (graph->tensors[1].name, "y");
  ls_model_free (model);
}

static void
uses_know_both_ends (void)
{
  LsModel *model = small_model ();
  LsUses uses;

  CHECK (ls_uses_init (&uses, ls_model_subgraph (model, 0)));
  CHECK (uses.producer[2] == 0 && uses.producer[0] == -1);
  CHECK (uses.first[1] - uses.first[0] == 1 && uses.consumers[uses.first[0]] == 0);
  CHECK (uses.first[3] == uses.first[2] && uses.is_graph_output[2]);
  ls_uses_clear (&uses);
  ls_model_free (model);
}

int
main (void)
{
  RUN (clone_changes_alone);
  RUN (undo_and_redo_go_both_ways);
  RUN (compaction_takes_out_what_is_unused);
  RUN (uses_know_both_ends);
  return done ();
}
