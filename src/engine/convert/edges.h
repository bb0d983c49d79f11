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
/*
 * Casts that are inserted together in the end, for passes that may need as many as there are
 * operators: each alone would move all behind it. Until then operators keep their indices. The
 * memory is the model's; { 0 } is empty.
 */
typedef struct
{
  struct LsLaterCast *first, *last;
  uint32_t n;
} LsLaterCasts;

/* @at: before the operator that is there now; never less than in the call before. Of two at one
 * place the first comes first. False: out of memory. */
bool ls_cast_later (LsModel *model, LsLaterCasts *later, uint32_t at, int kind, int32_t from,
                    int32_t to);
bool ls_insert_casts (LsModel *model, uint32_t graph, LsLaterCasts *later);
/* Makes operand @slot of the operator's outputs another tensor; false: out of memory. */
bool ls_op_set_output (LsModel *model, LsOperator *op, uint32_t slot, int32_t tensor);
/* Whether an operator of the model calls the subgraph: its ports are then that operator's. */
bool ls_graph_is_called (const LsModel *model, uint32_t graph);
/* Whether a tensor is an input (or an output) of the graph. */
bool ls_is_port (const LsSubgraph *graph, int32_t tensor, bool of_inputs);
/* Makes the producer of @from write @to instead; false: out of memory. */
bool ls_redirect_producer (LsModel *model, uint32_t graph, int32_t from, int32_t to);
/*
 * Makes everybody do without an operator of one input and one output that gives its input on; the
 * caller takes it out. An output of the graph keeps its name: then it is the input's producer that
 * writes it. Gives 1 when done, 0 when it must stay (it joins an input of the graph to an output),
 * -1 out of memory.
 */
int ls_bypass_op (LsModel *model, uint32_t graph, const LsOperator *op);

#endif
