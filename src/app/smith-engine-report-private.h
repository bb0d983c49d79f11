/* How evidence is made: for smith-engine-*.c. */
#pragma once

#include "smith-engine-report.h"
#include "smith-engine.h"

typedef struct
{
  const LsModel *source; /* a copy is kept */
  LsModel *result;       /* kept */
  const char *source_name, *result_name;
  const char *to;           /* static; NULL: nothing was converted */
  LsConvertReport *convert; /* kept, and cleared for the caller; NULL: none */
  LsComparison *comparison; /* the same */
} SmithFindings;

/* Takes what @findings says is kept. NULL: out of memory; then all is freed. */
SmithEvidence *smith_evidence_new_take (const SmithFindings *findings);
