/* Operators whose results are looked up. */
#ifndef LS_CONVERT_TABLES_H
#define LS_CONVERT_TABLES_H

#include "convert/edges.h"
#include "convert/quantize/quantize.h"

/* An operator of rule TABLE in work: its input is an integer by now. */
typedef struct
{
  uint32_t graph, at;
  LsLaterCasts *later;
  LsType type; /* of its ends */
  LsGrid in, out;
  double least; /* that was seen to come in */
} LsTable;

/* Whether LiteRT's kernel of a function that is steep at 0 is too coarse: that of int16 draws lines
 * between 513 values, and that of int8 takes for 0 what is only small. @range: of what comes in. */
bool ls_table_is_better (const LsOperator *op, LsType type, LsGrid in, const LsRange *range);
/* Makes it a GATHER. */
LsStatus ls_table_replace (LsModel *model, const LsTable *table, LsError *error);

#endif
