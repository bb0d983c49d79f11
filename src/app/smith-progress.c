#include "smith-progress.h"

#include <glib/gi18n.h>

enum
{
  POLL_MS = 100
};

SmithWork *
smith_work_new (void)
{
  SmithWork *work = g_atomic_rc_box_new0 (SmithWork);

  work->cancellable = g_cancellable_new ();
  work->permille = -1;
  return work;
}

SmithWork *
smith_work_ref (SmithWork *work)
{
  return g_atomic_rc_box_acquire (work);
}

static void
work_clear (SmithWork *work)
{
  g_object_unref (work->cancellable);
}

void
smith_work_unref (SmithWork *work)
{
  g_atomic_rc_box_release_full (work, (GDestroyNotify) work_clear);
}

/* ---- The line ---------------------------------------------------------------------------------
 */

struct _SmithProgress
{
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkLabel *label;
  GtkProgressBar *bar;
  SmithWork *work;
  SmithWords words;
  const char *said;
  guint poll;
};

G_DEFINE_FINAL_TYPE (SmithProgress, smith_progress, GTK_TYPE_WIDGET)

/* Says what is being done now, when the page has words for it. */
static void
say (SmithProgress *self)
{
  const char *what = g_atomic_pointer_get (&self->work->what), *text;

  if (self->words == NULL || what == NULL || what == self->said)
    return;
  self->said = what;
  text = self->words (what);
  if (text == NULL)
    return;
  gtk_label_set_label (self->label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  -1);
}

static gboolean
poll_cb (gpointer data)
{
  SmithProgress *self = data;
  int permille = g_atomic_int_get (&self->work->permille);

  say (self);
  if (permille < 0)
    gtk_progress_bar_pulse (self->bar);
  else
    gtk_progress_bar_set_fraction (self->bar, permille / 1000.0);
  return G_SOURCE_CONTINUE;
}

static void
forget (SmithProgress *self)
{
  g_clear_handle_id (&self->poll, g_source_remove);
  g_clear_pointer (&self->work, smith_work_unref);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

SmithWork *
smith_progress_begin (SmithProgress *self, const char *text)
{
  g_return_val_if_fail (SMITH_IS_PROGRESS (self), NULL);

  smith_progress_cancel (self);
  forget (self);
  self->work = smith_work_new ();
  self->said = NULL;
  gtk_label_set_label (self->label, text);
  gtk_progress_bar_set_fraction (self->bar, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  -1);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  self->poll = g_timeout_add (POLL_MS, poll_cb, self);
  return self->work;
}

gboolean
smith_progress_end (SmithProgress *self, SmithWork *work)
{
  g_return_val_if_fail (SMITH_IS_PROGRESS (self), FALSE);

  if (self->work != work)
    return FALSE;
  forget (self);
  return TRUE;
}

void
smith_progress_set_words (SmithProgress *self, SmithWords words)
{
  g_return_if_fail (SMITH_IS_PROGRESS (self));

  self->words = words;
}

void
smith_progress_cancel (SmithProgress *self)
{
  g_return_if_fail (SMITH_IS_PROGRESS (self));

  if (self->work != NULL)
    g_cancellable_cancel (self->work->cancellable);
}

gboolean
smith_progress_is_active (SmithProgress *self)
{
  return self->work != NULL;
}

/* ---- Errands ----------------------------------------------------------------------------------
 */

struct _SmithErrand
{
  GtkWidget *page;
  SmithProgress *progress;
  SmithWork *work;
};

SmithErrand *
smith_errand_begin (gpointer page, SmithProgress *progress, const char *text)
{
  SmithErrand *errand = g_new0 (SmithErrand, 1);

  errand->page = g_object_ref (page);
  errand->progress = g_object_ref (progress);
  errand->work = smith_work_ref (smith_progress_begin (progress, text));
  return errand;
}

SmithWork *
smith_errand_work (SmithErrand *errand)
{
  return errand->work;
}

gpointer
smith_errand_end (SmithErrand *take)
{
  g_autofree SmithErrand *errand = take;
  g_autoptr (GtkWidget) page = errand->page;
  g_autoptr (SmithProgress) progress = errand->progress;
  g_autoptr (SmithWork) work = errand->work;

  return smith_progress_end (progress, work) ? g_steal_pointer (&page) : NULL;
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_progress_dispose (GObject *object)
{
  SmithProgress *self = SMITH_PROGRESS (object);

  smith_progress_cancel (self);
  g_clear_handle_id (&self->poll, g_source_remove);
  g_clear_pointer (&self->work, smith_work_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_PROGRESS);

  G_OBJECT_CLASS (smith_progress_parent_class)->dispose (object);
}

static void
smith_progress_class_init (SmithProgressClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_progress_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-progress.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithProgress, box);
  gtk_widget_class_bind_template_child (widget_class, SmithProgress, label);
  gtk_widget_class_bind_template_child (widget_class, SmithProgress, bar);
  gtk_widget_class_bind_template_callback (widget_class, smith_progress_cancel);
}

static void
smith_progress_init (SmithProgress *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
