/* Hints for compilers. */
#ifndef LS_BASE_LOOP_H
#define LS_BASE_LOOP_H

/* Before a loop whose iterations do not depend on one another: also not when it works in place. */
#if defined(__clang__)
#define LS_SIMD _Pragma ("clang loop vectorize(assume_safety) interleave(enable)")
#elif defined(__GNUC__)
#define LS_SIMD _Pragma ("GCC ivdep")
#else
#define LS_SIMD
#endif

#endif
