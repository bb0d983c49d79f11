/* No OpenGL where software would have to do it. */
#pragma once

/* Before GTK begins. What the user has asked for in GSK_RENDERER or GDK_DEBUG counts. */
void smith_renderer_choose (void);
