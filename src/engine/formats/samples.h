/* What the inputs of a model want of a sample, and how an array is made to fit. */
#ifndef LS_FORMATS_SAMPLES_H
#define LS_FORMATS_SAMPLES_H

#include "litesmith.h"

/* An input of subgraph 0. The samples outlive no model, so everything is copied. */
typedef struct
{
  uint32_t index;
  char *name;   /* of the tensor */
  char *called; /* by the signature, or NULL */
  LsType type;
  bool has_shape; /* else it takes any */
  int rank;
  int32_t dims[LS_MAX_RANK]; /* -1: open */
  bool is_quantized;         /* integers that stand for real numbers */
  double scale, zero_point;
  bool has_normalization; /* stated by the model's metadata */
  float mean[3], std[3];
} LsSampleInput;

LsStatus ls_sample_inputs (const LsModel *model, LsSampleInput **out, uint32_t *count,
                           LsError *error);
void ls_sample_inputs_free (LsSampleInput *inputs, uint32_t count);

/*
 * Checks the shape of a sample and adds the batch of 1 that it may leave out.
 *
 * @what: "array in_0" or "the array", for the sentence
 */
LsStatus ls_sample_shape (const LsSampleInput *input, const char *what, LsArray *array,
                          LsError *error);
/*
 * Makes the array the input's value: the type of the input; for a quantized input real numbers as
 * FLOAT32, whether the array holds those or the stored integers. Clears it on failure.
 */
LsStatus ls_sample_fit (const LsSampleInput *input, const char *what, LsArray *array,
                        LsError *error);
/* The bytes of a picture as the input's value. */
LsStatus ls_sample_picture (const LsSampleInput *input, const LsImageOptions *options,
                            const void *data, size_t size, LsArray *out, LsError *error);
/*
 * Bytes without any header as an array of @want's type and shape; one open dimension (0 or less)
 * follows from how many there are. (array-load.c)
 */
LsStatus ls_array_parse_raw (const void *data, size_t size, const LsArray *want, LsArray *out,
                             LsError *error);
/* LS_E_INVALID when the input takes no pictures. */
LsStatus ls_sample_takes_pictures (const LsSampleInput *input, LsError *error);

#endif
