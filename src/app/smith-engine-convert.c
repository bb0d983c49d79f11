#include "smith-engine-convert-private.h"
#include "smith-engine-report-private.h"

#include <math.h>

enum
{
  MAX_COMPARED = 16, /* samples that the result is measured on */
  FIVE = 5           /* best classes, of which there must be more to mean anything */
};

typedef enum
{
  MAKES_FLOATS,
  MAKES_WEIGHTS, /* integers, between floats */
  MAKES_INTEGERS
} Makes;

static const struct
{
  const char *name;
  LsTo to;
  Makes makes;
} conversions[] = {
  { "float32", LS_TO_FLOAT32, MAKES_FLOATS },
  { "float16", LS_TO_FLOAT16, MAKES_FLOATS },
  { "dynamic", LS_TO_DYNAMIC, MAKES_WEIGHTS },
  { "int8", LS_TO_INT8, MAKES_INTEGERS },
  { "uint8", LS_TO_UINT8, MAKES_INTEGERS },
  { "int16x8", LS_TO_INT16X8, MAKES_INTEGERS },
  { "weight-only", LS_TO_WEIGHTS, MAKES_WEIGHTS },
  { "dense", LS_TO_DENSE, MAKES_FLOATS },
  { "keep", LS_TO_KEEP, MAKES_FLOATS },
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
smith_engine_is_integer (const char *type)
{
  return conversions[find_conversion (type)].makes == MAKES_INTEGERS;
}

gboolean
smith_engine_is_weights (const char *type)
{
  return conversions[find_conversion (type)].makes == MAKES_WEIGHTS;
}

static gboolean
is_integer_value (const LsModel *model, const LsSubgraph *graph, int tensor)
{
  const LsTensor *t = tensor >= 0 ? &graph->tensors[tensor] : NULL;

  return t != NULL && t->quant != NULL && t->quant->n_scales == 1 && ls_type_is_integer (t->type)
         && !ls_tensor_is_constant (model, t);
}

static gboolean
computes_with_integers (const LsModel *model)
{
  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    {
      const LsSubgraph *graph = ls_model_subgraph (model, g);

      for (uint32_t i = 0; i < graph->n_ops; i++)
        if (graph->ops[i].kind != LS_OP_QUANTIZE && graph->ops[i].kind != LS_OP_DEQUANTIZE
            && graph->ops[i].n_inputs > 0 && graph->ops[i].n_outputs > 0
            && is_integer_value (model, graph, graph->ops[i].inputs[0])
            && is_integer_value (model, graph, graph->ops[i].outputs[0]))
          return TRUE;
    }
  return FALSE;
}

/* int16x8 is made of the float model, whatever the source is. */
gboolean
smith_model_needs_ranges (const LsModel *model, const char *type)
{
  return smith_engine_is_integer (type)
         && (conversions[find_conversion (type)].to == LS_TO_INT16X8
             || !computes_with_integers (model));
}

gboolean
smith_engine_needs_calibration (SmithModel *model, const char *type)
{
  return smith_model_needs_ranges (smith_model_peek (model), type);
}

gboolean
smith_engine_target_is_integer (const char *target)
{
  return g_str_has_suffix (target, "-npu");
}

const char *
smith_engine_conversion_problem (const char *type)
{
  const char *why = NULL;

  return ls_convert_available (conversions[find_conversion (type)].to, &why) ? NULL : why;
}

/* ---- Choices ----------------------------------------------------------------------------------
 */

SmithChoice *
smith_choice_copy (const SmithChoice *choice)
{
  SmithChoice *copy = g_new (SmithChoice, 1);

  *copy = *choice;
  copy->samples = g_strdup (choice->samples);
  copy->ranges = choice->ranges != NULL ? smith_ranges_ref (choice->ranges) : NULL;
  copy->keep_float = g_strdupv (choice->keep_float);
  return copy;
}

void
smith_choice_free (SmithChoice *choice)
{
  g_free (choice->samples);
  g_clear_pointer (&choice->ranges, smith_ranges_unref);
  g_strfreev (choice->keep_float);
  g_free (choice);
}

gboolean
smith_choice_takes_samples (const SmithChoice *choice)
{
  if (smith_engine_is_integer (choice->type))
    return TRUE;
  return smith_engine_is_weights (choice->type)
         && (choice->adaptive_rounding == LS_CHOICE_ON
             || (choice->adaptive_rounding == LS_CHOICE_AUTO && choice->improves));
}

LsTo
smith_choice_to (const SmithChoice *choice)
{
  return conversions[find_conversion (choice->type)].to;
}

unsigned
smith_choice_bits (const SmithChoice *choice)
{
  return smith_choice_to (choice) == LS_TO_INT16X8 ? 16 : 8;
}

LsImageOptions
smith_pictures_image (const SmithPictures *pictures)
{
  LsImageOptions image
    = { .resize = (LsResize) pictures->resize, .bgr = pictures->is_bgr != 0, .has_mean_std = true };

  memcpy (image.mean, pictures->mean, sizeof image.mean);
  memcpy (image.std, pictures->std, sizeof image.std);
  return image;
}

LsImageOptions
smith_choice_image (const SmithChoice *choice)
{
  return smith_pictures_image (&choice->pictures);
}

void
smith_engine_set_pictures (SmithModel *model, const SmithPictures *pictures)
{
  g_object_set_data_full (G_OBJECT (model), "pictures",
                          pictures != NULL ? g_memdup2 (pictures, sizeof *pictures) : NULL, g_free);
}

const SmithPictures *
smith_engine_get_pictures (SmithModel *model)
{
  return g_object_get_data (G_OBJECT (model), "pictures");
}

LsConvertOptions
smith_choice_options (const SmithChoice *choice)
{
  return (LsConvertOptions){
    .to = smith_choice_to (choice),
    .calibrate = { .observer = (LsObserver) choice->observer,
                   .percentile = choice->percentile / 100,
                   .bits = smith_choice_bits (choice) },
    .granularity = (LsGranularity) choice->granularity,
    .target = choice->target,
    .bias_correction = (LsChoice) choice->bias_correction,
    .equalization = (LsChoice) choice->equalization,
    .adaptive_rounding = (LsChoice) choice->adaptive_rounding,
    .weight_bits = choice->weight_bits,
    .weight_block = choice->weight_block,
    .float_io = choice->has_float_edges != 0,
    .improve = choice->improves != 0,
    .min_sqnr = choice->min_sqnr,
    .sparsify = choice->sparsifies != 0,
    .block = (LsSparseBlock) choice->block,
    .min_saving = choice->min_saving,
    .n_keep = choice->keep_float != NULL ? g_strv_length (choice->keep_float) : 0,
    .keep_float = (const char *const *) choice->keep_float,
  };
}

/* ---- The result -------------------------------------------------------------------------------
 */

static void
layer_error_free (SmithLayerError *layer)
{
  g_free (layer->name);
  g_free (layer);
}

void
smith_conversion_free (SmithConversion *conversion)
{
  g_ptr_array_unref (conversion->passes);
  g_ptr_array_unref (conversion->notes);
  g_ptr_array_unref (conversion->layers);
  g_free (conversion->floats);
  g_free (conversion->fits);
  g_free (conversion->fits_not);
  g_clear_pointer (&conversion->evidence, smith_evidence_unref);
  g_free (conversion);
}

static gboolean
computes_in_float (const LsSubgraph *graph, const LsOperator *op)
{
  if (op->kind == LS_OP_QUANTIZE || op->kind == LS_OP_DEQUANTIZE || op->n_outputs == 0
      || op->outputs[0] < 0)
    return FALSE;
  return ls_type_is_float (graph->tensors[op->outputs[0]].type);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (a, b);
}

/* "2 × SOFTMAX, RESIZE_BILINEAR": kinds of operators that compute in float. */
static void
find_floats (SmithConversion *c, const LsModel *model)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) text = g_string_new ("");
  g_autoptr (GList) kinds = NULL;

  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    {
      const LsSubgraph *graph = ls_model_subgraph (model, g);

      for (uint32_t i = 0; i < graph->n_ops; i++)
        {
          gpointer kind = (gpointer) ls_op_kind_text (&graph->ops[i]);
          int n = GPOINTER_TO_INT (g_hash_table_lookup (counts, kind));

          if (!computes_in_float (graph, &graph->ops[i]))
            continue;
          g_hash_table_insert (counts, kind, GINT_TO_POINTER (n + 1));
          c->n_floats++;
        }
    }
  kinds = g_list_sort (g_hash_table_get_keys (counts), compare_names);
  for (GList *l = kinds; l != NULL; l = l->next)
    {
      int n = GPOINTER_TO_INT (g_hash_table_lookup (counts, l->data));

      if (text->len > 0)
        g_string_append (text, ", ");
      if (n > 1)
        g_string_append_printf (text, "%d × ", n);
      g_string_append (text, l->data);
    }
  if (text->len > 0)
    c->floats = g_strdup (text->str);
}

static void
take_gains (SmithConversion *c, const LsConvertReport *report)
{
  G_STATIC_ASSERT ((int) SMITH_N_GAINS == (int) LS_N_GAINS);

  for (int i = 0; report->has_gains && i < LS_N_GAINS; i++)
    {
      const LsGain *gain = &report->gains[i];

      c->gains[i] = (SmithGain){ .is_told = gain->choice != LS_CHOICE_OFF,
                                 .is_used = gain->is_used,
                                 .n_samples = gain->n_samples,
                                 .without_db = gain->without_db,
                                 .with_db = gain->with_db };
    }
}

SmithConversion *
smith_conversion_new (const LsConvertReport *report, const LsModel *result)
{
  SmithConversion *c = g_new0 (SmithConversion, 1);

  c->passes = g_ptr_array_new_with_free_func (g_free);
  c->notes = g_ptr_array_new_with_free_func (g_free);
  c->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) layer_error_free);
  for (uint32_t i = 0; i < report->n_passes; i++)
    if (report->passes[i].n_changed > 0)
      g_ptr_array_add (c->passes, g_strdup (report->passes[i].message));
  for (uint32_t i = 0; i < report->n_notes; i++)
    g_ptr_array_add (c->notes, g_strdup (report->notes[i]));
  c->n_ops_before = report->n_ops_before;
  c->n_ops_after = report->n_ops_after;
  c->bytes_before = report->bytes_before;
  c->bytes_after = report->bytes_after;
  c->sqnr_db = c->cosine = c->top1 = c->top5 = NAN;
  find_floats (c, result);
  take_gains (c, report);
  return c;
}

/* ---- Measuring --------------------------------------------------------------------------------
 */

static int
compare_layers (gconstpointer a, gconstpointer b)
{
  const SmithLayerError *x = *(SmithLayerError *const *) a, *y = *(SmithLayerError *const *) b;

  if (isnan (x->sqnr_db) != isnan (y->sqnr_db))
    return isnan (x->sqnr_db) ? -1 : 1;
  return x->sqnr_db < y->sqnr_db ? -1 : x->sqnr_db > y->sqnr_db;
}

static void
take_layers (SmithConversion *c, const LsComparison *comparison)
{
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *t = &comparison->tensors[i];
      SmithLayerError *layer = g_new0 (SmithLayerError, 1);

      layer->name = g_strdup (t->name_a);
      layer->tensor = t->tensor_a;
      layer->is_output = t->is_output;
      layer->sqnr_db = t->sqnr_db;
      layer->cosine = t->cosine;
      g_ptr_array_add (c->layers, layer);
      if (!t->is_output)
        continue;
      c->sqnr_db = isnan (c->sqnr_db) ? t->sqnr_db : fmin (c->sqnr_db, t->sqnr_db);
      c->cosine = isnan (c->cosine) ? t->cosine : fmin (c->cosine, t->cosine);
    }
  g_ptr_array_sort (c->layers, compare_layers);
}

static void
take_agreement (SmithConversion *c, const LsComparison *comparison)
{
  if (comparison->n_agreements == 0 || c->n_compared < 2)
    return;
  c->top1 = comparison->agreements[0].top1;
  if (comparison->agreements[0].n_classes > FIVE)
    c->top5 = comparison->agreements[0].top5;
}

/* A model that cannot run is no failed conversion: its error stays unknown, and @out empty. */
static LsStatus
measure (SmithConversion *c, const LsModel *a, const LsModel *b, const LsSamples *samples,
         const LsProgress *progress, LsComparison *out, LsError *error)
{
  LsStatus status
    = ls_compare_layers (a, b, samples, MAX_COMPARED, NULL, 0, 1, 1, progress, out, error);

  if (status == LS_OK)
    {
      c->n_compared = samples != NULL ? out->n_samples : 0;
      take_layers (c, out);
      take_agreement (c, out);
    }
  return status == LS_E_CANCELLED ? status : LS_OK;
}

/* ---- Targets ----------------------------------------------------------------------------------
 */

static unsigned
count_errors (const LsReport *report)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < report->n_findings; i++)
    n += report->findings[i].severity == LS_SEVERITY_ERROR;
  return n;
}

/* A target that cannot be checked stands in neither list. */
static void
check_targets (SmithConversion *c, const LsModel *result)
{
  g_autoptr (GString) fits = g_string_new (""), fits_not = g_string_new ("");

  for (uint32_t i = 0; i < ls_target_count (); i++)
    {
      LsReport report;
      unsigned n_errors;

      if (ls_check (result, ls_target_name (i), &report, NULL) != LS_OK)
        continue;
      n_errors = count_errors (&report);
      if (n_errors == 0)
        g_string_append_printf (fits, "%s%s", fits->len > 0 ? ", " : "", ls_target_name (i));
      else
        g_string_append_printf (fits_not, "%s%s (%u)", fits_not->len > 0 ? ", " : "",
                                ls_target_name (i), n_errors);
      ls_report_clear (&report);
    }
  c->fits = fits->len > 0 ? g_strdup (fits->str) : NULL;
  c->fits_not = fits_not->len > 0 ? g_strdup (fits_not->str) : NULL;
}

/* ---- The conversion ---------------------------------------------------------------------------
 */

typedef struct
{
  SmithChoice *choice;
  char *path, *title; /* title: of the source */
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  smith_choice_free (order->choice);
  g_free (order->path);
  g_free (order->title);
  smith_work_unref (order->work);
  g_free (order);
}

static LsStatus
save (const LsModel *model, const Order *order, LsError *error)
{
  if (g_cancellable_is_cancelled (order->work->cancellable))
    return LS_E_CANCELLED;
  return ls_model_save (model, order->path, error);
}

/* Takes what was found out; without memory for it there is no report to save. */
static void
keep_evidence (SmithConversion *conversion, const LsModel *model, LsModel *converted,
               const Order *order, LsConvertReport *report, LsComparison *comparison)
{
  g_autofree char *name = g_path_get_basename (order->path);
  const SmithFindings findings = {
    .source = model,
    .result = converted,
    .source_name = order->title,
    .result_name = name,
    .to = order->choice->type,
    .convert = report,
    .comparison = comparison->n_tensors > 0 ? comparison : NULL,
  };

  conversion->evidence = smith_evidence_new_take (&findings);
}

static LsStatus
convert_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  SmithTicker ticker = { order->work->cancellable, &order->work->permille, &order->work->what };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsConvertReport report = { 0 };
  LsComparison comparison = { 0 };
  SmithMaterial material;
  LsModel *converted = NULL;
  SmithConversion *conversion = NULL;
  LsStatus status = smith_material_gather (model, order->choice, &material, error);

  if (status == LS_OK)
    status = ls_convert (model, &material.options, &progress, &converted, &report, error);
  if (status == LS_OK)
    {
      conversion = smith_conversion_new (&report, converted);
      g_atomic_pointer_set (&order->work->what, g_intern_static_string ("compare"));
      check_targets (conversion, converted);
      status
        = measure (conversion, model, converted, material.samples, &progress, &comparison, error);
    }
  if (status == LS_OK)
    status = save (converted, order, error);
  if (status == LS_OK)
    keep_evidence (conversion, model, g_steal_pointer (&converted), order, &report, &comparison);
  else
    g_clear_pointer (&conversion, smith_conversion_free);
  ls_comparison_clear (&comparison);
  ls_convert_report_clear (&report);
  smith_material_clear (&material);
  ls_model_free (converted);
  *out = conversion;
  return status;
}

static Order *
order_new (SmithModel *model, const SmithChoice *choice, SmithWork *work)
{
  Order *order = g_new0 (Order, 1);

  order->choice = smith_choice_copy (choice);
  order->title = g_strdup (smith_model_get_title (model));
  order->work = smith_work_ref (work);
  return order;
}

void
smith_engine_convert_async (SmithModel *model, const SmithChoice *choice, GFile *file,
                            SmithWork *work, GAsyncReadyCallback callback, gpointer data)
{
  Order *order = order_new (model, choice, work);

  order->path = g_file_get_path (file);
  smith_engine_start (model, convert_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_conversion_free, callback, data);
}

SmithConversion *
smith_engine_convert_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
