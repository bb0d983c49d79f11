#include "smith-engine-inspect.h"
#include "smith-engine.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum
{
  MAX_SHOWN = 8 /* numbers of a list attribute */
};

/* ---- Texts ------------------------------------------------------------------------------------
 */

static char *
attr_text (const LsAttr *attr)
{
  GString *text;

  switch (attr->kind)
    {
    case LS_ATTR_INT:
      if (attr->is_bool)
        return g_strdup (attr->i != 0 ? "true" : "false");
      if (attr->is_enum && attr->text != NULL)
        return g_strdup (attr->text);
      return g_strdup_printf ("%" G_GINT64_FORMAT, attr->i);
    case LS_ATTR_FLOAT:
      return g_strdup_printf ("%.9g", attr->f);
    case LS_ATTR_STRING:
      return g_strdup (attr->text != NULL ? attr->text : "");
    case LS_ATTR_BYTES:
      return g_strdup_printf (_ ("%zu bytes"), attr->bytes.size);
    case LS_ATTR_INTS:
    case LS_ATTR_FLOATS:
      text = g_string_new ("");
      for (uint32_t i = 0; i < attr->count && i < MAX_SHOWN; i++)
        if (attr->kind == LS_ATTR_INTS)
          g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", attr->ints[i]);
        else
          g_string_append_printf (text, "%s%.7g", i > 0 ? ", " : "", (double) attr->floats[i]);
      if (attr->count > MAX_SHOWN)
        g_string_append (text, ", …");
      return g_string_free (text, FALSE);
    }
  return g_strdup ("");
}

static char *
quant_text (const LsQuantization *quant)
{
  if (quant == NULL)
    return NULL;
  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    return g_strdup_printf (_ ("blocks of %d"), (int) quant->block_size);
  if (quant->n_scales == 0)
    return NULL;
  if (quant->n_scales == 1)
    return g_strdup_printf (_ ("scale %.6g, zero point %lld"), (double) quant->scales[0],
                            (long long) (quant->n_zero_points > 0 ? quant->zero_points[0] : 0));
  return g_strdup_printf (
    /* Translators: a tensor with a scale a channel, and the dimension that holds the channels. */
    ngettext ("%u scale along dimension %d, zero point %lld",
              "%u scales along dimension %d, zero point %lld", quant->n_scales),
    quant->n_scales, (int) quant->axis,
    (long long) (quant->n_zero_points > 0 ? quant->zero_points[0] : 0));
}

static char *
type_and_shape (const LsTensor *tensor)
{
  g_autofree char *shape = smith_shape_text (tensor->dims, tensor->rank);

  return g_strdup_printf ("%s %s", ls_type_name (tensor->type),
                          shape[0] != '\0' ? shape : _ ("scalar"));
}

/* ---- An operator ------------------------------------------------------------------------------
 */

static void
add_tensor_row (SmithFactGroup *group, const SmithNet *net, const LsSubgraph *subgraph,
                const char *role, int index)
{
  const LsTensor *tensor;
  SmithFact *fact;
  g_autofree char *quant = NULL, *type = NULL;

  if (index < 0 || (uint32_t) index >= subgraph->n_tensors)
    {
      smith_fact_group_take (group, role, g_strdup (_ ("absent")));
      return;
    }
  tensor = &subgraph->tensors[index];
  fact = smith_fact_group_take (group, role,
                                smith_tidy_name (smith_net_short_name (net, tensor->name)));
  fact->whole = g_strdup (tensor->name);
  quant = quant_text (tensor->quant);
  type = type_and_shape (tensor);
  fact->detail = quant != NULL ? g_strdup_printf ("%s · %s", type, quant) : g_strdup (type);
  fact->tensor = index;
}

static void
add_tensors (SmithFacts *facts, const char *title, const SmithNet *net, const LsSubgraph *subgraph,
             const char *kind, const int32_t *tensors, uint32_t count)
{
  SmithFactGroup *group;

  if (count == 0)
    return;
  group = smith_facts_add_group (facts, title);
  for (uint32_t i = 0; i < count; i++)
    {
      const char *role = kind != NULL ? smith_input_role (kind, i) : NULL;
      g_autofree char *number = g_strdup_printf ("%u", i);

      add_tensor_row (group, net, subgraph, role != NULL ? role : number, tensors[i]);
    }
}

static void
add_attributes (SmithFacts *facts, const LsOperator *op)
{
  SmithFactGroup *group;

  if (op->n_attrs == 0 && op->custom_options.size == 0)
    return;
  group = smith_facts_add_group (facts, _ ("Attributes"));
  for (uint32_t i = 0; i < op->n_attrs; i++)
    smith_fact_group_take (group, op->attrs[i].name, attr_text (&op->attrs[i]));
  if (op->custom_options.size > 0)
    smith_fact_group_take (group, "custom_options",
                           g_strdup_printf (_ ("%zu bytes"), op->custom_options.size));
}

static SmithFacts *
op_facts (const LsModel *model, const LsSubgraph *subgraph, const SmithNet *net, int index)
{
  const LsOperator *op = &subgraph->ops[index];
  SmithFacts *facts = smith_facts_new (ls_op_kind_text (op), ls_op_name (subgraph, op));
  SmithFactGroup *group = smith_facts_add_group (facts, _ ("Operator"));

  smith_fact_group_take (group, _ ("index"), g_strdup_printf ("%d", index));
  smith_fact_group_take (group, _ ("version"), g_strdup_printf ("%d", (int) op->version));
  if (net->ops[index].macs > 0)
    smith_fact_group_take (group, _ ("multiply-adds"), smith_count_text (net->ops[index].macs));
  add_attributes (facts, op);
  add_tensors (facts, _ ("Inputs"), net, subgraph, net->ops[index].kind, op->inputs, op->n_inputs);
  add_tensors (facts, _ ("Outputs"), net, subgraph, NULL, op->outputs, op->n_outputs);
  add_tensors (facts, _ ("Intermediates"), net, subgraph, NULL, op->intermediates,
               op->n_intermediates);
  return facts;
}

/* ---- A tensor ---------------------------------------------------------------------------------
 */

/* Which one, where several are of a kind. */
static void
add_user (SmithFactGroup *group, const SmithNet *net, const char *role, int op)
{
  SmithFact *fact = smith_fact_group_take (group, role, g_strdup (net->ops[op].kind));

  fact->detail = smith_tidy_name (smith_net_short_name (net, net->ops[op].name));
  fact->op = op;
}

static void
add_users (SmithFacts *facts, const SmithNet *net, int tensor)
{
  SmithFactGroup *group = smith_facts_add_group (facts, _ ("In the Graph"));
  int producer = net->tensors[tensor].producer;

  if (producer >= 0)
    add_user (group, net, _ ("made by"), producer);
  for (uint32_t i = net->first_consumer[tensor]; i < net->first_consumer[tensor + 1]; i++)
    add_user (group, net, _ ("read by"), (int) net->consumers[i]);
  if (group->facts->len == 0)
    smith_fact_group_take (group, _ ("read by"), g_strdup (_ ("nothing")));
}

static void
add_quantization (SmithFacts *facts, const LsQuantization *quant)
{
  SmithFactGroup *group;

  if (quant == NULL || (quant->n_scales == 0 && quant->details == LS_QUANT_DETAILS_NONE))
    return;
  group = smith_facts_add_group (facts, _ ("Quantization"));
  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    smith_fact_group_take (group, _ ("stored as"), quant_text (quant));
  else if (quant->n_scales == 1)
    smith_fact_group_take (group, _ ("scale"), g_strdup_printf ("%.9g", (double) quant->scales[0]));
  else
    smith_fact_group_take (group, _ ("scales"), g_strdup_printf ("%u", quant->n_scales));
  if (quant->n_zero_points > 0)
    smith_fact_group_take (group, _ ("zero point"),
                           g_strdup_printf ("%" G_GINT64_FORMAT, quant->zero_points[0]));
  if (quant->n_scales > 1)
    smith_fact_group_take (group, "quantized_dimension", g_strdup_printf ("%d", (int) quant->axis));
  if (quant->n_min > 0 && quant->n_max > 0)
    smith_fact_group_take (
      group, _ ("range in training"),
      g_strdup_printf ("%.5g … %.5g", (double) quant->min[0], (double) quant->max[0]));
}

static void
add_sparsity (SmithFacts *facts, const LsModel *model, unsigned subgraph, int index)
{
  LsSparsityInfo info;
  SmithFactGroup *group;

  if (ls_tensor_sparsity_info (model, subgraph, (uint32_t) index, &info, NULL) != LS_OK)
    return;
  group = smith_facts_add_group (facts, _ ("Sparsity"));
  smith_fact_group_take (group, _ ("not stored"),
                         g_strdup_printf ("%.1f %%", 100 * info.zero_share));
  smith_fact_group_take (group, _ ("with indices"), g_format_size (info.stored_bytes));
  smith_fact_group_take (group, _ ("dense"), g_format_size (info.dense_bytes));
  if (info.block_elements > 1)
    smith_fact_group_take (group, _ ("elements a block"),
                           g_strdup_printf ("%u", info.block_elements));
}

static SmithFacts *
tensor_facts (const LsModel *model, unsigned subgraph_index, const LsSubgraph *subgraph,
              const SmithNet *net, int index)
{
  const LsTensor *tensor = &subgraph->tensors[index];
  SmithFacts *facts = smith_facts_new (_ ("Tensor"), tensor->name);
  SmithFactGroup *group = smith_facts_add_group (facts, _ ("Contents"));
  g_autofree char *shape = smith_shape_text (tensor->dims, tensor->rank);

  smith_fact_group_take (group, _ ("index"), g_strdup_printf ("%d", index));
  smith_fact_group_take (group, _ ("type"), g_strdup (ls_type_name (tensor->type)));
  smith_fact_group_take (group, _ ("shape"), g_strdup (shape[0] != '\0' ? shape : _ ("scalar")));
  if (tensor->signature_rank >= 0)
    smith_fact_group_take (group, "shape_signature",
                           smith_shape_text (tensor->signature, tensor->signature_rank));
  if (net->tensors[index].is_constant)
    smith_fact_group_take (group, _ ("stored"), g_format_size (net->tensors[index].n_bytes));
  if (net->tensors[index].value != NULL)
    smith_fact_group_take (group, _ ("value"), g_strdup (net->tensors[index].value));
  if (tensor->is_variable)
    smith_fact_group_take (group, "is_variable", g_strdup ("true"));
  add_quantization (facts, tensor->quant);
  if (tensor->sparsity != NULL)
    add_sparsity (facts, model, subgraph_index, index);
  add_users (facts, net, index);
  return facts;
}

/* ---- A folded scope ---------------------------------------------------------------------------
 */

static SmithFacts *
group_facts (SmithDocument *document, int index)
{
  const SmithGroup *g = &smith_document_get_fold (document)->groups[index];
  SmithFacts *facts = smith_facts_new (g->name, g->path);
  SmithFactGroup *group = smith_facts_add_group (facts, _ ("Folded Scope"));

  smith_fact_group_take (group, _ ("operators"), g_strdup_printf ("%u", g->n_ops));
  smith_fact_group_take (group, _ ("parameters"), smith_count_text (g->n_parameters));
  smith_fact_group_take (group, _ ("multiply-adds"), smith_count_text (g->macs));
  return facts;
}

/* ---- The model --------------------------------------------------------------------------------
 */

static void
add_tallies (SmithFacts *facts, const char *title, const LsTally *tallies, uint32_t count)
{
  SmithFactGroup *group;

  if (count == 0)
    return;
  group = smith_facts_add_group (facts, title);
  for (uint32_t i = 0; i < count; i++)
    {
      g_autofree char *macs = smith_count_text (tallies[i].macs);
      g_autofree char *bytes = g_format_size (tallies[i].bytes);
      char *text;

      if (tallies[i].macs > 0)
        text = g_strdup_printf ("%u · %s", tallies[i].count, macs);
      else if (tallies[i].bytes > 0)
        text = g_strdup_printf ("%u · %s", tallies[i].count, bytes);
      else
        text = g_strdup_printf ("%u", tallies[i].count);
      smith_fact_group_take (group, tallies[i].name, text);
    }
}

static void
add_ports (SmithFacts *facts, const char *title, const SmithNet *net, const LsSubgraph *subgraph,
           const LsSignaturePort *ports, const int32_t *tensors, uint32_t count)
{
  SmithFactGroup *group;

  if (count == 0)
    return;
  group = smith_facts_add_group (facts, title);
  for (uint32_t i = 0; i < count; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);

      add_tensor_row (group, net, subgraph, ports != NULL ? ports[i].name : number,
                      ports != NULL ? (int) ports[i].tensor : tensors[i]);
    }
}

static void
add_signatures (SmithFacts *facts, const SmithNet *net, const LsModel *model,
                unsigned subgraph_index, const LsSubgraph *subgraph)
{
  gboolean is_any = FALSE;

  for (uint32_t i = 0; i < ls_model_n_signatures (model); i++)
    {
      const LsSignature *s = ls_model_signature (model, i);
      g_autofree char *inputs = NULL, *outputs = NULL;

      if (s->subgraph != subgraph_index)
        continue;
      is_any = TRUE;
      /* Translators: the inputs (or outputs) of a signature with its key. */
      inputs = g_strdup_printf (_ ("Inputs of “%s”"), s->key);
      outputs = g_strdup_printf (_ ("Outputs of “%s”"), s->key);
      add_ports (facts, inputs, net, subgraph, s->inputs, NULL, s->n_inputs);
      add_ports (facts, outputs, net, subgraph, s->outputs, NULL, s->n_outputs);
    }
  if (is_any)
    return;
  add_ports (facts, _ ("Inputs"), net, subgraph, NULL, subgraph->inputs, subgraph->n_inputs);
  add_ports (facts, _ ("Outputs"), net, subgraph, NULL, subgraph->outputs, subgraph->n_outputs);
}

static void
add_summary (SmithFacts *facts, const LsModel *model)
{
  LsSummary s = { 0 };
  SmithFactGroup *group;

  if (ls_model_summarize (model, &s, NULL) != LS_OK)
    return;
  group = smith_facts_add_group (facts, _ ("Model"));
  smith_fact_group_take (group, _ ("numbers"), g_strdup (s.scheme));
  smith_fact_group_take (group, _ ("operators"), g_strdup_printf ("%u", s.n_ops));
  smith_fact_group_take (group, _ ("parameters"), smith_count_text (s.n_parameters));
  smith_fact_group_take (group, _ ("multiply-adds"), smith_count_text (s.macs));
  smith_fact_group_take (group, _ ("constants"), g_format_size (s.constant_bytes));
  if (s.n_per_channel > 0)
    smith_fact_group_take (group, _ ("per-channel tensors"),
                           g_strdup_printf ("%u", s.n_per_channel));
  if (s.n_sparse > 0)
    {
      g_autofree char *saved = g_format_size (s.sparse_saved_bytes);

      smith_fact_group_take (group, _ ("sparse tensors"),
                             g_strdup_printf (_ ("%u, %s saved"), s.n_sparse, saved));
    }
  add_tallies (facts, _ ("Operators and Their MACs"), s.op_tallies, s.n_op_tallies);
  add_tallies (facts, _ ("Tensors and Their Bytes"), s.type_tallies, s.n_type_tallies);
  ls_summary_clear (&s);
}

static SmithFacts *
model_facts (SmithDocument *document, const LsModel *model, const SmithNet *net,
             const LsSubgraph *subgraph)
{
  SmithModel *object = smith_document_get_model (document);
  SmithFacts *facts
    = smith_facts_new (smith_model_get_title (object), ls_model_description (model));

  if (subgraph != NULL)
    add_signatures (facts, net, model, smith_document_get_subgraph (document), subgraph);
  add_summary (facts, model);
  if (ls_model_n_metadata (model) > 0)
    {
      SmithFactGroup *group = smith_facts_add_group (facts, _ ("Metadata"));

      for (uint32_t i = 0; i < ls_model_n_metadata (model); i++)
        {
          const LsMetadata *m = ls_model_metadata (model, i);

          smith_fact_group_take (group, m->name,
                                 g_format_size (ls_model_buffer (model, m->buffer).size));
        }
    }
  return facts;
}

SmithFacts *
smith_engine_facts (SmithDocument *document)
{
  const LsModel *model = smith_model_peek (smith_document_get_model (document));
  unsigned index = smith_document_get_subgraph (document);
  const LsSubgraph *subgraph = ls_model_subgraph (model, index);
  SmithNet *net = smith_document_get_net (document);
  SmithPick pick = smith_document_get_pick (document);

  switch (pick.kind)
    {
    case SMITH_PICK_OP:
      return op_facts (model, subgraph, net, pick.index);
    case SMITH_PICK_TENSOR:
      return tensor_facts (model, index, subgraph, net, pick.index);
    case SMITH_PICK_GROUP:
      return group_facts (document, pick.index);
    case SMITH_PICK_NOTHING:
      break;
    }
  return model_facts (document, model, net, subgraph);
}
