/*
 * The runtime's own structures.
 *
 * A session runs a frame. A frame is one instance of a subgraph: a slot for each tensor, a step for
 * each operator, and a plan, which is the steps that are left to run once constants are folded and
 * where every slot's bytes live. Control-flow operators own frames of other subgraphs.
 */
#ifndef LS_RUNTIME_RUNTIME_H
#define LS_RUNTIME_RUNTIME_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/model.h"
#include "ops/op.h"

enum
{
  LS_ALIGNMENT = 64,
  LS_MAX_DEPTH = 64 /* frames inside frames */
};

/* Who computes a slot's value. */
typedef enum
{
  LS_ROLE_NONE, /* nobody: no operator that runs writes or reads it */
  LS_ROLE_CONSTANT,
  LS_ROLE_INPUT, /* of the frame */
  LS_ROLE_VARIABLE,
  LS_ROLE_STEP /* the step `producer` */
} LsRole;

/* A tensor of a frame. */
typedef struct
{
  LsValue value; /* comes first: nodes point here */
  LsRole role;
  int32_t producer; /* step, or -1 */
  bool is_late;     /* as planned: the shape is known only at run time */
  void *own;        /* aligned memory of this slot alone; NULL when it lives elsewhere */
  size_t own_size;
} LsSlot;

typedef struct LsBlock LsBlock; /* memory of a node */

/* An operator of a frame. */
typedef struct
{
  LsNode node; /* comes first: operators see it */
  uint32_t op; /* index in the subgraph */
  LsBlock *blocks;
  size_t n_block_bytes;
  bool is_late;          /* prepared again just before it runs */
  bool is_folded;        /* its outputs are constants; it does not run */
  bool is_dynamic;       /* the last prepare() left an output's shape to run() */
  size_t scratch_stride; /* bytes of one thread's scratch memory */
  LsFrame **frames;      /* of other subgraphs, by subgraph; NULL when none was asked for */
  uint64_t last_ns;
} LsStep;

typedef struct LsNamedResource LsNamedResource;
struct LsNamedResource
{
  LsNamedResource *next;
  int32_t id;
  char *container, *name;
  LsResource resource;
};

typedef struct
{
  LsNamedResource *first;
  int32_t count;
} LsResources;

struct LsFrame
{
  LsSession *session;
  const LsSubgraph *graph;
  uint32_t index, depth;
  LsSlot *slots; /* by tensor */
  uint32_t n_steps;
  LsStep *steps;      /* in the order of the subgraph */
  LsValue **pointers; /* what the nodes' in, out and mid point into */
  uint32_t n_order;
  LsStep **order; /* the steps that run */
  bool is_planned;
};

struct LsSession
{
  LsModel *model;
  LsSessionOptions options;
  LsFrame *frame;
  uint32_t n_inputs, n_outputs;
  LsSignaturePort *inputs, *outputs;
  LsResources resources;
  atomic_bool is_cancelled;
  pthread_mutex_t error_lock;
  LsError run_error; /* the first of a run */
};

LS_DEFINE_AUTO (LsSession, ls_session_free)

/* frame.c */

/* @until: -1, or the only tensor that is wanted */
LsStatus ls_frame_new (LsSession *session, uint32_t subgraph, uint32_t depth, int until,
                       LsFrame **out, LsError *error);
void ls_frame_free (LsFrame *frame);
/* The value of a constant; fails when the tensor is none. */
LsStatus ls_frame_constant (LsFrame *frame, int32_t tensor, const LsValue **out, LsError *error);
/* Variables back to their first values, operators to their first state. */
LsStatus ls_frame_reset (LsFrame *frame, LsError *error);
static inline LsSlot *
ls_slot (const LsFrame *frame, int32_t tensor)
{
  return &frame->slots[tensor];
}

/* value.c */

/* False for sizes that no memory of this machine could hold, which malloc() might promise. */
bool ls_memory_is_plausible (size_t size);
static inline size_t
ls_align (size_t size)
{
  return (size + LS_ALIGNMENT - 1) & ~(size_t) (LS_ALIGNMENT - 1);
}

/* Sets the shape of a value and what follows from it; fails when it has too many elements. */
LsStatus ls_value_shape (LsValue *value, int rank, const int32_t *dims, LsError *error);
bool ls_value_has_shape (const LsValue *value, int rank, const int32_t *dims);
/* Gives a slot at least @size bytes of its own (one at least). What was there is lost. */
LsStatus ls_slot_reserve (LsSlot *slot, size_t size, LsError *error);
/* The slot's own memory becomes @data, from malloc. */
void ls_slot_take (LsSlot *slot, void *data, size_t size);
void ls_slot_release (LsSlot *slot);
/* Memory of its own, all zeros; strings: as many empty ones. */
LsStatus ls_slot_zero (LsSlot *slot, LsError *error);
/* Gives a slot a shape and copies its bytes in; on failure the slot stays as it was. */
LsStatus ls_slot_set (LsSlot *slot, int rank, const int32_t *dims, const void *data, size_t n_bytes,
                      bool *is_reshaped, LsError *error);

/* resource.c */
void ls_resources_reset (LsResources *all); /* all are unset, and keep their numbers */
void ls_resources_free (LsResources *all);

/* plan.c */
LsStatus ls_frame_plan (LsFrame *frame, LsError *error);

/* step.c */

/* Memory for the outputs whose shapes are known, and scratch memory. */
LsStatus ls_step_reserve (LsStep *step, LsError *error);
LsStatus ls_step_prepare (LsStep *step, LsError *error);
void ls_step_free (LsStep *step);
/* @error NULL: the caller wants to know only whether it worked. */
LsStatus ls_step_run (LsStep *step, LsError *error);
/* Frees what the node holds, but not scratch memory and frames. */
void ls_step_clear (LsStep *step);
/* Puts "operator 12 CONV_2D (name): " in front of a message that names no operator yet. */
void ls_step_blame (const LsStep *step, LsError *error);
static inline LsStep *
ls_step (const LsNode *node)
{
  return (LsStep *) node;
}

#endif
