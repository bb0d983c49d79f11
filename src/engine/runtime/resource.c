/* Variables and tables that live as long as a session. */
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static void
clear (LsResources *all, LsResource *resource)
{
  ls_budget_give (all->budget, resource->n_counted);
  ls_array_clear (&resource->value);
  if (resource->table != NULL && resource->free_table != NULL)
    resource->free_table (resource->table);
  *resource = (LsResource){ 0 };
}

static void
free_named (LsNamedResource *r)
{
  if (r == NULL)
    return;
  free (r->container);
  free (r->name);
  free (r);
}

static uint32_t
bucket_of (const LsResources *all, const char *container, const char *name)
{
  return (uint32_t) ls_hash_text (ls_hash_text (LS_HASH_INIT, container), name)
         & (all->capacity - 1);
}

static void
enter (LsResources *all, LsNamedResource *r)
{
  uint32_t bucket = bucket_of (all, r->container, r->name);

  r->next = all->buckets[bucket];
  all->buckets[bucket] = r;
}

/* Room for one more, with as many buckets as places: a power of two. */
static bool
make_room (LsResources *all)
{
  if (all->count < all->capacity)
    return true;

  const uint32_t capacity = all->capacity > 0 ? all->capacity * 2 : 16;
  LsNamedResource **named = realloc (all->named, capacity * sizeof *named);

  if (named == NULL)
    return false;
  all->named = named;

  LsNamedResource **buckets = calloc (capacity, sizeof *buckets);

  if (buckets == NULL)
    return false;
  free (all->buckets);
  all->buckets = buckets;
  all->capacity = capacity;
  for (uint32_t i = 0; i < all->count; i++)
    enter (all, all->named[i]);
  return true;
}

int32_t
ls_node_resource_id (LsNode *node, const char *container, const char *name, LsError *error)
{
  LsResources *all = &node->frame->session->resources;
  LsNamedResource *r = NULL;

  container = container != NULL ? container : "";
  name = name != NULL ? name : "";
  if (all->capacity > 0)
    r = all->buckets[bucket_of (all, container, name)];
  while (r != NULL && (strcmp (r->container, container) != 0 || strcmp (r->name, name) != 0))
    r = r->next;
  if (r != NULL)
    return r->id;
  r = calloc (1, sizeof *r);
  if (r == NULL || (r->container = strdup (container)) == NULL || (r->name = strdup (name)) == NULL
      || !make_room (all))
    {
      free_named (r);
      ls_fail_no_memory (error, "a resource", sizeof *r);
      return -1;
    }
  r->id = (int32_t) all->count;
  all->named[all->count++] = r;
  enter (all, r);
  return r->id;
}

LsResource *
ls_node_resource (LsNode *node, int32_t id)
{
  const LsResources *all = &node->frame->session->resources;

  return id >= 0 && (uint32_t) id < all->count ? &all->named[id]->resource : NULL;
}

LsStatus
ls_node_count_resource (LsNode *node, LsResource *resource, size_t n_bytes)
{
  LsBudget *budget = &node->frame->session->budget;
  LsError error = { 0 };

  if (ls_budget_take (budget, n_bytes, "a resource", &error) != LS_OK)
    return ls_node_fail_with (node, &error);
  ls_budget_give (budget, resource->n_counted);
  resource->n_counted = n_bytes;
  return LS_OK;
}

void
ls_resources_reset (LsResources *all)
{
  for (uint32_t i = 0; i < all->count; i++)
    clear (all, &all->named[i]->resource);
}

void
ls_resources_free (LsResources *all)
{
  ls_resources_reset (all);
  for (uint32_t i = 0; i < all->count; i++)
    free_named (all->named[i]);
  free (all->named);
  free (all->buckets);
}
