/*
 * Bytes as what a model says of itself: the FlatBuffer of its metadata, and behind the model's file
 * an archive of labels. The first two bytes say where one ends and the other begins.
 */
#include "fuzz.h"

#include "fixtures.h"

static LsModel *
make_model (const uint8_t *metadata, size_t size)
{
  LsModel *model = fixture_model ();
  LsMetadata *entry = ls_model_alloc (model, 1, sizeof *entry);
  const int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 1, (int32_t[]){ 3 });
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 1, (int32_t[]){ 3 });
  const int z = fixture_tensor (model, "z", LS_TYPE_FLOAT32, 1, (int32_t[]){ 3 });

  fixture_op (model, LS_OP_RELU, NULL, (int32_t[]){ x }, 1, (int32_t[]){ y }, 1);
  fixture_op (model, LS_OP_RELU, NULL, (int32_t[]){ y }, 1, (int32_t[]){ z }, 1);
  if (entry == NULL || !ls_model_set_ports (model, 0, (int32_t[]){ x }, 1, (int32_t[]){ y, z }, 2))
    abort ();
  entry->name = "TFLITE_METADATA";
  entry->buffer = (uint32_t) ls_model_add_buffer (model, metadata, size);
  model->metadata = entry;
  model->n_metadata = 1;
  return model;
}

static void
read_cards (const LsModel *model)
{
  LsModelCard card;
  LsPortCard port;
  LsError error = { 0 };

  if (ls_model_card (model, &card, &error) != LS_OK)
    fuzz_expect_sentence (&error);
  ls_model_card_clear (&card);
  for (uint32_t i = 0; i < 4; i++)
    {
      if (ls_port_card (model, i % 2 != 0, i / 2, &port, &error) != LS_OK)
        fuzz_expect_sentence (&error);
      ls_port_card_clear (&port);
    }
}

/* Changes to the metadata, each of which leaves metadata that can be read. */
static void
change (LsModel *model)
{
  static const char *const keys[] = { "name", "license", "description", "own" };
  const uint32_t from = 1;
  LsEditReport report = { 0 };
  LsError error = { 0 };

  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (ls_edit_set_metadata (model, keys[i], i == 1 ? NULL : "new", &error) != LS_OK)
      fuzz_expect_sentence (&error);
  read_cards (model);
  if (ls_edit_cut (model, 0, &from, 1, NULL, 0, &report, &error) != LS_OK)
    fuzz_expect_sentence (&error);
  ls_edit_report_clear (&report);
  read_cards (model);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;

  const size_t asked = (size_t) data[0] | (size_t) data[1] << 8;
  const size_t metadata = asked < size - 2 ? asked : size - 2;
  const char *path = fixture_path (".tflite");
  LsModel *model = make_model (data + 2, metadata);
  LsError error = { 0 };

  if (ls_model_save (model, path, &error) != LS_OK)
    fuzz_fail (error.message);
  ls_model_free (model);

  FILE *file = fopen (path, "ab");

  if (file == NULL
      || fwrite (data + 2 + metadata, 1, size - 2 - metadata, file) != size - 2 - metadata
      || fclose (file) != 0)
    fuzz_fail ("the bytes cannot be appended");
  if (ls_model_open (path, &model, &error) != LS_OK)
    fuzz_fail (error.message);
  read_cards (model);
  change (model);
  ls_model_free (model);
  unlink (path);
  return 0;
}
