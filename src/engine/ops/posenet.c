/*
 * PosenetDecoderOp: people found from maps of where their keypoints are. Inputs: heatmaps [1, h, w,
 * 17] (log odds), short offsets [1, h, w, 2 · 17] and middle offsets [1, h, w, 4 · 16] in pixels,
 * all float32 or uint8. Outputs: keypoints [1, n, 17, 2] as y, x in pixels, their scores [1, n,
 * 17], the poses' scores [1, n], how many [1]; the rest is 0.
 *
 * Source: google-coral/edgetpu src/cpp/posenet/posenet_decoder.cc and posenet_decoder_op.cc. The
 * way is that of PersonLab (Papandreou et al., 2018).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/flexmap.h"
#include "ops/heap.h"
#include "ops/shape.h"

enum
{
  KEYPOINTS = 17,
  BONES = 16,
  SHORTS = 2 * KEYPOINTS,       /* channels: all y, then all x */
  MIDDLES = 4 * BONES,          /* channels: down the bones y, x, up the bones y, x */
  MOST_WAITING = 1 + 2 * BONES, /* each bone is followed at most once each way */
  REFINEMENTS = 5
};

/* The bones from the nose outwards: nose 0, eyes 1 2, ears 3 4, shoulders 5 6, elbows 7 8, wrists 9
 * 10, hips 11 12, knees 13 14, ankles 15 16; left before right. */
static const uint8_t bones[BONES][2]
  = { { 0, 1 },   { 1, 3 },   { 0, 2 }, { 2, 4 }, { 0, 5 },  { 5, 7 },  { 7, 9 },   { 5, 11 },
      { 11, 13 }, { 13, 15 }, { 0, 6 }, { 6, 8 }, { 8, 10 }, { 6, 12 }, { 12, 14 }, { 14, 16 } };

typedef struct
{
  float y, x;
} Point;

typedef struct
{
  Point at; /* in positions of the maps */
  int32_t keypoint;
  float score;
} Candidate;

typedef struct
{
  Point points[KEYPOINTS];
  float scores[KEYPOINTS];
} Pose;

typedef struct
{
  int32_t most, stride;
  float threshold, radius;
  /* Where things stand in scratch. */
  size_t at_heat, at_shorts, at_middles, at_candidates, at_queue, at_poses, at_scores, at_order,
    at_spare;
} Options;

typedef struct
{
  const Options *options;
  int32_t height, width;
  float *heat, *shorts, *middles;
  Candidate *candidates;
  int32_t *queue;
  size_t n_candidates;
  Pose *poses;
  float *scores; /* of the poses */
  int32_t *order, *spare;
  int32_t n_poses;
} Decoder;

/* ---- Reading the maps ------------------------------------------------------------------------
 */

/* NaN counts as the first position. */
static float
hold (float x, int32_t n)
{
  const float last = (float) n - 1.0f;

  return !(x >= 0.0f) ? 0.0f : x > last ? last : x;
}

static Point
move (const Decoder *d, Point from, float dy, float dx)
{
  return (Point){ hold (from.y + dy, d->height), hold (from.x + dx, d->width) };
}

/* Channel @c of a map of @channels between four positions. */
static float
sample (const Decoder *d, const float *map, size_t channels, Point at, size_t c)
{
  const size_t row = (size_t) d->width * channels;
  const float y = floorf (at.y), x = floorf (at.x), lower = at.y - y, right = at.x - x;
  const float *top = map + (size_t) y * row + c, *bottom = map + (size_t) ceilf (at.y) * row + c;
  const size_t first = (size_t) x * channels, second = (size_t) ceilf (at.x) * channels;

  return (1.0f - lower) * ((1.0f - right) * top[first] + right * top[second])
         + lower * ((1.0f - right) * bottom[first] + right * bottom[second]);
}

/* Follows the bone from @from to keypoint @to. Edges 0 … 15 go down the bones, 16 … 31 up. */
static Point
follow (const Decoder *d, Point from, size_t edge, size_t to)
{
  /* The decoder compares with >, so that edge 16 reads the x of the first bone as its y. */
  const size_t channel = edge > BONES ? edge + BONES : edge;
  Point at = move (d, from, sample (d, d->middles, MIDDLES, from, channel),
                   sample (d, d->middles, MIDDLES, from, channel + BONES));

  for (int i = 0; i < REFINEMENTS; i++)
    at = move (d, at, sample (d, d->shorts, SHORTS, at, to),
               sample (d, d->shorts, SHORTS, at, KEYPOINTS + to));
  return at;
}

/* ---- Where a pose may begin ------------------------------------------------------------------
 */

static bool
scores_less (const void *context, int32_t a, int32_t b)
{
  const Candidate *candidates = context;

  return candidates[a].score < candidates[b].score;
}

static bool
is_local_maximum (const Decoder *d, int32_t y, int32_t x, size_t keypoint, float score)
{
  for (int32_t j = y > 0 ? y - 1 : 0; j <= y + 1 && j < d->height; j++)
    for (int32_t i = x > 0 ? x - 1 : 0; i <= x + 1 && i < d->width; i++)
      if (d->heat[((size_t) j * (size_t) d->width + (size_t) i) * KEYPOINTS + keypoint] > score)
        return false;
  return true;
}

static void
find_candidates_at (Decoder *d, int32_t y, int32_t x, float least)
{
  const size_t position = (size_t) y * (size_t) d->width + (size_t) x;
  const float *heat = d->heat + position * KEYPOINTS, *shorts = d->shorts + position * SHORTS;

  for (size_t k = 0; k < KEYPOINTS; k++)
    if (heat[k] >= least && is_local_maximum (d, y, x, k, heat[k]))
      {
        const Point at
          = move (d, (Point){ (float) y, (float) x }, shorts[k], shorts[k + KEYPOINTS]);
        const size_t n = d->n_candidates++;

        d->candidates[n] = (Candidate){ at, (int32_t) k, heat[k] };
        d->queue[n] = (int32_t) n;
        ls_heap_push (d->queue, n + 1, scores_less, d->candidates);
      }
}

static void
find_candidates (Decoder *d)
{
  const float least = (float) -log (1.0 / ((double) d->options->threshold + 1e-6) - 1.0);

  for (int32_t y = 0; y < d->height; y++)
    for (int32_t x = 0; x < d->width; x++)
      find_candidates_at (d, y, x, least);
}

/* ---- A pose ----------------------------------------------------------------------------------
 */

static bool
is_near (const Decoder *d, Point a, Point b)
{
  const float dy = b.y - a.y, dx = b.x - a.x;

  return dy * dy + dx * dx <= d->options->radius * d->options->radius;
}

static bool
is_of_known_pose (const Decoder *d, const Candidate *candidate)
{
  for (int32_t i = 0; i < d->n_poses; i++)
    if (is_near (d, candidate->at, d->poses[i].points[candidate->keypoint]))
      return true;
  return false;
}

/* The keypoints that wait to be taken up, best first. */
typedef struct
{
  Candidate all[MOST_WAITING];
  int32_t queue[MOST_WAITING];
  size_t n, n_queue;
} Waiting;

static void
wait (const Decoder *d, Waiting *w, Point at, size_t keypoint)
{
  w->all[w->n]
    = (Candidate){ at, (int32_t) keypoint, sample (d, d->heat, KEYPOINTS, at, keypoint) };
  w->queue[w->n_queue++] = (int32_t) w->n++;
  ls_heap_push (w->queue, w->n_queue, scores_less, w->all);
}

/* Walks from the first keypoint along all bones, better keypoints first. */
static void
build_pose (const Decoder *d, const Candidate *root, Pose *pose)
{
  Waiting w = { .n = 0 };
  bool is_done[KEYPOINTS] = { false };

  for (size_t k = 0; k < KEYPOINTS; k++)
    {
      pose->points[k] = (Point){ -1.0f, -1.0f };
      pose->scores[k] = -1e5f;
    }
  wait (d, &w, root->at, (size_t) root->keypoint);
  while (w.n_queue > 0)
    {
      ls_heap_pop (w.queue, w.n_queue, scores_less, w.all);

      const Candidate best = w.all[w.queue[--w.n_queue]];

      if (is_done[best.keypoint])
        continue;
      is_done[best.keypoint] = true;
      pose->points[best.keypoint] = best.at;
      pose->scores[best.keypoint] = best.score;
      for (size_t edge = 0; edge < 2 * BONES; edge++)
        {
          const size_t up = edge / BONES;
          const uint8_t *bone = bones[edge % BONES];

          if (bone[up] == best.keypoint && !is_done[bone[1 - up]])
            wait (d, &w, follow (d, best.at, edge, bone[1 - up]), bone[1 - up]);
        }
    }
  for (size_t k = 0; k < KEYPOINTS; k++)
    pose->scores[k] = 1.0f / (1.0f + expf (-pose->scores[k]));
}

/* Mean of the scores, added from the best on, of the keypoints that are not hidden. */
static float
mean_score (const Pose *pose, const bool *is_hidden)
{
  int32_t order[KEYPOINTS], spare[KEYPOINTS];
  float total = 0.0f;

  for (int32_t k = 0; k < KEYPOINTS; k++)
    order[k] = k;
  ls_sort_by_score (order, spare, KEYPOINTS, pose->scores);
  for (size_t k = 0; k < KEYPOINTS; k++)
    if (!is_hidden[order[k]])
      total += pose->scores[order[k]];
  return total / (float) KEYPOINTS;
}

/* ---- All poses -------------------------------------------------------------------------------
 */

static void
find_poses (LsNode *node, Decoder *d)
{
  static const bool none_hidden[KEYPOINTS];
  size_t n = d->n_candidates;

  while (d->n_poses < d->options->most && n > 0 && !ls_node_is_cancelled (node))
    {
      ls_heap_pop (d->queue, n, scores_less, d->candidates);

      const Candidate *root = &d->candidates[d->queue[--n]];

      if (is_of_known_pose (d, root))
        continue;
      build_pose (d, root, &d->poses[d->n_poses]);
      d->scores[d->n_poses] = mean_score (&d->poses[d->n_poses], none_hidden);
      if (d->scores[d->n_poses] >= d->options->threshold)
        d->n_poses++;
    }
}

static void
sort_poses (Decoder *d)
{
  for (int32_t i = 0; i < d->n_poses; i++)
    d->order[i] = i;
  ls_sort_by_score (d->order, d->spare, (size_t) d->n_poses, d->scores);
}

/* Scores the poses again without the keypoints that a better pose has as well. */
static void
score_again (LsNode *node, Decoder *d)
{
  for (int32_t i = 0; i < d->n_poses && !ls_node_is_cancelled (node); i++)
    {
      const Pose *pose = &d->poses[d->order[i]];
      bool is_hidden[KEYPOINTS] = { false };

      for (int32_t j = 0; j < i; j++)
        for (size_t k = 0; k < KEYPOINTS; k++)
          is_hidden[k] |= is_near (d, pose->points[k], d->poses[d->order[j]].points[k]);
      d->scores[d->order[i]] = mean_score (pose, is_hidden);
    }
}

static void
put_poses (LsNode *node, const Decoder *d)
{
  Point *points = node->out[0]->data;
  float *keypoint_scores = node->out[1]->data, *scores = node->out[2]->data;
  const float stride = (float) d->options->stride;
  int32_t n = 0;

  for (uint32_t i = 0; i < 3; i++)
    if (node->out[i]->n_bytes > 0)
      memset (node->out[i]->data, 0, node->out[i]->n_bytes);
  for (; n < d->n_poses && !(d->scores[d->order[n]] < d->options->threshold); n++)
    {
      const Pose *pose = &d->poses[d->order[n]];

      for (size_t k = 0; k < KEYPOINTS; k++)
        points[(size_t) n * KEYPOINTS + k]
          = (Point){ pose->points[k].y * stride, pose->points[k].x * stride };
      memcpy (keypoint_scores + (size_t) n * KEYPOINTS, pose->scores, sizeof pose->scores);
      scores[n] = d->scores[d->order[n]];
    }
  *(float *) node->out[3]->data = (float) n;
}

/* ---- Running ---------------------------------------------------------------------------------
 */

static void *
scratch_at (const LsNode *node, size_t offset)
{
  return (uint8_t *) node->scratch + offset;
}

static void
read_map (const LsValue *in, float scale, float *out)
{
  const float zero_point = (float) in->zero_point, step = in->scale * scale;

  if (in->type == LS_TYPE_FLOAT32)
    for (size_t i = 0; i < in->count; i++)
      out[i] = ((const float *) in->data)[i] * scale;
  else
    for (size_t i = 0; i < in->count; i++)
      out[i] = ((float) ((const uint8_t *) in->data)[i] - zero_point) * step;
}

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Options *o = node->state;
  const float scale = (float) (1.0 / o->stride);
  Decoder d = { .options = o,
                .height = node->in[0]->dims[1],
                .width = node->in[0]->dims[2],
                .heat = scratch_at (node, o->at_heat),
                .shorts = scratch_at (node, o->at_shorts),
                .middles = scratch_at (node, o->at_middles),
                .candidates = scratch_at (node, o->at_candidates),
                .queue = scratch_at (node, o->at_queue),
                .poses = scratch_at (node, o->at_poses),
                .scores = scratch_at (node, o->at_scores),
                .order = scratch_at (node, o->at_order),
                .spare = scratch_at (node, o->at_spare) };

  read_map (node->in[0], 1.0f, d.heat);
  read_map (node->in[1], scale, d.shorts);
  read_map (node->in[2], scale, d.middles);
  find_candidates (&d);
  find_poses (node, &d);
  sort_poses (&d);
  score_again (node, &d);
  sort_poses (&d);
  put_poses (node, &d);
  return LS_OK;
}

/* ---- Preparing -------------------------------------------------------------------------------
 */

static LsStatus
read_options (const LsNode *node, Options *o, LsError *error)
{
  const LsBytes options = node->def->custom_options;
  const int64_t most = ls_flexmap_int (options, "max_detections", 0),
                stride = ls_flexmap_int (options, "stride", 0);

  if (most < 0 || most > 1 << 16 || stride < 1 || stride > 1 << 16)
    return ls_node_invalid (node, error, "%" PRId64 " poses in steps of %" PRId64, most, stride);
  o->most = (int32_t) most;
  o->stride = (int32_t) stride;
  o->threshold = (float) ls_flexmap_float (options, "score_threshold", 0);
  o->radius = (float) ls_flexmap_float (options, "nms_radius", 0) / (float) stride;
  return LS_OK;
}

static LsStatus
check_maps (const LsNode *node, LsError *error)
{
  static const int32_t channels[] = { KEYPOINTS, SHORTS, MIDDLES };
  const LsValue *heat = node->in[0];

  for (uint32_t i = 0; i < 3; i++)
    {
      const LsValue *in = node->in[i];

      LS_TRY (ls_node_types (node, in, "input", LS_BIT (FLOAT32) | LS_BIT (UINT8), error));
      LS_TRY (ls_node_rank (node, in, "the maps", 4, 4, error));
      if (in->dims[0] != 1 || in->dims[1] != heat->dims[1] || in->dims[2] != heat->dims[2]
          || in->dims[3] != channels[i])
        return ls_node_invalid (node, error, "maps of shape %s beside %s", LS_SHAPE (in),
                                LS_SHAPE (heat));
    }
  for (uint32_t i = 0; i < 4; i++)
    LS_TRY (ls_node_types (node, node->out[i], "output", LS_BIT (FLOAT32), error));
  return LS_OK;
}

static bool
lay_out (const LsNode *node, Options *o, size_t *total)
{
  const size_t n = node->in[0]->count, poses = (size_t) o->most;

  *total = 0;
  return n <= INT32_MAX && ls_take_scratch (total, &o->at_heat, n, sizeof (float))
         && ls_take_scratch (total, &o->at_shorts, node->in[1]->count, sizeof (float))
         && ls_take_scratch (total, &o->at_middles, node->in[2]->count, sizeof (float))
         && ls_take_scratch (total, &o->at_candidates, n, sizeof (Candidate))
         && ls_take_scratch (total, &o->at_queue, n, sizeof (int32_t))
         && ls_take_scratch (total, &o->at_poses, poses, sizeof (Pose))
         && ls_take_scratch (total, &o->at_scores, poses, sizeof (float))
         && ls_take_scratch (total, &o->at_order, poses, sizeof (int32_t))
         && ls_take_scratch (total, &o->at_spare, poses, sizeof (int32_t));
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  size_t scratch;

  LS_TRY (ls_node_arity (node, 3, 3, 4, error));

  Options *o = ls_node_alloc (node, 1, sizeof *o, error);

  if (o == NULL)
    return LS_E_NO_MEMORY;
  node->state = o;
  LS_TRY (read_options (node, o, error));
  LS_TRY (check_maps (node, error));
  LS_TRY (ls_node_output (node, 0, 4, (const int32_t[]){ 1, o->most, KEYPOINTS, 2 }, error));
  LS_TRY (ls_node_output (node, 1, 3, (const int32_t[]){ 1, o->most, KEYPOINTS }, error));
  LS_TRY (ls_node_output (node, 2, 2, (const int32_t[]){ 1, o->most }, error));
  LS_TRY (ls_node_output (node, 3, 1, (const int32_t[]){ 1 }, error));
  if (!lay_out (node, o, &scratch))
    return ls_node_invalid (node, error, "maps of shape %s are too large", LS_SHAPE (node->in[0]));
  ls_node_want_scratch (node, scratch, 0);
  ls_node_phase (node, run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_posenet_decoder = { prepare, 0, 0, "float32, uint8" };
