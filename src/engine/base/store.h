/* Memory that lives as long as what was built in it: a reference-counted bump allocator. */
#ifndef LS_BASE_STORE_H
#define LS_BASE_STORE_H

#include <stddef.h>
#include <stdint.h>

typedef struct LsStore LsStore;

/* @parent (nullable) is kept alive as long as the new store. NULL: out of memory. */
LsStore *ls_store_new (LsStore *parent);
LsStore *ls_store_ref (LsStore *store); /* safe from any thread */
void ls_store_unref (LsStore *store);   /* NULL is fine */
/* Zeroed, 16-byte aligned memory for the store's life; a valid pointer for size 0; NULL: out of
 * memory. Not safe from two threads. */
void *ls_store_alloc (LsStore *store, size_t size);
void *ls_store_copy (LsStore *store, const void *data, size_t size);
char *ls_store_strdup (LsStore *store, const char *text);
char *ls_store_strndup (LsStore *store, const char *text, size_t length);
/* Calls @release (@data) when the store goes. -1: out of memory (and it was called at once). */
int ls_store_on_free (LsStore *store, void (*release) (void *data), void *data);

#endif
