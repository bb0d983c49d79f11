/* What the parts of the differ share: the report that grows, and the pair of subgraphs at hand. */
#ifndef LS_MODEL_DIFF_H
#define LS_MODEL_DIFF_H

#include "model/model.h"

typedef struct
{
  const LsModel *a, *b;
  LsDiffOptions options;
  const LsProgress *progress;
  LsDiff *out;
  uint32_t cap_entries;
  LsError *error;
} LsDiffer;

/* Two subgraphs and who is whose partner in the other one; -1: nobody. */
typedef struct
{
  LsDiffer *differ;
  const LsSubgraph *a, *b;
  int index_a, index_b;
  int32_t *op_b, *op_a;         /* by A's, by B's operators */
  int32_t *tensor_b, *tensor_a; /* by A's, by B's tensors */
  LsUses uses_a, uses_b;
} LsDiffSides;

enum
{
  LS_DIFF_NUMBER = 40,
  LS_DIFF_NAME_SIZE = 100
};

/* diff.c */

/* Appends an entry: the prototype's numbers, copies of its texts, and the line that the format
 * gives. */
LsStatus ls_diff_add (LsDiffer *differ, const LsDiffEntry *prototype, const char *format, ...)
  LS_PRINTF (3, 4);
/* A prototype that concerns nothing but two subgraphs. */
LsDiffEntry ls_diff_entry (const LsDiffSides *sides, LsDiffCategory category, const char *kind);
LsStatus ls_diff_no_memory (LsDiffer *differ);
/* The shortest text that reads back as the same float. */
const char *ls_diff_real (float value, char out[LS_DIFF_NUMBER]);

/* A name as a line has room for: the first of those that a fusion joined, cut when it is long. */
const char *ls_diff_name (const char *name, char out[LS_DIFF_NAME_SIZE]);

/* Makes an entry of two tensors in the same place, which @field names ("input 2"); -1: none. */
void ls_diff_put_tensors (LsDiffEntry *entry, const LsDiffSides *sides, char *field, int32_t a,
                          int32_t b);
/* Adds such an entry, of which one side has nothing there. */
LsStatus ls_diff_add_only (const LsDiffSides *sides, const LsDiffEntry *entry);

/* diff_graphs.c */
LsStatus ls_diff_graphs (LsDiffer *differ);

/* diff_pair.c */
LsStatus ls_diff_pair_ops (LsDiffSides *sides);
/* Needs the operators' partners. */
void ls_diff_pair_tensors (LsDiffSides *sides);

/* diff_ops.c: operators that one lacks, kinds, versions, options, edges */
LsStatus ls_diff_ops (LsDiffSides *sides);

/* diff_tensors.c: names, types, shapes, quantization; then the bytes of constants */
LsStatus ls_diff_tensors (LsDiffSides *sides);

/* diff_weights.c */
LsStatus ls_diff_weights (LsDiffSides *sides, const LsDiffEntry *place);
/* Whether two tensors are constants with the same bytes. */
bool ls_diff_same_bytes (const LsDiffSides *sides, int32_t a, int32_t b);

#endif
