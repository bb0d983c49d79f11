#pragma once

#include <adwaita.h>

#define SMITH_TYPE_APPLICATION (smith_application_get_type ())
G_DECLARE_FINAL_TYPE (SmithApplication, smith_application, SMITH, APPLICATION, AdwApplication)

#define SMITH_APP_ID "io.github.litesmith.Litesmith"

SmithApplication *smith_application_new (void);
