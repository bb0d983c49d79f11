#include "smith-engine-run.h"
#include "smith-engine.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum
{
  N_TOP = 5,
  MIN_PICTURE_SIDE = 8,
  MAX_PICTURE_SIDE = 2048
};

static void
port_free (SmithPort *port)
{
  g_free (port->name);
  g_free (port->type);
  g_free (port->shape);
  g_free (port);
}

static void
entry_free (SmithEntry *entry)
{
  g_free (entry->label);
  g_free (entry->signature);
  g_free (entry);
}

static void
add_entry (GPtrArray *entries, char *take_label, unsigned subgraph, const char *signature)
{
  SmithEntry *entry = g_new0 (SmithEntry, 1);

  entry->label = take_label;
  entry->subgraph = subgraph;
  entry->signature = g_strdup (signature);
  g_ptr_array_add (entries, entry);
}

static gboolean
has_signature (const LsModel *model, unsigned subgraph)
{
  for (uint32_t i = 0; i < ls_model_n_signatures (model); i++)
    if (ls_model_signature (model, i)->subgraph == subgraph)
      return TRUE;
  return FALSE;
}

GPtrArray *
smith_engine_entries (SmithModel *model)
{
  const LsModel *m = smith_model_peek (model);
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);

  for (uint32_t i = 0; i < ls_model_n_signatures (m); i++)
    {
      const LsSignature *signature = ls_model_signature (m, i);

      /* Translators: a way to call a model; its key. */
      add_entry (entries, g_strdup_printf (_ ("Signature “%s”"), signature->key),
                 signature->subgraph, signature->key);
    }
  for (uint32_t i = 0; i < ls_model_n_subgraphs (m); i++)
    {
      const char *name = ls_model_subgraph (m, i)->name;

      if (has_signature (m, i))
        continue;
      /* Translators: a graph of a model that has several; its number and name. */
      add_entry (entries, g_strdup_printf (_ ("Subgraph %u %s"), i, name), i, NULL);
    }
  return entries;
}

static const char *
port_name (const LsModel *model, const SmithEntry *entry, uint32_t tensor, const char *name)
{
  for (uint32_t i = 0; entry->signature != NULL && i < ls_model_n_signatures (model); i++)
    {
      const LsSignature *s = ls_model_signature (model, i);

      for (uint32_t k = 0; g_str_equal (s->key, entry->signature) && k < s->n_inputs; k++)
        if (s->inputs[k].tensor == tensor)
          return s->inputs[k].name;
    }
  return name;
}

GPtrArray *
smith_engine_inputs (SmithModel *model, const SmithEntry *entry)
{
  const LsModel *m = smith_model_peek (model);
  const LsSubgraph *s = entry != NULL ? ls_model_subgraph (m, entry->subgraph) : NULL;
  GPtrArray *ports = g_ptr_array_new_with_free_func ((GDestroyNotify) port_free);

  for (uint32_t i = 0; s != NULL && i < s->n_inputs; i++)
    {
      const LsTensor *tensor = &s->tensors[s->inputs[i]];
      SmithPort *port = g_new0 (SmithPort, 1);

      port->name = g_strdup (port_name (m, entry, (uint32_t) s->inputs[i], tensor->name));
      port->type = g_strdup (ls_type_name (tensor->type));
      port->shape = smith_shape_text (tensor->dims, tensor->rank);
      g_ptr_array_add (ports, port);
    }
  return ports;
}

/* ---- Outputs ----------------------------------------------------------------------------------
 */

static void
output_free (SmithOutput *output)
{
  LsArray *array = output->array;

  if (array != NULL)
    ls_array_clear (array);
  g_free (array);
  g_free (output->name);
  g_free (output->type);
  g_free (output->shape);
  g_free (output->statistics);
  g_ptr_array_unref (output->top);
  g_clear_pointer (&output->pixels, g_bytes_unref);
  g_free (output);
}

void
smith_run_result_free (SmithRunResult *result)
{
  g_ptr_array_unref (result->outputs);
  g_free (result);
}

static LsArray *
copy_array (const LsArray *view)
{
  LsArray *copy = g_new (LsArray, 1);

  *copy = *view;
  copy->data = malloc (MAX (view->n_bytes, 1));
  if (copy->data == NULL)
    copy->n_bytes = 0;
  else if (view->n_bytes > 0)
    memcpy (copy->data, view->data, view->n_bytes);
  return copy;
}

typedef struct
{
  double scale, offset;
} Decode;

static Decode
decode_of (const LsQuantization *quant)
{
  if (quant == NULL || quant->n_scales != 1)
    return (Decode){ 1, 0 };
  return (Decode){ (double) quant->scales[0],
                   quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0 };
}

static double
real_at (const LsArray *array, size_t index, Decode d)
{
  return (ls_array_get (array, index) - d.offset) * d.scale;
}

static void
find_top (SmithOutput *output, const LsArray *array, Decode d)
{
  size_t count = ls_array_count (array), best[N_TOP];
  size_t n_best = 0;

  for (size_t i = 0; i < count; i++)
    {
      size_t place = n_best;

      while (place > 0 && real_at (array, i, d) > real_at (array, best[place - 1], d))
        place--;
      if (place >= N_TOP)
        continue;
      n_best = MIN (n_best + 1, (size_t) N_TOP);
      for (size_t k = n_best - 1; k > place; k--)
        best[k] = best[k - 1];
      best[place] = i;
    }
  for (size_t k = 0; k < n_best; k++)
    g_ptr_array_add (output->top,
                     g_strdup_printf ("[%zu]  %.6g", best[k], real_at (array, best[k], d)));
}

/* H×W with 1 or 3 channels, behind a batch of one: values from the least to the greatest. */
static gboolean
is_picture (const LsArray *array, int *height, int *width, int *channels)
{
  int first = array->rank == 4 && array->dims[0] == 1 ? 1 : 0;

  if (array->rank - first != 3)
    return FALSE;
  *height = array->dims[first];
  *width = array->dims[first + 1];
  *channels = array->dims[first + 2];
  return (*channels == 1 || *channels == 3) && *height >= MIN_PICTURE_SIDE
         && *width >= MIN_PICTURE_SIDE && *height <= MAX_PICTURE_SIDE && *width <= MAX_PICTURE_SIDE;
}

static void
take_picture (SmithOutput *output, const LsArray *array, const LsStats *stats)
{
  int height, width, channels;
  double range = stats->max > stats->min ? stats->max - stats->min : 1;
  uint8_t *pixels;

  if (!is_picture (array, &height, &width, &channels))
    return;
  pixels = g_new (uint8_t, (size_t) width * (size_t) height * 3);
  for (size_t i = 0; i < (size_t) width * (size_t) height; i++)
    for (int c = 0; c < 3; c++)
      {
        double value
          = ls_array_get (array, i * (size_t) channels + (size_t) (channels == 3 ? c : 0));

        pixels[3 * i + (size_t) c] = (uint8_t) CLAMP (255 * (value - stats->min) / range, 0, 255);
      }
  output->pixels = g_bytes_new_take (pixels, (size_t) width * (size_t) height * 3);
  output->width = width;
  output->height = height;
}

static SmithOutput *
output_from (const LsPort *port, const LsArray *view)
{
  SmithOutput *output = g_new0 (SmithOutput, 1);
  gboolean is_numeric = view->type != LS_TYPE_STRING && ls_type_bits (view->type) >= 8;
  Decode d = decode_of (port->quant);
  LsStats stats = { 0 };

  output->name = g_strdup (port->name);
  output->type = g_strdup (ls_type_name (view->type));
  output->shape = smith_shape_text (view->dims, view->rank);
  output->top = g_ptr_array_new_with_free_func (g_free);
  output->array = copy_array (view);
  if (!is_numeric)
    return output;
  ls_array_stats (view, &stats);
  output->statistics = g_strdup_printf (
    _ ("minimum %.6g, maximum %.6g, mean %.6g"), (stats.min - d.offset) * d.scale,
    (stats.max - d.offset) * d.scale, (stats.mean - d.offset) * d.scale);
  take_picture (output, view, &stats);
  if (output->pixels == NULL)
    find_top (output, view, d);
  return output;
}

/* ---- Running ----------------------------------------------------------------------------------
 */

typedef struct
{
  char **files, *signature;
  unsigned n_files, n_threads, subgraph;
  uint64_t seed;
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  for (unsigned i = 0; i < order->n_files; i++)
    g_free (order->files[i]);
  g_free (order->files);
  g_free (order->signature);
  smith_work_unref (order->work);
  g_free (order);
}

/* Names the file: the engine speaks of the operator that could not take it. @taken: what was read
 * of it; NULL: it could not be read. */
static void
blame_file (const char *file, const LsPort *port, const LsPort *taken, LsError *error)
{
  g_autofree char *name = g_path_get_basename (file);
  g_autofree char *wants = smith_shape_text (port->dims, port->rank);
  g_autofree char *cause = g_strdup (error->message);

  if (taken == NULL)
    /* Translators: a file, the input that it was chosen for, and why not. */
    g_snprintf (error->message, sizeof error->message, _ ("“%1$s” for the input “%2$s”: %3$s"),
                name, port->name, cause);
  else
    {
      g_autofree char *has = smith_shape_text (taken->dims, taken->rank);

      /* Translators: a file, its type and shape, the input, its type and shape, and the cause. */
      g_snprintf (error->message, sizeof error->message,
                  _ ("“%1$s” is %2$s %3$s, but the input “%4$s” is %5$s %6$s: %7$s"), name,
                  ls_type_name (taken->type), has, port->name, ls_type_name (port->type), wants,
                  cause);
    }
}

LsStatus
smith_session_fill (LsSession *session, uint32_t index, const char *file, uint64_t seed,
                    LsError *error)
{
  const LsImageOptions image = { .resize = LS_RESIZE_CROP };
  LsArray want = { 0 }, array = { 0 };
  LsPort port;
  LsStatus status;

  if (file == NULL)
    return ls_session_fill_input (session, index, seed + index, error);
  if (!ls_session_input (session, index, &port))
    return LS_E_USAGE;
  want.type = port.type;
  want.rank = port.rank;
  memcpy (want.dims, port.dims, sizeof want.dims);
  status = ls_array_load (file, &want, &image, &array, error);
  if (status == LS_OK)
    {
      LsPort taken = { .type = array.type, .rank = array.rank };

      memcpy (taken.dims, array.dims, sizeof taken.dims);
      status = ls_session_set_input (session, index, &array, error);
      if (status != LS_OK)
        blame_file (file, &port, &taken, error);
    }
  else
    blame_file (file, &port, NULL, error);
  ls_array_clear (&array);
  return status;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  ls_session_cancel (data);
}

/* An input may take another shape; an operator that cannot go on with it fails later. */
static void
blame_shapes (const LsModel *model, LsSession *session, const Order *order, LsError *error)
{
  const LsSubgraph *s = ls_model_subgraph (model, order->subgraph);

  for (uint32_t i = 0; s != NULL && i < order->n_files; i++)
    {
      LsPort port, wanted;

      if (order->files[i] == NULL || !ls_session_input (session, i, &port))
        continue;
      wanted = port;
      wanted.rank = s->tensors[port.tensor].rank;
      memcpy (wanted.dims, s->tensors[port.tensor].dims,
              (size_t) wanted.rank * sizeof *wanted.dims);
      if (port.rank == wanted.rank
          && memcmp (port.dims, wanted.dims, (size_t) port.rank * sizeof *port.dims) == 0)
        continue;
      blame_file (order->files[i], &wanted, &port, error);
      return;
    }
}

static LsStatus
run_session (const LsModel *model, LsSession *session, const Order *order, SmithRunResult *result,
             LsError *error)
{
  gulong handler;
  gint64 begin;
  LsStatus status = LS_OK;

  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (session); i++)
    status = smith_session_fill (session, i, i < order->n_files ? order->files[i] : NULL,
                                 order->seed, error);
  if (status != LS_OK)
    return status;
  handler
    = g_cancellable_connect (order->work->cancellable, G_CALLBACK (cancelled_cb), session, NULL);
  begin = g_get_monotonic_time ();
  status = ls_session_run (session, error);
  if (status != LS_OK && status != LS_E_CANCELLED)
    blame_shapes (model, session, order, error);
  result->run_us = (double) (g_get_monotonic_time () - begin);
  g_cancellable_disconnect (order->work->cancellable, handler);
  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_outputs (session); i++)
    {
      LsArray view = { 0 };
      LsPort port = { 0 };

      status = ls_session_get_output (session, i, &view, error);
      if (status == LS_OK && ls_session_output (session, i, &port))
        g_ptr_array_add (result->outputs, output_from (&port, &view));
    }
  return status;
}

static LsStatus
run_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = NULL;
  SmithRunResult *result = g_new0 (SmithRunResult, 1);
  LsStatus status;

  result->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) output_free);
  options.n_threads = order->n_threads;
  options.subgraph = order->subgraph;
  options.signature = order->signature;
  status = ls_session_new (model, &options, &session, error);
  if (status == LS_OK)
    status = run_session (model, session, order, result, error);
  ls_session_free (session);
  if (status != LS_OK)
    g_clear_pointer (&result, smith_run_result_free);
  *out = result;
  return status;
}

void
smith_engine_run_async (SmithModel *model, const SmithRunRequest *request, SmithWork *work,
                        GAsyncReadyCallback callback, gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->subgraph = request->entry->subgraph;
  order->signature = g_strdup (request->entry->signature);
  order->files = g_new0 (char *, request->n_files + 1);
  order->n_files = request->n_files;
  for (unsigned i = 0; i < request->n_files; i++)
    order->files[i] = g_strdup (request->files[i]);
  order->seed = request->seed;
  order->n_threads = request->n_threads;
  order->work = smith_work_ref (work);
  smith_engine_start (model, run_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_run_result_free, callback, data);
}

SmithRunResult *
smith_engine_run_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}

gboolean
smith_engine_save_outputs (SmithRunResult *result, const char *path, GError **error)
{
  for (guint i = 0; i < result->outputs->len; i++)
    {
      const SmithOutput *output = result->outputs->pdata[i];
      const char *dot = strrchr (path, '.');
      int stem = dot != NULL ? (int) (dot - path) : (int) strlen (path);
      g_autofree char *name
        = result->outputs->len == 1
            ? g_strdup (path)
            : g_strdup_printf ("%.*s-%u%s", stem, path, i, dot != NULL ? dot : "");
      LsError cause = { 0 };

      if (ls_array_save (name, output->array, &cause) != LS_OK)
        {
          smith_set_error (error, &cause);
          return FALSE;
        }
    }
  return TRUE;
}
