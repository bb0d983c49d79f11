#include "smith-facts.h"

static void
fact_free (SmithFact *fact)
{
  g_free (fact->title);
  g_free (fact->value);
  g_free (fact->detail);
  g_free (fact->whole);
  g_free (fact);
}

static void
group_free (SmithFactGroup *group)
{
  g_free (group->title);
  g_ptr_array_unref (group->facts);
  g_free (group);
}

SmithFacts *
smith_facts_new (const char *title, const char *subtitle)
{
  SmithFacts *facts = g_new0 (SmithFacts, 1);

  facts->title = g_strdup (title);
  facts->subtitle = g_strdup (subtitle);
  facts->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) group_free);
  return facts;
}

void
smith_facts_free (SmithFacts *facts)
{
  g_free (facts->title);
  g_free (facts->subtitle);
  g_ptr_array_unref (facts->groups);
  g_free (facts);
}

SmithFactGroup *
smith_facts_add_group (SmithFacts *facts, const char *title)
{
  SmithFactGroup *group = g_new0 (SmithFactGroup, 1);

  group->title = g_strdup (title);
  group->facts = g_ptr_array_new_with_free_func ((GDestroyNotify) fact_free);
  g_ptr_array_add (facts->groups, group);
  return group;
}

SmithFact *
smith_fact_group_take (SmithFactGroup *group, const char *title, char *take_value)
{
  SmithFact *fact = g_new0 (SmithFact, 1);

  fact->title = g_strdup (title);
  fact->value = take_value;
  fact->tensor = fact->op = -1;
  g_ptr_array_add (group->facts, fact);
  return fact;
}
