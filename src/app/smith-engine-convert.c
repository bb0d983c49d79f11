#include "smith-engine-convert.h"
#include "smith-engine.h"

#include <glib/gi18n.h>
#include <math.h>

static const struct
{
  const char *name;
  LsTo to;
  gboolean needs_calibration;
} conversions[] = {
  { "float32", LS_TO_FLOAT32, FALSE }, { "float16", LS_TO_FLOAT16, FALSE },
  { "dynamic", LS_TO_DYNAMIC, FALSE }, { "int8", LS_TO_INT8, TRUE },
  { "uint8", LS_TO_UINT8, TRUE },      { "int16x8", LS_TO_INT16X8, TRUE },
};

const char *const *
smith_engine_conversions (void)
{
  static const char *names[G_N_ELEMENTS (conversions) + 1];

  for (size_t i = 0; i < G_N_ELEMENTS (conversions); i++)
    names[i] = conversions[i].name;
  return names;
}

static size_t
find_conversion (const char *type)
{
  for (size_t i = 0; i < G_N_ELEMENTS (conversions); i++)
    if (g_str_equal (conversions[i].name, type))
      return i;
  return 0;
}

gboolean
smith_engine_needs_calibration (const char *type)
{
  return conversions[find_conversion (type)].needs_calibration;
}

const char *
smith_engine_conversion_problem (const char *type)
{
  const char *why = NULL;

  return ls_convert_available (conversions[find_conversion (type)].to, &why) ? NULL : why;
}

/* ---- Converting -------------------------------------------------------------------------------
 */

typedef struct
{
  LsTo to;
  char *path, *calibration;
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  g_free (order->path);
  g_free (order->calibration);
  smith_work_unref (order->work);
  g_free (order);
}

void
smith_conversion_free (SmithConversion *conversion)
{
  g_ptr_array_unref (conversion->passes);
  g_ptr_array_unref (conversion->notes);
  g_free (conversion);
}

static SmithConversion *
conversion_from (const LsConvertReport *report)
{
  SmithConversion *c = g_new0 (SmithConversion, 1);

  c->passes = g_ptr_array_new_with_free_func (g_free);
  c->notes = g_ptr_array_new_with_free_func (g_free);
  for (uint32_t i = 0; i < report->n_passes; i++)
    if (report->passes[i].n_changed > 0)
      g_ptr_array_add (c->passes, g_strdup (report->passes[i].message));
  for (uint32_t i = 0; i < report->n_notes; i++)
    g_ptr_array_add (c->notes, g_strdup (report->notes[i]));
  c->n_ops_before = report->n_ops_before;
  c->n_ops_after = report->n_ops_after;
  c->bytes_before = report->bytes_before;
  c->bytes_after = report->bytes_after;
  c->sqnr_db = c->cosine = NAN;
  return c;
}

/* The least of the outputs on random input. A model that cannot run is no failed conversion. */
static LsStatus
measure (SmithConversion *c, const LsModel *a, const LsModel *b, const LsProgress *progress,
         LsError *error)
{
  LsComparison comparison = { 0 };
  LsStatus status = ls_compare (a, b, NULL, 0, 1, 1, progress, &comparison, error);

  if (status == LS_OK)
    {
      c->sqnr_db = INFINITY;
      c->cosine = 1;
      for (uint32_t i = 0; i < comparison.n_tensors; i++)
        if (comparison.tensors[i].is_output)
          {
            c->sqnr_db = fmin (c->sqnr_db, comparison.tensors[i].sqnr_db);
            c->cosine = fmin (c->cosine, comparison.tensors[i].cosine);
          }
    }
  ls_comparison_clear (&comparison);
  return status == LS_E_CANCELLED ? status : LS_OK;
}

static LsStatus
convert (const LsModel *model, const Order *order, SmithConversion **out, LsError *error)
{
  SmithTicker ticker = { order->work->cancellable, &order->work->permille };
  LsProgress progress = smith_ticker_progress (&ticker);
  const LsConvertOptions options = { .to = order->to };
  LsConvertReport report = { 0 };
  LsModel *converted = NULL;
  LsStatus status = ls_convert (model, &options, &progress, &converted, &report, error);

  if (status == LS_OK)
    {
      *out = conversion_from (&report);
      status = measure (*out, model, converted, &progress, error);
    }
  if (status == LS_OK)
    status = ls_model_save (converted, order->path, error);
  if (status != LS_OK)
    g_clear_pointer (out, smith_conversion_free);
  ls_convert_report_clear (&report);
  ls_model_free (converted);
  return status;
}

static LsStatus
convert_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  SmithConversion *conversion = NULL;
  LsStatus status = convert (model, data, &conversion, error);

  *out = conversion;
  return status;
}

void
smith_engine_convert_async (SmithModel *model, const char *type, const char *calibration,
                            GFile *file, SmithWork *work, GAsyncReadyCallback callback,
                            gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->to = conversions[find_conversion (type)].to;
  order->path = g_file_get_path (file);
  order->calibration = g_strdup (calibration);
  order->work = smith_work_ref (work);
  smith_engine_start (model, convert_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_conversion_free, callback, data);
}

SmithConversion *
smith_engine_convert_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
