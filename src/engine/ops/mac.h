/*
 * Multiply-accumulate: what convolutions and products of matrices have in common.
 *
 * The left operand (activations) is read as rows, the right one (weights) as channels of the same
 * depth. Rows are float as they are, or int16 with the zero point taken off, so that padding is 0
 * everywhere: 8-bit activations are widened, and float ones that meet integer weights ("hybrid")
 * are quantized, in a first phase that ls_mac_prepare() adds to the node. Sums then go through the
 * stage: bias, scale, zero point, activation.
 *
 *  float32 × float32            → float sums
 *  8 bits  × 8, 4, 2 bits       → 32-bit sums
 *  int16   × 8, 4, 2, 16 bits   → 64-bit sums, or 32-bit ones when the operator says so
 *  float32 × 8, 4, 2 bits       → 32-bit sums that the row's and the channel's scale make float
 *
 * A kernel that does better than the loops here finds all parameters in LsMac, and leaves its name
 * in node->kernel.
 */
#ifndef LS_OPS_MAC_H
#define LS_OPS_MAC_H

#include "ops/activation.h"
#include "ops/fixed_point.h"
#include "ops/hybrid.h"
#include "ops/op.h"

typedef enum
{
  LS_MAC_F32,
  LS_MAC_I32,
  LS_MAC_I64,
  LS_MAC_HYBRID
} LsMacKind;

/* How the scale of a sum is applied. */
typedef enum
{
  LS_SCALE_NONE,        /* the sum is the output: float32, or int32 */
  LS_SCALE_PER_CHANNEL, /* fixed point, from scales multiplied as doubles */
  LS_SCALE_PER_TENSOR,  /* fixed point, one multiplier, from scales multiplied as floats */
  LS_SCALE_DOUBLE       /* round (sum × scale) in double: FULLY_CONNECTED of the reference */
} LsScaleRule;

/* The left operand. */
typedef struct
{
  const LsValue *value;
  /* Rows of the first phase. Hybrid: what shares one scale. */
  size_t n_rows, length;
  /* A matrix stored the other way round: element i of row r of matrix m is at (m, i, r), and there
   * are this many rows in a matrix. 0: rows stand one after the other. */
  size_t transposed_rows;
  int32_t zero_point;        /* of 8-bit values */
  bool is_asymmetric;        /* hybrid: with a zero point */
  bool is_loaded;            /* rows are written to scratch memory first */
  size_t element_size;       /* 4 (float) or 2 (int16) */
  size_t rows_at, scales_at; /* bytes into the node's scratch memory, when loaded */
} LsMacRows;

/* The right operand. */
typedef struct
{
  const LsValue *value;
  LsType type;           /* as the loops read it: FLOAT32, INT8, UINT8, INT16 */
  int32_t zero_point;    /* not taken off yet */
  bool is_kn;            /* neighbouring channels next to each other */
  size_t stride;         /* elements between channels, or between depths (kn) */
  const void *data;      /* dense and unpacked; NULL: the value's data at run time */
  bool is_unpacked_late; /* packed and not constant: unpacked to scratch memory */
  size_t unpacked_at;
} LsMacWeights;

/* Where hybrid weights are -128: depths first[c] … first[c + 1] of channel c. */
typedef struct
{
  const size_t *first;
  const uint32_t *depths;
} LsMacMinima;

/* From sums to outputs. All arrays are by channel. */
typedef struct
{
  LsType type;         /* of the output */
  const LsValue *bias; /* NULL: none */
  LsScaleRule rule;
  const LsMultiplier *multipliers; /* fixed point */
  const double *scales;            /* LS_SCALE_DOUBLE */
  const float *weight_scales;      /* hybrid */
  int32_t zero_point;
  LsIntRange clamp;
  LsFloatRange float_clamp;
  LsActivation late_activation; /* hybrid FULLY_CONNECTED: any activation, instead of the clamp */
} LsMacStage;

typedef struct LsMacPacked LsMacPacked;

typedef struct
{
  LsMacKind kind;
  size_t depth, channels;
  LsMacRows rows;
  LsMacWeights weights;
  LsMacStage stage;
  /* Weights quantized in blocks along the depth: so many share a scale. 0: no blocks. */
  size_t block;
  const float *block_scales; /* channels × (depth / block) */
  LsMacMinima minima;        /* all NULL when they do not matter */
  size_t scratch_size;       /* of the node so far: shared memory */
  bool is_gathered;          /* rows are copied together by the operator, into scratch memory */
  bool is_tiled;             /* all products go through ls_mac_tile() */
  /* A row may be made of so many lines of equal length, in different places of memory or, when
   * gathered, `line_room` elements apart. ls_mac_prepare() sets both: 1 line where kernels cannot
   * take more. Before it the operator says how many it could use; 0 is 1. */
  size_t n_lines, line_room;
  const LsMacPacked *packed; /* NULL: the plain loops */
} LsMac;

/* What a family says of its operands. */
typedef struct
{
  const LsValue *in, *weights, *bias, *out; /* bias may be NULL */
  unsigned weight_types;                    /* LS_BIT()s that the operator takes */
  size_t channels, depth;
  bool is_kn;
  LsScaleRule rule; /* of integer outputs */
  /* Weights with scales by channel count as having a scale of 0: the reference looks only at the
   * scale of the whole tensor there. */
  bool has_tensor_scale_only;
} LsMacOperands;

/*
 * Decides the kind and checks types, bias and quantization; makes the stage with the node's fused
 * activation; makes constant weights dense and unpacked. The operator then fills `rows` and
 * `weights.stride` where they are not plain.
 */
LsStatus ls_mac_init (LsNode *node, LsMac *mac, const LsMacOperands *operands, LsError *error);

/*
 * Adds the first phase when rows must be loaded. Call it when `rows` is final, with node->state
 * set to a struct that begins with the LsMac; then ls_node_want_scratch() with mac->scratch_size
 * (more may be added to it before).
 */
LsStatus ls_mac_prepare (LsNode *node, LsMac *mac, LsError *error);

/*
 * Hybrid constants, after ls_mac_init(): makes products with weights of -128 come out as in the
 * reference's kernels for x86, which negate the weight with the activation's sign in 8 bits (16
 * depths at a time; what is left over they multiply rightly): -128 × |x|. Weights that keep to the
 * specification, [-127, 127], are not concerned.
 */
LsStatus ls_mac_find_minima (LsNode *node, LsMac *mac, LsError *error);

/* Takes @size bytes of the node's shared scratch memory; *at is where. */
LsStatus ls_mac_scratch (LsNode *node, LsMac *mac, size_t size, size_t *at, LsError *error);

/* ---- In run() ------------------------------------------------------------------------------ */

/* The first row; weights, dense and unpacked; hybrid: the scale of each row (else NULL). */
const void *ls_mac_rows (const LsNode *node, const LsMac *mac);
const void *ls_mac_weights (const LsNode *node, const LsMac *mac);
const LsRowScale *ls_mac_row_scales (const LsNode *node, const LsMac *mac);
/* Bytes of one weight as the loops read it. */
size_t ls_mac_weight_size (const LsMac *mac);

enum
{
  LS_MAC_BLOCK = 64, /* channels that are summed together */
  LS_MAC_LINES = 16  /* of a row, at most */
};

/* Sums of up to LS_MAC_BLOCK channels. */
typedef union
{
  float f[LS_MAC_BLOCK];
  uint32_t u[LS_MAC_BLOCK];
  int64_t l[LS_MAC_BLOCK];
} LsSums;

/* Sums of @n channels += @k elements of a row × weights; @w: the first channel's first weight. */
void ls_mac_add (const LsMac *mac, LsSums *sums, const void *x, const void *w, size_t k, size_t n);
/* Writes the outputs of channels [first, first + n). @sums: @n of the kind's type. @row_scale: of a
 * hybrid row, else unused. */
void ls_mac_store (const LsMac *mac, const void *sums, float row_scale, size_t first, size_t n,
                   void *out);

/* Some rows times some channels. */
typedef struct
{
  const void *rows;
  /* Instead of rows, where mac->packed is not NULL: the first row's lines, NULL for zeros. */
  const void *const *lines;
  size_t row_stride, n_rows;    /* elements, rows */
  const LsRowScale *row_scales; /* hybrid */
  size_t row_scale_step;        /* 1: each row has its own; 0: all rows share the first */
  const void *weights;          /* channel 0 */
  size_t first, end;            /* channels */
  unsigned char *out;           /* row 0, channel 0 */
  size_t out_stride;            /* elements */
} LsMacTile;

void ls_mac_tile (const LsMac *mac, const LsMacTile *tile);

/* How many units of @macs multiply-adds are worth handing to another thread. */
size_t ls_mac_grain (size_t macs);

/* How rows and channels are cut into units: `n_tiles` × `n_parts` of them, parts innermost. */
typedef struct
{
  size_t rows, channels;           /* all */
  size_t tile_rows, part_channels; /* of one unit */
  size_t n_tiles, n_parts;
} LsMacCut;

/* Channels are cut only where there are too few tiles of rows for the node's threads. */
LsMacCut ls_mac_cut (const LsNode *node, size_t rows, size_t channels);

#endif
