#include "smith-time.h"

#include <glib.h>

char *
smith_time_text (double us)
{
  if (us < 1000)
    return g_strdup_printf (us < 9.995 ? "%.2f µs" : us < 99.95 ? "%.1f µs" : "%.0f µs", us);
  if (us < 1e6)
    return g_strdup_printf (us < 9995 ? "%.2f ms" : us < 99950 ? "%.1f ms" : "%.0f ms", us / 1e3);
  return g_strdup_printf ("%.2f s", us / 1e6);
}
