#include "smith-scene.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum
{
  MIN_WIDTH = 96,
  MAX_CHARS = 34, /* of a name in a box */
  MAX_KINDS = 3   /* named in a folded box */
};

/* ---- Texts ------------------------------------------------------------------------------------
 */

char *
smith_shorten (const char *text, unsigned max_chars)
{
  glong length = g_utf8_strlen (text, -1);

  if (length <= (glong) max_chars)
    return g_strdup (text);

  /* The end tells more than the beginning. */
  glong head = (glong) max_chars / 3, tail = (glong) max_chars - head - 1;
  const char *end = g_utf8_offset_to_pointer (text, head);

  return g_strdup_printf ("%.*s…%s", (int) (end - text), text,
                          g_utf8_offset_to_pointer (text, length - tail));
}

char *
smith_tidy_name (const char *name)
{
  size_t first = strcspn (name, ";");
  unsigned more = 0;

  for (const char *c = name + first; *c != '\0'; c++)
    more += *c == ';';
  return more > 0 ? g_strdup_printf ("%.*s +%u", (int) first, name, more) : g_strdup (name);
}

char *
smith_count_text (uint64_t count)
{
  static const char *const prefixes[] = { "", "k", "M", "G", "T" };
  double value = (double) count;
  size_t i = 0;

  if (count < 1000)
    return g_strdup_printf ("%u", (unsigned) count);
  while (value >= 999.5 && i + 1 < G_N_ELEMENTS (prefixes))
    {
      value /= 1000;
      i++;
    }
  return g_strdup_printf (value < 9.995   ? "%.2f %s"
                          : value < 99.95 ? "%.1f %s"
                                          : "%.0f %s",
                          value, prefixes[i]);
}

static float
text_width (const SmithMetrics *m, const char *text, gboolean is_bold)
{
  float width = 0;

  if (text == NULL)
    return 0;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      width += c < 128 ? m->narrow[c] : g_unichar_iswide (c) ? 2 * m->wide : m->wide;
    }
  return is_bold ? width * m->bold_factor : width;
}

static const SmithMetrics *
guessed_metrics (void)
{
  static gsize is_filled;
  static SmithMetrics metrics;

  if (g_once_init_enter (&is_filled))
    {
      for (int c = 0; c < 128; c++)
        metrics.narrow[c] = 7.2f;
      metrics.wide = 7.6f;
      metrics.bold_factor = 1.1f;
      g_once_init_leave (&is_filled, 1);
    }
  return &metrics;
}

/* ---- Building ---------------------------------------------------------------------------------
 */

typedef struct
{
  SmithScene *scene;
  const SmithFold *fold;
  const gboolean *is_open;
  const SmithMetrics *metrics;
  GArray *boxes, *edges, *lines;
} Builder;

static int
closed_group_of (const Builder *b, int op)
{
  int closed = -1;

  for (int g = b->fold->group_of[op]; g >= 0; g = b->fold->groups[g].parent)
    if (!b->is_open[g])
      closed = g;
  return closed;
}

static void
add_line (Builder *b, const char *label, const char *text, const char *chip, int tensor,
          gboolean is_sparse)
{
  SmithLine line = { .label = label,
                     .text = g_string_chunk_insert_const (b->scene->texts, text),
                     .chip = chip,
                     .tensor = tensor,
                     .is_sparse = is_sparse };

  g_array_append_val (b->lines, line);
}

static const char *
short_name (Builder *b, const char *name)
{
  g_autofree char *tidy = smith_tidy_name (name);
  const char *slash = strrchr (tidy, '/');
  g_autofree char *cut = smith_shorten (slash != NULL && slash[1] != '\0' ? slash + 1 : tidy, 18);

  return g_string_chunk_insert_const (b->scene->texts, cut);
}

/* The constants that an operator reads stand as lines in its box. */
static void
add_constant_line (Builder *b, const SmithNetOp *op, uint32_t input)
{
  const SmithNet *net = b->scene->net;
  int constant = smith_net_constant_behind (net, op->inputs[input]);

  if (constant < 0)
    return;

  const SmithNetTensor *t = &net->tensors[constant];
  const char *role = smith_input_role (op->kind, input);

  add_line (b, role != NULL ? role : short_name (b, t->name),
            t->value != NULL ? t->value : t->shape, t->chip, constant, t->is_sparse);
}

static float
line_width (const Builder *b, const SmithLine *line)
{
  return text_width (b->metrics, line->label, FALSE) + text_width (b->metrics, line->text, FALSE)
         + text_width (b->metrics, line->chip, FALSE) + (line->chip != NULL ? 30 : 12)
         + (line->is_sparse ? 16 : 0);
}

static void
finish_box (Builder *b, SmithBox *box)
{
  float width = text_width (b->metrics, box->title, TRUE)
                + text_width (b->metrics, box->chip, FALSE) + (box->chip != NULL ? 26 : 0);

  box->n_lines = b->lines->len - box->first_line;
  for (uint32_t i = 0; i < box->n_lines; i++)
    width = MAX (width, line_width (b, &g_array_index (b->lines, SmithLine, box->first_line + i)));
  width = MAX (width, text_width (b->metrics, box->activation, TRUE));
  box->width = ceilf (MAX (MIN_WIDTH, width + 2 * SMITH_BOX_PADDING));
  box->height = SMITH_HEADER_HEIGHT;
  if (box->n_lines > 0)
    box->height += (float) box->n_lines * SMITH_LINE_HEIGHT + 6;
  if (box->activation != NULL)
    box->height += SMITH_BAR_HEIGHT;
  g_array_append_val (b->boxes, *box);
}

static const char *
output_chip (const SmithNet *net, const SmithNetOp *op)
{
  if (op->n_outputs == 0 || op->outputs[0] < 0)
    return NULL;
  return net->tensors[op->outputs[0]].chip;
}

static void
add_op_box (Builder *b, uint32_t op_index)
{
  const SmithNetOp *op = &b->scene->net->ops[op_index];
  SmithBox box = { .kind = SMITH_BOX_OP,
                   .index = (int) op_index,
                   .family = op->family,
                   .title = op->kind,
                   .chip = output_chip (b->scene->net, op),
                   .activation = op->activation,
                   .first_line = b->lines->len };

  for (uint32_t k = 0; k < op->n_inputs; k++)
    add_constant_line (b, op, k);
  b->scene->box_of_op[op_index] = (int32_t) b->boxes->len;
  finish_box (b, &box);
}

typedef struct
{
  const char *kind;
  unsigned count;
} KindCount;

static int
compare_counts (const void *a, const void *b)
{
  const KindCount *x = a, *y = b;

  return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp (x->kind, y->kind);
}

/* The kinds of operators in a folded box, most frequent first; at most MAX_KINDS are named. */
static void
add_kind_lines (Builder *b, GArray *kinds)
{
  qsort (kinds->data, kinds->len, sizeof (KindCount), compare_counts);
  for (unsigned i = 0; i < kinds->len && i < MAX_KINDS; i++)
    {
      const KindCount *count = &g_array_index (kinds, KindCount, i);
      g_autofree char *text = g_strdup_printf ("× %u", count->count);

      add_line (b, count->kind, text, NULL, -1, FALSE);
    }
  if (kinds->len > MAX_KINDS)
    add_line (b, "…", "", NULL, -1, FALSE);
}

static void
count_kind (GArray *kinds, const char *kind)
{
  KindCount count = { kind, 1 };

  for (unsigned i = 0; i < kinds->len; i++)
    if (g_str_equal (g_array_index (kinds, KindCount, i).kind, kind))
      {
        g_array_index (kinds, KindCount, i).count++;
        return;
      }
  g_array_append_val (kinds, count);
}

static gboolean
is_inside (const Builder *b, int group, int ancestor)
{
  while (group > ancestor)
    group = b->fold->groups[group].parent;
  return group == ancestor;
}

static void
add_group_box (Builder *b, int group_index)
{
  const SmithGroup *group = &b->fold->groups[group_index];
  const SmithNet *net = b->scene->net;
  g_autoptr (GArray) kinds = g_array_new (FALSE, FALSE, sizeof (KindCount));
  g_autofree char *name = smith_shorten (group->name, MAX_CHARS);
  g_autofree char *macs = smith_count_text (group->macs);
  g_autofree char *parameters = smith_count_text (group->n_parameters);
  g_autofree char *figures = NULL;
  uint64_t families[SMITH_N_FAMILIES] = { 0 };
  uint32_t n_left = group->n_ops;
  SmithBox box = { .kind = SMITH_BOX_GROUP,
                   .index = group_index,
                   .title = g_string_chunk_insert_const (b->scene->texts, name),
                   .first_line = b->lines->len };

  for (uint32_t i = group->first_op; i < net->n_ops && n_left > 0; i++)
    {
      const SmithNetOp *op = &net->ops[i];

      if (op->is_absorbed || !is_inside (b, b->fold->group_of[i], group_index))
        continue;
      n_left--;
      count_kind (kinds, op->kind);
      families[op->family] += 1 + op->macs;
      b->scene->box_of_op[i] = (int32_t) b->boxes->len;
    }
  for (int f = 0; f < SMITH_N_FAMILIES; f++)
    if (families[f] > families[box.family])
      box.family = (SmithFamily) f;

  /* Translators: what a folded box holds: operators, parameters (a number like "1.2 k") and
   * multiply-adds. */
  figures = g_strdup_printf (ngettext ("%u operator · %s parameters · %s MACs",
                                       "%u operators · %s parameters · %s MACs", group->n_ops),
                             group->n_ops, parameters, macs);
  add_line (b, "", figures, NULL, -1, FALSE);
  add_kind_lines (b, kinds);
  b->scene->box_of_group[group_index] = (int32_t) b->boxes->len;
  finish_box (b, &box);
}

static void
add_port_box (Builder *b, SmithBoxKind kind, int tensor)
{
  const SmithNetTensor *t = &b->scene->net->tensors[tensor];
  g_autofree char *tidy = smith_tidy_name (t->name);
  g_autofree char *name = smith_shorten (tidy, MAX_CHARS);
  SmithBox box = { .kind = kind,
                   .index = tensor,
                   .family = SMITH_FAMILY_OTHER,
                   .title = g_string_chunk_insert_const (b->scene->texts, name),
                   .first_line = b->lines->len };

  add_line (b, "", t->shape, t->chip, tensor, FALSE);
  finish_box (b, &box);
}

static void
add_ports (Builder *b, SmithBoxKind kind, const int32_t *tensors, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (tensors[i] >= 0 && (uint32_t) tensors[i] < b->scene->net->n_tensors)
      add_port_box (b, kind, tensors[i]);
}

static void
add_boxes (Builder *b)
{
  SmithScene *scene = b->scene;
  const SmithNet *net = scene->net;

  add_ports (b, SMITH_BOX_INPUT, net->inputs, net->n_inputs);
  for (uint32_t i = 0; i < net->n_ops; i++)
    {
      int group;

      if (net->ops[i].is_absorbed)
        continue;
      group = closed_group_of (b, (int) i);
      if (group < 0)
        add_op_box (b, i);
      else if (scene->box_of_group[group] < 0)
        add_group_box (b, group);
    }
  add_ports (b, SMITH_BOX_OUTPUT, net->outputs, net->n_outputs);
}

/* ---- Edges ------------------------------------------------------------------------------------
 */

/* Boxes and the last edge into the box at hand, so that two tensors between two boxes share one. */
typedef struct
{
  uint32_t *to_box, *edge;
} Seen;

static void
add_edge (Builder *b, Seen *seen, uint32_t from, uint32_t to, int tensor)
{
  SmithEdge edge = { .from = from, .to = to, .tensor = tensor, .n_tensors = 1 };

  if (from == to)
    return;
  if (seen->to_box[from] == to)
    {
      SmithEdge *known = &g_array_index (b->edges, SmithEdge, seen->edge[from]);

      known->n_tensors += known->tensor != tensor;
      return;
    }
  seen->to_box[from] = to;
  seen->edge[from] = b->edges->len;
  g_array_append_val (b->edges, edge);
}

/* The box that a tensor comes out of: its producer's, or its port's; -1: a constant, or nothing. */
static int
source_box (const Builder *b, const int32_t *port_box, int tensor)
{
  const SmithNet *net = b->scene->net;

  if (tensor < 0 || (uint32_t) tensor >= net->n_tensors
      || smith_net_constant_behind (net, tensor) >= 0)
    return -1;
  if (net->tensors[tensor].producer >= 0)
    return b->scene->box_of_op[net->tensors[tensor].producer];
  return port_box[tensor];
}

static void
add_edges_into_op (Builder *b, Seen *seen, const int32_t *port_box, uint32_t op)
{
  const SmithNetOp *o = &b->scene->net->ops[op];

  for (uint32_t k = 0; k < o->n_inputs; k++)
    {
      int from = source_box (b, port_box, o->inputs[k]);

      if (from >= 0)
        add_edge (b, seen, (uint32_t) from, (uint32_t) b->scene->box_of_op[op], o->inputs[k]);
    }
}

static void
add_edges (Builder *b)
{
  const SmithNet *net = b->scene->net;
  g_autofree int32_t *port_box = g_new (int32_t, (size_t) net->n_tensors + 1);
  g_autofree uint32_t *to_box = g_new (uint32_t, (size_t) b->boxes->len + 1);
  g_autofree uint32_t *edge = g_new0 (uint32_t, (size_t) b->boxes->len + 1);
  Seen seen = { to_box, edge };

  memset (port_box, 0xff, sizeof *port_box * net->n_tensors);
  memset (to_box, 0xff, sizeof *to_box * b->boxes->len);
  for (unsigned i = 0; i < b->boxes->len; i++)
    if (g_array_index (b->boxes, SmithBox, i).kind == SMITH_BOX_INPUT)
      port_box[g_array_index (b->boxes, SmithBox, i).index] = (int32_t) i;
  for (uint32_t i = 0; i < net->n_ops; i++)
    if (b->scene->box_of_op[i] >= 0)
      add_edges_into_op (b, &seen, port_box, i);
  for (unsigned i = 0; i < b->boxes->len; i++)
    {
      const SmithBox *box = &g_array_index (b->boxes, SmithBox, i);
      int from = box->kind == SMITH_BOX_OUTPUT ? source_box (b, port_box, box->index) : -1;

      if (from >= 0)
        add_edge (b, &seen, (uint32_t) from, i, box->index);
    }
}

static void
spread_absorbed (SmithScene *scene)
{
  for (uint32_t i = 0; i < scene->net->n_ops; i++)
    {
      int drawn = scene->net->ops[i].is_absorbed ? smith_net_drawn_op (scene->net, (int) i) : -1;

      if (drawn >= 0)
        scene->box_of_op[i] = scene->box_of_op[drawn];
    }
}

SmithScene *
smith_scene_new (SmithNet *net, const SmithFold *fold, const gboolean *is_open,
                 const SmithMetrics *metrics)
{
  SmithScene *scene = g_atomic_rc_box_new0 (SmithScene);
  Builder b = { .scene = scene,
                .fold = fold,
                .is_open = is_open,
                .metrics = metrics != NULL ? metrics : guessed_metrics (),
                .boxes = g_array_new (FALSE, FALSE, sizeof (SmithBox)),
                .edges = g_array_new (FALSE, FALSE, sizeof (SmithEdge)),
                .lines = g_array_new (FALSE, FALSE, sizeof (SmithLine)) };

  scene->net = smith_net_ref (net);
  scene->texts = g_string_chunk_new (8192);
  scene->n_groups = fold->n_groups;
  scene->box_of_op = g_new (int32_t, (size_t) net->n_ops + 1);
  scene->box_of_group = g_new (int32_t, (size_t) fold->n_groups + 1);
  memset (scene->box_of_op, 0xff, sizeof (int32_t) * net->n_ops);
  memset (scene->box_of_group, 0xff, sizeof (int32_t) * fold->n_groups);
  add_boxes (&b);
  add_edges (&b);
  spread_absorbed (scene);

  scene->n_boxes = b.boxes->len;
  scene->boxes = (SmithBox *) (void *) g_array_free (b.boxes, FALSE);
  scene->n_edges = b.edges->len;
  scene->edges = (SmithEdge *) (void *) g_array_free (b.edges, FALSE);
  scene->n_lines = b.lines->len;
  scene->lines = (SmithLine *) (void *) g_array_free (b.lines, FALSE);
  return scene;
}

SmithScene *
smith_scene_ref (SmithScene *scene)
{
  return g_atomic_rc_box_acquire (scene);
}

static void
scene_clear (SmithScene *scene)
{
  smith_net_unref (scene->net);
  g_free (scene->boxes);
  g_free (scene->edges);
  g_free (scene->lines);
  g_free (scene->points);
  g_free (scene->box_of_op);
  g_free (scene->box_of_group);
  g_string_chunk_free (scene->texts);
}

void
smith_scene_unref (SmithScene *scene)
{
  g_atomic_rc_box_release_full (scene, (GDestroyNotify) scene_clear);
}

void
smith_placement_free (SmithPlacement *placement)
{
  g_free (placement->centres);
  g_free (placement->first_point);
  g_free (placement->points);
  g_free (placement);
}
