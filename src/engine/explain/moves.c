/*
 * Operators that take an element from another place as it is: which place that is.
 *
 * Sources: tflite/kernels/ and internal/reference/ of transpose, slice, strided_slice, pad,
 * mirror_pad, split, pack, gather, space_to_depth, space_to_batch_nd, tile, reverse and
 * resize_nearest_neighbor.
 */
#include "explain/taps.h"
#include "ops/shape.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Where the element comes from. */
typedef struct
{
  const LsValue *value;
  int32_t at[LS_MAX_RANK];
  bool is_outside; /* nowhere: padding */
} Source;

/* A number that both a tap and a small type of C hold. */
static bool
is_small (LsType type)
{
  return type == LS_TYPE_FLOAT32 || type == LS_TYPE_INT8 || type == LS_TYPE_UINT8
         || type == LS_TYPE_INT16 || type == LS_TYPE_INT32 || ls_type_bits (type) < 8;
}

LsStatus
ls_explain_take (LsExplainer *e, const LsValue *value, const int32_t *at, LsError *error)
{
  const size_t element = ls_explain_index (value, at);
  const char *formula = "x[0]";
  const int operand = ls_explain_operand (e, "input", value, 0);

  if (ls_type_bits (value->type) > 64 || value->type == LS_TYPE_FLOAT64
      || value->type == LS_TYPE_COMPLEX64)
    return ls_explain_unsupported (e, error, "%s", ls_type_name (value->type));
  e->out->arithmetic = "Nothing is computed: the element is stored as it stands elsewhere.";
  e->out->float_value = ls_explain_real (value, 0, ls_explain_get (value, element));
  if (is_small (value->type))
    {
      e->out->x_operand = operand;
      ls_explain_tap_at (e, value, at);
      LS_TRY (ls_explain_check_taps (e, error));
    }
  else
    {
      formula = "a";
      ls_explain_read (e, "a", value, element);
    }
  if (ls_type_is_float (value->type))
    ls_explain_store_float (e, formula, (float) ls_explain_get (value, element));
  else
    ls_explain_store_plain (e, formula, ls_explain_get_int (value, element));
  return LS_OK;
}

static LsStatus
take_from (LsExplainer *e, const Source *source, LsError *error)
{
  for (int i = 0; i < source->value->rank; i++)
    if (source->at[i] < 0 || source->at[i] >= source->value->dims[i])
      return ls_explain_unsupported (e, error, "a place outside its input");
  return ls_explain_take (e, source->value, source->at, error);
}

/* Input 0 at the output's own place, to begin with. */
static Source
same_place (const LsExplainer *e)
{
  Source source = { .value = e->node->in[0] };

  memcpy (source.at, e->at, sizeof source.at);
  return source;
}

static int64_t
entry (const LsExplainer *e, uint32_t in, size_t index)
{
  return ls_explain_get_int (e->node->in[in], index);
}

/* ---- The same order ---------------------------------------------------------------------------
 */

LsStatus
ls_explain_view (LsExplainer *e, LsError *error)
{
  Source source = { .value = e->node->in[0] };

  ls_explain_place (source.value, e->element, source.at);
  return take_from (e, &source, error);
}

LsStatus
ls_explain_transpose (LsExplainer *e, LsError *error)
{
  Source source = { .value = e->node->in[0] };

  for (int i = 0; i < source.value->rank; i++)
    {
      const int64_t axis = entry (e, 1, (size_t) i);

      source.at[axis < 0 ? axis + source.value->rank : axis] = e->at[i];
    }
  return take_from (e, &source, error);
}

/* ---- Parts and wholes --------------------------------------------------------------------------
 */

LsStatus
ls_explain_slice (LsExplainer *e, LsError *error)
{
  Source source = same_place (e);

  for (int i = 0; i < source.value->rank; i++)
    source.at[i] += (int32_t) entry (e, 1, (size_t) i);
  return take_from (e, &source, error);
}

/* The first place along an axis; StartForAxis() of reference/strided_slice.h. */
static int64_t
start_of (const LsExplainer *e, int axis, int64_t step)
{
  const int64_t dim = e->node->in[0]->dims[axis], begin = entry (e, 1, (size_t) axis);
  const int64_t start = begin < 0 ? begin + dim : begin;

  if ((ls_attr_int (e->node->def, "begin_mask", 0) >> axis & 1) != 0)
    return step > 0 ? 0 : dim - 1;
  return start < 0 ? 0 : start >= dim ? dim - 1 : start;
}

LsStatus
ls_explain_strided_slice (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const int64_t shrink = ls_attr_int (node->def, "shrink_axis_mask", 0);
  Source source = { .value = node->in[0] };
  int out = 0;

  if (ls_attr_int (node->def, "ellipsis_mask", 0) != 0
      || ls_attr_int (node->def, "new_axis_mask", 0) != 0)
    return ls_explain_unsupported (e, error, "an ellipsis or new axes");
  for (int i = 0; i < source.value->rank; i++)
    {
      const bool is_whole = (size_t) i >= node->in[1]->count;
      const int64_t step = is_whole ? 1 : entry (e, 3, (size_t) i);
      const int64_t start = is_whole ? 0 : start_of (e, i, step);
      const bool is_shrunk = !is_whole && (shrink >> i & 1) != 0;

      source.at[i] = (int32_t) (is_shrunk ? start : start + step * e->at[out]);
      out += !is_shrunk;
    }
  return take_from (e, &source, error);
}

/* The first output, which begins where the input does. */
LsStatus
ls_explain_split (LsExplainer *e, LsError *error)
{
  Source source = same_place (e);

  source.value = e->node->in[1];
  return take_from (e, &source, error);
}

LsStatus
ls_explain_split_v (LsExplainer *e, LsError *error)
{
  const Source source = same_place (e);

  return take_from (e, &source, error);
}

LsStatus
ls_explain_unpack (LsExplainer *e, LsError *error)
{
  const LsValue *in = e->node->in[0];
  Source source = { .value = in };
  int axis = 0;

  LS_TRY (ls_node_axis (e->node, ls_attr_int (e->node->def, "axis", 0), in->rank, &axis, error));
  for (int i = 0, k = 0; i < in->rank; i++)
    source.at[i] = i == axis ? 0 : e->at[k++];
  return take_from (e, &source, error);
}

LsStatus
ls_explain_pack (LsExplainer *e, LsError *error)
{
  const int rank = e->node->out[0]->rank;
  Source source = { 0 };
  int axis = 0;

  LS_TRY (ls_node_axis (e->node, ls_attr_int (e->node->def, "axis", 0), rank, &axis, error));
  source.value = e->node->in[e->at[axis]];
  for (int i = 0, k = 0; i < rank; i++)
    if (i != axis)
      source.at[k++] = e->at[i];
  return take_from (e, &source, error);
}

LsStatus
ls_explain_gather (LsExplainer *e, LsError *error)
{
  const LsValue *in = e->node->in[0], *indices = e->node->in[1];
  const int n_batches = (int) ls_attr_int (e->node->def, "batch_dims", 0);
  Source source = { .value = in };
  int32_t index_at[LS_MAX_RANK] = { 0 };
  int axis = 0;

  LS_TRY (ls_node_axis (e->node, ls_attr_int (e->node->def, "axis", 0), in->rank, &axis, error));
  if (n_batches < 0)
    return ls_explain_unsupported (e, error, "batch_dims below 0");
  for (int i = 0; i < axis; i++)
    source.at[i] = e->at[i];
  for (int i = 0; i < indices->rank; i++)
    index_at[i] = i < n_batches ? e->at[i] : e->at[axis + i - n_batches];
  for (int i = axis + 1; i < in->rank; i++)
    source.at[i] = e->at[i + indices->rank - n_batches - 1];
  source.at[axis] = (int32_t) entry (e, 1, ls_explain_index (indices, index_at));
  return take_from (e, &source, error);
}

/* ---- Padding -----------------------------------------------------------------------------------
 */

static LsStatus
take_padding (LsExplainer *e)
{
  const LsValue *y = e->node->out[0];

  e->out->arithmetic = "Padding: the zero point stands for 0.";
  e->out->float_value = 0;
  ls_explain_operand (e, "input", e->node->in[0], 0);
  if (ls_type_is_float (y->type))
    ls_explain_store_float (e, "0", 0);
  else
    {
      ls_explain_i32 (e, "output_zero_point", "zero point of the output", NULL, y->zero_point);
      ls_explain_store_plain (e, "output_zero_point", y->zero_point);
    }
  return LS_OK;
}

LsStatus
ls_explain_pad (LsExplainer *e, LsError *error)
{
  Source source = same_place (e);
  bool is_outside = false;

  for (int i = 0; i < source.value->rank; i++)
    {
      source.at[i] -= (int32_t) entry (e, 1, 2 * (size_t) i);
      is_outside |= source.at[i] < 0 || source.at[i] >= source.value->dims[i];
    }
  if (!is_outside)
    return take_from (e, &source, error);
  if (e->node->n_in < 3 || e->node->in[2] == NULL)
    return take_padding (e);
  return ls_explain_take (e, e->node->in[2], (int32_t[LS_MAX_RANK]){ 0 }, error);
}

LsStatus
ls_explain_mirror_pad (LsExplainer *e, LsError *error)
{
  const int32_t edge = ls_attr_int (e->node->def, "mode", 0) == 0 ? 1 : 0;
  Source source = same_place (e);

  for (int i = 0; i < source.value->rank; i++)
    {
      const int32_t n = source.value->dims[i];
      int32_t at = source.at[i] - (int32_t) entry (e, 1, 2 * (size_t) i);

      at = at < 0 ? -at - 1 + edge : at;
      source.at[i] = at >= n ? 2 * n - 1 - at - edge : at;
    }
  return take_from (e, &source, error);
}

/* ---- Blocks ------------------------------------------------------------------------------------
 */

LsStatus
ls_explain_space_to_depth (LsExplainer *e, LsError *error)
{
  const int32_t block = (int32_t) ls_attr_int (e->node->def, "block_size", 1);
  Source source = same_place (e);
  const int32_t depth = source.value->dims[3], part = e->at[3] / depth;

  source.at[1] = e->at[1] * block + part / block;
  source.at[2] = e->at[2] * block + part % block;
  source.at[3] = e->at[3] % depth;
  return take_from (e, &source, error);
}

LsStatus
ls_explain_depth_to_space (LsExplainer *e, LsError *error)
{
  const int32_t block = (int32_t) ls_attr_int (e->node->def, "block_size", 1);
  Source source = same_place (e);

  source.at[1] = e->at[1] / block;
  source.at[2] = e->at[2] / block;
  source.at[3] += (e->at[1] % block * block + e->at[2] % block) * e->node->out[0]->dims[3];
  return take_from (e, &source, error);
}

LsStatus
ls_explain_space_to_batch_nd (LsExplainer *e, LsError *error)
{
  const int n = (int) e->node->in[1]->count;
  Source source = same_place (e);
  int32_t part = e->at[0] / source.value->dims[0];
  bool is_outside = false;

  source.at[0] = e->at[0] % source.value->dims[0];
  for (int i = n; i >= 1; i--)
    {
      const int32_t block = (int32_t) entry (e, 1, (size_t) i - 1);

      source.at[i] = e->at[i] * block + part % block - (int32_t) entry (e, 2, 2 * (size_t) (i - 1));
      part /= block;
      is_outside |= source.at[i] < 0 || source.at[i] >= source.value->dims[i];
    }
  return is_outside ? take_padding (e) : take_from (e, &source, error);
}

LsStatus
ls_explain_batch_to_space_nd (LsExplainer *e, LsError *error)
{
  const int n = (int) e->node->in[1]->count;
  Source source = same_place (e);
  int32_t part = 0;

  for (int i = 1; i <= n; i++)
    {
      const int32_t block = (int32_t) entry (e, 1, (size_t) i - 1);
      const int32_t at = e->at[i] + (int32_t) entry (e, 2, 2 * (size_t) (i - 1));

      part = part * block + at % block;
      source.at[i] = at / block;
    }
  source.at[0] += part * e->node->out[0]->dims[0];
  return take_from (e, &source, error);
}

/* ---- Again and backwards -----------------------------------------------------------------------
 */

LsStatus
ls_explain_tile (LsExplainer *e, LsError *error)
{
  Source source = same_place (e);

  for (int i = 0; i < source.value->rank; i++)
    source.at[i] %= source.value->dims[i];
  return take_from (e, &source, error);
}

LsStatus
ls_explain_broadcast_to (LsExplainer *e, LsError *error)
{
  Source source = { .value = e->node->in[0] };

  ls_explain_place (source.value, ls_explain_broadcast (e, source.value), source.at);
  return take_from (e, &source, error);
}

LsStatus
ls_explain_reverse_v2 (LsExplainer *e, LsError *error)
{
  Source source = same_place (e);

  for (size_t i = 0; i < e->node->in[1]->count; i++)
    {
      int axis = 0;

      LS_TRY (ls_node_axis (e->node, entry (e, 1, i), source.value->rank, &axis, error));
      source.at[axis] = source.value->dims[axis] - 1 - e->at[axis];
    }
  return take_from (e, &source, error);
}

LsStatus
ls_explain_resize_nearest_neighbor (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const bool is_aligned = ls_attr_int (node->def, "align_corners", 0) != 0;
  const bool is_half = ls_attr_int (node->def, "half_pixel_centers", 0) != 0;
  Source source = same_place (e);

  for (int i = 1; i <= 2; i++)
    {
      const int32_t in = source.value->dims[i], out = node->out[0]->dims[i];
      const float scale
        = is_aligned && out > 1 ? (float) (in - 1) / (float) (out - 1) : (float) in / (float) out;
      const float at = ((float) e->at[i] + (is_half ? 0.5f : 0)) * scale;
      const int32_t nearest = (int32_t) (is_aligned ? roundf (at) : floorf (at));

      source.at[i] = nearest < 0 ? 0 : nearest >= in ? in - 1 : nearest;
    }
  return take_from (e, &source, error);
}
