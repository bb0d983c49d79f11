#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum
{
  MAX_THREADS = 256,
  SPINS = 4000,            /* before a worker goes to sleep: some tens of microseconds */
  SPINS_OF_CALLER = 20000, /* before it lets others have the processor between looks */
  CHUNKS = 8,              /* that each thread gets of a loop, more or less, to even out the ends */
  CACHE_LINE = 64
};

/* Set in `gate` while a loop takes no more workers; the rest counts those inside. */
#define CLOSED (UINT32_C (1) << 31)

typedef struct
{
  LsPool *pool;
  pthread_t thread;
  unsigned index;
} Worker;

struct LsPool
{
  unsigned n_workers;
  Worker *workers;
  pthread_mutex_t lock; /* for sleeping and waking alone */
  pthread_cond_t wake;

  /* The loop. Written by the caller while the gate is closed and nobody inside. */
  LsPoolFn fn;
  void *data;
  size_t n_items, chunk;

  _Alignas(CACHE_LINE) atomic_uint round; /* grows with every loop */
  atomic_uint n_asleep;
  atomic_bool ends;
  _Alignas(CACHE_LINE) atomic_uint gate;
  _Alignas(CACHE_LINE) atomic_size_t next; /* unit */
};

static inline void
pause_spinning (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void
work (LsPool *pool, unsigned thread)
{
  size_t begin;

  while ((begin = atomic_fetch_add_explicit (&pool->next, pool->chunk, memory_order_relaxed))
         < pool->n_items)
    {
      size_t left = pool->n_items - begin;

      pool->fn (pool->data, begin, begin + (left < pool->chunk ? left : pool->chunk), thread);
    }
}

/* Goes into the loop that is on, if there still is one. */
static void
join_loop (LsPool *pool, unsigned thread)
{
  unsigned gate = atomic_load_explicit (&pool->gate, memory_order_relaxed);

  while ((gate & CLOSED) == 0)
    if (atomic_compare_exchange_weak_explicit (&pool->gate, &gate, gate + 1, memory_order_acquire,
                                               memory_order_relaxed))
      {
        work (pool, thread);
        atomic_fetch_sub_explicit (&pool->gate, 1, memory_order_release);
        return;
      }
}

/* Returns when there is another round than @seen. */
static void
wait_for_round (LsPool *pool, unsigned seen)
{
  for (int i = 0; i < SPINS; i++)
    {
      if (atomic_load_explicit (&pool->round, memory_order_acquire) != seen)
        return;
      pause_spinning ();
    }
  pthread_mutex_lock (&pool->lock);
  atomic_fetch_add (&pool->n_asleep, 1);
  while (atomic_load (&pool->round) == seen)
    pthread_cond_wait (&pool->wake, &pool->lock);
  atomic_fetch_sub (&pool->n_asleep, 1);
  pthread_mutex_unlock (&pool->lock);
}

static void *
worker_main (void *data)
{
  Worker *worker = data;
  LsPool *pool = worker->pool;
  unsigned seen = 0;

  for (;;)
    {
      wait_for_round (pool, seen);
      seen = atomic_load_explicit (&pool->round, memory_order_acquire);
      if (atomic_load_explicit (&pool->ends, memory_order_relaxed))
        return NULL;
      join_loop (pool, worker->index);
    }
}

/* Begins a round: whoever sleeps, wakes. */
static void
ring (LsPool *pool)
{
  atomic_fetch_add (&pool->round, 1);
  if (atomic_load (&pool->n_asleep) == 0)
    return;
  pthread_mutex_lock (&pool->lock);
  pthread_cond_broadcast (&pool->wake);
  pthread_mutex_unlock (&pool->lock);
}

LsPool *
ls_pool_new (unsigned n_threads)
{
  LsPool *pool = aligned_alloc (CACHE_LINE, sizeof *pool);

  if (pool == NULL)
    return NULL;
  *pool = (LsPool){ 0 };
  atomic_init (&pool->gate, CLOSED);
  n_threads = n_threads < 1 ? 1 : n_threads > MAX_THREADS ? MAX_THREADS : n_threads;
  pool->workers = calloc (n_threads, sizeof *pool->workers);
  pthread_mutex_init (&pool->lock, NULL);
  pthread_cond_init (&pool->wake, NULL);
  if (pool->workers == NULL)
    {
      ls_pool_free (pool);
      return NULL;
    }
  for (unsigned i = 1; i < n_threads; i++)
    {
      Worker *worker = &pool->workers[pool->n_workers];

      *worker = (Worker){ .pool = pool, .index = i };
      if (pthread_create (&worker->thread, NULL, worker_main, worker) != 0)
        break;
      pool->n_workers++;
    }
  return pool;
}

void
ls_pool_free (LsPool *pool)
{
  if (pool == NULL)
    return;
  atomic_store (&pool->ends, true);
  ring (pool);
  for (unsigned i = 0; i < pool->n_workers; i++)
    pthread_join (pool->workers[i].thread, NULL);
  free (pool->workers);
  pthread_mutex_destroy (&pool->lock);
  pthread_cond_destroy (&pool->wake);
  free (pool);
}

unsigned
ls_pool_n_threads (const LsPool *pool)
{
  return pool->n_workers + 1;
}

void
ls_pool_run (LsPool *pool, LsPoolFn fn, void *data, size_t n_items, size_t grain)
{
  size_t n_chunks = (size_t) (pool->n_workers + 1) * CHUNKS;

  if (grain == 0)
    grain = 1;
  if (pool->n_workers == 0 || n_items <= grain)
    {
      if (n_items > 0)
        fn (data, 0, n_items, 0);
      return;
    }
  pool->fn = fn;
  pool->data = data;
  pool->n_items = n_items;
  pool->chunk = n_items / n_chunks > grain ? n_items / n_chunks : grain;
  atomic_store_explicit (&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit (&pool->gate, 0, memory_order_release);
  ring (pool);
  work (pool, 0);

  /* Late comers stay outside; those inside are at their last units. */
  unsigned gate = atomic_fetch_or_explicit (&pool->gate, CLOSED, memory_order_acquire);

  for (unsigned i = 0; gate != CLOSED && gate != 0; i++)
    {
      pause_spinning ();
      if (i >= SPINS_OF_CALLER)
        sched_yield ();
      gate = atomic_load_explicit (&pool->gate, memory_order_acquire);
    }
}
