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

#include "base/pool.h"
#include "model/model.h"
#include "ops/op.h"

enum
{
  LS_ALIGNMENT = 64,
  LS_MAX_DEPTH = 64,     /* frames inside frames */
  LS_MAX_FRAMES = 16384, /* in a session, and their tensors */
  LS_MAX_SLOTS = 8 << 20,
  LS_WORTH_FORGETTING = 64 * 1024 /* bytes of a constant */
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

/* Bytes that the values of a session may take, and that they do take: slots, arenas, scratch memory
 * and what operators keep. */
typedef struct
{
  size_t limit, used;
} LsBudget;

/* A tensor of a frame. */
typedef struct LsSlot LsSlot;
struct LsSlot
{
  LsValue value; /* comes first: nodes point here */
  LsRole role;
  int32_t producer; /* step, or -1 */
  void *base,
    *own; /* memory of this slot alone, and where it is aligned; NULL: it lives elsewhere */
  size_t own_size;
  LsBudget *budget; /* of the session */
  uint64_t stamp;   /* of the last change of shape or known value */
  bool is_late;     /* as planned: the shape is known only at run time */
  bool was_constant, is_read_dense;
  bool is_packed; /* of a constant in the file: kept elsewhere in another form */

  /* The plan's own. */
  bool is_wanted;
  uint32_t last_reader; /* place in the order */
  int64_t piece;        /* of the arena, or -1 */
  LsSlot *view_of;      /* or whose bytes these are */
  void *hidden;         /* the data, while prepare() may not see it */
};

typedef struct LsBlock LsBlock; /* memory of a node */

/* An operator of a frame. */
typedef struct
{
  LsNode node; /* comes first: operators see it */
  uint32_t op; /* index in the subgraph */
  LsBlock *blocks;
  size_t n_block_bytes;
  uint64_t stamp;      /* of the session when it was prepared */
  bool is_prepared;    /* planned, and as the stamp says */
  bool has_late_input; /* when it was planned */
  bool is_late;        /* prepared again just before it runs */
  bool is_dynamic;     /* the last prepare() left an output's shape to the run */
  bool needs_data;     /* the shapes of its outputs depend on more than those of its inputs */
  bool is_folded;      /* its outputs are constants; it does not run */
  bool is_pure;        /* folded, and the same in every plan */
  void *own_scratch;
  size_t own_scratch_size;
  size_t scratch_stride; /* bytes of one thread's scratch memory */
  int64_t scratch_piece;
  LsFrame *frames; /* of other subgraphs: a list */
  uint64_t last_ns;
} LsStep;

typedef struct LsNamedResource LsNamedResource;
struct LsNamedResource
{
  LsNamedResource *next; /* of its bucket */
  int32_t id;
  char *container, *name;
  LsResource resource;
};

typedef struct
{
  LsNamedResource **named;   /* by number */
  LsNamedResource **buckets; /* by name: lists */
  uint32_t count, capacity;
  LsBudget *budget; /* of the session */
} LsResources;

struct LsFrame
{
  LsSession *session;
  LsFrame *next; /* of the step that owns it */
  const LsSubgraph *graph;
  uint32_t index, depth;
  LsSlot *slots; /* by tensor */
  uint32_t n_steps;
  LsStep *steps;      /* in the order of the subgraph */
  LsValue **pointers; /* what the nodes' in, out and mid point into */
  uint32_t n_outputs;
  const int32_t *outputs; /* what is asked for: the graph's, or the one tensor */
  int32_t until;
  uint32_t n_order;
  LsStep **order; /* the steps that run */
  uint8_t *arena;
  size_t arena_size, arena_capacity;
  bool is_planned;
};

/*
 * Sees the values of a run as they are made, also those of subgraphs that run many times. Called
 * with
 * @step NULL when a frame begins: its inputs are there, and what was folded.
 */
typedef struct
{
  void (*see) (void *data, const LsFrame *frame, const LsStep *step);
  void *data;
  /* Sees what operators tell of their inside; NULL: not wanted. */
  void (*see_inner) (void *data, const LsNode *node, LsInner inner, const float *values,
                     size_t count);
} LsWatcher;

struct LsSession
{
  LsModel *model;
  LsSessionOptions options;
  LsFrame *frame;
  uint32_t n_inputs, n_outputs;
  LsSignaturePort *inputs, *outputs;
  LsResources resources;
  LsPool *pool; /* NULL: the caller's thread alone */
  LsBudget budget;
  uint32_t n_frames; /* inside others */
  uint64_t n_slots;
  uint64_t stamp;    /* grows with every change of a shape or a known value */
  LsWatcher watcher; /* without `see`: none */
  bool is_computed;  /* the values are those of the inputs: it has run since they were set */
  atomic_bool is_cancelled;
  pthread_mutex_t error_lock;
  LsError run_error; /* the first of a run */
};

LS_DEFINE_AUTO (LsSession, ls_session_free)

/* session.c: a session in which every operator runs, as in a trace, but memory is used again. */
LsStatus ls_session_new_watched (const LsModel *model, const LsSessionOptions *options,
                                 const LsWatcher *watcher, LsSession **out, LsError *error);

/* compare.c: sets an input from an array of its own type, or of the same real values in another. */
LsStatus ls_session_set_real (LsSession *session, uint32_t index, const LsArray *array,
                              LsError *error);

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

/* budget.c */
void ls_budget_init (LsBudget *budget, const LsModel *model, bool is_trace);
/* Counts @size bytes that are about to be allocated; @what names them if they are too many. */
LsStatus ls_budget_take (LsBudget *budget, size_t size, const char *what, LsError *error);
static inline void
ls_budget_give (LsBudget *budget, size_t size)
{
  budget->used -= size;
}

/* What packed strings may take, which while they are collected take some times as much. */
static inline size_t
ls_budget_for_strings (const LsBudget *budget)
{
  return budget->limit > budget->used ? (budget->limit - budget->used) / 4 : 1;
}

/* value.c */
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
/* Gives a slot a shape and copies its bytes in (zeros when @data is NULL); the frame must be
 * planned again when the shape is new. On failure the slot stays as it was. */
LsStatus ls_slot_set (LsFrame *frame, LsSlot *slot, int rank, const int32_t *dims, const void *data,
                      size_t n_bytes, LsError *error);
LsStatus ls_slot_shape (LsFrame *frame, LsSlot *slot, int rank, const int32_t *dims,
                        LsError *error);
static inline void
ls_slot_touch (LsFrame *frame, LsSlot *slot)
{
  slot->stamp = ++frame->session->stamp;
}

/* resource.c */
void ls_resources_reset (LsResources *all); /* all are unset, and keep their numbers */
void ls_resources_free (LsResources *all);

/* plan.c */
LsStatus ls_frame_plan (LsFrame *frame, LsError *error);

/* memory.c */

/* Gives the values and the scratch memory of the steps in the order their places. */
LsStatus ls_frame_lay_out (LsFrame *frame, LsError *error);

/* step.c */
LsStatus ls_step_prepare (LsStep *step, LsError *error);
/* Whether nothing has changed since it was prepared. */
bool ls_step_is_current (const LsStep *step);
/* Memory of its own for the outputs whose shapes are known, and for scratch. */
LsStatus ls_step_reserve (LsStep *step, LsError *error);
LsStatus ls_step_scratch_size (LsStep *step, size_t *out, LsError *error);
void ls_step_release_scratch (LsStep *step);
/* Frees what the node holds, but not scratch memory and frames. */
void ls_step_clear (LsStep *step);
void ls_step_free (LsStep *step);
/* @error NULL: the caller wants to know only whether it worked. */
LsStatus ls_step_run (LsStep *step, LsError *error);
/* Puts "operator 12 CONV_2D (name): " in front of a message that names no operator yet. */
void ls_step_blame (const LsStep *step, LsError *error);
static inline LsStep *
ls_step (const LsNode *node)
{
  return (LsStep *) node;
}

#endif
