/*
 * How the records of the model appear in JSON: one table a record, in the order of the TFLite
 * schema, used for writing and for reading.
 */
#ifndef LS_FORMATS_JSON_FIELDS_H
#define LS_FORMATS_JSON_FIELDS_H

#include "model/model.h"

typedef enum
{
  LS_JSON_FIELD_INT,     /* int32_t */
  LS_JSON_FIELD_UINT,    /* uint32_t */
  LS_JSON_FIELD_UINT64,  /* uint64_t */
  LS_JSON_FIELD_BOOL,    /* bool */
  LS_JSON_FIELD_ENUM,    /* int32_t or an enum of C, by name */
  LS_JSON_FIELD_TEXT,    /* const char * */
  LS_JSON_FIELD_INTS,    /* const int32_t *, and its count */
  LS_JSON_FIELD_LONGS,   /* const int64_t * */
  LS_JSON_FIELD_FLOATS,  /* const float * */
  LS_JSON_FIELD_BOOLS,   /* const bool * */
  LS_JSON_FIELD_BYTES,   /* LsBytes */
  LS_JSON_FIELD_DATA,    /* the bytes of an LsBuffer, which is the record */
  LS_JSON_FIELD_OUTSIDE, /* a place outside of the flatbuffer: always 0 in JSON */
  LS_JSON_FIELD_TABLE,   /* pointer to a record; NULL: absent */
  LS_JSON_FIELD_TABLES,  /* pointer to records, and their count */
  LS_JSON_FIELD_GRAPHS,  /* the subgraphs of an LsModel, which is the record */
  LS_JSON_FIELD_UNION,   /* one of several tables over the same record */
  LS_JSON_FIELD_OPTIONS  /* options of an LsOperator, which is the record */
} LsJsonFieldKind;

typedef struct LsJsonTable LsJsonTable;

/* A union: the number that chooses stands in the record. */
typedef struct
{
  size_t offset; /* of the number */
  size_t width;  /* its bytes: 1 or 4 */
  struct
  {
    int value;
    const char *name; /* "BlockwiseQuantization" */
    const LsJsonTable *table;
  } choices[4]; /* the last has no name; a number that is none of them is NONE */
} LsJsonUnion;

typedef struct
{
  const char *key;
  LsJsonFieldKind kind;
  size_t offset, count_offset; /* in the record; the count is 4 bytes */
  bool is_stated;              /* a list that is written even when it is empty */
  bool is_heap;                /* TABLES from malloc; all else lies in the model's store */
  int which;                   /* OPTIONS: 1 or 2 */
  const LsJsonTable *table;
  const LsJsonUnion *choice;
  const char *(*name_of) (int value); /* ENUM */
  int n_names;
  int low, high; /* INT, ENUM: what the schema's type can hold; 0, 0: 32 bits */
} LsJsonField;

struct LsJsonTable
{
  const char *name;
  size_t size;         /* of the record */
  const void *initial; /* the record with the schema's defaults */
  uint32_t n_fields;
  const LsJsonField *fields;
};

extern const LsJsonTable ls_json_model, ls_json_subgraph;

/* The key of a union's type: "details_type" for "details". */
void ls_json_type_key (const char *key, char *out, size_t size);

#endif
