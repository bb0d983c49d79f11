#include "smith-renderer.h"

#include <glib.h>

static gboolean
has_graphics_processor (void)
{
  /* What drivers of graphics processors make: Linux's own, NVIDIA's, ARM's, Qualcomm's,
   * Imagination's, and that of Linux under Windows. */
  static const char *const nodes[]
    = { "/dev/dri", "/dev/nvidia0", "/dev/mali0", "/dev/kgsl-3d0", "/dev/pvrsrvkm", "/dev/dxg" };

  for (size_t i = 0; i < G_N_ELEMENTS (nodes); i++)
    if (g_file_test (nodes[i], G_FILE_TEST_EXISTS))
      return TRUE;
  return FALSE;
}

/*
 * GTK 4.8 sets OpenGL up when it opens the display, even when GSK_RENDERER=cairo says that it will
 * not be used. With Mesa's software that is a sixth of the processor time from the start to the
 * graph, and it draws three to four times slower than cairo does.
 */
void
smith_renderer_choose (void)
{
  const char *wanted = g_getenv ("GSK_RENDERER");
  gboolean uses_gl = wanted != NULL ? !g_str_equal (wanted, "cairo") : has_graphics_processor ();

  if (!uses_gl)
    g_setenv ("GDK_DEBUG", "gl-disable", FALSE);
}
