/*
 * What the values of one session may take.
 *
 * A file of some bytes can ask for tensors of any size, and so can the data of a run (RANGE, FILL,
 * TILE …). A session therefore has a limit in proportion to its file, which the user can change.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "base/size.h"
#include "runtime/runtime.h"

enum
{
  TIMES_FILE = 16, /* weights that are unpacked from 4 bits to floats are 8 times theirs */
  TIMES_TRACE = 2  /* nothing is used twice */
};

static const size_t default_bytes = (size_t) 1 << 30;
static atomic_size_t chosen_bytes;

void
ls_set_run_memory (uint64_t n_bytes)
{
  atomic_store (&chosen_bytes, n_bytes > SIZE_MAX ? SIZE_MAX : (size_t) n_bytes);
}

/* What no memory of this machine could hold, though malloc() might promise it. */
static size_t
physical_bytes (void)
{
  const long pages = sysconf (_SC_PHYS_PAGES), page = sysconf (_SC_PAGESIZE);
  size_t all;

  return pages > 0 && page > 0 && ls_mul (&all, (size_t) pages, (size_t) page) ? all : SIZE_MAX;
}

/* The bytes that came with the model: its file, and buffers that stand in other files. */
static size_t
bytes_of_files (const LsModel *model)
{
  const uintptr_t file = (uintptr_t) model->file.data;
  size_t n_bytes = model->file.size;

  for (uint32_t i = 0; i < model->n_buffers; i++)
    {
      const LsBuffer *buffer = &model->buffers[i];
      const uintptr_t at = (uintptr_t) buffer->data;
      const bool is_elsewhere
        = model->file.size == 0
          || (buffer->is_external && (at < file || at >= file + model->file.size));

      if (is_elsewhere && !ls_add (&n_bytes, n_bytes, buffer->size))
        return SIZE_MAX;
    }
  return n_bytes;
}

void
ls_budget_init (LsBudget *budget, const LsModel *model, bool is_trace)
{
  const size_t most = physical_bytes ();
  size_t limit = atomic_load (&chosen_bytes);

  if (limit == 0
      && (!ls_mul (&limit, bytes_of_files (model), TIMES_FILE)
          || !ls_add (&limit, limit, default_bytes)
          || (is_trace && !ls_mul (&limit, limit, TIMES_TRACE))))
    limit = SIZE_MAX;
  *budget = (LsBudget){ limit < most ? limit : most, 0 };
}

LsStatus
ls_budget_take (LsBudget *budget, size_t size, const char *what, LsError *error)
{
  const size_t left = budget->limit > budget->used ? budget->limit - budget->used : 0;

  if (size > left)
    return ls_fail (error, LS_E_NO_MEMORY, -1,
                    "not enough memory for %.60s (%zu bytes): all values of a run of this model "
                    "may take %zu MiB, of which %zu are left",
                    what, size, budget->limit >> 20, left >> 20);
  budget->used += size;
  return LS_OK;
}
