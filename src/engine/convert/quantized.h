/* Which tensors of a model stand for real numbers in integers, and which operands are plain
 * integers. */
#ifndef LS_CONVERT_QUANTIZED_H
#define LS_CONVERT_QUANTIZED_H

#include "model/model.h"

/* Integers with a scale (or blockwise scales): what a float model has as float32. */
bool ls_tensor_is_quantized (const LsTensor *tensor);

/* The operand is a shape, an axis, an index, …: an integer whatever its tensor says. */
bool ls_operand_is_index (const LsOperator *op, uint32_t slot);

/* The operator reads the integers themselves (CAST, bit operators, custom operators that we do not
 * know). */
bool ls_op_reads_integers (const LsOperator *op);

/* The operator hands values on as they are: both ends mean the same. */
bool ls_op_hands_on (const LsOperator *op);

/* Operands of operators that add a bias to products; false for others. */
typedef struct
{
  uint32_t input, weights, bias;
} LsMacSlots;
bool ls_op_mac_slots (const LsOperator *op, LsMacSlots *out);

/*
 * Gives the quantization of one end to the other where a value goes through a variable or into and
 * out of a subgraph and only one end states it. False: out of memory.
 */
bool ls_spread_quantization (LsModel *model);

#endif
