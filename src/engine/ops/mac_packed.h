/* The packed kernels behind LsMac. */
#ifndef LS_OPS_MAC_PACKED_H
#define LS_OPS_MAC_PACKED_H

#include "kernels/kernels.h"
#include "ops/mac.h"

/* Packs constant weights where a kernel can take the product; leaves mac->packed NULL where none
 * can. The last thing of prepare(): `rows` and `weights` are final. */
LsStatus ls_mac_pack (LsNode *node, LsMac *mac, LsError *error);
/* False when the plain loops must do it. */
bool ls_mac_tile_packed (const LsMac *mac, const LsMacTile *tile);

/* Depthwise convolution with one output channel for each input channel. */
typedef struct LsDepthwisePacked LsDepthwisePacked;

/* *out is NULL where the plain loops must do it. Memory is the node's. */
LsStatus ls_depthwise_pack (LsNode *node, LsMac *mac, const LsDepthwisePacked **out,
                            LsError *error);
/* Output pixels that see the same mac->depth taps. @acc: room for their sums. */
void ls_depthwise_pixels (const LsMac *mac, const LsDepthwisePacked *packed, const LsDwRun *run,
                          int32_t *acc, unsigned char *out);

#endif
