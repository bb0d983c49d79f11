/* Conversions for a target of ls_check(). */
#ifndef LS_CONVERT_TARGET_H
#define LS_CONVERT_TARGET_H

#include "convert/pass.h"

/* Fills in what the target wants where nothing was asked for. LS_E_USAGE: no such target. */
LsStatus ls_convert_options_for_target (LsConvertOptions *options, LsError *error);
/* Whether weights of that kind of operator have one scale, as asked for or as the target wants. */
bool ls_convert_is_per_tensor (const LsConvertOptions *options, int kind);
/* Checks the result and adds what stays away from the target to the report. LS_E_UNSUPPORTED:
 * it cannot be used there. */
LsStatus ls_convert_check_target (LsModel *result, const LsConvertOptions *options,
                                  LsConvertReport *report, LsError *error);

#endif
