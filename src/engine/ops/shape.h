/*
 * Shapes: reading integer operands, axes, dimensions, strides; and the sentences when they are
 * wrong.
 */
#ifndef LS_OPS_SHAPE_H
#define LS_OPS_SHAPE_H

#include "ops/op.h"

enum
{
  LS_MAX_LIST
  = 2 * LS_MAX_RANK, /* longest integer operand that an operator reads whole: paddings */
  LS_DIMS_TEXT = 12 * LS_MAX_RANK + 4
};

/* A short list of integers. */
typedef struct
{
  int n;
  int64_t at[LS_MAX_LIST];
} LsList;

/* A set of types: LS_BIT (FLOAT32) | LS_BIT (INT8). */
#define LS_BIT(NAME) (1u << LS_TYPE_##NAME)

/* Everything whose elements are whole bytes that may be moved about. */
#define LS_BITS_WHOLE                                                                              \
  (LS_BIT (FLOAT32) | LS_BIT (FLOAT16) | LS_BIT (INT32) | LS_BIT (UINT8) | LS_BIT (INT64)          \
   | LS_BIT (BOOL) | LS_BIT (INT16) | LS_BIT (COMPLEX64) | LS_BIT (INT8) | LS_BIT (FLOAT64)        \
   | LS_BIT (COMPLEX128) | LS_BIT (UINT64) | LS_BIT (UINT32) | LS_BIT (UINT16) | LS_BIT (BFLOAT16) \
   | LS_BIT (FLOAT8_E4M3FN) | LS_BIT (FLOAT8_E5M2))
/* Elements of less than a byte. */
#define LS_BITS_PACKED (LS_BIT (INT4) | LS_BIT (UINT4) | LS_BIT (INT2))

/* Bytes of one element; 0 for packed types, strings and unknown types. */
size_t ls_element_size (LsType type);

/* "[1, 224, 224, 3]" in @text, which has LS_DIMS_TEXT bytes; returns @text. */
const char *ls_dims_text (char *text, const int32_t *dims, int rank);
#define LS_DIMS(dims, rank) ls_dims_text ((char[LS_DIMS_TEXT]){ 0 }, dims, rank)
#define LS_SHAPE(value) LS_DIMS ((value)->dims, (value)->rank)

/* ---- Checks of types, for prepare() ----------------------------------------------------------
 */

/* Fails unless the type of @value is in the set. @what: "input 0", "the indices". */
LsStatus ls_node_types (const LsNode *node, const LsValue *value, const char *what, unsigned types,
                        LsError *error);
/* Fails unless both have the same type. */
LsStatus ls_node_same_type (const LsNode *node, const LsValue *a, const LsValue *b, LsError *error);
/* Fails unless both have the same first scale and zero point. */
LsStatus ls_node_same_quant (const LsNode *node, const LsValue *a, const LsValue *b,
                             LsError *error);
/* Fails unless the rank of @value is within [low, high]. */
LsStatus ls_node_rank (const LsNode *node, const LsValue *value, const char *what, int low,
                       int high, LsError *error);

/* ---- Reading operands ------------------------------------------------------------------------
 */

/* True when the input's data can be read in prepare(). An absent input is not known. */
bool ls_input_known (const LsNode *node, uint32_t in);
/* Element @index of an integer or bool value that has its data (INT8 … UINT64). */
int64_t ls_value_int (const LsValue *value, size_t index);
/* Reads a known integer input of any rank, at most LS_MAX_LIST elements. */
LsStatus ls_node_list (const LsNode *node, uint32_t in, LsList *out, LsError *error);
static inline bool
ls_list_has (const LsList *list, int64_t value)
{
  for (int i = 0; i < list->n; i++)
    if (list->at[i] == value)
      return true;
  return false;
}
/* Reads a known integer input of one element. */
LsStatus ls_node_scalar (const LsNode *node, uint32_t in, int64_t *out, LsError *error);
/* The values of an attribute that is a list; n = 0 when there is none. */
LsStatus ls_node_attr_list (const LsNode *node, const char *name, LsList *out, LsError *error);

/* ---- Axes and dimensions ---------------------------------------------------------------------
 */

/* -rank … rank - 1 becomes 0 … rank - 1. */
LsStatus ls_node_axis (const LsNode *node, int64_t axis, int rank, int *out, LsError *error);
/* Marks the axes of a list; repetitions are fine. */
LsStatus ls_node_axes (const LsNode *node, const LsList *list, int rank, bool is_axis[LS_MAX_RANK],
                       LsError *error);
/* A list as dimensions: at most LS_MAX_RANK of them, none negative, each within int32. */
LsStatus ls_node_dims (const LsNode *node, const LsList *list, int32_t dims[LS_MAX_RANK],
                       LsError *error);
/* As ls_node_dims(), one -1 standing for what makes the product equal the elements of @input. */
LsStatus ls_node_resolve_dims (const LsNode *node, const LsList *list, const LsValue *input,
                               int32_t dims[LS_MAX_RANK], LsError *error);
bool ls_same_dims (const LsValue *a, const LsValue *b);
/* The shape that two shapes broadcast to; false when they do not. */
bool ls_broadcast_dims (const int32_t *a, int rank_a, const int32_t *b, int rank_b,
                        int32_t out[LS_MAX_RANK], int *rank);
/* Product of dims [from, to) of a shape whose whole count fits a size_t. Beside a dimension of 0
 * it may wrap: the count says first whether there is anything to do. */
size_t ls_dims_product (const int32_t *dims, int from, int to);
/* Elements between neighbours along each dimension of a dense array. */
void ls_dense_strides (const int32_t *dims, int rank, ptrdiff_t strides[LS_MAX_RANK]);

/* ---- Work ------------------------------------------------------------------------------------
 */

/* How many units of @unit bytes of traffic are worth handing to another thread. */
size_t ls_grain (size_t unit);
/* Lays @count elements of @size bytes out in scratch memory of @total bytes so far; false: too
 * much.
 */
bool ls_take_scratch (size_t *total, size_t *at, size_t count, size_t size);

#endif
