/*
 * What an operator is to the engine, and what it may ask of the runtime.
 *
 * An operator is one file with a prepare() and one or more run functions, and one line in ops.def.
 *
 *  - prepare() checks types, shapes, attributes and quantization, says the shape of every output,
 *    takes memory, picks a run function. It may fail, with a sentence that names the values. It
 *    is called again whenever an input's shape changes, from a clean node (what ls_node_alloc gave
 *    before is gone).
 *  - run() computes units [begin, end) of the node's n_items; different threads take different
 *    units at the same time. It cannot fail but for data-dependent things (an index out of
 *    range): then it returns ls_node_fail (…).
 *
 * Input values whose data is there at prepare time have `is_known` set: constants always; every
 * input when an operator is prepared just before it runs (because a shape depends on data). A shape
 * operand that is not known at prepare time makes the outputs dynamic: ls_node_output_dynamic();
 * prepare() is then called again at run time with everything known.
 */
#ifndef LS_OPS_OP_H
#define LS_OPS_OP_H

#include "base/error.h"
#include "base/size.h"
#include "litesmith.h"

typedef struct LsNode LsNode;
typedef struct LsFrame LsFrame; /* one instance of a subgraph with its values; the runtime's own */

/* A tensor at run time. */
typedef struct
{
  LsType type;
  int rank;
  int32_t dims[LS_MAX_RANK];
  /* Elements; bytes (strings: of the packed buffer; `is_sparse`: of the stored values). */
  size_t count, n_bytes;
  void *data;
  const LsQuantization *quant; /* NULL: none */
  float scale;                 /* first scale, 0 when there is none */
  int32_t zero_point;          /* first zero point */
  const LsTensor *tensor;      /* as the model says it; its sparsity, signature, name */
  int index;                   /* tensor index in its subgraph */
  bool is_constant;            /* never changes: weights may be packed in prepare() */
  bool is_sparse;              /* data holds the stored values of a sparse constant: DENSIFY only */
  bool is_known;               /* data is there at prepare() */
  bool is_variable;            /* keeps its value from run to run */
  bool is_dynamic;             /* shape (or size) known only at run time */
} LsValue;

/* Computes units [begin, end) of a phase. @thread: 0 … n_threads - 1, for per-thread scratch. */
typedef LsStatus (*LsRunFn) (LsNode *node, size_t begin, size_t end, unsigned thread);

enum
{
  LS_MAX_PHASES = 6
};

/* Work between two barriers: `n_items` units that any thread may take, `grain` at a time at least.
 */
typedef struct
{
  LsRunFn run;
  size_t n_items, grain;
} LsPhase;

typedef struct
{
  LsStatus (*prepare) (LsNode *node, LsError *error);
  unsigned flags;
  int max_version;   /* newest operator version of the schema that we know; 0: any */
  const char *types; /* for people: "float32, int8 (per-channel), uint8, int16, hybrid" */
} LsOp;

enum
{
  LS_OP_STATEFUL
  = 1 << 0,            /* never folded into a constant: variables, random numbers, control flow */
  LS_OP_VIEW = 1 << 1, /* output 0 holds the bytes of input 0: the memory may be shared, and run()
                          must do nothing when out[0]->data == in[0]->data */
  LS_OP_IN_PLACE = 1 << 2 /* element i of output 0 depends on no element of in[0] but i: the memory
                             may be shared when the sizes are equal */
};

struct LsNode
{
  const LsOp *op;
  const LsOperator *def; /* kind, attributes, custom options */
  uint32_t n_in, n_out, n_mid;
  LsValue **in; /* NULL entries: optional inputs that are absent */
  LsValue **out;
  LsValue **mid; /* intermediates (integer LSTM): quantization only */
  LsMode mode;
  unsigned n_threads;

  /* Set by prepare(). */
  void *state;        /* ls_node_alloc'ed */
  const char *kernel; /* "reference" when left NULL */
  LsPhase phases[LS_MAX_PHASES];
  unsigned n_phases;
  void *scratch; /* at run: ls_node_want_scratch() bytes, 64-byte aligned */
  size_t scratch_size;
  size_t thread_scratch_size;

  LsFrame *frame; /* the runtime's own from here on */
  void *runtime;
};

/* ---- In prepare() -------------------------------------------------------------------------- */

/* Zeroed memory, 64-byte aligned, until the next prepare(); NULL with @error filled. */
void *ls_node_alloc (LsNode *node, size_t count, size_t size, LsError *error);
/* States an output's shape (its type is the tensor's). Fails when it has too many elements. */
LsStatus ls_node_output (LsNode *node, uint32_t out, int rank, const int32_t *dims, LsError *error);
/* Same shape as a value. */
LsStatus ls_node_output_like (LsNode *node, uint32_t out, const LsValue *like, LsError *error);
/* The output has this type, whatever its tensor says. Before its shape is stated. */
LsStatus ls_node_output_type (LsNode *node, uint32_t out, LsType type, LsError *error);
/* The shape will be known only at run time: by the prepare() then (shape operands), or by run()
 * itself through ls_node_resize_output(). */
void ls_node_output_dynamic (LsNode *node, uint32_t out);
/* The value of an output is known already (SHAPE, RANK), once its shape is stated: memory to be
 * filled in prepare(). When all outputs are known the operator does not run, so it needs no phase.
 * NULL with @error filled. */
void *ls_node_output_known (LsNode *node, uint32_t out, LsError *error);
/* Adds a phase. Phases run one after the other; all units of one are done before the next begins.
 */
void ls_node_phase (LsNode *node, LsRunFn run, size_t n_items, size_t grain);
/* Memory that lives for one run of the node: shared, or for each thread. */
void ls_node_want_scratch (LsNode *node, size_t shared, size_t per_thread);
/* The value of a constant tensor of the node's subgraph that is none of its inputs: the scales of
 * weights quantized in blocks. Fails when there is no such constant. */
LsStatus ls_node_constant (LsNode *node, int32_t tensor, const LsValue **out, LsError *error);
/* Fails in prepare() with LS_E_UNSUPPORTED (or INVALID) and the operator's kind in front. */
LsStatus ls_node_unsupported (const LsNode *node, LsError *error, const char *format, ...)
  LS_PRINTF (3, 4);
LsStatus ls_node_invalid (const LsNode *node, LsError *error, const char *format, ...)
  LS_PRINTF (3, 4);
/* Checks the number of inputs (optional ones at the end may be left out) and outputs, and that
 * required inputs are there. */
LsStatus ls_node_arity (const LsNode *node, uint32_t min_in, uint32_t max_in, uint32_t n_out,
                        LsError *error);

/* ---- In run() ------------------------------------------------------------------------------ */

void *ls_node_thread_scratch (const LsNode *node, unsigned thread);
/* Gives a dynamic output its shape and memory. Only from a phase of one item. For strings use
 * ls_node_take_bytes(). */
LsStatus ls_node_resize_output (LsNode *node, uint32_t out, int rank, const int32_t *dims);
/* Gives a dynamic output a malloc'ed buffer, which is freed with it (strings, variants). */
LsStatus ls_node_take_output (LsNode *node, uint32_t out, int rank, const int32_t *dims, void *data,
                              size_t n_bytes);
/* The most bytes that the strings of an output may take, for the builder that collects them. */
size_t ls_node_max_strings (const LsNode *node);
/* Records an error of a run (the first one wins) and returns @status. Safe from any thread. */
LsStatus ls_node_fail (LsNode *node, LsStatus status, const char *format, ...) LS_PRINTF (3, 4);
bool ls_node_is_cancelled (const LsNode *node); /* for loops of more than some milliseconds */
uint64_t ls_node_seed (const LsNode *node);     /* the session's seed for random operators */

/* ---- For calibration -------------------------------------------------------------------------

 * Values inside of an LSTM that its integer form has scales for, though they are no tensors of the
 * float form. The first five are in the order of the integer form's intermediate tensors: the sums
 * of the gates before they are normalized, and what goes into the projection. */
typedef enum
{
  LS_INNER_INPUT_GATE,
  LS_INNER_FORGET_GATE,
  LS_INNER_CELL_GATE,
  LS_INNER_OUTPUT_GATE,
  LS_INNER_HIDDEN,
  LS_N_INTERMEDIATES,
  LS_INNER_CELL_STATE = LS_N_INTERMEDIATES
} LsInner;

/* Whether somebody looks. Then ls_node_show() is called for each step in time, from one thread. */
bool ls_node_is_watched (const LsNode *node);
void ls_node_show (const LsNode *node, LsInner inner, const float *values, size_t count);

/* ---- Subgraphs: IF, WHILE, CALL_ONCE, composites … ------------------------------------------ */

uint32_t ls_node_n_subgraphs (const LsNode *node);
/* The definition of a subgraph: what operators it has; NULL when there is no such subgraph. */
const LsSubgraph *ls_node_subgraph (const LsNode *node, int64_t subgraph);
/* The instance of another subgraph that belongs to this node; made at the first call, planned when
 * it runs. Recursion is bounded. NULL with @error filled. */
LsFrame *ls_node_subframe (LsNode *node, int subgraph, LsError *error);
uint32_t ls_frame_n_inputs (const LsFrame *frame);
uint32_t ls_frame_n_outputs (const LsFrame *frame);
/* The value to be filled or read; its shape before a run is as planned. */
const LsValue *ls_frame_input (const LsFrame *frame, uint32_t index);
const LsValue *ls_frame_output (const LsFrame *frame, uint32_t index);
/* Copies a value in (zeros when it has no data yet); another shape plans the frame again. */
LsStatus ls_frame_set_input (LsFrame *frame, uint32_t index, const LsValue *value, LsError *error);
/* Plans if need be: afterwards the outputs have their shapes, unless they are dynamic. */
LsStatus ls_frame_prepare (LsFrame *frame, LsError *error);
LsStatus ls_frame_run (LsFrame *frame, LsError *error);
/* In run(): records @error as the node's and returns its status. */
LsStatus ls_node_fail_with (LsNode *node, const LsError *error);

/* ---- Resources: variables and tables that live as long as the session -------------------------
 */

typedef struct
{
  bool is_set;
  LsArray value; /* of a variable: owned by the resource */
  void *table;   /* of a table: the operator's own */
  void (*free_table) (void *table);
  size_t n_counted; /* the runtime's own */
} LsResource;

/* The number of the resource of that name (the same for the same names in one session); made when
 * new. */
int32_t ls_node_resource_id (LsNode *node, const char *container, const char *name, LsError *error);
LsResource *ls_node_resource (LsNode *node, int32_t id); /* NULL: there is none */

/* Counts what a resource is about to keep instead of what it keeps. Fails, as a run does, when the
 * session may not take so much. */
LsStatus ls_node_count_resource (LsNode *node, LsResource *resource, size_t n_bytes);

/* ---- The table ------------------------------------------------------------------------------- */

/* The implementation of an operator of a model; NULL when there is none. */
const LsOp *ls_op_find (int kind, const char *custom_code);
/* What a custom operator of a delegate or of another runtime is (foreign.def); NULL: not known. */
const char *ls_op_foreign (const char *custom_code);
/* The names of the custom operators that run, one after the other; NULL: no more. */
const char *ls_op_custom_name (size_t index);

#endif
