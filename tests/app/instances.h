/* Counts the objects that live, by type: what a closed window or page leaves behind shows. */
#pragma once

#include <glib-object.h>

static GMutex instances_lock;
static GHashTable *instances; /* object -> its type */
static void (*instances_constructed) (GObject *object);
static void (*instances_finalize) (GObject *object);

static void
instances_add (GObject *object)
{
  g_mutex_lock (&instances_lock);
  g_hash_table_insert (instances, object, GSIZE_TO_POINTER (G_OBJECT_TYPE (object)));
  g_mutex_unlock (&instances_lock);
  instances_constructed (object);
}

static void
instances_remove (GObject *object)
{
  g_mutex_lock (&instances_lock);
  g_hash_table_remove (instances, object);
  g_mutex_unlock (&instances_lock);
  instances_finalize (object);
}

/* Call before anything else: a class that exists already is not counted. GLib's own count is only
 * in debug builds of it. */
static inline void
instances_watch (void)
{
  GObjectClass *base = g_type_class_ref (G_TYPE_OBJECT);

  instances = g_hash_table_new (NULL, NULL);
  instances_constructed = base->constructed;
  instances_finalize = base->finalize;
  base->constructed = instances_add;
  base->finalize = instances_remove;
}

static inline guint
instances_total (void)
{
  guint n;

  g_mutex_lock (&instances_lock);
  n = g_hash_table_size (instances);
  g_mutex_unlock (&instances_lock);
  return n;
}

/* How many of each type there are; the caller's. */
static inline GHashTable *
instances_count (void)
{
  GHashTable *counts = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer type;

  g_mutex_lock (&instances_lock);
  g_hash_table_iter_init (&iter, instances);
  while (g_hash_table_iter_next (&iter, NULL, &type))
    {
      gsize n = GPOINTER_TO_SIZE (g_hash_table_lookup (counts, type));

      g_hash_table_insert (counts, type, GSIZE_TO_POINTER (n + 1));
    }
  g_mutex_unlock (&instances_lock);
  return counts;
}

static inline gsize
instances_of (GHashTable *counts, gpointer type)
{
  return GPOINTER_TO_SIZE (g_hash_table_lookup (counts, type));
}

/* "GMenu 6 to 12", a line for each type of which there are more at each of the @n counts than at
 * the one before; the caller's. What is made once and kept grows once. Styles are not told: GTK
 * keeps them for widgets that come to look the same. */
static inline char *
instances_grown (GHashTable *const *counts, unsigned n)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer type;

  g_hash_table_iter_init (&iter, counts[n - 1]);
  while (g_hash_table_iter_next (&iter, &type, NULL))
    {
      const char *name = g_type_name (GPOINTER_TO_SIZE (type));
      gboolean grows = !g_str_has_prefix (name, "GtkCss");

      for (unsigned i = 1; i < n; i++)
        grows = grows && instances_of (counts[i], type) > instances_of (counts[i - 1], type);
      if (grows)
        g_string_append_printf (text, "%s %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT "\n", name,
                                instances_of (counts[0], type), instances_of (counts[n - 1], type));
    }
  return g_string_free (text, FALSE);
}
