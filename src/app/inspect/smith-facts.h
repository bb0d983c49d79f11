/* What is said of a selection: groups of rows, as plain values. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct
{
  char *title, *value;
  char *detail; /* second line; NULL: none */
  char *whole;  /* what the value is short for; NULL: it is whole */
  int tensor;   /* where a click leads, or -1 */
  int op;
} SmithFact;

typedef struct
{
  char *title; /* translated */
  GPtrArray *facts;
} SmithFactGroup;

typedef struct
{
  char *title, *subtitle;
  GPtrArray *groups; /* of SmithFactGroup */
} SmithFacts;

SmithFacts *smith_facts_new (const char *title, const char *subtitle);
void smith_facts_free (SmithFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithFacts, smith_facts_free)

SmithFactGroup *smith_facts_add_group (SmithFacts *facts, const char *title);
SmithFact *smith_fact_group_take (SmithFactGroup *group, const char *title, char *take_value);
