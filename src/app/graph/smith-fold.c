#include "smith-fold.h"

#include <glib/gi18n.h>
#include <string.h>

enum
{
  MAX_PERIOD = 96,
  MIN_PERIOD = 3,
  CHUNK = 100 /* operators a group, where nothing else divides them */
};

/* ---- Scopes -----------------------------------------------------------------------------------
 */

/* A scope while the tree is built; kept only when it divides something. */
typedef struct
{
  const char *path;
  int parent;
  uint32_t n_ops, n_children;
} Scope;

typedef struct
{
  const SmithNet *net;
  GStringChunk *texts;
  GArray *scopes; /* Scope */
  GHashTable *by_path;
  int32_t *scope_of;
} Builder;

static int
add_scope (Builder *b, const char *path, int parent)
{
  gpointer known;
  Scope scope = { g_string_chunk_insert (b->texts, path), parent, 0, 0 };

  if (g_hash_table_lookup_extended (b->by_path, path, NULL, &known))
    return GPOINTER_TO_INT (known);
  g_array_append_val (b->scopes, scope);
  g_hash_table_insert (b->by_path, (char *) scope.path, GINT_TO_POINTER (b->scopes->len - 1));
  if (parent >= 0)
    g_array_index (b->scopes, Scope, parent).n_children++;
  return (int) b->scopes->len - 1;
}

/* TFLite joins the names of fused operators with ";": the first says where it stands. */
static int
scope_of_name (Builder *b, const char *name)
{
  g_autofree char *path = g_strndup (name, strcspn (name, ";"));
  int scope = -1;

  for (char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      if (slash == path)
        continue;
      *slash = '\0';
      scope = add_scope (b, path, scope);
      *slash = '/';
    }
  return scope;
}

static void
build_scopes (Builder *b)
{
  const SmithNet *net = b->net;

  for (uint32_t i = 0; i < net->n_ops; i++)
    {
      b->scope_of[i] = -1;
      if (net->ops[i].is_absorbed)
        continue;
      b->scope_of[i] = scope_of_name (b, net->ops[i].name);
      if (b->scope_of[i] >= 0)
        g_array_index (b->scopes, Scope, b->scope_of[i]).n_children++;
      for (int s = b->scope_of[i]; s >= 0; s = g_array_index (b->scopes, Scope, s).parent)
        g_array_index (b->scopes, Scope, s).n_ops++;
    }
}

/* ---- Groups -----------------------------------------------------------------------------------
 */

static void
add_group (SmithFold *fold, const char *name, const char *path, int parent)
{
  SmithGroup *group = &fold->groups[fold->n_groups++];

  *group = (SmithGroup){ .name = name, .path = path, .parent = parent, .first_op = UINT32_MAX };
  group->depth = parent >= 0 ? fold->groups[parent].depth + 1 : 0;
}

/* A scope that holds one thing, or everything, divides nothing. */
static gboolean
divides (const Scope *scope, uint32_t n_drawn)
{
  return scope->n_ops >= 2 && scope->n_children >= 2 && scope->n_ops < n_drawn;
}

static void
groups_from_scopes (SmithFold *fold, Builder *b, uint32_t n_drawn)
{
  g_autofree int *group_of_scope = g_new (int, b->scopes->len + 1);

  fold->groups = g_new0 (SmithGroup, b->scopes->len + 1);
  for (unsigned s = 0; s < b->scopes->len; s++)
    {
      const Scope *scope = &g_array_index (b->scopes, Scope, s);
      int parent = scope->parent >= 0 ? group_of_scope[scope->parent] : -1;

      group_of_scope[s] = parent;
      if (!divides (scope, n_drawn))
        continue;

      const char *inside = parent >= 0 ? fold->groups[parent].path : NULL;
      const char *name = scope->path;

      if (inside != NULL)
        name += strlen (inside) + 1;
      group_of_scope[s] = (int) fold->n_groups;
      add_group (fold, name, scope->path, parent);
    }
  for (uint32_t i = 0; i < fold->n_ops; i++)
    fold->group_of[i] = b->scope_of[i] >= 0 ? group_of_scope[b->scope_of[i]] : -1;
}

/* How often the @period kinds from @start on follow one another. */
static uint32_t
repeats_at (const unsigned *kinds, uint32_t n, uint32_t start, uint32_t period)
{
  uint32_t length = 0;

  while (start + period + length < n && kinds[start + length] == kinds[start + period + length])
    length++;
  return length / period + 1;
}

typedef struct
{
  uint32_t period, repeats;
} Repeat;

static Repeat
best_repeat (const unsigned *kinds, uint32_t n, uint32_t start)
{
  Repeat best = { 0, 0 };

  for (uint32_t period = MIN_PERIOD; period <= MAX_PERIOD && start + 2 * period <= n; period++)
    {
      uint32_t repeats = repeats_at (kinds, n, start, period);

      if (repeats >= 2 && repeats * period > best.repeats * best.period)
        best = (Repeat){ period, repeats };
    }
  return best;
}

static void
add_range (SmithFold *fold, const uint32_t *drawn, uint32_t begin, uint32_t end, const char *name)
{
  const char *kept = g_string_chunk_insert (fold->texts, name);

  for (uint32_t k = begin; k < end; k++)
    fold->group_of[drawn[k]] = (int) fold->n_groups;
  add_group (fold, kept, kept, -1);
}

static void
groups_from_repeats (SmithFold *fold, const SmithNet *net, const uint32_t *drawn, uint32_t n)
{
  g_autofree unsigned *kinds = g_new (unsigned, n + 1);
  unsigned number = 0;

  for (uint32_t k = 0; k < n; k++)
    kinds[k] = g_str_hash (net->ops[drawn[k]].kind);
  for (uint32_t k = 0; k < n;)
    {
      Repeat repeat = best_repeat (kinds, n, k);

      for (uint32_t r = 0; r < repeat.repeats; r++)
        {
          /* Translators: a group of operators that repeats in the graph, with its number. */
          g_autofree char *name = g_strdup_printf (_ ("Block %u"), ++number);

          add_range (fold, drawn, k + r * repeat.period, k + (r + 1) * repeat.period, name);
        }
      k += MAX (1, repeat.repeats * repeat.period);
    }
}

static void
groups_from_order (SmithFold *fold, const uint32_t *drawn, uint32_t n)
{
  for (uint32_t k = 0; k < n; k += CHUNK)
    {
      uint32_t end = MIN (k + CHUNK, n);
      /* Translators: a group of operators by their numbers, first to last. */
      g_autofree char *name = g_strdup_printf (_ ("Operators %u–%u"), drawn[k], drawn[end - 1]);

      add_range (fold, drawn, k, end, name);
    }
}

static void
forget_groups (SmithFold *fold)
{
  g_clear_pointer (&fold->groups, g_free);
  fold->n_groups = 0;
  for (uint32_t i = 0; i < fold->n_ops; i++)
    fold->group_of[i] = -1;
}

/* ---- Figures ----------------------------------------------------------------------------------
 */

static uint64_t
parameters_of (const SmithNet *net, const SmithNetOp *op)
{
  uint64_t sum = 0;

  for (uint32_t k = 0; k < op->n_inputs; k++)
    {
      int tensor = smith_net_constant_behind (net, op->inputs[k]);

      if (tensor >= 0)
        sum += net->tensors[tensor].n_elements;
    }
  return sum;
}

static void
add_figures (SmithFold *fold, const SmithNet *net)
{
  for (uint32_t i = 0; i < fold->n_ops; i++)
    {
      const SmithNetOp *op = &net->ops[i];
      uint64_t parameters;

      if (op->is_absorbed || fold->group_of[i] < 0)
        continue;
      parameters = parameters_of (net, op);
      fold->groups[fold->group_of[i]].n_children++;
      for (int g = fold->group_of[i]; g >= 0; g = fold->groups[g].parent)
        {
          SmithGroup *group = &fold->groups[g];

          group->first_op = MIN (group->first_op, i);
          group->n_ops++;
          group->macs += op->macs;
          group->n_parameters += parameters;
        }
    }
  for (uint32_t g = 0; g < fold->n_groups; g++)
    if (fold->groups[g].parent >= 0)
      fold->groups[fold->groups[g].parent].n_children++;
}

/* ---- Open and closed --------------------------------------------------------------------------
 */

static void
open_levels (SmithFold *fold, const SmithNet *net)
{
  int deepest = 0;

  for (uint32_t g = 0; g < fold->n_groups; g++)
    deepest = MAX (deepest, fold->groups[g].depth);
  for (int depth = 0; depth <= deepest; depth++)
    {
      for (uint32_t g = 0; g < fold->n_groups; g++)
        fold->groups[g].is_open = fold->groups[g].depth <= depth;
      if (smith_fold_count_boxes (fold, net) <= SMITH_FOLD_BUDGET)
        continue;
      for (uint32_t g = 0; g < fold->n_groups; g++)
        fold->groups[g].is_open = fold->groups[g].depth < depth;
      return;
    }
}

static uint32_t
count_closed (SmithFold *fold, const SmithNet *net)
{
  smith_fold_set_all (fold, FALSE);
  return smith_fold_count_boxes (fold, net);
}

SmithFold *
smith_fold_new (const SmithNet *net)
{
  SmithFold *fold = g_atomic_rc_box_new0 (SmithFold);
  g_autofree uint32_t *drawn = g_new (uint32_t, (size_t) net->n_ops + 1);
  uint32_t n_drawn = 0;
  Builder b = { net, NULL, NULL, NULL, NULL };

  fold->n_ops = net->n_ops;
  fold->group_of = g_new (int32_t, (size_t) net->n_ops + 1);
  fold->texts = g_string_chunk_new (4096);
  for (uint32_t i = 0; i < net->n_ops; i++)
    if (!net->ops[i].is_absorbed)
      drawn[n_drawn++] = i;

  b.texts = fold->texts;
  b.scopes = g_array_new (FALSE, FALSE, sizeof (Scope));
  b.by_path = g_hash_table_new (g_str_hash, g_str_equal);
  b.scope_of = g_new (int32_t, (size_t) net->n_ops + 1);
  build_scopes (&b);
  groups_from_scopes (fold, &b, n_drawn);
  g_array_unref (b.scopes);
  g_hash_table_unref (b.by_path);
  g_free (b.scope_of);

  if (n_drawn > SMITH_FOLD_NOTHING_BELOW && count_closed (fold, net) > SMITH_FOLD_NOTHING_BELOW)
    {
      forget_groups (fold);
      fold->groups = g_new0 (SmithGroup, (size_t) n_drawn + 1);
      groups_from_repeats (fold, net, drawn, n_drawn);
      if (count_closed (fold, net) > SMITH_FOLD_NOTHING_BELOW)
        {
          forget_groups (fold);
          fold->groups = g_new0 (SmithGroup, (size_t) n_drawn + 1);
          groups_from_order (fold, drawn, n_drawn);
        }
    }
  add_figures (fold, net);
  smith_fold_set_all (fold, TRUE);
  if (n_drawn > SMITH_FOLD_NOTHING_BELOW)
    open_levels (fold, net);
  return fold;
}

SmithFold *
smith_fold_ref (SmithFold *fold)
{
  return g_atomic_rc_box_acquire (fold);
}

static void
fold_clear (SmithFold *fold)
{
  g_free (fold->groups);
  g_free (fold->group_of);
  g_string_chunk_free (fold->texts);
}

void
smith_fold_unref (SmithFold *fold)
{
  g_atomic_rc_box_release_full (fold, (GDestroyNotify) fold_clear);
}

int
smith_fold_box_of (const SmithFold *fold, int op)
{
  int closed = -1;

  for (int g = fold->group_of[op]; g >= 0; g = fold->groups[g].parent)
    if (!fold->groups[g].is_open)
      closed = g;
  return closed;
}

gboolean
smith_fold_reveal (SmithFold *fold, int op)
{
  gboolean is_changed = FALSE;

  for (int g = fold->group_of[op]; g >= 0; g = fold->groups[g].parent)
    {
      is_changed = is_changed || !fold->groups[g].is_open;
      fold->groups[g].is_open = TRUE;
    }
  return is_changed;
}

void
smith_fold_set_all (SmithFold *fold, gboolean is_open)
{
  for (uint32_t g = 0; g < fold->n_groups; g++)
    fold->groups[g].is_open = is_open;
}

gboolean *
smith_fold_snapshot (const SmithFold *fold)
{
  gboolean *open = g_new (gboolean, (size_t) fold->n_groups + 1);

  for (uint32_t g = 0; g < fold->n_groups; g++)
    open[g] = fold->groups[g].is_open;
  return open;
}

uint32_t
smith_fold_count_boxes (const SmithFold *fold, const SmithNet *net)
{
  g_autofree gboolean *is_counted = g_new0 (gboolean, (size_t) fold->n_groups + 1);
  uint32_t count = 0;

  for (uint32_t i = 0; i < fold->n_ops; i++)
    {
      int group = net->ops[i].is_absorbed ? -1 : smith_fold_box_of (fold, (int) i);

      if (net->ops[i].is_absorbed || (group >= 0 && is_counted[group]))
        continue;
      if (group >= 0)
        is_counted[group] = TRUE;
      count++;
    }
  return count;
}
