/* Comparing over samples, and the reports of a conversion in their forms. */
#include "test.h"

#include <math.h>

#include "litesmith.h"
#include "npz.h"

static const char *folder; /* of the samples, from the command line */

typedef struct
{
  LsModel *source, *result;
  LsSamples *samples;
  LsRanges *ranges;
  LsComparison comparison;
} Fixture;

static LsModel *
open_model (const char *name)
{
  char path[1000];
  LsModel *model = NULL;

  snprintf (path, sizeof path, "%s/%s", folder, name);
  CHECK (ls_model_open (path, &model, NULL) == LS_OK);
  return model;
}

/* The digits as an .npz: what every third picture of a striped kind gives. */
static void
setup (Fixture *fixture)
{
  static float digits[12][64];
  LsError error = { 0 };

  for (int i = 0; i < 12 * 64; i++)
    digits[i / 64][i % 64] = (float) ((i * 7 + i / 64 * 5) % 17) / 16;
  npz_write (npz_path ("s.npz"), &(NpzArray){ "in_0", "<f4", "12, 8, 8, 1", digits, sizeof digits },
             1);
  *fixture = (Fixture){ .source = open_model ("digits.tflite"),
                        .result = open_model ("digits-int8.tflite") };
  if (ls_samples_open (fixture->source, npz_path ("s.npz"), NULL, &fixture->samples, &error)
        != LS_OK
      || ls_calibrate (fixture->source, fixture->samples, NULL, NULL, &fixture->ranges, &error)
           != LS_OK
      || ls_compare_layers (fixture->source, fixture->result, fixture->samples, 0, NULL, 0, 0, 1,
                            NULL, &fixture->comparison, &error)
           != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (error.status == LS_OK);
}

static void
teardown (Fixture *fixture)
{
  ls_comparison_clear (&fixture->comparison);
  ls_ranges_free (fixture->ranges);
  ls_samples_free (fixture->samples);
  ls_model_free (fixture->source);
  ls_model_free (fixture->result);
}

static void
comparison_is_of_all_samples (void)
{
  Fixture fixture;
  LsComparison few;
  const LsComparedTensor *output = NULL;

  setup (&fixture);
  CHECK (fixture.comparison.n_samples == 12 && fixture.comparison.n_agreements == 1);

  const LsAgreement *agreement = &fixture.comparison.agreements[0];

  CHECK (agreement->n_classes == 10 && agreement->n_samples == 12);
  CHECK (agreement->top1 > 0.5 && agreement->top5 >= agreement->top1 && agreement->top5 <= 1);
  for (uint32_t i = 0; i < fixture.comparison.n_tensors; i++)
    if (fixture.comparison.tensors[i].is_output)
      output = &fixture.comparison.tensors[i];
  CHECK (output != NULL && output->count == 12 * 10 && output->sqnr_db > 10);
  CHECK_STR (output->kind, "SOFTMAX");
  CHECK (
    ls_compare_samples (fixture.source, fixture.result, fixture.samples, 3, 1, NULL, &few, NULL)
    == LS_OK);
  CHECK (few.n_samples == 3);
  ls_comparison_clear (&few);

  /* The same model: equal everywhere, and nothing lies at the ends of floats. */
  CHECK (
    ls_compare_samples (fixture.source, fixture.source, fixture.samples, 2, 1, NULL, &few, NULL)
    == LS_OK);
  for (uint32_t i = 0; i < few.n_tensors; i++)
    CHECK (isinf (few.tensors[i].sqnr_db) && few.tensors[i].saturated == 0);
  CHECK (few.n_agreements == 1 && few.agreements[0].top1 == 1);
  ls_comparison_clear (&few);
  teardown (&fixture);
}

static const char *to = "int8"; /* NULL: two models that were compared */

static char *
read_report (const Fixture *fixture, const char *name)
{
  static char text[1 << 20];
  const LsQuantizeReport report = { .source = fixture->source,
                                    .result = fixture->result,
                                    .source_name = "<source> & \"model\"",
                                    .result_name = "result.tflite",
                                    .to = to,
                                    .command = "litesmith convert '<a>' b",
                                    .ranges = fixture->ranges,
                                    .comparison = &fixture->comparison };
  LsError error = { 0 };

  if (ls_quantize_report_save (&report, npz_path (name), &error) != LS_OK)
    printf ("# %s\n", error.message);

  FILE *file = fopen (npz_path (name), "r");
  size_t n = file != NULL ? fread (text, 1, sizeof text - 1, file) : 0;

  text[n] = '\0';
  if (file != NULL)
    fclose (file);
  return text;
}

static void
json_has_each_tensor (void)
{
  Fixture fixture;
  LsJsonDoc *doc;

  setup (&fixture);

  char *text = read_report (&fixture, "r.json");

  CHECK (ls_json_parse (text, strlen (text), &doc, NULL) == LS_OK);

  const LsJson *root = ls_json_root (doc), *tensors = ls_json_get (root, "tensors");
  const LsJson *first = ls_json_at (tensors, 0);

  CHECK_STR (ls_json_string (ls_json_get (root, "model")), "<source> & \"model\"");
  CHECK (ls_json_count (tensors) >= 8);
  CHECK_STR (ls_json_string (ls_json_get (first, "type")), "INT8");
  CHECK (ls_json_number (ls_json_get (first, "min"), -1) == 0);
  CHECK (ls_json_number (ls_json_get (first, "max"), -1) == 1);
  CHECK (ls_json_number (ls_json_get (first, "scale"), 0) > 0);
  CHECK (ls_json_get (ls_json_at (tensors, 1), "own_sqnr_db") != NULL);
  CHECK (ls_json_get (ls_json_at (tensors, 1), "cause") != NULL);
  CHECK (ls_json_count (ls_json_get (root, "float_operators")) == 0);
  CHECK (ls_json_count (ls_json_get (root, "agreement")) == 1);
  CHECK (ls_json_count (ls_json_get (root, "targets")) >= 2);
  ls_json_free (doc);
  teardown (&fixture);
}

static void
page_is_whole_and_escaped (void)
{
  Fixture fixture;

  setup (&fixture);

  const char *text = read_report (&fixture, "r.html");

  CHECK (strstr (text, "<!DOCTYPE html>") == text && strstr (text, "</html>") != NULL);
  CHECK (strstr (text, "&lt;source&gt; &amp; &quot;model&quot;") != NULL);
  CHECK (strstr (text, "Error by layer") != NULL && strstr (text, "class=\"cut\"") != NULL);
  CHECK (strstr (text, "Where the error comes from") != NULL);
  CHECK (strstr (text, "Tensors</h2>") != NULL && strstr (text, "class=\"b\"") != NULL);
  CHECK (strstr (text, "<pre>litesmith convert '&lt;a&gt;' b</pre>") != NULL);
  CHECK (strstr (text, ", adds ") != NULL && strstr (text, "rounding of its output") != NULL);
  CHECK (strstr (text, "<script") == NULL && strstr (text, "http") == NULL);
  teardown (&fixture);
}

static void
markdown_names_the_culprits (void)
{
  Fixture fixture;

  setup (&fixture);

  const char *text = read_report (&fixture, "r.md");

  CHECK (strstr (text, "# &lt;source>") == text);
  CHECK (strstr (text, "\n    litesmith convert '<a>' b\n") != NULL);
  CHECK (strstr (text, "## Where the error comes from") != NULL);
  CHECK (strstr (text, "| adds, dB | stands at, dB |") != NULL);
  CHECK (strstr (text, "| same best class |") != NULL && strstr (text, "| 10 |") != NULL);
  CHECK (strstr (text, "| tensor | type |") != NULL);
  teardown (&fixture);
}

/* The same report tells of any two models. */
static void
comparison_is_told_without_a_conversion (void)
{
  Fixture fixture;

  setup (&fixture);
  to = NULL;
  CHECK (strstr (read_report (&fixture, "c.html"), "&quot; against result.tflite</h1>") != NULL);
  CHECK (strstr (read_report (&fixture, "c.html"), "the second.</p>") != NULL);
  CHECK (strstr (read_report (&fixture, "c.md"), " against result.tflite\n") != NULL);
  to = "int8";
  teardown (&fixture);
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    return 2;
  folder = argv[1];
  RUN (comparison_is_of_all_samples);
  RUN (json_has_each_tensor);
  RUN (page_is_whole_and_escaped);
  RUN (markdown_names_the_culprits);
  RUN (comparison_is_told_without_a_conversion);
  npz_remove (npz_folder ());
  return done ();
}
