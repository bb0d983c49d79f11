/* Saving a report from a page. */
#pragma once

#include "smith-engine-report.h"

#include <gtk/gtk.h>

/* Writes in the background; the window of @page says how it ended. */
void smith_report_write (gpointer page, SmithEvidence *evidence, GFile *file);
/* "model-report.html", from "model.tflite". Owned by the caller. */
char *smith_report_name (const char *title);
