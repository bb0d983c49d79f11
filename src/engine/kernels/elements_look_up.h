/* Table look-ups of bytes and conversions of half floats, for which processors have instructions
 * that compilers do not find: a part of elements_body.h. */

#if defined(__AVX512VBMI__)
#include <immintrin.h>

/* The table in four registers; each permutation takes 7 bits of the index from two of them. */
static size_t
look_up_vectors (const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t n)
{
  const __m512i t0 = _mm512_loadu_si512 (table), t1 = _mm512_loadu_si512 (table + 64),
                t2 = _mm512_loadu_si512 (table + 128), t3 = _mm512_loadu_si512 (table + 192);
  size_t i = 0;

  for (; i + 64 <= n; i += 64)
    {
      const __m512i index = _mm512_loadu_si512 (x + i);
      const __m512i low = _mm512_permutex2var_epi8 (t0, index, t1),
                    high = _mm512_permutex2var_epi8 (t2, index, t3);

      _mm512_storeu_si512 (y + i, _mm512_mask_blend_epi8 (_mm512_movepi8_mask (index), low, high));
    }
  return i;
}
#elif defined(__AVX2__)
#include <immintrin.h>

/* Sixteen tables of 16 bytes: each gives those whose high half of the index is its number. */
static size_t
look_up_vectors (const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t n)
{
  const __m256i low_half = _mm256_set1_epi8 (15);
  size_t i = 0;

  for (; i + 64 <= n; i += 64)
    {
      const __m256i index0 = _mm256_loadu_si256 ((const void *) (x + i)),
                    index1 = _mm256_loadu_si256 ((const void *) (x + i + 32));
      const __m256i place0 = _mm256_and_si256 (index0, low_half),
                    place1 = _mm256_and_si256 (index1, low_half);
      const __m256i part0 = _mm256_andnot_si256 (low_half, index0),
                    part1 = _mm256_andnot_si256 (low_half, index1);
      __m256i result0 = _mm256_setzero_si256 (), result1 = result0;

      for (int k = 0; k < 16; k++)
        {
          const __m256i t
            = _mm256_broadcastsi128_si256 (_mm_loadu_si128 ((const void *) (table + 16 * k)));
          const __m256i number = _mm256_set1_epi8 ((char) (16 * k));

          result0 = _mm256_or_si256 (result0, _mm256_and_si256 (_mm256_cmpeq_epi8 (part0, number),
                                                                _mm256_shuffle_epi8 (t, place0)));
          result1 = _mm256_or_si256 (result1, _mm256_and_si256 (_mm256_cmpeq_epi8 (part1, number),
                                                                _mm256_shuffle_epi8 (t, place1)));
        }
      _mm256_storeu_si256 ((void *) (y + i), result0);
      _mm256_storeu_si256 ((void *) (y + i + 32), result1);
    }
  return i;
}
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>

/* Four tables of 64 bytes: an index outside leaves what the ones before found. */
static size_t
look_up_vectors (const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t n)
{
  const uint8x16x4_t t0 = vld1q_u8_x4 (table), t1 = vld1q_u8_x4 (table + 64),
                     t2 = vld1q_u8_x4 (table + 128), t3 = vld1q_u8_x4 (table + 192);
  const uint8x16_t step = vdupq_n_u8 (64);
  size_t i = 0;

  for (; i + 16 <= n; i += 16)
    {
      uint8x16_t index = vld1q_u8 (x + i), result = vqtbl4q_u8 (t0, index);

      index = vsubq_u8 (index, step);
      result = vqtbx4q_u8 (result, t1, index);
      index = vsubq_u8 (index, step);
      result = vqtbx4q_u8 (result, t2, index);
      index = vsubq_u8 (index, step);
      vst1q_u8 (y + i, vqtbx4q_u8 (result, t3, index));
    }
  return i;
}
#else
static size_t
look_up_vectors (const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t n)
{
  return 0;
}
#endif

static void
look_up (const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t n)
{
  for (size_t i = look_up_vectors (table, x, y, n); i < n; i++)
    y[i] = table[x[i]];
}

static void
float_from_half (const uint16_t *x, float *y, size_t n)
{
  size_t i = 0;

#if defined(__F16C__)
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps (y + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const void *) (x + i))));
#endif
  for (; i < n; i++)
    y[i] = ls_half_to_float (x[i]);
}

static void
half_from_float (const float *x, uint16_t *y, size_t n)
{
  size_t i = 0;

#if defined(__F16C__)
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128 ((void *) (y + i),
                      _mm256_cvtps_ph (_mm256_loadu_ps (x + i), _MM_FROUND_TO_NEAREST_INT));
#endif
  for (; i < n; i++)
    y[i] = ls_half_from_float (x[i]);
}
