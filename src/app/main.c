#include "smith-application.h"
#include "smith-renderer.h"
#include "smith-settings.h"
#include "smith-trace.h"

#include <glib/gi18n.h>
#include <locale.h>

int
main (int argc, char **argv)
{
  smith_trace_begin ();
  smith_renderer_choose ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, smith_locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  g_autoptr (SmithApplication) application = smith_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
