/* Repairing in the window: choosing, both ways, what it does to the outputs, and taking it back. */
#include "check-page/smith-mend-row.h"
#include "check-page/smith-repair-panel.h"
#include "smith-document-view.h"
#include "smith-engine-compare.h"
#include "smith-engine-edit.h"
#include "smith-engine-repair.h"
#include "window-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  SmithWindow *window;
  SmithModel *model;
  SmithRepairPanel *panel;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->window = window_new ();
  f->model = view_take_model (window_open_sample (f->window, "digits-broken-bias.tflite"));
  smith_window_show_page (f->window, "check");
  WAIT_FOR (find_widget (GTK_WIDGET (f->window), SMITH_TYPE_REPAIR_PANEL) != NULL);
  f->panel = SMITH_REPAIR_PANEL (find_widget (GTK_WIDGET (f->window), SMITH_TYPE_REPAIR_PANEL));
  WAIT_FOR (smith_repair_panel_has_changes (f->panel));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  while (smith_engine_can_undo (f->model, -1))
    smith_engine_undo (f->model, -1);
  gtk_window_destroy (GTK_WINDOW (f->window));
  settle (100);
  g_object_unref (f->model);
}

static SmithMendRow *
first_row (Fixture *f)
{
  return SMITH_MEND_ROW (find_widget (GTK_WIDGET (f->panel), SMITH_TYPE_MEND_ROW));
}

static void
what_is_not_chosen_stays (Fixture *f, gconstpointer data)
{
  smith_mend_row_set_chosen (first_row (f), FALSE);
  WAIT_FOR (!smith_repair_panel_has_changes (f->panel));
  g_assert_false (gtk_widget_get_sensitive (find_button (GTK_WIDGET (f->window), "Repair")));
  smith_mend_row_set_chosen (first_row (f), TRUE);
  WAIT_FOR (smith_repair_panel_has_changes (f->panel));
  g_assert_true (gtk_widget_get_sensitive (find_button (GTK_WIDGET (f->window), "Repair")));
}

static void
mending_the_open_model_can_be_undone (Fixture *f, gconstpointer data)
{
  press (GTK_WIDGET (f->window), "Mend the Open Model");
  g_assert_true (smith_model_is_modified (f->model));
  WAIT_FOR (!smith_repair_panel_has_changes (f->panel));
  smith_engine_undo (f->model, -1);
  g_assert_false (smith_model_is_modified (f->model));
  WAIT_FOR (smith_repair_panel_has_changes (f->panel));
}

typedef struct
{
  SmithMendEffect *effect;
  gboolean is_written;
  GError *error;
} Answer;

static void
effect_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->effect = smith_engine_mend_effect_finish (result, &answer->error);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->is_written = smith_engine_repair_finish (result, &answer->error);
}

static void
both_ways_are_compared (Fixture *f, gconstpointer data)
{
  static const char *const ways[]
    = { "bias-scale-mismatch:keep-integers", "bias-scale-mismatch:keep-values" };

  for (int i = 0; i < 2; i++)
    {
      const char *fixes[] = { ways[i], NULL };
      g_autoptr (SmithWork) work = smith_work_new ();
      g_autoptr (GFile) picture = sample ("digit-3.png");
      Answer answer = { 0 };
      const SmithPair *pair;

      smith_engine_mend_effect_async (f->model, (char **) fixes, g_file_peek_path (picture), 1,
                                      work, effect_cb, &answer);
      WAIT_FOR (answer.effect != NULL || answer.error != NULL);
      g_assert_no_error (answer.error);
      g_assert_null (answer.effect->before_problem);
      g_assert_cmpuint (answer.effect->outputs->len, ==, 1);
      pair = answer.effect->outputs->pdata[0];
      g_assert_true ((pair->max_abs == 0) == (i == 0));
      smith_mend_effect_free (answer.effect);
    }
}

static void
edits_are_written_with_the_repair (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "mended.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  Answer answer = { 0 };
  gsize size;

  g_assert_true (smith_engine_rename_tensor (f->model, 0, 0, "renamed_by_hand", &error));
  g_assert_no_error (error);
  smith_engine_repair_async (f->model, NULL, file, written_cb, &answer);
  WAIT_FOR (answer.is_written || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_nonnull (memmem (contents, size, "renamed_by_hand", strlen ("renamed_by_hand")));
  g_remove (path);
  g_rmdir (dir);
}

#define ADD(name) g_test_add ("/repair/" #name, Fixture, NULL, set_up, name, tear_down)

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  ADD (what_is_not_chosen_stays);
  ADD (mending_the_open_model_can_be_undone);
  ADD (both_ways_are_compared);
  ADD (edits_are_written_with_the_repair);
  return g_test_run ();
}
