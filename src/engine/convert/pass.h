/* A conversion is a list of passes over one model; each pass is a file and says what it did. */
#ifndef LS_CONVERT_PASS_H
#define LS_CONVERT_PASS_H

#include "model/model.h"

/* Which activations have their channels made alike. */
typedef enum
{
  LS_EQUALIZE_NONE,
  LS_EQUALIZE_FREE, /* where weights lose nothing: before depthwise convolutions */
  LS_EQUALIZE_ALL
} LsEqualize;

/* What was found to make the numbers better. */
typedef struct
{
  bool is_known;
  LsEqualize equalize;
  bool corrects_bias, rounds; /* rounds: weights together */
  /* By sample: those that measure the result, which nothing may be learnt from; NULL: none. */
  const bool *held_out;
} LsChosen;

typedef struct
{
  LsModel *model;        /* a clone: passes may change it at will */
  const LsModel *source; /* as it came; NULL in trials */
  const LsConvertOptions *options;
  const LsProgress *progress;
  LsConvertReport *report;
  const LsRanges *ranges; /* of the model as it is before it becomes integer */
  LsRanges *own_ranges;   /* as they were found or given */
  LsRanges *equalized_ranges;
  const LsModel *grids; /* a model of integers whose scales are the ranges, whatever the samples
                           show; or NULL */
  LsChosen chosen;
} LsPassContext;

/* Counts what it changed and, when that is more than 0, tells so by ls_pass_report(). */
typedef struct
{
  const char *name;
  LsStatus (*run) (LsPassContext *context, LsError *error);
} LsPass;

extern const LsPass ls_pass_densify;
extern const LsPass ls_pass_fold_dequantize;
extern const LsPass ls_pass_dequantize;
extern const LsPass ls_pass_dead_code;
extern const LsPass ls_pass_rename;
extern const LsPass ls_pass_float16;
extern const LsPass ls_pass_dynamic;
extern const LsPass ls_pass_weights;
extern const LsPass ls_pass_versions;
extern const LsPass ls_pass_legalize;
extern const LsPass ls_pass_directions;
extern const LsPass ls_pass_fuse_activation;
extern const LsPass ls_pass_fold_scales;
extern const LsPass ls_pass_calibrate;
extern const LsPass ls_pass_masks;
extern const LsPass ls_pass_choose;
extern const LsPass ls_pass_equalize;
extern const LsPass ls_pass_quantize;
extern const LsPass ls_pass_requantize;
extern const LsPass ls_pass_edges;
extern const LsPass ls_pass_sparsify;
extern const LsPass ls_pass_share;

LsStatus ls_pass_report (LsPassContext *context, const char *pass, uint32_t n_changed,
                         LsError *error, const char *format, ...) LS_PRINTF (5, 6);
/* Something that the person should know: what was left as it is, and why. */
LsStatus ls_pass_note (LsPassContext *context, LsError *error, const char *format, ...)
  LS_PRINTF (3, 4);

/* Whether the person wants the operator in float (LsConvertOptions.keep_float). */
bool ls_pass_keeps_float (const LsPassContext *context, uint32_t graph, uint32_t op);

/* Whether the model is one of integers that the wish can be had from without the float model. */
bool ls_requantize_is_direct (const LsModel *model, const LsConvertOptions *options);
/* Whether scales by channel have to become one. */
bool ls_requantize_merges (const LsModel *model, const LsConvertOptions *options);

/* Makes a tensor a dense constant of float32 with these bytes (copied) and no quantization. */
LsStatus ls_pass_set_float (LsPassContext *context, uint32_t graph, uint32_t tensor,
                            const float *values, size_t count, LsError *error);

#endif
