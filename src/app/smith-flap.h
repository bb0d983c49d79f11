/* Opens and closes a flap, also before it has a size. */
#pragma once

#include <adwaita.h>

void smith_flap_reveal (AdwFlap *flap, gboolean is_revealed);
