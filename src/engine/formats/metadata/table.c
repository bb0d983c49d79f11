/* Source of the layout: the FlatBuffers documentation, "FlatBuffer Internals". */
#include "formats/metadata/table.h"

#include <string.h>

/* Both give 0 past the end, and 0 leads nowhere. */
static uint32_t
u16_at (LsBytes file, uint64_t at)
{
  return at + 2 <= file.size ? file.data[at] | (uint32_t) file.data[at + 1] << 8 : 0;
}

static uint32_t
u32_at (LsBytes file, uint64_t at)
{
  return at + 4 <= file.size ? u16_at (file, at) | u16_at (file, at + 2) << 16 : 0;
}

/* Where the offset at a place leads; 0 when it leads out. */
static uint32_t
follow (LsBytes file, uint64_t at)
{
  uint64_t offset = u32_at (file, at), to = at + offset;

  return offset > 0 && to + 4 <= file.size && to <= UINT32_MAX ? (uint32_t) to : 0;
}

/* Where a field of a table lies; 0 when it is absent. */
static uint64_t
field_at (const LsFlatTable *table, uint32_t field)
{
  int64_t vtable = (int64_t) table->at - (int32_t) u32_at (table->file, table->at);

  if (table->at == 0 || vtable < 0 || (uint64_t) vtable + 4 > table->file.size)
    return 0;

  uint32_t size = u16_at (table->file, (uint64_t) vtable), entry = 4 + 2 * field;
  uint32_t offset = entry + 2 <= size ? u16_at (table->file, (uint64_t) vtable + entry) : 0;

  return offset > 0 ? (uint64_t) table->at + offset : 0;
}

LsFlatTable
ls_flat_root (LsBytes file, const char identifier[4])
{
  bool is_right = file.size >= 8 && memcmp (file.data + 4, identifier, 4) == 0;

  return (LsFlatTable){ file, is_right ? follow (file, 0) : 0 };
}

LsFlatTable
ls_flat_table (const LsFlatTable *table, uint32_t field)
{
  uint64_t at = field_at (table, field);

  return (LsFlatTable){ table->file, at > 0 ? follow (table->file, at) : 0 };
}

LsFlatList
ls_flat_list (const LsFlatTable *table, uint32_t field)
{
  uint64_t at = field_at (table, field);
  uint32_t list = at > 0 ? follow (table->file, at) : 0;
  uint32_t count = list > 0 ? u32_at (table->file, list) : 0;

  if (count > (table->file.size - list) / 4 - (list > 0))
    count = 0;
  return (LsFlatList){ table->file, list + 4, count };
}

LsFlatTable
ls_flat_at (const LsFlatList *list, uint32_t index)
{
  return (LsFlatTable){ list->file,
                        index < list->count ? follow (list->file, list->at + 4ull * index) : 0 };
}

float
ls_flat_float_at (const LsFlatList *list, uint32_t index)
{
  uint32_t bits = index < list->count ? u32_at (list->file, list->at + 4ull * index) : 0;
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

uint8_t
ls_flat_byte (const LsFlatTable *table, uint32_t field)
{
  uint64_t at = field_at (table, field);

  return at > 0 && at < table->file.size ? table->file.data[at] : 0;
}

LsBytes
ls_flat_string (const LsFlatTable *table, uint32_t field)
{
  uint64_t at = field_at (table, field);
  uint32_t text = at > 0 ? follow (table->file, at) : 0;
  uint32_t size = text > 0 ? u32_at (table->file, text) : 0;

  if (text == 0 || size > table->file.size - text - 4)
    return (LsBytes){ NULL, 0 };
  return (LsBytes){ table->file.data + text + 4, size };
}
