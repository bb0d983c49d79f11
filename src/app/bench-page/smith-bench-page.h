/* The page "Benchmark": runs as they come, percentiles, time by operator, export. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_BENCH_PAGE (smith_bench_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithBenchPage, smith_bench_page, SMITH, BENCH_PAGE, GtkWidget)

GtkWidget *smith_bench_page_new (SmithDocument *document);
/* Times the model on a board, by its place among smith_devices(). */
void smith_bench_page_start_on (SmithBenchPage *self, unsigned device);
