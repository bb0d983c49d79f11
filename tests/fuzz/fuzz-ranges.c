/* Bytes as a file of ranges (JSON) for a small model: read, observed again, written and read. */
#include "fuzz.h"

#include "fixtures.h"

static LsModel *
make_model (void)
{
  LsModel *model = fixture_model ();
  const int x = fixture_tensor (model, "x", LS_TYPE_FLOAT32, 1, (int32_t[]){ 3 });
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 1, (int32_t[]){ 3 });

  fixture_op (model, LS_OP_RELU, NULL, (int32_t[]){ x }, 1, (int32_t[]){ y }, 1);
  fixture_ports (model, x, y);
  return model;
}

/* Every observer ends with ends in order. */
static void
observe (LsRanges *ranges)
{
  for (int observer = LS_OBSERVE_AUTO; observer <= LS_OBSERVE_ENTROPY; observer++)
    {
      const LsCalibrateOptions options = { .observer = (LsObserver) observer };

      ls_ranges_observe (ranges, &options);
      for (uint32_t i = 0; i < ranges->n_ranges; i++)
        if (!(ranges->ranges[i].low <= ranges->ranges[i].high))
          fuzz_fail ("a range ends before it begins");
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *path = fixture_path (".ranges");
  LsModel *model = make_model ();
  LsRanges *ranges = NULL, *again = NULL;
  LsError error = { 0 };

  fuzz_write_file (path, data, size);
  if (ls_ranges_load (model, path, &ranges, &error) != LS_OK)
    fuzz_expect_sentence (&error);
  else
    {
      observe (ranges);
      if (ls_ranges_save (ranges, path, &error) != LS_OK
          || ls_ranges_load (model, path, &again, &error) != LS_OK)
        fuzz_fail (error.message);
      if (again->n_ranges != ranges->n_ranges)
        fuzz_fail ("what was written has other ranges");
    }
  ls_ranges_free (again);
  ls_ranges_free (ranges);
  ls_model_free (model);
  unlink (path);
  return 0;
}
