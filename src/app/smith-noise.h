/* How far two tensors are apart: in words, and painted on the graph. */
#pragma once

#include "smith-document.h"

/* "SQNR 31.2 dB"; infinite: equal; NaN: unknown. Owned by the caller. */
char *smith_noise_text (double sqnr_db);

typedef struct
{
  int tensor; /* of the subgraph that is shown; -1: none */
  double sqnr_db;
} SmithNoise;

/* Noise against signal of what each operator makes: the worst of its outputs. */
SmithOverlay *smith_overlay_of_noise (const SmithNet *net, const SmithNoise *noise, unsigned n);
