/*
 * A part of litesmith.h, which includes it: the arithmetic of one output element, step by step.
 * Include litesmith.h.
 */
#ifndef LITESMITH_EXPLAIN_H
#define LITESMITH_EXPLAIN_H

#include "litesmith-model.h"

#ifdef __cplusplus
extern "C"
{
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

  /* The C type of a step's value: int32_t, int64_t, float, double. */
  typedef enum
  {
    LS_EXPLAIN_I32,
    LS_EXPLAIN_I64,
    LS_EXPLAIN_F32,
    LS_EXPLAIN_F64
  } LsExplainType;

  typedef enum
  {
    LS_EXPLAIN_GIVEN, /* the model or its input says so; no formula */
    LS_EXPLAIN_COMPUTED /* from the steps before */,
    LS_EXPLAIN_LOOP,  /* the formula is done for each tap i, beginning from `start` */
    LS_EXPLAIN_RESULT /* computed, and what is stored: the last step */
  } LsExplainKind;

  typedef struct
  {
    LsExplainKind kind;
    LsExplainType type;
    const char *id;      /* an identifier of C, which formulas of later steps use */
    const char *label;   /* what it is, in words */
    const char *formula; /* an expression of C; a loop's is a statement. NULL when given */
    const char *start;   /* of loops, else NULL */
    int64_t integer;     /* the value when `type` is an integer */
    double real;         /* the value as a real number, always */
  } LsExplainStep;

  /* One term of a sum (or one candidate of a maximum): x[i] and w[i] of the formulas. All numbers
   * are exact in a double. */
  typedef struct
  {
    int32_t x_at[LS_MAX_RANK], w_at[LS_MAX_RANK]; /* places in the two tensors */
    bool is_padding; /* outside the image: x_at lies outside too, and `x` stands for the number 0 */
    double x, w;     /* as stored */
    double a, b;     /* as multiplied: without zero points, or quantized on the fly */
    double product;  /* what it adds */
  } LsExplainTap;

  /* A tensor that takes part. */
  typedef struct
  {
    const char *role; /* "input", "weights", "bias", "output" */
    int tensor;       /* index in the subgraph */
    const char *name;
    LsType type;
    int rank;
    int32_t dims[LS_MAX_RANK];
    bool is_quantized;
    float scale; /* of the element's channel */
    int64_t zero_point;
  } LsExplainOperand;

  enum
  {
    LS_EXPLAIN_MAX_OPERANDS = 8,
    LS_EXPLAIN_MAX_TAPS = 1 << 20
  };

  typedef struct
  {
    uint32_t subgraph, op;
    const char *kind, *name; /* "CONV_2D"; the name of the operator's first output */
    const char *arithmetic;  /* which rule the reference follows here, one sentence */
    const char *source;      /* where it stands in LiteRT's sources */
    const char *functions;   /* C: functions and tables of this kind's formulas; NULL: none */
    int32_t at[LS_MAX_RANK]; /* place in the output, `operands[n_operands - 1]` */
    uint64_t element;        /* the same as a number */
    uint32_t n_operands;
    LsExplainOperand operands[LS_EXPLAIN_MAX_OPERANDS]; /* the output is the last */
    int x_operand, w_operand;                           /* that taps read; -1: none */
    const char *a_title, *b_title, *product_title;      /* NULL: the taps have no such number */
    uint32_t n_taps, n_steps;
    LsExplainTap *taps;
    LsExplainStep *steps;

    bool is_integer; /* the output is stored as an integer: `stored`, else `value` alone */
    int64_t stored, engine_stored; /* as explained, and as the engine computed it */
    double value, engine_value;    /* the real numbers that those stand for */
    bool matches; /* integers are equal; floats within 1e-5 of the magnitudes that were summed */
    bool is_saturated;  /* the clamp changed the result */
    double float_value; /* the same computation on real numbers, without any rounding */
    double error_steps; /* (value - float_value) / scale of the output; 0 without a scale */

    uint32_t n_texts; /* memory of names and formulas */
    char **texts;
  } LsExplanation;

  typedef struct LsSession LsSession;

  /*
   * Explains element @at (@rank numbers) of the first output of operator @op of a session's
   * subgraph. The session has the options `trace` and LS_MODE_EXACT and has run. The result is
   * worked out by code of its own, not by the kernel that ran. LS_E_UNSUPPORTED, with a sentence
   * that names what can be explained, for other operators; LS_E_USAGE for a place outside the
   * output and for an operator that did not run. ls_explanation_clear() frees what it holds.
   */
  LsStatus ls_explain (const LsSession *session, uint32_t op, int rank, const int32_t *at,
                       LsExplanation *out, LsError *error);
  void ls_explanation_clear (LsExplanation *explanation);
  /* A whole C program (gcc -fwrapv -lm) with the taps as arrays, the steps as constants and
   * assertions, which prints the stored output. From malloc; NULL: out of memory. */
  char *ls_explanation_c (const LsExplanation *explanation);
  /* The kinds of operators that can be explained: NULL after the last. */
  const char *ls_explain_kind (uint32_t index);
  /* The operator that @text means: its index, the name of one of its outputs, or a kind that the
   * subgraph has once. -1 with @error (LS_E_USAGE) filled. */
  int64_t ls_explain_find (const LsModel *model, uint32_t subgraph, const char *text,
                           LsError *error);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
