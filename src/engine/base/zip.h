/* ZIP archives in memory: .npz files, .task bundles, files that are appended to a model. */
#ifndef LS_BASE_ZIP_H
#define LS_BASE_ZIP_H

#include "litesmith.h"

typedef struct
{
  char *name;
  LsBytes packed; /* as stored in the archive */
  uint64_t size;  /* unpacked */
  uint32_t crc;
  bool is_deflated;
} LsZipEntry;

typedef struct
{
  uint32_t n_entries;
  LsZipEntry *entries; /* in the order of the directory */
  uint64_t begin;      /* where the archive begins: bytes may stand before it */
} LsZip;

/* True when the bytes begin as an archive does. */
bool ls_zip_probe (const void *data, size_t size);
/* Reads the directory at the end; every entry lies inside the bytes, which must outlive @out. */
LsStatus ls_zip_open (const void *data, size_t size, LsZip *out, LsError *error);
void ls_zip_close (LsZip *zip);
const LsZipEntry *ls_zip_find (const LsZip *zip, const char *name); /* NULL: none */
/*
 * Unpacks an entry.
 *
 * @out:   a slice of the archive when the entry is stored as it is, else the memory of @owned
 * @owned: to be freed in either case
 */
LsStatus ls_zip_read (const LsZipEntry *entry, LsBytes *out, void **owned, LsError *error);
/* Unpacks the beginning alone: at most @size bytes. Gives how many there are; 0: it is damaged. */
size_t ls_zip_peek (const LsZipEntry *entry, void *out, size_t size);

#endif
