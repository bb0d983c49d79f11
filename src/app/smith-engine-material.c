/* What conversions are made from: samples, and ranges, which can be had alone as well. */
#include "smith-engine-convert-private.h"
#include "smith-engine-ranges-private.h"

#include <glib/gi18n.h>

void
smith_material_clear (SmithMaterial *material)
{
  ls_samples_free (material->samples);
  ls_ranges_free (material->ranges);
}

/* An observer that was asked for chooses all but those set by hand. */
static LsStatus
copy_ranges (const SmithChoice *choice, SmithMaterial *material)
{
  material->ranges = smith_copy_ranges (smith_ranges_peek (choice->ranges));
  if (material->ranges == NULL)
    return LS_E_NO_MEMORY;
  if (choice->observer != LS_OBSERVE_AUTO)
    ls_ranges_observe (material->ranges, &material->options.calibrate);
  material->options.ranges = material->ranges;
  return LS_OK;
}

LsStatus
smith_material_gather (const LsModel *model, const SmithChoice *choice, SmithMaterial *material,
                       LsError *error)
{
  LsImageOptions image = smith_choice_image (choice);
  LsStatus status = LS_OK;

  *material = (SmithMaterial){ .options = smith_choice_options (choice) };
  if (!smith_choice_takes_samples (choice))
    return LS_OK;
  if (choice->samples != NULL)
    status = ls_samples_open (model, choice->samples, &image, &material->samples, error);
  material->options.samples = material->samples;
  if (status == LS_OK && choice->ranges != NULL && smith_engine_is_integer (choice->type))
    status = copy_ranges (choice, material);
  return status;
}

/* ---- Ranges alone -----------------------------------------------------------------------------
 */

typedef struct
{
  SmithChoice *choice;
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  smith_choice_free (order->choice);
  smith_work_unref (order->work);
  g_free (order);
}

static Order *
order_new (const SmithChoice *choice, SmithWork *work)
{
  Order *order = g_new0 (Order, 1);

  order->choice = smith_choice_copy (choice);
  order->work = smith_work_ref (work);
  return order;
}

/* The ranges belong to the float model that the integers are made of: a whole conversion has it. */
static LsStatus
calibrate_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  SmithTicker ticker = { order->work->cancellable, &order->work->permille, &order->work->what };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsConvertReport report = { 0 };
  SmithMaterial material;
  LsModel *converted = NULL;
  LsStatus status = smith_material_gather (model, order->choice, &material, error);

  material.options.improve = false;
  material.options.min_sqnr = 0;
  if (status == LS_OK)
    status = ls_convert (model, &material.options, &progress, &converted, &report, error);
  if (status == LS_OK && report.ranges != NULL)
    {
      *out = smith_ranges_new_take (report.ranges);
      report.ranges = NULL;
    }
  else if (status == LS_OK)
    {
      status = LS_E_UNSUPPORTED;
      g_strlcpy (error->message,
                 _ ("The model is quantized already: its scales are kept, and there are no ranges "
                    "to choose."),
                 sizeof error->message);
    }
  ls_convert_report_clear (&report);
  smith_material_clear (&material);
  ls_model_free (converted);
  return status;
}

void
smith_engine_calibrate_async (SmithModel *model, const SmithChoice *choice, SmithWork *work,
                              GAsyncReadyCallback callback, gpointer data)
{
  smith_engine_start (model, calibrate_job, order_new (choice, work), (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_ranges_unref, callback, data);
}

static LsStatus
load_job (const LsModel *model, gpointer path, gpointer *out, LsError *error)
{
  LsRanges *ranges = NULL;
  LsStatus status = ls_ranges_load (model, path, &ranges, error);

  if (status == LS_OK)
    *out = smith_ranges_new_take (ranges);
  return status;
}

void
smith_engine_load_ranges_async (SmithModel *model, GFile *file, GAsyncReadyCallback callback,
                                gpointer data)
{
  smith_engine_start (model, load_job, g_file_get_path (file), g_free,
                      (GDestroyNotify) smith_ranges_unref, callback, data);
}

SmithRanges *
smith_engine_ranges_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
