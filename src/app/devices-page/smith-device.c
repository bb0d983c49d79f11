#include "smith-device.h"
#include "smith-settings.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

enum
{
  MAX_FIELD = 255,
  MAX_PORT = 65535
};

struct _SmithDevice
{
  GObject parent_instance;

  char *fields[SMITH_N_DEVICE_FIELDS];
};

G_DEFINE_FINAL_TYPE (SmithDevice, smith_device, G_TYPE_OBJECT)

/* ---- What may be told -------------------------------------------------------------------------
 */

static gboolean
is_made_of (const char *value, const char *others)
{
  for (const char *c = value; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr (others, *c) == NULL)
      return FALSE;
  return TRUE;
}

static const char *
host_problem (const char *value)
{
  if (value[0] == '\0')
    return _ ("Name the host.");
  if (value[0] == '-' || !is_made_of (value, ".-_:%"))
    return _ ("A host has letters, digits, dots, hyphens and colons, and begins with no hyphen.");
  return NULL;
}

static const char *
user_problem (const char *value)
{
  if (value[0] == '-' || !is_made_of (value, ".-_"))
    return _ ("A user has letters, digits, dots and hyphens, and begins with no hyphen.");
  return NULL;
}

static const char *
port_problem (const char *value)
{
  guint64 port;

  if (value[0] != '\0' && !g_ascii_string_to_unsigned (value, 10, 1, MAX_PORT, &port, NULL))
    return _ ("A port is a number from 1 to 65535.");
  return NULL;
}

static const char *
identity_problem (const char *value)
{
  if (value[0] != '\0' && !g_path_is_absolute (value) && value[0] != '~')
    return _ ("Give the whole path of the key's file.");
  return NULL;
}

static const char *
program_problem (const char *value)
{
  if (value[0] == '-')
    return _ ("A path begins with no hyphen.");
  return NULL;
}

static const char *
name_problem (const char *value)
{
  return NULL;
}

static const struct
{
  const char *key; /* in the settings */
  const char *(*problem) (const char *value);
} fields[SMITH_N_DEVICE_FIELDS] = {
  [SMITH_DEVICE_NAME] = { "name", name_problem },
  [SMITH_DEVICE_HOST] = { "host", host_problem },
  [SMITH_DEVICE_USER] = { "user", user_problem },
  [SMITH_DEVICE_PORT] = { "port", port_problem },
  [SMITH_DEVICE_IDENTITY] = { "identity", identity_problem },
  [SMITH_DEVICE_PROGRAM] = { "program", program_problem },
};

const char *
smith_device_problem (SmithDeviceField field, const char *value)
{
  for (const char *c = value; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      return _ ("Control characters are not allowed here.");
  if (strlen (value) > MAX_FIELD)
    return _ ("This is too long.");
  return fields[field].problem (value);
}

/* ---- The object -------------------------------------------------------------------------------
 */

const char *
smith_device_get (SmithDevice *self, SmithDeviceField field)
{
  g_return_val_if_fail (SMITH_IS_DEVICE (self), "");

  return self->fields[field];
}

void
smith_device_set (SmithDevice *self, SmithDeviceField field, const char *value)
{
  g_return_if_fail (SMITH_IS_DEVICE (self));

  g_free (self->fields[field]);
  self->fields[field] = g_strstrip (g_strdup (value));
}

const char *
smith_device_get_title (SmithDevice *self)
{
  const char *name = smith_device_get (self, SMITH_DEVICE_NAME);

  return name[0] != '\0' ? name : smith_device_get (self, SMITH_DEVICE_HOST);
}

char *
smith_device_address (SmithDevice *self)
{
  const char *user = self->fields[SMITH_DEVICE_USER], *port = self->fields[SMITH_DEVICE_PORT];

  return g_strconcat (user, user[0] != '\0' ? "@" : "", self->fields[SMITH_DEVICE_HOST],
                      port[0] != '\0' ? ":" : "", port, NULL);
}

static void
smith_device_finalize (GObject *object)
{
  SmithDevice *self = SMITH_DEVICE (object);

  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    g_free (self->fields[i]);

  G_OBJECT_CLASS (smith_device_parent_class)->finalize (object);
}

static void
smith_device_class_init (SmithDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = smith_device_finalize;
}

static void
smith_device_init (SmithDevice *self)
{
  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    self->fields[i] = g_strdup ("");
}

SmithDevice *
smith_device_new (void)
{
  return g_object_new (SMITH_TYPE_DEVICE, NULL);
}

/* ---- Commands ---------------------------------------------------------------------------------
 */

/* Nobody is there to answer a question; a shared connection's master would keep our pipes open. */
static const char *const ssh_options[]
  = { "-o", "BatchMode=yes",         "-o", "ConnectTimeout=8",      "-o", "ControlMaster=no",
      "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-T" };

static void
add_option (GStrvBuilder *argv, const char *option, const char *value)
{
  if (value == NULL || value[0] == '\0')
    return;
  g_strv_builder_add (argv, option);
  g_strv_builder_add (argv, value);
}

GStrv
smith_device_command (SmithDevice *self, const char *script)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *quoted = g_shell_quote (script);
  /* The person's shell over there may be another one. */
  g_autofree char *command = g_strconcat ("exec sh -c ", quoted, NULL);

  g_strv_builder_add (argv, "ssh");
  for (size_t i = 0; i < G_N_ELEMENTS (ssh_options); i++)
    g_strv_builder_add (argv, ssh_options[i]);
  add_option (argv, "-F", g_getenv ("LITESMITH_SSH_CONFIG"));
  add_option (argv, "-l", self->fields[SMITH_DEVICE_USER]);
  add_option (argv, "-p", self->fields[SMITH_DEVICE_PORT]);
  add_option (argv, "-i", self->fields[SMITH_DEVICE_IDENTITY]);
  g_strv_builder_add (argv, "--");
  g_strv_builder_add (argv, self->fields[SMITH_DEVICE_HOST]);
  g_strv_builder_add (argv, command);
  return g_strv_builder_end (argv);
}

char *
smith_device_program (SmithDevice *self)
{
  const char *program = self->fields[SMITH_DEVICE_PROGRAM];
  g_autofree char *quoted = NULL;

  if (program[0] == '\0')
    return g_strdup ("litesmith");
  if (!g_str_has_prefix (program, "~/"))
    return g_shell_quote (program);
  quoted = g_shell_quote (program + 2);
  return g_strconcat ("\"$HOME\"/", quoted, NULL);
}

/* ---- All of them ------------------------------------------------------------------------------
 */

static SmithDevice *
device_from (GVariant *dict)
{
  g_autoptr (SmithDevice) device = smith_device_new ();

  for (int i = 0; i < SMITH_N_DEVICE_FIELDS; i++)
    {
      const char *value;

      if (!g_variant_lookup (dict, fields[i].key, "&s", &value))
        continue;
      if (smith_device_problem ((SmithDeviceField) i, value) == NULL)
        smith_device_set (device, (SmithDeviceField) i, value);
    }
  /* The settings are a file that anyone may have written. */
  return device->fields[SMITH_DEVICE_HOST][0] != '\0' ? g_steal_pointer (&device) : NULL;
}

static void
load (GListStore *store)
{
  g_autoptr (GVariant) list = NULL;

  if (smith_settings_get () == NULL)
    return;
  list = g_settings_get_value (smith_settings_get (), "devices");
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (list, i);
      g_autoptr (SmithDevice) device = device_from (dict);

      if (device != NULL)
        g_list_store_append (store, device);
    }
}

GListStore *
smith_devices (void)
{
  static GListStore *store;

  if (store == NULL)
    {
      store = g_list_store_new (SMITH_TYPE_DEVICE);
      load (store);
    }
  return store;
}

void
smith_devices_save (void)
{
  GListModel *list = G_LIST_MODEL (smith_devices ());
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{ss}"));
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (SmithDevice) device = g_list_model_get_item (list, i);

      g_variant_builder_open (&builder, G_VARIANT_TYPE ("a{ss}"));
      for (int k = 0; k < SMITH_N_DEVICE_FIELDS; k++)
        if (device->fields[k][0] != '\0')
          g_variant_builder_add (&builder, "{ss}", fields[k].key, device->fields[k]);
      g_variant_builder_close (&builder);
    }
  if (smith_settings_get () != NULL)
    g_settings_set_value (smith_settings_get (), "devices", g_variant_builder_end (&builder));
  else
    g_variant_builder_clear (&builder);
}

static SmithDevice *removed;
static unsigned removed_from;

void
smith_devices_remove (unsigned position)
{
  g_clear_object (&removed);
  removed = g_list_model_get_item (G_LIST_MODEL (smith_devices ()), position);
  if (removed == NULL)
    return;
  removed_from = position;
  g_list_store_remove (smith_devices (), position);
  smith_devices_save ();
}

void
smith_devices_restore (void)
{
  if (removed == NULL)
    return;
  g_list_store_insert (
    smith_devices (),
    MIN (removed_from, g_list_model_get_n_items (G_LIST_MODEL (smith_devices ()))), removed);
  g_clear_object (&removed);
  smith_devices_save ();
}
