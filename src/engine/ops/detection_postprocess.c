/*
 * TFLite_Detection_PostProcess: boxes as offsets from anchors become rectangles, of which the best
 * that do not overlap are kept. Inputs: encodings [1, boxes, ≥ 4], scores [1, boxes, classes (+
 * 1)], anchors [boxes, 4]; outputs: rectangles, classes, scores, how many.
 *
 * Source: tflite/kernels/detection_postprocess.cc.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/boxes.h"
#include "ops/flexmap.h"
#include "ops/heap.h"
#include "ops/shape.h"

typedef struct
{
  int32_t most;                  /* detections */
  int32_t per_box;               /* classes of one detection, unless `is_regular` */
  int32_t per_class;             /* detections of one class, when `is_regular` */
  int32_t n_classes, background; /* classes before the first one: 0 or 1 */
  int32_t n_boxes;
  bool is_regular; /* each class by itself */
  float least_score, most_overlap;
  float scale_y, scale_x, scale_h, scale_w;
  /* Where things stand in scratch. */
  size_t at_rects, at_scores, at_order, at_merge, at_flags, at_selected, at_found, at_spare;
} Detection;

static void *
scratch_at (const LsNode *node, size_t offset)
{
  return (uint8_t *) node->scratch + offset;
}

/* ---- Reading inputs --------------------------------------------------------------------------
 */

static float
coordinate (const LsValue *value, size_t index)
{
  if (value->type == LS_TYPE_FLOAT32)
    return ((const float *) value->data)[index];
  return ((float) ((const uint8_t *) value->data)[index] - (float) value->zero_point)
         * value->scale;
}

static float
score_at (const LsValue *value, size_t index)
{
  if (value->type == LS_TYPE_FLOAT32)
    return ((const float *) value->data)[index];
  return (float) ((double) value->scale
                  * (((const uint8_t *) value->data)[index] - value->zero_point));
}

/* Score of class @class, background not counted. */
static float
class_score (const LsNode *node, size_t box, size_t class)
{
  const Detection *d = node->state;
  const LsValue *scores = node->in[1];

  return score_at (scores, box * (size_t) scores->dims[2] + (size_t) d->background + class);
}

static LsRect
decode (const LsNode *node, size_t box)
{
  const Detection *d = node->state;
  const LsValue *encodings = node->in[0], *anchors = node->in[2];
  const size_t at = box * (size_t) encodings->dims[2];
  const double ay = coordinate (anchors, 4 * box), ax = coordinate (anchors, 4 * box + 1),
               ah = coordinate (anchors, 4 * box + 2), aw = coordinate (anchors, 4 * box + 3);
  const float y = (float) ((double) coordinate (encodings, at) / (double) d->scale_y * ah + ay),
              x = (float) ((double) coordinate (encodings, at + 1) / (double) d->scale_x * aw + ax);
  const float half_h
    = (float) (0.5 * exp ((double) coordinate (encodings, at + 2) / (double) d->scale_h) * ah);
  const float half_w
    = (float) (0.5 * exp ((double) coordinate (encodings, at + 3) / (double) d->scale_w) * aw);

  return (LsRect){ y - half_h, x - half_w, y + half_h, x + half_w };
}

/* Phase 0, unit u is box u: its rectangle, and its best score. */
static LsStatus
decode_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Detection *d = node->state;
  LsRect *rects = scratch_at (node, d->at_rects);
  float *scores = scratch_at (node, d->at_scores);

  for (size_t box = begin; box < end; box++)
    {
      rects[box] = decode (node, box);
      if (rects[box].y0 > rects[box].y1 || rects[box].x0 > rects[box].x1)
        return ls_node_fail (node, LS_E_INVALID, "box %zu is turned inside out", box);
      scores[box] = class_score (node, box, 0);
      for (size_t class = 1; class < (size_t) d->n_classes; class ++)
        {
          const float score = class_score (node, box, class);

          scores[box] = score > scores[box] ? score : scores[box];
        }
    }
  return LS_OK;
}

/* ---- One class -------------------------------------------------------------------------------
 */

/* Keeps the best of scratch's scores that do not overlap a better one; gives how many there are in
 * @selected, which has room for @most. */
static int32_t
select_class (LsNode *node, int32_t most, int32_t *selected)
{
  const Detection *d = node->state;
  const LsRect *rects = scratch_at (node, d->at_rects);
  const float *scores = scratch_at (node, d->at_scores);
  int32_t *order = scratch_at (node, d->at_order);
  uint8_t *is_dropped = scratch_at (node, d->at_flags);
  size_t n = 0;
  int32_t n_selected = 0;

  for (int32_t box = 0; box < d->n_boxes; box++)
    if (scores[box] >= d->least_score)
      order[n++] = box;
  ls_sort_by_score (order, scratch_at (node, d->at_merge), n, scores);
  memset (is_dropped, 0, n);
  for (size_t i = 0; i < n && n_selected < most && !ls_node_is_cancelled (node); i++)
    {
      if (is_dropped[i])
        continue;
      selected[n_selected++] = order[i];
      for (size_t j = i + 1; j < n; j++)
        if (!is_dropped[j])
          is_dropped[j] = ls_rect_overlap (&rects[order[i]], &rects[order[j]]) > d->most_overlap;
    }
  return n_selected;
}

/* Detection @at of the outputs. */
static void
put (LsNode *node, size_t at, int32_t box, int32_t class)
{
  const Detection *d = node->state;
  const LsRect *rects = scratch_at (node, d->at_rects);

  memcpy ((float *) node->out[0]->data + 4 * at, &rects[box], sizeof *rects);
  ((float *) node->out[1]->data)[at] = (float) class;
  ((float *) node->out[2]->data)[at] = class_score (node, (size_t) box, (size_t) class);
}

/* ---- All classes at once: a box counts with its best class ------------------------------------
 */

typedef struct
{
  const LsNode *node;
  size_t box;
} Classes;

static bool
has_higher_score (const void *context, int32_t a, int32_t b)
{
  const Classes *c = context;

  return class_score (c->node, c->box, (size_t) a) > class_score (c->node, c->box, (size_t) b);
}

/* The best @n classes of a box, best first, in @order, which has room for all; of equals the order
 * is that of a partial sort by heap. */
static void
best_classes (const LsNode *node, size_t box, int32_t n_classes, int32_t n, int32_t *order)
{
  const Classes classes = { node, box };

  for (int32_t i = 0; i < n_classes; i++)
    order[i] = i;
  if (n == 1)
    {
      for (int32_t i = 1; i < n_classes; i++)
        if (has_higher_score (&classes, i, order[0]))
          order[0] = i;
      return;
    }
  ls_heap_make (order, (size_t) n, has_higher_score, &classes);
  for (int32_t i = n; i < n_classes; i++)
    if (has_higher_score (&classes, order[i], order[0]))
      order[i] = ls_heap_replace (order, (size_t) n, order[i], has_higher_score, &classes);
  ls_heap_sort (order, (size_t) n, has_higher_score, &classes);
}

static LsStatus
fast_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Detection *d = node->state;
  int32_t *selected = scratch_at (node, d->at_selected), *classes = scratch_at (node, d->at_spare);
  const int32_t n = select_class (node, d->most, selected);
  const int32_t n_best = d->per_box < d->n_classes ? d->per_box : d->n_classes;

  for (uint32_t i = 0; i < 3; i++)
    memset (node->out[i]->data, 0, node->out[i]->n_bytes);
  for (int32_t i = 0; i < n; i++)
    {
      best_classes (node, (size_t) selected[i], d->n_classes, n_best, classes);
      for (int32_t k = 0; k < n_best; k++)
        put (node, (size_t) i * (size_t) d->per_box + (size_t) k, selected[i], classes[k]);
    }
  *(float *) node->out[3]->data = (float) n;
  return LS_OK;
}

/* ---- Each class by itself --------------------------------------------------------------------
 */

typedef struct
{
  int32_t box, class;
  float score;
} Found;

/* Merges two sorted lists in a, the first of n and the second of m; equals of the first come first.
 */
static void
merge_found (Found *a, Found *spare, size_t n, size_t m)
{
  memcpy (spare, a, (n + m) * sizeof *a);
  for (size_t i = 0, j = n, k = 0; k < n + m; k++)
    a[k] = j == n + m || (i < n && !(spare[j].score > spare[i].score)) ? spare[i++] : spare[j++];
}

static LsStatus
regular_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Detection *d = node->state;
  float *scores = scratch_at (node, d->at_scores);
  int32_t *selected = scratch_at (node, d->at_selected);
  Found *found = scratch_at (node, d->at_found), *spare = scratch_at (node, d->at_spare);
  int32_t n = 0;

  for (int32_t class = 0; class < d->n_classes && !ls_node_is_cancelled (node); class ++)
    {
      for (int32_t box = 0; box < d->n_boxes; box++)
        scores[box] = class_score (node, (size_t) box, (size_t) class);

      const int32_t more = select_class (node, d->per_class, selected);

      for (int32_t i = 0; i < more; i++)
        found[n + i] = (Found){ selected[i], class, scores[selected[i]] };
      merge_found (found, spare, (size_t) n, (size_t) more);
      n = n + more < d->most ? n + more : d->most;
    }
  for (uint32_t i = 0; i < 3; i++)
    memset (node->out[i]->data, 0, node->out[i]->n_bytes);
  for (int32_t i = 0; i < n && (size_t) i < node->out[1]->count; i++)
    put (node, (size_t) i, found[i].box, found[i].class);
  *(float *) node->out[3]->data = (float) n;
  return LS_OK;
}

/* ---- Preparing -------------------------------------------------------------------------------
 */

static LsStatus
read_options (const LsNode *node, Detection *d, LsError *error)
{
  const LsBytes options = node->def->custom_options;
  const int64_t most = ls_flexmap_int (options, "max_detections", 0),
                per_box = ls_flexmap_int (options, "max_classes_per_detection", 0),
                per_class = ls_flexmap_int (options, "detections_per_class", 100),
                n_classes = ls_flexmap_int (options, "num_classes", 0);

  d->is_regular = ls_flexmap_bool (options, "use_regular_nms", false);
  d->least_score = (float) ls_flexmap_float (options, "nms_score_threshold", 0);
  d->most_overlap = (float) ls_flexmap_float (options, "nms_iou_threshold", 0);
  d->scale_y = (float) ls_flexmap_float (options, "y_scale", 0);
  d->scale_x = (float) ls_flexmap_float (options, "x_scale", 0);
  d->scale_h = (float) ls_flexmap_float (options, "h_scale", 0);
  d->scale_w = (float) ls_flexmap_float (options, "w_scale", 0);
  if (most < 0 || most > 1 << 20 || per_box < 1 || per_box > 1 << 10 || n_classes < 1
      || n_classes > 1 << 20 || per_class < 1)
    return ls_node_invalid (node, error,
                            "%" PRId64 " detections of %" PRId64 " of %" PRId64 " classes", most,
                            per_box, n_classes);
  if (!(d->most_overlap > 0.0f && d->most_overlap <= 1.0f))
    return ls_node_invalid (node, error, "an overlap of %g", (double) d->most_overlap);
  d->most = (int32_t) most;
  d->per_box = (int32_t) per_box;
  d->per_class = (int32_t) (per_class < most ? per_class : most);
  d->n_classes = (int32_t) n_classes;
  if (d->is_regular && d->per_class < 1)
    return ls_node_invalid (node, error, "no detections of a class");
  return LS_OK;
}

static LsStatus
check_shapes (const LsNode *node, Detection *d, LsError *error)
{
  const LsValue *encodings = node->in[0], *scores = node->in[1], *anchors = node->in[2];
  const unsigned types = LS_BIT (FLOAT32) | LS_BIT (UINT8);

  LS_TRY (ls_node_types (node, encodings, "the boxes", types, error));
  LS_TRY (ls_node_types (node, scores, "the scores", types, error));
  LS_TRY (ls_node_same_type (node, encodings, anchors, error));
  for (uint32_t i = 0; i < node->n_out; i++)
    LS_TRY (ls_node_types (node, node->out[i], "output", LS_BIT (FLOAT32), error));
  if (encodings->rank != 3 || encodings->dims[0] != 1 || encodings->dims[2] < 4 || scores->rank != 3
      || scores->dims[0] != 1 || scores->dims[1] != encodings->dims[1] || anchors->rank != 2
      || anchors->dims[0] < encodings->dims[1] || anchors->dims[1] != 4)
    return ls_node_invalid (node, error,
                            "boxes of shape %s with scores of shape %s and anchors of shape %s",
                            LS_SHAPE (encodings), LS_SHAPE (scores), LS_SHAPE (anchors));
  d->n_boxes = encodings->dims[1];
  d->background = scores->dims[2] - d->n_classes;
  if (d->background != 0 && d->background != 1)
    return ls_node_invalid (node, error, "%" PRId32 " scores of %" PRId32 " classes",
                            scores->dims[2], d->n_classes);
  return LS_OK;
}

static bool
lay_out (Detection *d, size_t *total)
{
  const size_t boxes = (size_t) d->n_boxes, found = (size_t) d->most + (size_t) d->per_class;
  const size_t spare = found * sizeof (Found) > (size_t) d->n_classes * sizeof (int32_t)
                         ? found * sizeof (Found)
                         : (size_t) d->n_classes * sizeof (int32_t);

  *total = 0;
  return ls_take_scratch (total, &d->at_rects, boxes, sizeof (LsRect))
         && ls_take_scratch (total, &d->at_scores, boxes, sizeof (float))
         && ls_take_scratch (total, &d->at_order, boxes, sizeof (int32_t))
         && ls_take_scratch (total, &d->at_merge, boxes, sizeof (int32_t))
         && ls_take_scratch (total, &d->at_flags, boxes, 1)
         && ls_take_scratch (total, &d->at_selected, found, sizeof (int32_t))
         && ls_take_scratch (total, &d->at_found, found, sizeof (Found))
         && ls_take_scratch (total, &d->at_spare, spare, 1);
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  size_t scratch;

  LS_TRY (ls_node_arity (node, 3, 3, 4, error));

  Detection *d = ls_node_alloc (node, 1, sizeof *d, error);

  if (d == NULL)
    return LS_E_NO_MEMORY;
  node->state = d;
  LS_TRY (read_options (node, d, error));
  LS_TRY (check_shapes (node, d, error));

  const int32_t n = d->most * d->per_box;

  LS_TRY (ls_node_output (node, 0, 3, (const int32_t[]){ 1, n, 4 }, error));
  LS_TRY (ls_node_output (node, 1, 2, (const int32_t[]){ 1, n }, error));
  LS_TRY (ls_node_output (node, 2, 2, (const int32_t[]){ 1, n }, error));
  LS_TRY (ls_node_output (node, 3, 1, (const int32_t[]){ 1 }, error));
  if (!lay_out (d, &scratch))
    return ls_node_invalid (node, error, "too many boxes");
  ls_node_want_scratch (node, scratch, 0);
  if (d->n_boxes > 0)
    ls_node_phase (node, decode_run, (size_t) d->n_boxes, 64);
  ls_node_phase (node, d->is_regular ? regular_run : fast_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_detection_postprocess = { prepare, 0, 0, "float32, uint8" };
