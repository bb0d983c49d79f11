#include "smith-culprits.h"
#include "graph/smith-scene.h"
#include "smith-noise.h"
#include "smith-rows.h"
#include "smith-tensor-actions.h"
#include "smith-tooltip.h"

#include <glib/gi18n.h>

enum
{
  MAX_LAYERS = 200
};

struct _SmithCulprits
{
  GtkWidget parent_instance;

  GtkWidget *root;
  GtkListBox *list;
  SmithTensorActions *actions; /* in the row that is selected */

  SmithDocument *document;
  const SmithConversion *conversion;
};

G_DEFINE_FINAL_TYPE (SmithCulprits, smith_culprits, GTK_TYPE_WIDGET)

/* ---- Rows -------------------------------------------------------------------------------------
 */

/* "CONV_2D · cosine 0.99856". Owned by the caller. */
static char *
layer_detail (const SmithLayerError *layer, const SmithNet *net)
{
  g_autofree char *cosine = g_strdup_printf (_ ("cosine %.5f"), layer->cosine);
  int op = net != NULL && layer->tensor >= 0 && (uint32_t) layer->tensor < net->n_tensors
             ? net->tensors[layer->tensor].producer
             : -1;

  return op >= 0 ? g_strdup_printf ("%s · %s", net->ops[op].kind, cosine)
                 : g_steal_pointer (&cosine);
}

/* "Output logits", and without the scope that all names have. Owned by the caller. */
static char *
layer_title (const SmithLayerError *layer, const SmithNet *net)
{
  g_autofree char *name
    = smith_tidy_name (net != NULL ? smith_net_short_name (net, layer->name) : layer->name);

  return layer->is_output ? g_strdup_printf (_ ("Output %s"), name) : g_steal_pointer (&name);
}

static void
fill (SmithCulprits *self)
{
  const SmithNet *net = smith_model_get_net (smith_document_get_model (self->document), 0);
  GPtrArray *layers = self->conversion->layers;

  smith_list_clear (self->list);
  for (guint i = 0; i < layers->len && i < MAX_LAYERS; i++)
    {
      const SmithLayerError *layer = layers->pdata[i];
      g_autofree char *title = layer_title (layer, net);
      g_autofree char *sqnr = smith_noise_text (layer->sqnr_db);
      g_autofree char *detail = layer_detail (layer, net);
      GtkWidget *row = smith_row_new (title, detail, sqnr);

      smith_tooltip_set (row, layer->name);
      gtk_list_box_append (self->list, row);
    }
}

/* ---- One of them ------------------------------------------------------------------------------
 */

static const SmithLayerError *
layer_of (SmithCulprits *self, GtkListBoxRow *row)
{
  return row != NULL && self->conversion != NULL
           ? self->conversion->layers->pdata[gtk_list_box_row_get_index (row)]
           : NULL;
}

static void
take_actions_out (SmithCulprits *self)
{
  GtkWidget *box = gtk_widget_get_parent (GTK_WIDGET (self->actions));

  if (box == NULL)
    return;
  smith_take_focus_from (GTK_WIDGET (self->actions));
  gtk_box_remove (GTK_BOX (box), GTK_WIDGET (self->actions));
}

static void
selected_cb (SmithCulprits *self, GtkListBoxRow *row)
{
  const SmithLayerError *layer = layer_of (self, row);
  GtkWidget *texts;

  if (layer == NULL)
    return;
  take_actions_out (self);
  texts = gtk_widget_get_first_child (gtk_list_box_row_get_child (row));
  gtk_box_append (GTK_BOX (texts), GTK_WIDGET (self->actions));
  smith_tensor_actions_set (self->actions, self->document, 0, layer->tensor);
}

/* Tab goes from the row that is selected to its buttons, and from the last of them out of the list,
 * as it does from all other rows. */
static gboolean
tab_cb (SmithCulprits *self, guint key, guint code, GdkModifierType state)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkWidget *row = GTK_WIDGET (gtk_list_box_get_selected_row (self->list));
  GtkWidget *actions = GTK_WIDGET (self->actions);
  gboolean is_in = focus != NULL && gtk_widget_is_ancestor (focus, actions);

  if (row == NULL || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_Tab && (focus == row || is_in))
    return gtk_widget_child_focus (actions, GTK_DIR_TAB_FORWARD);
  if (key == GDK_KEY_ISO_Left_Tab && is_in)
    return gtk_widget_child_focus (actions, GTK_DIR_TAB_BACKWARD) || gtk_widget_grab_focus (row);
  return GDK_EVENT_PROPAGATE;
}

static void
activated_cb (SmithCulprits *self, GtkListBoxRow *row)
{
  const SmithLayerError *layer = layer_of (self, row);

  if (layer == NULL || layer->tensor < 0)
    return;
  smith_document_pick_in (self->document, 0, SMITH_PICK_TENSOR, layer->tensor);
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

static void
paint_cb (SmithCulprits *self)
{
  GPtrArray *layers = self->conversion->layers;
  g_autofree SmithNoise *noise = g_new0 (SmithNoise, (size_t) layers->len + 1);

  for (guint i = 0; i < layers->len; i++)
    {
      const SmithLayerError *layer = layers->pdata[i];

      noise[i] = (SmithNoise){ layer->tensor, layer->sqnr_db };
    }
  smith_document_set_subgraph (self->document, 0);
  smith_document_take_overlay (
    self->document,
    smith_overlay_of_noise (smith_document_get_net (self->document), noise, layers->len));
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.show-in-graph", NULL);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_culprits_dispose (GObject *object)
{
  SmithCulprits *self = SMITH_CULPRITS (object);

  self->conversion = NULL;
  g_clear_object (&self->document);
  g_clear_object (&self->actions);
  gtk_widget_dispose_template (GTK_WIDGET (object), SMITH_TYPE_CULPRITS);

  G_OBJECT_CLASS (smith_culprits_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithCulprits, name)

static void
smith_culprits_class_init (SmithCulpritsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_culprits_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-culprits.ui");
  BIND (root);
  BIND (list);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, paint_cb);
}

static void
smith_culprits_init (SmithCulprits *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_object_ref_sink (g_object_new (SMITH_TYPE_TENSOR_ACTIONS, NULL));
  smith_list_is_one_stop (GTK_WIDGET (self->list));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (tab_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list), keys); /* asked before the one above */
}

void
smith_culprits_show (SmithCulprits *self, SmithDocument *document,
                     const SmithConversion *conversion)
{
  g_return_if_fail (SMITH_IS_CULPRITS (self));

  self->conversion = NULL; /* rows that go are not selected any more */
  take_actions_out (self);
  smith_list_clear (self->list);
  g_set_object (&self->document, document);
  self->conversion = conversion;
  fill (self);
  gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, 0));
  gtk_widget_set_visible (GTK_WIDGET (self), conversion->layers->len > 0);
}
