#include "smith-application.h"
#include "smith-popovers.h"
#include "smith-settings.h"
#include "smith-window.h"

#include <glib/gi18n.h>

struct _SmithApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (SmithApplication, smith_application, ADW_TYPE_APPLICATION)

static SmithWindow *
ensure_window (SmithApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL)
    window = GTK_WINDOW (smith_window_new (self));
  return SMITH_WINDOW (window);
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (data));

  adw_show_about_window (
    parent, "application-name", "Litesmith", "application-icon", SMITH_APP_ID, "version",
    LS_VERSION, "developer-name", _ ("The Litesmith project"), "license-type",
    GTK_LICENSE_APACHE_2_0, "comments",
    _ ("Opens neural networks for devices, shows them, tells what is wrong with them, and mends, "
       "converts, runs and times them."),
    "translator-credits", _ ("translator-credits"), NULL);
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (GTK_APPLICATION (data)));

  /* Closing remembers the session. */
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_close (l->data);
  g_list_free (windows);
}

static void
apply_color_scheme (const char *name)
{
  AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

  if (g_str_equal (name, "light"))
    scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
  else if (g_str_equal (name, "dark"))
    scheme = ADW_COLOR_SCHEME_FORCE_DARK;
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

static void
color_scheme_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  const char *name = g_variant_get_string (value, NULL);

  g_simple_action_set_state (action, value);
  apply_color_scheme (name);
  if (smith_settings_get () != NULL)
    g_settings_set_string (smith_settings_get (), "color-scheme", name);
}

static void
restore_color_scheme (SmithApplication *self)
{
  g_autofree char *name = NULL;
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "color-scheme");

  if (smith_settings_get () == NULL)
    return;
  name = g_settings_get_string (smith_settings_get (), "color-scheme");
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (name));
  if (!g_str_equal (name, "default"))
    apply_color_scheme (name);
}

static void
set_accels (SmithApplication *self)
{
  static const struct
  {
    const char *action;
    const char *keys[4];
  } accels[] = {
    { "app.quit", { "<Control>q" } },
    { "win.open", { "<Control>o" } },
    { "win.close-tab", { "<Control>w" } },
    { "win.show-help-overlay", { "<Control>question" } },
    { "win.help", { "F1" } },
    { "win.operators", { "<Shift>F1" } },
    { "win.menu", { "F10" } },
    { "doc.search", { "<Control>f" } },
    { "doc.step(1)", { "F3", "<Control>g" } },
    { "doc.step(-1)", { "<Shift>F3", "<Control><Shift>g" } },
    { "doc.zoom-in", { "<Control>plus", "<Control>equal" } },
    { "doc.zoom-out", { "<Control>minus" } },
    { "doc.zoom-fit", { "<Control>0" } },
    { "doc.zoom-one", { "<Control>1" } },
    { "doc.back", { "<Alt>Left" } },
    { "doc.forward", { "<Alt>Right" } },
    { "doc.toggle-layers", { "F9" } },
    { "doc.show-inspector", { "<Control>i" } },
    { "doc.save", { "<Control>s", "<Control><Shift>s" } },
    { "doc.export-graph", { "<Control>e" } },
    { "doc.rename", { "F2" } },
    { "doc.page-start", { "<Control>Return", "<Control>KP_Enter" } },
    { "doc.page-save", { "<Control><Shift>e" } },
    { "doc.fold-all", { "<Control>bracketleft" } },
    { "doc.unfold-all", { "<Control>bracketright" } },
    { "doc.toggle-legend", { "<Control>l" } },
    { "doc.toggle-minimap", { "<Control>m" } },
    { "doc.undo", { "<Control>z" } },
    { "doc.redo", { "<Control><Shift>z" } },
    { "win.page::graph", { "<Alt>1" } },
    { "win.page::check", { "<Alt>2" } },
    { "win.page::convert", { "<Alt>3" } },
    { "win.page::run", { "<Alt>4" } },
    { "win.page::benchmark", { "<Alt>5" } },
    { "win.page::compare", { "<Alt>6" } },
    { "win.page::devices", { "<Alt>7" } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action,
                                           accels[i].keys);
}

static void
smith_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { .name = "about", .activate = about_cb },
    { .name = "quit", .activate = quit_cb },
    { .name = "color-scheme",
      .parameter_type = "s",
      .state = "'default'",
      .change_state = color_scheme_cb },
  };
  SmithApplication *self = SMITH_APPLICATION (application);

  G_APPLICATION_CLASS (smith_application_parent_class)->startup (application);
  smith_popovers_mend ();

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  set_accels (self);
  restore_color_scheme (self);
  gtk_window_set_default_icon_name (SMITH_APP_ID);
  /* Texts can be selected, but are not as soon as the focus passes over them. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
}

static void
smith_application_activate (GApplication *application)
{
  SmithWindow *window = ensure_window (SMITH_APPLICATION (application));

  if (!gtk_widget_get_visible (GTK_WIDGET (window)))
    smith_window_restore_session (window);
  gtk_window_present (GTK_WINDOW (window));
}

static void
smith_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  SmithWindow *window = ensure_window (SMITH_APPLICATION (application));

  for (int i = 0; i < n_files; i++)
    smith_window_open (window, files[i]);
  gtk_window_present (GTK_WINDOW (window));
}

static void
smith_application_class_init (SmithApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->startup = smith_application_startup;
  application_class->activate = smith_application_activate;
  application_class->open = smith_application_open;
}

static void
smith_application_init (SmithApplication *self)
{
  g_set_application_name ("Litesmith");
}

SmithApplication *
smith_application_new (void)
{
  return g_object_new (SMITH_TYPE_APPLICATION, "application-id", SMITH_APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path",
                       "/io/github/litesmith/Litesmith", NULL);
}
