/*
 * Litesmith: opens, shows, mends, converts, runs and times neural-network models.
 *
 * The whole public interface of the engine. Conventions:
 *
 *  - A function that can fail returns LsStatus and fills a nullable LsError with one sentence.
 *  - `const T *` returned is borrowed from its owner; `T **out` is owned by the caller.
 *  - Text is UTF-8 and untranslated. Sizes end in `size` or begin with `n_bytes`; counts begin with
 *    `n_`. Dimensions stand outermost first.
 *  - Nothing here starts a thread that the caller did not ask for. Different models and sessions
 * may be used from different threads; one model or session by one thread at a time. Reading one
 *    model from several threads is fine while nobody changes it.
 */
#ifndef LITESMITH_H
#define LITESMITH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
   * written.
   */
  LsStatus ls_model_open (const char *path, LsModel **out, LsError *error);
  /* The same from memory that must outlive the model and all its clones. */
  LsStatus ls_model_parse (const void *data, size_t size, LsModel **out, LsError *error);
  void ls_model_free (LsModel *model); /* NULL is fine */
  /* A second model that shares weights and names with the first; cheap. NULL: out of memory. */
  LsModel *ls_model_clone (const LsModel *model);
  /* Writes a model in the format that the ending of @path names (".tflite"), into a new file that
   * is then renamed to @path. */
  LsStatus ls_model_save (const LsModel *model, const char *path, LsError *error);

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

  /* ---- Looking at tensors ------------------------------------------------------------------- */

  typedef enum
  {
    LS_DECODE_STORED, /* the elements as stored; a sparse tensor gives its stored values, rank 1 */
    LS_DECODE_DENSE,  /* densified, in the stored type */
    LS_DECODE_REAL /* densified and dequantized to FLOAT32 (integers without scale as they are) */
  } LsDecode;

  /* Decodes a constant. @out is owned by the caller: ls_array_clear(). */
  LsStatus ls_tensor_decode (const LsModel *model, uint32_t subgraph, uint32_t tensor, LsDecode how,
                             LsArray *out, LsError *error);

  enum
  {
    LS_HISTOGRAM_BINS = 64
  };

  typedef struct
  {
    uint64_t count, n_zero, n_nan, n_inf; /* zero: real value 0, that is stored = zero point */
    double min, max, mean, stddev;        /* of finite elements; all 0 when there are none */
    double low, high;                     /* ends of the histogram */
    uint64_t bins[LS_HISTOGRAM_BINS];     /* equal steps from low to high; high falls in the last */
  } LsStats;

  /* Statistics of any numeric array. */
  void ls_array_stats (const LsArray *array, LsStats *out);

  typedef struct
  {
    uint64_t dense_bytes;  /* what the tensor would take without sparsity */
    uint64_t stored_bytes; /* values, segments and indices */
    uint64_t n_elements, n_stored, n_blocks;
    double zero_share; /* of the dense elements that are not stored */
    uint32_t block_elements;
  } LsSparsityInfo;

  LsStatus ls_tensor_sparsity_info (const LsModel *model, uint32_t subgraph, uint32_t tensor,
                                    LsSparsityInfo *out, LsError *error);

  /* ---- Summary ------------------------------------------------------------------------------ */

  typedef struct
  {
    const char *name; /* kind of operator, or type of tensor */
    uint32_t count;
    uint64_t macs, bytes; /* operators: multiply-adds; tensors: constant bytes */
  } LsTally;

  typedef struct
  {
    uint32_t n_ops, n_tensors, n_constants;
    uint64_t n_parameters; /* elements of constants that operators read, dense */
    uint64_t macs;         /* multiply-adds of one inference; open dimensions count as 1 */
    uint64_t constant_bytes;
    uint32_t n_per_tensor, n_per_channel, n_blockwise, n_sparse; /* tensors */
    uint64_t sparse_saved_bytes;
    /* "float32", "float16 weights", "dynamic range (int8 weights)", "full int8", "full uint8",
     * "int16 activations, int8 weights", "mixed" */
    const char *scheme;
    uint32_t n_op_tallies, n_type_tallies;
    LsTally *op_tallies, *type_tallies; /* most frequent first */
  } LsSummary;

  LsStatus ls_model_summarize (const LsModel *model, LsSummary *out, LsError *error);
  void ls_summary_clear (LsSummary *summary);
  /* Multiply-adds of one operator, from the shapes in the file; 0 when it has none. */
  uint64_t ls_op_macs (const LsSubgraph *subgraph, const LsOperator *op);

  /* ---- Operators that run -------------------------------------------------------------------- */

  typedef struct
  {
    const char *name; /* "CONV_2D", or the custom operator's name */
    bool is_custom, can_run;
    int max_version;   /* newest version that we know; 0: any */
    const char *types; /* "float32, int8 (per-channel), …" */
  } LsOpSupport;

  /* Every builtin operator of the schema and every custom operator that runs, by name. */
  uint32_t ls_op_support_count (void);
  const LsOpSupport *ls_op_support (uint32_t index);

  /* ---- Arrays in files ------------------------------------------------------------------------
   */

  /*
   * How a file becomes the input of a model.
   *
   * @want: NULL to take an .npy as it is; else type, rank and dims of the input (0 or -1: any). An
   * .npy of another type is converted when all values fit, and keeps its shape. Pictures are
   * decoded, resized and normalised as `image` says; other files are raw: the bytes of the whole
   * array, in which one open dimension may be left to be found.
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

  LsStatus ls_array_load (const char *path, const LsArray *want, const LsImageOptions *image,
                          LsArray *out, LsError *error);
  /* Writes version 1 .npy; strings as fixed-width bytes. The file appears whole or not at all. */
  LsStatus ls_array_save (const char *path, const LsArray *array, LsError *error);
  /* The names in an .npz and one of its arrays. */
  LsStatus ls_npz_list (const char *path, char ***names, uint32_t *count, LsError *error);
  void ls_npz_list_free (char **names, uint32_t count);
  LsStatus ls_npz_load (const char *path, const char *name, LsArray *out, LsError *error);
  /* Writes an 8-bit PNG of 1, 3 or 4 channels, rows packed. */
  LsStatus ls_png_save (const char *path, const uint8_t *pixels, uint32_t width, uint32_t height,
                        uint32_t channels, LsError *error);

  /* ---- Running --------------------------------------------------------------------------------
   */

  typedef struct LsSession LsSession;

  typedef enum
  {
    LS_MODE_EXACT, /* integer operators give the bytes of LiteRT's reference kernels */
    LS_MODE_FAST   /* at most one step away per operator, quicker */
  } LsMode;

  typedef struct
  {
    uint32_t n_threads; /* 0 or 1: the caller's thread alone */
    LsMode mode;
    uint32_t subgraph;
    const char *signature; /* NULL: the subgraph as it is; else overrides `subgraph` */
    bool trace;            /* keep every tensor: no memory is used twice, nothing is fused */
    bool profile;          /* take the time of each operator */
    int until;             /* -1, or the tensor to compute: only what it needs is planned */
    uint64_t seed;         /* for random operators */
  } LsSessionOptions;

#define LS_SESSION_OPTIONS_INIT                                                                    \
  {                                                                                                \
    1, LS_MODE_EXACT, 0, NULL, false, false, -1, 0                                                 \
  }

  typedef struct
  {
    const char *name; /* signature's name of the port, else the tensor's */
    int tensor;       /* index in the subgraph */
    LsType type;
    int rank;
    int32_t dims[LS_MAX_RANK];
    const LsQuantization *quant;
  } LsPort;

  /* Plans and prepares a model for running. The session keeps its own clone of the model. */
  LsStatus ls_session_new (const LsModel *model, const LsSessionOptions *options, LsSession **out,
                           LsError *error);
  void ls_session_free (LsSession *session);
  uint32_t ls_session_n_inputs (const LsSession *session);
  uint32_t ls_session_n_outputs (const LsSession *session);
  bool ls_session_input (const LsSession *session, uint32_t index, LsPort *out);
  /* Type and shape of an output: after a run those that it has, before it as planned. */
  bool ls_session_output (const LsSession *session, uint32_t index, LsPort *out);
  /* Copies an array in. Another shape than before resizes the model: it is planned again. */
  LsStatus ls_session_set_input (LsSession *session, uint32_t index, const LsArray *array,
                                 LsError *error);
  /* Fills an input from a seed: floats uniform in [-1, 1), integers over their type (int32, int64:
   * 0…9), the same bytes on every machine. */
  LsStatus ls_session_fill_input (LsSession *session, uint32_t index, uint64_t seed,
                                  LsError *error);
  LsStatus ls_session_run (LsSession *session, LsError *error);
  /* Asks a run in another thread to end soon with LS_E_CANCELLED. Safe from any thread. */
  void ls_session_cancel (LsSession *session);
  /* Sets variables and recurrent state back to how they were at first. */
  LsStatus ls_session_reset (LsSession *session, LsError *error);
  /* A view of an output's value: valid until the next call on the session, never to be freed. */
  LsStatus ls_session_get_output (const LsSession *session, uint32_t index, LsArray *view,
                                  LsError *error);
  /* With `trace`: the value of any tensor of the subgraph; LS_E_USAGE when it was not computed. */
  LsStatus ls_session_get_tensor (const LsSession *session, uint32_t tensor, LsArray *view,
                                  LsError *error);

  typedef struct
  {
    uint32_t op; /* index in the subgraph */
    const char *kind, *name;
    const char *kernel; /* which of our kernels runs it, "reference" at least */
    uint64_t macs, bytes;
    double last_us; /* of the last run; with `profile` */
  } LsStepInfo;

  uint32_t ls_session_n_steps (const LsSession *session);
  bool ls_session_step (const LsSession *session, uint32_t index, LsStepInfo *out);
  size_t ls_session_arena_bytes (const LsSession *session);
  size_t ls_session_weights_bytes (const LsSession *session); /* constants as packed and kept */
  /* Instruction set whose kernels run ("scalar", "avx2", "avx512vnni", "neon", "neon_dot"). The
   * environment variable LITESMITH_ISA asks for a lesser one. */
  const char *ls_isa_name (void);

  /* ---- Timing ----------------------------------------------------------------------------------
   */

  typedef struct
  {
    LsSessionOptions session;
    /* At least as many; 0 takes the default: 5 and 50. With min_secs, and runs 0, it is 20, and
     * fewer when they take longer than four times min_secs (one second at least). */
    uint32_t warmup, runs;
    double min_secs; /* go on until this long was measured */
    bool per_op;
    uint64_t seed;
  } LsBenchOptions;

  typedef struct
  {
    uint32_t op;
    char *kind, *name, *kernel;
    double median_us, share; /* share of the sum of all medians */
    uint64_t macs, bytes;
  } LsBenchOp;

  typedef struct
  {
    double load_us, prepare_us, first_us;
    uint32_t n_runs, n_ops;
    double *runs_us;
    double min_us, median_us, mean_us, p90_us, p99_us, max_us, stddev_us;
    uint64_t peak_rss_kib, arena_bytes, weights_bytes, macs;
    double gmacs_per_s;
    LsBenchOp *ops;
  } LsBenchResult;

  /* Times a model file from opening it to the last run. @on_run (nullable) gets every run as it
   * ends. */
  LsStatus ls_bench (const char *path, const LsBenchOptions *options, const LsProgress *progress,
                     void (*on_run) (void *data, uint32_t run, double us), void *on_run_data,
                     LsBenchResult *out, LsError *error);
  void ls_bench_result_clear (LsBenchResult *result);

  /* ---- Comparing -------------------------------------------------------------------------------
   */

  typedef struct
  {
    char *name_a, *name_b;
    int tensor_a, tensor_b; /* indices; outputs are paired by position as well */
    bool is_output;
    double max_abs, mean_abs, sqnr_db,
      cosine;             /* of the real values; sqnr_db is INFINITY when equal */
    double max_magnitude; /* of A */
    uint64_t count;
  } LsComparedTensor;

  typedef struct
  {
    uint32_t n_tensors;
    LsComparedTensor *tensors; /* in the order of A's graph */
  } LsComparison;

  /*
   * Runs both models on the same inputs and compares every pair of tensors. Tensors are paired by
   * name, outputs by position. @inputs has as many as A has inputs; an array without data is filled
   * from @seed.
   */
  LsStatus ls_compare (const LsModel *a, const LsModel *b, const LsArray *inputs, uint32_t n_inputs,
                       uint64_t seed, uint32_t n_threads, const LsProgress *progress,
                       LsComparison *out, LsError *error);
  void ls_comparison_clear (LsComparison *comparison);

  /* ---- Checking and mending -------------------------------------------------------------------
   */

  typedef enum
  {
    LS_SEVERITY_INFO,
    LS_SEVERITY_WARNING,
    LS_SEVERITY_ERROR
  } LsSeverity;

  typedef struct
  {
    const char *id; /* stable: "bias-scale-mismatch" */
    LsSeverity severity;
    int subgraph, op, tensor; /* -1: none */
    char *message;            /* one sentence with the numbers */
    const char *source;       /* where the rule stands ("kernel_util.cc …") */
    const char *remedy;       /* how to mend it, one sentence */
    bool is_repairable;
  } LsFinding;

  typedef struct
  {
    uint32_t n_findings;
    LsFinding *findings;
    /* With a target: where each operator of subgraph 0 runs, and what that comes to. */
    uint32_t n_ops;
    bool *on_accelerator;
    uint32_t n_partitions; /* runs of neighbouring operators on the accelerator */
    double mac_share;      /* of the multiply-adds that stay on it */
  } LsReport;

  /* @target: NULL, or "imx8mp-npu", "imx93-npu", "litert", "litert-micro". */
  LsStatus ls_check (const LsModel *model, const char *target, LsReport *out, LsError *error);
  void ls_report_clear (LsReport *report);
  uint32_t ls_target_count (void);
  const char *ls_target_name (uint32_t index);

  typedef struct
  {
    const char *id;
    int subgraph, op, tensor;
    uint64_t offset;
    uint32_t length;
    uint8_t *before, *after;
    char *text; /* "bias scale 0.012 → 0.0034", one line for people */
  } LsChange;

  typedef struct
  {
    const char *id;
    int subgraph, op, tensor;
    char *message; /* why it was left */
  } LsLeft;

  typedef struct
  {
    uint32_t n_changes, n_left;
    LsChange *changes;
    LsLeft *left;
  } LsRepair;

  /*
   * Works out the bytes that mend a model; writes nothing.
   *
   * @fixes: NULL for everything repairable of severity error and warning, else "ID" or "ID:WAY", n
   * of them
   */
  LsStatus ls_repair_plan (const LsModel *model, const char *const *fixes, uint32_t n_fixes,
                           LsRepair *out, LsError *error);
  /* Writes a copy of the model's file with the changes made. */
  LsStatus ls_repair_write (const LsModel *model, const LsRepair *repair, const char *path,
                            LsError *error);
  void ls_repair_clear (LsRepair *repair);

  /* ---- Converting ------------------------------------------------------------------------------
   */

  typedef enum
  {
    LS_TO_KEEP,    /* write what was read in another format */
    LS_TO_FLOAT32, /* densify, fold, dequantize: a clean float32 model */
    LS_TO_FLOAT16,
    LS_TO_DYNAMIC,
    LS_TO_INT8,
    LS_TO_UINT8,
    LS_TO_INT16X8,
    LS_TO_DENSE /* replace DENSIFY and sparse constants only, leave the rest */
  } LsTo;

  /* What one pass did. */
  typedef struct
  {
    const char *pass;   /* "densify" */
    uint32_t n_changed; /* operators or tensors, as the sentence says */
    char *message;      /* "2 DENSIFY operators removed, 84 kB of weights made dense" */
  } LsPassReport;

  typedef struct
  {
    uint32_t n_passes;
    LsPassReport *passes;
    uint32_t n_ops_before, n_ops_after;
    uint64_t bytes_before, bytes_after; /* of constants */
    uint32_t n_notes;
    char **notes; /* what the person should know: operators left as they are, and why */
  } LsConvertReport;

  typedef struct
  {
    LsTo to;
    bool keep_names;
  } LsConvertOptions;

  /* Which conversions this build can do; a sentence in @why (nullable) when it cannot. */
  bool ls_convert_available (LsTo to, const char **why);
  LsStatus ls_convert (const LsModel *model, const LsConvertOptions *options,
                       const LsProgress *progress, LsModel **out, LsConvertReport *report,
                       LsError *error);
  void ls_convert_report_clear (LsConvertReport *report);

  /* ---- Changing a model ------------------------------------------------------------------------
   */

  /*
   * Every change is one step that can be undone. The model that the steps belong to keeps its
   * history; clones begin with none.
   */
  LsStatus ls_edit_rename_tensor (LsModel *model, uint32_t subgraph, uint32_t tensor,
                                  const char *name, LsError *error);
  LsStatus ls_edit_set_description (LsModel *model, const char *text, LsError *error);
  bool ls_edit_can_undo (const LsModel *model);
  bool ls_edit_can_redo (const LsModel *model);
  void ls_edit_undo (LsModel *model);
  void ls_edit_redo (LsModel *model);

  /* ---- The graph as a picture -------------------------------------------------------------------
   */

  /*
   * Writes the graph in DOT, or through the layout helper as SVG, PNG or PDF, by the ending of
   * @path.
   * @helper: program, NULL for the one that was installed beside the library. Without it SVG uses
   * the built-in layout.
   */
  LsStatus ls_graph_save (const LsModel *model, uint32_t subgraph, const char *path,
                          const char *helper, LsError *error);

  /* Sizes and edges in, coordinates out: a layered layout that always gives a picture. */
  typedef struct
  {
    float width, height; /* in */
    float x, y;          /* out: centre */
  } LsLayoutNode;

  typedef struct
  {
    uint32_t from, to; /* node indices */
  } LsLayoutEdge;

  LsStatus ls_layout_layered (LsLayoutNode *nodes, uint32_t n_nodes, const LsLayoutEdge *edges,
                              uint32_t n_edges, float node_gap, float rank_gap,
                              const LsProgress *progress, LsError *error);

  /* ---- JSON -------------------------------------------------------------------------------------
   */

  typedef struct LsJson LsJson; /* a value inside a document */
  typedef struct LsJsonDoc LsJsonDoc;

  typedef enum
  {
    LS_JSON_NULL,
    LS_JSON_FALSE,
    LS_JSON_TRUE,
    LS_JSON_NUMBER,
    LS_JSON_STRING,
    LS_JSON_ARRAY,
    LS_JSON_OBJECT
  } LsJsonKind;

  /* Reads a whole document (RFC 8259); the text is not needed afterwards. */
  LsStatus ls_json_parse (const char *text, size_t size, LsJsonDoc **out, LsError *error);
  void ls_json_free (LsJsonDoc *doc);
  const LsJson *ls_json_root (const LsJsonDoc *doc);
  LsJsonKind ls_json_kind (const LsJson *value); /* NULL is LS_JSON_NULL, here and below */
  /* NULL when it is no object, or has no such key. */
  const LsJson *ls_json_get (const LsJson *object, const char *key);
  /* Elements of an array or members of an object; 0 for anything else. */
  uint32_t ls_json_count (const LsJson *value);
  const LsJson *ls_json_at (const LsJson *value, uint32_t index);
  const char *ls_json_key (const LsJson *object,
                           uint32_t index);         /* NULL: no object or out of range */
  const char *ls_json_string (const LsJson *value); /* NULL: no string */
  double ls_json_number (const LsJson *value, double otherwise);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
