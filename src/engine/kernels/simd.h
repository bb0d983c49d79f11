/*
 * The vector layer: the few operations that the kernels are written in, for the instruction set
 * that this file is compiled for. GCC's vector types do most; what they cannot say stands here once
 * for each instruction set.
 */
#ifndef LS_KERNELS_SIMD_H
#define LS_KERNELS_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>
#define VL 16 /* int32 or float lanes */
#elif defined(__AVX2__)
#include <immintrin.h>
#define VL 8
#elif defined(__SSE2__)
#include <emmintrin.h>
#define VL 4
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#define VL 4
#else
#define VL 4
#endif

typedef float vf __attribute__ ((vector_size (VL * 4)));
typedef int32_t vi __attribute__ ((vector_size (VL * 4)));
typedef int16_t vh __attribute__ ((vector_size (VL * 4))); /* twice as many int16 lanes */
typedef int16_t vhh __attribute__ ((vector_size (VL * 2)));
typedef int8_t vb __attribute__ ((vector_size (VL * 4)));
typedef uint8_t vub __attribute__ ((vector_size (VL * 4)));

#define LOAD(type, pointer)                                                                        \
  ({                                                                                               \
    type load_v;                                                                                   \
    memcpy (&load_v, pointer, sizeof load_v);                                                      \
    load_v;                                                                                        \
  })
#define STORE(pointer, value)                                                                      \
  do                                                                                               \
    {                                                                                              \
      __auto_type store_v = (value);                                                               \
      memcpy (pointer, &store_v, sizeof store_v);                                                  \
    }                                                                                              \
  while (0)

static inline vf
vf_set (float x)
{
  return x - (vf){ 0 };
}

static inline vi
vi_set (int32_t x)
{
  return x + (vi){ 0 };
}

/* Lane by lane: a where the mask is all ones, b where it is 0. */
static inline vi
vi_select (vi mask, vi a, vi b)
{
  return (mask & a) | (~mask & b);
}

/* NaN stays NaN, as in the reference's min (max (x, low), high). */
static inline vf
vf_clamp (vf x, vf low, vf high)
{
#if VL == 16
  return (vf) _mm512_min_ps ((__m512) high, _mm512_max_ps ((__m512) low, (__m512) x));
#elif VL == 8
  return (vf) _mm256_min_ps ((__m256) high, _mm256_max_ps ((__m256) low, (__m256) x));
#elif defined(__SSE2__)
  return (vf) _mm_min_ps ((__m128) high, _mm_max_ps ((__m128) low, (__m128) x));
#elif defined(__ARM_NEON)
  return (vf) vminq_f32 ((float32x4_t) high, vmaxq_f32 ((float32x4_t) low, (float32x4_t) x));
#else
  x = (vf) vi_select (x < low, (vi) low, (vi) x);
  return (vf) vi_select (x > high, (vi) high, (vi) x);
#endif
}

/* x < y ? x : y, and so y where x is NaN. */
static inline vf
vf_min (vf x, vf y)
{
#if VL == 16
  return (vf) _mm512_min_ps ((__m512) x, (__m512) y);
#elif VL == 8
  return (vf) _mm256_min_ps ((__m256) x, (__m256) y);
#elif defined(__SSE2__)
  return (vf) _mm_min_ps ((__m128) x, (__m128) y);
#else
  return (vf) vi_select (x < y, (vi) x, (vi) y);
#endif
}

/* x > y ? x : y */
static inline vf
vf_max (vf x, vf y)
{
#if VL == 16
  return (vf) _mm512_max_ps ((__m512) x, (__m512) y);
#elif VL == 8
  return (vf) _mm256_max_ps ((__m256) x, (__m256) y);
#elif defined(__SSE2__)
  return (vf) _mm_max_ps ((__m128) x, (__m128) y);
#else
  return (vf) vi_select (x > y, (vi) x, (vi) y);
#endif
}

static inline vi
vi_clamp (vi x, vi low, vi high)
{
#if VL == 16
  return (vi) _mm512_min_epi32 ((__m512i) high, _mm512_max_epi32 ((__m512i) low, (__m512i) x));
#elif VL == 8
  return (vi) _mm256_min_epi32 ((__m256i) high, _mm256_max_epi32 ((__m256i) low, (__m256i) x));
#else
  x = vi_select (x < low, low, x);
  return vi_select (x > high, high, x);
#endif
}

/* acc + a.even · b.even + a.odd · b.odd, of int16 pairs. */
static inline vi
dot2 (vi acc, vh a, vh b)
{
#if VL == 16 && defined(__AVX512VNNI__)
  return (vi) _mm512_dpwssd_epi32 ((__m512i) acc, (__m512i) a, (__m512i) b);
#elif VL == 16
  return acc + (vi) _mm512_madd_epi16 ((__m512i) a, (__m512i) b);
#elif VL == 8
  return acc + (vi) _mm256_madd_epi16 ((__m256i) a, (__m256i) b);
#elif defined(__SSE2__)
  return acc + (vi) _mm_madd_epi16 ((__m128i) a, (__m128i) b);
#elif defined(__ARM_NEON)
  int32x4_t low = vmull_s16 (vget_low_s16 ((int16x8_t) a), vget_low_s16 ((int16x8_t) b));
  int32x4_t high = vmull_s16 (vget_high_s16 ((int16x8_t) a), vget_high_s16 ((int16x8_t) b));

  return acc + (vi) vpaddq_s32 (low, high);
#else
  for (int i = 0; i < VL; i++)
    acc[i] += a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
  return acc;
#endif
}

/* A pair of int16 in every lane. */
static inline vh
pair_set (const int16_t *pair)
{
  int32_t bits;

  memcpy (&bits, pair, sizeof bits);
  return (vh) vi_set (bits);
}

/*
 * floor ((a · b + 2^30) / 2^31) in every lane, for b in [0, 2^31): gemmlowp's
 * SaturatingRoundingDoublingHighMul where it cannot saturate.
 */
static inline vi
high_mul (vi a, vi b)
{
#if VL == 16
  const __m512i nudge = _mm512_set1_epi64 (INT64_C (1) << 30);
  __m512i even = _mm512_add_epi64 (_mm512_mul_epi32 ((__m512i) a, (__m512i) b), nudge);
  __m512i odd = _mm512_add_epi64 (
    _mm512_mul_epi32 (_mm512_srli_epi64 ((__m512i) a, 32), _mm512_srli_epi64 ((__m512i) b, 32)),
    nudge);

  return (vi) _mm512_mask_blend_epi32 (0xaaaa, _mm512_srli_epi64 (even, 31),
                                       _mm512_slli_epi64 (odd, 1));
#elif VL == 8
  const __m256i nudge = _mm256_set1_epi64x (INT64_C (1) << 30);
  __m256i even = _mm256_add_epi64 (_mm256_mul_epi32 ((__m256i) a, (__m256i) b), nudge);
  __m256i odd = _mm256_add_epi64 (
    _mm256_mul_epi32 (_mm256_srli_epi64 ((__m256i) a, 32), _mm256_srli_epi64 ((__m256i) b, 32)),
    nudge);

  return (vi) _mm256_blend_epi32 (_mm256_srli_epi64 (even, 31), _mm256_slli_epi64 (odd, 1), 0xaa);
#elif defined(__ARM_NEON)
  return (vi) vqrdmulhq_s32 ((int32x4_t) a, (int32x4_t) b);
#else
  for (int i = 0; i < VL; i++)
    a[i] = (int32_t) (((int64_t) a[i] * b[i] + (INT64_C (1) << 30)) >> 31);
  return a;
#endif
}

static inline vi
shift_left (vi x, vi by)
{
#if VL == 16
  return (vi) _mm512_sllv_epi32 ((__m512i) x, (__m512i) by);
#elif VL == 8
  return (vi) _mm256_sllv_epi32 ((__m256i) x, (__m256i) by);
#else
  return x << by;
#endif
}

static inline vi
shift_right (vi x, vi by)
{
#if VL == 16
  return (vi) _mm512_srav_epi32 ((__m512i) x, (__m512i) by);
#elif VL == 8
  return (vi) _mm256_srav_epi32 ((__m256i) x, (__m256i) by);
#else
  return x >> by;
#endif
}

/* ---- Two taps at a time -----------------------------------------------------------------------
 */

/* Weights of two taps as `mac2` wants them. */
static inline void
mac2_weights (vh a, vh b, vh *first, vh *second)
{
#if VL == 16
  *first = (vh) _mm512_unpacklo_epi16 ((__m512i) a, (__m512i) b);
  *second = (vh) _mm512_unpackhi_epi16 ((__m512i) a, (__m512i) b);
#elif VL == 8
  *first = (vh) _mm256_unpacklo_epi16 ((__m256i) a, (__m256i) b);
  *second = (vh) _mm256_unpackhi_epi16 ((__m256i) a, (__m256i) b);
#elif defined(__SSE2__)
  *first = (vh) _mm_unpacklo_epi16 ((__m128i) a, (__m128i) b);
  *second = (vh) _mm_unpackhi_epi16 ((__m128i) a, (__m128i) b);
#else
  *first = a;
  *second = b;
#endif
}

/* Adds x0 · w0 + x1 · w1 of 2 × VL channels, whose sums stand in the order of mac2_split(). */
static inline void
mac2 (vi *low, vi *high, vh x0, vh x1, vh first, vh second)
{
#if defined(__SSE2__)
  vh even, odd;

  mac2_weights (x0, x1, &even, &odd);
  *low = dot2 (*low, even, first);
  *high = dot2 (*high, odd, second);
#elif defined(__ARM_NEON)
  int32x4_t l
    = vmlal_s16 ((int32x4_t) *low, vget_low_s16 ((int16x8_t) x0), vget_low_s16 ((int16x8_t) first));
  int32x4_t h = vmlal_s16 ((int32x4_t) *high, vget_high_s16 ((int16x8_t) x0),
                           vget_high_s16 ((int16x8_t) first));

  *low = (vi) vmlal_s16 (l, vget_low_s16 ((int16x8_t) x1), vget_low_s16 ((int16x8_t) second));
  *high = (vi) vmlal_s16 (h, vget_high_s16 ((int16x8_t) x1), vget_high_s16 ((int16x8_t) second));
#else
  for (int i = 0; i < VL; i++)
    {
      (*low)[i] += x0[i] * first[i] + x1[i] * second[i];
      (*high)[i] += x0[i + VL] * first[i + VL] + x1[i + VL] * second[i + VL];
    }
#endif
}

/* Sums in the order of channels → the order in which mac2() adds: lanes of 128 bits. */
static inline void
mac2_split (vi *low, vi *high)
{
#if VL == 16
  const __m512i a = (__m512i) *low, b = (__m512i) *high;

  *low = (vi) _mm512_shuffle_i32x4 (a, b, 0x88);
  *high = (vi) _mm512_shuffle_i32x4 (a, b, 0xdd);
#elif VL == 8
  const __m256i a = (__m256i) *low, b = (__m256i) *high;

  *low = (vi) _mm256_permute2x128_si256 (a, b, 0x20);
  *high = (vi) _mm256_permute2x128_si256 (a, b, 0x31);
#else
  (void) low, (void) high;
#endif
}

/* The way back. */
static inline void
mac2_join (vi *low, vi *high)
{
#if VL == 16
  const __m512i a = _mm512_shuffle_i32x4 ((__m512i) *low, (__m512i) *high, 0x44);
  const __m512i b = _mm512_shuffle_i32x4 ((__m512i) *low, (__m512i) *high, 0xee);

  *low = (vi) _mm512_shuffle_i32x4 (a, a, 0xd8);
  *high = (vi) _mm512_shuffle_i32x4 (b, b, 0xd8);
#else
  mac2_split (low, high);
#endif
}

/* ---- Narrowing, saturating --------------------------------------------------------------------
 */

static inline vh
narrow_s16 (vi a, vi b)
{
#if VL == 16
  const __m512i order = _mm512_setr_epi64 (0, 2, 4, 6, 1, 3, 5, 7);

  return (vh) _mm512_permutexvar_epi64 (order, _mm512_packs_epi32 ((__m512i) a, (__m512i) b));
#elif VL == 8
  return (vh) _mm256_permute4x64_epi64 (_mm256_packs_epi32 ((__m256i) a, (__m256i) b), 0xd8);
#elif defined(__SSE2__)
  return (vh) _mm_packs_epi32 ((__m128i) a, (__m128i) b);
#elif defined(__ARM_NEON)
  return (vh) vcombine_s16 (vqmovn_s32 ((int32x4_t) a), vqmovn_s32 ((int32x4_t) b));
#else
  vh out;

  for (int i = 0; i < 2 * VL; i++)
    {
      const int32_t x = i < VL ? a[i] : b[i - VL];

      out[i] = (int16_t) (x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
    }
  return out;
#endif
}

#if VL >= 8
/* What packing within lanes of 128 bits left of the order of dwords. */
static inline vi
unpack_order (vi x)
{
#if VL == 16
  const __m512i order = _mm512_setr_epi32 (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);

  return (vi) _mm512_permutexvar_epi32 (order, (__m512i) x);
#else
  const __m256i order = _mm256_setr_epi32 (0, 4, 1, 5, 2, 6, 3, 7);

  return (vi) _mm256_permutevar8x32_epi32 ((__m256i) x, order);
#endif
}
#endif

static inline vb
narrow_s8 (vi a, vi b, vi c, vi d)
{
#if VL == 16
  return (vb) unpack_order ((vi) _mm512_packs_epi16 (
    _mm512_packs_epi32 ((__m512i) a, (__m512i) b), _mm512_packs_epi32 ((__m512i) c, (__m512i) d)));
#elif VL == 8
  return (vb) unpack_order ((vi) _mm256_packs_epi16 (
    _mm256_packs_epi32 ((__m256i) a, (__m256i) b), _mm256_packs_epi32 ((__m256i) c, (__m256i) d)));
#elif defined(__SSE2__)
  return (vb) _mm_packs_epi16 ((__m128i) narrow_s16 (a, b), (__m128i) narrow_s16 (c, d));
#elif defined(__ARM_NEON)
  return (vb) vcombine_s8 (vqmovn_s16 ((int16x8_t) narrow_s16 (a, b)),
                           vqmovn_s16 ((int16x8_t) narrow_s16 (c, d)));
#else
  const vh x = narrow_s16 (a, b), y = narrow_s16 (c, d);
  vb out;

  for (int i = 0; i < 4 * VL; i++)
    {
      const int16_t v = i < 2 * VL ? x[i] : y[i - 2 * VL];

      out[i] = (int8_t) (v < INT8_MIN ? INT8_MIN : v > INT8_MAX ? INT8_MAX : v);
    }
  return out;
#endif
}

static inline vub
narrow_u8 (vi a, vi b, vi c, vi d)
{
#if VL == 16
  return (vub) unpack_order ((vi) _mm512_packus_epi16 (
    _mm512_packs_epi32 ((__m512i) a, (__m512i) b), _mm512_packs_epi32 ((__m512i) c, (__m512i) d)));
#elif VL == 8
  return (vub) unpack_order ((vi) _mm256_packus_epi16 (
    _mm256_packs_epi32 ((__m256i) a, (__m256i) b), _mm256_packs_epi32 ((__m256i) c, (__m256i) d)));
#elif defined(__SSE2__)
  return (vub) _mm_packus_epi16 ((__m128i) narrow_s16 (a, b), (__m128i) narrow_s16 (c, d));
#elif defined(__ARM_NEON)
  return (vub) vcombine_u8 (vqmovun_s16 ((int16x8_t) narrow_s16 (a, b)),
                            vqmovun_s16 ((int16x8_t) narrow_s16 (c, d)));
#else
  const vh x = narrow_s16 (a, b), y = narrow_s16 (c, d);
  vub out;

  for (int i = 0; i < 4 * VL; i++)
    {
      const int16_t v = i < 2 * VL ? x[i] : y[i - 2 * VL];

      out[i] = (uint8_t) (v < 0 ? 0 : v > UINT8_MAX ? UINT8_MAX : v);
    }
  return out;
#endif
}

#endif
