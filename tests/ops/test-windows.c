/* Fused activations as clamps, and windows that slide over an axis. */
#include <float.h>

#include "ops/activation.h"
#include "ops/padding.h"
#include "test.h"

static void
float_clamps_are_finite (void)
{
  const LsFloatRange none = ls_activation_float_range (LS_ACTIVATION_NONE);
  const LsFloatRange relu6 = ls_activation_float_range (LS_ACTIVATION_RELU6);

  CHECK (none.min == -FLT_MAX && none.max == FLT_MAX);
  CHECK (relu6.min == 0 && relu6.max == 6);
  CHECK (ls_clamp_f32 (__builtin_inff (), none) == FLT_MAX);
  CHECK (__builtin_isnan (ls_clamp_f32 (__builtin_nanf (""), relu6)));
}

static void
clamps_of_integers_are_in_the_output_s_scale (void)
{
  const LsValue out = { .type = LS_TYPE_INT8, .scale = 0.05f, .zero_point = -20 };
  const LsValue edge = { .type = LS_TYPE_UINT8, .scale = 1.0f, .zero_point = 255 };
  LsIntRange range;

  CHECK (ls_activation_int_range (NULL, &out, LS_ACTIVATION_NONE, &range, NULL) == LS_OK);
  CHECK (range.min == -128 && range.max == 127);
  CHECK (ls_activation_int_range (NULL, &out, LS_ACTIVATION_RELU6, &range, NULL) == LS_OK);
  CHECK (range.min == -20 && range.max == 100);
  CHECK (ls_activation_int_range (NULL, &out, LS_ACTIVATION_RELU_N1_TO_1, &range, NULL) == LS_OK);
  CHECK (range.min == -40 && range.max == 0);
  CHECK (ls_activation_int_range (NULL, &edge, LS_ACTIVATION_RELU6, &range, NULL) == LS_OK);
  CHECK (range.min == 255 && range.max == 255);
}

static void
activations_of_one_float (void)
{
  CHECK (ls_activate (LS_ACTIVATION_RELU, -2) == 0 && ls_activate (LS_ACTIVATION_RELU, 2) == 2);
  CHECK (ls_activate (LS_ACTIVATION_RELU6, 7) == 6);
  CHECK (ls_activate (LS_ACTIVATION_RELU_N1_TO_1, -7) == -1);
  CHECK (ls_activate (LS_ACTIVATION_SIGN_BIT, -0.0f) == 1);
  CHECK (ls_activate (LS_ACTIVATION_TANH, 0) == 0);
  CHECK (ls_activate (LS_ACTIVATION_RELU, __builtin_nanf ("")) == 0);
}

static void
same_and_valid_count_positions (void)
{
  static const struct
  {
    LsPadding padding;
    int32_t in, filter, stride, dilation, out, before, odd;
  } cases[] = {
    { LS_PADDING_SAME, 5, 3, 1, 1, 5, 1, 0 },  { LS_PADDING_SAME, 6, 3, 2, 1, 3, 0, 1 },
    { LS_PADDING_SAME, 7, 2, 1, 3, 7, 1, 1 },  { LS_PADDING_SAME, 1, 1, 4, 1, 1, 0, 0 },
    { LS_PADDING_VALID, 7, 3, 2, 1, 3, 0, 0 }, { LS_PADDING_VALID, 7, 3, 1, 3, 1, 0, 0 },
    { LS_PADDING_VALID, 3, 5, 2, 1, 0, 0, 1 },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      LsWindow w = { .in = cases[i].in,
                     .filter = cases[i].filter,
                     .stride = cases[i].stride,
                     .dilation = cases[i].dilation };

      CHECK (ls_window_init (NULL, "width", cases[i].padding, &w, NULL) == LS_OK);
      CHECK (w.out == cases[i].out);
      if (cases[i].out > 0)
        CHECK (w.before == cases[i].before && w.odd == cases[i].odd);
    }
}

/* The taps are those whose input position lies inside, for every position of many windows. */
static void
taps_inside_are_found (void)
{
  for (int32_t code = 0; code < 6 * 4 * 3 * 3; code++)
    {
      LsWindow w = { .in = 1 + code % 6,
                     .filter = 1 + code / 6 % 4,
                     .stride = 1 + code / 24 % 3,
                     .dilation = 1 + code / 72 };

      CHECK (ls_window_init (NULL, "width", LS_PADDING_SAME, &w, NULL) == LS_OK);
      for (int32_t o = 0; o < w.out; o++)
        {
          int32_t first, end;

          ls_window_taps (&w, o, &first, &end);
          for (int32_t k = 0; k < w.filter; k++)
            {
              const int32_t at = o * w.stride + k * w.dilation - w.before;

              CHECK ((k >= first && k < end) == (at >= 0 && at < w.in));
            }
        }
    }
}

int
main (void)
{
  RUN (float_clamps_are_finite);
  RUN (clamps_of_integers_are_in_the_output_s_scale);
  RUN (activations_of_one_float);
  RUN (same_and_valid_count_positions);
  RUN (taps_inside_are_found);
  return done ();
}
