/*
 * Threads that share out the units of a loop.
 *
 * A pool is used by one thread at a time; that thread works, too. The others wait for the next
 * loop spinning, for some tens of microseconds, and then asleep.
 */
#ifndef LS_BASE_POOL_H
#define LS_BASE_POOL_H

#include <stddef.h>

typedef struct LsPool LsPool;

/* Works on units [begin, end). @thread: 0 … n_threads - 1; no two calls at the same time have the
 * same. */
typedef void (*LsPoolFn) (void *data, size_t begin, size_t end, unsigned thread);

/* Starts @n_threads - 1 threads (fewer when the system gives no more). NULL: out of memory. */
LsPool *ls_pool_new (unsigned n_threads);
void ls_pool_free (LsPool *pool);                /* NULL is fine */
unsigned ls_pool_n_threads (const LsPool *pool); /* with the caller's */
/*
 * Calls @fn for all units of [0, n_items), @grain or more at a time, and returns when all are done.
 * What the caller wrote before is seen by @fn, what @fn wrote is seen by the caller afterwards.
 */
void ls_pool_run (LsPool *pool, LsPoolFn fn, void *data, size_t n_items, size_t grain);

#endif
