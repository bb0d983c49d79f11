/*
 * The part of litesmith.h, which includes it, that changes a model and tells two models apart.
 * Include litesmith.h.
 */
#ifndef LITESMITH_EDIT_H
#define LITESMITH_EDIT_H

#include "litesmith-model.h"

#ifdef __cplusplus
extern "C"
{
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

  /* ---- Changing a model ------------------------------------------------------------------------
   */

  /*
   * Every change is one step that can be undone; one that fails leaves the model as it was. The
   * model that the steps belong to keeps its history; clones begin with none.
   */
  bool ls_edit_can_undo (const LsModel *model);
  bool ls_edit_can_redo (const LsModel *model);
  void ls_edit_undo (LsModel *model);
  void ls_edit_redo (LsModel *model);

  LsStatus ls_edit_rename_tensor (LsModel *model, uint32_t subgraph, uint32_t tensor,
                                  const char *name, LsError *error);
  LsStatus ls_edit_set_description (LsModel *model, const char *text, LsError *error);

  /* What an edit did, a sentence each: what was taken out, what was changed along with it. Zero it
   * once; edits append to it. Nullable wherever it is asked for. */
  typedef struct
  {
    uint32_t n_notes;
    char **notes;
  } LsEditReport;

  void ls_edit_report_clear (LsEditReport *report);

  /* The tensor with that name, or that index ("17"), or the only one whose name matches a pattern
   * with * and ?. LS_E_USAGE: none or several, with some names that come near. */
  LsStatus ls_edit_find_tensor (const LsModel *model, uint32_t subgraph, const char *pattern,
                                uint32_t *out, LsError *error);
  /*
   * Gives a new name to the tensors of a subgraph, to the inputs and outputs of signatures and to
   * the signatures that are called @from. A tensor may be named by its index, too. With one * in
   * both, every name that matches keeps what * stands for. LS_E_USAGE when nothing is called so;
   * LS_E_INVALID when a name would stand twice.
   */
  LsStatus ls_edit_rename (LsModel *model, uint32_t subgraph, const char *from, const char *to,
                           LsEditReport *report, LsError *error);
  /*
   * Keeps what computes the tensors @until from the tensors @from, and makes them the outputs and
   * inputs in that order; everything else goes. No @from: the inputs of the subgraph that are
   * needed. No @until: its outputs. LS_E_INVALID, with the name, when an output needs an input of
   * the model that is not in @from, or does not depend on a tensor that is.
   */
  LsStatus ls_edit_cut (LsModel *model, uint32_t subgraph, const uint32_t *from, uint32_t n_from,
                        const uint32_t *until, uint32_t n_until, LsEditReport *report,
                        LsError *error);
  /* Takes out what only reads the answer off the network: detection post-processing and
   * non-maximum suppression with all behind it, and SOFTMAX, LOGISTIC, ARG_MAX, TOPK at an output.
   * What they read become the outputs. LS_E_INVALID when there is no such thing. */
  LsStatus ls_edit_drop_postprocess (LsModel *model, uint32_t subgraph, LsEditReport *report,
                                     LsError *error);

  typedef struct
  {
    uint32_t input; /* position among the subgraph's inputs */
    int rank;
    int32_t dims[8]; /* LS_MAX_RANK; -1: open, to be chosen when the model is loaded */
  } LsEditShape;

  /*
   * Gives inputs other shapes and infers all others again. Constants that carry a shape (of
   * RESHAPE, RESIZE, SLICE, TRANSPOSE_CONV, …) are changed where their meaning is plain; where it
   * is not, or an operator cannot take the new shape, the error names the operator.
   */
  LsStatus ls_edit_set_shapes (LsModel *model, uint32_t subgraph, const LsEditShape *shapes,
                               uint32_t n_shapes, LsEditReport *report, LsError *error);
  /* Sets the version of all operators of a kind ("CONV_2D", or a custom operator's name). */
  LsStatus ls_edit_set_op_version (LsModel *model, const char *kind, int32_t version,
                                   LsEditReport *report, LsError *error);
  /*
   * Sets a text of the metadata; NULL or "" takes it out.
   *
   * @key: "name", "description", "version", "author" or "license" of the TFLite Metadata, of which
   *       everything else stays byte for byte; any other is an entry of the file by that name
   */
  LsStatus ls_edit_set_metadata (LsModel *model, const char *key, const char *text, LsError *error);

  /* ---- Telling two models apart ----------------------------------------------------------------
   */

  typedef enum
  {
    LS_DIFF_STRUCTURE, /* operators and subgraphs that one model lacks, other kinds, other edges */
    LS_DIFF_ATTRIBUTE, /* options of operators */
    LS_DIFF_VERSION,   /* of operators */
    LS_DIFF_TYPE,      /* of a tensor */
    LS_DIFF_SHAPE,     /* of a tensor */
    LS_DIFF_QUANTIZATION, /* of a tensor */
    LS_DIFF_WEIGHTS,      /* a constant's bytes or values */
    LS_DIFF_NAME,         /* of a tensor or subgraph */
    LS_DIFF_PORT,         /* inputs and outputs */
    LS_DIFF_SIGNATURE,
    LS_DIFF_METADATA, /* description, schema version, metadata entries */
    LS_N_DIFF_CATEGORIES
  } LsDiffCategory;

  /* "quantization"; NULL for a number that is no category. */
  const char *ls_diff_category_name (LsDiffCategory category);

  /* How far apart two constants are. */
  typedef struct
  {
    uint64_t n_bytes;     /* of the larger one, as stored */
    uint64_t n_differing; /* bytes; all of them when types or sizes differ */
    uint64_t n_values;    /* 0: the values cannot be held against each other */
    double max_abs;       /* largest difference of the real values */
    double max_magnitude; /* of A */
    double sqnr_db;       /* INFINITY when the real values are the same */
  } LsDiffWeights;

  typedef struct
  {
    LsDiffCategory category;
    const char *kind; /* stable: "operator-added", "attribute-changed"; docs/diff-and-edit.md */
    int subgraph_a, subgraph_b;
    int op_a, op_b, tensor_a, tensor_b; /* -1: none */
    char *field;                        /* "stride_w", "scale"; NULL: there is no more to say */
    char *before, *after;               /* its values as text; NULL: absent */
    char *text;                         /* one line for people, without the operator's name */
    LsDiffWeights weights;              /* LS_DIFF_WEIGHTS */
  } LsDiffEntry;

  typedef struct
  {
    int a, b;        /* index in its subgraph; -1: only the other model has it */
    bool is_changed; /* an entry concerns it */
  } LsDiffPair;

  typedef struct
  {
    int subgraph_a, subgraph_b; /* -1: only the other model has it */
    uint32_t n_ops, n_tensors;
    LsDiffPair *ops;     /* in the order of both graphs as far as they agree */
    LsDiffPair *tensors; /* by A's index, then those that only B has */
  } LsDiffGraph;

  typedef struct
  {
    uint32_t n_entries;
    LsDiffEntry *entries; /* of the whole model first, then by the order of the operators */
    uint32_t n_graphs;
    LsDiffGraph *graphs;
    uint32_t counts[LS_N_DIFF_CATEGORIES];
    uint32_t n_paired, n_added, n_removed; /* operators */
  } LsDiff;

  typedef struct
  {
    bool skip_values; /* count the bytes of constants that differ, and leave it at that */
  } LsDiffOptions;

  /*
   * What tells B from A. Operators are paired by kind and output name, then by their order, kind
   * and shapes, so that one that was put in or taken out shows as such.
   *
   * @options: nullable
   */
  LsStatus ls_diff (const LsModel *a, const LsModel *b, const LsDiffOptions *options,
                    const LsProgress *progress, LsDiff *out, LsError *error);
  void ls_diff_clear (LsDiff *diff);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
