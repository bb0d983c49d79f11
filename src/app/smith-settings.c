#include "smith-settings.h"

#define SCHEMA_ID "io.github.litesmith.Litesmith"

/* The folder of the running program: src/app of the build folder when it was not installed. */
static const char *
program_dir (void)
{
  static char *dir;

  if (g_once_init_enter (&dir))
    {
      g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

      g_once_init_leave (&dir, program != NULL ? g_path_get_dirname (program) : g_strdup ("/"));
    }
  return dir;
}

/* The root of the build folder, or NULL when the program runs from where it was installed. Programs
 * of src/app and of tests/app both stand two folders below it. */
static const char *
build_root (void)
{
  static gsize is_known;
  static char *root;

  if (g_once_init_enter (&is_known))
    {
      g_autofree char *candidate = g_build_filename (program_dir (), "..", "..", NULL);
      g_autofree char *schema = g_build_filename (candidate, "data", "gschemas.compiled", NULL);

      if (g_file_test (schema, G_FILE_TEST_EXISTS))
        root = g_canonicalize_filename (candidate, NULL);
      g_once_init_leave (&is_known, 1);
    }
  return root;
}

static char *
pick (const char *in_build, const char *installed)
{
  if (build_root () != NULL)
    return g_build_filename (build_root (), in_build, NULL);
  return g_strdup (installed);
}

static GSettings *
settings_new (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) own = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;

  if (build_root () != NULL)
    {
      g_autofree char *dir = g_build_filename (build_root (), "data", NULL);

      own = g_settings_schema_source_new_from_directory (dir, source, TRUE, NULL);
      if (own != NULL)
        source = own;
    }
  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, SCHEMA_ID, TRUE);
  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

GSettings *
smith_settings_get (void)
{
  static gsize is_known;
  static GSettings *settings;

  if (g_once_init_enter (&is_known))
    {
      settings = settings_new ();
      g_once_init_leave (&is_known, 1);
    }
  return settings;
}

gboolean
smith_settings_get_boolean (const char *key, gboolean otherwise)
{
  GSettings *settings = smith_settings_get ();

  return settings != NULL ? g_settings_get_boolean (settings, key) : otherwise;
}

int
smith_settings_get_int (const char *key, int otherwise)
{
  GSettings *settings = smith_settings_get ();

  return settings != NULL ? g_settings_get_int (settings, key) : otherwise;
}

void
smith_settings_set_boolean (const char *key, gboolean value)
{
  if (smith_settings_get () != NULL)
    g_settings_set_boolean (smith_settings_get (), key, value);
}

void
smith_settings_set_int (const char *key, int value)
{
  if (smith_settings_get () != NULL)
    g_settings_set_int (smith_settings_get (), key, value);
}

const char *
smith_locale_dir (void)
{
  static char *dir;

  if (g_once_init_enter (&dir))
    g_once_init_leave (&dir, pick ("po", SMITH_LOCALEDIR));
  return dir;
}

const char *
smith_layout_helper (void)
{
  static char *path;

  if (g_once_init_enter (&path))
    g_once_init_leave (&path,
                       pick ("src/app/litesmith-layout", SMITH_LIBEXECDIR "/litesmith-layout"));
  return path;
}

const char *
smith_samples_dir (void)
{
  static char *dir;

  if (g_once_init_enter (&dir))
    g_once_init_leave (&dir, pick ("data/samples", SMITH_DATADIR "/samples"));
  return g_file_test (dir, G_FILE_TEST_IS_DIR) ? dir : NULL;
}
