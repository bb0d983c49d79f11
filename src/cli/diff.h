/* The parts of litesmith diff. */
#ifndef LITESMITH_CLI_DIFF_H
#define LITESMITH_CLI_DIFF_H

#include "cli.h"

/* A table of the kinds of operators that differ, when there are many differences. */
void cli_diff_print_kinds (const LsDiff *diff, const LsModel *a, const LsModel *b);

#endif
