/* The graph into a file, by its ending. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/dot/helper.h"
#include "formats/dot/picture.h"

enum
{
  RENDER_TIMEOUT_MS = 20000
};

static bool
has_ending (const char *path, const char *ending)
{
  size_t length = strlen (path), n = strlen (ending);

  return length > n && strcasecmp (path + length - n, ending) == 0;
}

/* PNG and PDF: Graphviz draws the DOT text, and its answer is the file. */
static LsStatus
render (FILE *file, const LsPicture *picture, const char *format, const char *helper,
        LsError *error)
{
  const char *const arguments[] = { "--render", format, NULL };
  LS_FREE char *program = ls_helper_find (helper);
  LS_FREE char *dot = NULL;
  LS_FREE char *image = NULL;
  size_t dot_size, image_size;

  if (program == NULL)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "drawing %s needs the program litesmith-layout (Graphviz), which is not "
                    "installed; .svg and .dot do not need it",
                    format);

  FILE *text = open_memstream (&dot, &dot_size);

  if (text == NULL)
    return ls_fail_no_memory (error, "a picture", picture->n_nodes);
  ls_dot_write (text, picture);
  if (fclose (text) != 0)
    return ls_fail_no_memory (error, "a picture", dot_size);
  LS_TRY (ls_helper_run (program, arguments, dot, dot_size, RENDER_TIMEOUT_MS, &image, &image_size,
                         error));
  if (image_size == 0)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "litesmith-layout drew nothing");
  fwrite (image, 1, image_size, file); /* an error shows when the file is closed */
  return LS_OK;
}

static LsStatus
write_picture (FILE *file, LsPicture *picture, const char *path, const char *helper, LsError *error)
{
  if (has_ending (path, ".dot") || has_ending (path, ".gv"))
    {
      ls_dot_write (file, picture);
      return LS_OK;
    }
  if (has_ending (path, ".svg"))
    {
      LS_TRY (ls_picture_place (picture, helper, error));
      ls_svg_write (file, picture);
      return LS_OK;
    }
  if (has_ending (path, ".png") || has_ending (path, ".pdf"))
    return render (file, picture, has_ending (path, ".png") ? "png" : "pdf", helper, error);
  return ls_fail (error, LS_E_USAGE, -1, "%s ends in none of .svg, .png, .pdf, .dot", path);
}

LsStatus
ls_graph_save (const LsModel *model, uint32_t subgraph, const char *path, const char *helper,
               LsError *error)
{
  LsPicture picture;
  LsWriter *writer = NULL;

  LS_TRY (ls_picture_new (model, subgraph, &picture, error));

  LsStatus status = ls_writer_open (path, &writer, error);

  if (status == LS_OK)
    status = write_picture (ls_writer_file (writer), &picture, path, helper, error);
  ls_picture_clear (&picture);
  if (status == LS_OK)
    return ls_writer_commit (writer, error);
  ls_writer_abort (writer);
  return status;
}
