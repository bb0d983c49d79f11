#include "smith-engine-edit.h"
#include "smith-engine.h"

#include <glib/gi18n.h>

const char *
smith_engine_tensor_name (SmithModel *model, unsigned subgraph, int tensor)
{
  const LsSubgraph *s = ls_model_subgraph (smith_model_peek (model), subgraph);

  return s != NULL && tensor >= 0 && (uint32_t) tensor < s->n_tensors ? s->tensors[tensor].name
                                                                      : NULL;
}

static gboolean
is_taken (SmithModel *model, unsigned subgraph, int tensor, const char *name)
{
  const LsSubgraph *s = ls_model_subgraph (smith_model_peek (model), subgraph);

  for (uint32_t i = 0; s != NULL && i < s->n_tensors; i++)
    if ((int) i != tensor && g_str_equal (s->tensors[i].name, name))
      return TRUE;
  return FALSE;
}

gboolean
smith_engine_rename_tensor (SmithModel *model, unsigned subgraph, int tensor, const char *name,
                            GError **error)
{
  const char *old = smith_engine_tensor_name (model, subgraph, tensor);
  LsError cause = { 0 };

  if (old != NULL && g_str_equal (old, name))
    return TRUE;
  if (name[0] == '\0' || is_taken (model, subgraph, tensor, name))
    {
      g_set_error_literal (error, SMITH_ERROR, LS_E_INVALID,
                           name[0] == '\0' ? _ ("A tensor needs a name.")
                                           : _ ("Another tensor has this name."));
      return FALSE;
    }
  if (ls_edit_rename_tensor (smith_model_peek_mutable (model), subgraph, (uint32_t) tensor, name,
                             &cause)
      != LS_OK)
    {
      smith_set_error (error, &cause);
      return FALSE;
    }
  smith_model_stepped (model, 1, TRUE);
  return TRUE;
}

static gboolean
cut (SmithModel *model, unsigned subgraph, const uint32_t *from, const uint32_t *until,
     GError **error)
{
  LsError cause = { 0 };

  if (ls_edit_cut (smith_model_peek_mutable (model), subgraph, from, from != NULL, until,
                   until != NULL, NULL, &cause)
      != LS_OK)
    {
      smith_set_error (error, &cause);
      return FALSE;
    }
  smith_model_stepped (model, 1, TRUE);
  return TRUE;
}

gboolean
smith_engine_cut_until (SmithModel *model, unsigned subgraph, int tensor, GError **error)
{
  const uint32_t until = (uint32_t) tensor;

  return cut (model, subgraph, NULL, &until, error);
}

gboolean
smith_engine_cut_from (SmithModel *model, unsigned subgraph, int tensor, GError **error)
{
  const uint32_t from = (uint32_t) tensor;

  return cut (model, subgraph, &from, NULL, error);
}

gboolean
smith_engine_can_undo (SmithModel *model, int direction)
{
  return direction < 0 ? ls_edit_can_undo (smith_model_peek (model))
                       : ls_edit_can_redo (smith_model_peek (model));
}

void
smith_engine_undo (SmithModel *model, int direction)
{
  if (!smith_engine_can_undo (model, direction))
    return;
  if (direction < 0)
    ls_edit_undo (smith_model_peek_mutable (model));
  else
    ls_edit_redo (smith_model_peek_mutable (model));
  smith_model_stepped (model, direction, FALSE);
}
