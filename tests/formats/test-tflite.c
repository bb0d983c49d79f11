/* .tflite files: what is written is read again, what is damaged is refused with a sentence. */
#include "fixtures.h"
#include "model-equal.h"
#include "model/validate.h"

/* A convolution with a per-channel constant, a custom operator, a signature and metadata. */
static LsModel *
rich_model (void)
{
  static const float weights[2 * 1 * 1 * 2] = { 1, -2, 3.5f, 0 };
  static const float scales[] = { 0.5f, 0.25f };
  static const int64_t zero_points[] = { 0, 0 };
  static const LsSignaturePort in = { "image", 0 }, out = { "score", 3 };
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 4, (int32_t[]){ 1, 2, 2, 2 });
  const int w = fixture_constant (model, "w", LS_TYPE_FLOAT32, 4, (int32_t[]){ 2, 1, 1, 2 },
                                  weights, sizeof weights);
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 4, (int32_t[]){ 1, 2, 2, 2 });
  const int z = fixture_tensor (model, "z", LS_TYPE_INT8, 2, (int32_t[]){ 1, 8 });
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  LsOperator *op;

  *quant = (LsQuantization){ .n_scales = 2, .scales = scales, .n_zero_points = 2 };
  quant->zero_points = zero_points;
  ls_model_tensor (model, 0, (uint32_t) w)->quant = quant;
  ls_model_tensor (model, 0, (uint32_t) x)->signature
    = ls_model_ints (model, (int32_t[]){ -1, 2, 2, 2 }, 4);
  ls_model_tensor (model, 0, (uint32_t) x)->signature_rank = 4;
  fixture_quantize (model, z, 0.1f, -3);

  op = fixture_op (model, LS_OP_CONV_2D, "Conv2DOptions", (int32_t[]){ x, w, -1 }, 3,
                   (int32_t[]){ y }, 1);
  ls_op_set_int (model, op, "padding", 1);
  ls_op_set_int (model, op, "stride_w", 1);
  ls_op_set_int (model, op, "stride_h", 2);
  ls_op_set_int (model, op, "fused_activation_function", 3);
  op = fixture_op (model, LS_OP_CUSTOM, NULL, (int32_t[]){ y }, 1, (int32_t[]){ z }, 1);
  model->codes[op->code_index].custom_code = op->custom_code = "NobodyKnows";
  op->custom_options = (LsBytes){ (const uint8_t *) "\1\2\3options", 10 };
  fixture_ports (model, x, z);

  LsSignature *signature = ls_model_alloc (model, 1, sizeof *signature);
  LsMetadata *metadata = ls_model_alloc (model, 1, sizeof *metadata);

  *signature = (LsSignature){ "serve", 0, 1, 1, &in, &out };
  model->signatures = signature;
  model->n_signatures = 1;
  metadata->name = "stranger";
  metadata->buffer = (uint32_t) ls_model_add_buffer (model, "some text", 9);
  model->metadata = metadata;
  model->n_metadata = 1;
  model->description = "made by a test";
  return model;
}

static LsModel *
parse (const void *bytes, size_t size)
{
  LsModel *model;
  LsError error = { 0 };

  if (ls_model_parse (bytes, size, &model, &error) != LS_OK)
    printf ("# refused: %s\n", error.message);
  return model;
}

/* Writes and reads: the result says the same when it is written and read once more. */
static LsModel *
round_trip (const LsModel *model)
{
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);
  LsModel *once = parse (bytes, size), *twice = NULL;
  size_t size_again = 0;
  unsigned char *again = once != NULL ? fixture_bytes (once, ".tflite", &size_again) : NULL;

  CHECK (once != NULL && size_again == size && memcmp (again, bytes, size) == 0);
  twice = again != NULL ? parse (again, size_again) : NULL;
  CHECK (once != NULL && twice != NULL && same_model (once, twice));
  ls_model_free (twice);
  free (again);
  if (once != NULL)
    ls_store_on_free (once->store, free, bytes);
  else
    free (bytes);
  return once;
}

static void
what_is_no_model_is_refused (void)
{
  static const char *const files[] = {
    "", "x", "hello, this is text\n", "\0\0\0\0TFL3", "\xff\xff\xff\x7fTFL3....", "\x08\0\0\0TFL3"
  };
  static const size_t sizes[] = { 0, 1, 20, 8, 12, 8 };

  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    {
      LsModel *model;
      LsError error = { 0 };

      CHECK (ls_model_parse (files[i], sizes[i], &model, &error) == LS_E_FORMAT);
      CHECK (model == NULL && error.message[0] != '\0');
    }
}

static void
all_parts_survive_writing (void)
{
  LsModel *model = rich_model (), *copy = round_trip (model);
  const LsSubgraph *graph = copy != NULL ? ls_model_subgraph (copy, 0) : NULL;

  CHECK (graph != NULL && graph->n_ops == 2 && graph->n_tensors == 4);
  if (graph == NULL)
    return;

  const LsOperator *conv = &graph->ops[0], *custom = &graph->ops[1];

  CHECK (conv->kind == LS_OP_CONV_2D && conv->n_inputs == 3 && conv->inputs[2] == -1);
  CHECK_STR (conv->options_type, "Conv2DOptions");
  CHECK (ls_attr_int (conv, "stride_h", 0) == 2 && ls_attr_int (conv, "dilation_w_factor", 0) == 1);
  CHECK (ls_op_attr (conv, "stride_h")->is_set && !ls_op_attr (conv, "dilation_w_factor")->is_set);
  CHECK_STR (ls_op_attr (conv, "padding")->text, "VALID");
  CHECK_STR (ls_op_attr (conv, "fused_activation_function")->text, "RELU6");
  CHECK_STR (ls_op_kind_text (custom), "NobodyKnows");
  CHECK (custom->custom_options.size == 10
         && memcmp (custom->custom_options.data, "\1\2\3options", 10) == 0);
  CHECK (graph->tensors[1].quant->n_scales == 2 && graph->tensors[1].quant->scales[1] == 0.25f);
  CHECK (graph->tensors[0].signature_rank == 4 && graph->tensors[0].signature[0] == -1);
  CHECK (graph->tensors[3].quant->zero_points[0] == -3);
  CHECK_STR (ls_model_signature (copy, 0)->outputs[0].name, "score");
  CHECK_STR (ls_model_metadata (copy, 0)->name, "stranger");
  CHECK (ls_model_buffer (copy, ls_model_metadata (copy, 0)->buffer).size == 9);
  CHECK_STR (ls_model_description (copy), "made by a test");
  CHECK_STR (ls_model_format (copy), "tflite");
  ls_model_free (copy);
  ls_model_free (model);
}

static void
constants_are_aligned (void)
{
  LsModel *model = rich_model (), *copy = round_trip (model);

  for (uint32_t i = 0; copy != NULL && i < copy->n_buffers; i++)
    CHECK (copy->buffers[i].file_offset % 16 == 0);
  ls_model_free (copy);
  ls_model_free (model);
}

static void
rare_details_survive_writing (void)
{
  static const int32_t segments[] = { 0, 1, 2 }, indices[] = { 1, 0 }, order[] = { 0, 1 };
  static const float values[] = { 5, 7 };
  static const bool mutating[] = { false, true };
  static const int32_t variant_dims[] = { 3, -1 };
  static const LsVariantType variant
    = { .type = LS_TYPE_INT32, .has_rank = true, .rank = 2, .dims = variant_dims };
  LsModel *model = fixture_model ();
  const int w
    = fixture_constant (model, "w", LS_TYPE_FLOAT32, 2, (int32_t[]){ 2, 2 }, values, sizeof values);
  const int d = fixture_tensor (model, "d", LS_TYPE_FLOAT32, 2, (int32_t[]){ 2, 2 });
  const int v = fixture_tensor (model, "v", LS_TYPE_VARIANT, 0, NULL);
  const int u = fixture_tensor (model, "u", LS_TYPE_INT4, 1, (int32_t[]){ 8 });
  LsSparseDim *dims = ls_model_alloc (model, 2, sizeof *dims);
  LsSparsity *sparsity = ls_model_alloc (model, 1, sizeof *sparsity);
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  LsOperator *op;

  dims[0] = (LsSparseDim){ .format = LS_DIM_DENSE, .dense_size = 2 };
  dims[1] = (LsSparseDim){ LS_DIM_SPARSE_CSR, 2, 3, 2, segments, indices, 1, 2 };
  *sparsity = (LsSparsity){ .n_traversal = 2, .n_dims = 2, .traversal_order = order, .dims = dims };
  ls_model_tensor (model, 0, (uint32_t) w)->sparsity = sparsity;
  ls_model_tensor (model, 0, (uint32_t) v)->variants = &variant;
  ls_model_tensor (model, 0, (uint32_t) v)->n_variants = 1;
  *quant = (LsQuantization){ .details = LS_QUANT_DETAILS_BLOCKWISE, .block_size = 4 };
  quant->block_scales = d;
  quant->block_zero_points = -1;
  ls_model_tensor (model, 0, (uint32_t) u)->quant = quant;
  fixture_op (model, LS_OP_DENSIFY, "DensifyOptions", (int32_t[]){ w }, 1, (int32_t[]){ d }, 1);
  op = fixture_op (model, LS_OP_STABLEHLO_CONCATENATE, "StablehloConcatenateOptions",
                   (int32_t[]){ d, d }, 2, (int32_t[]){ v }, 1);
  ls_op_set_int (model, op, "dimension", -7000000000);
  op->mutating = mutating;
  op->n_mutating = 2;
  op->intermediates = ls_model_ints (model, (int32_t[]){ 3, -1 }, 2);
  op->n_intermediates = 2;
  op->debug_metadata_index = 4;
  op
    = fixture_op (model, LS_OP_RESHAPE, "ReshapeOptions", (int32_t[]){ d }, 1, (int32_t[]){ u }, 1);
  ls_op_set_ints (model, op, "new_shape", (int64_t[]){ 4, -1 }, 2);
  fixture_ports (model, w, v);

  LsModel *copy = round_trip (model);
  const LsSubgraph *graph = copy != NULL ? ls_model_subgraph (copy, 0) : NULL;

  CHECK (graph != NULL && same_sparsity (sparsity, graph->tensors[w].sparsity));
  CHECK (graph != NULL && graph->tensors[v].n_variants == 1
         && graph->tensors[v].variants[0].dims[1] == -1);
  CHECK (graph != NULL && graph->tensors[u].quant->details == LS_QUANT_DETAILS_BLOCKWISE
         && graph->tensors[u].quant->block_zero_points == -1);
  CHECK (graph != NULL && graph->ops[1].n_mutating == 2 && graph->ops[1].mutating[1]);
  CHECK (graph != NULL && ls_attr_int (&graph->ops[1], "dimension", 0) == -7000000000);
  CHECK (graph != NULL && graph->ops[1].n_intermediates == 2
         && graph->ops[1].debug_metadata_index == 4);
  CHECK (graph != NULL && ls_op_attr (&graph->ops[2], "new_shape")->count == 2
         && ls_op_attr (&graph->ops[2], "new_shape")->ints[1] == -1);
  ls_model_free (copy);
  ls_model_free (model);
}

/* Whether the field stands in the file, with these bytes. */
static bool
holds (const LsModel *model, LsField field, uint32_t index, uint32_t element, const void *bytes,
       size_t size)
{
  uint64_t offset, length;

  return model->locate (model, field, 0, index, element, &offset, &length) && length == size
         && offset + length <= model->file.size
         && memcmp (model->file.data + offset, bytes, size) == 0;
}

static void
fields_are_found_in_the_file (void)
{
  LsModel *model = rich_model (), *copy = round_trip (model);
  uint64_t offset, length;

  CHECK (copy != NULL && copy->locate != NULL);
  if (copy == NULL)
    return;
  CHECK (holds (copy, LS_FIELD_SCALE, 1, 1, &(float){ 0.25f }, 4));
  CHECK (holds (copy, LS_FIELD_ZERO_POINT, 3, 0, &(int64_t){ -3 }, 8));
  CHECK (holds (copy, LS_FIELD_TENSOR_TYPE, 3, 0, &(int8_t){ LS_TYPE_INT8 }, 1));
  CHECK (holds (copy, LS_FIELD_BUFFER_DATA, 1, 0, ls_model_buffer (copy, 1).data, 16));
  CHECK (holds (copy, LS_FIELD_CODE_BUILTIN, 0, 0, &(int32_t){ LS_OP_CONV_2D }, 4));
  CHECK (holds (copy, LS_FIELD_CODE_DEPRECATED, 1, 0, &(int8_t){ LS_OP_CUSTOM }, 1));
  CHECK (holds (copy, LS_FIELD_SIGNATURE_OUTPUT, 0, 0, &(int32_t){ 3 }, 4));
  /* left at the default, so not in the file; or not there at all */
  CHECK (!copy->locate (copy, LS_FIELD_QUANTIZED_DIM, 0, 1, 0, &offset, &length));
  CHECK (!copy->locate (copy, LS_FIELD_SCALE, 0, 1, 2, &offset, &length));
  CHECK (!copy->locate (copy, LS_FIELD_SCALE, 0, 99, 0, &offset, &length));
  CHECK (!copy->locate (copy, LS_FIELD_SCALE, 9, 0, 0, &offset, &length));
  CHECK (!copy->locate (copy, LS_FIELD_SIGNATURE_INPUT, 0, 1, 0, &offset, &length));
  ls_model_free (copy);
  ls_model_free (model);
}

static void
unknown_options_cannot_be_written (void)
{
  LsModel *model = rich_model ();
  LsError error = { 0 };

  ls_op_set_int (model, ls_model_op (model, 0, 0), "no_such_option", 1);
  CHECK (ls_model_save (model, fixture_path (".tflite"), &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "no_such_option") != NULL);
  CHECK (access (fixture_path (".tflite"), F_OK) != 0);
  CHECK (ls_model_save (model, fixture_path (".txt"), &error) == LS_E_USAGE);
  ls_model_free (model);
}

/* A stored archive of one empty file "a", its offsets counted from @position. */
static size_t
put_archive (unsigned char *out, uint32_t position)
{
  static const unsigned char local[31]
    = "PK\3\4\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0a";
  static const unsigned char central[47]
    = "PK\1\2\12\0\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1";
  static const unsigned char end[22] = "PK\5\6\0\0\0\0\1\0\1\0\57\0\0\0";
  const uint32_t directory = position + sizeof local;

  memcpy (out, local, sizeof local);
  memcpy (out + sizeof local, central, sizeof central);
  out[sizeof local + 46] = 'a';
  memcpy (out + sizeof local + 42, &position, 4);
  memcpy (out + sizeof local + sizeof central, end, sizeof end);
  memcpy (out + sizeof local + sizeof central + 16, &directory, 4);
  return sizeof local + sizeof central + sizeof end;
}

static void
an_appended_archive_is_moved_along (void)
{
  LsModel *model = rich_model ();
  size_t size, longer_size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size), *longer;

  bytes = realloc (bytes, size + 256);
  size += put_archive (bytes + size, (uint32_t) size);

  LsModel *read = parse (bytes, size);

  CHECK (read != NULL && read->appended.size == 100);
  ls_edit_set_description (read, "a description that makes the file longer than it was before",
                           NULL);
  longer = fixture_bytes (read, ".tflite", &longer_size);
  CHECK (longer_size > size);

  unsigned char expected[128];
  const size_t n = put_archive (expected, (uint32_t) (longer_size - 100));

  CHECK (memcmp (longer + longer_size - n, expected, n) == 0);
  ls_model_free (read);
  ls_model_free (model);
  free (bytes);
  free (longer);
}

/* Reads damaged bytes: whatever comes out, an error has a sentence and a model can be walked. */
static bool
survives (const unsigned char *bytes, size_t size)
{
  LsModel *model;
  LsError error = { 0 };

  if (ls_model_parse (bytes, size, &model, &error) != LS_OK)
    return model == NULL && error.message[0] != '\0' && error.status != LS_OK;

  LsError again = { 0 };
  const bool is_sound = ls_model_validate (model, &again) == LS_OK;

  ls_model_free (model);
  return is_sound;
}

static void
every_truncation_is_refused (void)
{
  LsModel *model = rich_model ();
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);

  /* The last constant is 9 bytes and 3 of padding, which may be missing. */
  for (size_t n = 0; n < size - 3; n++)
    {
      /* a copy of the very length, so that a sanitizer sees reads past it */
      unsigned char *cut = malloc (n + 1);
      LsModel *none;
      LsError error = { 0 };

      memcpy (cut, bytes, n);
      CHECK (ls_model_parse (cut, n, &none, &error) != LS_OK && error.message[0] != '\0');
      free (cut);
    }
  free (bytes);
  ls_model_free (model);
}

static void
every_flipped_bit_is_survived (void)
{
  LsModel *model = rich_model ();
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);

  for (size_t bit = 0; bit < size * 8; bit++)
    {
      bytes[bit / 8] ^= (unsigned char) (1 << bit % 8);
      CHECK (survives (bytes, size));
      bytes[bit / 8] ^= (unsigned char) (1 << bit % 8);
    }
  free (bytes);
  ls_model_free (model);
}

/* A refusal says which table is damaged, and where. */
static void
damage_is_named (void)
{
  LsModel *model = rich_model (), *none;
  LsError error = { 0 };
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);
  LsModel *read = parse (bytes, size);
  uint64_t offset = 4, length;

  CHECK (read != NULL && read->locate (read, LS_FIELD_SCALE, 0, 1, 0, &offset, &length));
  ls_model_free (read);
  memset (bytes + offset - 4, 0x7f, 4); /* the number of scales */
  CHECK (ls_model_parse (bytes, size, &none, &error) == LS_E_FORMAT);
  CHECK (strstr (error.message, "subgraphs[0].tensors[1].quantization.scale") != NULL);
  CHECK (error.offset == (int64_t) offset - 4);
  free (bytes);
  ls_model_free (model);
}

/* Offsets and lengths are 32-bit words: each is set to values that have broken readers before. */
static void
every_wild_word_is_survived (void)
{
  static const uint32_t wild[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0x10000 };
  LsModel *model = rich_model ();
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);

  for (size_t at = 0; at + 4 <= size; at += 2)
    for (size_t k = 0; k < sizeof wild / sizeof wild[0]; k++)
      {
        uint32_t before;

        memcpy (&before, bytes + at, 4);
        memcpy (bytes + at, &wild[k], 4);
        CHECK (survives (bytes, size));
        memcpy (bytes + at, &before, 4);
      }
  free (bytes);
  ls_model_free (model);
}

static LsStatus
status_of (LsModel *model, LsError *error)
{
  const LsStatus status = ls_model_validate (model, error);

  CHECK (status == LS_OK || error->message[0] != '\0');
  ls_model_free (model);
  return status;
}

static void
structure_that_contradicts_itself_is_refused (void)
{
  LsError error = { 0 };
  LsModel *model;

  CHECK (status_of (rich_model (), &error) == LS_OK);
  CHECK (status_of (ls_model_new (), &error) == LS_E_INVALID);

  model = rich_model ();
  ls_op_set_input (model, ls_model_op (model, 0, 0), 0, 99);
  CHECK (status_of (model, &error) == LS_E_INVALID && error.op == 0);

  model = rich_model ();
  ls_op_set_input (model, ls_model_op (model, 0, 0), 0, 3); /* written by operator 1 */
  CHECK (status_of (model, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "before operator 1") != NULL);

  model = rich_model ();
  ls_op_set_input (model, ls_model_op (model, 0, 0), 0, 2);
  CHECK (status_of (model, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "its own output") != NULL);

  model = rich_model ();
  ls_model_op (model, 0, 1)->outputs = ls_model_ints (model, (int32_t[]){ 1 }, 1);
  CHECK (status_of (model, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "constant") != NULL);

  model = rich_model ();
  ls_model_op (model, 0, 1)->outputs = ls_model_ints (model, (int32_t[]){ -1 }, 1);
  CHECK (status_of (model, &error) == LS_E_INVALID);

  model = rich_model ();
  ls_model_tensor (model, 0, 1)->dims = ls_model_ints (model, (int32_t[]){ 2, 1, 1, 3 }, 4);
  CHECK (status_of (model, &error) == LS_E_INVALID && error.tensor == 1);

  model = rich_model ();
  ls_model_tensor (model, 0, 0)->dims = ls_model_ints (model, (int32_t[]){ 1, -2, 2, 2 }, 4);
  CHECK (status_of (model, &error) == LS_E_INVALID && error.tensor == 0);

  model = rich_model ();
  ls_model_tensor (model, 0, 0)->buffer = 1000;
  CHECK (status_of (model, &error) == LS_E_INVALID && error.tensor == 0);

  model = rich_model ();
  ls_model_set_ports (model, 0, (int32_t[]){ -1 }, 1, (int32_t[]){ 3 }, 1);
  CHECK (status_of (model, &error) == LS_E_INVALID);
}

static void
packed_strings_are_checked (void)
{
  static const int32_t good[] = { 2, 16, 18, 19 }, falling[] = { 2, 18, 16, 19 },
                       outside[] = { 2, 16, 18, 1 << 30 }, many[] = { 1000, 16, 18, 19 };
  const int32_t *const cases[] = { good, falling, outside, many };

  for (int i = 0; i < 4; i++)
    {
      unsigned char bytes[19];
      LsModel *model = fixture_model ();
      LsError error = { 0 };

      memcpy (bytes, cases[i], 16);
      memcpy (bytes + 16, "abc", 3);

      const int s
        = fixture_constant (model, "s", LS_TYPE_STRING, 1, (int32_t[]){ 2 }, bytes, sizeof bytes);

      fixture_ports (model, s, s);
      CHECK ((status_of (model, &error) == LS_OK) == (i == 0));
    }
}

/* The place of a field of a table of the file; @slot: its number in the schema. */
static unsigned char *
field_of (unsigned char *table, unsigned slot)
{
  int32_t back;
  uint16_t offset;

  memcpy (&back, table, sizeof back);
  memcpy (&offset, table - back + 4 + 2 * slot, sizeof offset);
  return table + offset;
}

static unsigned char *
follow (unsigned char *place)
{
  uint32_t offset;

  memcpy (&offset, place, sizeof offset);
  return place + offset;
}

/* Found by mutation: one table stated as the options of two kinds was read as the first kind. */
static void
options_of_two_kinds_in_one_place_are_told_apart (void)
{
  const int32_t dims[] = { 2 };
  LsModel *model = fixture_model (), *again;
  const int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 1, dims);
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 1, dims);
  const int z = fixture_tensor (model, "z", LS_TYPE_FLOAT32, 1, dims);
  size_t size;

  fixture_op (model, LS_OP_NEG, "NegOptions", (int32_t[]){ x }, 1, (int32_t[]){ y }, 1);
  fixture_op (model, LS_OP_ADD, "AddOptions", (int32_t[]){ y, y }, 2, (int32_t[]){ z }, 1);
  fixture_ports (model, x, z);

  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);
  unsigned char *graph = follow (follow (field_of (follow (bytes), 2)) + 4);
  unsigned char *ops = follow (field_of (graph, 3));
  unsigned char *from = field_of (follow (ops + 8), 4),
                *to = follow (field_of (follow (ops + 4), 4));
  const uint32_t offset = (uint32_t) (to - from);

  memcpy (from, &offset, sizeof offset);
  again = parse (bytes, size);
  CHECK (again == NULL
         || ls_attr_int (&again->graphs[0]->view.ops[1], "fused_activation_function", 0) == 0);
  ls_model_free (again);
  free (bytes);
  ls_model_free (model);
}

int
main (void)
{
  RUN (what_is_no_model_is_refused);
  RUN (all_parts_survive_writing);
  RUN (constants_are_aligned);
  RUN (rare_details_survive_writing);
  RUN (fields_are_found_in_the_file);
  RUN (unknown_options_cannot_be_written);
  RUN (an_appended_archive_is_moved_along);
  RUN (every_truncation_is_refused);
  RUN (every_flipped_bit_is_survived);
  RUN (damage_is_named);
  RUN (every_wild_word_is_survived);
  RUN (structure_that_contradicts_itself_is_refused);
  RUN (packed_strings_are_checked);
  RUN (options_of_two_kinds_in_one_place_are_told_apart);
  return done ();
}
