/* A line with progress and "Cancel", there only while something lasts. */
#pragma once

#include <gtk/gtk.h>

#define SMITH_TYPE_PROGRESS (smith_progress_get_type ())
G_DECLARE_FINAL_TYPE (SmithProgress, smith_progress, SMITH, PROGRESS, GtkWidget)

/* What a piece of work and the line share: written by the worker, polled by the line. */
typedef struct
{
  GCancellable *cancellable;
  int permille; /* atomic; -1: unknown */
} SmithWork;

SmithWork *smith_work_new (void);
SmithWork *smith_work_ref (SmithWork *work);
void smith_work_unref (SmithWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithWork, smith_work_unref)

/* Shows the line; an older piece of work is cancelled. Borrowed until the next begin or end. */
SmithWork *smith_progress_begin (SmithProgress *self, const char *text);
/* Hides the line when @work is the one that it shows; FALSE: a newer one is under way. */
gboolean smith_progress_end (SmithProgress *self, SmithWork *work);
void smith_progress_cancel (SmithProgress *self);
gboolean smith_progress_is_active (SmithProgress *self);
