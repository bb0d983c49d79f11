#include "smith-search.h"

#include <math.h>
#include <string.h>

typedef enum
{
  TERM_WORD,
  TERM_KIND,
  TERM_NAME,
  TERM_TYPE,
  TERM_FIGURE
} TermKind;

typedef struct
{
  TermKind kind;
  char *text; /* lower case; of a figure: its name */
  char comparison[3];
  double value;
} Term;

enum
{
  NO_HIT,
  TENSOR_HIT,
  NAME_HIT,
  KIND_PART_HIT,
  KIND_HIT,
  N_RANKS
};

static void
term_clear (gpointer data)
{
  g_free (((Term *) data)->text);
}

static gboolean
parse_figure (const char *text, Term *term)
{
  size_t name = strcspn (text, "<>=");
  size_t operator= strspn (text + name, "<>=");
  char *end;

  if (name == 0 || operator== 0 || operator> 2 || text[name + operator] == '\0')
    return FALSE;
  term->value = g_ascii_strtod (text + name + operator, & end);
  if (*end != '\0')
    return FALSE;
  term->kind = TERM_FIGURE;
  term->text = g_strndup (text, name);
  memcpy (term->comparison, text + name, operator);
  return TRUE;
}

static void
parse_term (const char *text, GArray *terms)
{
  static const struct
  {
    const char *prefix;
    TermKind kind;
  } prefixes[] = {
    { "kind:", TERM_KIND }, { "op:", TERM_KIND }, { "name:", TERM_NAME }, { "type:", TERM_TYPE }
  };
  Term term = { .kind = TERM_WORD };

  if (text[0] == '\0')
    return;
  if (!parse_figure (text, &term))
    {
      for (size_t i = 0; i < G_N_ELEMENTS (prefixes) && term.kind == TERM_WORD; i++)
        if (g_str_has_prefix (text, prefixes[i].prefix))
          {
            term.kind = prefixes[i].kind;
            text += strlen (prefixes[i].prefix);
          }
      term.text = g_strdup (text);
    }
  g_array_append_val (terms, term);
}

static GArray *
parse (const char *query)
{
  GArray *terms = g_array_new (FALSE, TRUE, sizeof (Term));
  g_autofree char *lower = g_utf8_strdown (query, -1);
  g_auto (GStrv) words = g_strsplit_set (lower, " \t", -1);

  g_array_set_clear_func (terms, term_clear);
  for (char **word = words; *word != NULL; word++)
    parse_term (*word, terms);
  return terms;
}

static gboolean
has_part (const char *text, const char *part)
{
  return strcasestr (text, part) != NULL;
}

static gboolean
compare (double value, const Term *term)
{
  const char *c = term->comparison;
  gboolean is_equal = fabs (value - term->value) <= 1e-9 * fmax (1, fabs (term->value));

  if (c[0] == '<')
    return value < term->value || (c[1] == '=' && is_equal);
  if (c[0] == '>')
    return value > term->value || (c[1] == '=' && is_equal);
  return is_equal;
}

typedef struct
{
  const SmithNet *net;
  GArray *terms;
  SmithFigure figure;
  gpointer data;
} Search;

static gboolean
figure_holds (const Search *s, const Term *term, gboolean is_tensor, int index)
{
  double value;

  return s->figure != NULL && s->figure (s->data, is_tensor, index, term->text, &value)
         && compare (value, term);
}

static gboolean
op_has_type (const SmithNet *net, const SmithNetOp *op, const char *type)
{
  for (uint32_t k = 0; k < op->n_outputs; k++)
    if (op->outputs[k] >= 0 && has_part (net->tensors[op->outputs[k]].type, type))
      return TRUE;
  return FALSE;
}

static int
rank_of_word (const SmithNetOp *op, const char *word)
{
  if (g_ascii_strcasecmp (op->kind, word) == 0)
    return KIND_HIT;
  if (has_part (op->kind, word))
    return KIND_PART_HIT;
  return has_part (op->name, word) ? NAME_HIT : NO_HIT;
}

static int
rank_of_op (const Search *s, uint32_t index)
{
  const SmithNetOp *op = &s->net->ops[index];
  int rank = KIND_HIT;

  for (unsigned i = 0; i < s->terms->len && rank != NO_HIT; i++)
    {
      const Term *term = &g_array_index (s->terms, Term, i);
      int here = KIND_HIT;

      if (term->kind == TERM_WORD)
        here = rank_of_word (op, term->text);
      else if (term->kind == TERM_KIND)
        here = MIN (rank_of_word (op, term->text), KIND_HIT) >= KIND_PART_HIT ? KIND_HIT : NO_HIT;
      else if (term->kind == TERM_NAME)
        here = has_part (op->name, term->text) ? KIND_HIT : NO_HIT;
      else if (term->kind == TERM_TYPE)
        here = op_has_type (s->net, op, term->text) ? KIND_HIT : NO_HIT;
      else
        here = figure_holds (s, term, FALSE, (int) index) ? KIND_HIT : NO_HIT;
      rank = MIN (rank, here);
    }
  return rank;
}

static gboolean
tensor_holds (const Search *s, uint32_t index)
{
  const SmithNetTensor *tensor = &s->net->tensors[index];

  for (unsigned i = 0; i < s->terms->len; i++)
    {
      const Term *term = &g_array_index (s->terms, Term, i);
      gboolean holds = FALSE;

      if (term->kind == TERM_WORD || term->kind == TERM_NAME)
        holds = has_part (tensor->name, term->text);
      else if (term->kind == TERM_TYPE)
        holds = has_part (tensor->type, term->text);
      else if (term->kind == TERM_FIGURE)
        holds = figure_holds (s, term, TRUE, (int) index);
      if (!holds)
        return FALSE;
    }
  return TRUE;
}

/* The tensor by whose name an operator is known would stand in the list twice. */
static gboolean
names_an_op (const Search *s, const uint8_t *rank, uint32_t index)
{
  int producer = s->net->tensors[index].producer;

  return producer >= 0 && rank[producer] != NO_HIT
         && s->net->ops[producer].outputs[0] == (int32_t) index;
}

GArray *
smith_search (const SmithNet *net, const char *query, SmithFigure figure, gpointer data)
{
  GArray *hits = g_array_new (FALSE, FALSE, sizeof (SmithHit));
  g_autoptr (GArray) terms = parse (query);
  g_autofree uint8_t *rank = g_new (uint8_t, (size_t) net->n_ops + 1);
  const Search s = { net, terms, figure, data };

  for (uint32_t i = 0; i < net->n_ops; i++)
    rank[i] = (uint8_t) rank_of_op (&s, i);
  for (int wanted = KIND_HIT; wanted > TENSOR_HIT; wanted--)
    for (uint32_t i = 0; i < net->n_ops; i++)
      if (rank[i] == wanted)
        {
          const SmithHit hit = { FALSE, (int) i };

          g_array_append_val (hits, hit);
        }
  for (uint32_t t = 0; terms->len > 0 && t < net->n_tensors; t++)
    if (!names_an_op (&s, rank, t) && tensor_holds (&s, t))
      {
        const SmithHit hit = { TRUE, (int) t };

        g_array_append_val (hits, hit);
      }
  return hits;
}
