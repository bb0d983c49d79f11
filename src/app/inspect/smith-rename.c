#include "smith-rename.h"
#include "smith-engine-edit.h"

#include <glib/gi18n.h>

struct _SmithRename
{
  GtkPopover parent_instance;

  GtkWidget *apply;
  GtkEditable *entry;
  GtkLabel *error;
  SmithDocument *document;
  unsigned subgraph;
  int tensor; /* that was selected when the popover opened; -1: none */
};

G_DEFINE_FINAL_TYPE (SmithRename, smith_rename, GTK_TYPE_POPOVER)

static const char *
old_name (SmithRename *self)
{
  const char *name = smith_engine_tensor_name (smith_document_get_model (self->document),
                                               self->subgraph, self->tensor);

  return name != NULL ? name : "";
}

static void
show_cb (SmithRename *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  self->subgraph = smith_document_get_subgraph (self->document);
  self->tensor = pick.kind == SMITH_PICK_TENSOR ? pick.index : -1;
  gtk_editable_set_text (self->entry, old_name (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  gtk_editable_select_region (self->entry, 0, -1);
}

static void
changed_cb (SmithRename *self)
{
  const char *text = gtk_editable_get_text (self->entry);

  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_widget_set_sensitive (self->apply, text[0] != '\0' && self->document != NULL
                                           && !g_str_equal (text, old_name (self)));
}

static void
apply_cb (SmithRename *self)
{
  g_autoptr (GError) error = NULL;

  if (smith_engine_rename_tensor (smith_document_get_model (self->document), self->subgraph,
                                  self->tensor, gtk_editable_get_text (self->entry), &error))
    {
      gtk_popover_popdown (GTK_POPOVER (self));
      return;
    }
  gtk_label_set_label (self->error, error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->error), TRUE);
}

static void
smith_rename_dispose (GObject *object)
{
  SmithRename *self = SMITH_RENAME (object);

  g_clear_object (&self->document);

  G_OBJECT_CLASS (smith_rename_parent_class)->dispose (object);
}

static void
smith_rename_class_init (SmithRenameClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_rename_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/litesmith/Litesmith/ui/smith-rename.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithRename, apply);
  gtk_widget_class_bind_template_child (widget_class, SmithRename, entry);
  gtk_widget_class_bind_template_child (widget_class, SmithRename, error);
  gtk_widget_class_bind_template_callback (widget_class, show_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
}

static void
smith_rename_init (SmithRename *self)
{
  self->tensor = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
smith_rename_set_document (SmithRename *self, SmithDocument *document)
{
  g_return_if_fail (SMITH_IS_RENAME (self));

  g_set_object (&self->document, document);
}
