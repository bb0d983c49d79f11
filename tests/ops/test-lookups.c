/* Tables of embeddings, hash tables, projections and skip-grams. */
#include "one-op.h"
#include "ops/fingerprint.h"

static void
rows_are_looked_up (void)
{
  const int32_t ids[] = { 2, 0, 2 };
  const float table[] = { 1, 2, 3, 4, 5, 6 }, y[] = { 5, 6, 1, 2, 5, 6 };
  OneOp one = one_op (LS_OP_EMBEDDING_LOOKUP);

  one_input (&one, LS_TYPE_INT32, SHAPE (3), ids);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (3, 2), table);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (3, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
ids_outside_the_table_are_refused (void)
{
  const int32_t ids[] = { 0, 3 };
  const float table[] = { 1, 2, 3 };
  OneOp one = one_op (LS_OP_EMBEDDING_LOOKUP);

  one_input (&one, LS_TYPE_INT32, SHAPE (2), ids);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (3, 1), table);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 1), table, 8);
  CHECK (one_refused (&one, "id 1 is 3, the table has 3 rows"));
}

static void
quantized_rows_have_their_scales (void)
{
  const int32_t ids[] = { 1, 0 };
  const uint8_t table[] = { 0x21, 0xf7 }; /* 1 2 / 7 -1 */
  const float scales[] = { 0.5f, 2 }, y[] = { 14, -2, 0.5f, 1 };
  const uint16_t half[] = { 0x4b00, 0xc000, 0x3800, 0x3c00 };
  OneOp one = one_op (LS_OP_EMBEDDING_LOOKUP);

  one_input (&one, LS_TYPE_INT32, SHAPE (2), ids);
  one_quant_channels (one_constant (&one, LS_TYPE_INT4, SHAPE (2, 2), table), scales, 2, 0);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), y, sizeof y);
  CHECK (one_passes (&one));
  one_fill (&one.out[0], LS_TYPE_FLOAT16, SHAPE (2, 2), half, sizeof half);
  CHECK (one_passes (&one));
}

/* Places (0), (0), (2) of a shape of 3; ids 1, 0, 1 with weights 1, 3, 2. */
static void
sparse_rows_are_combined (void)
{
  static const struct
  {
    int64_t combiner;
    float y[6];
  } ways[] = { { 0, { 13, 26, 0, 0, 20, 40 } },
               { 1, { 3.25f, 6.5f, 0, 0, 10, 20 } },
               { 2, { 4.110961f, 8.221922f, 0, 0, 10, 20 } } };
  const int32_t ids[] = { 1, 0, 1 }, indices[] = { 0, 0, 0, 1, 2, 0 }, shape[] = { 3, 2 };
  const float weights[] = { 1, 3, 2 }, table[] = { 1, 2, 10, 20 };

  for (int i = 0; i < 3; i++)
    {
      OneOp one = one_op (LS_OP_EMBEDDING_LOOKUP_SPARSE);

      one.tolerance = 1e-6;
      one_int (&one, "combiner", ways[i].combiner);
      one_input (&one, LS_TYPE_INT32, SHAPE (3), ids);
      one_input (&one, LS_TYPE_INT32, SHAPE (3, 2), indices);
      one_constant (&one, LS_TYPE_INT32, SHAPE (2), shape);
      one_input (&one, LS_TYPE_FLOAT32, SHAPE (3), weights);
      one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), table);
      one_output (&one, LS_TYPE_FLOAT32, SHAPE (3, 2), ways[i].y, sizeof ways[i].y);
      CHECK (one_passes (&one));
    }
}

static void
keys_are_found_or_not (void)
{
  const int32_t wanted[] = { 7, -5, 8 }, keys[] = { -5, 0, 7 };
  const int16_t values[] = { 1, 2, 3, 4, 5, 6 }, y[] = { 5, 6, 1, 2, 0, 0 };
  const uint8_t hits[] = { 1, 1, 0 };
  OneOp one = one_op (LS_OP_HASHTABLE_LOOKUP);

  one_input (&one, LS_TYPE_INT32, SHAPE (3), wanted);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), keys);
  one_constant (&one, LS_TYPE_INT16, SHAPE (3, 2), values);
  one_output (&one, LS_TYPE_INT16, SHAPE (3, 2), y, sizeof y);
  one_output (&one, LS_TYPE_UINT8, SHAPE (3), hits, sizeof hits);
  CHECK (one_passes (&one));
}

static void
strings_are_looked_up (void)
{
  static const struct
  {
    int32_t n, at[3];
    char text[8];
  } values = { 2, { 16, 19, 24 }, "onethree" };
  static const struct
  {
    int32_t n, at[3];
    char text[5];
  } y = { 2, { 16, 21, 21 }, "three" };
  const int32_t wanted[] = { 3, 2 }, keys[] = { 1, 3 };
  const uint8_t hits[] = { 1, 0 };
  OneOp one = one_op (LS_OP_HASHTABLE_LOOKUP);

  one_input (&one, LS_TYPE_INT32, SHAPE (2), wanted);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), keys);
  one_constant (&one, LS_TYPE_STRING, SHAPE (2), &values)->n_bytes = 24;
  one_output (&one, LS_TYPE_STRING, SHAPE (2), &y, 21);
  one_output (&one, LS_TYPE_UINT8, SHAPE (2), hits, sizeof hits);
  CHECK (one_passes (&one));
}

/* What FarmHash gives for the bytes 0, 1, 2, … of every kind of length. */
static void
fingerprints_are_farmhash (void)
{
  static const struct
  {
    size_t size;
    uint64_t hash;
  } known[] = {
    { 0, UINT64_C (0x9ae16a3b2f90404f) },   { 1, UINT64_C (0xbe6056edf5e94b54) },
    { 3, UINT64_C (0x94a13d22e9eba49a) },   { 4, UINT64_C (0x82bffd898958e540) },
    { 7, UINT64_C (0xa2e0bff20db0a6a1) },   { 8, UINT64_C (0xad5a13e1e8e93b98) },
    { 16, UINT64_C (0x0efd25a0a34156d4) },  { 17, UINT64_C (0xbbb6a6f8f20d1f1c) },
    { 32, UINT64_C (0x1a9d8199972cdf49) },  { 33, UINT64_C (0xe8756ec1cb75524e) },
    { 64, UINT64_C (0xf58504bb53decc4b) },  { 65, UINT64_C (0xc6a3282c3e793dbe) },
    { 128, UINT64_C (0x1c484c95f0ea5dd3) }, { 129, UINT64_C (0xce8ba3741121083e) },
    { 300, UINT64_C (0xaa66ce5f3e21da23) },
  };
  uint8_t bytes[300];

  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t) i;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    CHECK (ls_fingerprint64 (bytes, known[i].size) == known[i].hash);
}

static void
projections_are_bits (void)
{
  const float hash[] = { 0.123f, 0.456f, -0.321f, 1.234f, 5.678f, -4.321f };
  const int32_t x[] = { 12345, 54321, 67890, 9876, -12345678 };
  const float weights[] = { 1, 1, 1, 1, 1 };
  const int32_t dense[] = { 0, 0, 0, 1, 0, 0 }, sparse[] = { 0, 1 + 4, 0 + 8 };
  OneOp one = one_op (LS_OP_LSH_PROJECTION);

  one_int (&one, "type", 2);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 2), hash);
  one_input (&one, LS_TYPE_INT32, SHAPE (5), x);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (5), weights);
  one_output (&one, LS_TYPE_INT32, SHAPE (6), dense, sizeof dense);
  CHECK (one_passes (&one));
  one.attrs[0].i = 1;
  one_fill (&one.out[0], LS_TYPE_INT32, SHAPE (3), sparse, sizeof sparse);
  CHECK (one_passes (&one));
}

static void
words_are_combined (void)
{
  static const struct
  {
    int32_t n, at[2];
    char text[8];
  } x = { 1, { 12, 19 }, "a b c d" };
  /* "a b", "a c", "b c", "b d", "c d" */
  static const uint8_t pairs[]
    = { 5,   0,   0,   0,   28,  0,   0,   0,   31,  0,   0,   0,   34, 0,   0,
        0,   37,  0,   0,   0,   40,  0,   0,   0,   43,  0,   0,   0,  'a', ' ',
        'b', 'a', ' ', 'c', 'b', ' ', 'c', 'b', ' ', 'd', 'c', ' ', 'd' };
  OneOp one = one_op (LS_OP_SKIP_GRAM);

  one_int (&one, "ngram_size", 2);
  one_int (&one, "max_skip_size", 1);
  one_input (&one, LS_TYPE_STRING, SCALAR, &x)->n_bytes = 19;
  one_output (&one, LS_TYPE_STRING, SHAPE (5), pairs, sizeof pairs);
  CHECK (one_passes (&one));
}

int
main (void)
{
  RUN (rows_are_looked_up);
  RUN (ids_outside_the_table_are_refused);
  RUN (quantized_rows_have_their_scales);
  RUN (sparse_rows_are_combined);
  RUN (keys_are_found_or_not);
  RUN (strings_are_looked_up);
  RUN (fingerprints_are_farmhash);
  RUN (projections_are_bits);
  RUN (words_are_combined);
  return done ();
}
