/* The state of a repair: the model as mended so far and the bytes that change. */
#ifndef LS_CHECK_MENDER_H
#define LS_CHECK_MENDER_H

#include "check/rule.h"

struct LsMender
{
  LsModel *model; /* as mended so far */
  LsCheck check;  /* over that model */
  LsRepair *out;
  const LsFinding *finding;
  uint32_t cap_changes;
  uint32_t *slots; /* open hash of offset → change + 1; n_slots is a power of two */
  uint32_t n_slots;
  uint32_t *n_readers; /* by buffer; NULL: not counted yet */
  /* Made by us, too: may be written to. */
  bool has_own_signatures;
  const LsSignaturePort *own_ports; /* the last */
  uint32_t *left_slots;             /* open hash of finding → what was left + 1 */
  uint32_t n_left_slots;
  const LsQuantization *own; /* made by us: may be written to */
  const uint8_t *own_data;   /* the same, of a constant */
  char reason[200];
  bool is_out_of_memory;
  bool may_rewrite; /* changes go into the records alone, which are then written as a new file */
};

#endif
