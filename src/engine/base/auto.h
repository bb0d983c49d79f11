/* Ownership that the eye sees: LS_AUTO frees at the end of the scope, ls_steal hands over. */
#ifndef LS_BASE_AUTO_H
#define LS_BASE_AUTO_H

#include <stdlib.h>

/* LS_AUTO (LsModel, ls_model_free) model = …; the type's cleanup is LS_DEFINE_AUTO'd once. */
#define LS_DEFINE_AUTO(Type, release)                                                              \
  static inline void ls_auto_##release (Type **pointer)                                            \
  {                                                                                                \
    release (*pointer);                                                                            \
  }
#define LS_AUTO(Type, release) __attribute__ ((cleanup (ls_auto_##release))) Type *

static inline void
ls_auto_free (void *pointer)
{
  free (*(void **) pointer);
}
/* For anything from malloc: LS_FREE char *text = …; */
#define LS_FREE __attribute__ ((cleanup (ls_auto_free)))

#define ls_steal(pointer)                                                                          \
  ({                                                                                               \
    __auto_type ls_stolen = *(pointer);                                                            \
    *(pointer) = NULL;                                                                             \
    ls_stolen;                                                                                     \
  })

#endif
