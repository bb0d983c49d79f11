/* Boards reached over SSH: what a person told about each, checked before it goes anywhere. */
#pragma once

#include <gio/gio.h>

typedef enum
{
  SMITH_DEVICE_NAME, /* shown; empty: the host */
  SMITH_DEVICE_HOST,
  SMITH_DEVICE_USER,
  SMITH_DEVICE_PORT,
  SMITH_DEVICE_IDENTITY, /* file with the private key */
  SMITH_DEVICE_PROGRAM,  /* litesmith on the board; empty: found there */
  SMITH_N_DEVICE_FIELDS
} SmithDeviceField;

#define SMITH_TYPE_DEVICE (smith_device_get_type ())
G_DECLARE_FINAL_TYPE (SmithDevice, smith_device, SMITH, DEVICE, GObject)

SmithDevice *smith_device_new (void);
/* "" when nothing was told. Borrowed. */
const char *smith_device_get (SmithDevice *self, SmithDeviceField field);
void smith_device_set (SmithDevice *self, SmithDeviceField field, const char *value);
/* Its name, else its host. Borrowed. */
const char *smith_device_get_title (SmithDevice *self);
/* "root@board:2222". Owned by the caller. */
char *smith_device_address (SmithDevice *self);
/* What is wrong with a value for @field: a translated sentence, or NULL. */
const char *smith_device_problem (SmithDeviceField field, const char *value);

/*
 * The program and arguments that run @script, in the Bourne shell, on the board. No shell of this
 * machine reads any of it; LITESMITH_SSH_CONFIG names another configuration of ssh.
 */
GStrv smith_device_command (SmithDevice *self, const char *script);
/* How @script calls litesmith there, quoted. Owned by the caller. */
char *smith_device_program (SmithDevice *self);

/* All devices that were told, in their order; kept in the settings. Borrowed. */
GListStore *smith_devices (void);
/* Remembers what was changed. */
void smith_devices_save (void);
/* Takes one out of the list; the last one taken out can be put back where it was. */
void smith_devices_remove (unsigned position);
void smith_devices_restore (void);
