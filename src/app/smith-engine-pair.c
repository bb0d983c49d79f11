/* One tensor in two models on the same input: its values, counted. */
#include "smith-engine-compare.h"
#include "smith-engine-convert-private.h"
#include "smith-engine.h"

#include <math.h>

typedef struct
{
  char *path, *samples;
  int tensor_a, tensor_b;
  uint64_t seed;
  gboolean has_image;
  LsImageOptions image; /* of samples, when a person said it */
} Order;

static void
order_free (Order *order)
{
  g_free (order->path);
  g_free (order->samples);
  g_free (order);
}

typedef struct
{
  double *values;
  size_t n;
  int rank;
  int32_t dims[LS_MAX_RANK];
} Reals;

static double
scale_of (const LsQuantization *quant)
{
  return quant != NULL && quant->n_scales == 1 ? (double) quant->scales[0] : 1;
}

static double
zero_of (const LsQuantization *quant)
{
  return quant != NULL && quant->n_scales == 1 && quant->n_zero_points > 0
           ? (double) quant->zero_points[0]
           : 0;
}

static Reals
reals_of (const LsArray *array, const LsQuantization *quant)
{
  Reals reals = { .n = ls_array_count (array), .rank = array->rank };

  memcpy (reals.dims, array->dims, sizeof reals.dims);
  reals.values = g_new (double, reals.n + 1);
  for (size_t i = 0; i < reals.n; i++)
    reals.values[i] = (ls_array_get (array, i) - zero_of (quant)) * scale_of (quant);
  return reals;
}

/* The nearest integer that stands for a real number. */
static double
stored_of (double real, const LsPort *port)
{
  unsigned bits = ls_type_bits (port->type);
  double low, high, stored;

  if (!ls_type_is_integer (port->type) || port->quant == NULL || port->quant->n_scales != 1)
    return real;
  low = port->type == LS_TYPE_UINT8 ? 0 : -ldexp (1, (int) bits - 1);
  high = port->type == LS_TYPE_UINT8 ? 255 : ldexp (1, (int) bits - 1) - 1;
  stored = round (real / scale_of (port->quant)) + zero_of (port->quant);
  return CLAMP (stored, low, high);
}

static LsStatus
feed (LsSession *to, uint32_t index, const Reals *reals, LsError *error)
{
  LsPort port;
  g_autofree float *floats = g_new (float, reals->n + 1);
  LsArray array = { .type = LS_TYPE_FLOAT32, .n_bytes = reals->n * sizeof (float) };
  LsStatus status;

  if (!ls_session_input (to, index, &port))
    return LS_OK;
  array.rank = reals->rank;
  memcpy (array.dims, reals->dims, sizeof array.dims);
  for (size_t i = 0; i < reals->n; i++)
    floats[i] = (float) stored_of (reals->values[i], &port);
  array.data = malloc (MAX (array.n_bytes, 1));
  if (array.data == NULL)
    return LS_E_NO_MEMORY;
  memcpy (array.data, floats, array.n_bytes);
  status = ls_array_convert (&array, port.type, error);
  if (status == LS_OK)
    status = ls_session_set_input (to, index, &array, error);
  ls_array_clear (&array);
  return status;
}

/* The first sample, as the model's real numbers or integers. */
static LsStatus
feed_sample (const LsModel *model, LsSession *session, const Order *order, LsError *error)
{
  uint32_t n = ls_session_n_inputs (session);
  LsSamples *samples = NULL;
  LsStatus status = ls_samples_open (model, order->samples, order->has_image ? &order->image : NULL,
                                     &samples, error);
  g_autofree LsArray *arrays = g_new0 (LsArray, (size_t) n + 1);

  if (status == LS_OK && ls_samples_n_inputs (samples) == n)
    status = ls_samples_load (samples, 0, arrays, error);
  for (uint32_t i = 0; i < n; i++)
    {
      Reals reals = reals_of (&arrays[i], NULL);

      if (status == LS_OK && arrays[i].data != NULL)
        status = feed (session, i, &reals, error);
      g_free (reals.values);
      ls_array_clear (&arrays[i]);
    }
  ls_samples_free (samples);
  return status;
}

static LsStatus
run_a (const LsModel *model, LsSession *session, const Order *order, LsError *error)
{
  LsStatus status = LS_OK;

  if (order->samples != NULL)
    status = feed_sample (model, session, order, error);
  else
    for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (session); i++)
      status = ls_session_fill_input (session, i, order->seed + i, error);
  return status == LS_OK ? ls_session_run (session, error) : status;
}

/* B gets what A got, as far as it has the inputs. */
static LsStatus
run_b (LsSession *a, LsSession *b, LsError *error)
{
  LsStatus status = LS_OK;

  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (b); i++)
    {
      LsPort port;
      LsArray view;
      Reals reals;

      if (!ls_session_input (a, i, &port))
        break;
      status = ls_session_get_tensor (a, (uint32_t) port.tensor, &view, error);
      if (status != LS_OK)
        break;
      reals = reals_of (&view, port.quant);
      status = feed (b, i, &reals, error);
      g_free (reals.values);
    }
  return status == LS_OK ? ls_session_run (b, error) : status;
}

static void
widen (const Reals *reals, SmithPairHistogram *h)
{
  for (size_t i = 0; i < reals->n; i++)
    if (isfinite (reals->values[i]))
      {
        h->low = fmin (h->low, reals->values[i]);
        h->high = fmax (h->high, reals->values[i]);
      }
}

static void
count (const Reals *reals, const SmithPairHistogram *h, double *bins)
{
  double width = (h->high - h->low) / SMITH_PAIR_BINS;

  for (size_t i = 0; i < reals->n; i++)
    if (isfinite (reals->values[i]))
      {
        int bin = width > 0 ? (int) ((reals->values[i] - h->low) / width) : 0;

        bins[CLAMP (bin, 0, SMITH_PAIR_BINS - 1)]++;
      }
}

/* Channels that equalization made larger, as the source has them. */
static void
take_factors_back (Reals *reals, const LsTensor *tensor)
{
  uint32_t n = tensor->n_channel_factors;

  if (n == 0 || reals->rank == 0 || reals->dims[reals->rank - 1] != (int32_t) n)
    return;
  for (size_t i = 0; i < reals->n; i++)
    reals->values[i] /= (double) tensor->channel_factors[i % n];
}

static LsStatus
tensor_reals (const LsModel *model, LsSession *session, int tensor, Reals *out, LsError *error)
{
  LsArray view;
  LsStatus status = ls_session_get_tensor (session, (uint32_t) tensor, &view, error);

  if (status == LS_OK)
    {
      const LsTensor *from = &ls_model_subgraph (model, 0)->tensors[tensor];

      *out = reals_of (&view, from->quant);
      take_factors_back (out, from);
    }
  return status;
}

static LsStatus
pair_histogram (const LsModel *a, const LsModel *b, const Order *order, SmithPairHistogram *h,
                LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *sa = NULL, *sb = NULL;
  Reals ra = { 0 }, rb = { 0 };
  LsStatus status;

  options.trace = true;
  status = ls_session_new (a, &options, &sa, error);
  if (status == LS_OK)
    status = ls_session_new (b, &options, &sb, error);
  if (status == LS_OK)
    status = run_a (a, sa, order, error);
  if (status == LS_OK)
    status = run_b (sa, sb, error);
  if (status == LS_OK)
    status = tensor_reals (a, sa, order->tensor_a, &ra, error);
  if (status == LS_OK)
    status = tensor_reals (b, sb, order->tensor_b, &rb, error);
  if (status == LS_OK)
    {
      *h = (SmithPairHistogram){ .low = INFINITY, .high = -INFINITY };
      widen (&ra, h);
      widen (&rb, h);
      count (&ra, h, h->a);
      count (&rb, h, h->b);
    }
  g_free (ra.values);
  g_free (rb.values);
  ls_session_free (sa);
  ls_session_free (sb);
  return status;
}

static LsStatus
pair_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  g_autofree SmithPairHistogram *h = g_new0 (SmithPairHistogram, 1);
  LsModel *other = NULL;
  LsStatus status = smith_load_model (order->path, &other, error);

  if (status == LS_OK)
    status = pair_histogram (model, other, order, h, error);
  ls_model_free (other);
  if (status == LS_OK)
    *out = g_steal_pointer (&h);
  return status;
}

void
smith_engine_pair_async (SmithModel *model, GFile *file, const SmithPair *pair,
                         const SmithFeed *feed, GAsyncReadyCallback callback, gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->path = g_file_get_path (file);
  order->samples = g_strdup (feed->samples);
  order->has_image = smith_engine_get_pictures (model) != NULL;
  if (order->has_image)
    order->image = smith_pictures_image (smith_engine_get_pictures (model));
  order->tensor_a = pair->tensor_a;
  order->tensor_b = pair->tensor_b;
  order->seed = feed->seed;
  smith_engine_start (model, pair_job, order, (GDestroyNotify) order_free, g_free, callback, data);
}

SmithPairHistogram *
smith_engine_pair_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
