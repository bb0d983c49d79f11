/*
 * SKIP_GRAM: a sentence (one string) → strings of ngram_size of its words in order, neighbours at
 * most max_skip_size words apart; shorter ones, too, with include_all_ngrams.
 *
 * Source: tflite/kernels/skip_gram.cc.
 */
#include "base/auto.h"
#include "base/strings.h"
#include "ops/shape.h"

#include <string.h>

typedef struct
{
  int64_t size, max_skip;
  bool has_all;
  LsBytes *words;
  size_t n_words;
  size_t
    *stack; /* indices of the words so far; one that is not taken yet counts on from the last */
  LsStringsBuilder builder;
} Grams;

static bool
is_space (uint8_t c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Splits at spaces. As in the reference, a word is left out when a space stands where it should
 * begin, and what follows the last space is a word whatever it is. @words: NULL to count. */
static size_t
split (LsBytes text, LsBytes *words)
{
  size_t n = 0, begin = 0;

  for (size_t i = 1; i < text.size; i++)
    if (is_space (text.data[i]))
      {
        if (i > begin && !is_space (text.data[begin]))
          {
            if (words != NULL)
              words[n] = (LsBytes){ text.data + begin, i - begin };
            n++;
          }
        begin = i + 1;
      }
  if (text.size > begin)
    {
      if (words != NULL)
        words[n] = (LsBytes){ text.data + begin, text.size - begin };
      n++;
    }
  return n;
}

static void
add_gram (Grams *g, size_t n)
{
  size_t size = n - 1;

  for (size_t i = 0; i < n; i++)
    size += g->words[g->stack[i]].size;

  LS_FREE uint8_t *text = malloc (size + 1);

  if (text == NULL)
    {
      g->builder.has_failed = true;
      return;
    }
  for (size_t i = 0, at = 0; i < n; i++)
    {
      const LsBytes word = g->words[g->stack[i]];

      if (i > 0)
        text[at++] = ' ';
      memcpy (text + at, word.data, word.size);
      at += word.size;
    }
  ls_strings_add (&g->builder, (LsBytes){ text, size });
}

/* Whether the word after the one on the stack at @depth may be taken. */
static bool
can_step (const Grams *g, size_t depth)
{
  if (depth >= (size_t) g->size || g->stack[depth] + 1 >= g->n_words)
    return false;
  return depth == 0 || (int64_t) (g->stack[depth] - g->stack[depth - 1]) <= g->max_skip;
}

static void
make_grams (const LsNode *node, Grams *g)
{
  size_t depth = 1;

  for (size_t n_steps = 0; !g->builder.has_failed; n_steps++)
    {
      if (n_steps % 1024 == 0 && ls_node_is_cancelled (node))
        return;
      if (can_step (g, depth))
        {
          g->stack[depth]++;
          depth++;
          if (depth < (size_t) g->size)
            g->stack[depth] = g->stack[depth - 1];
          continue;
        }
      if (depth > 0 && (g->has_all ? depth <= (size_t) g->size : depth == (size_t) g->size))
        add_gram (g, depth);
      if (depth == 0)
        return;
      depth--;
    }
}

static LsStatus
skip_gram_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  Grams g = { .size = ls_attr_int (node->def, "ngram_size", 0),
              .max_skip = ls_attr_int (node->def, "max_skip_size", 0),
              .has_all = ls_attr_int (node->def, "include_all_ngrams", 0),
              .builder.max_bytes = ls_node_max_strings (node) };
  LsStrings strings;
  size_t size;

  if (!ls_strings_open (node->in[0]->data, node->in[0]->n_bytes, &strings))
    return ls_node_fail (node, LS_E_INVALID, "its input is no packed string");

  const LsBytes text = ls_strings_get (&strings, 0);

  g.n_words = split (text, NULL);

  LS_FREE LsBytes *words = calloc (g.n_words + 1, sizeof *words);
  LS_FREE size_t *stack = calloc (g.n_words + 1, sizeof *stack);

  if (words == NULL || stack == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "out of memory for %zu words", g.n_words);
  split (text, words);
  g.words = words;
  g.stack = stack;
  if (g.size > 0 && (uint64_t) g.size <= g.n_words)
    make_grams (node, &g);

  const size_t count = g.builder.count;
  void *data = ls_strings_finish (&g.builder, &size);

  if (data == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "the strings take too much memory");
  return ls_node_take_output (node, 0, 1, (int32_t[]){ (int32_t) count }, data, size);
}

static LsStatus
skip_gram_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (STRING), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (STRING), error));
  ls_node_output_dynamic (node, 0);
  ls_node_phase (node, skip_gram_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_skip_gram = { .prepare = skip_gram_prepare, .max_version = 1, .types = "strings" };
