/* Models as JSON: out and back in, and what is no such JSON. */
#include "fixtures.h"
#include "model-equal.h"

#include <math.h>

static LsModel *
parse (const char *text, size_t size, LsError *error)
{
  LsModel *model;

  ls_model_parse (text, size, &model, error);
  CHECK (model != NULL || error->message[0] != '\0');
  return model;
}

/* As JSON, and the model that it gives. */
static LsModel *
there_and_back (const LsModel *model, char **text)
{
  LsError error = { 0 };
  size_t size;
  LsModel *back;

  *text = (char *) fixture_bytes (model, ".json", &size);
  (*text)[size] = '\0';
  back = parse (*text, size, &error);
  if (back == NULL)
    printf ("# %s\n%s\n", error.message, *text);
  return back;
}

/* What the reader of .tflite makes of the model: all fields of options, all defaults. */
static LsModel *
canonical (const LsModel *model)
{
  LsError error = { 0 };
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);
  LsModel *read = parse ((char *) bytes, size, &error);

  if (read != NULL)
    ls_store_on_free (read->store, free, bytes);
  return read;
}

static LsModel *
sample_model (void)
{
  static const float weights[] = { 1, 0.1f, -3e-9f, 16777216.0f };
  static const bool mutating[] = { true, false };
  static const float scales[] = { 0.0244801156f, INFINITY }, range[] = { NAN };
  static const int64_t zero_points[] = { INT64_MIN, 5 };
  static const int32_t segments[] = { 0, 1, 2 }, indices[] = { 1, 0 }, order[] = { 0, 1 };
  static const LsSignaturePort in = { "x \"quoted\"\n", 0 };
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x\xc3\xa9\xff", LS_TYPE_FLOAT32, 2, (int32_t[]){ 2, 2 });
  const int w = fixture_constant (model, "w", LS_TYPE_FLOAT32, 2, (int32_t[]){ 2, 2 }, weights, 16);
  const int s = fixture_constant (model, "s", LS_TYPE_FLOAT32, 2, (int32_t[]){ 2, 2 }, weights, 8);
  const int y = fixture_tensor (model, "y", (LsType) 99, 2, (int32_t[]){ 2, 2 });
  LsQuantization *quant = ls_model_alloc (model, 2, sizeof *quant);
  LsSparsity *sparsity = ls_model_alloc (model, 1, sizeof *sparsity);
  LsSparseDim *dims = ls_model_alloc (model, 2, sizeof *dims);
  LsSignature *signature = ls_model_alloc (model, 1, sizeof *signature);
  LsOperator *op;

  quant[0] = (LsQuantization){ .n_scales = 2, .scales = scales, .n_zero_points = 2, .n_min = 1 };
  quant[0].zero_points = zero_points;
  quant[0].min = range;
  quant[1].details = LS_QUANT_DETAILS_CUSTOM;
  quant[1].custom = (LsBytes){ (const uint8_t *) "abc", 3 };
  ls_model_tensor (model, 0, (uint32_t) w)->quant = &quant[0];
  ls_model_tensor (model, 0, (uint32_t) y)->quant = &quant[1];
  dims[0] = (LsSparseDim){ .format = LS_DIM_DENSE, .dense_size = 2 };
  dims[1] = (LsSparseDim){ LS_DIM_SPARSE_CSR, 2, 3, 2, segments, indices, 2, 1 };
  *sparsity = (LsSparsity){ .n_traversal = 2, .n_dims = 2, .traversal_order = order, .dims = dims };
  ls_model_tensor (model, 0, (uint32_t) s)->sparsity = sparsity;
  op = fixture_op (model, LS_OP_FULLY_CONNECTED, "FullyConnectedOptions", (int32_t[]){ x, w, -1 },
                   3, (int32_t[]){ y }, 1);
  ls_op_set_int (model, op, "fused_activation_function", 77); /* no value of that number */
  ls_op_set_int (model, op, "keep_num_dims", 1);
  op->mutating = mutating;
  op->n_mutating = 2;
  op->custom_options = (LsBytes){ (const uint8_t *) "\0\xff", 2 };
  fixture_ports (model, x, y);
  *signature = (LsSignature){ "key", 0, 1, 0, &in, &in };
  model->signatures = signature;
  model->n_signatures = 1;
  return model;
}

static void
a_model_survives_as_json (void)
{
  LsModel *made = sample_model (), *model = canonical (made);
  char *text = NULL;
  LsModel *back = model != NULL ? there_and_back (model, &text) : NULL;

  CHECK (back != NULL && same_model (model, back));
  CHECK (back != NULL && strcmp (ls_model_format (back), "json") == 0);
  CHECK (text != NULL
         && strstr (text, "\"builtin_options_type\": \"FullyConnectedOptions\"") != NULL);
  CHECK (text != NULL && strstr (text, "\"type\": \"FLOAT32\"") != NULL);
  CHECK (text != NULL && strstr (text, "\"type\": 99") != NULL);
  CHECK (text != NULL && strstr (text, "0.0244801") != NULL && strstr (text, "\\udcff") != NULL);
  ls_model_free (back);
  ls_model_free (model);
  ls_model_free (made);
  free (text);
}

static void
keys_may_stand_in_any_order (void)
{
  static const char text[]
    = "\xef\xbb\xbf {\"surprise\": [{}, [1]], \"buffers\": [{}], \"subgraphs\": [{\"outputs\": [1],"
      "\"operators\": [{\"builtin_options\": {\"beta\": 0.5, \"new\": {}}, \"inputs\": [0],"
      "\"outputs\": [1], \"builtin_options_type\": \"SoftmaxOptions\"}], \"inputs\": [0],"
      "\"tensors\": [{\"shape\": [1]}, {\"name\": null, \"type\": 9}]}],"
      "\"operator_codes\": [{\"deprecated_builtin_code\": 25}], \"version\": 3}";
  LsError error = { 0 };
  LsModel *model = parse (text, sizeof text - 1, &error);
  const LsSubgraph *graph = model != NULL ? ls_model_subgraph (model, 0) : NULL;

  CHECK (graph != NULL && graph->n_ops == 1 && graph->n_tensors == 2);
  if (graph != NULL)
    {
      CHECK (graph->ops[0].kind == LS_OP_SOFTMAX && graph->ops[0].version == 1);
      CHECK (ls_attr_float (&graph->ops[0], "beta", 0) == 0.5);
      CHECK (graph->tensors[1].type == LS_TYPE_INT8);
      CHECK_STR (graph->tensors[1].name, "");
    }
  ls_model_free (model);
}

static void
what_is_no_model_is_refused (void)
{
  static const char *const texts[] = {
    "{}",
    "[]",
    "{\"subgraphs\": 5}",
    "{\"subgraphs\": [5]}",
    "{\"subgraphs\": [{\"tensors\": [{\"type\": \"FLOAT33\"}]}]}",
    "{\"subgraphs\": [{\"tensors\": [{\"shape\": [\"a\"]}]}]}",
    "{\"subgraphs\": [{\"tensors\": [{\"shape\": [1e3]}]}]}",
    "{\"subgraphs\": [{\"tensors\": [{\"buffer\": 7}]}]}",
    "{\"subgraphs\": [{\"operators\": [{\"opcode_index\": 0}]}]}",
    "{\"subgraphs\": [{\"operators\": [{\"opcode_index\": -1}]}]}",
    "{\"subgraphs\": [{}], \"buffers\": [{\"data\": [256]}]}",
    "{\"subgraphs\": [{}], \"buffers\": [{\"data\": [1,]}]}",
    "{\"subgraphs\": [{}], \"buffers\": [{\"offset\": 64, \"size\": 4}]}",
    "{\"subgraphs\": [{}], \"version\": 99999999999999999999}",
    "{\"subgraphs\": [{}], \"subgraphs\": [{\"inputs\": [0]}]}",
    "{\"subgraphs\": [{\"operators\": [{\"builtin_options_type\": \"Conv3D\"}]}]}",
    "{\"subgraphs\": [{}], \"version\": 4}",
    "{\"subgraphs\": [{\"tensors\": [{\"type\": 300}]}]}",
    "{\"subgraphs\": [{}], \"operator_codes\": [{\"deprecated_builtin_code\": 712}]}",
    "{\"subgraphs\": [{}]} x",
  };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    {
      LsError error = { 0 };
      LsModel *model = parse (texts[i], strlen (texts[i]), &error);

      CHECK (model == NULL);
      if (model != NULL)
        printf ("# accepted: %s\n", texts[i]);
      ls_model_free (model);
    }
}

static void
every_truncation_is_refused (void)
{
  LsModel *made = sample_model ();
  size_t size;
  char *text = (char *) fixture_bytes (made, ".json", &size);

  while (size > 0 && text[size - 1] != '}')
    size--;
  for (size_t n = 0; n < size; n++)
    {
      LsError error = { 0 };
      char *cut = malloc (n + 1);
      LsModel *model;

      memcpy (cut, text, n);
      model = parse (cut, n, &error);
      CHECK (model == NULL);
      ls_model_free (model);
      free (cut);
    }
  free (text);
  ls_model_free (made);
}

static void
every_changed_byte_is_survived (void)
{
  static const char replacements[] = "\0\"{}[],:9-x\\\xff";
  LsModel *made = sample_model ();
  size_t size;
  char *text = (char *) fixture_bytes (made, ".json", &size);

  for (size_t at = 0; at < size; at++)
    for (size_t k = 0; k < sizeof replacements - 1; k++)
      {
        const char before = text[at];
        LsError error = { 0 };

        text[at] = replacements[k];
        ls_model_free (parse (text, size, &error));
        text[at] = before;
      }
  free (text);
  ls_model_free (made);
}

int
main (void)
{
  RUN (a_model_survives_as_json);
  RUN (keys_may_stand_in_any_order);
  RUN (what_is_no_model_is_refused);
  RUN (every_truncation_is_refused);
  RUN (every_changed_byte_is_survived);
  return done ();
}
