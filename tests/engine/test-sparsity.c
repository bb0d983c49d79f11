/* Sparse tensors made dense: formats, blocks, orders, and files that lie. */
#include "model/sparsity.h"
#include "test.h"

#define DENSE(n)                                                                                   \
  {                                                                                                \
    .format = LS_DIM_DENSE, .dense_size = n                                                        \
  }
#define CSR(s, i)                                                                                  \
  {                                                                                                \
    .format = LS_DIM_SPARSE_CSR, .n_segments = sizeof (s) / 4, .n_indices = sizeof (i) / 4,        \
    .segments = s, .indices = i                                                                    \
  }

static const int32_t row_order[] = { 0, 1 };

static void
csr_rows_are_scattered (void)
{
  /* 0 5 0 / 0 0 0 / 7 0 9 */
  static const int32_t segments[] = { 0, 1, 1, 3 }, indices[] = { 1, 0, 2 }, dims[] = { 3, 3 };
  static const float values[] = { 5, 7, 9 }, expected[] = { 0, 5, 0, 0, 0, 0, 7, 0, 9 };
  const LsSparseDim levels[] = { DENSE (3), CSR (segments, indices) };
  const LsSparsity s = { 2, 0, 2, row_order, NULL, levels };
  float dense[9];
  size_t n;

  CHECK (ls_sparse_count (&s, dims, 2, &n, NULL) == LS_OK && n == 3);
  CHECK (ls_sparse_to_dense (&s, dims, 2, 32, values, sizeof values, dense, sizeof dense, NULL)
         == LS_OK);
  CHECK (memcmp (dense, expected, sizeof dense) == 0);
}

static void
columns_first_is_transposed (void)
{
  static const int32_t order[] = { 1, 0 }, dims[] = { 2, 3 };
  static const uint8_t values[] = { 1, 2, 3, 4, 5, 6 }, expected[] = { 1, 3, 5, 2, 4, 6 };
  const LsSparseDim levels[] = { DENSE (3), DENSE (2) };
  const LsSparsity s = { 2, 0, 2, order, NULL, levels };
  uint8_t dense[6];

  CHECK (ls_sparse_to_dense (&s, dims, 2, 8, values, sizeof values, dense, sizeof dense, NULL)
         == LS_OK);
  CHECK (memcmp (dense, expected, sizeof dense) == 0);
}

static void
blocks_of_two_by_two_are_placed (void)
{
  /* The block at (0, 1) and the one at (1, 0) of a 4 × 4, columns of a block first. */
  static const int32_t order[] = { 0, 1, 3, 2 }, map[] = { 0, 1 }, dims[] = { 4, 4 };
  static const int32_t segments[] = { 0, 1, 2 }, indices[] = { 1, 0 };
  static const int16_t values[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  static const int16_t expected[] = { 0, 0, 1, 3, 0, 0, 2, 4, 5, 7, 0, 0, 6, 8, 0, 0 };
  const LsSparseDim levels[] = { DENSE (2), CSR (segments, indices), DENSE (2), DENSE (2) };
  const LsSparsity s = { 4, 2, 4, order, map, levels };
  int16_t dense[16];

  CHECK (ls_sparse_to_dense (&s, dims, 2, 16, values, sizeof values, dense, sizeof dense, NULL)
         == LS_OK);
  CHECK (memcmp (dense, expected, sizeof dense) == 0);
}

static void
nibbles_stay_packed (void)
{
  /* 0 a 0 / b 0 c in four bits, low first. */
  static const int32_t segments[] = { 0, 1, 3 }, indices[] = { 1, 0, 2 }, dims[] = { 2, 3 };
  static const uint8_t values[] = { 0xba, 0x0c }, expected[] = { 0xa0, 0xb0, 0xc0 };
  const LsSparseDim levels[] = { DENSE (2), CSR (segments, indices) };
  const LsSparsity s = { 2, 0, 2, row_order, NULL, levels };
  uint8_t dense[3];

  CHECK (ls_sparse_to_dense (&s, dims, 2, 4, values, sizeof values, dense, sizeof dense, NULL)
         == LS_OK);
  CHECK (memcmp (dense, expected, sizeof dense) == 0);
}

/* True when the tensor is refused with a sentence. */
static bool
is_refused (const LsSparsity *s, const int32_t *dims, size_t values_size)
{
  static const uint8_t values[16];
  uint8_t dense[9];
  LsError error = { 0 };

  return ls_sparse_to_dense (s, dims, 2, 8, values, values_size, dense, sizeof dense, &error)
           != LS_OK
         && error.message[0] != '\0';
}

static void
lies_are_refused (void)
{
  static const int32_t segments[] = { 0, 1, 1, 3 }, indices[] = { 1, 0, 2 }, dims[] = { 3, 3 };
  static const int32_t outside[] = { 1, 0, 3 }, negative[] = { 1, -1, 2 };
  static const int32_t backwards[] = { 0, 2, 1, 3 }, short_of[] = { 0, 1, 3 };
  static const int32_t beyond[] = { 0, 1, 1, 4 }, late[] = { 1, 1, 1, 3 };
  static const int32_t twice[] = { 0, 0 }, large[] = { 0, 2 }, below[] = { -1, 0 };
  const LsSparseDim good[] = { DENSE (3), CSR (segments, indices) };
  const LsSparseDim bad[][2] = {
    { DENSE (3), CSR (segments, outside) },  { DENSE (3), CSR (segments, negative) },
    { DENSE (3), CSR (backwards, indices) }, { DENSE (3), CSR (short_of, indices) },
    { DENSE (3), CSR (beyond, indices) },    { DENSE (3), CSR (late, indices) },
    { DENSE (4), CSR (segments, indices) },  { DENSE (-1), CSR (segments, indices) },
  };
  LsSparsity s = { 2, 0, 2, row_order, NULL, good };

  CHECK (!is_refused (&s, dims, 3));
  CHECK (is_refused (&s, dims, 2));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      s.dims = bad[i];
      CHECK (is_refused (&s, dims, 3));
    }
  s.dims = good;
  s.traversal_order = twice;
  CHECK (is_refused (&s, dims, 3));
  s.traversal_order = large;
  CHECK (is_refused (&s, dims, 3));
  s.traversal_order = below;
  CHECK (is_refused (&s, dims, 3));
  s.traversal_order = row_order;
  s.n_dims = 1;
  CHECK (is_refused (&s, dims, 3));
}

int
main (void)
{
  RUN (csr_rows_are_scattered);
  RUN (columns_first_is_transposed);
  RUN (blocks_of_two_by_two_are_placed);
  RUN (nibbles_stay_packed);
  RUN (lies_are_refused);
  return done ();
}
