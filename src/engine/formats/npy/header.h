/* The text in front of an .npy's data: a Python dictionary with three keys. */
#ifndef LS_FORMATS_NPY_HEADER_H
#define LS_FORMATS_NPY_HEADER_H

#include "litesmith.h"

typedef struct
{
  char kind;        /* as in numpy: b i u f c S U V */
  size_t item_size; /* bytes of one element in the file */
  bool is_big_endian, is_fortran;
  LsType type;
  int rank;
  int32_t dims[LS_MAX_RANK];
  size_t data_offset;
} LsNpyHeader;

LsStatus ls_npy_header_parse (const uint8_t *data, size_t size, LsNpyHeader *out, LsError *error);

#endif
