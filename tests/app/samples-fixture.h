/* Samples in folders of their own. */
#pragma once

#include "window-fixture.h"

#include <glib/gstdio.h>

static inline void
copy_sample (const char *name, const char *dir)
{
  g_autoptr (GFile) from = sample (name);
  g_autoptr (GFile) to = g_file_new_build_filename (dir, name, NULL);

  g_assert_true (g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
}

static inline void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}
