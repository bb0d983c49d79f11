/* The program that runs Graphviz: litesmith-layout. */
#ifndef LS_FORMATS_DOT_HELPER_H
#define LS_FORMATS_DOT_HELPER_H

#include "litesmith.h"

/*
 * The program: @asked, else $LITESMITH_LAYOUT, else beside this program, else where it was
 * installed. From malloc; NULL: there is none.
 */
char *ls_helper_find (const char *asked);

/*
 * Runs it without a shell: @input goes to its standard input, and what it prints to @out (from
 * malloc). When the deadline passes it is killed.
 *
 * @arguments: end with NULL; the program's name is not among them
 */
LsStatus ls_helper_run (const char *program, const char *const *arguments, const char *input,
                        size_t input_size, int timeout_ms, char **out, size_t *out_size,
                        LsError *error);

#endif
