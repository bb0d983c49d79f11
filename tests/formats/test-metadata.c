/* What a model says of itself: read where it is there, and never believed. */
#include "test.h"

#include "model/model.h"

/* ModelMetadata: name "digits", author "us"; input "image", "a picture", mean 127.5, deviations 64,
 * 128, 255; output with labels.txt. Written with the flatbuffers module of Python. */
static const uint8_t metadata[] = {
  0x18, 0x00, 0x00, 0x00, 0x4d, 0x30, 0x30, 0x31, 0x00, 0x00, 0x0e, 0x00, 0x10, 0x00, 0x0c, 0x00,
  0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x04, 0x00, 0x0e, 0x00, 0x00, 0x00, 0xf0, 0x00, 0x00, 0x00,
  0x08, 0x00, 0x00, 0x00, 0x0c, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
  0x0c, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x04, 0x00, 0x0c, 0x00, 0x00, 0x00,
  0x08, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00,
  0x01, 0x00, 0x00, 0x00, 0x50, 0x00, 0x00, 0x00, 0x00, 0x00, 0x12, 0x00, 0x08, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x12, 0x00, 0x00, 0x00,
  0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x00,
  0x0e, 0x00, 0x08, 0x00, 0x00, 0x00, 0x07, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
  0x84, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x10, 0x00, 0x0c, 0x00, 0x08, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x04, 0x00, 0x0e, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x50, 0x00, 0x00, 0x00,
  0x74, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00,
  0x0b, 0x00, 0x04, 0x00, 0x08, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
  0x08, 0x00, 0x0c, 0x00, 0x08, 0x00, 0x04, 0x00, 0x08, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
  0x14, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x42, 0x00, 0x00, 0x00, 0x43,
  0x00, 0x00, 0x7f, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x42, 0x09, 0x00, 0x00, 0x00,
  0x61, 0x20, 0x70, 0x69, 0x63, 0x74, 0x75, 0x72, 0x65, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
  0x75, 0x73, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x6c, 0x61, 0x62, 0x65, 0x6c, 0x73, 0x2e, 0x74,
  0x78, 0x74, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x69, 0x6d, 0x61, 0x67, 0x65, 0x00, 0x00, 0x00,
  0x06, 0x00, 0x00, 0x00, 0x64, 0x69, 0x67, 0x69, 0x74, 0x73, 0x00, 0x00,
};

/* An archive with labels.txt: zero (and a carriage return), one, two (without line feed). */
static const uint8_t archive[] = {
  0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x58, 0x63,
  0x11, 0xe7, 0x46, 0x0d, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00,
  0x6c, 0x61, 0x62, 0x65, 0x6c, 0x73, 0x2e, 0x74, 0x78, 0x74, 0x7a, 0x65, 0x72, 0x6f, 0x0d,
  0x0a, 0x6f, 0x6e, 0x65, 0x0a, 0x74, 0x77, 0x6f, 0x50, 0x4b, 0x01, 0x02, 0x14, 0x03, 0x14,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x58, 0x63, 0x11, 0xe7, 0x46, 0x0d, 0x00,
  0x00, 0x00, 0x0d, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6c, 0x61, 0x62, 0x65, 0x6c, 0x73,
  0x2e, 0x74, 0x78, 0x74, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01,
  0x00, 0x38, 0x00, 0x00, 0x00, 0x35, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static LsModel *
model_with (const void *data, size_t size)
{
  static const LsMetadata entry = { "TFLITE_METADATA", 1 };
  LsModel *model = ls_model_new ();

  ls_model_add_graph (model, "main");
  ls_model_add_buffer (model, data, size);
  model->metadata = &entry;
  model->n_metadata = 1;
  model->content = (LsBytes){ archive, sizeof archive };
  return model;
}

static void
cards_are_read (void)
{
  LsModel *model = model_with (metadata, sizeof metadata);
  LsModelCard card;
  LsPortCard port;

  CHECK (ls_model_card (model, &card, NULL) == LS_OK);
  CHECK_STR (card.name, "digits");
  CHECK_STR (card.author, "us");
  CHECK (card.description == NULL && card.license == NULL);
  ls_model_card_clear (&card);

  CHECK (ls_port_card (model, false, 0, &port, NULL) == LS_OK);
  CHECK_STR (port.name, "image");
  CHECK_STR (port.description, "a picture");
  CHECK (port.has_normalization && port.mean[0] == 127.5f && port.mean[2] == 127.5f);
  CHECK (port.std[0] == 64 && port.std[1] == 128 && port.std[2] == 255);
  CHECK (port.n_labels == 0);
  ls_port_card_clear (&port);

  CHECK (ls_port_card (model, true, 0, &port, NULL) == LS_OK);
  CHECK (!port.has_normalization && port.n_labels == 3);
  CHECK_STR (port.labels[0], "zero");
  CHECK_STR (port.labels[2], "two");
  ls_port_card_clear (&port);

  CHECK (ls_port_card (model, true, 7, &port, NULL) == LS_OK && port.name == NULL);
  ls_port_card_clear (&port);
  ls_model_free (model);
}

static void
read_all (const uint8_t *data, size_t size)
{
  LsModel *model = model_with (data, size);
  LsModelCard card;
  LsPortCard port;

  CHECK (ls_model_card (model, &card, NULL) == LS_OK);
  ls_model_card_clear (&card);
  for (uint32_t i = 0; i < 3; i++)
    {
      CHECK (ls_port_card (model, i % 2 == 1, i / 2, &port, NULL) == LS_OK);
      ls_port_card_clear (&port);
    }
  ls_model_free (model);
}

/* Cut anywhere, or with any byte set to the worst, it gives less, never too much. */
static void
damaged_metadata_gives_less (void)
{
  static const uint8_t worst[] = { 0, 1, 0x7f, 0x80, 0xff };

  for (size_t n = 0; n < sizeof metadata; n++)
    {
      /* Memory of its own, so that a sanitizer sees a step over the end. */
      uint8_t *copy = malloc (n > 0 ? n : 1);

      memcpy (copy, metadata, n);
      read_all (copy, n);
      free (copy);
    }
  for (size_t n = 0; n < sizeof metadata; n++)
    for (size_t i = 0; i < sizeof worst; i++)
      {
        uint8_t *copy = malloc (sizeof metadata);

        memcpy (copy, metadata, sizeof metadata);
        copy[n] = worst[i];
        read_all (copy, sizeof metadata);
        free (copy);
      }
}

static void
model_without_metadata_has_empty_cards (void)
{
  LsModel *model = ls_model_new ();
  LsModelCard card;
  LsPortCard port;

  CHECK (ls_model_card (model, &card, NULL) == LS_OK && card.name == NULL);
  CHECK (ls_port_card (model, false, 0, &port, NULL) == LS_OK && !port.has_normalization);
  ls_model_free (model);
}

/* image → ABS → middle → ABS → out, which the metadata describes but for the middle. */
static LsModel *
model_of_two (const void *data, size_t size)
{
  static const char *const names[] = { "in", "middle", "out" };
  static const int32_t ends[] = { 0, 1, 2 };
  LsModel *model = model_with (data, size);
  const int code = ls_model_ensure_code (model, LS_OP_ABS, NULL, 1);

  for (int i = 0; i < 3; i++)
    {
      const LsTensor tensor
        = { .name = names[i], .rank = 1, .dims = ends + 1, .signature_rank = -1 };

      CHECK (ls_model_add_tensor (model, 0, &tensor) == i);
    }
  for (uint32_t i = 0; i < 2; i++)
    {
      const LsOperator op = { .kind = LS_OP_ABS,
                              .version = 1,
                              .code_index = (uint32_t) code,
                              .n_inputs = 1,
                              .n_outputs = 1,
                              .inputs = ends + i,
                              .outputs = ends + i + 1 };

      CHECK (ls_model_insert_op (model, 0, i, &op) == (int) i);
    }
  CHECK (ls_model_set_ports (model, 0, ends, 1, ends + 2, 1));
  return model;
}

static void
a_new_author_leaves_the_rest (void)
{
  LsModel *model = model_of_two (metadata, sizeof metadata);
  LsModelCard card;
  LsPortCard port;

  CHECK (ls_edit_set_metadata (model, "author", "somebody else", NULL) == LS_OK);
  CHECK (ls_edit_set_metadata (model, "version", "2", NULL) == LS_OK);
  CHECK (ls_model_card (model, &card, NULL) == LS_OK);
  CHECK_STR (card.author, "somebody else");
  CHECK_STR (card.version, "2");
  CHECK_STR (card.name, "digits");
  ls_model_card_clear (&card);
  CHECK (ls_port_card (model, false, 0, &port, NULL) == LS_OK && port.has_normalization);
  CHECK_STR (port.description, "a picture");
  ls_port_card_clear (&port);
  CHECK (ls_port_card (model, true, 0, &port, NULL) == LS_OK && port.n_labels == 3);
  ls_port_card_clear (&port);

  const LsBytes now = ls_model_buffer (model, ls_model_metadata (model, 0)->buffer);

  CHECK (now.size > sizeof metadata
         && memcmp (now.data + now.size - sizeof metadata, metadata, sizeof metadata) == 0);
  ls_model_free (model);
}

static void
ports_that_are_cut_lose_their_cards (void)
{
  LsModel *model = model_of_two (metadata, sizeof metadata);
  const uint32_t middle = 1;
  LsPortCard port;

  CHECK (ls_edit_cut (model, 0, NULL, 0, &middle, 1, NULL, NULL) == LS_OK);
  CHECK (ls_port_card (model, false, 0, &port, NULL) == LS_OK && port.has_normalization);
  CHECK_STR (port.name, "image");
  ls_port_card_clear (&port);
  CHECK (ls_port_card (model, true, 0, &port, NULL) == LS_OK && port.n_labels == 0);
  CHECK (port.name != NULL && strcmp (port.name, "middle") == 0);
  ls_port_card_clear (&port);
  ls_edit_undo (model);
  CHECK (ls_port_card (model, true, 0, &port, NULL) == LS_OK && port.n_labels == 3);
  ls_port_card_clear (&port);
  ls_model_free (model);
}

/* Whatever the old bytes are, the new head is sound or there is none. */
static void
damaged_metadata_can_be_edited_or_is_refused (void)
{
  uint8_t bytes[sizeof metadata];
  const uint32_t middle = 1;

  for (size_t i = 0; i < sizeof metadata; i++)
    {
      LsModelCard card;

      memcpy (bytes, metadata, sizeof metadata);
      bytes[i] = (uint8_t) (i % 3 == 0 ? 0xff : i % 3 == 1 ? 0x80 : bytes[i] + 4);

      LsModel *model = model_of_two (bytes, sizeof bytes);

      ls_edit_cut (model, 0, NULL, 0, &middle, 1, NULL, NULL);
      if (ls_edit_set_metadata (model, "author", "me", NULL) == LS_OK
          && ls_model_card (model, &card, NULL) == LS_OK)
        {
          CHECK (card.author != NULL && strcmp (card.author, "me") == 0);
          ls_model_card_clear (&card);
        }
      ls_model_free (model);
    }
}

int
main (void)
{
  RUN (cards_are_read);
  RUN (damaged_metadata_gives_less);
  RUN (model_without_metadata_has_empty_cards);
  RUN (a_new_author_leaves_the_rest);
  RUN (ports_that_are_cut_lose_their_cards);
  RUN (damaged_metadata_can_be_edited_or_is_refused);
  return done ();
}
