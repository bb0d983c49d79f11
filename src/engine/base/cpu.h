/* What the processor can do. */
#ifndef LS_BASE_CPU_H
#define LS_BASE_CPU_H

/* Instruction sets that kernels are built for; within one architecture each holds those before. */
typedef enum
{
  LS_ISA_SCALAR,
  LS_ISA_AVX2,       /* with FMA and F16C */
  LS_ISA_AVX512,     /* F, BW, CD, DQ, VL */
  LS_ISA_AVX512VNNI, /* with VNNI and VBMI */
  LS_ISA_NEON,
  LS_ISA_NEON_DOT, /* with SDOT and UDOT */
  LS_N_ISAS
} LsIsa;

/* The best that this processor has and the environment variable LITESMITH_ISA allows; found out
 * once. Safe from any thread. */
LsIsa ls_isa (void);
/* Bytes of the data cache of that level (1 to 3) that one core can count on; a usual size when the
 * machine does not say. */
unsigned long ls_cache_size (int level);

#endif
