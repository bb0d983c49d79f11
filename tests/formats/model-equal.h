/* Whether two models say the same, whatever files they came from. */
#ifndef LS_TESTS_MODEL_EQUAL_H
#define LS_TESTS_MODEL_EQUAL_H

#include "model/model.h"
#include "test.h"

#define SAME(condition)                                                                            \
  do                                                                                               \
    if (!(condition))                                                                              \
      {                                                                                            \
        printf ("# %s:%d: differs: %s\n", __FILE__, __LINE__, #condition);                         \
        return false;                                                                              \
      }                                                                                            \
  while (0)

static bool
same_text (const char *a, const char *b)
{
  return strcmp (a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool
same_bytes (LsBytes a, LsBytes b)
{
  return a.size == b.size && (a.size == 0 || memcmp (a.data, b.data, a.size) == 0);
}

/* Lists of numbers, floats by their bits. */
static bool
same_list (const void *a, uint32_t n_a, const void *b, uint32_t n_b, size_t size)
{
  return same_bytes ((LsBytes){ a, n_a * size }, (LsBytes){ b, n_b * size });
}

static bool
same_quantization (const LsQuantization *a, const LsQuantization *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  SAME (same_list (a->scales, a->n_scales, b->scales, b->n_scales, 4));
  SAME (same_list (a->zero_points, a->n_zero_points, b->zero_points, b->n_zero_points, 8));
  SAME (same_list (a->min, a->n_min, b->min, b->n_min, 4));
  SAME (same_list (a->max, a->n_max, b->max, b->n_max, 4));
  SAME (a->axis == b->axis && a->details == b->details);
  SAME (a->block_scales == b->block_scales && a->block_zero_points == b->block_zero_points);
  SAME (a->block_size == b->block_size && same_bytes (a->custom, b->custom));
  SAME (same_list (a->axes, a->n_axes, b->axes, b->n_axes, 4));
  return true;
}

static bool
same_sparsity (const LsSparsity *a, const LsSparsity *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  SAME (same_list (a->traversal_order, a->n_traversal, b->traversal_order, b->n_traversal, 4));
  SAME (same_list (a->block_map, a->n_block_map, b->block_map, b->n_block_map, 4));
  SAME (a->n_dims == b->n_dims);
  for (uint32_t i = 0; i < a->n_dims; i++)
    {
      const LsSparseDim *x = &a->dims[i], *y = &b->dims[i];

      SAME (x->format == y->format && x->dense_size == y->dense_size);
      SAME (same_list (x->segments, x->n_segments, y->segments, y->n_segments, 4));
      SAME (same_list (x->indices, x->n_indices, y->indices, y->n_indices, 4));
      SAME (x->segments_width == y->segments_width && x->indices_width == y->indices_width);
    }
  return true;
}

static bool
same_tensor (const LsTensor *a, const LsTensor *b)
{
  SAME (same_text (a->name, b->name) && a->type == b->type && a->buffer == b->buffer);
  SAME (same_list (a->dims, (uint32_t) a->rank, b->dims, (uint32_t) b->rank, 4));
  SAME (a->signature_rank == b->signature_rank);
  if (a->signature_rank > 0)
    SAME (same_list (a->signature, (uint32_t) a->signature_rank, b->signature,
                     (uint32_t) b->signature_rank, 4));
  SAME (a->has_rank == b->has_rank && a->is_variable == b->is_variable);
  SAME (a->external_buffer == b->external_buffer && a->n_variants == b->n_variants);
  for (uint32_t i = 0; i < a->n_variants; i++)
    {
      const LsVariantType *x = &a->variants[i], *y = &b->variants[i];

      SAME (x->type == y->type && x->has_rank == y->has_rank);
      SAME (same_list (x->dims, x->rank, y->dims, y->rank, 4));
    }
  return same_quantization (a->quant, b->quant) && same_sparsity (a->sparsity, b->sparsity);
}

static bool
same_attr (const LsAttr *a, const LsAttr *b)
{
  SAME (same_text (a->name, b->name) && a->kind == b->kind && a->is_set == b->is_set);
  SAME (a->is_bool == b->is_bool && a->is_enum == b->is_enum && a->i == b->i);
  SAME (memcmp (&a->f, &b->f, sizeof a->f) == 0 && same_text (a->text, b->text));
  SAME (same_bytes (a->bytes, b->bytes) && a->count == b->count);
  if (a->kind == LS_ATTR_INTS)
    SAME (same_list (a->ints, a->count, b->ints, b->count, 8));
  if (a->kind == LS_ATTR_FLOATS)
    SAME (same_list (a->floats, a->count, b->floats, b->count, 4));
  return true;
}

static bool
same_op (const LsOperator *a, const LsOperator *b)
{
  SAME (a->kind == b->kind && a->version == b->version && a->code_index == b->code_index);
  SAME (same_text (a->custom_code, b->custom_code));
  SAME (same_list (a->inputs, a->n_inputs, b->inputs, b->n_inputs, 4));
  SAME (same_list (a->outputs, a->n_outputs, b->outputs, b->n_outputs, 4));
  SAME (same_list (a->intermediates, a->n_intermediates, b->intermediates, b->n_intermediates, 4));
  SAME (same_list (a->mutating, a->n_mutating, b->mutating, b->n_mutating, 1));
  SAME (same_text (a->options_type, b->options_type) && a->n_attrs == b->n_attrs);
  for (uint32_t i = 0; i < a->n_attrs; i++)
    SAME (same_attr (&a->attrs[i], &b->attrs[i]));
  SAME (same_bytes (a->custom_options, b->custom_options));
  SAME (a->custom_options_format == b->custom_options_format);
  SAME (a->debug_metadata_index == b->debug_metadata_index);
  return true;
}

static bool
same_graph (const LsSubgraph *a, const LsSubgraph *b)
{
  SAME (same_text (a->name, b->name) && a->debug_metadata_index == b->debug_metadata_index);
  SAME (same_list (a->inputs, a->n_inputs, b->inputs, b->n_inputs, 4));
  SAME (same_list (a->outputs, a->n_outputs, b->outputs, b->n_outputs, 4));
  SAME (a->n_tensors == b->n_tensors && a->n_ops == b->n_ops);
  for (uint32_t i = 0; i < a->n_tensors; i++)
    SAME (same_tensor (&a->tensors[i], &b->tensors[i]));
  for (uint32_t i = 0; i < a->n_ops; i++)
    SAME (same_op (&a->ops[i], &b->ops[i]));
  return true;
}

static bool
same_ports (const LsSignaturePort *a, uint32_t n_a, const LsSignaturePort *b, uint32_t n_b)
{
  SAME (n_a == n_b);
  for (uint32_t i = 0; i < n_a; i++)
    SAME (same_text (a[i].name, b[i].name) && a[i].tensor == b[i].tensor);
  return true;
}

static bool
same_tables (const LsModel *a, const LsModel *b)
{
  SAME (a->n_codes == b->n_codes && a->n_signatures == b->n_signatures);
  for (uint32_t i = 0; i < a->n_codes; i++)
    SAME (a->codes[i].kind == b->codes[i].kind && a->codes[i].version == b->codes[i].version
          && same_text (a->codes[i].custom_code, b->codes[i].custom_code));
  for (uint32_t i = 0; i < a->n_signatures; i++)
    {
      const LsSignature *x = &a->signatures[i], *y = &b->signatures[i];

      SAME (same_text (x->key, y->key) && x->subgraph == y->subgraph);
      SAME (same_ports (x->inputs, x->n_inputs, y->inputs, y->n_inputs));
      SAME (same_ports (x->outputs, x->n_outputs, y->outputs, y->n_outputs));
    }
  SAME (a->n_metadata == b->n_metadata);
  for (uint32_t i = 0; i < a->n_metadata; i++)
    SAME (same_text (a->metadata[i].name, b->metadata[i].name)
          && a->metadata[i].buffer == b->metadata[i].buffer);
  SAME (same_list (a->metadata_buffer, a->n_metadata_buffer, b->metadata_buffer,
                   b->n_metadata_buffer, 4));
  return true;
}

static bool
same_model (const LsModel *a, const LsModel *b)
{
  SAME (a->version == b->version && same_text (a->description, b->description));
  SAME (a->n_graphs == b->n_graphs && a->n_buffers == b->n_buffers);
  for (uint32_t i = 0; i < a->n_graphs; i++)
    SAME (same_graph (&a->graphs[i]->view, &b->graphs[i]->view));
  for (uint32_t i = 0; i < a->n_buffers; i++)
    SAME (same_bytes (ls_model_buffer (a, i), ls_model_buffer (b, i)));
  SAME (a->n_external_groups == b->n_external_groups);
  for (uint32_t i = 0; i < a->n_external_groups; i++)
    SAME (same_text (a->external_groups[i], b->external_groups[i]));
  SAME (a->n_external_buffers == b->n_external_buffers);
  for (uint32_t i = 0; i < a->n_external_buffers; i++)
    {
      const LsExternalBuffer *x = &a->external_buffers[i], *y = &b->external_buffers[i];

      SAME (x->id == y->id && x->group == y->group && x->offset == y->offset);
      SAME (x->length == y->length && same_text (x->packing, y->packing));
    }
  return same_tables (a, b);
}

#endif
