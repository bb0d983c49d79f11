/* The packed kernels behind LsMac. */
#ifndef LS_OPS_MAC_PACKED_H
#define LS_OPS_MAC_PACKED_H

#include "ops/mac.h"

/* Packs constant weights where a kernel can take the product; leaves mac->packed NULL where none
 * can. The last thing of prepare(): `rows` and `weights` are final. */
LsStatus ls_mac_pack (LsNode *node, LsMac *mac, LsError *error);
/* False when the plain loops must do it. */
bool ls_mac_tile_packed (const LsMac *mac, const LsMacTile *tile);

/* Depthwise convolution with one output channel for each input channel. */
typedef struct LsDepthwisePacked LsDepthwisePacked;

enum
{
  LS_DEPTHWISE_TAPS = 256 /* at most, for the kernels */
};

/* *out is NULL where the plain loops must do it. Memory is the node's. */
LsStatus ls_depthwise_pack (LsNode *node, LsMac *mac, const LsDepthwisePacked **out,
                            LsError *error);
/* One output pixel. @rows: mac->depth taps, NULL outside the image. @acc: room for the channels'
 * sums. */
void ls_depthwise_pixel (const LsMac *mac, const LsDepthwisePacked *packed, const void *const *rows,
                         int32_t *acc, unsigned char *out);

#endif
