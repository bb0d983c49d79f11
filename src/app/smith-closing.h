/* The question before edits are lost. */
#pragma once

#include <gtk/gtk.h>

typedef enum
{
  SMITH_CLOSING_STAYS,
  SMITH_CLOSING_DISCARDS,
  SMITH_CLOSING_SAVES
} SmithClosing;

typedef void (*SmithClosingAnswered) (GtkWindow *window, SmithClosing answer, gpointer data);

/*
 * @name: of the first model with edits
 * @n_others: how many more there are
 * @data: kept while the question stands
 */
void smith_ask_before_closing (GtkWindow *window, const char *name, unsigned n_others,
                               SmithClosingAnswered answered, GObject *data);
