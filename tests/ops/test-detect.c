/* Boxes that do not overlap. */
#include "one-op.h"

static const float boxes[] = {
  0, 0,  10, 10, /* 0 */
  0, 1,  10, 11, /* 1: overlaps 0 by 9 / 11 */
  5, 20, 0,  30, /* 2: corners the other way round */
  3, 3,  3,  3,  /* 3: no area */
};
static const float scores[] = { 0.8f, 0.9f, 0.5f, 0.1f };
static const int32_t most[] = { 4 };
static const float overlap[] = { 0.5f }, least[] = { 0.2f }, sigma[] = { 0.5f };

static void
add_inputs (OneOp *one)
{
  one_input (one, LS_TYPE_FLOAT32, SHAPE (4, 4), boxes);
  one_input (one, LS_TYPE_FLOAT32, SHAPE (4), scores);
  one_constant (one, LS_TYPE_INT32, SCALAR, most);
  one_constant (one, LS_TYPE_FLOAT32, SCALAR, overlap);
  one_constant (one, LS_TYPE_FLOAT32, SCALAR, least);
}

static void
overlapping_boxes_are_dropped (void)
{
  const int32_t selected[] = { 1, 2, 0, 0 }, n[] = { 2 };
  OneOp one = one_op (LS_OP_NON_MAX_SUPPRESSION_V4);

  add_inputs (&one);
  one_output (&one, LS_TYPE_INT32, SHAPE (4), selected, sizeof selected);
  one_output (&one, LS_TYPE_INT32, SCALAR, n, sizeof n);
  CHECK (one_passes (&one));
}

/* With a sigma, what overlaps less than the limit loses some of its score. */
static void
overlapping_scores_are_lowered (void)
{
  const float limit[] = { 0.9f };
  const int32_t selected[] = { 1, 2, 0, 0 }, n[] = { 3 };
  const float found[] = { 0.9f, 0.5f, 0.8f * 0.512018f, 0 };
  OneOp one = one_op (LS_OP_NON_MAX_SUPPRESSION_V5);

  add_inputs (&one);
  one.in[3].data = limit;
  one_constant (&one, LS_TYPE_FLOAT32, SCALAR, sigma);
  one.tolerance = 1e-4;
  one_output (&one, LS_TYPE_INT32, SHAPE (4), selected, sizeof selected);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (4), found, sizeof found);
  one_output (&one, LS_TYPE_INT32, SCALAR, n, sizeof n);
  CHECK (one_passes (&one));
}

static void
boxes_and_scores_must_fit (void)
{
  OneOp one = one_op (LS_OP_NON_MAX_SUPPRESSION_V4);

  add_inputs (&one);
  one.in[1].dims[0] = 3;
  one.in[1].n_bytes = 12;
  one_output (&one, LS_TYPE_INT32, SHAPE (4), most, 16);
  one_output (&one, LS_TYPE_INT32, SCALAR, most, 4);
  CHECK (one_refused (&one, "boxes of shape [4, 4] with scores of shape [3]"));
}

/* A FlexBuffer map made by hand is no test's business: without options it must be refused. */
static void
detections_need_options (void)
{
  OneOp one = one_custom ("TFLite_Detection_PostProcess");

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4), boxes);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 1), scores);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (4, 4), boxes);
  for (int i = 0; i < 4; i++)
    one_output (&one, LS_TYPE_FLOAT32, SHAPE (1), boxes, 4);
  CHECK (one_refused (&one, "0 detections of 0 of 0 classes"));
}

int
main (void)
{
  RUN (overlapping_boxes_are_dropped);
  RUN (overlapping_scores_are_lowered);
  RUN (boxes_and_scores_must_fit);
  RUN (detections_need_options);
  return done ();
}
