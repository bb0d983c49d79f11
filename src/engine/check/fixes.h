/* What a repair is asked to mend, and how: "ID[:WAY][@PLACE]". */
#ifndef LS_CHECK_FIXES_H
#define LS_CHECK_FIXES_H

#include "check/rule.h"

/* Index of the rule; -1: none has that id. */
int ls_rule_of (const char *id);
/* LS_E_USAGE for an id, way or place that there is not. */
LsStatus ls_fixes_check (const char *const *fixes, uint32_t n_fixes, LsError *error);
/* Whether a finding is to be mended, and the way that was asked for (NULL: the default). */
bool ls_fix_wants (const char *const *fixes, uint32_t n_fixes, const LsFinding *finding,
                   const char **way);
/* Whether a fix, read by ls_fixes_check() before, speaks of a finding. */
bool ls_fix_fits (const char *fix, const LsFinding *finding);
/* Notes those that speak of nothing that is found in a model or was mended in it. */
LsStatus ls_fixes_note_idle (const LsModel *model, const char *const *fixes, uint32_t n_fixes,
                             LsRepair *out, LsError *error);

#endif
