#include "kernels/rows.h"

#include "base/cpu.h"

static const LsRowKernels *const tables[LS_N_ISAS] = {
  [LS_ISA_SCALAR] = &ls_rows_scalar,
#if defined(__x86_64__)
  [LS_ISA_AVX2] = &ls_rows_avx2,
  [LS_ISA_AVX512] = &ls_rows_avx512,
  [LS_ISA_AVX512VNNI] = &ls_rows_avx512vnni,
#elif defined(__aarch64__)
  [LS_ISA_NEON] = &ls_rows_neon,
  [LS_ISA_NEON_DOT] = &ls_rows_neon,
#endif
};

const LsRowKernels *
ls_row_kernels (void)
{
  return tables[ls_isa ()];
}
