/* Nets made by hand for tests of folding, scenes and search. */
#pragma once

#include "graph/smith-net.h"

#include <string.h>

/* A chain of @n operators: "net/block_B/conv_I" of kind CONV_2D or ADD in turn, @per_block a block.
 * Tensor i + 1 is the output of operator i; tensor 0 the input. */
static inline SmithNet *
chain_net (uint32_t n, uint32_t per_block, gboolean has_scopes)
{
  SmithNet *net = smith_net_new (n, n + 1, 2 * n + 2);
  int32_t *next = net->numbers;

  for (uint32_t t = 0; t <= n; t++)
    {
      net->tensors[t].name = "tensor";
      net->tensors[t].type = "FLOAT32";
      net->tensors[t].shape = "1×8×8×4";
      net->tensors[t].chip = "f32";
    }
  for (uint32_t i = 0; i < n; i++)
    {
      SmithNetOp *op = &net->ops[i];
      g_autofree char *name = has_scopes
                                ? g_strdup_printf ("net/block_%u/conv_%u", i / per_block, i)
                                : g_strdup_printf ("t%u", i);

      op->kind = i % per_block == 0 ? "ADD" : "CONV_2D";
      op->name = g_string_chunk_insert (net->texts, name);
      op->family = i % per_block == 0 ? SMITH_FAMILY_ARITHMETIC : SMITH_FAMILY_CONVOLUTION;
      op->macs = 100;
      op->n_inputs = op->n_outputs = 1;
      next[0] = (int32_t) i;
      next[1] = (int32_t) i + 1;
      op->inputs = next++;
      op->outputs = next++;
      net->tensors[i + 1].name = op->name;
    }
  next[0] = 0;
  net->inputs = next++;
  next[0] = (int32_t) n;
  net->outputs = next++;
  net->n_inputs = net->n_outputs = 1;
  net->name = "main";
  smith_net_link (net);
  return net;
}
