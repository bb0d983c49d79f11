#include "smith-explain-panel.h"
#include "smith-engine-explain.h"
#include "smith-engine-run.h"
#include "smith-files.h"
#include "smith-rows.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _SmithExplainPanel
{
  GtkWidget parent_instance;

  GtkWidget *root, *explain, *worst, *results, *taps_box, *save, *random, *seed_box;
  GtkSpinButton *seed;
  GtkDropDown *inputs;
  GtkLabel *input;
  GtkEditable *place;
  GtkLabel *error, *taps, *arithmetic;
  GtkListBox *steps;

  SmithModel *model; /* NULL: nothing to explain */
  SmithModel *fed;   /* that the files are for; kept while operators come and go */
  GPtrArray *files;  /* char *: for each input; NULL: random */
  unsigned subgraph;
  int op;
  unsigned generation; /* of questions: older answers are nobody's */
  SmithExplanation *explanation;
};

G_DEFINE_FINAL_TYPE (SmithExplainPanel, smith_explain_panel, GTK_TYPE_WIDGET)

/* ---- The answer -------------------------------------------------------------------------------
 */

static void
forget (SmithExplainPanel *self)
{
  self->generation++;
  g_clear_pointer (&self->explanation, smith_explanation_free);
  gtk_widget_set_visible (self->results, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_widget_set_sensitive (self->explain, TRUE);
  gtk_widget_set_sensitive (self->worst, TRUE);
}

static void
show_taps (SmithExplainPanel *self)
{
  const SmithExplanation *e = self->explanation;
  g_autoptr (GString) text = g_string_new ("");

  for (guint i = 0; i < e->taps->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", (char *) e->taps->pdata[i]);
  if (e->n_taps > e->taps->len)
    g_string_append_printf (text, "\n%s", "…");
  gtk_label_set_label (self->taps, text->str);
  gtk_widget_set_visible (self->taps_box, e->n_taps > 0);
}

static void
show (SmithExplainPanel *self)
{
  const SmithExplanation *e = self->explanation;
  g_autofree char *rule = g_strdup_printf ("%s (%s)", e->arithmetic, e->source);

  smith_list_clear (self->steps);
  gtk_list_box_append (self->steps,
                       smith_row_new (_ ("Result"),
                                      e->matches ? _ ("The engine computed the same")
                                                 : _ ("The engine computed something else"),
                                      NULL));
  gtk_list_box_append (self->steps, smith_row_new (e->result, _ ("As stored"), NULL));
  gtk_list_box_append (self->steps, smith_row_new (e->real, _ ("In real numbers"), NULL));
  for (guint i = 0; i < e->steps->len; i++)
    {
      const SmithStep *step = e->steps->pdata[i];

      gtk_list_box_append (self->steps, smith_row_new (step->label, step->formula, step->value));
    }
  gtk_label_set_label (self->arithmetic, rule);
  show_taps (self);
  gtk_widget_set_visible (self->results, TRUE);
}

typedef struct
{
  SmithExplainPanel *panel;
  unsigned generation;
} Question;

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr (SmithExplainPanel) self = question->panel;
  g_autoptr (GError) error = NULL;
  SmithExplanation *explanation = smith_engine_explain_finish (result, &error);

  if (self->model == NULL || question->generation != self->generation)
    {
      g_clear_pointer (&explanation, smith_explanation_free);
      return;
    }
  forget (self);
  self->explanation = explanation;
  if (explanation != NULL)
    {
      gtk_editable_set_text (self->place, explanation->place);
      show (self);
    }
  else
    gtk_label_set_label (self->error, error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->error), explanation == NULL);
}

/* @at: NULL for the worst element. */
static void
ask (SmithExplainPanel *self, const char *at)
{
  const SmithExplainWish wish
    = { .subgraph = self->subgraph,
        .op = self->op,
        .at = at,
        .files = (const char *const *) self->files->pdata,
        .n_files = self->subgraph == 0 ? self->files->len : 0,
        .seed = (uint64_t) gtk_spin_button_get_value_as_int (self->seed) };
  Question *question;

  if (self->model == NULL)
    return;
  question = g_new0 (Question, 1);
  gtk_widget_set_sensitive (self->explain, FALSE);
  gtk_widget_set_sensitive (self->worst, FALSE);
  question->panel = g_object_ref (self);
  question->generation = self->generation;
  smith_engine_explain_async (self->model, &wish, explained_cb, question);
}

static void
explain_cb (SmithExplainPanel *self)
{
  ask (self, gtk_editable_get_text (self->place));
}

static void
worst_cb (SmithExplainPanel *self)
{
  ask (self, NULL);
}

/* ---- What the model gets ----------------------------------------------------------------------
 */

static guint
chosen_input (SmithExplainPanel *self)
{
  guint chosen = gtk_drop_down_get_selected (self->inputs);

  return chosen < self->files->len ? chosen : 0;
}

static void
show_input (SmithExplainPanel *self)
{
  const char *path = self->files->len > 0 ? self->files->pdata[chosen_input (self)] : NULL;
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;

  gtk_label_set_label (self->input, base != NULL ? base : _ ("Random input"));
  gtk_widget_set_visible (self->random, path != NULL);
  gtk_widget_set_visible (self->seed_box, path == NULL || self->files->len > 1);
}

static void
feed (SmithExplainPanel *self, char *take)
{
  guint chosen = chosen_input (self);

  if (self->files->len == 0)
    {
      g_free (take);
      return;
    }
  g_free (self->files->pdata[chosen]);
  self->files->pdata[chosen] = take;
  show_input (self);
  forget (self);
}

static void
file_chosen_cb (GFile *file, gpointer data)
{
  feed (data, g_file_get_path (file));
}

static void
file_cb (SmithExplainPanel *self)
{
  smith_choose_file (self, _ ("Choose Input"), SMITH_FILES_INPUTS, file_chosen_cb);
}

static void
random_cb (SmithExplainPanel *self)
{
  smith_take_focus_from (self->random);
  feed (self, NULL);
}

/* The files stay while operators of the same model are selected. */
static void
take_model (SmithExplainPanel *self, SmithModel *model)
{
  const SmithEntry main_graph = { 0 };
  g_autoptr (GPtrArray) inputs = NULL;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  if (!g_set_object (&self->fed, model))
    return;
  inputs = smith_engine_inputs (model, &main_graph);
  g_ptr_array_set_size (self->files, 0);
  g_ptr_array_set_size (self->files, (int) inputs->len);
  for (guint i = 0; i < inputs->len; i++)
    gtk_string_list_append (names, ((SmithPort *) inputs->pdata[i])->name);
  gtk_drop_down_set_model (self->inputs, G_LIST_MODEL (names));
  gtk_widget_set_visible (GTK_WIDGET (self->inputs), inputs->len > 1);
  show_input (self);
}

/* ---- Saving -----------------------------------------------------------------------------------
 */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithExplainPanel) self = data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Saved"));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The file could not be saved"), error->message);
}

static const char *
form_for (const SmithExplanation *e, const char *path)
{
  if (g_str_has_suffix (path, ".json"))
    return e->json;
  return g_str_has_suffix (path, ".c") ? e->program : e->text;
}

static void
save_chosen_cb (GFile *file, gpointer data)
{
  SmithExplainPanel *self = data;
  g_autofree char *base = g_file_get_basename (file);
  const char *text = self->explanation != NULL ? form_for (self->explanation, base) : NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (text == NULL)
    return;
  bytes = g_bytes_new (text, strlen (text));
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                       written_cb, g_object_ref (self));
}

static void
save_cb (SmithExplainPanel *self)
{
  g_autofree char *name = g_strdup_printf ("operator-%d.txt", self->op);

  smith_choose_target (self, _ ("Save the Explanation"), SMITH_FILES_EXPLANATIONS, name,
                       save_chosen_cb);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_explain_panel_dispose (GObject *object)
{
  SmithExplainPanel *self = SMITH_EXPLAIN_PANEL (object);

  g_clear_object (&self->model);
  g_clear_object (&self->fed);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_pointer (&self->explanation, smith_explanation_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_EXPLAIN_PANEL);

  G_OBJECT_CLASS (smith_explain_panel_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithExplainPanel, name)

static void
smith_explain_panel_class_init (SmithExplainPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_explain_panel_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-explain-panel.ui");
  BIND (root);
  BIND (explain);
  BIND (worst);
  BIND (random);
  BIND (seed);
  BIND (seed_box);
  BIND (inputs);
  BIND (input);
  BIND (results);
  BIND (taps_box);
  BIND (save);
  BIND (place);
  BIND (error);
  BIND (taps);
  BIND (arithmetic);
  BIND (steps);
  gtk_widget_class_bind_template_callback (widget_class, explain_cb);
  gtk_widget_class_bind_template_callback (widget_class, worst_cb);
  gtk_widget_class_bind_template_callback (widget_class, file_cb);
  gtk_widget_class_bind_template_callback (widget_class, random_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_input);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
smith_explain_panel_init (SmithExplainPanel *self)
{
  self->files = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* The focus brings the panel into view, which is the last in the Inspector. */
void
smith_explain_panel_start (SmithExplainPanel *self)
{
  g_return_if_fail (SMITH_IS_EXPLAIN_PANEL (self));

  if (self->model == NULL)
    return;
  gtk_widget_grab_focus (GTK_WIDGET (self->place));
  ask (self, NULL);
}

void
smith_explain_panel_update (SmithExplainPanel *self, SmithDocument *document)
{
  SmithPick pick = smith_document_get_pick (document);
  SmithNet *net = smith_document_get_net (document);
  gboolean is_offered = pick.kind == SMITH_PICK_OP && net != NULL
                        && smith_engine_can_explain (net->ops[pick.index].kind);

  g_return_if_fail (SMITH_IS_EXPLAIN_PANEL (self));

  smith_take_focus_from (self->results);
  forget (self);
  g_clear_object (&self->model);
  gtk_widget_set_visible (GTK_WIDGET (self), is_offered);
  if (!is_offered)
    return;

  self->model = g_object_ref (smith_document_get_model (document));
  take_model (self, self->model);
  self->subgraph = smith_document_get_subgraph (document);
  self->op = pick.index;

  g_autofree char *middle = smith_engine_middle_of (self->model, self->subgraph, self->op);

  gtk_editable_set_text (self->place, middle != NULL ? middle : "");
}
