/*
 * DenseImageWarp: each position of the output [b, h, w, c] is read from the input at a place that
 * the flow [b, h, w, 2] (down, right) is subtracted from, between four elements.
 *
 * Source: tflite/kernels/perception/dense_image_warp.cc.
 */
#include <math.h>

#include "ops/shape.h"

/* The first of two neighbours and how far towards the second, for a place within n positions, of
 * which there are at least two. NaN reads the first. */
static size_t
neighbour (float place, int32_t n, float *share)
{
  const float last = (float) (n - 2), first = floorf (place);
  const float at = !(first > 0.0f) ? 0.0f : first < last ? first : last;
  const float over = place - at;

  *share = !(over > 0.0f) ? 0.0f : over < 1.0f ? over : 1.0f;
  return (size_t) at;
}

/* Unit u is one row of a picture. */
static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *in = node->in[0];
  const size_t height = (size_t) in->dims[1], width = (size_t) in->dims[2],
               channels = (size_t) in->dims[3], row = width * channels;

  for (size_t u = begin; u < end; u++)
    for (size_t x = 0; x < width; x++)
      {
        const float *flow = (const float *) node->in[1]->data + 2 * (u * width + x);
        float down, right;
        const size_t top = neighbour ((float) (u % height) - flow[0], in->dims[1], &down),
                     left = neighbour ((float) x - flow[1], in->dims[2], &right);
        const float *upper
          = (const float *) in->data + (u / height * height + top) * row + left * channels,
          *lower = upper + row;
        float *out = (float *) node->out[0]->data + u * row + x * channels;

        for (size_t c = 0; c < channels; c++)
          {
            const float a = right * (upper[c + channels] - upper[c]) + upper[c],
                        b = right * (lower[c + channels] - lower[c]) + lower[c];

            out[c] = down * (b - a) + a;
          }
      }
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *flow = node->in[1];

  LS_TRY (ls_node_types (node, in, "input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, in, flow, error));
  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  LS_TRY (ls_node_rank (node, flow, "the flow", 4, 4, error));
  if (in->dims[1] < 2 || in->dims[2] < 2 || flow->dims[0] != in->dims[0]
      || flow->dims[1] != in->dims[1] || flow->dims[2] != in->dims[2] || flow->dims[3] != 2)
    return ls_node_invalid (node, error, "a flow of shape %s for %s", LS_SHAPE (flow),
                            LS_SHAPE (in));
  LS_TRY (ls_node_output_like (node, 0, in, error));
  if (in->count > 0)
    ls_node_phase (node, run, (size_t) in->dims[0] * (size_t) in->dims[1],
                   ls_grain ((size_t) in->dims[2] * ((size_t) in->dims[3] + 8) * 8));
  return LS_OK;
}

const LsOp ls_op_dense_image_warp = { prepare, 0, 0, "float32" };
