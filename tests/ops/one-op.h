/*
 * A model of one operator, made, run and judged in a few lines:
 *
 *   OneOp one = one_op (LS_OP_TRANSPOSE);
 *   one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), x);
 *   one_constant (&one, LS_TYPE_INT32, SHAPE (2), perm);
 *   one_output (&one, LS_TYPE_FLOAT32, SHAPE (3, 2), y, sizeof y);
 *   CHECK (one_passes (&one));
 *
 * It is run with one and with three threads, with its constants as constants and as inputs.
 */
#ifndef LS_TESTS_ONE_OP_H
#define LS_TESTS_ONE_OP_H

#include <math.h>

#include "model/model.h"
#include "test.h"

enum
{
  ONE_MAX = 16
};

#define SHAPE(...)                                                                                 \
  (int) (sizeof ((const int32_t[]){ __VA_ARGS__ }) / sizeof (int32_t)), (const int32_t[])          \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }
#define SCALAR 0, NULL

typedef struct
{
  LsType type;
  int rank;
  int32_t dims[LS_MAX_RANK];
  const void *data; /* expected, for an output; NULL: an absent input */
  size_t n_bytes;
  float scale;
  int64_t zero_point;
  const float *scales; /* by channel along `axis`; NULL: `scale` alone */
  uint32_t n_scales;
  int32_t axis;
  bool is_constant;
} OneValue;

typedef struct
{
  int kind;
  const char *custom;
  int version; /* 0: 1 */
  LsBytes custom_options;
  uint32_t n_in, n_out, n_attrs;
  OneValue in[ONE_MAX], out[ONE_MAX];
  LsAttr attrs[ONE_MAX];
  double tolerance; /* of float outputs, relative to the largest expected; 0: the same bytes */
  LsError error;    /* of the last run */
} OneOp;

static inline OneOp
one_op (int kind)
{
  return (OneOp){ .kind = kind };
}

static inline OneOp
one_custom (const char *name)
{
  return (OneOp){ .kind = LS_OP_CUSTOM, .custom = name };
}

static inline OneValue *
one_fill (OneValue *value, LsType type, int rank, const int32_t *dims, const void *data,
          size_t n_bytes)
{
  *value = (OneValue){ .type = type, .rank = rank, .data = data, .n_bytes = n_bytes };
  if (rank > 0)
    memcpy (value->dims, dims, (size_t) rank * sizeof dims[0]);
  return value;
}

/* Strings are given packed, with their size set in the value afterwards. */
static inline OneValue *
one_input (OneOp *one, LsType type, int rank, const int32_t *dims, const void *data)
{
  size_t count = 1;

  for (int i = 0; i < rank; i++)
    count *= (size_t) dims[i];
  return one_fill (&one->in[one->n_in++], type, rank, dims, data,
                   (count * ls_type_bits (type) + 7) / 8);
}

static inline OneValue *
one_constant (OneOp *one, LsType type, int rank, const int32_t *dims, const void *data)
{
  OneValue *value = one_input (one, type, rank, dims, data);

  value->is_constant = true;
  return value;
}

static inline void
one_absent (OneOp *one)
{
  one->in[one->n_in++] = (OneValue){ 0 };
}

static inline OneValue *
one_output (OneOp *one, LsType type, int rank, const int32_t *dims, const void *data,
            size_t n_bytes)
{
  return one_fill (&one->out[one->n_out++], type, rank, dims, data, n_bytes);
}

static inline void
one_quant (OneValue *value, float scale, int64_t zero_point)
{
  value->scale = scale;
  value->zero_point = zero_point;
}

static inline void
one_quant_channels (OneValue *value, const float *scales, uint32_t n_scales, int32_t axis)
{
  value->scale = scales[0];
  value->scales = scales;
  value->n_scales = n_scales;
  value->axis = axis;
}

static inline void
one_int (OneOp *one, const char *name, int64_t value)
{
  one->attrs[one->n_attrs++] = (LsAttr){ .name = name, .kind = LS_ATTR_INT, .i = value };
}

static inline void
one_float (OneOp *one, const char *name, double value)
{
  one->attrs[one->n_attrs++] = (LsAttr){ .name = name, .kind = LS_ATTR_FLOAT, .f = value };
}

static inline void
one_ints (OneOp *one, const char *name, const int64_t *values, uint32_t count)
{
  one->attrs[one->n_attrs++]
    = (LsAttr){ .name = name, .kind = LS_ATTR_INTS, .ints = values, .count = count };
}

static inline int32_t
one_tensor (LsModel *model, const OneValue *value, const char *name, bool is_constant)
{
  LsTensor tensor = {
    .name = name, .type = value->type, .rank = value->rank, .signature_rank = -1, .has_rank = true
  };

  tensor.dims = ls_model_ints (model, value->dims, (uint32_t) value->rank);
  if (value->scale != 0.0f)
    {
      const uint32_t n = value->scales != NULL ? value->n_scales : 1;
      LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
      float *scales = ls_model_alloc (model, n, sizeof *scales);
      int64_t *zero_points = ls_model_alloc (model, n, sizeof *zero_points);

      for (uint32_t i = 0; i < n; i++)
        {
          scales[i] = value->scales != NULL ? value->scales[i] : value->scale;
          zero_points[i] = value->zero_point;
        }
      quant->n_scales = quant->n_zero_points = n;
      quant->scales = scales;
      quant->zero_points = zero_points;
      quant->axis = value->axis;
      tensor.quant = quant;
    }
  if (is_constant)
    tensor.buffer = (uint32_t) ls_model_add_buffer (model, value->data, value->n_bytes);
  return ls_model_add_tensor (model, 0, &tensor);
}

/* @is_late: constants become inputs. */
static inline LsModel *
one_model (const OneOp *one, bool is_late)
{
  LsModel *model = ls_model_new ();
  int32_t in[ONE_MAX], out[ONE_MAX], ports[ONE_MAX];
  uint32_t n_ports = 0;
  const int version = one->version > 0 ? one->version : 1;
  LsOperator op = { .kind = one->kind,
                    .custom_code = one->custom,
                    .custom_options = one->custom_options,
                    .version = version,
                    .n_inputs = one->n_in,
                    .n_outputs = one->n_out,
                    .n_attrs = one->n_attrs,
                    .attrs = one->attrs };

  ls_model_add_graph (model, "main");
  for (uint32_t i = 0; i < one->n_in; i++)
    {
      const bool is_constant = one->in[i].is_constant && !is_late;

      in[i] = one->in[i].data == NULL ? -1 : one_tensor (model, &one->in[i], "x", is_constant);
      if (in[i] >= 0 && !is_constant)
        ports[n_ports++] = in[i];
    }
  for (uint32_t i = 0; i < one->n_out; i++)
    out[i] = one_tensor (model, &one->out[i], "y", false);
  op.inputs = ls_model_ints (model, in, one->n_in);
  op.outputs = ls_model_ints (model, out, one->n_out);
  op.code_index = (uint32_t) ls_model_ensure_code (model, one->kind, one->custom, version);
  ls_model_insert_op (model, 0, 0, &op);
  ls_model_set_ports (model, 0, ports, n_ports, out, one->n_out);
  return model;
}

static inline bool
one_is_close (const LsArray *got, const OneValue *want, double tolerance)
{
  LsArray expected = *got;
  double largest = 0;

  expected.data = (void *) want->data;
  for (size_t i = 0; i < ls_array_count (got); i++)
    largest = fmax (largest, fabs (ls_array_get (&expected, i)));
  for (size_t i = 0; i < ls_array_count (got); i++)
    if (!(fabs (ls_array_get (got, i) - ls_array_get (&expected, i)) <= tolerance * largest))
      return false;
  return true;
}

static inline bool
one_fits (const OneOp *one, const LsArray *got, const OneValue *want)
{
  if (got->type != want->type || got->rank != want->rank || got->n_bytes != want->n_bytes
      || memcmp (got->dims, want->dims, (size_t) want->rank * sizeof want->dims[0]) != 0)
    return false;
  if (one->tolerance > 0 && ls_type_is_float (want->type))
    return one_is_close (got, want, one->tolerance);
  return want->n_bytes == 0 || memcmp (got->data, want->data, want->n_bytes) == 0;
}

/* Runs it once and compares what comes out. */
static inline LsStatus
one_run (OneOp *one, bool is_late, uint32_t n_threads, bool *passes)
{
  LsModel *model = one_model (one, is_late);
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = NULL;
  uint32_t port = 0;

  one->error = (LsError){ 0 };
  options.n_threads = n_threads;

  LsStatus status = ls_session_new (model, &options, &session, &one->error);

  for (uint32_t i = 0; i < one->n_in && status == LS_OK; i++)
    if (one->in[i].data != NULL && (is_late || !one->in[i].is_constant))
      {
        LsArray array = { .type = one->in[i].type,
                          .rank = one->in[i].rank,
                          .data = (void *) one->in[i].data,
                          .n_bytes = one->in[i].n_bytes };

        memcpy (array.dims, one->in[i].dims, sizeof array.dims);
        status = ls_session_set_input (session, port++, &array, &one->error);
      }
  if (status == LS_OK)
    status = ls_session_run (session, &one->error);
  *passes = status == LS_OK;
  for (uint32_t i = 0; i < one->n_out && status == LS_OK; i++)
    {
      LsArray got;

      *passes &= ls_session_get_output (session, i, &got, &one->error) == LS_OK
                 && one_fits (one, &got, &one->out[i]);
    }
  ls_session_free (session);
  ls_model_free (model);
  return status;
}

static inline bool
one_passes (OneOp *one)
{
  for (int way = 0; way < 4; way++)
    {
      bool passes;

      if (one_run (one, (way & 1) != 0, (way & 2) != 0 ? 3 : 1, &passes) != LS_OK)
        printf ("# %s\n", one->error.message);
      if (!passes)
        {
          printf ("# %s, %d threads\n", (way & 1) != 0 ? "late" : "constants",
                  (way & 2) != 0 ? 3 : 1);
          return false;
        }
    }
  return true;
}

/* True when it is refused with a sentence that contains @words, constants or not. */
static inline bool
one_refused (OneOp *one, const char *words)
{
  for (int way = 0; way < 2; way++)
    {
      bool passes;

      if (one_run (one, way == 1, 1, &passes) == LS_OK)
        return false;
      if (strstr (one->error.message, words) == NULL)
        {
          printf ("# %s\n", one->error.message);
          return false;
        }
    }
  return true;
}

#endif
