#include "smith-help.h"

#include <adwaita.h>
#include <glib/gi18n.h>

enum
{
  TEXT_CHARS = 42 /* as wide as a window may be narrow */
};

static const struct
{
  const char *page, *title, *text;
} topics[] = {
  { "graph", N_ ("The Graph"),
    N_ (
      "Drag to pan, hold Ctrl and turn the wheel to zoom, double-click to see everything.\n\n"
      "Click a box to read its attributes; click a line in it, or a curve, for a tensor. What "
      "feeds "
      "the selection is framed green, what reads it orange. The arrow keys walk along the curves; "
      "Enter opens a folded box, Backspace folds it again.\n\n"
      "The search takes parts of names and kinds, and expressions: type:int8, sparsity>0.5, "
      "scale<1e-6, macs>1e6, or an attribute such as stride_w=2.") },
  { "check", N_ ("Check and Repair"),
    N_ (
      "Lists what the reference runtime would refuse or compute otherwise than the file states.\n\n"
      "Choose a problem to see it in the graph and in the inspector. Repair changes only the bytes "
      "concerned, shows them before and after, and writes a new file; the original stays as it "
      "is.") },
  { "convert", N_ ("Convert"),
    N_ ("Choose a type; the page says what will be done and what will come out before it runs.\n\n"
        "int8, uint8 and int16x8 need calibration data: a folder of pictures or .npy files, or an "
        ".npz "
        "file. The report says how far the result is from the source, and the result opens in a "
        "tab of "
        "its own.") },
  { "run", N_ ("Run"),
    N_ (
      "Runs one inference on random data, a picture or a .npy file for each input.\n\n"
      "Outputs are shown as numbers, and as pictures where they have the shape of one. They can be "
      "saved as .npy.") },
  { "benchmark", N_ ("Benchmark"),
    N_ ("Times the model from opening the file to the last run. The chart shows each run as it "
        "ends.\n\n"
        "The table shows the time by operator; it can be painted on the graph. Export writes .csv, "
        ".json or, for the chart, .png.") },
  { "compare", N_ ("Compare"),
    N_ ("Runs this model and a second one on the same inputs and compares their tensors, paired by "
        "name, and their outputs by position.\n\n"
        "A high SQNR and a cosine near 1 mean that they agree.") },
  { "devices", N_ ("Devices"),
    N_ (
      "Boards that you reach over SSH, with a key and without a password, and that have litesmith "
      "installed.\n\n"
      "Test tells whether a board answers and what it is. Time the Model copies the open model "
      "there, times it, removes it, and shows the result on the page Benchmark beside that of "
      "this computer.") },
};

const char *
smith_help_text (const char *page)
{
  for (size_t i = 0; i < G_N_ELEMENTS (topics); i++)
    if (g_str_equal (topics[i].page, page))
      return _ (topics[i].text);
  return NULL;
}

/* Paragraphs are read from the left; a message dialog of its own would centre them. */
static GtkWidget *
text_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_width_chars (GTK_LABEL (label), TEXT_CHARS);
  gtk_label_set_max_width_chars (GTK_LABEL (label), TEXT_CHARS);
  return label;
}

void
smith_help_show (GtkWindow *parent, const char *page)
{
  for (size_t i = 0; i < G_N_ELEMENTS (topics); i++)
    if (g_str_equal (topics[i].page, page))
      {
        GtkWidget *dialog = adw_message_dialog_new (parent, _ (topics[i].title), NULL);

        adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog),
                                            text_new (_ (topics[i].text)));
        adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
        adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
        gtk_window_present (GTK_WINDOW (dialog));
      }
}
