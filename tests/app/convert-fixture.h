/* A window with the float digits open, and a folder of samples to convert them with. */
#pragma once

#include "samples-fixture.h"
#include "smith-engine-convert.h"

typedef struct
{
  SmithWindow *window;
  SmithModel *model;
  SmithChoice choice;
  char *dir, *samples;
} Fixture;

static inline void
set_up (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "digit-0.png", "digit-2.png", "digit-5.png" };
  gboolean is_stated;

  f->dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  f->samples = g_build_filename (f->dir, "digits", NULL);
  g_mkdir (f->samples, 0700);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    copy_sample (names[i], f->samples);
  f->window = window_new ();
  f->model = view_take_model (window_open_sample (f->window, "digits.tflite"));
  f->choice = (SmithChoice){ .type = "int8", .samples = f->samples };
  g_assert_true (smith_engine_pictures (f->model, &f->choice.pictures, &is_stated));
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  settle (100);
  g_object_unref (f->model);
  remove_tree (f->dir);
  g_free (f->dir);
  g_free (f->samples);
}
