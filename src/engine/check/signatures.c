/* Ports of signatures. Sources: interpreter_builder.cc, the signature runner. */
#include "check/rule.h"

static bool
is_among (const int32_t *ports, uint32_t count, uint32_t tensor)
{
  for (uint32_t i = 0; i < count; i++)
    if (ports[i] >= 0 && (uint32_t) ports[i] == tensor)
      return true;
  return false;
}

/* The one port of the subgraph that no entry of the signature names; -1: none, or several. */
static int64_t
port_left_over (const int32_t *ports, uint32_t n_ports, const LsSignaturePort *entries,
                uint32_t n_entries)
{
  int64_t left = -1;

  for (uint32_t i = 0; i < n_ports; i++)
    {
      bool is_named = false;

      for (uint32_t k = 0; k < n_entries; k++)
        is_named |= ports[i] >= 0 && entries[k].tensor == (uint32_t) ports[i];
      if (is_named)
        continue;
      if (left >= 0)
        return -1;
      left = ports[i];
    }
  return left;
}

typedef struct
{
  const int32_t *ports;
  uint32_t n_ports;
  const LsSignaturePort *entries;
  uint32_t n_entries;
} Side;

static Side
side_of (const LsModel *model, const LsSignature *signature, bool is_input)
{
  const LsSubgraph *g = &model->graphs[signature->subgraph]->view;

  return is_input ? (Side){ g->inputs, g->n_inputs, signature->inputs, signature->n_inputs }
                  : (Side){ g->outputs, g->n_outputs, signature->outputs, signature->n_outputs };
}

static void
look_at_side (LsCheck *check, uint32_t index, bool is_input)
{
  const LsSignature *signature = &check->model->signatures[index];
  Side side = side_of (check->model, signature, is_input);

  for (uint32_t k = 0; k < side.n_entries; k++)
    if (!is_among (side.ports, side.n_ports, side.entries[k].tensor))
      ls_check_add (
        check, LS_RULE_SIGNATURE_PORT, (int) signature->subgraph, -1, (int) side.entries[k].tensor,
        port_left_over (side.ports, side.n_ports, side.entries, side.n_entries) >= 0
          && ls_check_is_stored (
            check, is_input ? LS_FIELD_SIGNATURE_INPUT : LS_FIELD_SIGNATURE_OUTPUT, 0, index, k),
        "signature %s: %s %s is tensor %u, which is no %s of subgraph %u", signature->key,
        is_input ? "input" : "output", side.entries[k].name, side.entries[k].tensor,
        is_input ? "input" : "output", signature->subgraph);
}

static void
look_at_signatures (LsCheck *check)
{
  for (uint32_t i = 0; i < check->model->n_signatures; i++)
    {
      look_at_side (check, i, true);
      look_at_side (check, i, false);
    }
}

const LsInspector ls_inspect_signatures = { NULL, look_at_signatures };

bool
ls_mend_signature (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;

  for (uint32_t i = 0; i < model->n_signatures; i++)
    for (int is_input = 0; is_input < 2; is_input++)
      {
        const LsSignature *signature = &model->signatures[i];
        Side side = side_of (model, signature, is_input);
        int64_t left = port_left_over (side.ports, side.n_ports, side.entries, side.n_entries);

        if ((int) signature->subgraph != finding->subgraph)
          continue;
        for (uint32_t k = 0; k < side.n_entries; k++)
          if (side.entries[k].tensor == (uint32_t) finding->tensor
              && !is_among (side.ports, side.n_ports, side.entries[k].tensor) && left >= 0)
            return ls_mender_port (mender, i, is_input, k, (uint32_t) left);
      }
  return ls_mender_leave (
    mender, "more than one port is left over: which one is meant, only a person knows");
}
