/* Buffers and metadata. Sources: the schema's force_align; interpreter_builder.cc;
 * tools/versioning/runtime_version.cc. */
#include "check/rule.h"

#include <ctype.h>
#include <string.h>

typedef struct
{
  bool is_used;
  unsigned width; /* bytes of the widest element that is read from it, 0: none */
} Use;

static Use *
learn (const LsModel *model)
{
  Use *uses = calloc ((size_t) model->n_buffers + 1, sizeof *uses);

  if (uses == NULL)
    return NULL;
  for (uint32_t i = 0; i < model->n_metadata; i++)
    uses[model->metadata[i].buffer].is_used = true;
  for (uint32_t i = 0; i < model->n_metadata_buffer; i++)
    if (model->metadata_buffer[i] >= 0 && (uint32_t) model->metadata_buffer[i] < model->n_buffers)
      uses[model->metadata_buffer[i]].is_used = true;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      {
        const LsTensor *tensor = &model->graphs[g]->view.tensors[t];
        unsigned width = ls_type_bits (tensor->type) / 8;
        Use *use = &uses[tensor->buffer];

        use->is_used = true;
        width = width > 8 ? 8 : width;
        use->width = width > use->width ? width : use->width;
      }
  return uses;
}

/* "1.14.0", padded with zero bytes to 16; all zero when the converter did not know. */
static bool
is_version (LsBytes bytes)
{
  if (bytes.size < 16)
    return false;
  for (size_t i = 0; i < bytes.size && bytes.data[i] != '\0'; i++)
    {
      bool is_dot = bytes.data[i] == '.';
      bool is_edge
        = i == 0 || i + 1 == bytes.size || bytes.data[i + 1] == '\0' || bytes.data[i + 1] == '.';

      if (!isdigit (bytes.data[i]) && (!is_dot || is_edge))
        return false;
    }
  return true;
}

/* Whether a tensor that is not string or sparse has more bytes than its type and shape ask for. */
static bool
is_too_long (const LsModel *model, const LsTensor *tensor)
{
  return tensor->buffer != 0 && tensor->sparsity == NULL
         && ls_tensor_data (model, tensor).size < ls_model_buffer (model, tensor->buffer).size;
}

/* Nobody writes so: either the type or shape is wrong, or the buffer. */
static void
look_at_lengths (LsCheck *check)
{
  const LsModel *model = check->model;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      {
        const LsTensor *tensor = &model->graphs[g]->view.tensors[t];

        if (is_too_long (model, tensor))
          ls_check_add (check, LS_RULE_BUFFER_TOO_LONG, (int) g, -1, (int) t, check->may_rewrite,
                        "tensor %s: its type %s and its shape ask for %zu bytes, but buffer %u has "
                        "%zu; what is behind is not read",
                        tensor->name, ls_type_name (tensor->type),
                        ls_tensor_data (model, tensor).size, tensor->buffer,
                        ls_model_buffer (model, tensor->buffer).size);
      }
}

static void
look_at_buffers (LsCheck *check)
{
  const LsModel *model = check->model;
  LS_FREE Use *uses = learn (model);

  if (uses == NULL)
    {
      check->is_out_of_memory = true;
      return;
    }
  for (uint32_t i = 1; i < model->n_buffers; i++)
    {
      const LsBuffer *buffer = &model->buffers[i];

      if (buffer->size > 0 && !uses[i].is_used)
        ls_check_add (check, LS_RULE_BUFFER_UNUSED, -1, -1, -1, false,
                      "buffer %u (%llu bytes) is read by nothing", i,
                      (unsigned long long) buffer->size);
      if (buffer->size > 0 && buffer->file_offset > 0 && uses[i].width > 1
          && buffer->file_offset % uses[i].width != 0)
        ls_check_add (
          check, LS_RULE_BUFFER_MISALIGNED, -1, -1, -1, check->may_rewrite,
          "buffer %u begins at byte %llu, but its elements of %u bytes need a multiple of that", i,
          (unsigned long long) buffer->file_offset, uses[i].width);
    }
  look_at_lengths (check);
  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (strcmp (model->metadata[i].name, "min_runtime_version") == 0
        && !is_version (ls_model_buffer (model, model->metadata[i].buffer)))
      ls_check_add (check, LS_RULE_MIN_RUNTIME_VERSION, -1, -1, -1, false,
                    "the metadata min_runtime_version is not a version padded to 16 bytes");
}

const LsInspector ls_inspect_buffers = { NULL, look_at_buffers };

bool
ls_mend_alignment (LsMender *mender, const LsFinding *finding, const char *way)
{
  return ls_mender_alignment (mender);
}

bool
ls_mend_length (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;
  const LsTensor *tensor = &model->graphs[finding->subgraph]->view.tensors[finding->tensor];
  const uint32_t buffer = tensor->buffer;
  const size_t size = ls_tensor_data (model, tensor).size;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      {
        const LsTensor *other = &model->graphs[g]->view.tensors[t];

        if (other->buffer == buffer
            && (other->sparsity != NULL || ls_tensor_data (model, other).size != size))
          return ls_mender_leave (mender, "tensor %s reads more of buffer %u", other->name, buffer);
      }
  return ls_mender_buffer_size (mender, buffer, size);
}
