/* NumPy's .npy files and the .npz archives that hold them. */
#ifndef LS_FORMATS_NPY_NPY_H
#define LS_FORMATS_NPY_NPY_H

#include "litesmith.h"

/* True when the bytes begin as an .npy does. */
bool ls_npy_probe (const void *data, size_t size);
/* Reads the bytes of an .npy: any byte order, C or Fortran order; text becomes UTF-8 strings. */
LsStatus ls_npy_parse (const void *data, size_t size, LsArray *out, LsError *error);

#endif
