/*
 * Runs models of one operator and compares their outputs with those of LiteRT.
 *
 *   test-conformance [FOLDER [FILTER]]
 *
 * FOLDER has index.txt, and for each case OPERATOR/NAME.tflite and .npz: inputs in_0, …, expected
 * outputs out_0, …; with state s0_in_0, s0_out_0, s1_in_0, … for one run after the other. A line of
 * the index is "OPERATOR/NAME MODE", then "key=value" fields:
 *
 *   exact             equal bits; NaN equals NaN. either_zero: 0 equals -0
 *   float rtol=R      floats within R of the largest finite magnitude, NaN and infinity in the same
 *                     places; anything else equal
 *   property          one output of a "type" and "shape" (20x30), whose min, max, mean and std are
 *                     in "LOW:HIGH". varies: most values are different
 *
 * steps=N for cases with state. One TAP line an operator; with FILTER only cases whose name has it.
 */
#include "litesmith.h"
#include "test.h"

#include <math.h>

#ifndef TEST_FOLDER
#define TEST_FOLDER "."
#endif

enum
{
  TEXT = 512,
  MAX_FIELDS = 16
};

typedef struct
{
  char text[TEXT];
  char *name, *mode;
  int n_fields;
  char *fields[MAX_FIELDS];
  unsigned n_steps; /* 0: no state */
  double rtol;
  bool either_zero;
} Case;

/* ---- The index ------------------------------------------------------------------------------- */

/* The value of "key=value", "" for a bare "key", NULL when there is none. */
static const char *
field (const Case *c, const char *key)
{
  size_t length = strlen (key);

  for (int i = 0; i < c->n_fields; i++)
    if (strncmp (c->fields[i], key, length) == 0)
      {
        if (c->fields[i][length] == '=')
          return c->fields[i] + length + 1;
        if (c->fields[i][length] == '\0')
          return "";
      }
  return NULL;
}

static bool
parse_case (Case *c, const char *line)
{
  char *rest;

  memset (c, 0, sizeof *c);
  snprintf (c->text, sizeof c->text, "%s", line);
  c->name = strtok_r (c->text, " \n", &rest);
  c->mode = strtok_r (NULL, " \n", &rest);
  if (c->name == NULL || c->mode == NULL || c->name[0] == '#')
    return false;
  for (char *f; c->n_fields < MAX_FIELDS && (f = strtok_r (NULL, " \n", &rest)) != NULL;)
    c->fields[c->n_fields++] = f;
  if (field (c, "steps") != NULL)
    c->n_steps = (unsigned) strtoul (field (c, "steps"), NULL, 10);
  if (field (c, "rtol") != NULL)
    c->rtol = strtod (field (c, "rtol"), NULL);
  c->either_zero = field (c, "either_zero") != NULL;
  return true;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static bool
is_complex (LsType type)
{
  return type == LS_TYPE_COMPLEX64 || type == LS_TYPE_COMPLEX128;
}

/* A complex array is looked at as twice as many reals. */
static LsArray
as_reals (const LsArray *array)
{
  LsArray reals = *array;

  if (is_complex (array->type))
    {
      reals.type = array->type == LS_TYPE_COMPLEX64 ? LS_TYPE_FLOAT32 : LS_TYPE_FLOAT64;
      reals.rank = 1;
      reals.dims[0] = (int32_t) (2 * ls_array_count (array));
    }
  return reals;
}

static uint32_t
word_at (const LsArray *strings, size_t index)
{
  uint32_t word;

  memcpy (&word, (const char *) strings->data + 4 * index, sizeof word);
  return word;
}

static bool
same_strings (const LsArray *a, const LsArray *b)
{
  size_t n = ls_array_count (a);

  for (size_t i = 0; i < n; i++)
    {
      size_t at_a = word_at (a, i + 1), n_a = word_at (a, i + 2) - at_a;
      size_t at_b = word_at (b, i + 1), n_b = word_at (b, i + 2) - at_b;

      if (n_a != n_b || memcmp ((char *) a->data + at_a, (char *) b->data + at_b, n_a) != 0)
        return false;
    }
  return true;
}

static size_t
count_different (const Case *c, const LsArray *a, const LsArray *b)
{
  size_t n = ls_array_count (a), size = n > 0 ? a->n_bytes / n : 0, wrong = 0;
  bool is_float = ls_type_is_float (a->type);

  for (size_t i = 0; i < n; i++)
    {
      if (size > 0 && memcmp ((char *) a->data + i * size, (char *) b->data + i * size, size) == 0)
        continue;

      double x = ls_array_get (a, i), y = ls_array_get (b, i);

      wrong += !(is_float && ((isnan (x) && isnan (y)) || (c->either_zero && x == y)));
    }
  return wrong;
}

/* How far apart two arrays are, in parts of the largest finite magnitude; infinite when NaN or
 * infinities stand elsewhere. */
static double
distance (const LsArray *expected, const LsArray *got)
{
  double largest = 0, error = 0;

  for (size_t i = 0; i < ls_array_count (expected); i++)
    {
      double x = ls_array_get (expected, i), y = ls_array_get (got, i);

      if (isfinite (x) != isfinite (y) || isnan (x) != isnan (y) || (isinf (x) && x != y))
        return INFINITY;
      if (!isfinite (x))
        continue;
      largest = fabs (x) > largest ? fabs (x) : largest;
      error = fabs (x - y) > error ? fabs (x - y) : error;
    }
  return error == 0 ? 0 : error / largest;
}

static bool
same_shape (const LsArray *a, const LsArray *b)
{
  return a->type == b->type && a->rank == b->rank
         && (a->rank == 0 || memcmp (a->dims, b->dims, (size_t) a->rank * sizeof a->dims[0]) == 0);
}

/* bfloat16 is kept as the bits in uint16. */
static void
accept_bits (LsArray *expected, const LsArray *got)
{
  if (got->type == LS_TYPE_BFLOAT16 && expected->type == LS_TYPE_UINT16)
    expected->type = LS_TYPE_BFLOAT16;
}

static bool
compare (const Case *c, const char *key, LsArray *expected, const LsArray *got)
{
  accept_bits (expected, got);
  if (!same_shape (expected, got))
    {
      printf ("# %s: %s has another type or shape: %s, rank %d\n", c->name, key,
              ls_type_name (got->type), got->rank);
      return false;
    }
  if (got->type == LS_TYPE_STRING)
    {
      bool same = same_strings (expected, got);

      if (!same)
        printf ("# %s: %s has other strings\n", c->name, key);
      return same;
    }

  LsArray a = as_reals (expected), b = as_reals (got);

  if (strcmp (c->mode, "float") == 0 && ls_type_is_float (a.type))
    {
      double far = distance (&a, &b);

      if (far > c->rtol)
        printf ("# %s: %s is off by %.3g of the largest magnitude; allowed %g\n", c->name, key, far,
                c->rtol);
      return far <= c->rtol;
    }

  size_t wrong = count_different (c, &a, &b);

  if (wrong > 0)
    printf ("# %s: %zu of %zu elements of %s differ\n", c->name, wrong, ls_array_count (&a), key);
  return wrong == 0;
}

/* ---- Outputs that nobody can predict --------------------------------------------------------- */

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static bool
in_range (const Case *c, const char *key, double value)
{
  const char *range = field (c, key);
  char *colon;

  if (range == NULL)
    return true;

  double low = strtod (range, &colon), high = *colon == ':' ? strtod (colon + 1, NULL) : low;

  if (value < low || value > high)
    printf ("# %s: %s is %g, expected %s\n", c->name, key, value, range);
  return value >= low && value <= high;
}

static bool
has_stated_shape (const Case *c, const LsArray *got)
{
  char text[TEXT] = "";

  for (int i = 0; i < got->rank; i++)
    snprintf (text + strlen (text), sizeof text - strlen (text), i > 0 ? "x%d" : "%d",
              got->dims[i]);
  return strcmp (text, field (c, "shape")) == 0
         && strcmp (ls_type_name (got->type), field (c, "type")) == 0;
}

static bool
check_property (const Case *c, const LsArray *got)
{
  size_t n = ls_array_count (got), n_unique = 1;
  double *values = calloc (n + 1, sizeof *values);
  double sum = 0, squares = 0;

  for (size_t i = 0; i < n; i++)
    sum += values[i] = ls_array_get (got, i);
  for (size_t i = 0; i < n; i++)
    squares += (values[i] - sum / (double) n) * (values[i] - sum / (double) n);
  qsort (values, n, sizeof *values, by_value);
  for (size_t i = 1; i < n; i++)
    n_unique += values[i] != values[i - 1];

  bool is_fine = has_stated_shape (c, got) && n > 0 && in_range (c, "min", values[0])
                 && in_range (c, "max", values[n - 1]) && in_range (c, "mean", sum / (double) n)
                 && in_range (c, "std", sqrt (squares / (double) n))
                 && (field (c, "varies") == NULL || n_unique >= n / 2);

  free (values);
  if (!is_fine)
    printf ("# %s: the output is not as described\n", c->name);
  return is_fine;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void
key_of (char *key, const Case *c, unsigned step, const char *what, uint32_t port)
{
  if (c->n_steps > 0)
    snprintf (key, TEXT, "s%u_%s_%u", step, what, port);
  else
    snprintf (key, TEXT, "%s_%u", what, port);
}

/* An input that the file leaves out keeps what it had. */
static bool
set_inputs (const Case *c, LsSession *session, const char *npz, unsigned step, LsError *error)
{
  for (uint32_t i = 0; i < ls_session_n_inputs (session); i++)
    {
      char key[TEXT];
      LsArray array;
      LsPort port;

      key_of (key, c, step, "in", i);
      if (ls_npz_load (npz, key, &array, NULL) != LS_OK)
        continue;
      if (ls_session_input (session, i, &port) && port.type == LS_TYPE_BFLOAT16)
        array.type = LS_TYPE_BFLOAT16;

      LsStatus status = ls_session_set_input (session, i, &array, error);

      ls_array_clear (&array);
      if (status != LS_OK)
        return false;
    }
  return true;
}

static bool
check_outputs (const Case *c, const LsSession *session, const char *npz, unsigned step)
{
  bool is_fine = true;

  for (uint32_t i = 0; i < ls_session_n_outputs (session); i++)
    {
      char key[TEXT];
      LsArray expected, got;

      if (ls_session_get_output (session, i, &got, NULL) != LS_OK)
        return false;
      if (strcmp (c->mode, "property") == 0)
        return check_property (c, &got);
      key_of (key, c, step, "out", i);
      if (ls_npz_load (npz, key, &expected, NULL) != LS_OK)
        {
          printf ("# %s: no %s to compare with\n", c->name, key);
          return false;
        }
      is_fine &= compare (c, key, &expected, &got);
      ls_array_clear (&expected);
    }
  return is_fine;
}

static bool
run_steps (const Case *c, LsSession *session, const char *npz, LsError *error)
{
  for (unsigned step = 0; step < (c->n_steps > 0 ? c->n_steps : 1); step++)
    {
      if (!set_inputs (c, session, npz, step, error) || ls_session_run (session, error) != LS_OK)
        return false;
      if (!check_outputs (c, session, npz, step))
        return false;
    }
  return true;
}

static bool
run_case (const Case *c, const char *folder)
{
  char path[2 * TEXT], npz[2 * TEXT];
  LsModel *model = NULL;
  LsSession *session = NULL;
  LsError error = { 0 };
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  snprintf (path, sizeof path, "%s/%s.tflite", folder, c->name);
  snprintf (npz, sizeof npz, "%s/%s.npz", folder, c->name);

  bool is_fine = ls_model_open (path, &model, &error) == LS_OK
                 && ls_session_new (model, &options, &session, &error) == LS_OK
                 && run_steps (c, session, npz, &error);

  if (error.status != LS_OK)
    printf ("# %s: %s\n", c->name, error.message);
  ls_session_free (session);
  ls_model_free (model);
  return is_fine;
}

/* ---- Operator by operator -------------------------------------------------------------------- */

typedef struct
{
  char op[TEXT];
  unsigned n_cases, n_passed;
} Tally;

static void
report (const Tally *tally)
{
  bool is_fine = tally->n_passed == tally->n_cases;

  if (tally->n_cases == 0)
    return;
  printf ("%s %d - %s: %u of %u\n", is_fine ? "ok" : "not ok", ++test_number, tally->op,
          tally->n_passed, tally->n_cases);
  fflush (stdout);
  test_failures += !is_fine;
}

static void
count_case (Tally *tally, const Case *c, const char *folder)
{
  size_t length = strcspn (c->name, "/");

  if (strlen (tally->op) != length || strncmp (tally->op, c->name, length) != 0)
    {
      report (tally);
      *tally = (Tally){ .n_cases = 0 };
      snprintf (tally->op, sizeof tally->op, "%.*s", (int) length, c->name);
    }
  tally->n_cases++;
  tally->n_passed += run_case (c, folder);
}

int
main (int argc, char **argv)
{
  const char *folder = argc > 1 ? argv[1] : TEST_FOLDER, *filter = argc > 2 ? argv[2] : "";
  char path[2 * TEXT], line[TEXT];
  Tally tally = { .n_cases = 0 };
  Case c;

  snprintf (path, sizeof path, "%s/index.txt", folder);

  FILE *index = fopen (path, "r");

  if (index == NULL)
    {
      printf ("Bail out! %s cannot be read\n", path);
      return 1;
    }
  while (fgets (line, sizeof line, index) != NULL)
    if (parse_case (&c, line) && strstr (c.name, filter) != NULL)
      count_case (&tally, &c, folder);
  report (&tally);
  fclose (index);
  return done ();
}
