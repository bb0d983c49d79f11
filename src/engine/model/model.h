/*
 * The one model in memory, format-neutral.
 *
 * Records (LsTensor, LsOperator, LsSubgraph) are plain structs in growable arrays; everything that
 * they point at (names, shapes, attributes, quantization) lives in the model's store and is never
 * changed in place: an edit makes a new one and swaps the pointer. So a clone copies the records
 * alone, and undo is a swap of records.
 */
#ifndef LS_MODEL_MODEL_H
#define LS_MODEL_MODEL_H

#include "base/auto.h"
#include "base/error.h"
#include "base/store.h"
#include "litesmith.h"

typedef struct
{
  /* In the file's mapping, or in the store: a constant that the file does not align to its type is
   * copied, so that it can be read in place. `file_offset` tells where it stood. */
  const uint8_t *data;
  uint64_t size;
  uint64_t file_offset; /* of the data in the file; 0: it did not come from there */
  bool is_external;     /* outside the flatbuffer (Buffer.offset), or in another file */
} LsBuffer;

typedef struct
{
  const char *name;
} LsExternalGroup;

typedef struct
{
  uint32_t id, group;
  uint64_t offset, length;
  const char *packing;
} LsExternalBuffer;

/* Where a field of a record stands in the file that the model was read from: for repairs. */
typedef enum
{
  LS_FIELD_SCALE,           /* tensor, element: 4 bytes */
  LS_FIELD_ZERO_POINT,      /* tensor, element: 8 bytes */
  LS_FIELD_QUANTIZED_DIM,   /* tensor: 4 bytes */
  LS_FIELD_TENSOR_TYPE,     /* tensor: 1 byte */
  LS_FIELD_BUFFER_DATA,     /* tensor: the bytes of its constant */
  LS_FIELD_CODE_VERSION,    /* operator code in `tensor`: 4 bytes */
  LS_FIELD_CODE_DEPRECATED, /* operator code: 1 byte */
  LS_FIELD_CODE_BUILTIN,    /* operator code: 4 bytes */
  LS_FIELD_SIGNATURE_INPUT, /* signature in `tensor`, port in `element`: 4 bytes */
  LS_FIELD_SIGNATURE_OUTPUT
} LsField;

/* False when the field is not stored (left at its default) or the model came from elsewhere. */
typedef bool (*LsLocate) (const LsModel *model, LsField field, uint32_t subgraph, uint32_t index,
                          uint32_t element, uint64_t *offset, uint64_t *length);

/* A subgraph with room to grow; `view` comes first and is what the public sees. */
typedef struct
{
  LsSubgraph view;
  uint32_t cap_tensors, cap_ops;
} LsGraph;

typedef struct LsHistory LsHistory;

struct LsModel
{
  LsStore *store;
  const char *path, *format, *description;
  LsBytes file;
  LsBytes content; /* of `file` or unpacked from it: the model alone, without an archive around */
  const char *member; /* that was asked for of an archive; NULL: the first model */
  bool is_mapped;     /* `file` is a mapping: what was read of it can be given up and read again */
  uint32_t version;
  uint32_t n_graphs, cap_graphs;
  LsGraph **graphs; /* each from malloc */
  uint32_t n_buffers, cap_buffers;
  LsBuffer *buffers;
  uint32_t n_codes, cap_codes;
  LsOpCode *codes;
  uint32_t n_signatures;
  const LsSignature *signatures;
  uint32_t n_metadata;
  const LsMetadata *metadata;
  uint32_t n_metadata_buffer; /* the schema's old metadata_buffer list */
  const int32_t *metadata_buffer;
  uint32_t n_external_groups, n_external_buffers;
  const char *const *external_groups;
  const LsExternalBuffer *external_buffers;
  LsBytes
    appended; /* what follows the flatbuffer and its external data: an archive, put back on write */
  LsLocate locate; /* NULL: not from a file that can be patched */
  const void *locate_data;
  LsHistory *history;
};

LS_DEFINE_AUTO (LsModel, ls_model_free)

/* A text that the file does not state: "", told from a stated "" by its address alone, so that
 * writers can leave it out. */
extern const char ls_no_text[];

/* An empty model: buffer 0 exists and is empty. NULL: out of memory. */
LsModel *ls_model_new (void);

/* Memory and text with the model's life; NULL: out of memory. */
void *ls_model_alloc (LsModel *model, size_t count, size_t size);
const char *ls_model_strdup (LsModel *model, const char *text);
const int32_t *ls_model_ints (LsModel *model, const int32_t *values, uint32_t count);

/* Adding. Each copies the prototype's struct, not what it points at (that must live in the store),
 * and gives the new index, or -1 when out of memory. */
int ls_model_add_graph (LsModel *model, const char *name);
int ls_model_add_tensor (LsModel *model, uint32_t graph, const LsTensor *prototype);
/* @at: where in the order of execution; n_ops to append. Operators behind move up. */
int ls_model_insert_op (LsModel *model, uint32_t graph, uint32_t at, const LsOperator *prototype);
int ls_model_add_buffer (LsModel *model, const void *data, uint64_t size);
/* The code of that kind and version; made if there is none. */
int ls_model_ensure_code (LsModel *model, int kind, const char *custom_code, int32_t version);
bool ls_model_set_ports (LsModel *model, uint32_t graph, const int32_t *inputs, uint32_t n_inputs,
                         const int32_t *outputs, uint32_t n_outputs);

/* Changing. The record may be written to; what it points at may not. */
LsGraph *ls_model_graph (LsModel *model, uint32_t graph);
LsTensor *ls_model_tensor (LsModel *model, uint32_t graph, uint32_t tensor);
LsOperator *ls_model_op (LsModel *model, uint32_t graph, uint32_t op);
/* Changes operator inputs; @slot < n_inputs. False: out of memory. */
bool ls_op_set_input (LsModel *model, LsOperator *op, uint32_t slot, int32_t tensor);
/* Every use of a tensor t (operator inputs, graph outputs, signature outputs) becomes one of
 * @becomes[t], once; producers stay. False: out of memory. */
bool ls_model_replace_uses (LsModel *model, uint32_t graph, const int32_t *becomes);
/* The same for the inputs of operators alone. */
bool ls_model_replace_inputs (LsModel *model, uint32_t graph, const int32_t *becomes);
/* Such a list in which every tensor stays, from malloc; NULL: out of memory. */
int32_t *ls_model_same_tensors (const LsModel *model, uint32_t graph);
/* Takes out the operators whose flag is set; the order of the others stays. */
void ls_model_remove_ops (LsModel *model, uint32_t graph, const bool *dead);
/* Takes out tensors, buffers and operator codes that nothing refers to, and renumbers. Counts what
 * went into the nullable arguments. False: out of memory, and the model is fit only to be freed. */
bool ls_model_compact (LsModel *model, uint32_t *n_tensors, uint32_t *n_buffers, uint32_t *n_codes);
/* Sets an attribute by name, adding it when there is none; false: out of memory. */
bool ls_op_set_int (LsModel *model, LsOperator *op, const char *name, int64_t value);
bool ls_op_set_float (LsModel *model, LsOperator *op, const char *name, double value);
bool ls_op_set_ints (LsModel *model, LsOperator *op, const char *name, const int64_t *values,
                     uint32_t count);
/* Gives a tensor new constant bytes (copied into the store) of its own buffer. */
bool ls_tensor_set_data (LsModel *model, LsTensor *tensor, const void *data, uint64_t size);

/* Whether block_scales and block_zero_points name tensors. */
static inline bool
ls_quantization_has_blocks (const LsQuantization *quant)
{
  return quant->details == LS_QUANT_DETAILS_BLOCKWISE
         || quant->details == LS_QUANT_DETAILS_MULTI_AXIS;
}

/* Who writes and who reads each tensor of a subgraph. */
typedef struct
{
  int32_t *producer;   /* by tensor: operator index or -1 */
  uint32_t *first;     /* by tensor, n_tensors + 1 of them: into `consumers` */
  uint32_t *consumers; /* operator indices in order; one entry for each reading input */
  bool *is_graph_input, *is_graph_output; /* by tensor */
} LsUses;

bool ls_uses_init (LsUses *uses, const LsSubgraph *subgraph); /* false: out of memory */
void ls_uses_clear (LsUses *uses);

#endif
