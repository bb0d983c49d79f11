#include "smith-report.h"
#include "smith-files.h"

#include <glib/gi18n.h>

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GtkWidget) page = data;
  g_autoptr (GError) error = NULL;

  if (smith_evidence_save_finish (result, &error))
    gtk_widget_activate_action (page, "win.toast", "s", _ ("Report saved"));
  else
    gtk_widget_activate_action (page, "win.error", "(ss)", _ ("The report could not be saved"),
                                error->message);
}

void
smith_report_write (gpointer page, SmithEvidence *evidence, GFile *file)
{
  smith_evidence_save_async (evidence, file, written_cb, g_object_ref (page));
}

char *
smith_report_name (const char *title)
{
  return smith_derived_name (title, "-report", ".html");
}
