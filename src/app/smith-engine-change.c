/* Edits that are typed: names, shapes, texts, versions. */
#include "smith-engine-edit.h"
#include "smith-engine.h"

#include <glib/gi18n.h>

/* After an edit: notes and error for the window, and the model says that it changed. */
static gboolean
finish (SmithModel *model, LsStatus status, LsEditReport *report, const LsError *cause,
        char **notes, GError **error)
{
  if (status != LS_OK)
    smith_set_error (error, cause);
  else
    {
      GString *text = g_string_new (NULL);

      for (uint32_t i = 0; report != NULL && i < report->n_notes; i++)
        g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", report->notes[i]);
      if (notes != NULL)
        *notes = g_string_free (text, FALSE);
      else
        g_string_free (text, TRUE);
    }
  if (report != NULL)
    ls_edit_report_clear (report);
  if (status == LS_OK)
    smith_model_stepped (model, 1, TRUE);
  return status == LS_OK;
}

/* ---- Cutting ----------------------------------------------------------------------------------
 */

/* Tensors by their names, commas between; NULL after an error. */
static GArray *
find_tensors (SmithModel *model, unsigned subgraph, const char *names, LsError *cause)
{
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_auto (GStrv) parts = g_strsplit (names, ",", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      uint32_t tensor;

      if (g_strstrip (*part)[0] == '\0')
        continue;
      if (ls_edit_find_tensor (smith_model_peek (model), subgraph, *part, &tensor, cause) != LS_OK)
        return NULL;
      g_array_append_val (tensors, tensor);
    }
  return g_steal_pointer (&tensors);
}

gboolean
smith_engine_cut (SmithModel *model, unsigned subgraph, const char *from, const char *until,
                  char **notes, GError **error)
{
  LsEditReport report = { 0 };
  LsError cause = { 0 };
  g_autoptr (GArray) inputs = find_tensors (model, subgraph, from, &cause);
  g_autoptr (GArray) outputs
    = inputs != NULL ? find_tensors (model, subgraph, until, &cause) : NULL;
  LsStatus status;

  if (outputs == NULL)
    {
      smith_set_error (error, &cause);
      return FALSE;
    }
  if (inputs->len + outputs->len == 0)
    {
      g_set_error_literal (error, SMITH_ERROR, LS_E_USAGE,
                           _ ("Name a tensor to cut from, or one to cut until."));
      return FALSE;
    }
  status
    = ls_edit_cut (smith_model_peek_mutable (model), subgraph, (uint32_t *) (void *) inputs->data,
                   inputs->len, (uint32_t *) (void *) outputs->data, outputs->len, &report, &cause);
  return finish (model, status, &report, &cause, notes, error);
}

gboolean
smith_engine_drop_postprocess (SmithModel *model, unsigned subgraph, char **notes, GError **error)
{
  LsEditReport report = { 0 };
  LsError cause = { 0 };
  LsStatus status
    = ls_edit_drop_postprocess (smith_model_peek_mutable (model), subgraph, &report, &cause);

  return finish (model, status, &report, &cause, notes, error);
}

gboolean
smith_engine_rename (SmithModel *model, unsigned subgraph, const char *from, const char *to,
                     char **notes, GError **error)
{
  LsEditReport report = { 0 };
  LsError cause = { 0 };
  LsStatus status;

  if (from[0] == '\0' || to[0] == '\0')
    {
      g_set_error_literal (error, SMITH_ERROR, LS_E_USAGE, _ ("A tensor needs a name."));
      return FALSE;
    }
  status = ls_edit_rename (smith_model_peek_mutable (model), subgraph, from, to, &report, &cause);
  return finish (model, status, &report, &cause, notes, error);
}

/* ---- Shapes -----------------------------------------------------------------------------------
 */

/* "1x320x320x3", also with × or commas; "?" is open. */
static gboolean
parse_shape (const char *text, LsEditShape *shape)
{
  g_auto (GStrv) parts = NULL;
  g_autoptr (GString) plain = g_string_new (text);

  g_string_replace (plain, "×", "x", 0);
  g_string_replace (plain, ",", "x", 0);
  parts = g_strsplit (plain->str, "x", -1);
  shape->rank = 0;
  for (char **part = parts; *part != NULL; part++)
    {
      gint64 size = -1;

      g_strstrip (*part);
      if (shape->rank == LS_MAX_RANK)
        return FALSE;
      if (!g_str_equal (*part, "?")
          && !g_ascii_string_to_signed (*part, 10, -1, INT32_MAX, &size, NULL))
        return FALSE;
      shape->dims[shape->rank++] = (int32_t) size;
    }
  return TRUE;
}

static char *
shape_text (const LsTensor *tensor)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < tensor->rank; i++)
    {
      g_string_append (text, i > 0 ? "x" : "");
      if (tensor->dims[i] < 0)
        g_string_append_c (text, '?');
      else
        g_string_append_printf (text, "%d", tensor->dims[i]);
    }
  return g_string_free (text, FALSE);
}

GPtrArray *
smith_engine_input_shapes (SmithModel *model, unsigned subgraph)
{
  const LsSubgraph *graph = ls_model_subgraph (smith_model_peek (model), subgraph);
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (uint32_t i = 0; graph != NULL && i < graph->n_inputs; i++)
    {
      const LsTensor *tensor = &graph->tensors[graph->inputs[i]];

      g_ptr_array_add (texts, g_strdup (tensor->name));
      g_ptr_array_add (texts, shape_text (tensor));
    }
  return texts;
}

gboolean
smith_engine_set_shapes (SmithModel *model, unsigned subgraph, const char *const *shapes,
                         char **notes, GError **error)
{
  g_autoptr (GPtrArray) before = smith_engine_input_shapes (model, subgraph);
  g_autofree LsEditShape *wanted = g_new0 (LsEditShape, before->len + 1);
  LsEditReport report = { 0 };
  LsError cause = { 0 };
  uint32_t n = 0;
  LsStatus status;

  for (uint32_t i = 0; shapes[i] != NULL && 2 * i + 1 < before->len; i++)
    {
      if (g_str_equal (shapes[i], before->pdata[2 * i + 1]))
        continue;
      wanted[n].input = i;
      if (!parse_shape (shapes[i], &wanted[n++]))
        {
          g_set_error (error, SMITH_ERROR, LS_E_USAGE, _ ("“%s” is no shape: 1x320x320x3 is one."),
                       shapes[i]);
          return FALSE;
        }
    }
  if (n == 0)
    return TRUE;
  status
    = ls_edit_set_shapes (smith_model_peek_mutable (model), subgraph, wanted, n, &report, &cause);
  return finish (model, status, &report, &cause, notes, error);
}

/* ---- Texts and versions -----------------------------------------------------------------------
 */

char *
smith_engine_description (SmithModel *model)
{
  const char *text = ls_model_description (smith_model_peek (model));

  return g_strdup (text != NULL ? text : "");
}

gboolean
smith_engine_set_metadata (SmithModel *model, const char *key, const char *text, GError **error)
{
  LsModel *own = smith_model_peek_mutable (model);
  LsError cause = { 0 };
  LsStatus status = key[0] == '\0' ? ls_edit_set_description (own, text, &cause)
                                   : ls_edit_set_metadata (own, key, text, &cause);

  return finish (model, status, NULL, &cause, NULL, error);
}

static const LsOperator *
find_kind (const LsModel *model, const char *kind, int *version)
{
  const LsOperator *found = NULL;

  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    {
      const LsSubgraph *graph = ls_model_subgraph (model, g);

      for (uint32_t i = 0; i < graph->n_ops; i++)
        if (g_str_equal (ls_op_kind_text (&graph->ops[i]), kind)
            && (found == NULL || graph->ops[i].version < *version))
          {
            found = &graph->ops[i];
            *version = found->version;
          }
    }
  return found;
}

int
smith_engine_op_version (SmithModel *model, const char *kind)
{
  int version = 1;

  find_kind (smith_model_peek (model), kind, &version);
  return version;
}

char **
smith_engine_op_kinds (SmithModel *model)
{
  const LsModel *own = smith_model_peek (model);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GStrvBuilder) kinds = g_strv_builder_new ();

  for (uint32_t g = 0; g < ls_model_n_subgraphs (own); g++)
    {
      const LsSubgraph *graph = ls_model_subgraph (own, g);

      for (uint32_t i = 0; i < graph->n_ops; i++)
        if (g_hash_table_add (seen, (gpointer) ls_op_kind_text (&graph->ops[i])))
          g_strv_builder_add (kinds, ls_op_kind_text (&graph->ops[i]));
    }
  return g_strv_builder_end (kinds);
}

gboolean
smith_engine_set_op_version (SmithModel *model, const char *kind, int version, char **notes,
                             GError **error)
{
  LsEditReport report = { 0 };
  LsError cause = { 0 };
  LsStatus status
    = ls_edit_set_op_version (smith_model_peek_mutable (model), kind, version, &report, &cause);

  return finish (model, status, &report, &cause, notes, error);
}
