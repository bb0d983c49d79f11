#include "smith-graph-page.h"
#include "smith-drag.h"
#include "smith-engine-save.h"
#include "smith-flap.h"
#include "smith-graph-view.h"
#include "smith-minimap.h"
#include "smith-outline.h"
#include "smith-settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _SmithGraphPage
{
  GtkWidget parent_instance;

  AdwFlap *flap;
  SmithOutline *outline;
  SmithGraphView *view;
  SmithMinimap *minimap;
  GtkWidget *legend_frame, *minimap_frame, *fold_box, *controls, *export;
  GtkBox *legend;
  GtkLabel *zoom;
  GtkMenuButton *options;

  SmithDocument *document;
};

G_DEFINE_FINAL_TYPE (SmithGraphPage, smith_graph_page, GTK_TYPE_WIDGET)

/* ---- Legend -----------------------------------------------------------------------------------
 */

static void
add_legend_row (SmithGraphPage *self, const char *class_name, const char *text)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *mark = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (mark, "family-mark");
  gtk_widget_add_css_class (mark, class_name);
  gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (row), mark);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (self->legend, row);
}

/* In a narrow view the legend stands above the buttons, not under them. */
static gboolean
place_legend_cb (SmithGraphPage *self, GtkWidget *widget, GdkRectangle *place, GtkWidget *overlay)
{
  GtkRequisition legend, controls;

  if (widget != self->legend_frame)
    return FALSE;
  gtk_widget_get_preferred_size (widget, NULL, &legend);
  gtk_widget_get_preferred_size (self->controls, NULL, &controls);
  if (legend.width + controls.width <= gtk_widget_get_width (overlay))
    return FALSE;
  *place = (GdkRectangle){ 0, gtk_widget_get_height (overlay) - controls.height - legend.height,
                           legend.width, legend.height };
  return TRUE;
}

/* Only what is in this graph. */
static void
update_legend (SmithGraphPage *self)
{
  const SmithOverlay *overlay = smith_document_get_overlay (self->document);
  SmithScene *scene = smith_graph_view_get_scene (self->view);
  gboolean has_family[SMITH_N_FAMILIES] = { FALSE }, is_sparse = FALSE;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->legend))) != NULL)
    gtk_box_remove (self->legend, child);
  if (scene == NULL)
    return;
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    if (scene->boxes[i].kind == SMITH_BOX_OP || scene->boxes[i].kind == SMITH_BOX_GROUP)
      has_family[scene->boxes[i].family] = TRUE;
  for (uint32_t i = 0; i < scene->n_lines; i++)
    is_sparse = is_sparse || scene->lines[i].is_sparse;
  for (int f = 0; f < SMITH_N_FAMILIES; f++)
    if (has_family[f])
      {
        g_autofree char *name = g_strdup_printf ("family-%d", f);

        add_legend_row (self, name, smith_family_label ((SmithFamily) f));
      }
  if (is_sparse)
    add_legend_row (self, "sparse", _ ("Sparse weights"));
  if (smith_document_get_pick (self->document).kind != SMITH_PICK_NOTHING)
    {
      add_legend_row (self, "producer", _ ("Feeds the selection"));
      add_legend_row (self, "consumer", _ ("Reads the selection"));
    }
  if (overlay != NULL)
    add_legend_row (self, "heat", overlay->name);
}

static void
update_zoom (SmithGraphPage *self)
{
  g_autofree char *text
    = g_strdup_printf ("%.0f %%", 100 * smith_graph_view_get_viewport (self->view)->zoom);

  if (g_strcmp0 (gtk_label_get_label (self->zoom), text) != 0)
    gtk_label_set_label (self->zoom, text);
}

static void
scene_changed_cb (SmithGraphPage *self)
{
  SmithFold *fold = smith_document_get_fold (self->document);

  gtk_widget_set_visible (self->fold_box, fold != NULL && fold->n_groups > 0);
  update_legend (self);
  update_zoom (self);
}

/* ---- Actions ----------------------------------------------------------------------------------
 */

static void
zoom_in_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_graph_view_zoom (SMITH_GRAPH_PAGE (widget)->view, 1.25);
}

static void
zoom_out_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_graph_view_zoom (SMITH_GRAPH_PAGE (widget)->view, 1 / 1.25);
}

static void
zoom_fit_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_graph_view_fit (SMITH_GRAPH_PAGE (widget)->view);
}

static void
zoom_one_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_graph_view_set_zoom (SMITH_GRAPH_PAGE (widget)->view, 1);
}

static void
search_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SmithGraphPage *self = SMITH_GRAPH_PAGE (widget);

  smith_flap_reveal (self->flap, TRUE);
  smith_outline_start_search (self->outline);
}

static void
next_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_outline_step (SMITH_GRAPH_PAGE (widget)->outline, g_variant_get_int32 (parameter));
}

static void
fold_all_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_document_fold_all (SMITH_GRAPH_PAGE (widget)->document, FALSE);
}

static void
unfold_all_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  smith_document_fold_all (SMITH_GRAPH_PAGE (widget)->document, TRUE);
}

static void
flap_changed_cb (SmithGraphPage *self)
{
  if (!adw_flap_get_folded (self->flap))
    smith_settings_set_boolean ("show-layers", adw_flap_get_reveal_flap (self->flap));
}

static gboolean
get_show_layers (SmithGraphPage *self)
{
  return adw_flap_get_reveal_flap (self->flap);
}

static void
toggle_layers_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SmithGraphPage *self = SMITH_GRAPH_PAGE (widget);

  smith_flap_reveal (self->flap, !get_show_layers (self));
}

static void
toggle_overlay_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SmithGraphPage *self = SMITH_GRAPH_PAGE (widget);
  gboolean is_legend = g_str_equal (name, "graph.toggle-legend");
  GtkWidget *frame = is_legend ? self->legend_frame : self->minimap_frame;
  gboolean is_shown = !gtk_widget_get_visible (frame);

  gtk_widget_set_visible (frame, is_shown);
  smith_settings_set_boolean (is_legend ? "show-legend" : "show-minimap", is_shown);
}

static void
overlay_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SmithGraphPage *self = SMITH_GRAPH_PAGE (widget);
  const char *wanted = g_variant_get_string (parameter, NULL);

  smith_document_take_overlay (
    self->document, g_str_equal (wanted, "macs") && smith_document_get_net (self->document)
                      ? smith_overlay_of_macs (smith_document_get_net (self->document))
                      : NULL);
}

/* ---- Dragging the picture out -----------------------------------------------------------------
 */

static char *
picture_name (gpointer page)
{
  SmithGraphPage *self = page;

  if (self->document == NULL)
    return NULL;
  return g_strconcat (smith_model_get_title (smith_document_get_model (self->document)), ".svg",
                      NULL);
}

static void
draw_dragged (gpointer page, GFile *file, GAsyncReadyCallback callback, gpointer data)
{
  SmithGraphPage *self = page;

  smith_engine_export_graph_async (smith_document_get_model (self->document),
                                   smith_document_get_subgraph (self->document), file, callback,
                                   data);
}

/* One for all pages: what a button for a menu with sections holds of it is never let go in GTK 4.8,
 * so a menu for each page would outlive its page. */
static GMenuModel *
view_menu (void)
{
  static GMenuModel *menu;

  if (menu == NULL)
    {
      g_autoptr (GtkBuilder) builder
        = gtk_builder_new_from_resource ("/io/github/litesmith/Litesmith/ui/smith-view-menu.ui");

      menu = g_object_ref (G_MENU_MODEL (gtk_builder_get_object (builder, "view_menu")));
    }
  return menu;
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_graph_page_dispose (GObject *object)
{
  SmithGraphPage *self = SMITH_GRAPH_PAGE (object);

  if (self->document != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->document, self);
      smith_graph_view_set_document (self->view, NULL);
      g_clear_object (&self->document);
    }
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_GRAPH_PAGE);

  G_OBJECT_CLASS (smith_graph_page_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "graph.zoom-in", NULL, zoom_in_cb);
  gtk_widget_class_install_action (widget_class, "graph.zoom-out", NULL, zoom_out_cb);
  gtk_widget_class_install_action (widget_class, "graph.zoom-fit", NULL, zoom_fit_cb);
  gtk_widget_class_install_action (widget_class, "graph.zoom-one", NULL, zoom_one_cb);
  gtk_widget_class_install_action (widget_class, "graph.search", NULL, search_cb);
  gtk_widget_class_install_action (widget_class, "graph.step", "i", next_cb);
  gtk_widget_class_install_action (widget_class, "graph.fold-all", NULL, fold_all_cb);
  gtk_widget_class_install_action (widget_class, "graph.unfold-all", NULL, unfold_all_cb);
  gtk_widget_class_install_action (widget_class, "graph.toggle-layers", NULL, toggle_layers_cb);
  gtk_widget_class_install_action (widget_class, "graph.toggle-legend", NULL, toggle_overlay_cb);
  gtk_widget_class_install_action (widget_class, "graph.toggle-minimap", NULL, toggle_overlay_cb);
  gtk_widget_class_install_action (widget_class, "graph.overlay", "s", overlay_cb);
}

static void
smith_graph_page_class_init (SmithGraphPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_OUTLINE);
  g_type_ensure (SMITH_TYPE_GRAPH_VIEW);
  g_type_ensure (SMITH_TYPE_MINIMAP);
  G_OBJECT_CLASS (klass)->dispose = smith_graph_page_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-graph-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, flap);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, outline);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, view);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, minimap);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, legend_frame);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, minimap_frame);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, fold_box);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, controls);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, export);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, legend);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, options);
  gtk_widget_class_bind_template_child (widget_class, SmithGraphPage, zoom);
  gtk_widget_class_bind_template_callback (widget_class, flap_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, place_legend_cb);
  install_actions (widget_class);
}

static void
smith_graph_page_init (SmithGraphPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_flap_reveal (self->flap, smith_settings_get_boolean ("show-layers", TRUE));
  gtk_widget_set_visible (self->legend_frame, smith_settings_get_boolean ("show-legend", TRUE));
  gtk_widget_set_visible (self->minimap_frame, smith_settings_get_boolean ("show-minimap", TRUE));
  smith_minimap_set_view (self->minimap, self->view);
  gtk_menu_button_set_menu_model (self->options, view_menu ());
  smith_drag_add (self->export, self, "image-x-generic-symbolic", picture_name, draw_dragged,
                  smith_engine_write_finish);
  g_signal_connect_swapped (self->view, "scene-changed", G_CALLBACK (scene_changed_cb), self);
  g_signal_connect_swapped (self->view, "viewport-changed", G_CALLBACK (update_zoom), self);
}

GtkWidget *
smith_graph_page_new (SmithDocument *document)
{
  SmithGraphPage *self = g_object_new (SMITH_TYPE_GRAPH_PAGE, NULL);

  self->document = g_object_ref (document);
  g_signal_connect_swapped (document, "picked", G_CALLBACK (update_legend), self);
  g_signal_connect_swapped (document, "marked", G_CALLBACK (update_legend), self);
  smith_graph_view_set_document (self->view, document);
  smith_outline_set_document (self->outline, document);
  return GTK_WIDGET (self);
}

void
smith_graph_page_focus_graph (SmithGraphPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}
