/* Pictures of graphs: nothing in a name is markup, helpers may fail, layouts route around boxes. */
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "formats/dot/helper.h"
#include "formats/dot/layered.h"
#include "formats/dot/picture.h"
#include "model/model.h"

static int
add_tensor (LsModel *model, const char *name, LsType type, int rank, const int32_t *dims,
            const void *data, size_t size)
{
  LsTensor tensor
    = { .name = name, .type = type, .rank = rank, .dims = dims, .signature_rank = -1 };

  if (size > 0)
    tensor.buffer = (uint32_t) ls_model_add_buffer (model, data, size);
  return ls_model_add_tensor (model, 0, &tensor);
}

/* x → ADD ← DEQUANTIZE ← constant, with names of the worst kind. */
static LsModel *
hostile_model (void)
{
  static const int32_t dims[] = { 1, 2 }, add_in[] = { 0, 2 }, add_out[] = { 3 }, one[] = { 1 },
                       two[] = { 2 }, in[] = { 0 }, out[] = { 3 };
  static const uint16_t halves[] = { 0x3c00, 0x4000 };
  LsModel *model = ls_model_new ();
  LsOperator dequantize
    = { .kind = LS_OP_DEQUANTIZE, .n_inputs = 1, .inputs = one, .n_outputs = 1, .outputs = two };
  LsOperator add = { .kind = LS_OP_CUSTOM,
                     .custom_code = "</text><script>\"'&",
                     .n_inputs = 2,
                     .inputs = add_in,
                     .n_outputs = 1,
                     .outputs = add_out };

  ls_model_add_graph (model, "]]><!--");
  add_tensor (model, "x\x01\x1b[31m\xff\xfe", LS_TYPE_FLOAT32, 2, dims, NULL, 0);
  add_tensor (model, "w", LS_TYPE_FLOAT16, 2, dims, halves, sizeof halves);
  add_tensor (model, "w2", LS_TYPE_FLOAT32, 2, dims, NULL, 0);
  add_tensor (model, "y \xed\xa0\x80 \xe2\x80\xae", LS_TYPE_FLOAT32, 2, dims, NULL, 0);
  ls_model_insert_op (model, 0, 0, &dequantize);
  ls_model_insert_op (model, 0, 1, &add);
  ls_model_set_ports (model, 0, in, 1, out, 1);
  return model;
}

/* The file as text, from malloc. */
static char *
drawn (const LsModel *model, const char *path)
{
  char *text = calloc (1, 1 << 20);
  LsError error = { 0 };

  CHECK (ls_graph_save (model, 0, path, "/nonexistent", &error) == LS_OK);

  FILE *file = fopen (path, "r");

  if (file != NULL)
    {
      CHECK (fread (text, 1, (1 << 20) - 1, file) > 0);
      fclose (file);
    }
  unlink (path);
  return text;
}

static void
names_are_no_markup (void)
{
  static const char *const endings[] = { "svg", "dot" };
  LsModel *model = hostile_model ();

  for (int i = 0; i < 2; i++)
    {
      char path[64];

      snprintf (path, sizeof path, "/tmp/litesmith-dot-%ld.%s", (long) getpid (), endings[i]);

      char *text = drawn (model, path);

      CHECK (strstr (text, "<script>") == NULL && strstr (text, "&lt;script&gt;") != NULL);
      CHECK (strstr (text, "&quot;&#39;&amp;") != NULL);
      for (const char *at = text; *at != '\0'; at++)
        CHECK ((unsigned char) *at >= 0x20 || *at == '\n');
      CHECK (strstr (text, "\xff") == NULL && strstr (text, "\xed\xa0\x80") == NULL
             && strstr (text, "\xe2\x80\xae") == NULL);
      free (text);
    }
  ls_model_free (model);
}

static void
widened_constant_is_a_line_of_its_reader (void)
{
  LsModel *model = hostile_model ();
  LsPicture picture;

  CHECK (ls_picture_new (model, 0, &picture, NULL) == LS_OK);
  CHECK (picture.n_nodes == 3 && picture.n_edges == 2);
  CHECK (picture.nodes[1].n_lines == 1);
  CHECK_STR (picture.nodes[1].lines[0], "1×2 FLOAT16, dequantized");
  CHECK_STR (picture.edges[0].label, "1×2 FLOAT32");
  ls_picture_clear (&picture);
  ls_model_free (model);
}

static void
png_without_the_helper_is_a_sentence (void)
{
  LsModel *model = hostile_model ();
  LsError error = { 0 };
  const char *path = "/tmp/litesmith-dot-none.png";

  CHECK (ls_graph_save (model, 0, path, "/nonexistent", &error) == LS_E_UNSUPPORTED);
  CHECK (strstr (error.message, "litesmith-layout") != NULL && access (path, F_OK) != 0);
  ls_model_free (model);
}

static void
helper_gets_its_input_and_gives_its_output (void)
{
  static const char *const none[] = { NULL };
  size_t size = 3 << 20, out_size = 0;
  LS_FREE char *input = malloc (size);
  LS_FREE char *output = NULL;

  memset (input, 'x', size);
  CHECK (ls_helper_run ("/bin/cat", none, input, size, 10000, &output, &out_size, NULL) == LS_OK);
  CHECK (out_size == size && output[size - 1] == 'x');
}

static void
helpers_that_hang_or_fail_are_errors (void)
{
  static const char *const minute[] = { "60", NULL }, *const none[] = { NULL };
  LsError error = { 0 };
  char *output;
  size_t size;

  CHECK (ls_helper_run ("/bin/sleep", minute, "x", 1, 200, &output, &size, &error)
         == LS_E_UNSUPPORTED);
  CHECK (strstr (error.message, "did not finish") != NULL && output == NULL);
  CHECK (ls_helper_run ("/bin/false", none, "x", 1, 10000, &output, &size, &error)
         == LS_E_UNSUPPORTED);
  CHECK (ls_helper_run ("/nonexistent", none, "x", 1, 10000, &output, &size, &error) == LS_E_IO);
}

/* Output that is no layout must not be taken for one. */
static void
nonsense_of_the_helper_is_not_used (void)
{
  LsModel *model = hostile_model ();
  LsPicture picture;

  CHECK (ls_picture_new (model, 0, &picture, NULL) == LS_OK);
  CHECK (ls_picture_place (&picture, "/bin/cat", NULL) == LS_OK);
  CHECK (picture.width > 50 && picture.height > 100 && picture.edges[0].n_points == 4);
  ls_picture_clear (&picture);
  ls_model_free (model);
}

static void
long_edges_go_past_the_boxes (void)
{
  /* 0 → 1 → 2 → 3, and 0 → 3. */
  LsLayoutNode nodes[4]
    = { { 100, 40, 0, 0 }, { 100, 40, 0, 0 }, { 100, 40, 0, 0 }, { 100, 40, 0, 0 } };
  static const LsLayoutEdge edges[] = { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 0, 3 } };
  LsRoutes routes;

  CHECK (ls_layout_routed (nodes, 4, edges, 4, 20, 30, &routes, NULL, NULL) == LS_OK);
  CHECK (routes.first[3] == 0 && routes.first[4] == 2);
  for (int i = 0; i < 2; i++)
    {
      const LsLayoutNode *box = &nodes[i + 1];
      const LsCrossing *crossing = &routes.crossings[i];

      CHECK (crossing->x < box->x - 50 || crossing->x > box->x + 50);
      CHECK (crossing->top == box->y - 20 && crossing->bottom == box->y + 20);
    }
  ls_routes_clear (&routes);
}

int
main (void)
{
  RUN (names_are_no_markup);
  RUN (widened_constant_is_a_line_of_its_reader);
  RUN (png_without_the_helper_is_a_sentence);
  if (getenv ("MESON_EXE_WRAPPER") == NULL)
    {
      RUN (helper_gets_its_input_and_gives_its_output);
      RUN (helpers_that_hang_or_fail_are_errors);
    }
  else
    {
      SKIP (helper_gets_its_input_and_gives_its_output, "an emulator cannot start the host's cat");
      SKIP (helpers_that_hang_or_fail_are_errors, "an emulator cannot start the host's sleep");
    }
  RUN (nonsense_of_the_helper_is_not_used);
  RUN (long_edges_go_past_the_boxes);
  return done ();
}
