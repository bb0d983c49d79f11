/* litesmith repair */
#include "cli.h"

#include <string.h>
#include <sys/stat.h>

static const CliOption options[] = {
  { "fix", '\0', "ID[:WAY]",
    "Mends this alone; may be given again. Without it everything repairable is mended that is an "
    "error or a warning.",
    NULL },
  { "in-place", '\0', NULL, "Lets OUT be MODEL itself.", NULL },
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

static void
json_bytes (CliJson *json, const char *key, const uint8_t *bytes, uint32_t length)
{
  CLI_FREE char *text = cli_alloc ((size_t) length * 2 + 1, 1);

  for (uint32_t i = 0; i < length; i++)
    snprintf (text + 2 * (size_t) i, 3, "%02x", bytes[i]);
  cli_json_string (json, key, text);
}

static void
json_place (CliJson *json, int subgraph, int op, int tensor)
{
  if (subgraph >= 0)
    cli_json_int (json, "subgraph", subgraph);
  if (op >= 0)
    cli_json_int (json, "operator", op);
  if (tensor >= 0)
    cli_json_int (json, "tensor", tensor);
}

static int
print_json (const LsRepair *repair)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_open (json, "changes", '[');
  for (uint32_t i = 0; i < repair->n_changes; i++)
    {
      const LsChange *change = &repair->changes[i];

      cli_json_open (json, NULL, '{');
      cli_json_string (json, "id", change->id);
      json_place (json, change->subgraph, change->op, change->tensor);
      cli_json_uint (json, "offset", change->offset);
      cli_json_uint (json, "length", change->length);
      json_bytes (json, "before", change->before, change->length);
      json_bytes (json, "after", change->after, change->length);
      cli_json_string (json, "text", change->text);
      cli_json_close (json);
    }
  cli_json_close (json);
  cli_json_open (json, "left", '[');
  for (uint32_t i = 0; i < repair->n_left; i++)
    {
      cli_json_open (json, NULL, '{');
      cli_json_string (json, "id", repair->left[i].id);
      json_place (json, repair->left[i].subgraph, repair->left[i].op, repair->left[i].tensor);
      cli_json_string (json, "message", repair->left[i].message);
      cli_json_close (json);
    }
  return cli_json_finish (json, stdout);
}

static int
print_text (const LsRepair *repair)
{
  for (uint32_t i = 0; i < repair->n_changes; i++)
    {
      const LsChange *change = &repair->changes[i];
      CLI_FREE char *text = cli_clean (change->text != NULL ? change->text : "", 300);

      printf ("%s: bytes %llu to %llu: %s\n", change->id, (unsigned long long) change->offset,
              (unsigned long long) (change->offset + change->length - 1), text);
    }
  for (uint32_t i = 0; i < repair->n_left; i++)
    {
      CLI_FREE char *text = cli_clean (repair->left[i].message, 300);

      printf ("left: %s: %s\n", repair->left[i].id, text);
    }
  printf ("%u byte ranges changed, %u findings left\n", repair->n_changes, repair->n_left);
  return CLI_DONE;
}

/* The same file under two names, links included. */
static bool
is_same_file (const char *a, const char *b)
{
  struct stat x, y;

  return stat (a, &x) == 0 && stat (b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool
cli_may_write (const CliArgs *args, const char *in, const char *out)
{
  if (!is_same_file (in, out) || cli_has (args, "in-place"))
    return true;
  cli_usage_error (args, "%s is the model itself; --in-place allows that", out);
  return false;
}

static int
mend (const CliArgs *args, const LsModel *model, const char *const *fixes, uint32_t n_fixes)
{
  LsRepair repair;
  LsError error = { 0 };

  if (ls_repair_plan (model, fixes, n_fixes, &repair, &error) != LS_OK)
    return cli_fail (args->positional[0], model, &error);
  if (ls_repair_write (model, &repair, args->positional[1], &error) != LS_OK)
    {
      ls_repair_clear (&repair);
      return cli_fail (args->positional[0], model, &error);
    }

  int status = cli_has (args, "json") ? print_json (&repair) : print_text (&repair);

  ls_repair_clear (&repair);
  return status;
}

static int
run (const CliArgs *args)
{
  CLI_FREE const char **fixes = cli_alloc ((size_t) args->n_given + 1, sizeof *fixes);
  uint32_t n_fixes = 0;
  const char *fix;

  for (int cursor = 0; (fix = cli_next (args, "fix", &cursor)) != NULL;)
    fixes[n_fixes++] = fix;
  if (!cli_may_write (args, args->positional[0], args->positional[1]))
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (args->positional[0]);

  return model != NULL ? mend (args, model, n_fixes > 0 ? fixes : NULL, n_fixes) : CLI_FAILED;
}

const CliCommand cli_repair_command = {
  .name = "repair",
  .arguments = "MODEL OUT",
  .summary = "Mend what can be mended by changing only the bytes concerned.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text = "OUT has the length of MODEL, and every byte outside the reported ranges is the same. "
          "What check reports and how each is mended: litesmith check.\n",
  .examples
  = "  litesmith repair model.tflite mended.tflite\n"
    "  litesmith repair --fix bias-scale-mismatch:keep-integers model.tflite out.tflite\n",
  .run = run,
};
