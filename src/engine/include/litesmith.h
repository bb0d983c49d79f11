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

#include "litesmith-edit.h"
#include "litesmith-explain.h"
#include "litesmith-model.h"
#include "litesmith-quantize.h"

#ifdef __cplusplus
extern "C"
{
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

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

  /* ---- Metadata: what a model says of itself (TFLite Metadata) --------------------------------
   */

  /* Texts are owned, and NULL when absent. */
  typedef struct
  {
    char *name, *description, *version, *author, *license;
  } LsModelCard;

  typedef struct
  {
    char *name, *description;
    bool has_normalization;
    float mean[3], std[3]; /* of pictures with values from 0 to 255; R, G, B */
    uint32_t n_labels;     /* of the last dimension */
    char **labels;
  } LsPortCard;

  /* A model without metadata gives empty cards. Only running out of memory is an error. */
  LsStatus ls_model_card (const LsModel *model, LsModelCard *out, LsError *error);
  void ls_model_card_clear (LsModelCard *card);
  /* An input or output of subgraph 0. */
  LsStatus ls_port_card (const LsModel *model, bool is_output, uint32_t index, LsPortCard *out,
                         LsError *error);
  void ls_port_card_clear (LsPortCard *card);

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

  /*
   * Limits what the values of each session made from now on may take: tensors, scratch memory and
   * packed weights. 0 is the default: 1 GiB and 16 times the size of the model's files, of which
   * a trace, that keeps everything, may take twice as much. It is never more than this machine
   * has. A run that needs more ends with LS_E_NO_MEMORY. Safe from any thread.
   */
  void ls_set_run_memory (uint64_t n_bytes);
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
    uint32_t warmup; /* runs before the timed ones; the first run of all is timed by itself */
    /* At least as many; 0 takes the default of 50. With min_secs, and runs 0, it is 20, and fewer
     * when they take longer than four times min_secs (one second at least). */
    uint32_t runs;
    double min_secs; /* go on until this long was measured */
    bool per_op;
    uint64_t seed;
  } LsBenchOptions;

/* One thread, exact, five runs to warm up, 50 that count. */
#define LS_BENCH_OPTIONS_INIT                                                                      \
  {                                                                                                \
    .session = LS_SESSION_OPTIONS_INIT, .warmup = 5                                                \
  }

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

  enum
  {
    LS_COMPARE_BINS = 64
  };

  /* What ls_compare_layers() adds to a pair of tensors. */
  typedef struct
  {
    /* What B's operators between this tensor and the pairs before it add themselves: A's operators
     * were given the values that B's had. sqnr_db is INFINITY when they add nothing, and NAN when
     * it could not be measured. */
    double sqnr_db, max_abs, mean_abs;
    double min_a, max_a, min_b, max_b; /* of the finite values; 0 when there are none */
    double low, high; /* what the bins span in equal parts: the finite values of both, and more */
    uint64_t bins_a[LS_COMPARE_BINS], bins_b[LS_COMPARE_BINS];
  } LsComparedLayer;

  typedef struct
  {
    char *name_a, *name_b;
    int tensor_a, tensor_b; /* indices; outputs are paired by position as well */
    bool is_output;
    double max_abs, mean_abs, sqnr_db,
      cosine;             /* of the real values; sqnr_db is INFINITY when equal */
    double max_magnitude; /* of A */
    uint64_t count;
    uint32_t op;      /* of A's subgraph 0, that writes it */
    const char *kind; /* of that operator: "CONV_2D" */
    /* Share of B's integers that lie at an end of their type, unless that end stands for 0. */
    double saturated;
    LsComparedLayer *layer; /* NULL but from ls_compare_layers() */
  } LsComparedTensor;

  /* How often both models choose the same class: outputs of one row a sample. */
  typedef struct
  {
    uint32_t output;
    char *name;
    uint32_t n_classes, n_samples;
    double top1; /* share of samples with the same best class */
    double top5; /* share of samples in which A's best class is among B's best five */
  } LsAgreement;

  typedef struct
  {
    uint32_t n_tensors;
    LsComparedTensor *tensors; /* in the order of A's graph */
    uint32_t n_samples;
    uint32_t n_agreements; /* none for models that are no classifiers */
    LsAgreement *agreements;
  } LsComparison;

  /*
   * Runs both models on the same inputs and compares every pair of tensors. Tensors are paired by
   * name, outputs by position. @inputs has as many as A has inputs; an array without data is filled
   * from @seed.
   */
  LsStatus ls_compare (const LsModel *a, const LsModel *b, const LsArray *inputs, uint32_t n_inputs,
                       uint64_t seed, uint32_t n_threads, const LsProgress *progress,
                       LsComparison *out, LsError *error);
  /*
   * The same over samples that were opened for either model: the figures are those of all samples
   * together.
   *
   * @max_samples: 0, or how many of them, evenly spread
   */
  LsStatus ls_compare_samples (const LsModel *a, const LsModel *b, const LsSamples *samples,
                               uint32_t max_samples, uint32_t n_threads, const LsProgress *progress,
                               LsComparison *out, LsError *error);
  /*
   * The same, and looks into each pair of tensors: which layer adds an error and which inherits
   * it, and how the values of both are spread. A runs twice for that.
   *
   * @samples: as of ls_compare_samples(); NULL: @inputs and @seed, as of ls_compare()
   */
  LsStatus ls_compare_layers (const LsModel *a, const LsModel *b, const LsSamples *samples,
                              uint32_t max_samples, const LsArray *inputs, uint32_t n_inputs,
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
    char *message;      /* why it was left */
    bool is_rewritable; /* ls_repair_rewrite() mends it */
  } LsLeft;

  typedef struct
  {
    uint32_t n_changes, n_left;
    LsChange *changes;
    LsLeft *left;
    uint32_t n_notes;
    char **notes; /* fixes that speak of nothing that is there, and what is: one sentence each */
  } LsRepair;

  /*
   * Works out the bytes that mend a model; writes nothing.
   *
   * @fixes: NULL for everything repairable of severity error and warning, else n of
   *         "ID[:WAY][@PLACE]". ID is a finding's, or "all" for what NULL means. WAY is "leave", or
   *         of bias-scale-mismatch "keep-values" or "keep-integers". PLACE is the operator of
   *         subgraph 0, or "SUBGRAPH/OPERATOR/TENSOR" with "-" for what a finding does not have.
   *         Of several that fit, the one with a place decides, then the one with the id. When all
   *         say "leave", everything else is mended.
   */
  LsStatus ls_repair_plan (const LsModel *model, const char *const *fixes, uint32_t n_fixes,
                           LsRepair *out, LsError *error);
  /* Writes a copy of the model's file with the changes made. */
  LsStatus ls_repair_write (const LsModel *model, const LsRepair *repair, const char *path,
                            LsError *error);
  void ls_repair_clear (LsRepair *repair);
  /*
   * Mends what bytes cannot: values that the file leaves at their defaults, vectors that must grow,
   * constants at addresses that do not suit them. Where everything stands changes, so the result is
   * a model to be saved with ls_model_save().
   *
   * @fixes: as above
   * @mended: owned by the caller
   * @notes: what was changed, without offsets and bytes, and what was left
   */
  LsStatus ls_repair_rewrite (const LsModel *model, const char *const *fixes, uint32_t n_fixes,
                              LsModel **mended, LsRepair *notes, LsError *error);
  /* The same to the model itself, as one step of its history (ls_edit_undo()); none when nothing is
   * to be mended. */
  LsStatus ls_edit_repair (LsModel *model, const char *const *fixes, uint32_t n_fixes,
                           LsRepair *notes, LsError *error);

  /* What a repair does to the outputs. */
  typedef struct
  {
    char *before_problem, *after_problem; /* why the model cannot run; NULL: it can */
    LsComparison outputs; /* A: the model as it is, B: mended; empty unless both run */
  } LsRepairEffect;

  /*
   * Runs a model as it is and as repaired on the same inputs. That one cannot run is no error.
   *
   * @inputs: as of ls_compare(); an array without data is filled from @seed
   */
  LsStatus ls_repair_compare (const LsModel *model, const LsRepair *repair, const LsArray *inputs,
                              uint32_t n_inputs, uint64_t seed, uint32_t n_threads,
                              const LsProgress *progress, LsRepairEffect *out, LsError *error);
  /* The same of a model and what ls_repair_rewrite() made of it. */
  LsStatus ls_repair_compare_rewritten (const LsModel *model, const LsModel *mended,
                                        const LsArray *inputs, uint32_t n_inputs, uint64_t seed,
                                        uint32_t n_threads, const LsProgress *progress,
                                        LsRepairEffect *out, LsError *error);
  void ls_repair_effect_clear (LsRepairEffect *effect);

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
    LS_TO_DENSE,  /* replace DENSIFY and sparse constants only, leave the rest */
    LS_TO_WEIGHTS /* integer weights behind DEQUANTIZE: smaller, computed in float32 */
  } LsTo;

  /* What one pass did. */
  typedef struct
  {
    const char *pass;   /* "densify" */
    uint32_t n_changed; /* operators or tensors, as the sentence says */
    char *message;      /* "2 DENSIFY operators removed, 84 kB of weights made dense" */
  } LsPassReport;

  typedef enum
  {
    LS_CHOICE_AUTO, /* where it makes the numbers better */
    LS_CHOICE_OFF,
    LS_CHOICE_ON
  } LsChoice;

  /* What makes the numbers of integers better. */
  typedef enum
  {
    LS_GAIN_BIAS_CORRECTION,
    LS_GAIN_EQUALIZATION,
    LS_GAIN_ADAPTIVE_ROUNDING,
    LS_N_GAINS
  } LsGainKind;

  /* What one of them brought: signal against noise of the outputs in dB, the mean over outputs, of
   * samples (where there are enough, of those that it was not made with). */
  typedef struct
  {
    LsChoice choice; /* what was asked for */
    bool is_used;
    uint32_t n_samples; /* that it was measured with; 0: the figures are not known */
    double without_db, with_db;
  } LsGain;

  typedef struct
  {
    uint32_t n_passes;
    LsPassReport *passes;
    uint32_t n_ops_before, n_ops_after;
    uint64_t bytes_before, bytes_after; /* of constants */
    uint32_t n_notes;
    char **notes; /* what the person should know: operators left as they are, and why */
    /* Of a conversion to integers: those of the float model that it came from, which the caller may
     * take (and set NULL). */
    LsRanges *ranges;
    /* Of a conversion to integers, by LsGainKind. */
    bool has_gains;
    LsGain gains[LS_N_GAINS];
  } LsConvertReport;

  /* "bias-correction", as the command calls it. */
  const char *ls_gain_name (LsGainKind kind);
  enum
  {
    LS_GAIN_TEXT = 160
  };
  /* "equalization is used: 20.1 dB without, 24.2 dB with, on 10 samples" in @out, which is given
   * back; NULL when nothing was measured. */
  const char *ls_gain_text (const LsConvertReport *report, LsGainKind kind, char out[LS_GAIN_TEXT]);

  typedef enum
  {
    LS_GRANULARITY_DEFAULT, /* per channel for int8 weights, per tensor for uint8 */
    LS_GRANULARITY_PER_CHANNEL,
    LS_GRANULARITY_PER_TENSOR
  } LsGranularity;

  /* Blocks of weights that are stored or left out as one: rows × columns, that is along the first
   * and the last dimension. */
  typedef enum
  {
    LS_BLOCK_AUTO, /* whatever saves most */
    LS_BLOCK_1X1,
    LS_BLOCK_1X4,
    LS_BLOCK_1X16,
    LS_BLOCK_4X4,
    LS_BLOCK_16X1
  } LsSparseBlock;

  typedef struct
  {
    LsTo to;
    bool keep_names; /* also empty ones, and those that several tensors have */
    /* For int8, uint8 and int16x8, one of the two: ranges of the float model, or samples to find
     * them with. The samples also measure the result; they may be given beside ranges. */
    const LsSamples *samples;
    const LsRanges *ranges;
    LsCalibrateOptions calibrate;
    LsGranularity granularity;
    /* Of int8 weights: 8, or 4 or 2 where LiteRT has kernels for them; 0: 8. */
    uint32_t weight_bits;
    /* Of weights with 4 bits that stay apart from integer activations (dynamic, weights): how many
     * values along a row share a scale: 32, 64, 128 or 256; 0: a whole channel. */
    uint32_t weight_block;
    /* Weights are rounded so that errors cancel over the inputs that the samples bring. AUTO: with
     * `improve` or coarse weights (uint8, one scale, under 8 bits), when the outputs are better.
     * Of DYNAMIC and WEIGHTS only when it is on, or with `improve`, and there are samples. */
    LsChoice adaptive_rounding;
    /* What rounding the weights moves on average is taken back through the biases. AUTO: unless
     * the outputs of samples are better without. */
    LsChoice bias_correction;
    /* Channels of activations are made alike through the weights around them. AUTO: where the
     * outputs of samples are better. */
    LsChoice equalization;
    /* NULL, or a target of ls_check() that the result is for: weights have the scales that it
     * takes, and what it does not take is noted. */
    const char *target;
    bool float_io; /* keep float32 inputs and outputs around integers */
    bool improve;  /* spend time on better numbers (bias correction, equalization, …) */
    /* In dB, or 0: with samples, the operators with the greatest errors stay in float until signal
     * against noise of the outputs is that good, in the mean. */
    double min_sqnr;
    uint32_t n_keep; /* operators that stay in float: names or kinds, with * and ? */
    const char *const *keep_float;
    /* In the end store weights with zeros sparsely: what the operator takes, else with DENSIFY. */
    bool sparsify;
    LsSparseBlock block;
    double min_saving; /* share of a tensor's bytes that must be saved; 0: 0.1 */
  } LsConvertOptions;

  /* Which conversions this build can do; a sentence in @why (nullable) when it cannot. */
  bool ls_convert_available (LsTo to, const char **why);
  LsStatus ls_convert (const LsModel *model, const LsConvertOptions *options,
                       const LsProgress *progress, LsModel **out, LsConvertReport *report,
                       LsError *error);
  void ls_convert_report_clear (LsConvertReport *report);

  /* What is told of a conversion, or of two models that were compared (without `to`). All but the
   * models may be NULL or absent. */
  typedef struct
  {
    const LsModel *source, *result;
    const char *source_name, *result_name; /* of the files, as they are to be shown */
    const char *to;                        /* "int8" */
    const char *command;                   /* how it was asked for: a line to type */
    const LsConvertReport *convert;
    const LsRanges *ranges;
    const LsComparison *comparison; /* of source and result */
  } LsQuantizeReport;

  /*
   * Writes a report as one file that needs no other: a page with pictures (.html), Markdown (.md),
   * else JSON: per tensor the range seen, scale, zero point and SQNR, and the operators that stayed
   * in float.
   */
  LsStatus ls_quantize_report_save (const LsQuantizeReport *report, const char *path,
                                    LsError *error);

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
