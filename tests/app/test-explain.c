/* The arithmetic of one element, on inputs that a person chooses, in all forms that can be saved.
 */
#include "samples-fixture.h"
#include "smith-document-view.h"
#include "smith-engine-explain.h"

typedef struct
{
  SmithWindow *window;
  SmithModel *model;
} Fixture;

typedef struct
{
  SmithExplanation *explanation;
  GError *error;
} Answer;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->window = window_new ();
  f->model = view_take_model (window_open_sample (f->window, "digits-int8.tflite"));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  settle (100);
  g_object_unref (f->model);
}

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->explanation = smith_engine_explain_finish (result, &answer->error);
}

static int
find_op (Fixture *f, const char *kind)
{
  const SmithNet *net = smith_model_get_net (f->model, 0);

  for (uint32_t i = 0; i < net->n_ops; i++)
    if (g_str_equal (net->ops[i].kind, kind))
      return (int) i;
  g_assert_not_reached ();
}

static SmithExplanation *
explain (Fixture *f, SmithExplainWish wish)
{
  Answer answer = { 0 };

  wish.op = find_op (f, "CONV_2D");
  smith_engine_explain_async (f->model, &wish, explained_cb, &answer);
  WAIT_FOR (answer.explanation != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_true (answer.explanation->matches);
  return answer.explanation;
}

static void
all_forms_can_be_saved (Fixture *f, gconstpointer data)
{
  SmithExplanation *e = explain (f, (SmithExplainWish){ .at = "0, 2, 2, 1", .seed = 3 });

  g_assert_cmpstr (e->place, ==, "0, 2, 2, 1");
  g_assert_nonnull (strstr (e->text, "CONV_2D"));
  g_assert_nonnull (strstr (e->text, "The engine computed the same"));
  g_assert_nonnull (strstr (e->json, "\"digits-int8.tflite\""));
  g_assert_nonnull (strstr (e->json, "\"steps\""));
  g_assert_nonnull (strstr (e->program, "main"));
  smith_explanation_free (e);
}

static void
the_input_is_a_choice (Fixture *f, gconstpointer data)
{
  g_autoptr (GFile) zero = sample ("digit-0.png"), five = sample ("digit-5.png");
  g_autofree char *path_0 = g_file_get_path (zero), *path_5 = g_file_get_path (five);
  const char *const first[] = { path_0 }, *const second[] = { path_5 };
  SmithExplainWish wish = { .at = "0, 3, 3, 0", .files = first, .n_files = 1 };
  SmithExplanation *a = explain (f, wish), *b;

  wish.files = second;
  b = explain (f, wish);
  g_assert_cmpstr (a->text, !=, b->text);
  smith_explanation_free (a);
  smith_explanation_free (b);
}

static void
the_worst_is_no_better_than_others (Fixture *f, gconstpointer data)
{
  SmithExplanation *worst = explain (f, (SmithExplainWish){ .seed = 1 });
  SmithExplanation *some = explain (f, (SmithExplainWish){ .at = "0, 1, 1, 0", .seed = 1 });
  SmithExplanation *again = explain (f, (SmithExplainWish){ .at = worst->place, .seed = 1 });

  g_assert_cmpstr (again->text, ==, worst->text);
  g_assert_cmpfloat (worst->error, >=, some->error);
  smith_explanation_free (worst);
  smith_explanation_free (some);
  smith_explanation_free (again);
}

#define ADD(name) g_test_add ("/explain/" #name, Fixture, NULL, set_up, name, tear_down)

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  ADD (all_forms_can_be_saved);
  ADD (the_input_is_a_choice);
  ADD (the_worst_is_no_better_than_others);
  return g_test_run ();
}
