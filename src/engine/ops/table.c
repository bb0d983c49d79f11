/* The table of operators that run, made from ops.def. */
#include "ops/op.h"

#include <string.h>

#define OP(NAME, stem) extern const LsOp ls_op_##stem;
#define CUSTOM_OP(name, stem) extern const LsOp ls_op_##stem;
#include "ops/ops.def"
#undef OP
#undef CUSTOM_OP

static const LsOp *const builtin[LS_N_BUILTIN] = {
#define OP(NAME, stem) [LS_OP_##NAME] = &ls_op_##stem,
#define CUSTOM_OP(name, stem)
#include "ops/ops.def"
#undef OP
#undef CUSTOM_OP
};

static const struct
{
  const char *name;
  const LsOp *op;
} custom[] = {
#define OP(NAME, stem)
#define CUSTOM_OP(name, stem) { name, &ls_op_##stem },
#include "ops/ops.def"
#undef OP
#undef CUSTOM_OP
  { NULL, NULL },
};

const LsOp *
ls_op_find (int kind, const char *custom_code)
{
  if (kind == LS_OP_CUSTOM)
    {
      for (size_t i = 0; custom_code != NULL && custom[i].name != NULL; i++)
        if (strcmp (custom[i].name, custom_code) == 0)
          return custom[i].op;
      return NULL;
    }
  return kind >= 0 && kind < LS_N_BUILTIN ? builtin[kind] : NULL;
}

const char *
ls_op_custom_name (size_t index)
{
  return index < sizeof custom / sizeof *custom ? custom[index].name : NULL;
}

const char *
ls_op_foreign (const char *custom_code)
{
  static const struct
  {
    const char *beginning, *what;
  } foreign[] = {
#define FOREIGN_OP(beginning, what) { beginning, what },
#include "ops/foreign.def"
#undef FOREIGN_OP
  };

  for (size_t i = 0; custom_code != NULL && i < sizeof foreign / sizeof *foreign; i++)
    if (strncmp (custom_code, foreign[i].beginning, strlen (foreign[i].beginning)) == 0)
      return foreign[i].what;
  return NULL;
}
