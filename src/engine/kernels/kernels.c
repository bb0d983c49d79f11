/* Choosing the kernels, and packing for them. */
#include "kernels/kernels.h"

#include <string.h>

#include "base/cpu.h"
#include "base/size.h"
#include "kernels/table.h"

enum
{
  PACKED_ROWS = 64 /* at a time: what they are written to stays in the cache */
};

static const LsKernels *const tables[LS_N_ISAS] = {
  [LS_ISA_SCALAR] = &ls_kernels_scalar,
#if defined(__x86_64__)
  [LS_ISA_AVX2] = &ls_kernels_avx2,
  [LS_ISA_AVX512] = &ls_kernels_avx512,
  [LS_ISA_AVX512VNNI] = &ls_kernels_avx512vnni,
#elif defined(__aarch64__)
  [LS_ISA_NEON] = &ls_kernels_neon,
  [LS_ISA_NEON_DOT] = &ls_kernels_neon,
#endif
};

const LsKernels *
ls_kernels (void)
{
  return tables[ls_isa ()];
}

/* Panels × (biases + depth) × elements of a row; 0: does not fit a size. */
static size_t
packed_count (size_t n, size_t nr, size_t depth, size_t per_row)
{
  size_t rows, count, panels = n / nr + (n % nr != 0);

  return ls_add (&rows, depth, 1) && ls_mul (&count, rows, nr * per_row)
             && ls_mul (&count, count, panels)
           ? count
           : 0;
}

size_t
ls_f32_packed_count (const LsKernels *kernels, size_t n, size_t k)
{
  return packed_count (n, kernels->f32_nr, k, 1);
}

void
ls_f32_pack (const LsKernels *kernels, size_t n, size_t k, const float *b, size_t column_stride,
             size_t step, const float *bias, float *packed)
{
  const size_t nr = kernels->f32_nr;

  for (size_t j = 0; j < n; j += nr, packed += nr * (k + 1))
    {
      const size_t width = n - j < nr ? n - j : nr;

      if (bias != NULL)
        memcpy (packed, bias + j, width * sizeof *packed);
      for (size_t i = 0; column_stride == 1 && i < k; i++)
        memcpy (packed + nr * (i + 1), b + j + i * step, width * sizeof *packed);
      for (size_t begin = 0; column_stride != 1 && begin < k; begin += PACKED_ROWS)
        for (size_t c = 0; c < width; c++)
          for (size_t i = begin; i < k && i < begin + PACKED_ROWS; i++)
            packed[nr * (i + 1) + c] = b[(j + c) * column_stride + i * step];
    }
}

size_t
ls_s16_packed_count (const LsKernels *kernels, size_t n, size_t lines, size_t k)
{
  size_t depth;

  return ls_mul (&depth, lines, k / 2 + k % 2) ? packed_count (n, kernels->s16_nr, depth, 2) : 0;
}

/* @count elements of column @n from @k on into their places, in pairs. */
static void
pack_column (LsReadWeights read, const void *b, size_t k, size_t n, size_t count, size_t nr,
             int16_t *packed)
{
  int16_t column[PACKED_ROWS];

  read (b, k, n, count, column);
  for (size_t i = 0; i < count / 2; i++)
    memcpy (packed + 2 * nr * i, column + 2 * i, 2 * sizeof *column);
  if (count % 2 > 0)
    packed[nr * (count - 1)] = column[count - 1];
}

void
ls_s16_pack (const LsKernels *kernels, size_t n, size_t lines, size_t k, LsReadWeights read,
             const void *b, const int32_t *bias, int16_t *packed)
{
  const size_t nr = kernels->s16_nr, pairs = k / 2 + k % 2, size = 2 * nr * (lines * pairs + 1);

  for (size_t j = 0; j < n; j += nr, packed += size)
    {
      const size_t width = n - j < nr ? n - j : nr;

      if (bias != NULL)
        memcpy (packed, bias + j, width * sizeof *bias);
      for (size_t line = 0; line < lines; line++)
        for (size_t i = 0; i < k; i += PACKED_ROWS)
          for (size_t c = 0; c < width; c++)
            pack_column (read, b, line * k + i, j + c, k - i < PACKED_ROWS ? k - i : PACKED_ROWS,
                         nr, packed + 2 * (nr * (line * pairs + i / 2 + 1) + c));
    }
}
