#include "smith-tensor-actions.h"
#include "smith-engine-explain.h"

struct _SmithTensorActions
{
  GtkWidget parent_instance;

  GtkWidget *root, *show, *explain, *keep, *range;

  SmithDocument *document;
  unsigned subgraph;
  int tensor; /* -1: none */
};

G_DEFINE_FINAL_TYPE (SmithTensorActions, smith_tensor_actions, GTK_TYPE_WIDGET)

static SmithNet *
net_of (SmithTensorActions *self)
{
  return smith_model_get_net (smith_document_get_model (self->document), self->subgraph);
}

/* ---- Actions ----------------------------------------------------------------------------------
 */

static void
show_cb (SmithTensorActions *self)
{
  smith_document_pick_in (self->document, self->subgraph, SMITH_PICK_TENSOR, self->tensor);
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

static void
explain_cb (SmithTensorActions *self)
{
  smith_document_pick_in (self->document, self->subgraph, SMITH_PICK_OP,
                          net_of (self)->tensors[self->tensor].producer);
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.explain", NULL);
}

static void
keep_cb (SmithTensorActions *self)
{
  const SmithNet *net = net_of (self);

  gtk_widget_activate_action (GTK_WIDGET (self), "doc.keep-float", "s",
                              net->ops[net->tensors[self->tensor].producer].name);
}

static void
range_cb (SmithTensorActions *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-range", "s",
                              net_of (self)->tensors[self->tensor].name);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_tensor_actions_dispose (GObject *object)
{
  g_clear_object (&SMITH_TENSOR_ACTIONS (object)->document);
  gtk_widget_dispose_template (GTK_WIDGET (object), SMITH_TYPE_TENSOR_ACTIONS);

  G_OBJECT_CLASS (smith_tensor_actions_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithTensorActions, name)

static void
smith_tensor_actions_class_init (SmithTensorActionsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_tensor_actions_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-tensor-actions.ui");
  BIND (root);
  BIND (show);
  BIND (explain);
  BIND (keep);
  BIND (range);
  gtk_widget_class_bind_template_callback (widget_class, show_cb);
  gtk_widget_class_bind_template_callback (widget_class, explain_cb);
  gtk_widget_class_bind_template_callback (widget_class, keep_cb);
  gtk_widget_class_bind_template_callback (widget_class, range_cb);
}

static void
smith_tensor_actions_init (SmithTensorActions *self)
{
  self->tensor = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
smith_tensor_actions_set (SmithTensorActions *self, SmithDocument *document, unsigned subgraph,
                          int tensor)
{
  const SmithNetTensor *facts;
  const SmithNet *net;
  gboolean is_float;

  g_return_if_fail (SMITH_IS_TENSOR_ACTIONS (self));

  g_set_object (&self->document, document);
  self->subgraph = subgraph;
  self->tensor = tensor;
  net = net_of (self);
  gtk_widget_set_visible (GTK_WIDGET (self),
                          net != NULL && tensor >= 0 && (uint32_t) tensor < net->n_tensors);
  if (!gtk_widget_get_visible (GTK_WIDGET (self)))
    return;
  facts = &net->tensors[tensor];
  is_float = g_str_equal (facts->type, "FLOAT32") && !facts->is_constant;
  gtk_widget_set_visible (self->show, TRUE);
  gtk_widget_set_visible (self->explain,
                          facts->producer >= 0
                            && smith_engine_can_explain (net->ops[facts->producer].kind));
  gtk_widget_set_visible (self->keep, is_float && facts->producer >= 0);
  gtk_widget_set_visible (self->range, is_float);
}

/* The tensor that is selected, or the first that the selected operator makes. */
static int
picked_tensor (SmithDocument *document)
{
  SmithPick pick = smith_document_get_pick (document);
  const SmithNet *net = smith_document_get_net (document);

  if (pick.kind == SMITH_PICK_TENSOR)
    return pick.index;
  return pick.kind == SMITH_PICK_OP && net != NULL && net->ops[pick.index].n_outputs > 0
           ? net->ops[pick.index].outputs[0]
           : -1;
}

void
smith_tensor_actions_set_inspected (SmithTensorActions *self, SmithDocument *document)
{
  smith_tensor_actions_set (self, document, smith_document_get_subgraph (document),
                            picked_tensor (document));
  gtk_box_set_homogeneous (GTK_BOX (self->root), TRUE);
  gtk_widget_set_visible (self->show, FALSE);
  gtk_widget_set_visible (self->explain, FALSE);
  if (!gtk_widget_get_visible (self->range))
    gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
