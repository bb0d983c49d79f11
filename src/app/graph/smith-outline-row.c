#include "smith-outline-row.h"
#include "smith-scene.h"

#include <adwaita.h>

enum
{
  KIND, /* of a tensor: its name */
  NAME, /* of a tensor: its shape */
  CHIP,
  N_TEXTS
};

enum
{
  MARK = 10, /* pixels, like the gap */
  GAP = 8,
  LEAST_WIDTH = 80
};

/*
 * A list view makes 200 rows and fills them again at every change of a search. A box of boxes and
 * labels is seven widgets with styles, sizes and layouts of their own; this is one, all rows have
 * the same height, and texts are laid out when a row is first seen.
 */
struct _SmithOutlineRow
{
  GtkWidget parent_instance;

  char *texts[N_TEXTS], *tooltip;
  PangoLayout *layouts[N_TEXTS]; /* NULL: not seen since the text or the style changed */
  GdkRGBA mark;
  gboolean is_tensor;
  gboolean is_short; /* names without the scope that all are in: what differs comes first */
};

G_DEFINE_FINAL_TYPE (SmithOutlineRow, smith_outline_row, GTK_TYPE_WIDGET)

static void
drop_layouts (SmithOutlineRow *self)
{
  for (int i = 0; i < N_TEXTS; i++)
    g_clear_object (&self->layouts[i]);
}

static PangoLayout *
layout_new (GtkWidget *widget, int which, const char *text, gboolean is_short)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (which == KIND ? 0.92 : 0.82));
  if (which == KIND)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_SEMIBOLD));
  pango_layout_set_attributes (layout, attributes);
  if (which != CHIP)
    pango_layout_set_ellipsize (layout, is_short ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  return layout;
}

/* Heights of the two lines: measured again when the font has changed, not for each row. */
static void
line_heights (GtkWidget *widget, int *kind, int *name)
{
  static PangoFontDescription *font;
  static double resolution;
  static int heights[2];
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *now = pango_context_get_font_description (context);
  double resolution_now = pango_cairo_context_get_resolution (context);

  if (font == NULL || resolution != resolution_now || !pango_font_description_equal (font, now))
    {
      g_clear_pointer (&font, pango_font_description_free);
      font = pango_font_description_copy (now);
      resolution = resolution_now;
      for (int i = 0; i < 2; i++)
        {
          g_autoptr (PangoLayout) layout = layout_new (widget, i, "Xg", FALSE);

          pango_layout_get_pixel_size (layout, NULL, &heights[i]);
        }
    }
  *kind = heights[KIND];
  *name = heights[NAME];
}

static void
smith_outline_row_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  int kind, name;

  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      line_heights (widget, &kind, &name);
      *minimum = *natural = kind + name;
    }
  else
    *minimum = *natural = LEAST_WIDTH;
}

/* @x is where the text begins, at the right end when writing goes to the left; @width 0: as wide as
 * it is. Gives the width that was used. */
static int
draw_text (SmithOutlineRow *self, GtkSnapshot *snapshot, int which, int x, int y, int width)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  gboolean is_high_contrast
    = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  GdkRGBA color;
  int used;

  if (self->texts[which] == NULL)
    return 0;
  if (self->layouts[which] == NULL)
    self->layouts[which] = layout_new (widget, which, self->texts[which], self->is_short);
  if (width > 0)
    pango_layout_set_width (self->layouts[which], width * PANGO_SCALE);
  pango_layout_get_pixel_size (self->layouts[which], &used, NULL);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  if (which != KIND)
    color.alpha *= is_high_contrast ? 0.9f : 0.65f;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float) (is_rtl ? x - used : x), (float) y));
  gtk_snapshot_append_layout (snapshot, self->layouts[which], &color);
  gtk_snapshot_restore (snapshot);
  return used;
}

static void
smith_outline_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SmithOutlineRow *self = SMITH_OUTLINE_ROW (widget);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int kind, name, chip = 0, top;
  GskRoundedRect mark;

  line_heights (widget, &kind, &name);
  top = (height - kind - name) / 2;
  if (self->texts[CHIP] != NULL)
    {
      if (self->layouts[CHIP] == NULL)
        self->layouts[CHIP] = layout_new (widget, CHIP, self->texts[CHIP], FALSE);
      pango_layout_get_pixel_size (self->layouts[CHIP], &chip, NULL);
      draw_text (self, snapshot, CHIP, is_rtl ? chip : width - chip, (height - name) / 2, 0);
    }
  gsk_rounded_rect_init_from_rect (&mark,
                                   &GRAPHENE_RECT_INIT ((float) (is_rtl ? width - MARK : 0),
                                                        (float) ((height - MARK) / 2), MARK, MARK),
                                   self->is_tensor ? MARK / 2.0f : 3);
  gtk_snapshot_push_rounded_clip (snapshot, &mark);
  gtk_snapshot_append_color (snapshot, &self->mark, &mark.bounds);
  gtk_snapshot_pop (snapshot);
  width = MAX (width - MARK - 2 * GAP - chip, 1);
  draw_text (self, snapshot, KIND, is_rtl ? chip + GAP + width : MARK + GAP, top, width);
  draw_text (self, snapshot, NAME, is_rtl ? chip + GAP + width : MARK + GAP, top + kind, width);
}

static void
smith_outline_row_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (smith_outline_row_parent_class)->css_changed (widget, change);
  drop_layouts (SMITH_OUTLINE_ROW (widget));
}

static void
smith_outline_row_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (smith_outline_row_parent_class)->system_setting_changed (widget, setting);
  drop_layouts (SMITH_OUTLINE_ROW (widget));
}

static gboolean
smith_outline_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean is_keyboard,
                                 GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, SMITH_OUTLINE_ROW (widget)->tooltip);
  return TRUE;
}

static void
smith_outline_row_finalize (GObject *object)
{
  SmithOutlineRow *self = SMITH_OUTLINE_ROW (object);

  drop_layouts (self);
  for (int i = 0; i < N_TEXTS; i++)
    g_free (self->texts[i]);
  g_free (self->tooltip);

  G_OBJECT_CLASS (smith_outline_row_parent_class)->finalize (object);
}

static void
smith_outline_row_class_init (SmithOutlineRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = smith_outline_row_finalize;
  widget_class->measure = smith_outline_row_measure;
  widget_class->snapshot = smith_outline_row_snapshot;
  widget_class->css_changed = smith_outline_row_css_changed;
  widget_class->system_setting_changed = smith_outline_row_system_setting_changed;
  widget_class->query_tooltip = smith_outline_row_query_tooltip;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
smith_outline_row_init (SmithOutlineRow *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
smith_outline_row_new (void)
{
  return g_object_new (SMITH_TYPE_OUTLINE_ROW, NULL);
}

static void
take_texts (SmithOutlineRow *self, char *take_kind, char *take_name, const char *chip,
            const char *tooltip)
{
  g_autofree char *spoken = g_strjoin (" ", take_kind, take_name, chip, NULL);

  drop_layouts (self);
  for (int i = 0; i < N_TEXTS; i++)
    g_free (self->texts[i]);
  self->texts[KIND] = take_kind;
  self->texts[NAME] = take_name;
  self->texts[CHIP] = g_strdup (chip);
  g_free (self->tooltip);
  self->tooltip = g_strdup (tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
smith_outline_row_show (SmithOutlineRow *self, const SmithNet *net, SmithHit hit)
{
  g_return_if_fail (SMITH_IS_OUTLINE_ROW (self));

  self->is_tensor = hit.is_tensor;
  self->is_short = net->scope > 0;
  if (hit.is_tensor)
    {
      const SmithNetTensor *tensor = &net->tensors[hit.index];

      self->mark = (GdkRGBA){ 0.5f, 0.5f, 0.5f, 0.6f };
      take_texts (self, smith_tidy_name (smith_net_short_name (net, tensor->name)),
                  g_strdup (tensor->shape), tensor->chip, tensor->name);
    }
  else
    {
      const SmithNetOp *op = &net->ops[hit.index];
      int output = op->n_outputs > 0 ? op->outputs[0] : -1;

      gdk_rgba_parse (&self->mark, smith_family_color (op->family));
      take_texts (self, g_strdup (op->kind), smith_tidy_name (smith_net_short_name (net, op->name)),
                  output >= 0 ? net->tensors[output].chip : "", op->name);
    }
}
