/* Reads tables of a FlatBuffer whose schema is known here by its field numbers. Nothing is verified
 * beforehand: every step checks that it stays inside, and gives emptiness where it would not. */
#ifndef LS_FORMATS_METADATA_TABLE_H
#define LS_FORMATS_METADATA_TABLE_H

#include "litesmith.h"

typedef struct
{
  LsBytes file;
  uint32_t at; /* of the table; 0: there is none */
} LsFlatTable;

/* Elements of four bytes each: numbers, or offsets to tables. */
typedef struct
{
  LsBytes file;
  uint32_t at, count;
} LsFlatList;

LsFlatTable ls_flat_root (LsBytes file, const char identifier[4]);
LsFlatTable ls_flat_table (const LsFlatTable *table, uint32_t field);
LsFlatList ls_flat_list (const LsFlatTable *table, uint32_t field);
LsFlatTable ls_flat_at (const LsFlatList *list, uint32_t index);
float ls_flat_float_at (const LsFlatList *list, uint32_t index);
uint8_t ls_flat_byte (const LsFlatTable *table, uint32_t field); /* 0 when it is absent */
LsBytes ls_flat_string (const LsFlatTable *table, uint32_t field);

#endif
