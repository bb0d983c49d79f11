/*
 * Small models for tests, made in memory: no files, nothing that a test must find.
 *
 *   LsModel *model = fixture_model ();
 *   int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 2, (int32_t[]){ 1, 4 });
 *   …
 *   fixture_op (model, LS_OP_RELU, NULL, (int32_t[]){ x }, 1, (int32_t[]){ y }, 1);
 *   fixture_ports (model, x, y);
 */
#ifndef LS_TESTS_FIXTURES_H
#define LS_TESTS_FIXTURES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"

/* One empty subgraph "main". */
static inline LsModel *
fixture_model (void)
{
  LsModel *model = ls_model_new ();

  if (model == NULL || ls_model_add_graph (model, "main") != 0)
    abort ();
  return model;
}

static inline int
fixture_tensor (LsModel *model, const char *name, LsType type, int rank, const int32_t *dims)
{
  LsTensor tensor = { .type = type, .rank = rank, .signature_rank = -1 };

  tensor.name = ls_model_strdup (model, name);
  tensor.dims = ls_model_ints (model, dims, (uint32_t) rank);
  return ls_model_add_tensor (model, model->n_graphs - 1, &tensor);
}

static inline int
fixture_constant (LsModel *model, const char *name, LsType type, int rank, const int32_t *dims,
                  const void *data, size_t size)
{
  const int index = fixture_tensor (model, name, type, rank, dims);

  if (!ls_tensor_set_data (model, ls_model_tensor (model, model->n_graphs - 1, (uint32_t) index),
                           data, size))
    abort ();
  return index;
}

/* One scale and zero point for the whole tensor. */
static inline void
fixture_quantize (LsModel *model, int tensor, float scale, int64_t zero_point)
{
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  float *scales = ls_model_alloc (model, 1, sizeof *scales);
  int64_t *zero_points = ls_model_alloc (model, 1, sizeof *zero_points);

  if (quant == NULL || scales == NULL || zero_points == NULL)
    abort ();
  *scales = scale;
  *zero_points = zero_point;
  *quant = (LsQuantization){
    .n_scales = 1, .scales = scales, .n_zero_points = 1, .zero_points = zero_points
  };
  ls_model_tensor (model, model->n_graphs - 1, (uint32_t) tensor)->quant = quant;
}

/* Appends an operator to the last subgraph. @options: "Conv2DOptions", or NULL. */
static inline LsOperator *
fixture_op (LsModel *model, int kind, const char *options, const int32_t *inputs, uint32_t n_inputs,
            const int32_t *outputs, uint32_t n_outputs)
{
  const uint32_t graph = model->n_graphs - 1, at = model->graphs[graph]->view.n_ops;
  LsOperator op = { .kind = kind, .version = 1, .debug_metadata_index = -1 };

  op.options_type = options;
  op.n_inputs = n_inputs;
  op.inputs = ls_model_ints (model, inputs, n_inputs);
  op.n_outputs = n_outputs;
  op.outputs = ls_model_ints (model, outputs, n_outputs);
  op.code_index = (uint32_t) ls_model_ensure_code (model, kind, NULL, 1);
  if (ls_model_insert_op (model, graph, at, &op) < 0)
    abort ();
  return ls_model_op (model, graph, at);
}

/* One input and one output of the last subgraph. */
static inline void
fixture_ports (LsModel *model, int input, int output)
{
  if (!ls_model_set_ports (model, model->n_graphs - 1, (int32_t[]){ input }, 1,
                           (int32_t[]){ output }, 1))
    abort ();
}

/* A name for a file of this test program; @ending: ".tflite". */
static inline const char *
fixture_path (const char *ending)
{
  static char path[256];
  const char *folder = getenv ("TMPDIR");

  snprintf (path, sizeof path, "%s/litesmith-test-%ld%s", folder != NULL ? folder : "/tmp",
            (long) getpid (), ending);
  return path;
}

/* Writes the model to a file and reads the bytes back: free() them. Aborts when it cannot. */
static inline unsigned char *
fixture_bytes (const LsModel *model, const char *ending, size_t *size)
{
  const char *path = fixture_path (ending);
  LsError error = { 0 };

  if (ls_model_save (model, path, &error) != LS_OK)
    {
      printf ("# %s\n", error.message);
      abort ();
    }

  FILE *file = fopen (path, "rb");

  if (file == NULL || fseek (file, 0, SEEK_END) != 0)
    abort ();
  *size = (size_t) ftell (file);
  rewind (file);

  unsigned char *bytes = malloc (*size + 1);

  if (bytes == NULL || fread (bytes, 1, *size, file) != *size)
    abort ();
  fclose (file);
  unlink (path);
  return bytes;
}

#endif
