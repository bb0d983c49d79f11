/* A tensor in two models: its name and how far its values are apart. */
#pragma once

#include "smith-engine-compare.h"

#include <gtk/gtk.h>

/* The pair's name for people: "Output logits". Owned by the caller. */
char *smith_pair_title (const SmithPair *pair);
GtkWidget *smith_pair_row_new (const SmithPair *pair);
