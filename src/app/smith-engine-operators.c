#include "smith-engine-operators.h"
#include "smith-engine.h"

#include <string.h>

struct _SmithOperator
{
  GObject parent_instance;

  const LsOpSupport *support; /* static in the engine */
};

G_DEFINE_FINAL_TYPE (SmithOperator, smith_operator, G_TYPE_OBJECT)

static void
smith_operator_class_init (SmithOperatorClass *klass)
{
}

static void
smith_operator_init (SmithOperator *self)
{
}

const char *
smith_operator_get_name (SmithOperator *self)
{
  return self->support->name;
}

const char *
smith_operator_get_types (SmithOperator *self)
{
  return self->support->types != NULL && self->support->can_run ? self->support->types : "";
}

gboolean
smith_operator_can_run (SmithOperator *self)
{
  return self->support->can_run;
}

gboolean
smith_operator_is_custom (SmithOperator *self)
{
  return self->support->is_custom;
}

int
smith_operator_get_version (SmithOperator *self)
{
  return self->support->max_version;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (((const SmithOperator *) a)->support->name,
                 ((const SmithOperator *) b)->support->name);
}

GListModel *
smith_engine_operators (void)
{
  GListStore *store = g_list_store_new (SMITH_TYPE_OPERATOR);

  for (uint32_t i = 0; i < ls_op_support_count (); i++)
    {
      g_autoptr (SmithOperator) op = g_object_new (SMITH_TYPE_OPERATOR, NULL);

      op->support = ls_op_support (i);
      g_list_store_insert_sorted (store, op, compare, NULL);
    }
  return G_LIST_MODEL (store);
}
