/* Convolutions against loops that are as plain as can be. */
#include "numbers.h"
#include "one-op.h"
#include "ops/fixed_point.h"

enum
{
  MOST = 8192
};

/* A convolution of two dimensions; the input and the output of a transposed one change places. */
typedef struct
{
  int32_t n, h, w, c; /* the input's shape */
  int32_t o, kh, kw;  /* output channels, filter */
  int32_t stride_h, stride_w, dilation_h, dilation_w, groups;
  bool is_same;
} Case;

static const Case cases[] = {
  { 1, 5, 6, 3, 4, 3, 3, 1, 1, 1, 1, 1, true },    { 2, 7, 5, 4, 70, 3, 2, 2, 1, 1, 1, 1, true },
  { 1, 9, 8, 2, 5, 3, 3, 1, 2, 1, 1, 1, false },   { 1, 8, 9, 3, 2, 2, 3, 1, 1, 2, 3, 1, true },
  { 3, 4, 4, 6, 9, 1, 1, 1, 1, 1, 1, 1, true },    { 1, 6, 6, 8, 12, 3, 3, 1, 1, 1, 1, 4, true },
  { 2, 6, 5, 6, 4, 1, 1, 2, 2, 1, 1, 2, false },   { 1, 2, 3, 5, 6, 5, 7, 1, 1, 1, 1, 1, true },
  { 1, 1, 1, 33, 130, 1, 1, 1, 1, 1, 1, 1, true }, { 1, 7, 7, 1, 1, 5, 5, 3, 3, 1, 1, 1, true },
};

enum
{
  N_CASES = sizeof cases / sizeof cases[0]
};

static int32_t
out_size (int32_t in, int32_t k, int32_t stride, int32_t dilation, bool is_same)
{
  return is_same ? (in + stride - 1) / stride : (in - (k - 1) * dilation - 1) / stride + 1;
}

static int32_t
before (int32_t in, int32_t k, int32_t stride, int32_t dilation, bool is_same)
{
  const int32_t out = out_size (in, k, stride, dilation, is_same);
  const int32_t total = (out - 1) * stride + (k - 1) * dilation + 1 - in;

  return is_same && total > 0 ? total / 2 : 0;
}

/* Calls back for every product of a convolution: which output, input and filter element. */
typedef void (*Product) (void *sums, int32_t out, int32_t in, int32_t filter);

static void
each_product (const Case *c, bool is_depthwise, Product product, void *sums)
{
  const int32_t oh = out_size (c->h, c->kh, c->stride_h, c->dilation_h, c->is_same);
  const int32_t ow = out_size (c->w, c->kw, c->stride_w, c->dilation_w, c->is_same);
  const int32_t pad_h = before (c->h, c->kh, c->stride_h, c->dilation_h, c->is_same);
  const int32_t pad_w = before (c->w, c->kw, c->stride_w, c->dilation_w, c->is_same);
  const int32_t n_taps = c->kh * c->kw, depth = is_depthwise ? 1 : c->c / c->groups;

  for (int32_t out = 0; out < c->n * oh * ow * c->o; out++)
    for (int32_t tap = 0; tap < n_taps * depth; tap++)
      {
        const int32_t channel = out % c->o, pixel = out / c->o;
        const int32_t ky = tap / depth / c->kw, kx = tap / depth % c->kw, k = tap % depth;
        const int32_t y = pixel / ow % oh * c->stride_h - pad_h + ky * c->dilation_h;
        const int32_t x = pixel % ow * c->stride_w - pad_w + kx * c->dilation_w;
        const int32_t in_channel
          = is_depthwise ? channel / (c->o / c->c) : channel / (c->o / c->groups) * depth + k;

        if (y >= 0 && y < c->h && x >= 0 && x < c->w)
          product (sums, out, ((pixel / ow / oh * c->h + y) * c->w + x) * c->c + in_channel,
                   is_depthwise ? (ky * c->kw + kx) * c->o + channel
                                : (channel * n_taps + tap / depth) * depth + k);
      }
}

static float fx[MOST], ff[MOST], fb[256], fy[MOST];
static int8_t qx[MOST], qf[MOST], qy[MOST];
static int16_t hx[MOST], hy[MOST];
static int32_t qb[256];
static int64_t wb[256];
static float scales[256];
static double dsums[MOST];
static int64_t isums[MOST];
static int32_t zero_in;

static void
fill (void)
{
  uint32_t state = 7;

  for (int i = 0; i < MOST; i++)
    {
      fx[i] = next_float (&state);
      ff[i] = next_float (&state);
      qx[i] = (int8_t) next_int (&state, -128, 127);
      qf[i] = (int8_t) next_int (&state, -127, 127);
      hx[i] = (int16_t) next_int (&state, -32768, 32767);
    }
  for (int i = 0; i < 256; i++)
    {
      fb[i] = next_float (&state);
      qb[i] = next_int (&state, -5000, 5000);
      wb[i] = (int64_t) next_int (&state, -5000, 5000) * 1000;
      scales[i] = 0.01f + 0.001f * (float) next_int (&state, 0, 9);
    }
}

static void
add_floats (void *sums, int32_t out, int32_t in, int32_t filter)
{
  ((double *) sums)[out] += (double) fx[in] * (double) ff[filter];
}

static void
add_bytes (void *sums, int32_t out, int32_t in, int32_t filter)
{
  ((int64_t *) sums)[out] += (int64_t) (qx[in] - zero_in) * qf[filter];
}

static void
add_words (void *sums, int32_t out, int32_t in, int32_t filter)
{
  ((int64_t *) sums)[out] += (int64_t) hx[in] * qf[filter];
}

/* The operator with its options, its filter's and its output's shape. */
static OneOp
new_op (const Case *c, int kind, int32_t *filter, int32_t *out)
{
  OneOp one = one_op (kind);
  const bool is_depthwise = kind == LS_OP_DEPTHWISE_CONV_2D;

  filter[0] = is_depthwise ? 1 : c->o;
  filter[1] = c->kh;
  filter[2] = c->kw;
  filter[3] = is_depthwise ? c->o : c->c / c->groups;
  out[0] = c->n;
  out[1] = out_size (c->h, c->kh, c->stride_h, c->dilation_h, c->is_same);
  out[2] = out_size (c->w, c->kw, c->stride_w, c->dilation_w, c->is_same);
  out[3] = c->o;
  one_int (&one, "padding", c->is_same ? 0 : 1);
  one_int (&one, "stride_h", c->stride_h);
  one_int (&one, "stride_w", c->stride_w);
  one_int (&one, "dilation_h_factor", c->dilation_h);
  one_int (&one, "dilation_w_factor", c->dilation_w);
  return one;
}

static bool
float_passes (const Case *c, int kind, bool has_bias)
{
  int32_t filter[4], out[4];
  OneOp one = new_op (c, kind, filter, out);
  const int32_t count = out[0] * out[1] * out[2] * out[3];

  memset (dsums, 0, sizeof dsums);
  each_product (c, kind == LS_OP_DEPTHWISE_CONV_2D, add_floats, dsums);
  for (int32_t i = 0; i < count; i++)
    {
      fy[i] = (float) (dsums[i] + (has_bias ? (double) fb[i % c->o] : 0));
      fy[i] = fy[i] < 0 ? 0 : fy[i];
    }
  one_int (&one, "fused_activation_function", 1);
  one.tolerance = 1e-6;
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (c->n, c->h, c->w, c->c), fx);
  one_constant (&one, LS_TYPE_FLOAT32, 4, filter, ff);
  if (has_bias)
    one_constant (&one, LS_TYPE_FLOAT32, SHAPE (c->o), fb);
  one_output (&one, LS_TYPE_FLOAT32, 4, out, fy, (size_t) count * sizeof *fy);
  return one_passes (&one);
}

static bool
int8_passes (const Case *c, int kind)
{
  int32_t filter[4], out[4];
  OneOp one = new_op (c, kind, filter, out);
  const int32_t count = out[0] * out[1] * out[2] * out[3];
  const float in_scale = 0.02f, out_scale = 0.11f;

  zero_in = 5;
  memset (isums, 0, sizeof isums);
  each_product (c, kind == LS_OP_DEPTHWISE_CONV_2D, add_bytes, isums);
  for (int32_t i = 0; i < count; i++)
    {
      const LsMultiplier m = ls_quantize_multiplier ((double) in_scale * (double) scales[i % c->o]
                                                     / (double) out_scale);

      qy[i] = (int8_t) ls_clamp_i32 (ls_mbqm ((int32_t) isums[i] + qb[i % c->o], m) - 3, -128, 127);
    }
  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (c->n, c->h, c->w, c->c), qx), in_scale, zero_in);
  one_quant_channels (one_constant (&one, LS_TYPE_INT8, 4, filter, qf), scales, (uint32_t) c->o,
                      kind == LS_OP_CONV_2D ? 0 : 3);
  one_constant (&one, LS_TYPE_INT32, SHAPE (c->o), qb);
  one_quant (one_output (&one, LS_TYPE_INT8, 4, out, qy, (size_t) count), out_scale, -3);
  return one_passes (&one);
}

static bool
int16_passes (const Case *c, int kind)
{
  int32_t filter[4], out[4];
  OneOp one = new_op (c, kind, filter, out);
  const int32_t count = out[0] * out[1] * out[2] * out[3];
  const float in_scale = 0.0001f, out_scale = 0.002f;

  memset (isums, 0, sizeof isums);
  each_product (c, kind == LS_OP_DEPTHWISE_CONV_2D, add_words, isums);
  for (int32_t i = 0; i < count; i++)
    {
      const LsMultiplier m = ls_quantize_multiplier ((double) in_scale * (double) scales[i % c->o]
                                                     / (double) out_scale);

      hy[i] = (int16_t) ls_clamp_i32 (ls_mbqm64 (isums[i] + wb[i % c->o], m), -32768, 32767);
    }
  one_quant (one_input (&one, LS_TYPE_INT16, SHAPE (c->n, c->h, c->w, c->c), hx), in_scale, 0);
  one_quant_channels (one_constant (&one, LS_TYPE_INT8, 4, filter, qf), scales, (uint32_t) c->o,
                      kind == LS_OP_CONV_2D ? 0 : 3);
  one_constant (&one, LS_TYPE_INT64, SHAPE (c->o), wb);
  one_quant (one_output (&one, LS_TYPE_INT16, 4, out, hy, (size_t) count * sizeof *hy), out_scale,
             0);
  return one_passes (&one);
}

/* The same geometry with each input channel giving two of its own. */
static Case
depthwise_case (const Case *c)
{
  Case d = *c;

  d.c = c->c > 20 ? 20 : c->c;
  d.o = d.c * (c->n + 1);
  d.groups = 1;
  return d;
}

static void
float_convolutions_are_sums_of_products (void)
{
  for (int i = 0; i < N_CASES; i++)
    CHECK (float_passes (&cases[i], LS_OP_CONV_2D, i % 2 == 0));
}

static void
int8_convolutions_are_exact (void)
{
  for (int i = 0; i < N_CASES; i++)
    CHECK (int8_passes (&cases[i], LS_OP_CONV_2D));
}

static void
int16_convolutions_have_wide_sums (void)
{
  for (int i = 0; i < N_CASES; i++)
    CHECK (int16_passes (&cases[i], LS_OP_CONV_2D));
}

static void
depthwise_convolutions_keep_channels_apart (void)
{
  for (int i = 0; i < N_CASES; i++)
    {
      const Case d = depthwise_case (&cases[i]);

      CHECK (float_passes (&d, LS_OP_DEPTHWISE_CONV_2D, i % 2 == 0));
      CHECK (int8_passes (&d, LS_OP_DEPTHWISE_CONV_2D));
      CHECK (int16_passes (&d, LS_OP_DEPTHWISE_CONV_2D));
    }
}

/* ---- Transposed --------------------------------------------------------------------------------
 */

/* In each_product() the "output" is the transposed one's input. */
static void
scatter_floats (void *sums, int32_t out, int32_t in, int32_t filter)
{
  const Case *c = *(const Case *const *) sums;
  /* The filter of a transposed convolution has the large image's channels outermost. */
  const int32_t depth = c->c, n_taps = c->kh * c->kw;
  const int32_t small = filter / depth / n_taps, tap = filter / depth % n_taps,
                large = filter % depth;

  dsums[in] += (double) fx[out] * (double) ff[(large * n_taps + tap) * c->o + small];
}

static void
transposed_convolutions_undo_the_shape (void)
{
  for (int i = 0; i < N_CASES; i++)
    {
      Case c = cases[i];
      const Case *at = &c;
      int32_t filter[4], out[4];

      c.dilation_h = c.dilation_w = c.groups = 1;

      OneOp one = new_op (&c, LS_OP_TRANSPOSE_CONV, filter, out);
      const int32_t large[] = { c.n, c.h, c.w, c.c };
      const int32_t count = c.n * c.h * c.w * c.c;

      memset (dsums, 0, sizeof dsums);
      each_product (&c, false, scatter_floats, &at);
      for (int32_t k = 0; k < count; k++)
        fy[k] = (float) (dsums[k] + (double) fb[k % c.c]);
      one.tolerance = 1e-6;
      one_constant (&one, LS_TYPE_INT32, SHAPE (4), large);
      one_constant (&one, LS_TYPE_FLOAT32, SHAPE (c.c, c.kh, c.kw, c.o), ff);
      one_input (&one, LS_TYPE_FLOAT32, 4, out, fx);
      one_constant (&one, LS_TYPE_FLOAT32, SHAPE (c.c), fb);
      one_output (&one, LS_TYPE_FLOAT32, 4, large, fy, (size_t) count * sizeof *fy);
      CHECK (one_passes (&one));
    }
}

static void
transposed_output_must_fit_the_input (void)
{
  const int32_t shape[] = { 1, 9, 4, 1 };
  OneOp one = one_op (LS_OP_TRANSPOSE_CONV);

  one_int (&one, "stride_h", 2);
  one_int (&one, "stride_w", 2);
  one_constant (&one, LS_TYPE_INT32, SHAPE (4), shape);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (1, 3, 3, 1), ff);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 2, 1), fx);
  one_output (&one, LS_TYPE_FLOAT32, 4, shape, fy, 0);
  CHECK (one_refused (&one, "needs 5 input pixels along axis 1"));
}

static void
mediapipe_transposed_convolution_adds_its_bias (void)
{
  /* SAME, strides 2: each input pixel is a 2 × 2 block, and the bias. */
  static const uint8_t options[12] = { 1, 0, 0, 0, 2, 0, 0, 0, 2 };
  const float x[] = { 1, 2, 3, 4 }, f[] = { 1, 10, 100, 1000 }, b[] = { 0.5f };
  const float y[] = { 1.5f, 10.5f, 2.5f, 20.5f, 100.5f, 1000.5f, 200.5f, 2000.5f,
                      3.5f, 30.5f, 4.5f, 40.5f, 300.5f, 3000.5f, 400.5f, 4000.5f };
  OneOp one = one_custom ("Convolution2DTransposeBias");

  one.custom_options = (LsBytes){ options, sizeof options };
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 2, 1), x);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 2, 1), f);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (1), b);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 1), y, sizeof y);
  CHECK (one_passes (&one));
  one.custom_options.size = 8;
  CHECK (one_refused (&one, "its options have 8 bytes instead of 12"));
}

/* ---- Three dimensions
 * ----------------------------------------------------------------------------
 */

/* Steps of one along the axes that are named ("dhw"). */
static void
one_steps (OneOp *one, const char *axes)
{
  static const char *const names[] = { ['d'] = "stride_d", ['h'] = "stride_h", ['w'] = "stride_w" };

  for (; *axes != '\0'; axes++)
    one_int (one, names[(int) *axes], 1);
}

static void
volumes_are_convolved (void)
{
  /* A sum over 2 × 2 × 2 of a volume 3 × 2 × 2, and its negative in a second channel. */
  const float x[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  const float f[] = { 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1 };
  const float y[] = { 36, -36, 68, -68 };
  OneOp one = one_op (LS_OP_CONV_3D);

  one_steps (&one, "dhw");
  one_int (&one, "padding", 1);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 3, 2, 2, 1), x);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, 2, 1, 2), f);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 1, 1, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
volumes_are_convolved_back (void)
{
  const int32_t shape[] = { 1, 3, 1, 2, 1 };
  const float x[] = { 1, 10 }, f[] = { 1, 2, 3, 4 };
  const float y[] = { 1, 2, 13, 24, 30, 40 };
  OneOp one = one_op (LS_OP_CONV_3D_TRANSPOSE);

  one_steps (&one, "dhw");
  one_int (&one, "padding", 1);
  one_constant (&one, LS_TYPE_INT32, SHAPE (5), shape);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2, 1, 2, 1, 1), f);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 1, 1, 1), x);
  one_output (&one, LS_TYPE_FLOAT32, 5, shape, y, sizeof y);
  CHECK (one_passes (&one));
}

/* ---- What is refused
 * -----------------------------------------------------------------------------
 */

static void
filter_beyond_the_image_is_refused (void)
{
  OneOp one = one_op (LS_OP_CONV_2D);

  one_steps (&one, "hw");
  one_int (&one, "padding", 1);
  one_int (&one, "dilation_h_factor", 2);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 1), fx);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 3, 1), ff);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 1, 1), fy, 4);
  CHECK (one_refused (&one, "height 4 is smaller than the filter (4, dilation 2: 7)"));
}

static void
channels_that_make_no_groups_are_refused (void)
{
  OneOp one = one_op (LS_OP_CONV_2D);

  one_steps (&one, "hw");
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 3), fx);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (4, 1, 1, 2), ff);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 4), fy, 256);
  CHECK (one_refused (&one, "the input has 3 channels, the filter 2"));
}

static void
bias_of_another_length_is_refused (void)
{
  OneOp one = one_op (LS_OP_CONV_2D);

  one_steps (&one, "hw");
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 2), fx);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (4, 1, 1, 2), ff);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (3), fb);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 4), fy, 256);
  CHECK (one_refused (&one, "the bias has 3 elements for 4 channels"));
}

static void
convolution_without_options_is_refused (void)
{
  OneOp one = one_op (LS_OP_CONV_2D);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 2), fx);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (4, 1, 1, 2), ff);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, 4), fy, 256);
  CHECK (one_refused (&one, "stride_h is 0"));
}

int
main (void)
{
  fill ();
  RUN (float_convolutions_are_sums_of_products);
  RUN (int8_convolutions_are_exact);
  RUN (int16_convolutions_have_wide_sums);
  RUN (depthwise_convolutions_keep_channels_apart);
  RUN (transposed_convolutions_undo_the_shape);
  RUN (transposed_output_must_fit_the_input);
  RUN (mediapipe_transposed_convolution_adds_its_bias);
  RUN (volumes_are_convolved);
  RUN (volumes_are_convolved_back);
  RUN (filter_beyond_the_image_is_refused);
  RUN (channels_that_make_no_groups_are_refused);
  RUN (bias_of_another_length_is_refused);
  RUN (convolution_without_options_is_refused);
  return done ();
}
