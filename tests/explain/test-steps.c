/* What an explanation says of a product that was worked out by hand, and what it refuses. */
#include "ops/one-op.h"

/*
 * (10 - 4) × 3 + (-20 - 4) × 7 + (5 - 4) × -9 = -159, with the bias of 400: 241. The scales 0.5 ×
 * 0.25 / 0.125 make 1, so 241 - 3 = 238 is clamped to 127. Real: 241 × 0.125 = 30.125, and 130
 * steps of 0.125 above -3 are 16.25.
 */
static LsModel *
dense (void)
{
  static const int8_t x[] = { 10, -20, 5 }, w[] = { 3, 7, -9, 1, 1, 1 }, y[2];
  static const int32_t bias[] = { 400, 0 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (1, 3), x), 0.5f, 4);
  one_quant (one_constant (&one, LS_TYPE_INT8, SHAPE (2, 3), w), 0.25f, 0);
  one_quant (one_constant (&one, LS_TYPE_INT32, SHAPE (2), bias), 0.125f, 0);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (1, 2), y, sizeof y), 0.125f, -3);
  return one_model (&one, false);
}

static LsSession *
run (const LsModel *model, bool trace)
{
  static const int8_t x[] = { 10, -20, 5 };
  LsArray array
    = { .type = LS_TYPE_INT8, .rank = 2, .dims = { 1, 3 }, .data = (void *) x, .n_bytes = 3 };
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session;

  options.trace = trace;
  CHECK (ls_session_new (model, &options, &session, NULL) == LS_OK);
  CHECK (ls_session_set_input (session, 0, &array, NULL) == LS_OK);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  return session;
}

static const LsExplainStep *
step (const LsExplanation *e, const char *id)
{
  static const LsExplainStep none;

  for (uint32_t i = 0; i < e->n_steps; i++)
    if (strcmp (e->steps[i].id, id) == 0)
      return &e->steps[i];
  return &none;
}

static void
steps_are_those_of_the_pencil (void)
{
  LsModel *model = dense ();
  LsSession *session = run (model, true);
  LsExplanation e;

  CHECK (ls_explain (session, 0, 2, (int32_t[]){ 0, 0 }, &e, NULL) == LS_OK);
  CHECK_STR (e.kind, "FULLY_CONNECTED");
  CHECK (e.n_operands == 4 && e.n_taps == 3 && e.x_operand == 0 && e.w_operand == 1);
  CHECK (e.taps[1].x == -20 && e.taps[1].a == -24 && e.taps[1].w == 7 && e.taps[1].product == -168);
  CHECK (e.taps[1].x_at[1] == 1 && e.taps[2].w_at[1] == 2 && !e.taps[1].is_padding);
  CHECK (step (&e, "sum")->integer == -159 && step (&e, "sum")->kind == LS_EXPLAIN_LOOP);
  CHECK (step (&e, "bias")->integer == 400 && step (&e, "bias")->formula == NULL);
  CHECK (step (&e, "accumulator")->integer == 241);
  CHECK (step (&e, "real_multiplier")->real == 1.0);
  CHECK (step (&e, "raised")->integer == 238);
  CHECK (step (&e, "output")->kind == LS_EXPLAIN_RESULT && e.stored == 127 && e.is_integer);
  CHECK (e.matches && e.engine_stored == 127 && e.is_saturated);
  CHECK (e.value == 16.25 && e.float_value == 30.125 && e.error_steps == -111.0);
  ls_explanation_clear (&e);
  ls_session_free (session);
  ls_model_free (model);
}

static void
programs_hold_the_taps_and_steps (void)
{
  LsModel *model = dense ();
  LsSession *session = run (model, true);
  LsExplanation e;

  CHECK (ls_explain (session, 0, 2, (int32_t[]){ 0, 1 }, &e, NULL) == LS_OK);

  char *program = ls_explanation_c (&e);

  CHECK (program != NULL && strstr (program, "\n  10, -20, 5,\n") != NULL);
  CHECK (strstr (program, "  const int32_t accumulator = sum + bias;\n") != NULL);
  CHECK (strstr (program, "  assert (accumulator == -17);\n") != NULL);
  free (program);
  ls_explanation_clear (&e);
  ls_session_free (session);
  ls_model_free (model);
}

/* A name that would end the comment it stands in. */
static void
programs_are_safe_from_names (void)
{
  static const float x[] = { 1 }, y[] = { 2 };
  OneOp one = one_op (LS_OP_ADD);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1), x);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (1), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1), y, sizeof y);

  LsModel *model = one_model (&one, false);
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session;
  LsExplanation e;

  for (uint32_t i = 0; i < 3; i++)
    CHECK (ls_edit_rename_tensor (model, 0, i, "*/ #error\n/*", NULL) == LS_OK);
  options.trace = true;
  CHECK (ls_session_new (model, &options, &session, NULL) == LS_OK);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  CHECK (ls_explain (session, 0, 1, (int32_t[]){ 0 }, &e, NULL) == LS_OK);

  char *program = ls_explanation_c (&e);

  CHECK (strstr (program, "*/ #error") == NULL && strstr (program, "\n#error") == NULL);
  CHECK (strstr (program, "/ #error/") != NULL);
  free (program);
  ls_explanation_clear (&e);
  ls_session_free (session);
  ls_model_free (model);
}

/* Refused with that status and words. */
static bool
refuses (const LsSession *session, uint32_t op, int rank, const int32_t *at, LsStatus status,
         const char *words)
{
  LsError error = { 0 };
  LsExplanation e;
  const LsStatus got = ls_explain (session, op, rank, at, &e, &error);

  if (got == LS_OK)
    ls_explanation_clear (&e);
  if (got != status || strstr (error.message, words) == NULL)
    printf ("# %s\n", error.message);
  return got == status && strstr (error.message, words) != NULL && e.n_steps == 0;
}

static void
what_cannot_be_explained_is_said (void)
{
  LsModel *model = dense ();
  LsSession *traced = run (model, true), *plain = run (model, false), *idle = run (model, true);

  CHECK (refuses (traced, 0, 2, (int32_t[]){ 0, 2 }, LS_E_USAGE, "[0, 2] is not inside"));
  CHECK (refuses (traced, 0, 2, (int32_t[]){ -1, 0 }, LS_E_USAGE, "[1, 2]"));
  CHECK (refuses (traced, 0, 1, (int32_t[]){ 0 }, LS_E_USAGE, "another number of dimensions"));
  CHECK (refuses (traced, 1, 2, (int32_t[]){ 0, 0 }, LS_E_USAGE, "no operator 1"));
  CHECK (refuses (plain, 0, 2, (int32_t[]){ 0, 0 }, LS_E_USAGE, "traces in exact mode"));
  ls_session_free (traced);
  CHECK (ls_session_fill_input (idle, 0, 1, NULL) == LS_OK);
  CHECK (refuses (idle, 0, 2, (int32_t[]){ 0, 0 }, LS_E_USAGE, "run it first"));
  ls_session_free (plain);
  ls_session_free (idle);
  ls_model_free (model);
}

static void
operators_are_found_by_index_name_and_kind (void)
{
  LsModel *model = dense ();
  LsError error = { 0 };

  CHECK (ls_explain_find (model, 0, "0", NULL) == 0);
  CHECK (ls_explain_find (model, 0, "y", NULL) == 0);
  CHECK (ls_explain_find (model, 0, "FULLY_CONNECTED", NULL) == 0);
  CHECK (ls_explain_find (model, 0, "1", &error) == -1 && strstr (error.message, "below 1"));
  CHECK (ls_explain_find (model, 1, "0", &error) == -1 && strstr (error.message, "subgraph 1"));
  CHECK_STR (ls_explain_kind (0), "CONV_2D");
  CHECK (ls_explain_kind (1000) == NULL);
  ls_model_free (model);
}

int
main (void)
{
  RUN (steps_are_those_of_the_pencil);
  RUN (programs_hold_the_taps_and_steps);
  RUN (programs_are_safe_from_names);
  RUN (what_cannot_be_explained_is_said);
  RUN (operators_are_found_by_index_name_and_kind);
  return done ();
}
