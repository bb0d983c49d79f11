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
typedef int8_t vbq __attribute__ ((vector_size (VL)));
typedef uint8_t vubq __attribute__ ((vector_size (VL)));

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

#endif
