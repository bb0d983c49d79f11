/* Writes small models of every sort into a folder, for a fuzzer to begin with. */
#include "fixtures.h"

static const int32_t square[] = { 2, 2 };

static LsModel *
quantized (void)
{
  static const int8_t weights[] = { 1, -2, 3, -4 };
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x", LS_TYPE_INT8, 2, square);
  const int w = fixture_constant (model, "w", LS_TYPE_INT8, 2, square, weights, sizeof weights);
  const int y = fixture_tensor (model, "y", LS_TYPE_INT8, 2, square);
  LsOperator *op;

  fixture_quantize (model, x, 0.5f, 3);
  fixture_quantize (model, w, 0.25f, 0);
  fixture_quantize (model, y, 1.5f, -7);
  op = fixture_op (model, LS_OP_FULLY_CONNECTED, "FullyConnectedOptions", (int32_t[]){ x, w, -1 },
                   3, (int32_t[]){ y }, 1);
  ls_op_set_int (model, op, "keep_num_dims", 1);
  fixture_ports (model, x, y);
  return model;
}

static LsModel *
sparse (void)
{
  static const float values[] = { 5, 7 };
  static const int32_t segments[] = { 0, 1, 2 }, indices[] = { 1, 0 }, order[] = { 0, 1 };
  LsModel *model = fixture_model ();
  const int w = fixture_constant (model, "w", LS_TYPE_FLOAT32, 2, square, values, sizeof values);
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 2, square);
  LsSparseDim *dims = ls_model_alloc (model, 2, sizeof *dims);
  LsSparsity *sparsity = ls_model_alloc (model, 1, sizeof *sparsity);

  dims[0] = (LsSparseDim){ .format = LS_DIM_DENSE, .dense_size = 2 };
  dims[1] = (LsSparseDim){ LS_DIM_SPARSE_CSR, 2, 3, 2, segments, indices, 1, 2 };
  *sparsity = (LsSparsity){ .n_traversal = 2, .n_dims = 2, .traversal_order = order, .dims = dims };
  ls_model_tensor (model, 0, (uint32_t) w)->sparsity = sparsity;
  fixture_op (model, LS_OP_DENSIFY, "DensifyOptions", (int32_t[]){ w }, 1, (int32_t[]){ y }, 1);
  fixture_ports (model, w, y);
  return model;
}

static LsModel *
custom (void)
{
  static const char strings[] = "\2\0\0\0\20\0\0\0\21\0\0\0\23\0\0\0abc";
  LsModel *model = fixture_model ();
  LsMetadata *metadata = ls_model_alloc (model, 1, sizeof *metadata);
  const int s = fixture_constant (model, "s", LS_TYPE_STRING, 1, (int32_t[]){ 2 }, strings, 19);
  const int y = fixture_tensor (model, "y", LS_TYPE_STRING, 1, (int32_t[]){ 2 });
  LsOperator *op = fixture_op (model, LS_OP_CUSTOM, NULL, (int32_t[]){ s }, 1, (int32_t[]){ y }, 1);

  model->codes[op->code_index].custom_code = op->custom_code = "Strange";
  op->custom_options = (LsBytes){ (const uint8_t *) "options", 7 };
  metadata->name = "min_runtime_version";
  metadata->buffer = (uint32_t) ls_model_add_buffer (model, "1.5.0", 6);
  model->metadata = metadata;
  model->n_metadata = 1;
  fixture_ports (model, s, y);
  return model;
}

static LsModel *
stablehlo (void)
{
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 2, square);
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 2, square);
  LsOperator *op = fixture_op (model, LS_OP_STABLEHLO_TRANSPOSE, "StablehloTransposeOptions",
                               (int32_t[]){ x }, 1, (int32_t[]){ y }, 1);

  ls_op_set_ints (model, op, "permutation", (int64_t[]){ 1, 0 }, 2);
  fixture_ports (model, x, y);
  return model;
}

/* A picture and arrays, for fuzz-array. */
static bool
write_arrays (const char *folder)
{
  static uint8_t pixels[6 * 5 * 3];
  static float values[6] = { 1, -2, 3, -4, 5, -6 };
  const LsArray array
    = { .type = LS_TYPE_FLOAT32, .rank = 2, .dims = { 2, 3 }, .data = values, .n_bytes = 24 };
  char path[512];
  LsError error = { 0 };

  for (size_t i = 0; i < sizeof pixels; i++)
    pixels[i] = (uint8_t) (i * 37);
  snprintf (path, sizeof path, "%s/array.npy", folder);
  if (ls_array_save (path, &array, &error) != LS_OK)
    return false;
  snprintf (path, sizeof path, "%s/picture.png", folder);
  return ls_png_save (path, pixels, 6, 5, 3, &error) == LS_OK || error.status == LS_E_UNSUPPORTED;
}

int
main (int argc, char **argv)
{
  LsModel *(*const makers[]) (void) = { quantized, sparse, custom, stablehlo };
  static const char *const endings[] = { "tflite", "json" };

  if (argc != 2)
    {
      fprintf (stderr, "usage: make-seeds FOLDER\n");
      return 2;
    }
  for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
    {
      LsModel *model = makers[i]();

      for (int k = 0; k < 2; k++)
        {
          char path[512];
          LsError error = { 0 };

          snprintf (path, sizeof path, "%s/%zu.%s", argv[1], i, endings[k]);
          if (ls_model_save (model, path, &error) != LS_OK)
            {
              fprintf (stderr, "%s\n", error.message);
              return 1;
            }
        }
      ls_model_free (model);
    }
  if (write_arrays (argv[1]))
    return 0;
  fprintf (stderr, "%s: an array or a picture cannot be written\n", argv[1]);
  return 1;
}
