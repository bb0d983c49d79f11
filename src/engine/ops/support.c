/* Which operators run: the table of operators as people see it. */
#include <pthread.h>

#include "ops/op.h"

static LsOpSupport support[LS_N_BUILTIN + 64];
static uint32_t n_support;

static void
add (const char *name, bool is_custom, const LsOp *op)
{
  if (n_support < sizeof support / sizeof *support)
    support[n_support++]
      = (LsOpSupport){ name, is_custom, op != NULL, op != NULL ? op->max_version : 0,
                       op != NULL && op->types != NULL ? op->types : "" };
}

static void
collect (void)
{
  for (int kind = 0; kind < LS_N_BUILTIN; kind++)
    if (kind != LS_OP_CUSTOM && kind != LS_OP_PLACEHOLDER_FOR_GREATER_OP_CODES)
      add (ls_op_kind_name (kind), false, ls_op_find (kind, NULL));

  const char *name;

  for (size_t i = 0; (name = ls_op_custom_name (i)) != NULL; i++)
    add (name, true, ls_op_find (LS_OP_CUSTOM, name));
}

static void
ensure_support (void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once (&once, collect);
}

uint32_t
ls_op_support_count (void)
{
  ensure_support ();
  return n_support;
}

const LsOpSupport *
ls_op_support (uint32_t index)
{
  ensure_support ();
  return index < n_support ? &support[index] : NULL;
}
