/*
 * Every allocation fails once: planning and running must end with a sentence, and leak nothing.
 *
 * The allocator of this program is its own, on top of glibc's; elsewhere, and under a sanitizer
 * (which brings one, too), there is nothing to test.
 */
#include "graph.h"
#include "model/model.h"
#include "test.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t count, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);
extern void __libc_free (void *memory);

static long until_failure = -1, n_live;

static bool
fails (void)
{
  return until_failure >= 0 && until_failure-- == 0;
}

static void *
count (void *memory)
{
  n_live += memory != NULL;
  return memory;
}

void *
malloc (size_t size)
{
  return fails () ? NULL : count (__libc_malloc (size));
}

void *
calloc (size_t n, size_t size)
{
  return fails () ? NULL : count (__libc_calloc (n, size));
}

void *
realloc (void *memory, size_t size)
{
  if (fails ())
    return NULL;
  n_live -= memory != NULL;
  return count (__libc_realloc (memory, size));
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return fails () ? NULL : count (__libc_memalign (alignment, size));
}

void
free (void *memory)
{
  n_live -= memory != NULL;
  __libc_free (memory);
}

/* Constants that fold, a view, an operator in place, a shape that depends on data, strings, and
 * scratch memory. */
static LsModel *
all_kinds (void)
{
  const float numbers[] = { 1, 2, 3, 4 };
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4)),
          shape = graph_value (model, 0, LS_TYPE_INT32, SHAPE (2)),
          text = graph_value (model, 0, LS_TYPE_STRING, SHAPE (1)),
          weights = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (4, 1), numbers, 16),
          axes = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 0 }, 8),
          turned = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4)),
          dense = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1)),
          negative = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1)),
          wide = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1)),
          copy = graph_value (model, 0, LS_TYPE_STRING, SHAPE (1, 1)),
          column = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 1 }, 8);

  graph_op (model, 0, LS_OP_TRANSPOSE, TENSORS (weights, axes), TENSORS (turned));
  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (x, turned, -1), TENSORS (dense));
  graph_op (model, 0, LS_OP_NEG, TENSORS (dense), TENSORS (negative));
  graph_op (model, 0, LS_OP_BROADCAST_TO, TENSORS (negative, shape), TENSORS (wide));
  graph_op (model, 0, LS_OP_RESHAPE, TENSORS (text, column), TENSORS (copy));
  graph_ports (model, 0, TENSORS (x, shape, text), TENSORS (wide, copy));
  return model;
}

static LsStatus
use (const LsModel *model, LsError *error)
{
  const int32_t shape[] = { 2, 3 };
  LsArray array = { LS_TYPE_INT32, 1, { 2 }, (void *) shape, sizeof shape };
  LsSession *session;
  LsStatus status = ls_session_new (model, NULL, &session, error);

  for (uint32_t i = 0; status == LS_OK && i < 3; i++)
    status = i == 1 ? ls_session_set_input (session, i, &array, error)
                    : ls_session_fill_input (session, i, i, error);
  for (int i = 0; status == LS_OK && i < 2; i++)
    status = ls_session_run (session, error);
  ls_session_free (session);
  return status;
}

static LsStatus
explain (const LsModel *model, LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsExplanation explanation;
  LsSession *session;

  options.trace = true;
  options.until = 6;

  LsStatus status = ls_session_new (model, &options, &session, error);

  if (status == LS_OK)
    status = ls_session_run (session, error);
  if (status == LS_OK)
    status = ls_explain (session, 1, 2, (int32_t[]){ 0, 0 }, &explanation, error);
  if (status == LS_OK)
    ls_explanation_clear (&explanation);
  ls_session_free (session);
  return status;
}

static void
every_allocation_may_fail_in (LsStatus (*task) (const LsModel *model, LsError *error))
{
  LsModel *model = all_kinds ();
  LsError error = { 0 };

  CHECK (task (model, &error) == LS_OK);
  for (long n = 0; n < 100000; n++)
    {
      long live = n_live;

      error = (LsError){ 0 };
      until_failure = n;

      LsStatus status = task (model, &error);
      bool was_reached = until_failure < 0;

      until_failure = -1;
      CHECK (n_live == live);
      CHECK (status == LS_OK || (status == LS_E_NO_MEMORY && error.message[0] != '\0'));
      if (!was_reached)
        break;
    }
  ls_model_free (model);
}

static void
every_allocation_may_fail (void)
{
  every_allocation_may_fail_in (use);
}

static void
every_allocation_of_an_explanation_may_fail (void)
{
  every_allocation_may_fail_in (explain);
}

#else

static void
every_allocation_may_fail (void)
{
}

static void
every_allocation_of_an_explanation_may_fail (void)
{
}

#endif

int
main (void)
{
  RUN (every_allocation_may_fail);
  RUN (every_allocation_of_an_explanation_may_fail);
  return done ();
}
