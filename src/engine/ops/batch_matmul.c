/*
 * BATCH_MATMUL: [..., M, K] × [..., K, N] → [..., M, N]; leading dimensions broadcast, and adj_x,
 * adj_y say that an operand's last two dimensions stand the other way round.
 *
 * Source: tflite/kernels/batch_matmul.cc, internal/reference/batch_matmul.h. int8 × int8 → int32
 * takes no account of zero points, and integer products none of scales by channel, which make
 * everything 0.
 */
#include "ops/mac.h"
#include "ops/shape.h"

typedef struct
{
  LsMac mac;   /* comes first: the loading phase finds it there */
  size_t rows; /* M */
  size_t n_batches;
  int n_dims; /* leading dimensions of the output, and steps of the operands along them */
  size_t dims[LS_MAX_RANK], left_steps[LS_MAX_RANK], right_steps[LS_MAX_RANK];
  LsMacCut cut;
} BatchMatmul;

/* Which matrices of the operands make matrix @batch of the output. */
static void
find_matrices (const BatchMatmul *bmm, size_t batch, size_t *left, size_t *right)
{
  *left = *right = 0;
  for (int i = bmm->n_dims - 1; i >= 0; i--)
    {
      *left += batch % bmm->dims[i] * bmm->left_steps[i];
      *right += batch % bmm->dims[i] * bmm->right_steps[i];
      batch /= bmm->dims[i];
    }
}

static LsStatus
bmm_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const BatchMatmul *bmm = node->state;
  const LsMac *mac = &bmm->mac;
  const LsMacCut *cut = &bmm->cut;
  const size_t per_batch = cut->n_tiles * cut->n_parts;
  const LsRowScale *scales = ls_mac_row_scales (node, mac);
  const size_t out_size = ls_type_bits (mac->stage.type) / 8;

  for (size_t unit = begin; unit < end; unit++)
    {
      const size_t batch = unit / per_batch, row = unit % per_batch / cut->n_parts * cut->tile_rows;
      const size_t first = unit % cut->n_parts * cut->part_channels;
      const size_t rest = cut->channels - first;
      size_t left, right;

      find_matrices (bmm, batch, &left, &right);

      const size_t left_row = left * bmm->rows + row;
      const LsMacTile tile
        = { .rows = (const unsigned char *) ls_mac_rows (node, mac)
                    + left_row * mac->depth * mac->rows.element_size,
            .row_stride = mac->depth,
            .n_rows = cut->rows - row < cut->tile_rows ? cut->rows - row : cut->tile_rows,
            .row_scales = scales == NULL ? NULL : scales + left_row,
            .row_scale_step = 1,
            .weights = (const unsigned char *) ls_mac_weights (node, mac)
                       + right * mac->depth * cut->channels * ls_mac_weight_size (mac),
            .first = first,
            .end = first + (rest < cut->part_channels ? rest : cut->part_channels),
            .out = (unsigned char *) node->out[0]->data
                   + (batch * bmm->rows + row) * cut->channels * out_size,
            .out_stride = cut->channels };

      if (ls_node_is_cancelled (node))
        return LS_OK;
      ls_mac_tile (mac, &tile);
    }
  return LS_OK;
}

/* Elements of a value along its leading dimension @i of @rank, seen with ones in front. */
static size_t
leading (const LsValue *value, int i, int rank)
{
  const int at = i - (rank - value->rank);

  return at < 0 ? 1 : (size_t) value->dims[at];
}

static LsStatus
make_shape (LsNode *node, BatchMatmul *bmm, LsMacOperands *operands, LsError *error)
{
  const LsValue *x = node->in[0], *y = node->in[1];
  const bool adj_x = ls_attr_int (node->def, "adj_x", 0),
             adj_y = ls_attr_int (node->def, "adj_y", 0);
  int32_t dims[LS_MAX_RANK];
  size_t left = 1, right = 1;
  int rank;

  LS_TRY (ls_node_rank (node, x, "input 0", 2, LS_MAX_RANK, error));
  LS_TRY (ls_node_rank (node, y, "input 1", 2, LS_MAX_RANK, error));
  if (!ls_broadcast_dims (x->dims, x->rank - 2, y->dims, y->rank - 2, dims, &rank)
      || x->dims[x->rank - (adj_x ? 2 : 1)] != y->dims[y->rank - (adj_y ? 1 : 2)])
    return ls_node_invalid (node, error, "%s%s times %s%s", LS_SHAPE (x), adj_x ? " adjoint" : "",
                            LS_SHAPE (y), adj_y ? " adjoint" : "");
  dims[rank] = x->dims[x->rank - (adj_x ? 1 : 2)];
  dims[rank + 1] = y->dims[y->rank - (adj_y ? 2 : 1)];
  LS_TRY (ls_node_output (node, 0, rank + 2, dims, error));
  bmm->rows = (size_t) dims[rank];
  bmm->n_batches = 1;
  bmm->n_dims = rank;
  for (int i = rank - 1; i >= 0; i--)
    {
      const size_t in_x = leading (x, i, rank + 2), in_y = leading (y, i, rank + 2);

      bmm->dims[i] = (size_t) dims[i];
      bmm->n_batches *= bmm->dims[i];
      bmm->left_steps[i] = in_x == 1 ? 0 : left;
      bmm->right_steps[i] = in_y == 1 ? 0 : right;
      left *= in_x;
      right *= in_y;
    }
  operands->channels = (size_t) dims[rank + 1];
  operands->depth = (size_t) x->dims[x->rank - (adj_x ? 2 : 1)];
  operands->is_kn = !adj_y;
  return LS_OK;
}

/* One right matrix for all: the left ones are one tall matrix. */
static void
merge_batches (const LsNode *node, BatchMatmul *bmm)
{
  if (ls_dims_product (node->in[1]->dims, 0, node->in[1]->rank - 2) != 1)
    return;
  bmm->rows *= bmm->n_batches;
  bmm->n_batches = 1;
  bmm->n_dims = 0;
}

static LsStatus
bmm_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  BatchMatmul *bmm = ls_node_alloc (node, 1, sizeof *bmm, error);

  if (bmm == NULL)
    return LS_E_NO_MEMORY;
  node->state = bmm;

  const LsValue *x = node->in[0];
  LsMac *mac = &bmm->mac;
  LsMacOperands operands
    = { .in = x,
        .weights = node->in[1],
        .out = node->out[0],
        .weight_types = LS_BIT (FLOAT32) | LS_BIT (INT8) | LS_BIT (INT16),
        .rule = node->out[0]->type == LS_TYPE_INT32 ? LS_SCALE_NONE : LS_SCALE_PER_TENSOR,
        .has_tensor_scale_only = true };

  LS_TRY (make_shape (node, bmm, &operands, error));
  LS_TRY (ls_mac_init (node, mac, &operands, error));
  if (operands.rule == LS_SCALE_NONE)
    mac->rows.zero_point = mac->weights.zero_point = 0;
  if (node->out[0]->count == 0)
    return LS_OK;
  mac->rows.n_rows = ls_dims_product (x->dims, 0, x->rank - 2) * bmm->rows;
  mac->rows.length = mac->depth;
  mac->rows.transposed_rows = ls_attr_int (node->def, "adj_x", 0) ? bmm->rows : 0;
  mac->rows.is_asymmetric = ls_attr_int (node->def, "asymmetric_quantize_inputs", 0);
  mac->is_tiled = true;
  LS_TRY (ls_mac_prepare (node, mac, error));
  ls_node_want_scratch (node, mac->scratch_size, mac->depth * sizeof (float));
  merge_batches (node, bmm);
  bmm->cut = ls_mac_cut (node, bmm->rows, mac->channels);
  ls_node_phase (node, bmm_run, bmm->n_batches * bmm->cut.n_tiles * bmm->cut.n_parts,
                 ls_mac_grain (mac->depth * bmm->cut.tile_rows * bmm->cut.part_channels));
  return LS_OK;
}

const LsOp ls_op_batch_matmul
  = { .prepare = bmm_prepare,
      .max_version = 4,
      .types = "float32, int8 (to int8 or int32), int16 with int16 or int8, hybrid (int8)" };
