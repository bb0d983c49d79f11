/*
 * CONCATENATION: copied, but for uint8 of another scale, which is rescaled in floats.
 *
 * Sources: tflite/kernels/concatenation.cc, internal/reference/concatenation.h.
 */
#include "explain/explain.h"

#include <math.h>
#include <string.h>

/* The input that the element comes from, and its element there. */
static const LsValue *
find_source (const LsExplainer *e, uint32_t *which, size_t *element)
{
  const LsNode *node = e->node;
  const int rank = node->out[0]->rank;
  const int64_t option = ls_attr_int (node->def, "axis", 0);
  const int axis = (int) (option < 0 ? option + rank : option);
  int32_t at[LS_MAX_RANK];

  memcpy (at, e->at, sizeof at);
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      const int32_t size = node->in[i]->rank == 0 ? 1 : node->in[i]->dims[axis];

      if (at[axis] < size)
        {
          *which = i;
          *element = node->in[i]->rank == 0 ? 0 : ls_explain_index (node->in[i], at);
          return node->in[i];
        }
      at[axis] -= size;
    }
  return NULL;
}

static void
rescale (LsExplainer *e, const LsValue *x, int32_t a)
{
  const LsValue *y = e->node->out[0];

  e->out->arithmetic = "uint8 of another scale: rescaled in floats, rounded half away from zero.";
  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, x->scale);
  ls_explain_f32 (e, "output_scale", "scale of the output", NULL, y->scale);
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, x->zero_point);
  ls_explain_i32 (e, "output_zero_point", "zero point of the output", NULL, y->zero_point);

  const float scale = ls_explain_f32 (
    e, "scale", "of the two", "input_scale * (1.0f / output_scale)", x->scale * (1.0f / y->scale));
  const float bias
    = ls_explain_f32 (e, "bias", "of the zero point", "(float) -input_zero_point * scale",
                      (float) -x->zero_point * scale);
  const float scaled
    = ls_explain_f32 (e, "scaled", "in steps of the output",
                      "roundf ((float) a * scale + bias) + (float) output_zero_point",
                      roundf ((float) a * scale + bias) + (float) y->zero_point);
  const int32_t raised = ls_explain_i32 (e, "raised", "as an integer",
                                         "(int32_t) fminf (fmaxf (scaled, -1.0f), 256.0f)",
                                         (int32_t) fminf (fmaxf (scaled, -1.0f), 256.0f));

  ls_explain_store (e, raised, 0, 255);
}

LsStatus
ls_explain_concatenation (LsExplainer *e, LsError *error)
{
  const LsValue *y = e->node->out[0];
  uint32_t which = 0;
  size_t element = 0;
  const LsValue *x = find_source (e, &which, &element);

  if (x == NULL || ls_type_bits (x->type) > 32
      || (ls_type_is_float (x->type) && x->type != LS_TYPE_FLOAT32))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (y->type));
  ls_explain_operand (e, ls_explain_text (e, "input %u", which), x, 0);

  const double a = ls_explain_read (e, "a", x, element);

  e->out->float_value = ls_explain_real (x, 0, a);
  e->out->arithmetic = "Copied as it is stored.";
  if (y->type == LS_TYPE_UINT8 && x->rank > 0
      && (x->scale != y->scale || x->zero_point != y->zero_point))
    rescale (e, x, (int32_t) a);
  else if (y->type == LS_TYPE_FLOAT32)
    ls_explain_store_float (e, "a", (float) a);
  else
    ls_explain_store_plain (e, "a", (int64_t) a);
  return LS_OK;
}
