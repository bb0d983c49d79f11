#include "base/store.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"

enum
{
  CHUNK_SIZE = 64 * 1024,
  ALIGNMENT = 16
};

typedef struct Chunk Chunk;
struct Chunk
{
  Chunk *next;
  size_t used, size;
  _Alignas(ALIGNMENT) unsigned char bytes[];
};

typedef struct Release Release;
struct Release
{
  Release *next;
  void (*call) (void *data);
  void *data;
};

struct LsStore
{
  atomic_int refs;
  LsStore *parent;
  Chunk *chunks;
  Release *releases;
};

LsStore *
ls_store_new (LsStore *parent)
{
  LsStore *store = calloc (1, sizeof *store);

  if (store == NULL)
    return NULL;
  atomic_init (&store->refs, 1);
  if (parent != NULL)
    store->parent = ls_store_ref (parent);
  return store;
}

LsStore *
ls_store_ref (LsStore *store)
{
  atomic_fetch_add (&store->refs, 1);
  return store;
}

void
ls_store_unref (LsStore *store)
{
  while (store != NULL && atomic_fetch_sub (&store->refs, 1) == 1)
    {
      LsStore *parent = store->parent;

      for (Release *r = store->releases; r != NULL; r = r->next)
        r->call (r->data);
      for (Chunk *chunk = store->chunks, *next; chunk != NULL; chunk = next)
        {
          next = chunk->next;
          free (chunk);
        }
      free (store);
      store = parent;
    }
}

static Chunk *
chunk_new (size_t size)
{
  size_t total;

  if (!ls_add (&total, sizeof (Chunk), size))
    return NULL;

  Chunk *chunk = calloc (1, total);

  if (chunk != NULL)
    chunk->size = size;
  return chunk;
}

void *
ls_store_alloc (LsStore *store, size_t size)
{
  size_t rounded;

  if (!ls_add (&rounded, size, ALIGNMENT - 1))
    return NULL;
  rounded &= ~(size_t) (ALIGNMENT - 1);

  Chunk *chunk = store->chunks;

  if (chunk == NULL || chunk->size - chunk->used < rounded)
    {
      chunk = chunk_new (rounded > CHUNK_SIZE ? rounded : CHUNK_SIZE);
      if (chunk == NULL)
        return NULL;
      if (rounded > CHUNK_SIZE && store->chunks != NULL)
        { /* a big block goes behind the current chunk, which still has room */
          chunk->next = store->chunks->next;
          store->chunks->next = chunk;
        }
      else
        {
          chunk->next = store->chunks;
          store->chunks = chunk;
        }
    }

  void *memory = chunk->bytes + chunk->used;

  chunk->used += rounded;
  return memory;
}

void *
ls_store_copy (LsStore *store, const void *data, size_t size)
{
  void *copy = ls_store_alloc (store, size);

  if (copy != NULL && size > 0)
    memcpy (copy, data, size);
  return copy;
}

char *
ls_store_strndup (LsStore *store, const char *text, size_t length)
{
  size_t size;

  if (!ls_add (&size, length, 1))
    return NULL;

  char *copy = ls_store_alloc (store, size);

  if (copy != NULL && length > 0)
    memcpy (copy, text, length);
  return copy;
}

char *
ls_store_strdup (LsStore *store, const char *text)
{
  return ls_store_strndup (store, text, strlen (text));
}

int
ls_store_on_free (LsStore *store, void (*release) (void *data), void *data)
{
  Release *r = ls_store_alloc (store, sizeof *r);

  if (r == NULL)
    {
      release (data);
      return -1;
    }
  *r = (Release){ store->releases, release, data };
  store->releases = r;
  return 0;
}
