/* Landmarks, parts cut out of pictures, poses, places of largest elements. */
#include "one-op.h"

/* Options as FlexBuffers. */
/* { output_height: 2, output_width: 3 } */
static const uint8_t cut_options[]
  = { 0x6f, 0x75, 0x74, 0x70, 0x75, 0x74, 0x5f, 0x68, 0x65, 0x69, 0x67, 0x68, 0x74, 0x00,
      0x6f, 0x75, 0x74, 0x70, 0x75, 0x74, 0x5f, 0x77, 0x69, 0x64, 0x74, 0x68, 0x00, 0x02,
      0x1c, 0x0f, 0x02, 0x01, 0x02, 0x02, 0x03, 0x04, 0x04, 0x04, 0x24, 0x01 };
/* { left_rotation_idx: 0, right_rotation_idx: 1, subset_idxs: [0, 1, 2], target_rotation_radians:
 * 0, output_height: 2, output_width: 4, scale_x: 2, scale_y: 1 } */
static const uint8_t matrix_options[]
  = { 0x6c, 0x65, 0x66, 0x74, 0x5f, 0x72, 0x6f, 0x74, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x5f, 0x69,
      0x64, 0x78, 0x00, 0x72, 0x69, 0x67, 0x68, 0x74, 0x5f, 0x72, 0x6f, 0x74, 0x61, 0x74, 0x69,
      0x6f, 0x6e, 0x5f, 0x69, 0x64, 0x78, 0x00, 0x73, 0x75, 0x62, 0x73, 0x65, 0x74, 0x5f, 0x69,
      0x64, 0x78, 0x73, 0x00, 0x03, 0x00, 0x01, 0x02, 0x74, 0x61, 0x72, 0x67, 0x65, 0x74, 0x5f,
      0x72, 0x6f, 0x74, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x5f, 0x72, 0x61, 0x64, 0x69, 0x61, 0x6e,
      0x73, 0x00, 0x6f, 0x75, 0x74, 0x70, 0x75, 0x74, 0x5f, 0x68, 0x65, 0x69, 0x67, 0x68, 0x74,
      0x00, 0x6f, 0x75, 0x74, 0x70, 0x75, 0x74, 0x5f, 0x77, 0x69, 0x64, 0x74, 0x68, 0x00, 0x73,
      0x63, 0x61, 0x6c, 0x65, 0x5f, 0x78, 0x00, 0x73, 0x63, 0x61, 0x6c, 0x65, 0x5f, 0x79, 0x00,
      0x08, 0x79, 0x2d, 0x20, 0x6a, 0x15, 0x0e, 0x5a, 0x4b, 0x00, 0x00, 0x00, 0x0b, 0x00, 0x00,
      0x00, 0x01, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00,
      0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00,
      0x00, 0x80, 0x3f, 0x76, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x06, 0x06, 0x06,
      0x0e, 0x0e, 0x2c, 0x0e, 0x28, 0x26, 0x01 };
/* { max_detections: 2, score_threshold: 0.5, stride: 8, nms_radius: 8 } */
static const uint8_t pose_options[]
  = { 0x6d, 0x61, 0x78, 0x5f, 0x64, 0x65, 0x74, 0x65, 0x63, 0x74, 0x69, 0x6f, 0x6e,
      0x73, 0x00, 0x73, 0x63, 0x6f, 0x72, 0x65, 0x5f, 0x74, 0x68, 0x72, 0x65, 0x73,
      0x68, 0x6f, 0x6c, 0x64, 0x00, 0x73, 0x74, 0x72, 0x69, 0x64, 0x65, 0x00, 0x6e,
      0x6d, 0x73, 0x5f, 0x72, 0x61, 0x64, 0x69, 0x75, 0x73, 0x00, 0x04, 0x32, 0x0d,
      0x25, 0x16, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04,
      0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x41, 0x00, 0x00,
      0x00, 0x3f, 0x08, 0x00, 0x00, 0x00, 0x06, 0x0e, 0x0e, 0x06, 0x14, 0x26, 0x01 };

#define OPTIONS(bytes)                                                                             \
  (LsBytes)                                                                                        \
  {                                                                                                \
    (bytes), sizeof (bytes)                                                                        \
  }

static const float corners[] = { 0, 0, 5, 4, 0, 6, 4, 2, 7 };
/* Twice as wide around x = 2: what maps 4 by 2 positions onto the box of the corners, twice as
 * wide. */
static const float matrix[] = { 2, 0, 0, -2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };

static void
landmarks_make_a_matrix (void)
{
  OneOp one = one_custom ("Landmarks2TransformMatrix");

  one.version = 2;
  one.custom_options = OPTIONS (matrix_options);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 3, 3), corners);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4), matrix, sizeof matrix);
  CHECK (one_passes (&one));
  one.in[0].dims[1] = 2;
  one.in[0].n_bytes = 24;
  CHECK (one_refused (&one, "landmark 2 is not one of 2"));
  one.custom_options.size = 20;
  CHECK (one_refused (&one, "are not two of 2"));
}

static void
a_matrix_moves_landmarks (void)
{
  const float moved[] = { -2, 0, 5, 6, 0, 6, 6, 2, 7 };
  OneOp one = one_custom ("TransformLandmarks");

  one.version = 2;
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 3, 3), corners);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4, 4), matrix);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 3, 3), moved, sizeof moved);
  CHECK (one_passes (&one));
}

static void
a_matrix_cuts_a_part_out (void)
{
  const float picture[] = { 0, 1, 2, 3, 10, 11, 12, 13 };
  const float shift[] = { 1, 0, 0, 1.5f, 0, 1, 0, 0 };
  const float part[] = { 1.5f, 2.5f, 0, 11.5f, 12.5f, 0 };
  OneOp one = one_custom ("TransformTensorBilinear");

  one.version = 2;
  one.custom_options = OPTIONS (cut_options);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 4, 1), picture);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 4), shift);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 3, 1), part, sizeof part);
  CHECK (one_passes (&one));
}

static void
a_flow_warps_a_picture (void)
{
  const float picture[] = { 0, 1, 2, 10, 11, 12 };
  const float flow[] = { 0, 0, -0.5f, 0, 9, 0.25f, 0, -9, NAN, NAN, -9, 9 };
  const float warped[] = { 0, 6, 1.75f, 12, 0, 10 };
  OneOp one = one_custom ("DenseImageWarp");

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 3, 1), picture);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 3, 2), flow);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 3, 1), warped, sizeof warped);
  CHECK (one_passes (&one));
}

static const float picture[] = { 1, 5, 0, 0, 4, 2, 3, 0 };
static const float largest[] = { 5, 3 };
static const int32_t valid_2_by_2[] = { 2, 2, 2, 2, 2, 0, 0, 0, 0, 0 };

static void
largest_elements_have_places (void)
{
  const float places[] = { 1.1f, 2.1f }; /* within the window, and a bit */
  OneOp one = one_custom ("MaxPoolingWithArgmax2D");

  one.custom_options = (LsBytes){ (const uint8_t *) valid_2_by_2, sizeof valid_2_by_2 };
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 4, 1), picture);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), largest, sizeof largest);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), places, sizeof places);
  CHECK (one_passes (&one));
}

static void
largest_elements_go_back (void)
{
  const float places[] = { 1.1f, 2.1f }, outside[] = { 1.1f, 4.1f };
  const int32_t numbers[] = { 1, 6 }, beyond[] = { 1, 8 };
  const float back[] = { 0, 5, 0, 0, 0, 0, 3, 0 };
  OneOp one = one_custom ("MaxUnpooling2D");

  one.custom_options = (LsBytes){ (const uint8_t *) valid_2_by_2, sizeof valid_2_by_2 };
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), largest);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), places);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 4, 1), back, sizeof back);
  CHECK (one_passes (&one));
  one.in[1].data = outside;
  CHECK (one_refused (&one, "place 1 is outside"));
  one.in[1].type = LS_TYPE_INT32;
  one.in[1].data = numbers;
  CHECK (one_passes (&one));
  one.in[1].data = beyond;
  CHECK (one_refused (&one, "place 1 is outside"));
}

/* Two positions; all keypoints are likelier at the second one, and the short offsets lead half a
 * position back. The nose begins there; the others walk on to the first position. */
static void
poses_are_found (void)
{
  float heat[2][17], shorts[2][34] = { { 0 } }, middles[2][64] = { { 0 } };
  float keypoints[2][17][2] = { { { 0 } } }, keypoint_scores[2][17] = { { 0 } };
  const float scores[] = { 1, 0 }, n[] = { 1 };
  OneOp one = one_custom ("PosenetDecoderOp");

  for (int k = 0; k < 17; k++)
    {
      heat[0][k] = 100;
      heat[1][k] = 300;
      shorts[0][17 + k] = shorts[1][17 + k] = -4;
      keypoint_scores[0][k] = 1;
    }
  keypoints[0][0][1] = 4;
  one.custom_options = OPTIONS (pose_options);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 17), heat);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 34), shorts);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 64), middles);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 17, 2), keypoints, sizeof keypoints);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 17), keypoint_scores, sizeof keypoint_scores);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2), scores, sizeof scores);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1), n, sizeof n);
  CHECK (one_passes (&one));
}

int
main (void)
{
  RUN (landmarks_make_a_matrix);
  RUN (a_matrix_moves_landmarks);
  RUN (a_matrix_cuts_a_part_out);
  RUN (a_flow_warps_a_picture);
  RUN (largest_elements_have_places);
  RUN (largest_elements_go_back);
  RUN (poses_are_found);
  return done ();
}
