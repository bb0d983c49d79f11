/* NumPy's .npy files and the .npz archives that hold them. */
#ifndef LS_FORMATS_NPY_NPY_H
#define LS_FORMATS_NPY_NPY_H

#include "base/file.h"
#include "base/zip.h"

/* True when the bytes begin as an .npy does. */
bool ls_npy_probe (const void *data, size_t size);
/* How many bytes the file has by its header, of which @data is the beginning. */
LsStatus ls_npy_file_size (const void *data, size_t size, uint64_t *out, LsError *error);
/* Reads the bytes of an .npy: any byte order, C or Fortran order; text becomes UTF-8 strings. */
LsStatus ls_npy_parse (const void *data, size_t size, LsArray *out, LsError *error);
/* Type and shape alone: @out has no data. */
LsStatus ls_npy_shape (const void *data, size_t size, LsArray *out, LsError *error);
/* One index of the first axis, without that axis. */
LsStatus ls_npy_parse_at (const void *data, size_t size, uint32_t index, LsArray *out,
                          LsError *error);

/* An .npz that stays open: it may be read by several threads. */
typedef struct
{
  LsMapping file;
  LsZip zip;
} LsNpz;

LsStatus ls_npz_open (const char *path, LsNpz *out, LsError *error);
void ls_npz_close (LsNpz *npz);
/* Without ".npy"; NULL: no array has that name. */
const LsZipEntry *ls_npz_find (const LsNpz *npz, const char *name);
/* As ls_zip_read(), for an entry whose size is the one that its header states, and not so large
 * that a small file could fill the memory. */
LsStatus ls_npz_read (const LsZipEntry *entry, LsBytes *out, void **owned, LsError *error);

#endif
