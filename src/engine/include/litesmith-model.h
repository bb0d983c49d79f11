/*
 * The first part of litesmith.h, which includes it: status and errors, types of elements, the model
 * and what it is made of. Include litesmith.h.
 */
#ifndef LITESMITH_MODEL_H
#define LITESMITH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

#if defined(__GNUC__)
#define LS_PRINTF(text, first) __attribute__ ((__format__ (__printf__, text, first)))
#pragma GCC visibility push(default)
#else
#define LS_PRINTF(text, first)
#endif

  /* ---- Status, errors, progress ------------------------------------------------------------- */

  typedef enum
  {
    LS_OK,
    LS_E_IO,          /* the file cannot be read or written */
    LS_E_FORMAT,      /* the bytes are not what the format says */
    LS_E_UNSUPPORTED, /* well formed, but not something that we can do */
    LS_E_INVALID,     /* the model, a shape or a value contradicts itself or the request */
    LS_E_NO_MEMORY,
    LS_E_CANCELLED,
    LS_E_USAGE, /* the caller asked for something that does not exist (a name, an index) */
  } LsStatus;

  /* Filled by the innermost failing call. Zero it once; reuse it freely. */
  typedef struct
  {
    LsStatus status;
    int64_t offset;    /* byte offset in the input file, or -1 */
    int subgraph;      /* what the error concerns, or -1 */
    int op;            /* operator index in the subgraph, or -1 */
    int tensor;        /* tensor index in the subgraph, or -1 */
    char message[400]; /* one sentence without the file's name and without a trailing newline */
  } LsError;

  /*
   * Watches long work. `tick` is called now and then from the thread that works, with the share
   * done (0 to 1, or -1 when unknown) and what is being done; it returns false to cancel, and the
   * call then ends with LS_E_CANCELLED. It must be quick.
   */
  typedef struct
  {
    bool (*tick) (void *data, double fraction, const char *what);
    void *data;
  } LsProgress;

  const char *ls_version (void);
  const char *ls_status_name (LsStatus status);

  /* ---- Types of elements -------------------------------------------------------------------- */

  /* The numbers are those of the TFLite schema (TensorType). */
  typedef enum
  {
    LS_TYPE_FLOAT32 = 0,
    LS_TYPE_FLOAT16 = 1,
    LS_TYPE_INT32 = 2,
    LS_TYPE_UINT8 = 3,
    LS_TYPE_INT64 = 4,
    LS_TYPE_STRING = 5,
    LS_TYPE_BOOL = 6,
    LS_TYPE_INT16 = 7,
    LS_TYPE_COMPLEX64 = 8,
    LS_TYPE_INT8 = 9,
    LS_TYPE_FLOAT64 = 10,
    LS_TYPE_COMPLEX128 = 11,
    LS_TYPE_UINT64 = 12,
    LS_TYPE_RESOURCE = 13,
    LS_TYPE_VARIANT = 14,
    LS_TYPE_UINT32 = 15,
    LS_TYPE_UINT16 = 16,
    LS_TYPE_INT4 = 17,
    LS_TYPE_BFLOAT16 = 18,
    LS_TYPE_INT2 = 19,
    LS_TYPE_UINT4 = 20,
    LS_TYPE_FLOAT8_E4M3FN = 21,
    LS_TYPE_FLOAT8_E5M2 = 22,
    LS_N_TYPES
  } LsType;

  /* "FLOAT32"; "UNKNOWN" for a number that is no type. */
  const char *ls_type_name (LsType type);
  /* Bits of one element as it is stored (INT4: 4, packed low nibble first); 0 for strings, variants
   * and unknown types. */
  unsigned ls_type_bits (LsType type);
  bool ls_type_is_float (LsType type);   /* FLOAT32, FLOAT16, BFLOAT16, FLOAT64, FLOAT8_* */
  bool ls_type_is_integer (LsType type); /* signed or unsigned, any width; not BOOL */

  enum
  {
    LS_MAX_RANK = 8 /* of a tensor that is computed with; a file may state more */
  };

  /*
   * A dense array. Elements lie packed in C order, little-endian, in `data`. Types under one byte
   * are packed low bits first. Strings are in TFLite's own form: int32 count, count + 1 int32
   * offsets from the start of the buffer, then the bytes.
   */
  typedef struct
  {
    LsType type;
    int rank;
    int32_t dims[LS_MAX_RANK];
    void *data;
    size_t n_bytes;
  } LsArray;

  void ls_array_clear (LsArray *array); /* frees the data and zeroes the struct */
  /* Product of the dimensions (1 for a scalar). */
  size_t ls_array_count (const LsArray *array);
  /* Reads an element of a numeric array as double; complex: the real part. */
  double ls_array_get (const LsArray *array, size_t index);
  /* Gives the array another type when every value fits it: numbers round, integers and bools keep
   * their value. UINT16 becomes BFLOAT16, and UINT8 a FLOAT8, bit by bit, because that is how they
   * stand in .npy files. */
  LsStatus ls_array_convert (LsArray *array, LsType type, LsError *error);

  /* ---- The model ---------------------------------------------------------------------------- */

  typedef struct LsModel LsModel;

  /* A slice of bytes that somebody else owns. */
  typedef struct
  {
    const uint8_t *data;
    size_t size;
  } LsBytes;

  typedef enum
  {
    LS_QUANT_DETAILS_NONE,
    LS_QUANT_DETAILS_CUSTOM,
    LS_QUANT_DETAILS_BLOCKWISE,
    LS_QUANT_DETAILS_MULTI_AXIS
  } LsQuantDetails;

  /* real = (stored - zero_point) * scale, by channel along `axis` when there is more than one
   * scale. */
  typedef struct
  {
    uint32_t n_scales, n_zero_points, n_min, n_max;
    const float *scales;
    const int64_t *zero_points;
    const float *min, *max; /* as the writer saw them; often absent */
    int32_t axis;           /* the schema's quantized_dimension */
    LsQuantDetails details;
    /* Blockwise: tensors of the subgraph that hold the scales and zero points, and how many
     * elements of the last dimension share one. */
    int32_t block_scales, block_zero_points, block_size;
    LsBytes custom;  /* CustomQuantization.custom */
    uint32_t n_axes; /* MultiAxisQuantization, as stored */
    const int32_t *axes;
  } LsQuantization;

  typedef enum
  {
    LS_DIM_DENSE,
    LS_DIM_SPARSE_CSR
  } LsDimFormat;

  typedef struct
  {
    LsDimFormat format;
    int32_t dense_size;
    /* SPARSE_CSR only; widened to 32 bits when read. `segments_width` and `indices_width` are the
     * bytes of one stored element (1, 2, 4; 0: absent). */
    uint32_t n_segments, n_indices;
    const int32_t *segments, *indices;
    uint8_t segments_width, indices_width;
  } LsSparseDim;

  /* TACO-like sparse storage: the order in which the dimensions (rank + blocked ones) are stored.
   */
  typedef struct
  {
    uint32_t n_traversal, n_block_map, n_dims;
    const int32_t *traversal_order;
    const int32_t *block_map;
    const LsSparseDim *dims;
  } LsSparsity;

  typedef struct
  {
    LsType type;
    bool has_rank;
    uint32_t rank;
    const int32_t *dims;
  } LsVariantType;

  typedef struct
  {
    const char *name; /* never NULL */
    LsType type;      /* may be a number that is no LsType: see ls_type_name() */
    int32_t rank;
    const int32_t *dims;
    int32_t signature_rank;   /* -1: no shape_signature in the file */
    const int32_t *signature; /* as dims, -1 for an open dimension */
    bool has_rank, is_variable;
    uint32_t buffer; /* index into the model's buffers; 0 is the empty one */
    uint32_t external_buffer;
    const LsQuantization *quant; /* NULL: none; writers also leave it empty, without scales */
    const LsSparsity *sparsity;  /* NULL: dense */
    uint32_t n_variants;
    const LsVariantType *variants;
    /* How many times larger each channel of the last dimension is than in the model that this was
     * converted from: equalization did that, and divided the weights behind by as much. NULL: it
     * did not. Kept in the metadata entry "litesmith.channel_factors". */
    uint32_t n_channel_factors;
    const float *channel_factors;
  } LsTensor;

  /* What an operator is: the code of the TFLite schema's BuiltinOperator. LS_OP_CUSTOM has a name.
   */
  typedef enum
  {
#define LS_OPERATOR(NAME, code) LS_OP_##NAME = code,
#include "litesmith-operators.def"
#undef LS_OPERATOR
  } LsOpKind;

  enum
  {
    LS_N_BUILTIN = 210
  };

  /* "CONV_2D"; "UNKNOWN" for a number that is no operator. */
  const char *ls_op_kind_name (int kind);
  /* The number for "CONV_2D", or -1. */
  int ls_op_kind_parse (const char *name);

  typedef enum
  {
    LS_ATTR_INT,   /* any integer, bool or enum: `i` (and `text`, the name, for an enum) */
    LS_ATTR_FLOAT, /* `f` */
    LS_ATTR_STRING,
    LS_ATTR_BYTES, /* `bytes` */
    LS_ATTR_INTS,  /* `ints`, `count` */
    LS_ATTR_FLOATS /* `floats`, `count` */
  } LsAttrKind;

  /* One option of an operator under its name in the schema ("stride_w"). All fields of the options
   * table are listed, also those that the file leaves at their default. */
  typedef struct
  {
    const char *name;
    LsAttrKind kind;
    bool is_bool, is_enum;
    bool is_set; /* present in the file, else `i`, `f` is the schema's default */
    int64_t i;
    double f;
    const char *text; /* LS_ATTR_STRING, or the name of an enum's value; may be NULL */
    LsBytes bytes;
    uint32_t count;
    const int64_t *ints;
    const float *floats;
  } LsAttr;

  typedef struct
  {
    int kind;                /* LsOpKind, or a number that is no operator of the schema */
    const char *custom_code; /* LS_OP_CUSTOM; else NULL */
    int32_t version;
    uint32_t code_index; /* index into the model's operator codes */
    uint32_t n_inputs, n_outputs, n_intermediates;
    const int32_t *inputs; /* tensor indices; -1: an optional input that is absent */
    const int32_t *outputs;
    const int32_t *intermediates;
    uint32_t n_mutating;
    const bool *mutating;
    const char *options_type; /* "Conv2DOptions"; NULL: no options */
    uint32_t n_attrs;
    const LsAttr *attrs;
    LsBytes custom_options;
    int32_t custom_options_format;
    int32_t debug_metadata_index;
  } LsOperator;

  typedef struct
  {
    const char *name; /* never NULL */
    uint32_t n_tensors, n_ops, n_inputs, n_outputs;
    const LsTensor *tensors;
    const LsOperator *ops;
    const int32_t *inputs, *outputs; /* tensor indices */
    int32_t debug_metadata_index;
  } LsSubgraph;

  typedef struct
  {
    const char *name;
    uint32_t tensor;
  } LsSignaturePort;

  typedef struct
  {
    const char *key; /* never NULL */
    uint32_t subgraph;
    uint32_t n_inputs, n_outputs;
    const LsSignaturePort *inputs, *outputs;
  } LsSignature;

  typedef struct
  {
    const char *name;
    uint32_t buffer;
  } LsMetadata;

  typedef struct
  {
    int kind;
    const char *custom_code;
    int32_t version;
    int32_t deprecated_code; /* the byte-sized code as stored */
    int32_t wide_code;       /* the schema's builtin_code as stored; 0 in files from before it */
  } LsOpCode;

  /*
   * Opens a model. The format is detected from the content, never from the name.
   *
   * @path:  file name in the C library's encoding
   * @out:   set to an owned model on LS_OK, else NULL; free with ls_model_free()
   * @error: nullable
   *
   * The file stays mapped for the model's life: weights are read in place, and the file is never
   * written. Of an archive (.task) the first model is read; "FILE!NAME" is another one of it.
   */
  LsStatus ls_model_open (const char *path, LsModel **out, LsError *error);
  /* As ls_model_open(), but the file's bytes are copied: for a model that is kept while other
   * programs may write the file again, cut it short or delete it. A mapped one would change or end
   * the process. */
  LsStatus ls_model_load (const char *path, LsModel **out, LsError *error);
  /* The names of the models in an archive, "!" between those of archives in archives; none when the
   * file is no archive. @names: free with ls_npz_list_free(). */
  LsStatus ls_archive_models (const char *path, char ***names, uint32_t *count, LsError *error);
  /* As ls_model_open(), from memory that must outlive the model and all its clones. */
  LsStatus ls_model_parse (const void *data, size_t size, LsModel **out, LsError *error);
  void ls_model_free (LsModel *model); /* NULL is fine */
  /* A second model that shares weights and names with the first; cheap. NULL: out of memory. */
  LsModel *ls_model_clone (const LsModel *model);
  /* Writes a model in the format that the ending of @path names (".tflite"), into a new file that
   * is then renamed to @path. */
  LsStatus ls_model_save (const LsModel *model, const char *path, LsError *error);
  /* LS_E_USAGE with a sentence when no format that is written has the ending of @path. */
  LsStatus ls_model_save_check (const char *path, LsError *error);

  const char *ls_model_path (const LsModel *model);   /* "" when parsed from memory */
  const char *ls_model_format (const LsModel *model); /* "tflite", "task archive", … */
  uint64_t ls_model_file_size (const LsModel *model);
  /* The bytes of the file that the model was read from, appended archives included. */
  LsBytes ls_model_file (const LsModel *model);
  uint32_t ls_model_version (const LsModel *model);
  const char *ls_model_description (const LsModel *model);
  uint32_t ls_model_n_subgraphs (const LsModel *model);
  const LsSubgraph *ls_model_subgraph (const LsModel *model,
                                       uint32_t index); /* NULL: out of range */
  uint32_t ls_model_n_signatures (const LsModel *model);
  const LsSignature *ls_model_signature (const LsModel *model, uint32_t index);
  uint32_t ls_model_n_buffers (const LsModel *model);
  LsBytes ls_model_buffer (const LsModel *model, uint32_t index); /* empty: none, or out of range */
  uint32_t ls_model_n_metadata (const LsModel *model);
  const LsMetadata *ls_model_metadata (const LsModel *model, uint32_t index);
  uint32_t ls_model_n_op_codes (const LsModel *model);
  const LsOpCode *ls_model_op_code (const LsModel *model, uint32_t index);

  /* The name by which people know an operator: that of its first output, else its kind. */
  const char *ls_op_name (const LsSubgraph *subgraph, const LsOperator *op);
  /* "CONV_2D", or the name of the custom operator. */
  const char *ls_op_kind_text (const LsOperator *op);
  const LsAttr *ls_op_attr (const LsOperator *op, const char *name); /* NULL: there is none */

  /* What kind of work an operator does: for colours, legends and groups. */
  typedef enum
  {
    LS_FAMILY_CONVOLUTION,
    LS_FAMILY_MATRIX,
    LS_FAMILY_POOLING,
    LS_FAMILY_ACTIVATION,
    LS_FAMILY_ARITHMETIC,
    LS_FAMILY_SHAPE,
    LS_FAMILY_REDUCTION,
    LS_FAMILY_NORMALIZATION,
    LS_FAMILY_QUANTIZATION,
    LS_FAMILY_RECURRENT,
    LS_FAMILY_CONTROL,
    LS_FAMILY_CUSTOM,
    LS_FAMILY_OTHER,
    LS_N_FAMILIES
  } LsFamily;

  LsFamily ls_op_family (const LsOperator *op);
  const char *ls_family_name (LsFamily family);  /* "Convolution" */
  const char *ls_family_color (LsFamily family); /* "#1c60b8", on which white text can be read */
  int64_t ls_attr_int (const LsOperator *op, const char *name, int64_t otherwise);
  double ls_attr_float (const LsOperator *op, const char *name, double otherwise);
  /* The constant bytes of a tensor as stored; empty when it is computed. */
  LsBytes ls_tensor_data (const LsModel *model, const LsTensor *tensor);
  bool ls_tensor_is_constant (const LsModel *model, const LsTensor *tensor);
  /* Index of the tensor called @name, or given by its number ("17"); -1: none. */
  int ls_subgraph_find_tensor (const LsSubgraph *subgraph, const char *name_or_index);
  /* Index of the operator that writes / of the first that reads the tensor; -1: none. Linear time.
   */
  int ls_subgraph_producer (const LsSubgraph *subgraph, int tensor);
  int ls_subgraph_consumer (const LsSubgraph *subgraph, int tensor);

  /* ---- How a picture becomes an input ---------------------------------------------------------
   */

  typedef enum
  {
    LS_RESIZE_CROP,
    LS_RESIZE_STRETCH,
    LS_RESIZE_PAD
  } LsResize;

  typedef struct
  {
    LsResize resize;
    bool bgr;
    bool has_mean_std;     /* else 0 and 255 for float inputs; integers take 0…255 */
    float mean[3], std[3]; /* R, G, B, on 0…255 */
  } LsImageOptions;

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
