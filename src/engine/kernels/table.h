/* The tables of all instruction sets; only those of the machine's own family are built. */
#ifndef LS_KERNELS_TABLE_H
#define LS_KERNELS_TABLE_H

#include "kernels/kernels.h"

extern const LsKernels ls_kernels_scalar, ls_kernels_avx2, ls_kernels_avx512, ls_kernels_avx512vnni,
  ls_kernels_neon;

#endif
