#include "smith-drag.h"

#include <glib/gstdio.h>
#include <string.h>

#define URI_LIST "text/uri-list"

/* ---- A file that is written when it is asked for ----------------------------------------------
 */

#define SMITH_TYPE_DRAG_CONTENT (smith_drag_content_get_type ())
G_DECLARE_FINAL_TYPE (SmithDragContent, smith_drag_content, SMITH, DRAG_CONTENT, GdkContentProvider)

struct _SmithDragContent
{
  GdkContentProvider parent_instance;

  GObject *source;
  GFile *file;
  SmithDragBegin begin;
  SmithDragFinish finish;
};

G_DEFINE_FINAL_TYPE (SmithDragContent, smith_drag_content, GDK_TYPE_CONTENT_PROVIDER)

static GdkContentFormats *
ref_formats (GdkContentProvider *provider)
{
  const char *types[] = { URI_LIST };

  return gdk_content_formats_new (types, G_N_ELEMENTS (types));
}

static void
told_cb (GObject *stream, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  SmithDragContent *self = g_task_get_source_object (task);
  g_autofree char *uri = g_file_get_uri (self->file);
  char *line = g_strconcat (uri, "\r\n", NULL);
  GError *error = NULL;

  g_object_set_data_full (G_OBJECT (task), "line", line, g_free);
  if (!self->finish (result, &error))
    g_task_return_error (task, error);
  else
    g_output_stream_write_all_async (g_task_get_task_data (task), line, strlen (line),
                                     G_PRIORITY_DEFAULT, g_task_get_cancellable (task), told_cb,
                                     g_object_ref (task));
}

static void
write_mime_type_async (GdkContentProvider *provider, const char *mime_type, GOutputStream *stream,
                       int priority, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data)
{
  SmithDragContent *self = SMITH_DRAG_CONTENT (provider);
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_task_data (task, g_object_ref (stream), g_object_unref);
  self->begin (self->source, self->file, written_cb, task);
}

static gboolean
write_mime_type_finish (GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
smith_drag_content_finalize (GObject *object)
{
  SmithDragContent *self = SMITH_DRAG_CONTENT (object);

  g_clear_object (&self->source);
  g_clear_object (&self->file);

  G_OBJECT_CLASS (smith_drag_content_parent_class)->finalize (object);
}

static void
smith_drag_content_class_init (SmithDragContentClass *klass)
{
  GdkContentProviderClass *provider_class = GDK_CONTENT_PROVIDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = smith_drag_content_finalize;
  provider_class->ref_formats = ref_formats;
  provider_class->write_mime_type_async = write_mime_type_async;
  provider_class->write_mime_type_finish = write_mime_type_finish;
}

static void
smith_drag_content_init (SmithDragContent *self)
{
}

/* ---- Where from -------------------------------------------------------------------------------
 */

typedef struct
{
  gpointer source;
  SmithDragName name;
  SmithDragBegin begin;
  SmithDragFinish finish;
} Origin;

/* Whoever takes the file may read it late, even after the window is closed: what was dragged stays
 * until something is dragged out of another run of the program. */
static const char *
dragged_dir (void)
{
  static char *path;
  const char *name;
  g_autoptr (GDir) dir = NULL;

  if (path != NULL)
    return path;
  path = g_build_filename (g_get_user_cache_dir (), "litesmith", "dragged", NULL);
  g_mkdir_with_parents (path, 0700);
  dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *old = g_build_filename (path, name, NULL);

      g_unlink (old);
    }
  return path;
}

static GdkContentProvider *
prepare_cb (GtkDragSource *drag, double x, double y, gpointer data)
{
  const Origin *origin = data;
  g_autofree char *name = origin->name (origin->source);
  SmithDragContent *content;

  if (name == NULL)
    return NULL;
  content = g_object_new (SMITH_TYPE_DRAG_CONTENT, NULL);
  content->source = g_object_ref (origin->source);
  content->file = g_file_new_build_filename (dragged_dir (), name, NULL);
  content->begin = origin->begin;
  content->finish = origin->finish;
  return GDK_CONTENT_PROVIDER (content);
}

static void
free_origin (gpointer data, GClosure *closure)
{
  g_free (data);
}

void
smith_drag_add (GtkWidget *widget, gpointer source, const char *icon, SmithDragName name,
                SmithDragBegin begin, SmithDragFinish finish)
{
  GtkDragSource *drag = gtk_drag_source_new ();
  Origin *origin = g_new (Origin, 1);
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (widget));
  g_autoptr (GtkIconPaintable) picture = gtk_icon_theme_lookup_icon (
    theme, icon, NULL, 32, gtk_widget_get_scale_factor (widget), GTK_TEXT_DIR_NONE, 0);

  *origin = (Origin){ source, name, begin, finish };
  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  gtk_drag_source_set_icon (drag, GDK_PAINTABLE (picture), 0, 0);
  g_signal_connect_data (drag, "prepare", G_CALLBACK (prepare_cb), origin, free_origin, 0);
  /* Before the button takes the press for a click. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
}

gboolean
smith_drag_is_foreign (GtkDropTarget *target, GdkDrop *drop, gpointer data)
{
  GdkContentFormats *formats;
  gboolean has_files;

  if (gdk_drop_get_drag (drop) != NULL)
    return FALSE;
  formats = gdk_content_formats_union_deserialize_gtypes (
    gdk_content_formats_ref (gdk_drop_get_formats (drop)));
  has_files = gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST);
  gdk_content_formats_unref (formats);
  return has_files;
}
