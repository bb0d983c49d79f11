/*
 * Resource variables: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE.
 *
 * A handle is the number of a resource of the session. Sources: tflite/kernels/var_handle.cc,
 * read_variable.cc, assign_variable.cc.
 */
#include "ops/op.h"
#include "ops/resource.h"

#include <stdlib.h>
#include <string.h>

LsStatus
ls_node_handle (const LsNode *node, uint32_t in, LsError *error)
{
  const LsValue *value = in < node->n_in ? node->in[in] : NULL;

  if (value == NULL || (value->type != LS_TYPE_RESOURCE && value->type != LS_TYPE_INT32)
      || value->count != 1)
    return ls_node_invalid (node, error, "input %u is not one resource handle", in);
  return LS_OK;
}

LsResource *
ls_node_opened (LsNode *node, uint32_t in)
{
  int32_t id;

  memcpy (&id, node->in[in]->data, sizeof id);
  return ls_node_resource (node, id);
}

/* ---- VAR_HANDLE ------------------------------------------------------------------------------ */

static const char *
text_attr (const LsNode *node, const char *name)
{
  const LsAttr *attr = ls_op_attr (node->def, name);

  return attr != NULL && attr->kind == LS_ATTR_STRING && attr->text != NULL ? attr->text : "";
}

static LsStatus
var_handle_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 0, 0, 1, error));

  int32_t id = ls_node_resource_id (node, text_attr (node, "container"),
                                    text_attr (node, "shared_name"), error);

  if (id < 0)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_node_types (node, node->out[0], "the handle", LS_BIT_HANDLE, error));
  LS_TRY (ls_node_output (node, 0, 0, NULL, error));

  void *data = ls_node_output_known (node, 0, error);

  if (data == NULL)
    return LS_E_NO_MEMORY;
  memcpy (data, &id, sizeof id);
  return LS_OK;
}

/* ---- READ_VARIABLE --------------------------------------------------------------------------- */

/* LiteRT reads into the shape that the file states, and goes by the variable's only where the file
 * states none; an open dimension is treated the same here. */
static bool
has_stated_shape (const LsTensor *tensor)
{
  for (int i = 0; i < tensor->signature_rank; i++)
    if (tensor->signature[i] < 0)
      return false;
  for (int i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] < 0)
      return false;
  return tensor->rank > 0 && tensor->rank <= LS_MAX_RANK && tensor->type != LS_TYPE_STRING;
}

static LsStatus
take_strings (LsNode *node, const LsArray *value)
{
  void *copy = malloc (value->n_bytes > 0 ? value->n_bytes : 1);

  if (copy == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "there is no memory for %zu bytes", value->n_bytes);
  if (value->n_bytes > 0)
    memcpy (copy, value->data, value->n_bytes);
  return ls_node_take_output (node, 0, value->rank, value->dims, copy, value->n_bytes);
}

static LsStatus
read_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsResource *resource = ls_node_opened (node, 0);
  LsValue *out = node->out[0];

  if (resource == NULL || !resource->is_set)
    return ls_node_fail (node, LS_E_INVALID, "the variable was not assigned before it is read");

  const LsArray *value = &resource->value;

  if (value->type != out->type)
    return ls_node_fail (node, LS_E_INVALID, "the variable is %s, but is read as %s",
                         ls_type_name (value->type), ls_type_name (out->type));
  if (value->type == LS_TYPE_STRING)
    return take_strings (node, value);
  if (out->is_dynamic)
    {
      LsStatus status = ls_node_resize_output (node, 0, value->rank, value->dims);

      if (status != LS_OK)
        return status;
    }
  if (value->n_bytes != out->n_bytes)
    return ls_node_fail (node, LS_E_INVALID, "the variable has %zu bytes, but %zu are read",
                         value->n_bytes, out->n_bytes);
  if (value->n_bytes > 0)
    memcpy (out->data, value->data, value->n_bytes);
  return LS_OK;
}

static LsStatus
read_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_handle (node, 0, error));

  const LsTensor *tensor = node->out[0]->tensor;

  if (has_stated_shape (tensor))
    LS_TRY (ls_node_output (node, 0, tensor->rank, tensor->dims, error));
  else
    ls_node_output_dynamic (node, 0);
  ls_node_phase (node, read_run, 1, 1);
  return LS_OK;
}

/* ---- ASSIGN_VARIABLE ------------------------------------------------------------------------- */

static LsStatus
assign_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  LsResource *resource = ls_node_opened (node, 0);
  const LsValue *value = node->in[1];

  if (resource == NULL || resource->table != NULL)
    return ls_node_fail (node, LS_E_INVALID, "the handle is not that of a variable");

  LsArray *array = &resource->value;

  if (array->data == NULL || array->n_bytes != value->n_bytes)
    {
      LS_TRY (ls_node_count_resource (node, resource, value->n_bytes));

      void *data = realloc (array->data, value->n_bytes > 0 ? value->n_bytes : 1);

      if (data == NULL)
        return ls_node_fail (node, LS_E_NO_MEMORY, "there is no memory for %zu bytes",
                             value->n_bytes);
      array->data = data;
    }
  array->type = value->type;
  array->rank = value->rank;
  memcpy (array->dims, value->dims, sizeof array->dims);
  array->n_bytes = value->n_bytes;
  if (value->n_bytes > 0)
    memcpy (array->data, value->data, value->n_bytes);
  resource->is_set = true;
  return LS_OK;
}

static LsStatus
assign_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 0, error));
  LS_TRY (ls_node_handle (node, 0, error));
  ls_node_phase (node, assign_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_var_handle = {
  .prepare = var_handle_prepare,
  .max_version = 1,
  .types = "any",
};

const LsOp ls_op_read_variable = {
  .prepare = read_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 1,
  .types = "any",
};

const LsOp ls_op_assign_variable = {
  .prepare = assign_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 1,
  .types = "any",
};
