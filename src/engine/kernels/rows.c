/* Choosing the loops over rows, pictures and elements. */
#include "base/cpu.h"
#include "kernels/elements.h"
#include "kernels/resize.h"
#include "kernels/rows.h"

#if defined(__x86_64__)
#define TABLES(prefix)                                                                             \
  {                                                                                                \
    [LS_ISA_SCALAR] = &prefix##_scalar, [LS_ISA_AVX2] = &prefix##_avx2,                            \
    [LS_ISA_AVX512] = &prefix##_avx512, [LS_ISA_AVX512VNNI] = &prefix##_avx512vnni                 \
  }
#elif defined(__aarch64__)
#define TABLES(prefix)                                                                             \
  {                                                                                                \
    [LS_ISA_SCALAR] = &prefix##_scalar, [LS_ISA_NEON] = &prefix##_neon,                            \
    [LS_ISA_NEON_DOT] = &prefix##_neon                                                             \
  }
#else
#define TABLES(prefix)                                                                             \
  {                                                                                                \
    [LS_ISA_SCALAR] = &prefix##_scalar                                                             \
  }
#endif

const LsRowKernels *
ls_row_kernels (void)
{
  static const LsRowKernels *const tables[LS_N_ISAS] = TABLES (ls_rows);

  return tables[ls_isa ()];
}

const LsResizeKernels *
ls_resize_kernels (void)
{
  static const LsResizeKernels *const tables[LS_N_ISAS] = TABLES (ls_resize);

  return tables[ls_isa ()];
}

const LsElements *
ls_elements (void)
{
  static const LsElements *const tables[LS_N_ISAS] = TABLES (ls_elements);

  return tables[ls_isa ()];
}
