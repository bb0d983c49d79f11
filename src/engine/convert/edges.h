/* Tensors beside tensors, and the QUANTIZE and DEQUANTIZE between them. */
#ifndef LS_CONVERT_EDGES_H
#define LS_CONVERT_EDGES_H

#include "model/model.h"

/* A copy of a tensor's record under the name "NAME/@suffix", with its type, data and quantization;
 * -1: out of memory. */
int ls_twin_tensor (LsModel *model, uint32_t graph, int32_t tensor, const char *suffix);
/*
 * QUANTIZE, DEQUANTIZE and DENSIFY operators that are inserted together in the end, for passes that
 * may need as many as there are operators: each alone would move all behind it. Until then
 * operators keep their indices. The memory is the model's; { 0 } is empty.
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
/* The same for any operator; its record is copied. */
bool ls_insert_later (LsModel *model, LsLaterCasts *later, uint32_t at, const LsOperator *op);
bool ls_insert_casts (LsModel *model, uint32_t graph, LsLaterCasts *later);
/* Makes operand @slot of the operator's outputs another tensor; false: out of memory. */
bool ls_op_set_output (LsModel *model, LsOperator *op, uint32_t slot, int32_t tensor);
/* Of each subgraph whether an operator of the model calls it: its ports are then that operator's.
 * From malloc; NULL: out of memory. */
bool *ls_graphs_called (const LsModel *model);

/*
 * Makes everybody do without operators of one input and one output that give their input on; the
 * caller takes them out. An output of the graph keeps its name: then it is the input's producer
 * that writes it. Who reads what changes in the end, for all together.
 */
typedef struct
{
  LsModel *model;
  uint32_t graph;
  LsUses uses;      /* as they were, but for producers that are redirected */
  int32_t *becomes; /* by tensor */
} LsBypass;

bool ls_bypass_begin (LsBypass *bypass, LsModel *model, uint32_t graph); /* false: no memory */
/* In the order of execution. Gives 1 when done, 0 when the operator must stay (it joins an input of
 * the graph to an output), -1 out of memory. */
int ls_bypass_op (LsBypass *bypass, const LsOperator *op);
/* False: out of memory. Cleared in every case. */
bool ls_bypass_end (LsBypass *bypass);
void ls_bypass_clear (LsBypass *bypass);

#endif
