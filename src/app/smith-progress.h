/* A line with progress and "Cancel", there only while something lasts. */
#pragma once

#include <gtk/gtk.h>

#define SMITH_TYPE_PROGRESS (smith_progress_get_type ())
G_DECLARE_FINAL_TYPE (SmithProgress, smith_progress, SMITH, PROGRESS, GtkWidget)

/* What a piece of work and the line share: written by the worker, polled by the line. */
typedef struct
{
  GCancellable *cancellable;
  int permille;     /* atomic; -1: unknown */
  const char *what; /* atomic; interned, the engine's word for what is done now; NULL: none */
} SmithWork;

SmithWork *smith_work_new (void);
SmithWork *smith_work_ref (SmithWork *work);
void smith_work_unref (SmithWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithWork, smith_work_unref)

/* Shows the line; an older piece of work is cancelled. Borrowed until the next begin or end. */
SmithWork *smith_progress_begin (SmithProgress *self, const char *text);
/* Hides the line when @work is the one that it shows; FALSE: a newer one is under way. */
gboolean smith_progress_end (SmithProgress *self, SmithWork *work);
/* How to say what is being done: NULL keeps the text of the beginning. */
typedef const char *(*SmithWords) (const char *what);
void smith_progress_set_words (SmithProgress *self, SmithWords words);
void smith_progress_cancel (SmithProgress *self);
gboolean smith_progress_is_active (SmithProgress *self);

/* A page that waits for a piece of work: what a callback is given. It keeps the page. */
typedef struct _SmithErrand SmithErrand;

/* @page: a GtkWidget with @progress in it. Owned by the callback, which ends it. */
SmithErrand *smith_errand_begin (gpointer page, SmithProgress *progress, const char *text);
SmithWork *smith_errand_work (SmithErrand *errand);
/* Frees @take. The page, owned by the caller; NULL when something newer is under way there, or the
 * page is closed: then the result is nobody's. */
gpointer smith_errand_end (SmithErrand *take);
