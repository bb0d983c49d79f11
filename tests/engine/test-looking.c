/* Constants decoded, statistics, multiply-adds, summary. */
#include "test.h"

#include <math.h>

#include "model/model.h"

/* A model of one subgraph, to which the tests add what they need. */
static LsModel *
new_model (void)
{
  LsModel *model = ls_model_new ();

  ls_model_add_graph (model, "main");
  return model;
}

static int
add_tensor (LsModel *model, const char *name, LsType type, int rank, const int32_t *dims,
            const void *data, size_t size, const LsQuantization *quant)
{
  LsTensor tensor = { .name = name,
                      .type = type,
                      .rank = rank,
                      .dims = dims,
                      .signature_rank = -1,
                      .has_rank = true,
                      .quant = quant };

  if (size > 0)
    tensor.buffer = (uint32_t) ls_model_add_buffer (model, data, size);
  return ls_model_add_tensor (model, 0, &tensor);
}

static void
per_channel_weights_become_real (void)
{
  static const int8_t data[] = { 1, 2, 3, -1, -2, -3 };
  static const int32_t dims[] = { 2, 3 };
  static const float scales[] = { 0.5f, 2 };
  static const int64_t zero_points[] = { 0, 1 };
  static const LsQuantization quant
    = { .n_scales = 2, .scales = scales, .n_zero_points = 2, .zero_points = zero_points };
  static const double expected[] = { 0.5, 1, 1.5, -4, -6, -8 };
  LsModel *model = new_model ();
  LsArray array;

  add_tensor (model, "w", LS_TYPE_INT8, 2, dims, data, sizeof data, &quant);
  CHECK (ls_tensor_decode (model, 0, 0, LS_DECODE_REAL, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_FLOAT32);
  for (size_t i = 0; i < 6; i++)
    CHECK (ls_array_get (&array, i) == expected[i]);
  ls_array_clear (&array);
  CHECK (ls_tensor_decode (model, 0, 0, LS_DECODE_DENSE, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_INT8 && ls_array_get (&array, 5) == -3);
  ls_array_clear (&array);
  ls_model_free (model);
}

static void
blockwise_weights_take_the_scale_of_their_block (void)
{
  /* Eight int4 of each sign and two blocks of four a row. */
  static const uint8_t data[] = { 0x21, 0x43, 0xef, 0xcd };
  static const int32_t dims[] = { 1, 8 }, scale_dims[] = { 1, 2 };
  static const float scales[] = { 1, 10 };
  static const LsQuantization quant = { .details = LS_QUANT_DETAILS_BLOCKWISE,
                                        .block_scales = 1,
                                        .block_zero_points = -1,
                                        .block_size = 4 };
  static const double expected[] = { 1, 2, 3, 4, -10, -20, -30, -40 };
  LsModel *model = new_model ();
  LsArray array;

  add_tensor (model, "w", LS_TYPE_INT4, 2, dims, data, sizeof data, &quant);
  add_tensor (model, "s", LS_TYPE_FLOAT32, 2, scale_dims, scales, sizeof scales, NULL);
  CHECK (ls_tensor_decode (model, 0, 0, LS_DECODE_REAL, &array, NULL) == LS_OK);
  for (size_t i = 0; i < 8; i++)
    CHECK (ls_array_get (&array, i) == expected[i]);
  ls_array_clear (&array);
  ls_model_free (model);
}

static void
contradictions_are_refused (void)
{
  static const int8_t data[] = { 1, 2, 3 };
  static const int32_t dims[] = { 2, 3 };
  static const float scales[] = { 1, 1, 1 };
  static const LsQuantization wrong_axis = { .n_scales = 3, .scales = scales, .axis = 7 };
  static const LsQuantization blocks = { .details = LS_QUANT_DETAILS_BLOCKWISE,
                                         .block_scales = 99,
                                         .block_zero_points = -1,
                                         .block_size = 3 };
  static const int32_t row[] = { 1, 3 };
  LsModel *model = new_model ();
  LsArray array;

  add_tensor (model, "short", LS_TYPE_INT8, 2, dims, data, sizeof data, NULL);
  add_tensor (model, "computed", LS_TYPE_INT8, 2, dims, NULL, 0, NULL);
  add_tensor (model, "axis", LS_TYPE_INT8, 2, row, data, sizeof data, &wrong_axis);
  add_tensor (model, "blocks", LS_TYPE_INT8, 2, row, data, sizeof data, &blocks);
  add_tensor (model, "text", LS_TYPE_STRING, 2, row, data, sizeof data, NULL);
  for (uint32_t i = 0; i < 6; i++)
    {
      LsError error = { 0 };

      CHECK (ls_tensor_decode (model, 0, i, LS_DECODE_REAL, &array, &error) != LS_OK);
      CHECK (array.data == NULL && error.message[0] != '\0');
    }
  ls_model_free (model);
}

static void
statistics_leave_out_what_is_no_number (void)
{
  float values[] = { 0, 1, -3, NAN, INFINITY, 2 };
  LsArray array
    = { .type = LS_TYPE_FLOAT32, .rank = 1, .dims = { 6 }, .data = values, .n_bytes = 24 };
  LsStats stats;
  uint64_t sum = 0;

  ls_array_stats (&array, &stats);
  CHECK (stats.count == 6 && stats.n_nan == 1 && stats.n_inf == 1 && stats.n_zero == 1);
  CHECK (stats.min == -3 && stats.max == 2 && stats.mean == 0);
  CHECK (fabs (stats.stddev - sqrt (3.5)) < 1e-12);
  for (int i = 0; i < LS_HISTOGRAM_BINS; i++)
    sum += stats.bins[i];
  CHECK (sum == 4 && stats.bins[0] == 1 && stats.bins[LS_HISTOGRAM_BINS - 1] == 1);
}

static void
histogram_of_the_whole_range_of_doubles_is_finite (void)
{
  double values[] = { -1.7e308, 1.7e308, 0 };
  LsArray array
    = { .type = LS_TYPE_FLOAT64, .rank = 1, .dims = { 3 }, .data = values, .n_bytes = 24 };
  LsStats stats;

  ls_array_stats (&array, &stats);
  CHECK (stats.bins[0] == 1 && stats.bins[32] == 1 && stats.bins[63] == 1);
}

static void
convolution_is_counted_and_summed_up (void)
{
  static const int32_t in[] = { 1, 8, 8, 4 }, out[] = { 1, 8, 8, 16 }, weights[] = { 16, 3, 3, 4 };
  static const float scale[] = { 1 };
  static const LsQuantization quant = { .n_scales = 1, .scales = scale };
  static int8_t data[16 * 3 * 3 * 4];
  static const int32_t inputs[] = { 0, 1 }, outputs[] = { 2 };
  LsModel *model = new_model ();
  LsOperator op = {
    .kind = LS_OP_CONV_2D, .n_inputs = 2, .inputs = inputs, .n_outputs = 1, .outputs = outputs
  };
  LsSummary summary;

  add_tensor (model, "x", LS_TYPE_INT8, 4, in, NULL, 0, &quant);
  add_tensor (model, "w", LS_TYPE_INT8, 4, weights, data, sizeof data, &quant);
  add_tensor (model, "y", LS_TYPE_INT8, 4, out, NULL, 0, &quant);
  ls_model_insert_op (model, 0, 0, &op);
  CHECK (ls_op_macs (ls_model_subgraph (model, 0), &op) == 8 * 8 * 16 * 36);
  CHECK (ls_model_summarize (model, &summary, NULL) == LS_OK);
  CHECK (summary.macs == 8 * 8 * 16 * 36 && summary.n_parameters == 576);
  CHECK (summary.n_per_tensor == 3 && summary.n_constants == 1 && summary.constant_bytes == 576);
  CHECK (summary.n_op_tallies == 1 && summary.op_tallies[0].count == 1);
  CHECK_STR (summary.op_tallies[0].name, "CONV_2D");
  CHECK_STR (summary.scheme, "full int8");
  ls_summary_clear (&summary);
  ls_model_free (model);
}

int
main (void)
{
  RUN (per_channel_weights_become_real);
  RUN (blockwise_weights_take_the_scale_of_their_block);
  RUN (contradictions_are_refused);
  RUN (statistics_leave_out_what_is_no_number);
  RUN (histogram_of_the_whole_range_of_doubles_is_finite);
  RUN (convolution_is_counted_and_summed_up);
  return done ();
}
