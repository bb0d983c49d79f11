#include "smith-net.h"

#include <glib/gi18n.h>
#include <string.h>

SmithNet *
smith_net_new (uint32_t n_ops, uint32_t n_tensors, uint32_t n_numbers)
{
  SmithNet *net = g_atomic_rc_box_new0 (SmithNet);

  net->n_ops = n_ops;
  net->n_tensors = n_tensors;
  net->ops = g_new0 (SmithNetOp, n_ops + 1);
  net->tensors = g_new0 (SmithNetTensor, n_tensors + 1);
  net->numbers = g_new0 (int32_t, (size_t) n_numbers + 1);
  net->texts = g_string_chunk_new (16384);
  return net;
}

SmithNet *
smith_net_ref (SmithNet *net)
{
  return g_atomic_rc_box_acquire (net);
}

static void
net_clear (SmithNet *net)
{
  g_free (net->ops);
  g_free (net->tensors);
  g_free (net->numbers);
  g_free (net->first_consumer);
  g_free (net->consumers);
  g_string_chunk_free (net->texts);
}

void
smith_net_unref (SmithNet *net)
{
  g_atomic_rc_box_release_full (net, (GDestroyNotify) net_clear);
}

static gboolean
is_tensor (const SmithNet *net, int32_t tensor)
{
  return tensor >= 0 && (uint32_t) tensor < net->n_tensors;
}

static void
find_producers (SmithNet *net)
{
  for (uint32_t t = 0; t < net->n_tensors; t++)
    net->tensors[t].producer = -1;
  for (uint32_t i = 0; i < net->n_ops; i++)
    for (uint32_t o = 0; o < net->ops[i].n_outputs; o++)
      if (is_tensor (net, net->ops[i].outputs[o]))
        net->tensors[net->ops[i].outputs[o]].producer = (int32_t) i;
}

static void
find_consumers (SmithNet *net)
{
  g_autofree uint32_t *next = NULL;
  uint32_t total = 0;

  net->first_consumer = g_new0 (uint32_t, (size_t) net->n_tensors + 1);
  for (uint32_t i = 0; i < net->n_ops; i++)
    for (uint32_t k = 0; k < net->ops[i].n_inputs; k++)
      if (is_tensor (net, net->ops[i].inputs[k]))
        net->first_consumer[net->ops[i].inputs[k] + 1]++;
  for (uint32_t t = 0; t < net->n_tensors; t++)
    net->first_consumer[t + 1] += net->first_consumer[t];
  total = net->first_consumer[net->n_tensors];

  net->consumers = g_new (uint32_t, (size_t) total + 1);
  next = g_memdup2 (net->first_consumer, sizeof (uint32_t) * ((size_t) net->n_tensors + 1));
  for (uint32_t i = 0; i < net->n_ops; i++)
    for (uint32_t k = 0; k < net->ops[i].n_inputs; k++)
      if (is_tensor (net, net->ops[i].inputs[k]))
        net->consumers[next[net->ops[i].inputs[k]]++] = i;
}

static gboolean
only_unpacks (const char *kind)
{
  static const char *const kinds[] = { "DEQUANTIZE", "DENSIFY", "CAST", "TRANSPOSE", "RESHAPE" };

  /* The last two only move a constant; converters leave them behind in front of weights. */
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kind, kinds[i]))
      return TRUE;
  return FALSE;
}

/* The file's order is that of execution, so an operator's sources are looked at before it. */
static void
find_absorbed (SmithNet *net)
{
  for (uint32_t i = 0; i < net->n_ops; i++)
    {
      SmithNetOp *op = &net->ops[i];
      int source = op->n_inputs > 0 ? op->inputs[0] : -1;

      if (op->n_outputs != 1 || !is_tensor (net, source) || !is_tensor (net, op->outputs[0])
          || !only_unpacks (op->kind))
        continue;

      uint32_t reader = net->first_consumer[op->outputs[0]];
      const SmithNetTensor *tensor = &net->tensors[source];
      gboolean is_read = reader < net->first_consumer[op->outputs[0] + 1];
      gboolean from_constant = tensor->is_constant
                               || (tensor->producer >= 0 && tensor->producer < (int) i
                                   && net->ops[tensor->producer].is_absorbed);

      op->is_absorbed = is_read && from_constant && net->consumers[reader] > i;
    }
}

/* Of a name that is joined of several ("a/b;a/c"), the first counts. */
static size_t
scope_length (const char *name)
{
  size_t end = strcspn (name, ";"), scope = 0;

  for (size_t i = 0; i < end; i++)
    if (name[i] == '/')
      scope = i + 1;
  return scope;
}

/* Names without any scope, as outputs have them, do not count; were they many, there would be
 * nothing to gain. */
static void
find_scope (SmithNet *net)
{
  const char *first = NULL;
  uint32_t n = 0;
  size_t length = 0;

  for (uint32_t i = 0; i < net->n_ops; i++)
    {
      const char *name = net->ops[i].name;
      size_t scope = scope_length (name), common = 0;

      if (scope == 0)
        continue;
      n++;
      if (first == NULL)
        {
          first = name;
          length = scope;
          continue;
        }
      for (size_t k = 0; k < MIN (scope, length) && name[k] == first[k]; k++)
        if (name[k] == '/')
          common = k + 1;
      length = common;
    }
  net->scope = n > 1 && n >= net->n_ops / 2 ? length : 0;
  net->scope_of = first;
}

void
smith_net_link (SmithNet *net)
{
  find_producers (net);
  find_consumers (net);
  find_absorbed (net);
  find_scope (net);
}

const char *
smith_net_short_name (const SmithNet *net, const char *name)
{
  return net->scope > 0 && strncmp (name, net->scope_of, net->scope) == 0 ? name + net->scope
                                                                          : name;
}

int
smith_net_constant_behind (const SmithNet *net, int tensor)
{
  while (is_tensor (net, tensor))
    {
      const SmithNetTensor *t = &net->tensors[tensor];

      if (t->is_constant)
        return tensor;
      if (t->producer < 0 || !net->ops[t->producer].is_absorbed)
        return -1;
      tensor = net->ops[t->producer].inputs[0];
    }
  return -1;
}

int
smith_net_drawn_op (const SmithNet *net, int op)
{
  /* An absorbed operator stands before its reader, so this ends. */
  while (op >= 0 && net->ops[op].is_absorbed)
    op = (int) net->consumers[net->first_consumer[net->ops[op].outputs[0]]];
  return op;
}

const char *
smith_family_label (SmithFamily family)
{
  static const char *const labels[SMITH_N_FAMILIES] = {
    [SMITH_FAMILY_CONVOLUTION] = N_ ("Convolution"),
    [SMITH_FAMILY_MATRIX] = N_ ("Matrix product"),
    [SMITH_FAMILY_POOLING] = N_ ("Pooling"),
    [SMITH_FAMILY_ACTIVATION] = N_ ("Activation"),
    [SMITH_FAMILY_ARITHMETIC] = N_ ("Arithmetic"),
    [SMITH_FAMILY_SHAPE] = N_ ("Shape and selection"),
    [SMITH_FAMILY_REDUCTION] = N_ ("Reduction"),
    [SMITH_FAMILY_NORMALIZATION] = N_ ("Normalization"),
    [SMITH_FAMILY_QUANTIZATION] = N_ ("Quantization and type"),
    [SMITH_FAMILY_RECURRENT] = N_ ("Recurrent"),
    [SMITH_FAMILY_CONTROL] = N_ ("Control and state"),
    [SMITH_FAMILY_CUSTOM] = N_ ("Custom operator"),
    [SMITH_FAMILY_OTHER] = N_ ("Other"),
  };

  return _ (labels[family]);
}

const char *
smith_input_role (const char *kind, uint32_t index)
{
  static const struct
  {
    const char *kind, *roles[4];
  } table[] = {
    { "CONV_2D", { "input", "filter", "bias" } },
    { "DEPTHWISE_CONV_2D", { "input", "filter", "bias" } },
    { "CONV_3D", { "input", "filter", "bias" } },
    { "TRANSPOSE_CONV", { "output shape", "filter", "input", "bias" } },
    { "FULLY_CONNECTED", { "input", "weights", "bias" } },
    { "RESHAPE", { "input", "shape" } },
    { "PAD", { "input", "paddings" } },
    { "PADV2", { "input", "paddings", "value" } },
    { "MIRROR_PAD", { "input", "paddings" } },
    { "TRANSPOSE", { "input", "permutation" } },
    { "MEAN", { "input", "axes" } },
    { "SUM", { "input", "axes" } },
    { "REDUCE_MAX", { "input", "axes" } },
    { "GATHER", { "params", "indices" } },
    { "SLICE", { "input", "begin", "size" } },
    { "STRIDED_SLICE", { "input", "begin", "end", "strides" } },
    { "SPLIT", { "axis", "input" } },
    { "RESIZE_BILINEAR", { "input", "size" } },
    { "RESIZE_NEAREST_NEIGHBOR", { "input", "size" } },
    { "PRELU", { "input", "alpha" } },
    { "EXPAND_DIMS", { "input", "axis" } },
    { "ARG_MAX", { "input", "axis" } },
    { "TILE", { "input", "multiples" } },
  };

  for (size_t i = 0; index < 4 && i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (kind, table[i].kind))
      return table[i].roles[index];
  return NULL;
}
