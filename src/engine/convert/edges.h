/* Tensors beside tensors, and the QUANTIZE and DEQUANTIZE between them. */
#ifndef LS_CONVERT_EDGES_H
#define LS_CONVERT_EDGES_H

#include "model/model.h"

/* A copy of a tensor's record under the name "NAME/@suffix", with its type, data and quantization;
 * -1: out of memory. */
int ls_twin_tensor (LsModel *model, uint32_t graph, int32_t tensor, const char *suffix);
/* Inserts QUANTIZE or DEQUANTIZE at that place in the order; false: out of memory. */
bool ls_insert_cast (LsModel *model, uint32_t graph, uint32_t at, int kind, int32_t from,
                     int32_t to);
/* Makes operand @slot of the operator's outputs another tensor; false: out of memory. */
bool ls_op_set_output (LsModel *model, LsOperator *op, uint32_t slot, int32_t tensor);

#endif
