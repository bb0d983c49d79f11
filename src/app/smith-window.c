#include "smith-window.h"
#include "devices-page/smith-device.h"
#include "devices-page/smith-devices-page.h"
#include "help/smith-operators-window.h"
#include "smith-closing.h"
#include "smith-document-view.h"
#include "smith-drag.h"
#include "smith-files.h"
#include "smith-help.h"
#include "smith-rows.h"
#include "smith-settings.h"
#include "smith-start.h"
#include "smith-toast.h"

#include <glib/gi18n.h>

enum
{
  NARROW_PX = 640, /* below it the rail lies at the bottom */
  RAIL_PX = 88,
  TOAST_SECONDS = 3
};

struct _SmithWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwHeaderBar *header;
  AdwSplitButton *open_button;
  GtkWidget *history_box, *inspector_button, *error_revealer;
  GtkMenuButton *menu_button;
  GtkPopover *recent_popover;
  AdwWindowTitle *title;
  GtkLabel *error_label, *error_detail;
  GtkBox *body, *rail;
  GtkStack *stack;
  AdwTabBar *tab_bar;
  AdwTabView *tabs;
  GtkListBox *recent_list;
  AdwStatusPage *empty;
  AdwPreferencesGroup *samples;
  SmithDevicesPage *devices;

  GCancellable *loading; /* of all files that are being opened; cancelled with the window */
  unsigned n_loading;
  gboolean is_narrow;
  gboolean may_close;     /* edits may be lost */
  gboolean closes_window; /* not only a tab, once it is saved */
  guint relayout;
};

G_DEFINE_FINAL_TYPE (SmithWindow, smith_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- Messages ------------------------------------------------------------------------------- */

void
smith_window_toast (SmithWindow *self, const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_timeout (toast, TOAST_SECONDS);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
smith_window_show_error (SmithWindow *self, const char *sentence, const char *detail)
{
  g_return_if_fail (SMITH_IS_WINDOW (self));

  gtk_label_set_label (self->error_label, sentence);
  gtk_label_set_label (self->error_detail, detail);
  gtk_widget_set_visible (GTK_WIDGET (self->error_detail), detail != NULL && detail[0] != '\0');
  gtk_widget_set_visible (self->error_revealer, TRUE);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->error_revealer), TRUE);
}

static void
dismiss_error (SmithWindow *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->error_revealer), FALSE);
  gtk_widget_set_visible (self->error_revealer, FALSE);
}

/* ---- Pages and tabs ------------------------------------------------------------------------- */

SmithDocumentView *
smith_window_get_view (SmithWindow *self)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tabs);

  return page != NULL ? SMITH_DOCUMENT_VIEW (adw_tab_page_get_child (page)) : NULL;
}

static const char *
shown_page (SmithWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "page");
  g_autoptr (GVariant) state = g_action_get_state (action);
  const char *name = g_variant_get_string (state, NULL);

  return g_intern_string (name);
}

static SmithModel *
model_of_page (AdwTabPage *page)
{
  SmithDocumentView *view = SMITH_DOCUMENT_VIEW (adw_tab_page_get_child (page));

  return smith_document_get_model (smith_document_view_get_document (view));
}

/* "• model.tflite" while it has edits that no file has. Owned by the caller. */
static char *
title_text (SmithModel *model)
{
  const char *title = smith_model_get_title (model);

  return smith_model_is_modified (model) ? g_strconcat ("• ", title, NULL) : g_strdup (title);
}

static char *
subtitle_text (SmithWindow *self, SmithModel *model)
{
  if (self->n_loading > 0)
    return g_strdup (_ ("Opening…"));
  if (model == NULL)
    return g_strdup ("");
  if (smith_model_is_modified (model))
    /* Translators: a model with edits; then its summary. */
    return g_strdup_printf (_ ("Modified · %s"), smith_model_get_summary (model));
  return g_strdup (smith_model_get_summary (model));
}

static void
update_title (SmithWindow *self)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tabs);
  SmithModel *model = page != NULL ? model_of_page (page) : NULL;
  g_autofree char *title = model != NULL ? title_text (model) : g_strdup ("Litesmith");
  g_autofree char *subtitle = subtitle_text (self, model);

  adw_window_title_set_title (self->title, title);
  adw_window_title_set_subtitle (self->title, subtitle);
  gtk_window_set_title (GTK_WINDOW (self), title);
}

/* Edited, undone or saved: tabs and title say so. */
static void
update_tabs (SmithWindow *self)
{
  for (int i = 0; i < adw_tab_view_get_n_pages (self->tabs); i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (self->tabs, i);
      SmithModel *model = model_of_page (page);
      g_autofree char *title = title_text (model);

      adw_tab_page_set_title (page, title);
      adw_tab_page_set_tooltip (page, smith_model_get_path (model));
    }
  update_title (self);
}

/* A child that was shown keeps its size in GTK 4.8: hidden, it is gone for screen readers too. */
static void
show_only (SmithWindow *self, const char *name)
{
  GtkWidget *shown = gtk_stack_get_child_by_name (self->stack, name);

  gtk_widget_set_visible (shown, TRUE);
  gtk_stack_set_visible_child (self->stack, shown);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->stack)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_visible (child, child == shown);
}

static void
update_view (SmithWindow *self)
{
  SmithDocumentView *view = smith_window_get_view (self);
  const char *page = shown_page (self);
  gboolean is_devices = g_str_equal (page, "devices");
  /* Where the window comes with a model, the page to begin with would only flash by. */
  gboolean is_begun = self->n_loading == 0 || gtk_widget_get_mapped (GTK_WIDGET (self->empty));
  const char *without = is_begun ? "empty" : "opening";

  show_only (self, is_devices ? "devices" : view != NULL ? "documents" : without);
  smith_start_describe (self->empty, page);
  smith_devices_page_set_has_model (self->devices, view != NULL);
  if (view != NULL)
    smith_document_view_show_page (view, page);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "doc",
                                  view != NULL ? smith_document_view_get_actions (view) : NULL);
  gtk_widget_set_visible (self->history_box, view != NULL && !is_devices && !self->is_narrow);
  gtk_widget_set_visible (self->inspector_button, view != NULL && !is_devices);
  update_title (self);
}

void
smith_window_show_page (SmithWindow *self, const char *page)
{
  g_return_if_fail (SMITH_IS_WINDOW (self));

  g_action_group_change_action_state (G_ACTION_GROUP (self), "page", g_variant_new_string (page));
}

static void
page_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_simple_action_set_state (action, value);
  update_view (data);
}

/* Who opens a model wants to see it. */
static void
leave_devices (SmithWindow *self)
{
  if (g_str_equal (shown_page (self), "devices"))
    smith_window_show_page (self, "graph");
}

static AdwTabPage *
find_tab (SmithWindow *self, GFile *file)
{
  for (int i = 0; i < adw_tab_view_get_n_pages (self->tabs); i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (self->tabs, i);
      GFile *open = smith_model_get_file (model_of_page (page));

      if (open != NULL && g_file_equal (open, file))
        return page;
    }
  return NULL;
}

static void
add_tab (SmithWindow *self, SmithModel *model, gboolean is_selected)
{
  SmithDocumentView *view = smith_document_view_new (model);
  AdwTabPage *page = adw_tab_view_append (self->tabs, GTK_WIDGET (view));

  g_signal_connect_object (model, "changed", G_CALLBACK (update_tabs), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "saved", G_CALLBACK (update_tabs), self, G_CONNECT_SWAPPED);
  update_tabs (self);
  if (is_selected)
    adw_tab_view_set_selected_page (self->tabs, page);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static void
finish_open (SmithWindow *self, GAsyncResult *result, gboolean is_selected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmithModel) model = smith_model_open_finish (result, &error);
  GFile *file = g_task_get_task_data (G_TASK (result));

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the window is closed */
  self->n_loading--;
  if (model == NULL)
    {
      g_autofree char *name = g_file_get_basename (file);
      /* Translators: the name of a file. */
      g_autofree char *sentence = g_strdup_printf (_ ("“%s” could not be opened"), name);
      g_autofree char *cause = smith_files_cause (error);

      smith_window_show_error (self, sentence, cause);
      update_view (self);
      return;
    }
  dismiss_error (self);
  smith_recent_add (file);
  if (find_tab (self, file) == NULL)
    add_tab (self, model, is_selected);
  if (is_selected)
    leave_devices (self);
  update_view (self);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithWindow) self = data;

  finish_open (self, result, TRUE);
}

static void
opened_beside_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithWindow) self = data;

  finish_open (self, result, FALSE);
}

void
smith_window_open (SmithWindow *self, GFile *file)
{
  AdwTabPage *page;

  g_return_if_fail (SMITH_IS_WINDOW (self));

  page = find_tab (self, file);
  if (page != NULL)
    {
      adw_tab_view_set_selected_page (self->tabs, page);
      leave_devices (self);
      return;
    }
  self->n_loading++;
  update_view (self);
  smith_model_open_async (file, self->loading, opened_cb, g_object_ref (self));
}

static void
open_chosen_cb (GFile *file, gpointer data)
{
  smith_window_open (data, file);
}

static void
open_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_choose_files (data, _ ("Open a Model"), SMITH_FILES_MODELS, open_chosen_cb);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  GSList *files = gdk_file_list_get_files (g_value_get_boxed (value));

  for (GSList *l = files; l != NULL; l = l->next)
    smith_window_open (data, l->data);
  g_slist_free (files);
  return TRUE;
}

/* ---- Recent files and samples --------------------------------------------------------------- */

static void
recent_activated_cb (SmithWindow *self, GtkListBoxRow *row)
{
  GFile *file = g_object_get_data (G_OBJECT (row), "file");

  gtk_popover_popdown (self->recent_popover);
  smith_window_open (self, file);
}

static void
sample_activated_cb (AdwActionRow *row, gpointer data)
{
  smith_window_open (data, g_object_get_data (G_OBJECT (row), "file"));
}

static void
empty_shown_cb (SmithWindow *self)
{
  g_signal_handlers_disconnect_by_func (self->empty, empty_shown_cb, self);
  smith_samples_fill (self->samples, G_CALLBACK (sample_activated_cb), self);
}

static void
recent_shown_cb (SmithWindow *self)
{
  smith_recent_fill (self->recent_list);
}

/* ---- Session -------------------------------------------------------------------------------- */

void
smith_window_restore_session (SmithWindow *self)
{
  g_auto (GStrv) uris = NULL;

  g_return_if_fail (SMITH_IS_WINDOW (self));

  if (smith_settings_get () == NULL || !smith_settings_get_boolean ("restore-session", TRUE))
    return;
  uris = g_settings_get_strv (smith_settings_get (), "session");
  for (char **uri = uris; *uri != NULL; uri++)
    {
      g_autoptr (GFile) file = g_file_new_for_uri (*uri);

      if (g_file_query_exists (file, NULL))
        smith_window_open (self, file);
    }
}

static void
save_session (SmithWindow *self)
{
  g_autoptr (GStrvBuilder) uris = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  int width, height;

  if (smith_settings_get () == NULL)
    return;
  for (int i = 0; i < adw_tab_view_get_n_pages (self->tabs); i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (self->tabs, i);
      GFile *file = smith_model_get_file (model_of_page (page));

      if (file != NULL)
        {
          g_autofree char *uri = g_file_get_uri (file);

          g_strv_builder_add (uris, uri);
        }
    }
  list = g_strv_builder_end (uris);
  g_settings_set_strv (smith_settings_get (), "session", (const char *const *) list);
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  smith_settings_set_int ("window-width", MAX (width, 360));
  smith_settings_set_int ("window-height", MAX (height, 300));
  smith_settings_set_boolean ("window-maximized", gtk_window_is_maximized (GTK_WINDOW (self)));
}

/* ---- Closing -------------------------------------------------------------------------------- */

/* The first with edits that no file has; NULL: none. @n_others: how many more there are. */
static AdwTabPage *
find_modified (SmithWindow *self, unsigned *n_others)
{
  AdwTabPage *first = NULL;

  *n_others = 0;
  for (int i = 0; i < adw_tab_view_get_n_pages (self->tabs); i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (self->tabs, i);

      if (!smith_model_is_modified (model_of_page (page)))
        continue;
      if (first == NULL)
        first = page;
      else
        *n_others += 1;
    }
  return first;
}

static void
save_before_closing (SmithWindow *self, AdwTabPage *page, gboolean closes_window)
{
  self->closes_window = closes_window;
  adw_tab_view_set_selected_page (self->tabs, page);
  smith_document_view_save (SMITH_DOCUMENT_VIEW (adw_tab_page_get_child (page)), TRUE);
}

static void
closing_tab_answered_cb (GtkWindow *window, SmithClosing answer, gpointer data)
{
  SmithWindow *self = SMITH_WINDOW (window);

  adw_tab_view_close_page_finish (self->tabs, data, answer == SMITH_CLOSING_DISCARDS);
  if (answer == SMITH_CLOSING_SAVES)
    save_before_closing (self, data, FALSE);
}

static gboolean
close_page_cb (SmithWindow *self, AdwTabPage *page)
{
  SmithModel *model = model_of_page (page);

  if (!smith_model_is_modified (model))
    return GDK_EVENT_PROPAGATE;
  smith_ask_before_closing (GTK_WINDOW (self), smith_model_get_title (model), 0,
                            closing_tab_answered_cb, G_OBJECT (page));
  return GDK_EVENT_STOP;
}

static void
closing_window_answered_cb (GtkWindow *window, SmithClosing answer, gpointer data)
{
  SmithWindow *self = SMITH_WINDOW (window);

  if (answer == SMITH_CLOSING_DISCARDS)
    {
      self->may_close = TRUE;
      gtk_window_close (window);
    }
  else if (answer == SMITH_CLOSING_SAVES)
    save_before_closing (self, data, TRUE);
}

static gboolean
asks_before_closing (SmithWindow *self)
{
  unsigned n_others;
  AdwTabPage *page = self->may_close ? NULL : find_modified (self, &n_others);

  if (page == NULL)
    return FALSE;
  smith_ask_before_closing (GTK_WINDOW (self), smith_model_get_title (model_of_page (page)),
                            n_others, closing_window_answered_cb, G_OBJECT (page));
  return TRUE;
}

static void
close_saved_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithWindow *self = data;

  if (self->closes_window)
    gtk_window_close (GTK_WINDOW (self));
  else
    adw_tab_view_close_page (self->tabs, adw_tab_view_get_selected_page (self->tabs));
}

/* ---- Actions -------------------------------------------------------------------------------- */

static void
close_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithWindow *self = data;
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tabs);

  if (page != NULL)
    adw_tab_view_close_page (self->tabs, page);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
dismiss_error_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  dismiss_error (data);
}

static void
toast_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_window_toast (data, g_variant_get_string (parameter, NULL));
}

static void
offer_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_toast_overlay_add_toast (SMITH_WINDOW (data)->toasts, smith_toast_new_undo (parameter));
}

static void
restore_device_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_devices_restore ();
}

static void
error_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const char *sentence, *detail;

  g_variant_get (parameter, "(&s&s)", &sentence, &detail);
  smith_window_show_error (data, sentence, detail);
}

static void
open_file_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  smith_window_open (data, file);
}

/* In a tab of its own, without leaving the one that is shown. */
static void
open_beside_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithWindow *self = data;
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  self->n_loading++;
  smith_model_open_async (file, self->loading, opened_beside_cb, g_object_ref (self));
}

static void
bench_on_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithWindow *self = data;
  SmithDocumentView *view = smith_window_get_view (self);

  if (view == NULL)
    return;
  smith_window_show_page (self, "benchmark");
  smith_document_view_bench_on (view, g_variant_get_uint32 (parameter));
}

static void
help_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_help_show (GTK_WINDOW (data), shown_page (data));
}

static void
operators_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_operators_window_show (GTK_WINDOW (data));
}

static void
menu_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_menu_button_popup (SMITH_WINDOW (data)->menu_button);
}

static void
restore_session_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_simple_action_set_state (action, value);
  smith_settings_set_boolean ("restore-session", g_variant_get_boolean (value));
}

static void
add_actions (SmithWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "open", .activate = open_cb },
    { .name = "open-beside", .parameter_type = "s", .activate = open_beside_cb },
    { .name = "open-file", .parameter_type = "s", .activate = open_file_cb },
    { .name = "close-tab", .activate = close_tab_cb },
    { .name = "close-saved", .activate = close_saved_cb },
    { .name = "dismiss-error", .activate = dismiss_error_cb },
    { .name = "toast", .parameter_type = "s", .activate = toast_cb },
    { .name = "error", .parameter_type = "(ss)", .activate = error_cb },
    { .name = "offer-undo", .parameter_type = "(sss)", .activate = offer_undo_cb },
    { .name = "restore-device", .activate = restore_device_cb },
    { .name = "bench-on", .parameter_type = "u", .activate = bench_on_cb },
    { .name = "help", .activate = help_cb },
    { .name = "menu", .activate = menu_cb },
    { .name = "operators", .activate = operators_cb },
    { .name = "page", .parameter_type = "s", .state = "'graph'", .change_state = page_cb },
    { .name = "restore-session", .state = "true", .change_state = restore_session_cb },
  };
  GAction *restore;

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  restore = g_action_map_lookup_action (G_ACTION_MAP (self), "restore-session");
  g_simple_action_set_state (
    G_SIMPLE_ACTION (restore),
    g_variant_new_boolean (smith_settings_get_boolean ("restore-session", TRUE)));
}

/* ---- Size ----------------------------------------------------------------------------------- */

static gboolean
relayout_cb (gpointer data)
{
  SmithWindow *self = data;
  GtkOrientation along = self->is_narrow ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL;

  self->relayout = 0;
  if (self->is_narrow)
    gtk_widget_add_css_class (GTK_WIDGET (self->rail), "bottom");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->rail), "bottom");
  adw_header_bar_set_centering_policy (self->header, self->is_narrow ? ADW_CENTERING_POLICY_LOOSE
                                                                     : ADW_CENTERING_POLICY_STRICT);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->body), GTK_ORIENTATION_VERTICAL == along
                                                                 ? GTK_ORIENTATION_HORIZONTAL
                                                                 : GTK_ORIENTATION_VERTICAL);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->rail), along);
  /* Not a matter of style: what style asks for comes a frame later than the new places, and the
   * window would grow to hold seven wide buttons side by side. */
  gtk_widget_set_size_request (GTK_WIDGET (self->rail), self->is_narrow ? -1 : RAIL_PX, -1);
  for (GtkWidget *tab = gtk_widget_get_first_child (GTK_WIDGET (self->rail)); tab != NULL;
       tab = gtk_widget_get_next_sibling (tab))
    gtk_widget_set_hexpand (tab, self->is_narrow);
  gtk_box_reorder_child_after (self->body, GTK_WIDGET (self->rail),
                               self->is_narrow ? GTK_WIDGET (self->stack) : NULL);
  update_view (self);
  return G_SOURCE_REMOVE;
}

static void
smith_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SmithWindow *self = SMITH_WINDOW (widget);
  gboolean is_narrow = width < NARROW_PX;

  if (is_narrow != self->is_narrow)
    {
      self->is_narrow = is_narrow;
      if (self->relayout == 0)
        self->relayout = g_idle_add (relayout_cb, self);
    }
  GTK_WIDGET_CLASS (smith_window_parent_class)->size_allocate (widget, width, height, baseline);
}

/* ---- The object ----------------------------------------------------------------------------- */

static gboolean
smith_window_close_request (GtkWindow *window)
{
  SmithWindow *self = SMITH_WINDOW (window);

  if (asks_before_closing (self))
    return TRUE;
  save_session (self);
  g_cancellable_cancel (self->loading);
  return GTK_WINDOW_CLASS (smith_window_parent_class)->close_request (window);
}

static void
smith_window_dispose (GObject *object)
{
  SmithWindow *self = SMITH_WINDOW (object);

  g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  g_clear_handle_id (&self->relayout, g_source_remove);
  if (self->tabs != NULL)
    g_signal_handlers_disconnect_by_data (self->tabs, self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "doc", NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_WINDOW);

  G_OBJECT_CLASS (smith_window_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithWindow, name)

static void
smith_window_class_init (SmithWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_DEVICES_PAGE);
  G_OBJECT_CLASS (klass)->dispose = smith_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = smith_window_close_request;
  widget_class->size_allocate = smith_window_size_allocate;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/litesmith/Litesmith/ui/smith-window.ui");
  BIND (toasts);
  BIND (header);
  BIND (open_button);
  BIND (history_box);
  BIND (inspector_button);
  BIND (error_revealer);
  BIND (menu_button);
  BIND (recent_popover);
  BIND (title);
  BIND (error_label);
  BIND (error_detail);
  BIND (body);
  BIND (rail);
  BIND (stack);
  BIND (tab_bar);
  BIND (tabs);
  BIND (recent_list);
  BIND (empty);
  BIND (samples);
  BIND (devices);
}

static void
smith_window_init (SmithWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->loading = g_cancellable_new ();
  add_actions (self);
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_name_arrow (GTK_WIDGET (self->open_button), _ ("Recent Models"));
  gtk_window_set_default_size (GTK_WINDOW (self), smith_settings_get_int ("window-width", 1200),
                               smith_settings_get_int ("window-height", 800));
  if (smith_settings_get_boolean ("window-maximized", FALSE))
    gtk_window_maximize (GTK_WINDOW (self));
  g_signal_connect (drop, "accept", G_CALLBACK (smith_drag_is_foreign), NULL);
  g_signal_connect (drop, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  g_signal_connect_swapped (self->tabs, "notify::selected-page", G_CALLBACK (update_view), self);
  g_signal_connect_swapped (self->tabs, "close-page", G_CALLBACK (close_page_cb), self);
  g_signal_connect_swapped (self->recent_list, "row-activated", G_CALLBACK (recent_activated_cb),
                            self);
  g_signal_connect_swapped (self->recent_popover, "show", G_CALLBACK (recent_shown_cb), self);
  g_signal_connect_swapped (self->empty, "map", G_CALLBACK (empty_shown_cb), self);
  update_view (self);
}

SmithWindow *
smith_window_new (SmithApplication *application)
{
  return g_object_new (SMITH_TYPE_WINDOW, "application", application, NULL);
}
