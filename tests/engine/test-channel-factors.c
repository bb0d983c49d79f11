/* Factors of equalized channels: kept in the metadata, and read back from it. */
#include <math.h>

#include "graph.h"
#include "model/channel_factors.h"
#include "npz.h"

enum
{
  N_CHANNELS = 4
};

static const double factors[N_CHANNELS] = { 1, 2, 0.5, 7.9 };

static LsModel *
make_model (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, N_CHANNELS));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, N_CHANNELS));

  graph_op (model, 0, LS_OP_RELU, TENSORS (x), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static LsModel *
save_and_open (const LsModel *model)
{
  LsModel *copy = NULL;

  CHECK (ls_model_save (model, npz_path ("factors.tflite"), NULL) == LS_OK);
  CHECK (ls_model_open (npz_path ("factors.tflite"), &copy, NULL) == LS_OK);
  return copy;
}

static bool
has_factor (const LsModel *model, uint32_t channel, double wanted)
{
  const LsTensor *tensor = &ls_model_subgraph (model, 0)->tensors[1];

  return tensor->n_channel_factors == N_CHANNELS
         && fabs (tensor->channel_factors[channel] / wanted - 1) < 1e-6;
}

static void
factors_last_in_a_file (void)
{
  LsModel *model = make_model ();
  LsTensor *y = ls_model_tensor (model, 0, 1);

  CHECK (ls_channel_factors_multiply (model, y, factors, N_CHANNELS));
  CHECK (ls_channel_factors_multiply (model, y, (double[]){ 4, 1, 1, 1 }, N_CHANNELS));
  CHECK (ls_channel_factors_save (model) && model->n_metadata == 1);

  LsModel *copy = save_and_open (model);

  CHECK (has_factor (copy, 0, 4) && has_factor (copy, 1, 2) && has_factor (copy, 2, 0.5));
  CHECK (has_factor (copy, 3, ls_channel_factor_round (7.9)));
  CHECK (ls_model_subgraph (copy, 0)->tensors[0].channel_factors == NULL);

  /* What stands there already is not written again; what is gone is taken out. */
  CHECK (ls_channel_factors_save (copy) && copy->n_metadata == 1);
  ls_model_tensor (copy, 0, 1)->channel_factors = NULL;
  ls_model_tensor (copy, 0, 1)->n_channel_factors = 0;
  CHECK (ls_channel_factors_save (copy) && copy->n_metadata == 0);
  ls_model_free (copy);
  ls_model_free (model);
}

static void
factors_follow_a_new_name (void)
{
  LsModel *model = make_model ();

  CHECK (ls_channel_factors_multiply (model, ls_model_tensor (model, 0, 1), factors, N_CHANNELS));
  CHECK (ls_channel_factors_save (model));

  const uint32_t n_buffers = model->n_buffers;

  CHECK (ls_edit_rename (model, 0, "t1", "a longer name", NULL, NULL) == LS_OK);
  CHECK (model->n_metadata == 1 && model->n_buffers == n_buffers);

  LsModel *copy = save_and_open (model);

  CHECK (has_factor (copy, 1, 2));
  ls_model_free (copy);
  ls_edit_undo (model);
  copy = save_and_open (model);
  CHECK (has_factor (copy, 1, 2));
  ls_model_free (copy);
  ls_model_free (model);
}

static void
other_numbers_of_channels_are_no_factors (void)
{
  LsModel *model = make_model ();

  CHECK (ls_channel_factors_multiply (model, ls_model_tensor (model, 0, 1), factors, 3));
  CHECK (ls_model_subgraph (model, 0)->tensors[1].channel_factors == NULL);
  CHECK (ls_channel_factors_save (model) && model->n_metadata == 0);
  ls_model_free (model);
}

static void
nonsense_is_passed_over (void)
{
  static const char *const texts[] = {
    "",
    "{",
    "[1,2]",
    "{\"steps_per_octave\":1024,\"tensors\":[{\"subgraph\":0,\"name\":\"t1\",\"steps\":[1,2]}]}",
    "{\"steps_per_octave\":1024,\"tensors\":[{\"subgraph\":9,\"name\":\"t1\",\"steps\":[1,2,3,4]}]"
    "}",
    "{\"steps_per_octave\":1024,\"tensors\":[{\"subgraph\":-1,\"name\":\"t1\",\"steps\":[1,2,3,4]}]"
    "}",
    "{\"steps_per_octave\":1024,\"tensors\":[{\"subgraph\":0,\"name\":\"no\",\"steps\":[1,2,3,4]}]"
    "}",
    "{\"steps_per_octave\":5,\"tensors\":[{\"subgraph\":0,\"name\":\"t1\",\"steps\":[1,2,3,4]}]}",
    "{\"steps_per_octave\":1024,\"tensors\":[7,{},{\"subgraph\":0,\"name\":8,\"steps\":9}]}",
  };

  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      LsModel *model = make_model ();
      LsMetadata entry = { "litesmith.channel_factors", 0 };

      entry.buffer = (uint32_t) ls_model_add_buffer (model, texts[i], strlen (texts[i]));
      model->metadata = &entry;
      model->n_metadata = 1;

      LsModel *copy = save_and_open (model);

      CHECK (copy != NULL && ls_model_subgraph (copy, 0)->tensors[1].channel_factors == NULL);
      ls_model_free (copy);
      ls_model_free (model);
    }
}

static void
extreme_factors_stay_finite (void)
{
  CHECK (ls_channel_factor_round (1) == 1 && ls_channel_factor_round (0) == 1
         && ls_channel_factor_round (-3) == 1);
  CHECK (ls_channel_factor_round (NAN) == 1 && ls_channel_factor_round (INFINITY) == 1);
  CHECK (isfinite (ls_channel_factor_round (1e300)) && ls_channel_factor_round (1e-300) > 0);
}

int
main (void)
{
  RUN (factors_last_in_a_file);
  RUN (factors_follow_a_new_name);
  RUN (other_numbers_of_channels_are_no_factors);
  RUN (nonsense_is_passed_over);
  RUN (extreme_factors_stay_finite);
  npz_remove (npz_folder ());
  return done ();
}
