/* What the pages build on: lists, flaps, labels. */
#include "inspect/smith-inspector.h"
#include "inspect/smith-rename.h"
#include "inspect/smith-tensor-panel.h"
#include "smith-flap.h"
#include "smith-rows.h"
#include "window-fixture.h"

/* Before it has a size a flap is where it shall be at once: it has no way to go, and would give the
 * widths of its children in parts of it. */
static void
flap_without_a_size_jumps (void)
{
  GtkWidget *window = gtk_window_new (), *flap = adw_flap_new (), *aside = gtk_label_new ("aside");

  adw_flap_set_content (ADW_FLAP (flap), gtk_label_new ("content"));
  adw_flap_set_flap (ADW_FLAP (flap), aside);
  gtk_window_set_child (GTK_WINDOW (window), flap);
  gtk_window_present (GTK_WINDOW (window));
  g_assert_true (gtk_widget_get_mapped (flap));
  g_assert_cmpfloat (adw_swipeable_get_distance (ADW_SWIPEABLE (flap)), ==, 0);
  smith_flap_reveal (ADW_FLAP (flap), FALSE);
  g_assert_cmpfloat (adw_flap_get_reveal_progress (ADW_FLAP (flap)), ==, 0);
  smith_flap_reveal (ADW_FLAP (flap), TRUE);
  g_assert_cmpfloat (adw_flap_get_reveal_progress (ADW_FLAP (flap)), ==, 1);
  g_assert_true (gtk_widget_get_mapped (flap));
  WAIT_FOR (adw_swipeable_get_distance (ADW_SWIPEABLE (flap)) > 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Cells have edges: GTK 4.8 blurs what it makes larger, so that it must not have to. */
static void
cells_are_squares_of_pixels (void)
{
  static const uint8_t cells[] = { 0, 255, 255, 0, 0, 255 };
  g_autoptr (GdkTexture) texture = smith_cells_texture (cells, 3, 2);
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  gsize stride = (gsize) width * 4;
  g_autofree uint8_t *pixels = g_malloc (stride * (gsize) height);

  g_assert_cmpint (width, >=, 300);
  g_assert_cmpint (width * 2, ==, height * 3);
  gdk_texture_download (texture, pixels, stride);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const uint8_t *pixel = pixels + (gsize) y * stride + (gsize) x * 4;
        gboolean is_stored = cells[y / (height / 2) * 3 + x / (width / 3)] == 255;

        g_assert_cmpint (pixel[2] > 128, ==, is_stored);
      }
}

/* A label that is shown and begins so. */
static GtkWidget *
find_label (GtkWidget *root, const char *begin)
{
  if (!gtk_widget_get_visible (root))
    return NULL;
  if (GTK_IS_LABEL (root) && g_str_has_prefix (gtk_label_get_label (GTK_LABEL (root)), begin))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_label (child, begin);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Which operator it is stands above, so that the sentence does not begin with it again. */
static void
problems_say_where (void)
{
  SmithWindow *window = window_new ();
  GtkWidget *view = GTK_WIDGET (window_open_sample (window, "digits-broken-bias.tflite"));

  smith_window_show_page (window, "check");
  WAIT_FOR (find_label (view, "DEPTHWISE_CONV_2D · depthwise") != NULL);
  g_assert_nonnull (find_label (view, "The scale of bias depthwise/bias is "));
  g_assert_null (find_label (view, "DEPTHWISE_CONV_2D: "));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* The legend names what is painted, as long as it is. */
static void
legend_names_the_paint (void)
{
  SmithWindow *window = window_new ();
  SmithDocumentView *view = window_open_sample (window, "digits.tflite");
  SmithDocument *document = smith_document_view_get_document (view);

  WAIT_FOR (find_label (GTK_WIDGET (view), "Convolution") != NULL);
  smith_document_take_overlay (document, smith_overlay_of_macs (smith_document_get_net (document)));
  g_assert_nonnull (find_label (GTK_WIDGET (view), "Multiply-adds"));
  smith_document_take_overlay (document, NULL);
  g_assert_null (find_label (GTK_WIDGET (view), "Multiply-adds"));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Before the first run the page says what it would show. */
static void
run_page_teaches (void)
{
  SmithWindow *window = window_new ();
  GtkWidget *view = GTK_WIDGET (window_open_sample (window, "digits.tflite"));

  smith_window_show_page (window, "run");
  g_assert_nonnull (find_label (view, "Not Run Yet"));
  press (view, "Run Once");
  WAIT_FOR (find_label (view, "One inference: ") != NULL);
  g_assert_null (find_label (view, "Not Run Yet"));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Whatever was scrolled to, the name that is asked for comes into view. */
static void
rename_comes_into_view (void)
{
  SmithWindow *window = window_new ();
  SmithDocumentView *view = window_open_sample (window, "digits-int8.tflite");
  SmithDocument *document = smith_document_view_get_document (view);
  GtkWidget *inspector = find_widget (GTK_WIDGET (view), SMITH_TYPE_INSPECTOR);
  GtkWidget *scroller = find_widget (inspector, GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  GtkWidget *popover = find_widget (inspector, SMITH_TYPE_RENAME);
  const SmithNet *net;
  int tensor = 0;

  WAIT_FOR (smith_document_get_net (document) != NULL);
  net = smith_document_get_net (document);
  while (!net->tensors[tensor].is_per_channel)
    tensor++;
  smith_document_pick (document, SMITH_PICK_TENSOR, tensor, TRUE);
  WAIT_FOR (gtk_adjustment_get_upper (place) > gtk_adjustment_get_page_size (place) + 10);
  gtk_adjustment_set_value (place, gtk_adjustment_get_upper (place));
  settle (50);
  g_assert_cmpfloat (gtk_adjustment_get_value (place), >, 0);
  gtk_widget_activate_action (GTK_WIDGET (view), "doc.rename", NULL);
  WAIT_FOR (gtk_widget_get_mapped (popover));
  g_assert_cmpfloat (gtk_adjustment_get_value (place), ==, 0);
  settle (100);
  gtk_popover_popdown (GTK_POPOVER (popover));
  settle (300);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  g_test_add_func ("/widgets/flap_without_a_size_jumps", flap_without_a_size_jumps);
  g_test_add_func ("/widgets/cells_are_squares_of_pixels", cells_are_squares_of_pixels);
  g_test_add_func ("/widgets/problems_say_where", problems_say_where);
  g_test_add_func ("/widgets/legend_names_the_paint", legend_names_the_paint);
  g_test_add_func ("/widgets/run_page_teaches", run_page_teaches);
  g_test_add_func ("/widgets/rename_comes_into_view", rename_comes_into_view);
  return g_test_run ();
}
