/*
 * NON_MAX_SUPPRESSION_V4, NON_MAX_SUPPRESSION_V5: the best boxes that do not overlap; V5 lowers the
 * scores of those that do instead of dropping them.
 *
 * Source: tflite/kernels/internal/reference/non_max_suppression.h.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/boxes.h"
#include "ops/heap.h"
#include "ops/shape.h"

enum
{
  IN_BOXES,
  IN_SCORES,
  IN_MOST,
  IN_OVERLAP,
  IN_SCORE,
  IN_SIGMA
};

/* Work memory, in scratch: for each box its score as it goes down, how many of the selected it has
 * been compared with, and the heap of candidates. */
typedef struct
{
  float *scores;
  int32_t *compared, *heap;
  size_t n_heap;
  const float *boxes;
  float least_overlap, least_score, sigma;
} Search;

static bool
has_lower_score (const void *context, int32_t a, int32_t b)
{
  const Search *s = context;

  return s->scores[a] < s->scores[b];
}

/* A box's corners may come in any order. */
static LsRect
rect (const Search *s, int32_t box)
{
  const float *c = s->boxes + 4 * (size_t) box;

  return (LsRect){ c[2] < c[0] ? c[2] : c[0], c[3] < c[1] ? c[3] : c[1], c[0] < c[2] ? c[2] : c[0],
                   c[1] < c[3] ? c[3] : c[1] };
}

static void
push (Search *s, int32_t box)
{
  s->heap[s->n_heap++] = box;
  ls_heap_push (s->heap, s->n_heap, has_lower_score, s);
}

/* Lowers the score of a candidate by those selected that it was not compared with yet, newest
 * first. True when it overlaps one too much to be selected at all. */
static bool
compare (Search *s, int32_t box, const int32_t *selected, int32_t n_selected)
{
  const LsRect candidate = rect (s, box);
  const float scale = s->sigma > 0.0f ? (float) (-0.5 / (double) s->sigma) : 0.0f;

  for (int32_t j = n_selected - 1; j >= s->compared[box]; j--)
    {
      const LsRect other = rect (s, selected[j]);
      const float overlap = ls_rect_overlap (&candidate, &other);

      if (overlap >= s->least_overlap)
        return true;
      if (s->sigma > 0.0f)
        s->scores[box] *= expf (scale * overlap * overlap);
      if (s->scores[box] <= s->least_score)
        break;
    }
  s->compared[box] = n_selected;
  return false;
}

/*
 * Returns how many were selected. What is selected goes back to the candidates, as in the
 * reference: there it meets itself, which drops it, but for a box without an area, which is
 * selected again.
 */
static int32_t
select_boxes (const LsNode *node, Search *s, int32_t *selected, float *selected_scores,
              int32_t most)
{
  int32_t n = 0;

  most = (size_t) most < s->n_heap ? most : (int32_t) s->n_heap;
  while (n < most && s->n_heap > 0 && !ls_node_is_cancelled (node))
    {
      ls_heap_pop (s->heap, s->n_heap, has_lower_score, s);

      const int32_t box = s->heap[--s->n_heap];
      const float score = s->scores[box];

      if (compare (s, box, selected, n))
        continue;
      if (s->scores[box] == score)
        {
          if (selected_scores != NULL)
            selected_scores[n] = score;
          selected[n++] = box;
        }
      if (s->scores[box] > s->least_score)
        push (s, box);
    }
  return n;
}

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *scores = node->in[IN_SCORES];
  const bool is_soft = node->n_out == 3;
  Search s = { .boxes = node->in[IN_BOXES]->data,
               .least_overlap = *(const float *) node->in[IN_OVERLAP]->data,
               .least_score = *(const float *) node->in[IN_SCORE]->data,
               .sigma = is_soft ? *(const float *) node->in[IN_SIGMA]->data : 0.0f,
               .scores = node->scratch };
  const int64_t most = ls_value_int (node->in[IN_MOST], 0);

  s.compared = (int32_t *) (s.scores + scores->count);
  s.heap = s.compared + scores->count;
  if (!(s.sigma >= 0.0f))
    return ls_node_fail (node, LS_E_INVALID, "a sigma of %g", (double) s.sigma);
  if ((size_t) most != node->out[0]->count)
    return ls_node_fail (node, LS_E_INVALID, "%" PRId64 " boxes are wanted in %zu places", most,
                         node->out[0]->count);
  for (size_t i = 0; i < scores->count; i++)
    {
      s.scores[i] = ((const float *) scores->data)[i];
      s.compared[i] = 0;
      if (s.scores[i] > s.least_score)
        push (&s, (int32_t) i);
    }
  for (uint32_t i = 0; i + 1 < node->n_out; i++)
    memset (node->out[i]->data, 0, node->out[i]->n_bytes);
  *(int32_t *) node->out[node->n_out - 1]->data = select_boxes (
    node, &s, node->out[0]->data, is_soft ? node->out[1]->data : NULL, (int32_t) most);
  return LS_OK;
}

static LsStatus
check_inputs (const LsNode *node, LsError *error)
{
  const LsValue *boxes = node->in[IN_BOXES], *scores = node->in[IN_SCORES];

  for (uint32_t i = 0; i < node->n_in; i++)
    {
      LS_TRY (ls_node_types (node, node->in[i], "input",
                             i == IN_MOST ? LS_BIT (INT32) : LS_BIT (FLOAT32), error));
      if (i >= IN_MOST && node->in[i]->count != 1)
        return ls_node_invalid (node, error, "input %u has shape %s, but a scalar is needed", i,
                                LS_SHAPE (node->in[i]));
    }
  for (uint32_t i = 0; i < node->n_out; i++)
    LS_TRY (ls_node_types (node, node->out[i], "output",
                           node->n_out == 3 && i == 1 ? LS_BIT (FLOAT32) : LS_BIT (INT32), error));
  if (boxes->rank != 2 || boxes->dims[1] != 4 || scores->rank != 1
      || scores->dims[0] != boxes->dims[0])
    return ls_node_invalid (node, error, "boxes of shape %s with scores of shape %s",
                            LS_SHAPE (boxes), LS_SHAPE (scores));
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, uint32_t n_in, uint32_t n_out, LsError *error)
{
  int64_t most = 0;
  size_t scratch;

  LS_TRY (ls_node_arity (node, n_in, n_in, n_out, error));
  LS_TRY (check_inputs (node, error));
  LS_TRY (ls_node_output (node, n_out - 1, 0, NULL, error));
  if (!ls_input_known (node, IN_MOST))
    {
      for (uint32_t i = 0; i + 1 < n_out; i++)
        ls_node_output_dynamic (node, i);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, IN_MOST, &most, error));
  if (most < 0)
    return ls_node_invalid (node, error, "%" PRId64 " boxes are wanted", most);
  for (uint32_t i = 0; i + 1 < n_out; i++)
    LS_TRY (ls_node_output (node, i, 1, (const int32_t[]){ (int32_t) most }, error));
  if (!ls_mul (&scratch, node->in[IN_SCORES]->count, 3 * sizeof (float)))
    return ls_node_invalid (node, error, "too many boxes");
  ls_node_want_scratch (node, scratch, 0);
  ls_node_phase (node, run, 1, 1);
  return LS_OK;
}

static LsStatus
v4_prepare (LsNode *node, LsError *error)
{
  return prepare (node, 5, 2, error);
}

static LsStatus
v5_prepare (LsNode *node, LsError *error)
{
  return prepare (node, 6, 3, error);
}

const LsOp ls_op_non_max_suppression_v4 = { v4_prepare, 0, 1, "float32" };
const LsOp ls_op_non_max_suppression_v5 = { v5_prepare, 0, 1, "float32" };
