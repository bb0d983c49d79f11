/* An explanation as a C program. */
#include "explain/explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char includes[] = "#undef NDEBUG\n"
                               "#include <assert.h>\n"
                               "#include <inttypes.h>\n"
                               "#include <math.h>\n"
                               "#include <stdint.h>\n"
                               "#include <stdio.h>\n";

/* What formulas call: a program has those that it needs. The roundings are those of gemmlowp's
 * fixedpoint.h. A function may call those before it. */
static const struct
{
  const char *name, *text;
} common[] = {
  { "srdhm",
    "/* (a * b + 2^30) / 2^31, ties away from zero, saturating. */\n"
    "static inline int32_t\n"
    "srdhm (int32_t a, int32_t b)\n"
    "{\n"
    "  const int64_t ab = (int64_t) a * b;\n"
    "\n"
    "  if (a == INT32_MIN && b == INT32_MIN)\n"
    "    return INT32_MAX;\n"
    "  return (int32_t) ((ab + (ab >= 0 ? 1 << 30 : 1 - (1 << 30))) / (INT64_C (1) << 31));\n"
    "}\n" },
  { "rdbpot",
    "/* x / 2^exponent, half away from zero. */\n"
    "static inline int32_t\n"
    "rdbpot (int32_t x, int exponent)\n"
    "{\n"
    "  const int32_t mask = (int32_t) (uint32_t) ((UINT64_C (1) << (exponent & 63)) - 1);\n"
    "  const int32_t threshold = (mask >> 1) + (x < 0);\n"
    "\n"
    "  return (x >> (exponent & 31)) + ((x & mask) > threshold);\n"
    "}\n" },
  { "clamp", "static inline int32_t\n"
             "clamp (int32_t x, int32_t low, int32_t high)\n"
             "{\n"
             "  return x < low ? low : x > high ? high : x;\n"
             "}\n" },
  { "shift_of", "/* real = multiplier * 2^(shift - 31) */\n"
                "static inline int32_t\n"
                "shift_of (double real)\n"
                "{\n"
                "  int shift = 0;\n"
                "  const double m = round (frexp (real, &shift) * 0x1p31);\n"
                "\n"
                "  shift += m == 0x1p31;\n"
                "  return m == 0 || shift < -31 ? 0 : shift;\n"
                "}\n" },
  { "multiplier_of", "static inline int32_t\n"
                     "multiplier_of (double real)\n"
                     "{\n"
                     "  int shift = 0;\n"
                     "  const double m = round (frexp (real, &shift) * 0x1p31);\n"
                     "\n"
                     "  if (m == 0x1p31)\n"
                     "    return shift + 1 < -31 ? 0 : 1 << 30;\n"
                     "  return shift < -31 ? 0 : (int32_t) m;\n"
                     "}\n" },
  { "round_to_int32",
    "/* Half away from zero; what int32 cannot hold becomes its least number. */\n"
    "static inline int32_t\n"
    "round_to_int32 (double x)\n"
    "{\n"
    "  x = round (x);\n"
    "  return x > -2147483649.0 && x < 2147483648.0 ? (int32_t) x : INT32_MIN;\n"
    "}\n" },
  { "from_float",
    "/* What int32 cannot hold becomes its least number, as on the common processors. */\n"
    "static inline int32_t\n"
    "from_float (float x)\n"
    "{\n"
    "  return x >= -0x1p31f && x < 0x1p31f ? (int32_t) x : INT32_MIN;\n"
    "}\n" },
  { "quantize",
    "/* A float as a byte of hybrid arithmetic. */\n"
    "static inline int32_t\n"
    "quantize (float x, float inverse, float zero_point, int32_t low)\n"
    "{\n"
    "  const float q = roundf (zero_point + x * inverse);\n"
    "\n"
    "  return clamp (q >= -0x1p31f && q < 0x1p31f ? (int32_t) q : INT32_MIN, low, 127);\n"
    "}\n" },
  { "leading_zeros", "static inline int32_t\n"
                     "leading_zeros (int32_t x)\n"
                     "{\n"
                     "  int32_t n = 0;\n"
                     "\n"
                     "  for (; n < 32 && ((uint32_t) x << n & 0x80000000) == 0; n++)\n"
                     "    ;\n"
                     "  return n;\n"
                     "}\n" },
  { "fixed_scale", "/* x * 2^exponent: to the left saturating, to the right rounding. */\n"
                   "static inline int32_t\n"
                   "fixed_scale (int32_t x, int exponent)\n"
                   "{\n"
                   "  if (exponent <= 0)\n"
                   "    return rdbpot (x, -exponent);\n"
                   "\n"
                   "  const int32_t most = (int32_t) ((UINT32_C (1) << (31 - exponent)) - 1);\n"
                   "\n"
                   "  return x > most ? INT32_MAX : x < -most ? INT32_MIN : x << exponent;\n"
                   "}\n" },
  { "reciprocal_1p",
    "/* 1 / (1 + a) in Q0.31 for a in [0, 1): three steps of Newton and Raphson. */\n"
    "static inline int32_t\n"
    "reciprocal_1p (int32_t a)\n"
    "{\n"
    "  const int64_t twice = (int64_t) a + INT32_MAX;\n"
    "  const int32_t half = (int32_t) ((twice + (twice >= 0 ? 1 : -1)) / 2);\n"
    "  int32_t x = 1515870810 + srdhm (half, -1010580540);\n"
    "\n"
    "  for (int i = 0; i < 3; i++)\n"
    "    x += fixed_scale (srdhm (x, (1 << 29) - srdhm (half, x)), 2);\n"
    "  return fixed_scale (x, 1);\n"
    "}\n" },
  { "inv_sqrt",
    "/* 1 / sqrt (x) = result * 2^(*shift - 31): five steps of Newton and Raphson in Q3.28. */\n"
    "static inline int32_t\n"
    "inv_sqrt (int32_t x, int *shift)\n"
    "{\n"
    "  int right = 11;\n"
    "  int32_t y = 1 << 28;\n"
    "\n"
    "  *shift = 0;\n"
    "  if (x <= 1)\n"
    "    return INT32_MAX;\n"
    "  for (; x >= 1 << 29; right++)\n"
    "    x /= 4;\n"
    "\n"
    "  const int pairs = (leading_zeros (x) - 1) / 2 - 1;\n"
    "  const int32_t half = rdbpot ((x << (2 * pairs)) >> 1, 1);\n"
    "\n"
    "  right -= pairs;\n"
    "  for (int i = 0; i < 5; i++)\n"
    "    y = fixed_scale (srdhm (402653184, y)\n"
    "                       - srdhm (half, fixed_scale (srdhm (srdhm (y, y), y), 6)),\n"
    "                     3);\n"
    "  y = srdhm (y, 1518500250);\n"
    "  *shift = right < 0 ? 0 : -right;\n"
    "  return right < 0 ? y << -right : y;\n"
    "}\n" },
  { "inv_sqrt_multiplier", "static inline int32_t\n"
                           "inv_sqrt_multiplier (int32_t x)\n"
                           "{\n"
                           "  int shift;\n"
                           "\n"
                           "  return inv_sqrt (x, &shift);\n"
                           "}\n" },
  { "inv_sqrt_shift", "static inline int32_t\n"
                      "inv_sqrt_shift (int32_t x)\n"
                      "{\n"
                      "  int shift;\n"
                      "\n"
                      "  inv_sqrt (x, &shift);\n"
                      "  return shift;\n"
                      "}\n" },
};

enum
{
  N_COMMON = sizeof common / sizeof common[0]
};

static const char *const type_names[] = { "int32_t", "int64_t", "float", "double" };

static const char *
array_type (LsType type)
{
  const unsigned bits = ls_type_bits (type);

  if (ls_type_is_float (type))
    return "float";
  if (type == LS_TYPE_UINT8)
    return "uint8_t";
  return bits <= 8 ? "int8_t" : bits == 16 ? "int16_t" : "int32_t";
}

static void
put_real (FILE *f, double value, bool is_float)
{
  if (isnan (value))
    fputs ("NAN", f);
  else if (isinf (value))
    fputs (value < 0 ? "-INFINITY" : "INFINITY", f);
  else
    fprintf (f, is_float ? "%af" : "%a", value);
}

static void
put_array (FILE *f, const LsExplanation *e, bool is_w)
{
  const int operand = is_w ? e->w_operand : e->x_operand;
  const LsExplainOperand *o = &e->operands[operand];
  const bool is_float = ls_type_is_float (o->type);

  fprintf (f, "/* %s: tensor %d, stored, in the order of the taps. */\n", o->role, o->tensor);
  fprintf (f, "static const %s %c[N_TAPS > 0 ? N_TAPS : 1] = {", array_type (o->type),
           is_w ? 'w' : 'x');
  for (uint32_t i = 0; i < e->n_taps; i++)
    {
      const double value = is_w ? e->taps[i].w : e->taps[i].x;

      fputs (i % (is_float ? 4 : 12) == 0 ? "\n  " : " ", f);
      if (is_float)
        put_real (f, value, true);
      else
        fprintf (f, "%" PRId64, (int64_t) value);
      fputc (',', f);
    }
  fputs ("\n};\n\n", f);
}

static void
put_value (FILE *f, const LsExplainStep *step)
{
  if (step->type == LS_EXPLAIN_I32 && step->integer == INT32_MIN)
    fputs ("INT32_MIN", f);
  else if (step->type == LS_EXPLAIN_I64 && step->integer == INT64_MIN)
    fputs ("INT64_MIN", f);
  else if (step->type == LS_EXPLAIN_I64)
    fprintf (f, "INT64_C (%" PRId64 ")", step->integer);
  else if (step->type == LS_EXPLAIN_I32)
    fprintf (f, "%" PRId64, step->integer);
  else
    put_real (f, step->real, step->type == LS_EXPLAIN_F32);
}

/* Text inside a comment, which may hold names of the file: what could end it is left out. */
static void
put_name (FILE *f, const char *name)
{
  for (; *name != '\0'; name++)
    if ((unsigned char) *name >= ' ' && *name != '*' && *name != '\\')
      fputc (*name, f);
}

static bool
is_word_char (char c)
{
  return isalnum ((unsigned char) c) || c == '_';
}

static bool
names (const char *text, const char *word)
{
  const size_t length = strlen (word);

  for (const char *at = text; at != NULL && (at = strstr (at, word)) != NULL; at += length)
    if ((at == text || !is_word_char (at[-1])) && !is_word_char (at[length]))
      return true;
  return false;
}

/* Some steps are told for the reader alone, and compilers would warn of them. */
static bool
is_used (const LsExplanation *e, uint32_t index)
{
  const LsExplainStep *step = &e->steps[index];
  const bool is_integer = step->type == LS_EXPLAIN_I32 || step->type == LS_EXPLAIN_I64;

  if (index + 1 == e->n_steps || (is_integer && step->formula != NULL))
    return true;
  for (uint32_t i = index + 1; i < e->n_steps; i++)
    if (names (e->steps[i].formula, step->id) || names (e->steps[i].start, step->id))
      return true;
  return false;
}

static void
put_step (FILE *f, const LsExplanation *e, uint32_t index)
{
  const LsExplainStep *step = &e->steps[index];
  const char *type = type_names[step->type];
  const bool is_integer = step->type == LS_EXPLAIN_I32 || step->type == LS_EXPLAIN_I64;

  fputs ("  /* ", f);
  put_name (f, step->label);
  fputs (" */\n", f);
  if (step->kind == LS_EXPLAIN_LOOP)
    fprintf (f, "  %s %s = %s;\n\n  for (int i = 0; i < N_TAPS; i++)\n    %s;\n", type, step->id,
             step->start, step->formula);
  else
    {
      fprintf (f, "  const %s %s = ", type, step->id);
      if (step->formula != NULL)
        fputs (step->formula, f);
      else
        put_value (f, step);
      fputs (";\n", f);
    }
  if (!is_used (e, index))
    fprintf (f, "  (void) %s;\n", step->id);
  if (step->formula == NULL)
    return;
  fprintf (f, is_integer ? "  assert (%s == " : "  /* %s = ", step->id);
  put_value (f, step);
  fputs (is_integer ? ");\n" : " */\n", f);
}

static bool
calls (const char *text, const char *name)
{
  const size_t length = strlen (name);

  for (const char *at = text; at != NULL && (at = strstr (at, name)) != NULL; at += length)
    if (strncmp (at + length, " (", 2) == 0)
      return true;
  return false;
}

static bool
is_called (const LsExplanation *e, const char *name)
{
  if (calls (e->functions, name))
    return true;
  for (uint32_t i = 0; i < e->n_steps; i++)
    if (calls (e->steps[i].formula, name))
      return true;
  return false;
}

static void
put_functions (FILE *f, const LsExplanation *e)
{
  bool is_needed[N_COMMON];

  for (int i = N_COMMON - 1; i >= 0; i--)
    {
      is_needed[i] = is_called (e, common[i].name);
      for (int k = i + 1; k < N_COMMON; k++)
        is_needed[i] |= is_needed[k] && calls (common[k].text, common[i].name);
    }
  for (int i = 0; i < N_COMMON; i++)
    if (is_needed[i])
      fprintf (f, "\n%s", common[i].text);
}

static void
put_program (FILE *f, const LsExplanation *e)
{
  const LsExplainOperand *y = &e->operands[e->n_operands - 1];

  fprintf (f, "/*\n * %s, operator %u of subgraph %u: one element of ", e->kind, e->op,
           e->subgraph);
  put_name (f, y->name);
  fputs (", place", f);
  for (int i = 0; i < y->rank; i++)
    fprintf (f, " %" PRId32, e->at[i]);
  fprintf (f, ".\n * %s\n * Source: LiteRT, tflite/kernels/%s.\n", e->arithmetic, e->source);
  fputs (" * Sums wrap around. Build with: cc -std=c11 -fwrapv -ffp-contract=off FILE.c -lm\n */\n",
         f);
  fputs (includes, f);
  put_functions (f, e);
  fprintf (f, "\nenum\n{\n  N_TAPS = %" PRIu32 "\n};\n\n", e->n_taps);
  if (e->x_operand >= 0)
    put_array (f, e, false);
  if (e->w_operand >= 0)
    put_array (f, e, true);
  if (e->functions != NULL)
    fprintf (f, "%s\n", e->functions);
  fputs ("int\nmain (void)\n{\n", f);
  for (uint32_t i = 0; i < e->n_steps; i++)
    put_step (f, e, i);
  fputs (e->is_integer ? "  printf (\"%\" PRId64 \"\\n\", (int64_t) output);\n"
                       : "  printf (\"%.9g\\n\", (double) output);\n",
         f);
  fputs ("  return 0;\n}\n", f);
}

char *
ls_explanation_c (const LsExplanation *explanation)
{
  char *text = NULL;
  size_t size;
  FILE *f = open_memstream (&text, &size);

  if (f == NULL)
    return NULL;
  put_program (f, explanation);

  const bool has_failed = ferror (f) != 0;

  if (fclose (f) != 0 || has_failed)
    {
      free (text);
      return NULL;
    }
  return text;
}
