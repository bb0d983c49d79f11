/*
 * Explains elements of every operator that can be explained in models, and compares them with what
 * the engine computed.
 *
 *   test-explain [--elements N] [--programs N] FOLDER…
 *
 * FOLDER is searched for models (.tflite, .bin); a .npz of the same name gives their inputs, else
 * they are filled. For each kind of operator and types of input and weights N programs are
 * compiled with CC and run: they have to print the same number.
 */
#include "litesmith.h"
#include "test.h"

#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#ifndef TEST_FOLDERS
#define TEST_FOLDERS "."
#endif

enum
{
  TEXT = 1024,
  MAX_TALLIES = 400
};

/* By kind of operator and types. */
typedef struct
{
  char name[128];
  unsigned n_elements, n_equal, n_programs;
} Tally;

static Tally tallies[MAX_TALLIES];
static unsigned n_tallies, n_models, n_refused;
static unsigned elements_per_op = 24, programs_per_tally = 1;
static uint64_t random_state = 1;

static uint32_t
random_below (uint32_t n)
{
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return n == 0 ? 0 : (uint32_t) (random_state >> 33) % n;
}

static Tally *
find_tally (const LsExplanation *e)
{
  char name[128];

  snprintf (name, sizeof name, "%s", e->kind);
  for (uint32_t i = 0; i < e->n_operands; i++)
    if (strcmp (e->operands[i].role, "bias") != 0)
      snprintf (name + strlen (name), sizeof name - strlen (name), " %s",
                ls_type_name (e->operands[i].type));
  for (unsigned i = 0; i < n_tallies; i++)
    if (strcmp (tallies[i].name, name) == 0)
      return &tallies[i];
  if (n_tallies == MAX_TALLIES)
    return &tallies[0];
  snprintf (tallies[n_tallies].name, sizeof tallies[0].name, "%s", name);
  return &tallies[n_tallies++];
}

/* ---- Programs ----------------------------------------------------------------------------------
 */

static bool
is_printed (const LsExplanation *e, const char *command)
{
  char line[TEXT] = "";
  FILE *pipe = popen (command, "r");
  const bool has_line = pipe != NULL && fgets (line, sizeof line, pipe) != NULL;
  const bool is_fine = pipe != NULL && pclose (pipe) == 0 && has_line;

  if (!is_fine)
    return false;
  if (e->is_integer)
    return strtoll (line, NULL, 10) == e->stored;

  const double value = strtod (line, NULL);

  return (isnan (value) && isnan (e->value)) || value == e->value
         || fabs (value - e->value) <= 1e-5 * fabs (e->value) + 1e-30;
}

static bool
program_agrees (const LsExplanation *e, const char *model)
{
  char folder[] = "/tmp/test-explain-XXXXXX", path[TEXT], command[3 * TEXT];
  const char *cc = getenv ("CC");
  char *program = ls_explanation_c (e);
  bool is_fine = false;

  if (program == NULL || mkdtemp (folder) == NULL)
    return false;
  snprintf (path, sizeof path, "%s/element.c", folder);

  FILE *file = fopen (path, "w");

  if (file != NULL && fputs (program, file) >= 0 && fclose (file) == 0)
    {
      snprintf (command, sizeof command,
                "%s -std=c11 -fwrapv -ffp-contract=off -fno-builtin -Wall -Wextra "
                "-Werror -o %s/element %s "
                "-lm && %s/element",
                cc != NULL ? cc : "cc", folder, path, folder);
      is_fine = is_printed (e, command);
    }
  if (!is_fine)
    printf ("# %s: the program of operator %u does not print %" PRId64 " or %.9g\n%.6000s\n", model,
            e->op, e->stored, e->value, getenv ("SHOW") != NULL ? program : "");
  unlink (path);
  snprintf (path, sizeof path, "%s/element", folder);
  unlink (path);
  rmdir (folder);
  free (program);
  return is_fine;
}

/* ---- Elements ----------------------------------------------------------------------------------
 */

static void
say_difference (const LsExplanation *e, const char *model)
{
  printf ("# %s: %s (operator %u, %s) element %" PRIu64 ": %" PRId64 " or %.9g, the engine has "
          "%" PRId64 " or %.9g\n",
          model, e->kind, e->op, e->arithmetic, e->element, e->stored, e->value, e->engine_stored,
          e->engine_value);
}

static bool
explain_element (const LsSession *session, uint32_t op, const LsArray *y, const char *model,
                 bool *is_refused)
{
  int32_t at[LS_MAX_RANK];
  LsExplanation e;
  LsError error = { 0 };

  for (int i = 0; i < y->rank; i++)
    at[i] = (int32_t) random_below ((uint32_t) y->dims[i]);
  if (ls_explain (session, op, y->rank, at, &e, &error) != LS_OK)
    {
      n_refused++;
      printf ("# %s: %s\n", model, error.message);
      *is_refused = true;
      return error.status == LS_E_UNSUPPORTED;
    }

  Tally *tally = find_tally (&e);
  bool is_fine = e.matches;

  tally->n_elements++;
  tally->n_equal += e.matches;
  if (!e.matches && tally->n_elements - tally->n_equal < 4)
    say_difference (&e, model);
  if (tally->n_programs < programs_per_tally && e.matches)
    {
      tally->n_programs++;
      is_fine &= program_agrees (&e, model);
    }
  ls_explanation_clear (&e);
  return is_fine;
}

static bool
can_be_explained (const LsOperator *op)
{
  const char *kind = ls_op_kind_text (op);

  for (uint32_t i = 0; ls_explain_kind (i) != NULL; i++)
    if (strcmp (ls_explain_kind (i), kind) == 0)
      return true;
  return false;
}

static bool
explain_model (const LsModel *model, const LsSession *session, const char *name)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  bool is_fine = true;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      LsArray y;
      bool is_refused = false;

      if (!can_be_explained (&graph->ops[i]) || graph->ops[i].n_outputs == 0
          || ls_session_get_tensor (session, (uint32_t) graph->ops[i].outputs[0], &y, NULL) != LS_OK
          || ls_array_count (&y) == 0)
        continue;
      for (unsigned k = 0; k < elements_per_op && k < 4 * ls_array_count (&y) && !is_refused; k++)
        is_fine &= explain_element (session, i, &y, name, &is_refused);
    }
  return is_fine;
}

static bool
has_any (const LsModel *model)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  for (uint32_t i = 0; graph != NULL && i < graph->n_ops; i++)
    if (can_be_explained (&graph->ops[i]))
      return true;
  return false;
}

static void
set_inputs (LsSession *session, const char *npz)
{
  for (uint32_t i = 0; i < ls_session_n_inputs (session); i++)
    {
      char key[2][32];
      LsArray array;
      bool is_set = false;

      snprintf (key[0], sizeof key[0], "in_%u", i);
      snprintf (key[1], sizeof key[1], "s0_in_%u", i);
      for (int k = 0; k < 2 && !is_set; k++)
        if (ls_npz_load (npz, key[k], &array, NULL) == LS_OK)
          {
            is_set = ls_session_set_input (session, i, &array, NULL) == LS_OK;
            ls_array_clear (&array);
          }
      if (!is_set)
        ls_session_fill_input (session, i, i, NULL);
    }
}

static bool all_fine = true;

static int
visit (const char *path, const struct stat *info, int type, struct FTW *where)
{
  const char *ending = strrchr (path, '.');
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsModel *model = NULL;
  LsSession *session = NULL;
  char npz[TEXT];

  (void) info;
  (void) where;
  if (type != FTW_F || ending == NULL
      || (strcmp (ending, ".tflite") != 0 && strcmp (ending, ".bin") != 0))
    return 0;
  snprintf (npz, sizeof npz, "%.*s.npz", (int) (ending - path), path);
  options.trace = true;
  if (ls_model_open (path, &model, NULL) == LS_OK && has_any (model)
      && ls_session_new (model, &options, &session, NULL) == LS_OK)
    {
      set_inputs (session, npz);
      if (ls_session_run (session, NULL) == LS_OK)
        {
          n_models++;
          all_fine &= explain_model (model, session, path);
        }
    }
  ls_session_free (session);
  ls_model_free (model);
  return 0;
}

static int
print_tallies (void)
{
  unsigned n_elements = 0, n_equal = 0, n_programs = 0;

  for (unsigned i = 0; i < n_tallies; i++)
    {
      const Tally *t = &tallies[i];

      printf ("%s %d - %s: %u of %u elements, %u programs\n",
              t->n_equal == t->n_elements ? "ok" : "not ok", ++test_number, t->name, t->n_equal,
              t->n_elements, t->n_programs);
      test_failures += t->n_equal != t->n_elements;
      n_elements += t->n_elements;
      n_equal += t->n_equal;
      n_programs += t->n_programs;
    }
  printf ("# %u models, %u of %u elements equal, %u programs, %u refused\n", n_models, n_equal,
          n_elements, n_programs, n_refused);
  printf ("%s %d - every explanation is right\n", all_fine ? "ok" : "not ok", ++test_number);
  test_failures += !all_fine;
  return (int) n_elements;
}

int
main (int argc, char **argv)
{
  static const char *const folders[] = { TEST_FOLDERS };
  bool has_folder = false;

  if (getenv ("MESON_EXE_WRAPPER") != NULL)
    {
      SKIP (program_agrees, "an emulator cannot start the host's compiler");
      programs_per_tally = 0;
    }
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--elements") == 0 && i + 1 < argc)
      elements_per_op = (unsigned) strtoul (argv[++i], NULL, 10);
    else if (strcmp (argv[i], "--programs") == 0 && i + 1 < argc)
      programs_per_tally = (unsigned) strtoul (argv[++i], NULL, 10);
    else
      {
        has_folder = true;
        nftw (argv[i], visit, 16, FTW_PHYS);
      }
  for (size_t i = 0; !has_folder && i < sizeof folders / sizeof folders[0]; i++)
    nftw (folders[i], visit, 16, FTW_PHYS);

  const int n = print_tallies ();

  if (!has_folder)
    {
      printf ("%s %d - a thousand elements and more\n", n >= 1000 ? "ok" : "not ok", ++test_number);
      test_failures += n < 1000;
    }
  return done ();
}
