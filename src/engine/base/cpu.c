#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "litesmith.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

static const char *const names[LS_N_ISAS] = {
  [LS_ISA_SCALAR] = "scalar",         [LS_ISA_AVX2] = "avx2", [LS_ISA_AVX512] = "avx512",
  [LS_ISA_AVX512VNNI] = "avx512vnni", [LS_ISA_NEON] = "neon", [LS_ISA_NEON_DOT] = "neon_dot",
};

#if defined(__x86_64__) || defined(__i386__)

static const LsIsa ladder[] = { LS_ISA_SCALAR, LS_ISA_AVX2, LS_ISA_AVX512, LS_ISA_AVX512VNNI };

static bool
has (LsIsa isa)
{
  if (isa == LS_ISA_AVX2)
    /* Every processor with AVX2 has F16C, which clang 14 cannot ask for. */
    return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
  if (isa == LS_ISA_AVX512)
    return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
           && __builtin_cpu_supports ("avx512cd") && __builtin_cpu_supports ("avx512dq")
           && __builtin_cpu_supports ("avx512vl");
  if (isa == LS_ISA_AVX512VNNI)
    return __builtin_cpu_supports ("avx512vnni") && __builtin_cpu_supports ("avx512vbmi");
  return isa == LS_ISA_SCALAR;
}

#elif defined(__aarch64__)

static const LsIsa ladder[] = { LS_ISA_SCALAR, LS_ISA_NEON, LS_ISA_NEON_DOT };

static bool
has (LsIsa isa)
{
  return isa != LS_ISA_NEON_DOT || (getauxval (AT_HWCAP) & HWCAP_ASIMDDP) != 0;
}

#else

static const LsIsa ladder[] = { LS_ISA_SCALAR };

static bool
has (LsIsa isa)
{
  return isa == LS_ISA_SCALAR;
}

#endif

static LsIsa
find_isa (void)
{
  const char *wanted = getenv ("LITESMITH_ISA");
  LsIsa best = LS_ISA_SCALAR;

  for (size_t i = 0; i < sizeof ladder / sizeof *ladder && has (ladder[i]); i++)
    {
      best = ladder[i];
      if (wanted != NULL && strcmp (wanted, names[best]) == 0)
        break;
    }
  return best;
}

LsIsa
ls_isa (void)
{
  static atomic_int known = -1;
  int isa = atomic_load_explicit (&known, memory_order_relaxed);

  if (isa < 0)
    {
      isa = (int) find_isa ();
      atomic_store_explicit (&known, isa, memory_order_relaxed);
    }
  return (LsIsa) isa;
}

const char *
ls_isa_name (void)
{
  return names[ls_isa ()];
}

unsigned long
ls_cache_size (int level)
{
  static const struct
  {
    int name;
    unsigned long usual;
  } caches[] = {
    { _SC_LEVEL1_DCACHE_SIZE, 32ul << 10 },
    { _SC_LEVEL2_CACHE_SIZE, 256ul << 10 },
    { _SC_LEVEL3_CACHE_SIZE, 2ul << 20 },
  };

  if (level < 1 || level > 3)
    return 0;

  long size = sysconf (caches[level - 1].name);

  return size > 0 ? (unsigned long) size : caches[level - 1].usual;
}
