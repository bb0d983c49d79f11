/* The loops over elements, rows and pictures: each instruction set's give what the plain ones do.
 */
#include "kernels/elements.h"
#include "kernels/resize.h"
#include "kernels/rows.h"

#include <math.h>

#include "base/cpu.h"
#include "base/half.h"
#include "ops/fixed_point.h"
#include "test.h"

enum
{
  MOST = 300, /* elements of a loop */
  ROUNDS = 60,
  GUARD = 77 /* in the bytes behind the outputs */
};

typedef struct
{
  const char *isa;
  const LsElements *elements;
  const LsRowKernels *rows;
  const LsResizeKernels *resize;
} Set;

static Set sets[4];
static unsigned n_sets;
static uint32_t seed = 1;

static void
find_sets (void)
{
#if defined(__x86_64__)
  if (ls_isa () >= LS_ISA_AVX2)
    sets[n_sets++] = (Set){ "AVX2", &ls_elements_avx2, &ls_rows_avx2, &ls_resize_avx2 };
  if (ls_isa () >= LS_ISA_AVX512)
    sets[n_sets++] = (Set){ "AVX-512", &ls_elements_avx512, &ls_rows_avx512, &ls_resize_avx512 };
  if (ls_isa () >= LS_ISA_AVX512VNNI)
    sets[n_sets++] = (Set){ "AVX-512 VNNI", &ls_elements_avx512vnni, &ls_rows_avx512vnni,
                            &ls_resize_avx512vnni };
#elif defined(__aarch64__)
  sets[n_sets++] = (Set){ "NEON", &ls_elements_neon, &ls_rows_neon, &ls_resize_neon };
#endif
}

static uint32_t
any_bits (void)
{
  seed = seed * 1664525u + 1013904223u;
  return seed >> 4;
}

static int32_t
any (int32_t low, int32_t high)
{
  return low + (int32_t) ((uint64_t) any_bits () * (uint64_t) ((int64_t) high - low + 1) >> 28);
}

/* What is drawn and compared goes by the type of the elements. */
typedef enum
{
  INT8,
  UINT8,
  INT16,
  UINT16,
  INT32,
  UINT32,
  INT64,
  UINT64,
  FLOAT,
  DOUBLE
} Kind;

#define KIND(type)                                                                                 \
  _Generic((type) 0, int8_t                                                                        \
           : INT8, uint8_t                                                                         \
           : UINT8, int16_t                                                                        \
           : INT16, uint16_t                                                                       \
           : UINT16, int32_t                                                                       \
           : INT32, uint32_t                                                                       \
           : UINT32, int64_t                                                                       \
           : INT64, uint64_t                                                                       \
           : UINT64, float                                                                         \
           : FLOAT, double                                                                         \
           : DOUBLE)

static const size_t size_of[] = { 1, 1, 2, 2, 4, 4, 8, 8, 4, 8 };

static float
any_float (void)
{
  static const float odd[]
    = { 0, -0.0f, 0.5f, -0.5f, 1.5f, -2.5f, 6, -1, 1, 3, -3, 1e-40f, 88, -88 };

  return any (0, 9) == 0 ? odd[any (0, sizeof odd / sizeof *odd - 1)]
                         : (float) any (-8000, 8000) / 1000;
}

static void
draw (Kind kind, void *x, size_t n)
{
  for (size_t i = 0; i < n * size_of[kind] && kind < FLOAT; i++)
    ((uint8_t *) x)[i] = (uint8_t) any (0, 255);
  for (size_t i = 0; i < n && kind == FLOAT; i++)
    ((float *) x)[i] = any_float ();
  for (size_t i = 0; i < n && kind == DOUBLE; i++)
    ((double *) x)[i] = any_float ();
}

static bool
is_near (double a, double b, double scale)
{
  const double most = 2e-6 * fmax (scale, fmax (fabs (a), fabs (b)));

  return a == b || (isnan (a) && isnan (b)) || fabs (a - b) <= most;
}

/* Integers to the bit, floats within roundings; @scale: of what was added up. */
static bool
is_same (Kind kind, const void *a, const void *b, size_t n, double scale)
{
  bool same = true;

  if (kind < FLOAT)
    return memcmp (a, b, n * size_of[kind]) == 0;
  for (size_t i = 0; i < n; i++)
    same = same
           && (kind == FLOAT ? is_near (((const float *) a)[i], ((const float *) b)[i], scale)
                             : is_near (((const double *) a)[i], ((const double *) b)[i], scale));
  return same;
}

/* Multipliers and shifts that a layer could have. */
static LsRescale
any_rescale (void)
{
  return ls_rescale_from ((LsMultiplier){ any (1 << 30, INT32_MAX), any (-20, 3) });
}

static LsElementParams
any_params (Kind y)
{
  static const int32_t lows[] = { -128, 0, -32768, 0, INT32_MIN },
                       highs[] = { 127, 255, 32767, 65535, INT32_MAX };
  LsElementParams p = { .min = -INFINITY, .max = INFINITY, .alpha = (float) any (1, 3000) / 1000 };

  if (any (0, 1))
    p.min = (float) any (-9, 0), p.max = (float) any (0, 9);
  p.low = y < UINT32 ? lows[y] : INT32_MIN;
  p.high = y < UINT32 ? highs[y] : INT32_MAX;
  if (any (0, 1) && y < INT32)
    p.low = any (p.low, p.high), p.high = any (p.low, p.high);
  p.zero_a = any (-128, 255), p.zero_b = any (-128, 255), p.zero_y = any (-128, 255);
  p.sign = any (0, 1) ? 1 : -1;
  p.left_shift = any (0, 20);
  p.a = any_rescale (), p.b = any_rescale (), p.y = any_rescale ();
  return p;
}

static double in_a[MOST + 8], in_b[MOST + 8], plain[MOST + 8], quick[MOST + 8];

static void
clear_outputs (void)
{
  memset (plain, GUARD, sizeof plain);
  memset (quick, GUARD, sizeof quick);
}

/* Outputs of @n elements of one kind, and nothing written behind them. */
static bool
outputs_agree (Kind kind, size_t n, double scale)
{
  const size_t begin = n * size_of[kind];

  return is_same (kind, plain, quick, n, scale)
         && memcmp ((char *) plain + begin, (char *) quick + begin, sizeof plain - begin) == 0;
}

static bool
unary_agrees (LsUnaryKernel reference, LsUnaryKernel kernel, Kind x, Kind y)
{
  bool agrees = true;

  for (int round = 0; round < ROUNDS && agrees; round++)
    {
      const size_t n = (size_t) any (0, MOST);
      const LsElementParams params = any_params (y);

      draw (x, in_a, n);
      clear_outputs ();
      reference (&params, in_a, plain, n);
      kernel (&params, in_a, quick, n);
      agrees = outputs_agree (y, n, 1.0);
    }
  return agrees;
}

static bool
binary_agrees (LsBinaryKernel reference, LsBinaryKernel kernel, Kind a, Kind b, Kind y)
{
  static const size_t steps[][2] = { { 1, 1 }, { 1, 0 }, { 0, 1 }, { 0, 0 } };
  bool agrees = true;

  for (int round = 0; round < ROUNDS && agrees; round++)
    {
      const size_t n = (size_t) any (0, MOST), *step = steps[any (0, 3)];
      const LsElementParams params = any_params (y);

      draw (a, in_a, n + 1);
      draw (b, in_b, n + 1);
      clear_outputs ();
      reference (&params, in_a, step[0], in_b, step[1], plain, n);
      kernel (&params, in_a, step[0], in_b, step[1], quick, n);
      agrees = outputs_agree (y, n, 0);
    }
  return agrees;
}

static void
report (const char *isa, const char *name, bool agrees)
{
  if (!agrees)
    printf ("# %s: %s differs\n", isa, name);
  CHECK (agrees);
}

static void
loops_over_elements_agree (void)
{
  for (unsigned i = 0; i < n_sets; i++)
    {
#define UNARY_KERNEL(name, X, Y, expression)                                                       \
  report (sets[i].isa, #name,                                                                      \
          unary_agrees (ls_elements_scalar.name, sets[i].elements->name, KIND (X), KIND (Y)));
#define BINARY_KERNEL(name, A, B, Y, expression)                                                   \
  report (sets[i].isa, #name,                                                                      \
          binary_agrees (ls_elements_scalar.name, sets[i].elements->name, KIND (A), KIND (B),      \
                         KIND (Y)));
#include "kernels/elements.def"
#undef UNARY_KERNEL
#undef BINARY_KERNEL
    }
}

/* The plain loops round as the reference does: checked here once, for all of them. */
static void
rescaling_is_the_reference (void)
{
  for (int round = 0; round < 2000; round++)
    {
      const LsMultiplier m = { any (1 << 30, INT32_MAX), any (-20, 3) };
      const int32_t x = any (-40000, 40000);

      CHECK (ls_rescale (x, ls_rescale_from (m)) == ls_mbqm (x, m));
    }
}

static void
look_ups_agree (void)
{
  uint8_t table[256];

  for (unsigned i = 0; i < n_sets; i++)
    for (int round = 0; round < ROUNDS; round++)
      {
        const size_t n = (size_t) any (0, MOST);

        draw (UINT8, table, 256);
        draw (UINT8, in_a, n);
        clear_outputs ();
        ls_elements_scalar.look_up (table, (const uint8_t *) in_a, (uint8_t *) plain, n);
        sets[i].elements->look_up (table, (const uint8_t *) in_a, (uint8_t *) quick, n);
        CHECK (outputs_agree (UINT8, n, 0));
      }
}

/* All half floats, and floats of all magnitudes. */
static void
half_floats_agree (void)
{
  for (unsigned i = 0; i < n_sets; i++)
    for (uint32_t begin = 0; begin < 65536; begin += 256)
      {
        uint16_t half[256];
        uint32_t bits[256];

        for (uint32_t j = 0; j < 256; j++)
          {
            half[j] = (uint16_t) (begin + j);
            bits[j] = any_bits () << 4 | any_bits () >> 24;
          }
        clear_outputs ();
        ls_elements_scalar.float_from_half (half, (float *) plain, 255);
        sets[i].elements->float_from_half (half, (float *) quick, 255);
        CHECK (outputs_agree (FLOAT, 255, 0));
        memcpy (in_a, bits, sizeof bits);
        clear_outputs ();
        ls_elements_scalar.half_from_float ((const float *) in_a, (uint16_t *) plain, 255);
        sets[i].elements->half_from_float ((const float *) in_a, (uint16_t *) quick, 255);
        CHECK (outputs_agree (UINT16, 255, 0));
      }
}

static void
choices_agree (void)
{
  uint8_t condition[MOST];

  for (unsigned i = 0; i < n_sets; i++)
    for (int round = 0; round < ROUNDS; round++)
      {
        const size_t n = (size_t) any (0, MOST);

        for (size_t j = 0; j < n; j++)
          condition[j] = (uint8_t) any (0, 1);
        draw (UINT32, in_a, n);
        draw (UINT32, in_b, n);
        clear_outputs ();
        ls_elements_scalar.select_1 (condition, in_a, in_b, plain, n);
        sets[i].elements->select_1 (condition, in_a, in_b, quick, n);
        CHECK (outputs_agree (UINT8, n, 0));
        clear_outputs ();
        ls_elements_scalar.select_4 (condition, in_a, in_b, plain, n);
        sets[i].elements->select_4 (condition, in_a, in_b, quick, n);
        CHECK (outputs_agree (UINT32, n, 0));
      }
}

static void
exponentials_agree (void)
{
  for (unsigned i = 0; i < n_sets; i++)
    for (int round = 0; round < ROUNDS; round++)
      {
        const size_t n = (size_t) any (0, MOST);
        const float beta = (float) any (1, 2000) / 1000;

        draw (FLOAT, in_a, n);
        clear_outputs ();

        const float first
          = ls_elements_scalar.exps_f32 ((const float *) in_a, (float *) plain, n, 88, beta);
        const float second
          = sets[i].elements->exps_f32 ((const float *) in_a, (float *) quick, n, 88, beta);

        CHECK (outputs_agree (FLOAT, n, 0));
        CHECK (is_near (first, second, 0));
      }
}

/* What is accumulated, and into what. */
static const struct
{
  const char *name;
  Kind x, acc;
} accumulates[] = {
#define ACCUMULATE(NAME, type, acc_type, start, expression, join)                                  \
  { #NAME, KIND (type), KIND (acc_type) },
#include "kernels/rows.def"
#undef ACCUMULATE
};

static bool
accumulating_agrees (unsigned which, const LsRowKernels *kernels)
{
  const Kind x = accumulates[which].x, acc = accumulates[which].acc;
  const LsAccumulate *reference = &ls_rows_scalar.accumulate[which],
                     *kernel = &kernels->accumulate[which];
  bool agrees = reference->x_size == size_of[x] && kernel->acc_size == size_of[acc];

  for (int round = 0; round < ROUNDS && agrees; round++)
    {
      const size_t n = (size_t) any (1, 90), rows = (size_t) any (0, 3),
                   stride = n + (size_t) any (0, 2);
      /* Products of a few hundred floats would be all infinite or 0. */
      const bool shrinks = strncmp (accumulates[which].name, "PROD_F", 6) == 0;

      draw (x, in_a, MOST);
      for (size_t i = 0; shrinks && i < MOST; i++)
        if (x == FLOAT)
          ((float *) in_a)[i] = 1.0f + (float) any (-100, 100) / 1000;
        else
          in_a[i] = 1.0 + any (-100, 100) / 1000.0;
      clear_outputs ();
      draw (acc, plain, n);
      memcpy (quick, plain, sizeof quick);
      reference->columns (plain, in_a, rows, stride, n);
      kernel->columns (quick, in_a, rows, stride, n);
      agrees = outputs_agree (acc, n, 100);
      reference->row (plain, in_a, n + 2 * rows);
      kernel->row (quick, in_a, n + 2 * rows);
      agrees = agrees && outputs_agree (acc, n, 1000);
    }
  return agrees;
}

static void
accumulating_rows_agrees (void)
{
  for (unsigned i = 0; i < n_sets; i++)
    for (unsigned which = 0; which < LS_N_ACCUMULATES; which++)
      report (sets[i].isa, accumulates[which].name, accumulating_agrees (which, sets[i].rows));
}

/* Sums of @count elements of the type become the averages that the reference divides out. */
#define AVERAGES_AGREE(name, type, low, high)                                                      \
  do                                                                                               \
    {                                                                                              \
      const int32_t from = any (low, high), to = any (from, high);                                 \
                                                                                                   \
      for (size_t j = 0; j < n; j++)                                                               \
        ((int32_t *) in_a)[j] = any (low, high) * count + any (-count, count) / 2;                 \
      clear_outputs ();                                                                            \
      kernels->average_##name ((type *) quick, (const int32_t *) in_a, n, count, from, to);        \
      for (size_t j = 0; j < n; j++)                                                               \
        {                                                                                          \
          const int32_t sum = ((const int32_t *) in_a)[j];                                         \
          const int32_t y = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;                 \
                                                                                                   \
          CHECK (((type *) quick)[j] == (type) ls_clamp_i32 (y, from, to));                        \
        }                                                                                          \
      draw (KIND (type), plain, n);                                                                \
      memcpy (quick, plain, sizeof quick);                                                         \
      kernels->clamp_##name ((type *) quick, n, (type) from, (type) to);                           \
      for (size_t j = 0; j < n; j++)                                                               \
        CHECK (((type *) quick)[j] == (type) ls_clamp_i32 (((type *) plain)[j], from, to));        \
    }                                                                                              \
  while (0)

static void
averages_agree_with (const LsRowKernels *kernels)
{
  const size_t n = (size_t) any (0, MOST);
  const int32_t count = any (1, 5000);

  draw (FLOAT, in_a, n);
  clear_outputs ();
  ls_rows_scalar.average_f32 ((float *) plain, (const float *) in_a, n, (float) count, -1, 6);
  kernels->average_f32 ((float *) quick, (const float *) in_a, n, (float) count, -1, 6);
  CHECK (outputs_agree (FLOAT, n, 0));
  memcpy (plain, in_a, n * sizeof (float));
  memcpy (quick, in_a, n * sizeof (float));
  ls_rows_scalar.clamp_f32 ((float *) plain, n, -1, 2);
  kernels->clamp_f32 ((float *) quick, n, -1, 2);
  CHECK (outputs_agree (FLOAT, n, 0));
  AVERAGES_AGREE (i8, int8_t, -128, 127);
  AVERAGES_AGREE (u8, uint8_t, 0, 255);
  AVERAGES_AGREE (i16, int16_t, -32768, 32767);
}

static void
averages_agree (void)
{
  for (int round = 0; round < ROUNDS; round++)
    {
      averages_agree_with (&ls_rows_scalar);
      for (unsigned i = 0; i < n_sets; i++)
        averages_agree_with (sets[i].rows);
    }
}

static void
span_agrees_with (const LsRowKernels *kernels)
{
  const size_t n = (size_t) any (0, 40), rows = MOST / (n + 1);
  float low[2][40], high[2][40];
  double sum[2][40];

  draw (FLOAT, in_a, MOST);
  for (int which = 0; which < 2; which++)
    {
      for (size_t j = 0; j < n; j++)
        {
          low[which][j] = 1;
          high[which][j] = -1;
          sum[which][j] = (double) j;
        }
      (which > 0 ? kernels : &ls_rows_scalar)
        ->span_f32 (low[which], high[which], sum[which], (const float *) in_a, rows, n);
    }
  CHECK (memcmp (low[0], low[1], n * sizeof **low) == 0);
  CHECK (memcmp (high[0], high[1], n * sizeof **high) == 0);
  CHECK (memcmp (sum[0], sum[1], n * sizeof **sum) == 0);
  for (size_t j = 0; j < n * rows; j++)
    CHECK (((float *) in_a)[j] >= low[1][j % n] && ((float *) in_a)[j] <= high[1][j % n]);
}

static void
places_agree_with (const LsRowKernels *kernels)
{
  const size_t n = (size_t) any (0, MOST);
  const int32_t last = any (1000, 2047);

  draw (FLOAT, in_a, n);
  for (size_t j = 0; j < n; j++)
    ((float *) in_a)[j] = fabsf (((float *) in_a)[j]);
  clear_outputs ();
  ls_rows_scalar.place_f32 ((int32_t *) plain, (const float *) in_a, n, 256, -10, last);
  kernels->place_f32 ((int32_t *) quick, (const float *) in_a, n, 256, -10, last);
  CHECK (outputs_agree (INT32, n, 0));
}

static void
products_agree_with (const LsRowKernels *kernels)
{
  const size_t n = (size_t) any (0, 30), lines = (size_t) any (0, 9), stride = 32;
  float *a = (float *) in_a, *x = (float *) in_b;
  double want = 0;

  draw (FLOAT, a, MOST);
  draw (FLOAT, x, MOST);
  draw (FLOAT, plain, MOST);
  memcpy (quick, plain, sizeof quick);
  kernels->add_products_f32 ((float *) quick, n, lines, a, x, stride, n);
  for (size_t l = 0; l < lines; l++)
    for (size_t k = 0; k < n; k++)
      for (size_t r = 0; r < LS_PRODUCT_ROWS; r++)
        ((float *) plain)[l * n + k] += a[r * stride + l] * x[r * stride + k];
  CHECK (outputs_agree (FLOAT, lines * n, 1000));
  kernels->add_scaled_f32 ((float *) quick, 0.5f, x, n);
  for (size_t k = 0; k < n; k++)
    ((float *) plain)[k] += 0.5f * x[k];
  CHECK (outputs_agree (FLOAT, MOST, 1000));
  for (size_t k = 0; k < MOST; k++)
    want += (double) a[k] * x[k];
  CHECK (fabs (kernels->dot_f32 (a, x, MOST) - want) < 0.1);
}

static void
observers_agree (void)
{
  for (unsigned i = 0; i < n_sets; i++)
    for (int round = 0; round < ROUNDS; round++)
      {
        span_agrees_with (sets[i].rows);
        places_agree_with (sets[i].rows);
        products_agree_with (sets[i].rows);
      }
}

/* Weights of two neighbours: in floats, and in parts of 1024. */
static LsStretch
any_stretch (size_t last)
{
  const int32_t share = any (0, 1024);
  const size_t at = (size_t) any (0, (int32_t) last);

  return (LsStretch){ { at, (size_t) any (0, (int32_t) last) },
                      { (float) share / 1024, 1 - (float) share / 1024 },
                      { share, 1024 - share } };
}

#define BLENDS_AGREE(name, type, sum, kind, sum_kind, weight)                                      \
  do                                                                                               \
    {                                                                                              \
      draw (kind, in_a, n);                                                                        \
      draw (kind, in_b, n);                                                                        \
      clear_outputs ();                                                                            \
      ls_resize_scalar.blend_##name ((sum *) plain, (const type *) in_a, (const type *) in_b, n,   \
                                     one.weight);                                                  \
      kernels->blend_##name ((sum *) quick, (const type *) in_a, (const type *) in_b, n,           \
                             one.weight);                                                          \
      CHECK (outputs_agree (sum_kind, n, 10));                                                     \
      memcpy (in_a, plain, n * sizeof (sum));                                                      \
      clear_outputs ();                                                                            \
      ls_resize_scalar.stretch_##name ((type *) plain, (const sum *) in_a, x, places, channels);   \
      kernels->stretch_##name ((type *) quick, (const sum *) in_a, x, places, channels);           \
      CHECK (outputs_agree (kind, places *channels, 10));                                          \
    }                                                                                              \
  while (0)

static void
resizing_agrees_with (const LsResizeKernels *kernels)
{
  LsStretch x[20];
  const size_t channels = (size_t) any (1, 15), n = channels + (size_t) any (0, 200);
  const size_t places = (size_t) any (0, 20);
  const LsStretch one = any_stretch (0);

  for (size_t i = 0; i < places; i++)
    x[i] = any_stretch (n - channels);
  BLENDS_AGREE (f32, float, float, FLOAT, FLOAT, weights);
  BLENDS_AGREE (i8, int8_t, int32_t, INT8, INT32, weights_10);
  BLENDS_AGREE (i16, int16_t, int32_t, INT16, INT32, weights_10);
}

static void
resizing_agrees (void)
{
  for (unsigned i = 0; i < n_sets; i++)
    for (int round = 0; round < ROUNDS; round++)
      resizing_agrees_with (sets[i].resize);
}

int
main (void)
{
  find_sets ();
  RUN (rescaling_is_the_reference);
  RUN (loops_over_elements_agree);
  RUN (look_ups_agree);
  RUN (half_floats_agree);
  RUN (choices_agree);
  RUN (exponentials_agree);
  RUN (accumulating_rows_agrees);
  RUN (averages_agree);
  RUN (observers_agree);
  RUN (resizing_agrees);
  return done ();
}
