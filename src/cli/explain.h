/* How `explain` shows what it found. */
#ifndef LITESMITH_CLI_EXPLAIN_H
#define LITESMITH_CLI_EXPLAIN_H

#include "cli.h"

/* @all: every tap, not the first few. */
int explain_print_text (const LsExplanation *e, bool all, FILE *f);
int explain_print_json (const LsExplanation *e, const char *model, FILE *f);

/* The formula of a step with the values of earlier ones in the place of their names; "" when it
 * names none. From malloc, never NULL. */
char *explain_numbers (const LsExplanation *e, uint32_t step);

#endif
