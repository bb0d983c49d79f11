/*
 * What the TFLite schema says of operator options: read by reflection from the compiled schema, so
 * that no operator's fields are listed by hand. Implemented beside the flatbuffer bridge; every
 * format that prints or parses options uses it.
 */
#ifndef LS_FORMATS_SCHEMA_H
#define LS_FORMATS_SCHEMA_H

#include "litesmith.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* The stored type of a field, or of the elements of a vector. */
  typedef enum
  {
    LS_STORED_BOOL,
    LS_STORED_INT8,
    LS_STORED_UINT8,
    LS_STORED_INT16,
    LS_STORED_UINT16,
    LS_STORED_INT32,
    LS_STORED_UINT32,
    LS_STORED_INT64,
    LS_STORED_UINT64,
    LS_STORED_FLOAT32,
    LS_STORED_FLOAT64,
    LS_STORED_STRING
  } LsStored;

  typedef struct
  {
    LsAttr attr; /* name, kind and default; is_set is false */
    LsStored stored;
    bool is_vector, is_deprecated;
    uint16_t slot;        /* offset in the vtable */
    const void *enum_def; /* of the values' names; NULL: plain numbers */
  } LsOptionField;

  typedef struct
  {
    const char *name; /* "Conv2DOptions" */
    int which;        /* 1: BuiltinOptions, 2: BuiltinOptions2 */
    uint8_t number;   /* in that union */
    uint32_t n_fields;
    const LsOptionField *fields; /* in the schema's order */
  } LsOptionTable;

  /* NULL: no such table, or out of memory. Safe from any thread. */
  const LsOptionTable *ls_schema_options (int which, int number);
  const LsOptionTable *ls_schema_options_by_name (const char *name);
  const LsOptionField *ls_schema_field (const LsOptionTable *table, const char *name);
  /* The name of an enum's value; NULL: it has none, or the field is no enum. */
  const char *ls_schema_enum_text (const LsOptionField *field, int64_t value);
  bool ls_schema_enum_parse (const LsOptionField *field, const char *text, int64_t *value);

#ifdef __cplusplus
}
#endif

#endif
