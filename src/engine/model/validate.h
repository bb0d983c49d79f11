/* The structure that every part of the engine relies on. */
#ifndef LS_MODEL_VALIDATE_H
#define LS_MODEL_VALIDATE_H

#include "model/model.h"

enum
{
  LS_SCHEMA_VERSION = 3,
  LS_MAX_STATED_RANK = 255 /* of a tensor that is shown; LS_MAX_RANK of one computed with */
};

/*
 * Checks a model that was read: every index in range, every operator behind those that it reads
 * from, shapes that can be multiplied, constants of the size that shape and type say, sparse
 * storage that agrees with itself. Quantization is left to the diagnostics. Linear time.
 */
LsStatus ls_model_validate (const LsModel *model, LsError *error);
/* Fills kind, version and custom code of every operator from the code that its code_index names;
 * fails when that is out of range. For readers. */
LsStatus ls_model_resolve_codes (LsModel *model, LsError *error);

#endif
