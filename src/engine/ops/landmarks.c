/*
 * MediaPipe's operators on landmarks: Landmarks2TransformMatrix makes a matrix from a part of them,
 * TransformLandmarks applies it to others, TransformTensorBilinear cuts the same part out of a
 * picture. Version 2 of each, and the older version 1.
 *
 * Source of the rules: mediapipe/util/tflite/operations/landmarks_to_transform_matrix.cc,
 * transform_landmarks.cc, transform_tensor_bilinear.cc.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/flexmap.h"
#include "ops/shape.h"

static LsStatus
check_floats (const LsNode *node, LsError *error)
{
  for (uint32_t i = 0; i < node->n_in; i++)
    LS_TRY (ls_node_types (node, node->in[i], "input", LS_BIT (FLOAT32), error));
  return ls_node_types (node, node->out[0], "output", LS_BIT (FLOAT32), error);
}

/* The matrix of input 1: the first two of four rows are read. */
static LsStatus
check_matrix (const LsNode *node, LsError *error)
{
  if (node->in[1]->count >= 8)
    return LS_OK;
  return ls_node_invalid (node, error, "a matrix of shape %s", LS_SHAPE (node->in[1]));
}

/* ---- Landmarks2TransformMatrix ---------------------------------------------------------------
 */

typedef struct
{
  int32_t left, right; /* landmarks that lie on a level line */
  int32_t *subset;     /* those that the part holds */
  size_t n_subset;
  float rotation, scale_x, scale_y; /* version 2 */
  float range, multiplier;          /* version 1 */
  int32_t in_height, in_width, out_height, out_width;
} Landmarks;

typedef struct
{
  float m[4][4];
} Matrix;

static Matrix
multiply (const Matrix *a, const Matrix *b)
{
  Matrix product = { 0 };

  for (int r = 0; r < 4; r++)
    for (int c = 0; c < 4; c++)
      for (int k = 0; k < 4; k++)
        product.m[r][c] += a->m[r][k] * b->m[k][c];
  return product;
}

typedef struct
{
  float x, y;
} Point;

static Point
landmark (const float *data, int32_t index)
{
  return (Point){ data[3 * (size_t) index], data[3 * (size_t) index + 1] };
}

static Point
turn (Point p, float angle)
{
  return (Point){ p.x * cosf (angle) - p.y * sinf (angle),
                  p.x * sinf (angle) + p.y * cosf (angle) };
}

/* The smallest box around the turned subset: its size, and its centre turned back. */
static void
find_box (const Landmarks *l, const float *data, float angle, Point *centre, Point *size)
{
  Point low = turn (landmark (data, l->subset[0]), angle), high = low;

  for (size_t i = 1; i < l->n_subset; i++)
    {
      const Point p = turn (landmark (data, l->subset[i]), angle);

      low = (Point){ p.x < low.x ? p.x : low.x, p.y < low.y ? p.y : low.y };
      high = (Point){ p.x > high.x ? p.x : high.x, p.y > high.y ? p.y : high.y };
    }
  *size = (Point){ high.x - low.x, high.y - low.y };
  *centre = turn ((Point){ (low.x + high.x) / 2, (low.y + high.y) / 2 }, -angle);
}

static LsStatus
matrix_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Landmarks *l = node->state;
  const float *data = node->in[0]->data;
  const Point left = landmark (data, l->left), right = landmark (data, l->right);
  const float angle = l->rotation - atan2f (right.y - left.y, right.x - left.x);
  Point centre, size;

  find_box (l, data, angle, &centre, &size);

  const float c = cosf (-angle), s = sinf (-angle);
  const Matrix shift
    = { { { 1, 0, 0, centre.x }, { 0, 1, 0, centre.y }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } } };
  const Matrix rotate = { { { c, -s, 0, 0 }, { s, c, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } } };
  const Matrix scale = { { { l->scale_x * size.x / (float) l->out_width, 0, 0, 0 },
                           { 0, l->scale_y * size.y / (float) l->out_height, 0, 0 },
                           { 0, 0, 1, 0 },
                           { 0, 0, 0, 1 } } };
  const Matrix to_middle = { { { 1, 0, 0, -0.5f * (float) l->out_width },
                               { 0, 1, 0, -0.5f * (float) l->out_height },
                               { 0, 0, 1, 0 },
                               { 0, 0, 0, 1 } } };
  Matrix t = multiply (&shift, &rotate);

  t = multiply (&t, &scale);
  t = multiply (&t, &to_middle);
  memcpy (node->out[0]->data, t.m, sizeof t.m);
  return LS_OK;
}

/* Version 1 counts in positions from -1 to 1 between, and leaves the third row to the plane. */
static LsStatus
matrix_v1_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Landmarks *l = node->state;
  const float *data = node->in[0]->data;
  const Point left = landmark (data, l->left), right = landmark (data, l->right);
  const float angle = -atanf ((right.y - left.y) / (right.x - left.x));
  const float half_w = ((float) l->in_width - 1.0f) / 2.0f,
              half_h = ((float) l->in_height - 1.0f) / 2.0f;
  const float c = cosf (-angle), s = sinf (-angle);
  Point centre, size;

  find_box (l, data, angle, &centre, &size);

  const Matrix to_absolute
    = { { { half_w, 0, half_w, 0 }, { 0, half_h, half_h, 0 }, { 0, 0, 1, 0 } } };
  const Matrix rotate = { { { c, -s, centre.x / l->range * 2.0f - 1.0f, 0 },
                            { s, c, centre.y / l->range * 2.0f - 1.0f, 0 },
                            { 0, 0, 1, 0 } } };
  const Matrix scale = { { { size.x * l->multiplier / l->range, 0, 0, 0 },
                           { 0, size.y * l->multiplier / l->range, 0, 0 },
                           { 0, 0, 1, 0 } } };
  const Matrix to_relative = { { { 2.0f / ((float) l->out_width - 1.0f), 0, -1, 0 },
                                 { 0, 2.0f / ((float) l->out_height - 1.0f), -1, 0 },
                                 { 0, 0, 1, 0 } } };
  Matrix t = multiply (&to_absolute, &rotate);

  t = multiply (&t, &scale);
  t = multiply (&t, &to_relative);

  const float out[16]
    = { t.m[0][0], t.m[0][1], 0,         t.m[0][2], t.m[1][0], t.m[1][1], 0, t.m[1][2],
        t.m[2][0], t.m[2][1], t.m[2][2], 0,         0,         0,         0, 1 };

  memcpy (node->out[0]->data, out, sizeof out);
  return LS_OK;
}

static bool
read_index (LsFlex value, size_t n_landmarks, int32_t *out)
{
  const int64_t index = ls_flex_int (value, -1);

  *out = (int32_t) index;
  return index >= 0 && (uint64_t) index < n_landmarks;
}

static LsStatus
read_subset (LsNode *node, Landmarks *l, LsFlex list, LsError *error)
{
  const size_t n_landmarks = node->in[0]->count / 3;

  l->n_subset = ls_flex_count (list);
  l->subset = ls_node_alloc (node, l->n_subset, sizeof *l->subset, error);
  if (l->subset == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < l->n_subset; i++)
    if (!read_index (ls_flex_at (list, i), n_landmarks, &l->subset[i]))
      return ls_node_invalid (node, error, "landmark %" PRId32 " is not one of %zu", l->subset[i],
                              n_landmarks);
  if (l->n_subset == 0)
    return ls_node_invalid (node, error, "no landmarks are chosen");
  return LS_OK;
}

static LsStatus
read_landmarks (LsNode *node, Landmarks *l, bool is_first_version, LsError *error)
{
  const LsFlex root = ls_flex_root (node->def->custom_options);
  const size_t n_landmarks = node->in[0]->count / 3;

  if (!read_index (ls_flex_get (root, "left_rotation_idx"), n_landmarks, &l->left)
      || !read_index (ls_flex_get (root, "right_rotation_idx"), n_landmarks, &l->right))
    return ls_node_invalid (node, error, "landmarks %" PRId32 " and %" PRId32 " are not two of %zu",
                            l->left, l->right, n_landmarks);
  LS_TRY (
    read_subset (node, l, ls_flex_get (root, is_first_version ? "subset" : "subset_idxs"), error));
  if (is_first_version)
    {
      const LsFlex in = ls_flex_get (root, "input_hw"), out = ls_flex_get (root, "output_hw");

      l->in_height = (int32_t) ls_flex_int (ls_flex_at (in, 0), 0);
      l->in_width = (int32_t) ls_flex_int (ls_flex_at (in, 1), 0);
      l->out_height = (int32_t) ls_flex_int (ls_flex_at (out, 0), 0);
      l->out_width = (int32_t) ls_flex_int (ls_flex_at (out, 1), 0);
      l->range = (float) ls_flex_int (ls_flex_get (root, "landmarks_range"), 0);
      l->multiplier = (float) ls_flex_float (ls_flex_get (root, "bbox_size_multiplier"), 0);
      l->scale_x = l->scale_y = l->multiplier;
    }
  else
    {
      l->in_height = l->in_width = 1;
      l->range = 1;
      l->out_height = (int32_t) ls_flex_int (ls_flex_get (root, "output_height"), 0);
      l->out_width = (int32_t) ls_flex_int (ls_flex_get (root, "output_width"), 0);
      l->rotation = (float) ls_flex_float (ls_flex_get (root, "target_rotation_radians"), 0);
      l->scale_x = (float) ls_flex_float (ls_flex_get (root, "scale_x"), 0);
      l->scale_y = (float) ls_flex_float (ls_flex_get (root, "scale_y"), 0);
    }
  if (l->in_height > 0 && l->in_width > 0 && l->out_height > 0 && l->out_width > 0 && l->range > 0
      && l->scale_x > 0 && l->scale_y > 0)
    return LS_OK;
  return ls_node_invalid (node, error,
                          "options for %" PRId32 " by %" PRId32 ", scaled by %g and %g",
                          l->out_height, l->out_width, (double) l->scale_x, (double) l->scale_y);
}

static LsStatus
matrix_prepare (LsNode *node, LsError *error)
{
  const bool is_first_version = node->def->version == 1;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (check_floats (node, error));

  Landmarks *l = ls_node_alloc (node, 1, sizeof *l, error);

  if (l == NULL)
    return LS_E_NO_MEMORY;
  node->state = l;
  LS_TRY (read_landmarks (node, l, is_first_version, error));
  LS_TRY (ls_node_output (node, 0, 3, (const int32_t[]){ 1, 4, 4 }, error));
  ls_node_phase (node, is_first_version ? matrix_v1_run : matrix_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_landmarks_to_transform_matrix = { matrix_prepare, 0, 2, "float32" };

/* ---- TransformLandmarks ----------------------------------------------------------------------
 */

typedef struct
{
  size_t n; /* numbers of a landmark: 2 or 3, of which the third stays */
  float scale;
} Transform;

/* Unit u is landmark u. */
static LsStatus
landmarks_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Transform *t = node->state;
  const float *m = node->in[1]->data;

  for (size_t u = begin; u < end; u++)
    {
      const float *x = (const float *) node->in[0]->data + u * t->n;
      float *y = (float *) node->out[0]->data + u * t->n;

      y[0] = m[0] * x[0] + m[1] * x[1] + m[2] * 0.0f + m[3] * t->scale;
      y[1] = m[4] * x[0] + m[5] * x[1] + m[6] * 0.0f + m[7] * t->scale;
      if (t->n == 3)
        y[2] = x[2];
    }
  return LS_OK;
}

static LsStatus
landmarks_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));
  LS_TRY (check_floats (node, error));
  LS_TRY (check_matrix (node, error));

  const LsValue *in = node->in[0];
  const LsBytes options = node->def->custom_options;
  const bool is_first_version = node->def->version == 1;
  const int64_t n = is_first_version ? ls_flexmap_int (options, "dimensions", 3)
                    : in->rank > 0   ? in->dims[in->rank - 1]
                                     : 0;
  Transform *t = ls_node_alloc (node, 1, sizeof *t, error);

  if (t == NULL)
    return LS_E_NO_MEMORY;
  node->state = t;
  t->scale = is_first_version ? (float) ls_flexmap_float (options, "scale", 1) : 1.0f;
  if ((n != 2 && n != 3) || in->count % (size_t) n != 0)
    return ls_node_invalid (node, error, "landmarks of %" PRId64 " numbers in %s", n,
                            LS_SHAPE (in));
  t->n = (size_t) n;
  LS_TRY (ls_node_output_like (node, 0, in, error));
  if (in->count > 0)
    ls_node_phase (node, landmarks_run, in->count / t->n, 4096);
  return LS_OK;
}

const LsOp ls_op_transform_landmarks = { landmarks_prepare, 0, 2, "float32" };

/* ---- TransformTensorBilinear -----------------------------------------------------------------
 */

/* One output position: how far right and down of the first of four input positions it lies. */
static void
blend (const LsValue *in, double x, double y, float *out)
{
  const size_t channels = (size_t) in->dims[3], row = (size_t) in->dims[2] * channels;
  const double left = floor (x), top = floor (y), right_share = x - left, lower_share = y - top;
  const float *first = (const float *) in->data + (size_t) top * row + (size_t) left * channels;
  const bool has_right = left + 1 < in->dims[2], has_lower = top + 1 < in->dims[1];

  for (size_t c = 0; c < channels; c++)
    {
      const float q11 = first[c], q21 = has_right ? first[channels + c] : 0.0f;
      const float q12 = has_lower ? first[row + c] : 0.0f,
                  q22 = has_lower && has_right ? first[row + channels + c] : 0.0f;
      const float upper = (float) ((1.0 - right_share) * q11 + right_share * q21);
      const float lower = (float) ((1.0 - right_share) * q12 + right_share * q22);

      out[c] = (float) (lower_share * lower + (1.0 - lower_share) * upper);
    }
}

/* Unit u is one output row. What lies outside the input is 0. */
static LsStatus
picture_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *in = node->in[0], *out = node->out[0];
  const float *m = node->in[1]->data;
  const bool is_centred = node->def->version != 1; /* counts from the middle of a position */
  const float shift_x = is_centred ? (float) (m[3] + (m[0] * 0.5 + m[1] * 0.5 - 0.5)) : m[3],
              shift_y = is_centred ? (float) (m[7] + (m[4] * 0.5 + m[5] * 0.5 - 0.5)) : m[7];
  const size_t channels = (size_t) in->dims[3];

  for (size_t u = begin; u < end; u++)
    for (int32_t i = 0; i < out->dims[2]; i++)
      {
        const float x = m[0] * (float) i + m[1] * (float) u + m[2] * 0.0f + shift_x,
                    y = m[4] * (float) i + m[5] * (float) u + m[6] * 0.0f + shift_y;
        float *to = (float *) out->data + (u * (size_t) out->dims[2] + (size_t) i) * channels;

        if (x >= 0.0f && x <= (float) (in->dims[2] - 1) && y >= 0.0f
            && y <= (float) (in->dims[1] - 1))
          blend (in, x, y, to);
        else
          memset (to, 0, channels * sizeof *to);
      }
  return LS_OK;
}

static LsStatus
picture_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));
  LS_TRY (check_floats (node, error));
  LS_TRY (check_matrix (node, error));

  const LsValue *in = node->in[0];
  const LsFlex root = ls_flex_root (node->def->custom_options),
               size = ls_flex_get (root, "output_size");
  const bool is_first_version = node->def->version == 1;
  const int64_t height = is_first_version ? ls_flex_int (ls_flex_at (size, 0), 0)
                                          : ls_flex_int (ls_flex_get (root, "output_height"), 0),
                width = is_first_version ? ls_flex_int (ls_flex_at (size, 1), 0)
                                         : ls_flex_int (ls_flex_get (root, "output_width"), 0);

  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  if (in->dims[0] != 1 || in->dims[1] < 1 || in->dims[2] < 1 || height < 1 || height > 1 << 20
      || width < 1 || width > 1 << 20)
    return ls_node_invalid (node, error, "%s cut to %" PRId64 " by %" PRId64, LS_SHAPE (in), height,
                            width);
  LS_TRY (ls_node_output (
    node, 0, 4, (const int32_t[]){ 1, (int32_t) height, (int32_t) width, in->dims[3] }, error));
  ls_node_phase (node, picture_run, (size_t) height,
                 ls_grain ((size_t) width * (size_t) in->dims[3] * 8 + 64));
  return LS_OK;
}

const LsOp ls_op_transform_tensor_bilinear = { picture_prepare, 0, 2, "float32" };
