#include "ops/signal.h"

#include "ops/flexmap.h"
#include "ops/shape.h"

#include <stdio.h>

LsStatus
ls_signal_option (const LsNode *node, const char *name, int64_t low, int64_t high, int64_t *out,
                  LsError *error)
{
  *out = ls_flexmap_int (node->def->custom_options, name, 0);
  if (*out < low || *out > high)
    return ls_node_invalid (node, error, "%s is %lld, not within [%lld, %lld]", name,
                            (long long) *out, (long long) low, (long long) high);
  return LS_OK;
}

LsStatus
ls_signal_size (const LsNode *node, const char *name, int64_t low, int64_t high, size_t *out,
                LsError *error)
{
  int64_t value = 0;

  LS_TRY (ls_signal_option (node, name, low, high, &value, error));
  *out = (size_t) value;
  return LS_OK;
}

LsStatus
ls_signal_vector (const LsNode *node, uint32_t index, unsigned types, size_t *n, LsError *error)
{
  char what[32];

  snprintf (what, sizeof what, "input %u", index);
  LS_TRY (ls_node_types (node, node->in[index], what, types, error));
  LS_TRY (ls_node_rank (node, node->in[index], what, 1, 1, error));
  *n = node->in[index]->count;
  return LS_OK;
}

LsStatus
ls_signal_map (LsNode *node, unsigned in_types, unsigned out_types, LsRunFn run, LsError *error)
{
  size_t n;

  LS_TRY (ls_signal_vector (node, 0, in_types, &n, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", out_types, error));
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, run, n > 0, 1);
  return LS_OK;
}
