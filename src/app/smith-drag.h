/* Dragging a file out of the window that is written only when it is dropped somewhere. */
#pragma once

#include <gtk/gtk.h>

/* How @source writes @file; @callback with @data when it is done. */
typedef void (*SmithDragBegin) (gpointer source, GFile *file, GAsyncReadyCallback callback,
                                gpointer data);
typedef gboolean (*SmithDragFinish) (GAsyncResult *result, GError **error);
/* The file's name, owned by the caller; NULL: there is nothing to drag now. */
typedef char *(*SmithDragName) (gpointer source);

/* @source: a GObject that lives as long as @widget. @icon: what hangs at the pointer. */
void smith_drag_add (GtkWidget *widget, gpointer source, const char *icon, SmithDragName name,
                     SmithDragBegin begin, SmithDragFinish finish);

/* For "accept" of a drop target: files from elsewhere, not what was dragged out of this window. */
gboolean smith_drag_is_foreign (GtkDropTarget *target, GdkDrop *drop, gpointer data);
