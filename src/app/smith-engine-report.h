/* What a conversion or a comparison leaves behind: enough for a report, and the ranges. */
#pragma once

#include "smith-engine-ranges.h"

#include <gio/gio.h>

typedef struct _SmithEvidence SmithEvidence;

SmithEvidence *smith_evidence_ref (SmithEvidence *evidence);
void smith_evidence_unref (SmithEvidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithEvidence, smith_evidence_unref)

/* A copy of the ranges that the integers came from; NULL: there are none. */
SmithRanges *smith_evidence_ranges (SmithEvidence *evidence);

/* Writes the report that the command writes: a page for .html, Markdown for .md, else JSON. */
void smith_evidence_save_async (SmithEvidence *evidence, GFile *file, GAsyncReadyCallback callback,
                                gpointer data);
gboolean smith_evidence_save_finish (GAsyncResult *result, GError **error);
