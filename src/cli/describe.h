/* Parts of a model in words and in JSON, the same in every report. */
#ifndef LITESMITH_CLI_DESCRIBE_H
#define LITESMITH_CLI_DESCRIBE_H

#include "cli.h"

/* "per channel along dimension 0: 16 scales from 0.01 to 0.02, zero point 0". From malloc. */
char *describe_quantization (const LsQuantization *quant);
/* "none" as null. */
void json_quantization (CliJson *json, const char *key, const LsQuantization *quant);
void json_sparsity (CliJson *json, const char *key, const LsModel *model, uint32_t subgraph,
                    uint32_t tensor);
/* Name, type, shape, signature, quantization, buffer. Opens the object; the caller closes it. */
void json_tensor_open (CliJson *json, const char *key, const LsModel *model, uint32_t subgraph,
                       uint32_t tensor);
void json_attrs (CliJson *json, const char *key, const LsOperator *op);
/* "stride_w=2 padding=SAME …": what differs from the schema's default. From malloc. */
char *describe_attrs (const LsOperator *op);
/* "3×3×16 INT8"; "—" for an absent operand. From malloc. */
char *describe_operand (const LsSubgraph *subgraph, int32_t tensor);

uint32_t count_on_target (const LsReport *report); /* operators */
/* "target": how much runs there, and which operators do not. */
void json_target (CliJson *json, const char *name, const LsReport *report);

#endif
