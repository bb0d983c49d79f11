#pragma once

#include "graph/smith-scene.h"

#include <gio/gio.h>

/* The engine's own layered layout; curves are left to the scene. */
SmithPlacement *smith_engine_layout (const SmithScene *scene, GCancellable *cancellable,
                                     GError **error);
