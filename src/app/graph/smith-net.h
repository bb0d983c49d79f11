/*
 * The operators and tensors of one subgraph as plain values: what is drawn, listed and searched.
 * Built once by smith-engine-net.c, then read from any thread; counted references.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

/* The engine's families, in its order. */
typedef enum
{
  SMITH_FAMILY_CONVOLUTION,
  SMITH_FAMILY_MATRIX,
  SMITH_FAMILY_POOLING,
  SMITH_FAMILY_ACTIVATION,
  SMITH_FAMILY_ARITHMETIC,
  SMITH_FAMILY_SHAPE,
  SMITH_FAMILY_REDUCTION,
  SMITH_FAMILY_NORMALIZATION,
  SMITH_FAMILY_QUANTIZATION,
  SMITH_FAMILY_RECURRENT,
  SMITH_FAMILY_CONTROL,
  SMITH_FAMILY_CUSTOM,
  SMITH_FAMILY_OTHER,
  SMITH_N_FAMILIES
} SmithFamily;

typedef struct
{
  const char *name, *type, *shape; /* "FLOAT32", "1×96×96×3" ("" for a scalar) */
  const char *chip;                /* "f32", "i8", "i8·ch" */
  const char *value;               /* of a constant with few elements: "2, 2"; else NULL */
  int32_t producer;                /* operator, or -1 */
  uint64_t n_bytes, n_elements;    /* constants only: bytes as stored; elements, dense */
  float zero_share;                /* of a sparse tensor */
  gboolean is_constant, is_sparse, is_quantized, is_per_channel, is_variable;
} SmithNetTensor;

typedef struct
{
  const char *kind, *name;
  const char *activation; /* fused: "RELU6"; else NULL */
  SmithFamily family;
  uint32_t n_inputs, n_outputs;
  const int32_t *inputs, *outputs; /* tensors; -1: absent */
  uint64_t macs;
  /* DEQUANTIZE, DENSIFY and the like of a constant: drawn as a line in the box that reads it. */
  gboolean is_absorbed;
} SmithNetOp;

typedef struct
{
  const char *name;
  unsigned index;
  uint32_t n_ops, n_tensors, n_inputs, n_outputs;
  SmithNetOp *ops;
  SmithNetTensor *tensors;
  int32_t *inputs, *outputs;
  /* Readers of tensor t: consumers[first_consumer[t]] to consumers[first_consumer[t + 1] - 1]. */
  uint32_t *first_consumer, *consumers;
  const char *scope_of; /* a name in the scope that all are in, if there is one */
  size_t scope;         /* its letters, with the "/" */
  /* Owned. */
  GStringChunk *texts;
  int32_t *numbers;
} SmithNet;

/* Allocates the arrays, zeroed; operators and tensors are then filled by the caller. */
SmithNet *smith_net_new (uint32_t n_ops, uint32_t n_tensors, uint32_t n_numbers);
SmithNet *smith_net_ref (SmithNet *net);
void smith_net_unref (SmithNet *net);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithNet, smith_net_unref)

/* Works out producers, consumers, which operators are absorbed and the common scope, when all else
 * is filled. */
void smith_net_link (SmithNet *net);
/* A name for a list of names: without the scope that all are in, so that narrow lists show what
 * differs. Points into @name. */
const char *smith_net_short_name (const SmithNet *net, const char *name);
/* The constant behind a tensor: itself, or what absorbed operators make it from; -1: none. */
int smith_net_constant_behind (const SmithNet *net, int tensor);
/* The operator in whose box an operator is drawn: itself unless it is absorbed; -1: nobody reads
 * it. */
int smith_net_drawn_op (const SmithNet *net, int op);

/* "#1c60b8", on which white text can be read. In smith-engine-net.c. */
const char *smith_family_color (SmithFamily family);
/* Translated, for the legend. */
const char *smith_family_label (SmithFamily family);
/* What an operator calls its n-th input: "filter"; NULL when it has no special name. */
const char *smith_input_role (const char *kind, uint32_t index);
