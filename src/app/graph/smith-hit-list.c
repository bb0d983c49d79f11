#include "smith-hit-list.h"

struct _SmithHitItem
{
  GObject parent_instance;
  SmithNet *net;
  SmithHit hit;
};

G_DEFINE_FINAL_TYPE (SmithHitItem, smith_hit_item, G_TYPE_OBJECT)

static void
smith_hit_item_finalize (GObject *object)
{
  g_clear_pointer (&SMITH_HIT_ITEM (object)->net, smith_net_unref);
  G_OBJECT_CLASS (smith_hit_item_parent_class)->finalize (object);
}

static void
smith_hit_item_class_init (SmithHitItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = smith_hit_item_finalize;
}

static void
smith_hit_item_init (SmithHitItem *self)
{
}

SmithHit
smith_hit_item_get_hit (SmithHitItem *self)
{
  return self->hit;
}

SmithNet *
smith_hit_item_get_net (SmithHitItem *self)
{
  return self->net;
}

/* ---- The list ---------------------------------------------------------------------------------
 */

/*
 * A list view makes and fills widgets for the first 200 rows or so as soon as it hears of them,
 * which takes tens of milliseconds. So they come a step at a time, between frames, and the rest,
 * for which it makes none, at once.
 */
enum
{
  STEP = 24,
  ROWS = 264
};

struct _SmithHitList
{
  GObject parent_instance;
  SmithNet *net;
  GArray *hits;
  guint n_shown; /* of the hits, so far */
  guint growing; /* idle: the others follow */
};

static GType
hit_list_get_item_type (GListModel *model)
{
  return SMITH_TYPE_HIT_ITEM;
}

static guint
hit_list_get_n_items (GListModel *model)
{
  return SMITH_HIT_LIST (model)->n_shown;
}

static gpointer
hit_list_get_item (GListModel *model, guint position)
{
  SmithHitList *self = SMITH_HIT_LIST (model);
  SmithHitItem *item;

  if (position >= self->n_shown)
    return NULL;
  item = g_object_new (SMITH_TYPE_HIT_ITEM, NULL);
  item->net = smith_net_ref (self->net);
  item->hit = g_array_index (self->hits, SmithHit, position);
  return item;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = hit_list_get_item_type;
  iface->get_n_items = hit_list_get_n_items;
  iface->get_item = hit_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SmithHitList, smith_hit_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
smith_hit_list_finalize (GObject *object)
{
  SmithHitList *self = SMITH_HIT_LIST (object);

  g_clear_handle_id (&self->growing, g_source_remove);
  g_array_unref (self->hits);
  g_clear_pointer (&self->net, smith_net_unref);
  G_OBJECT_CLASS (smith_hit_list_parent_class)->finalize (object);
}

static void
smith_hit_list_class_init (SmithHitListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = smith_hit_list_finalize;
}

static void
smith_hit_list_init (SmithHitList *self)
{
  self->hits = g_array_new (FALSE, FALSE, sizeof (SmithHit));
}

SmithHitList *
smith_hit_list_new (void)
{
  return g_object_new (SMITH_TYPE_HIT_LIST, NULL);
}

static void
show (SmithHitList *self, guint n)
{
  const guint before = self->n_shown;

  if (n <= before)
    return;
  self->n_shown = n;
  g_list_model_items_changed (G_LIST_MODEL (self), before, 0, n - before);
}

static gboolean
grow_cb (gpointer data)
{
  SmithHitList *self = data;

  show (self, self->n_shown < ROWS ? MIN (self->n_shown + STEP, self->hits->len) : self->hits->len);
  if (self->n_shown < self->hits->len)
    return G_SOURCE_CONTINUE;
  self->growing = 0;
  return G_SOURCE_REMOVE;
}

void
smith_hit_list_set (SmithHitList *self, SmithNet *net, GArray *take_hits)
{
  const guint before = self->n_shown;

  g_return_if_fail (SMITH_IS_HIT_LIST (self));

  g_array_unref (self->hits);
  self->hits = take_hits;
  g_clear_pointer (&self->net, smith_net_unref);
  self->net = smith_net_ref (net);
  self->n_shown = MIN (STEP, take_hits->len);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, self->n_shown);
  if (self->n_shown < take_hits->len && self->growing == 0)
    self->growing = g_idle_add_full (G_PRIORITY_LOW, grow_cb, self, NULL);
}

void
smith_hit_list_show_all (SmithHitList *self)
{
  g_return_if_fail (SMITH_IS_HIT_LIST (self));

  show (self, self->hits->len);
}

int
smith_hit_list_find (SmithHitList *self, SmithHit hit)
{
  for (unsigned i = 0; i < self->hits->len; i++)
    {
      const SmithHit *here = &g_array_index (self->hits, SmithHit, i);

      if (here->index == hit.index && here->is_tensor == hit.is_tensor)
        {
          show (self, i + 1);
          return (int) i;
        }
    }
  return -1;
}
