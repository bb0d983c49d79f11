#include "smith-closing.h"

#include <adwaita.h>
#include <glib/gi18n.h>

typedef struct
{
  GtkWindow *window;
  SmithClosingAnswered answered;
  SmithClosing answer;
  GObject *data;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_clear_object (&question->data);
  g_object_unref (question->window);
  g_free (question);
}

static gboolean
answer_cb (gpointer data)
{
  Question *question = data;

  question->answered (question->window, question->answer, question->data);
  return G_SOURCE_REMOVE;
}

/* Answered a little later: the dialog must not lose its parent while it tells of the response. */
static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Question *question = data;

  g_signal_handlers_disconnect_by_func (dialog, response_cb, question); /* closing says it again */
  if (g_str_equal (response, "discard"))
    question->answer = SMITH_CLOSING_DISCARDS;
  else if (g_str_equal (response, "save"))
    question->answer = SMITH_CLOSING_SAVES;
  g_idle_add_full (G_PRIORITY_DEFAULT, answer_cb, question, question_free);
}

static char *
body_text (const char *name, unsigned n_others)
{
  if (n_others == 0)
    /* Translators: the name of a file. */
    return g_strdup_printf (_ ("“%s” has changes that are not saved."), name);
  return g_strdup_printf (ngettext ("“%s” and %u other model have changes that are not saved.",
                                    "“%s” and %u other models have changes that are not saved.",
                                    n_others),
                          name, n_others);
}

void
smith_ask_before_closing (GtkWindow *window, const char *name, unsigned n_others,
                          SmithClosingAnswered answered, GObject *data)
{
  g_autofree char *body = body_text (name, n_others);
  GtkWidget *widget = adw_message_dialog_new (window, _ ("Save Changes?"), body);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  Question *question = g_new0 (Question, 1);

  question->window = g_object_ref (window);
  question->answered = answered;
  question->answer = SMITH_CLOSING_STAYS;
  question->data = data != NULL ? g_object_ref (data) : NULL;
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "discard", _ ("_Discard"),
                                    "save", _ ("_Save As…"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), question);
  gtk_window_present (GTK_WINDOW (dialog));
}
