/*
 * Diagnostics: each rule has a stable id, looks at one operator or at the whole model, and may know
 * how to mend what it found by changing bytes.
 */
#ifndef LS_CHECK_RULE_H
#define LS_CHECK_RULE_H

#include "model/model.h"

typedef struct LsCheck LsCheck;
typedef struct LsMender LsMender;

typedef enum
{
#define RULE(NAME, id, severity, source, remedy) LS_RULE_##NAME,
#include "check/rules.def"
#undef RULE
  LS_N_RULES
} LsRuleId;

typedef struct
{
  const char *id;
  LsSeverity severity;
  const char *source, *remedy;
} LsRule;

extern const LsRule ls_rules[LS_N_RULES];

/* What looks for findings. One of the two functions may be NULL. */
typedef struct
{
  void (*look_at_op) (LsCheck *check, uint32_t graph, uint32_t op);
  void (*look_at_model) (LsCheck *check);
} LsInspector;

extern const LsInspector ls_inspect_bias, ls_inspect_weights, ls_inspect_ranges,
  ls_inspect_passthrough, ls_inspect_versions, ls_inspect_tensors, ls_inspect_codes,
  ls_inspect_buffers, ls_inspect_signatures, ls_inspect_runs;

struct LsCheck
{
  const LsModel *model;
  LsReport *report;
  bool is_out_of_memory;
  bool may_rewrite; /* the file is to be written anew: every field can be had */
};

/* Adds a finding. @graph, @op, @tensor: -1 for none. */
void ls_check_add (LsCheck *check, LsRuleId rule, int graph, int op, int tensor, bool is_repairable,
                   const char *format, ...) LS_PRINTF (7, 8);

/* ---- Questions that rules share
 * ------------------------------------------------------------------ */

const LsTensor *ls_check_tensor (const LsCheck *check, uint32_t graph,
                                 int32_t tensor); /* NULL: none */
/* The tensor of an operand; NULL when there is none. */
const LsTensor *ls_check_input (const LsCheck *check, uint32_t graph, const LsOperator *op,
                                uint32_t slot);
const LsTensor *ls_check_output (const LsCheck *check, uint32_t graph, const LsOperator *op,
                                 uint32_t slot);
/* What a tensor is called in a sentence: its name, or without one its index, written to @text. */
const char *ls_check_name (const LsTensor *tensor, int index, char text[16]);
/* Operands of the operators with weights and bias; false for all others. */
typedef struct
{
  uint32_t input, weights, bias;
  int channel_axis;
} LsWeighted;
bool ls_check_weighted (const LsOperator *op, LsWeighted *out);
static inline uint32_t
ls_n_scales (const LsTensor *tensor)
{
  return tensor != NULL && tensor->quant != NULL ? tensor->quant->n_scales : 0;
}
static inline uint32_t
ls_n_zero_points (const LsTensor *tensor)
{
  return tensor != NULL && tensor->quant != NULL ? tensor->quant->n_zero_points : 0;
}
/* The operands of an integer operator with a bias, and the scale that the runtime counts its bias
 * in; false: it is none. */
typedef struct
{
  const LsTensor *input, *weights, *bias;
  int32_t bias_index, input_index, weights_index;
} LsSite;
bool ls_check_site (const LsCheck *check, uint32_t graph, const LsOperator *op, LsSite *site);
float ls_site_scale (const LsSite *site, uint32_t channel);
bool ls_scale_is_valid (float scale);
bool ls_scales_are_valid (const LsTensor *tensor);
/* Lowest and highest integer of a type; false when it has none of interest. */
bool ls_integer_limits (LsType type, int64_t *low, int64_t *high);
/* Whether the file can be patched at that field. */
bool ls_check_is_stored (const LsCheck *check, LsField field, uint32_t graph, uint32_t index,
                         uint32_t element);
/* The output range that the runtime prescribes for an operator and type; false when none. */
typedef struct
{
  LsRuleId rule;
  double scale;
  int64_t zero_point;
} LsFixedRange;
bool ls_fixed_range (const LsOperator *op, LsType type, LsFixedRange *out);
/* The operator version that types and options need at least. */
int ls_needed_version (const LsModel *model, uint32_t graph, const LsOperator *op);

/* ---- Mending
 * --------------------------------------------------------------------------------------- */

/* Mends one finding. A rule without a function cannot be mended by bytes. False: it was left, and
 * said why. */
typedef bool (*LsMend) (LsMender *mender, const LsFinding *finding, const char *way);

bool ls_mend_bias_scale (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_zero_points (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_bias_type (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_axis (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_scale (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_range (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_passthrough (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_version (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_code (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_signature (LsMender *mender, const LsFinding *finding, const char *way);
/* These only when the file is written anew. */
bool ls_mend_scale_count (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_zero_point_count (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_length (LsMender *mender, const LsFinding *finding, const char *way);
bool ls_mend_alignment (LsMender *mender, const LsFinding *finding, const char *way);

/* What a mending function may do. Each gives false, with the reason noted, when the field is not in
 * the file. */
const LsCheck *ls_mender_check (const LsMender *mender); /* the model as mended so far */
bool ls_mender_scale (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t element,
                      float value);
bool ls_mender_zero_point (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t element,
                           int64_t value);
bool ls_mender_axis (LsMender *mender, uint32_t graph, uint32_t tensor, int32_t value);
bool ls_mender_type (LsMender *mender, uint32_t graph, uint32_t tensor, LsType type);
bool ls_mender_integer (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t element,
                        int64_t value);
bool ls_mender_version (LsMender *mender, uint32_t code, int32_t version);
/* Gives one operator a code of its own version. Only when the file is written anew. */
bool ls_mender_op_version (LsMender *mender, uint32_t graph, uint32_t op, int32_t version);
bool ls_mender_deprecated_code (LsMender *mender, uint32_t code, int8_t value);
/* Only when the file is written anew: other scales, each with the same zero point; and as many zero
 * points as @count, each as the first, or 0. */
bool ls_mender_scales (LsMender *mender, uint32_t graph, uint32_t tensor, const float *scales,
                       uint32_t count, int64_t zero_point);
bool ls_mender_zero_point_count (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t count);
/* The data of all constants begin where their types want it. */
bool ls_mender_alignment (LsMender *mender);
bool ls_mender_port (LsMender *mender, uint32_t signature, bool is_input, uint32_t port,
                     uint32_t tensor);
/* Leaves out what is behind that many bytes of a buffer. Only when the file is written anew. */
bool ls_mender_buffer_size (LsMender *mender, uint32_t buffer, size_t size);
/* How often operators read the buffer's bytes, of whatever tensor; as at the first question. */
uint32_t ls_mender_n_readers (LsMender *mender, uint32_t buffer);
/* Notes why a finding is left; always false. */
bool ls_mender_leave (LsMender *mender, const char *format, ...) LS_PRINTF (2, 3);

#endif
