/* Variables and tables that live as long as a session. */
#include "runtime/runtime.h"

#include <string.h>

static void
clear (LsResources *all, LsResource *resource)
{
  ls_budget_give (all->budget, resource->n_counted);
  ls_array_clear (&resource->value);
  if (resource->table != NULL && resource->free_table != NULL)
    resource->free_table (resource->table);
  *resource = (LsResource){ 0 };
}

int32_t
ls_node_resource_id (LsNode *node, const char *container, const char *name, LsError *error)
{
  LsResources *all = &node->frame->session->resources;

  container = container != NULL ? container : "";
  name = name != NULL ? name : "";
  for (LsNamedResource *r = all->first; r != NULL; r = r->next)
    if (strcmp (r->container, container) == 0 && strcmp (r->name, name) == 0)
      return r->id;

  LsNamedResource *r = calloc (1, sizeof *r);

  if (r == NULL || (r->container = strdup (container)) == NULL || (r->name = strdup (name)) == NULL)
    {
      if (r != NULL)
        free (r->container);
      free (r);
      ls_fail_no_memory (error, "a resource", sizeof *r);
      return -1;
    }
  r->id = all->count++;
  r->next = all->first;
  all->first = r;
  return r->id;
}

LsResource *
ls_node_resource (LsNode *node, int32_t id)
{
  for (LsNamedResource *r = node->frame->session->resources.first; r != NULL; r = r->next)
    if (r->id == id)
      return &r->resource;
  return NULL;
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
  for (LsNamedResource *r = all->first; r != NULL; r = r->next)
    clear (all, &r->resource);
}

void
ls_resources_free (LsResources *all)
{
  ls_resources_reset (all);
  for (LsNamedResource *r = all->first, *next; r != NULL; r = next)
    {
      next = r->next;
      free (r->container);
      free (r->name);
      free (r);
    }
}
