#include "check/fixes.h"

#include <stdlib.h>
#include <string.h>

/* The longest id and way, and their ends. */
enum
{
  MAX_WORD = 64,
  NONE = -1
};

typedef struct
{
  char id[MAX_WORD];
  const char *way; /* NULL: none is asked for; one of `ways` */
  bool has_place, has_tensor;
  long subgraph, op, tensor;
} Fix;

static const char *const ways[] = { "keep-values", "keep-integers", "leave" };

int
ls_rule_of (const char *id)
{
  for (int i = 0; i < LS_N_RULES; i++)
    if (strcmp (ls_rules[i].id, id) == 0)
      return i;
  return -1;
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

/* A number, or "-" for none; @end is behind it. */
static bool
read_number (const char *text, long *out, const char **end)
{
  char *behind;

  if (*text == '-')
    {
      *out = NONE;
      *end = text + 1;
      return true;
    }
  if (*text < '0' || *text > '9')
    return false;
  *out = strtol (text, &behind, 10);
  *end = behind;
  return *out <= INT32_MAX;
}

/* "3" is an operator of subgraph 0; "1/3/17" names subgraph and tensor as well. */
static bool
read_place (const char *text, Fix *fix)
{
  fix->has_place = true;
  if (!read_number (text, &fix->op, &text))
    return false;
  if (*text == '\0')
    return true;
  fix->subgraph = fix->op;
  fix->has_tensor = true;
  return *text == '/' && read_number (text + 1, &fix->op, &text) && *text == '/'
         && read_number (text + 1, &fix->tensor, &text) && *text == '\0';
}

static bool
read_way (const char *text, size_t length, Fix *fix)
{
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (strlen (ways[i]) == length && strncmp (ways[i], text, length) == 0)
      fix->way = ways[i];
  return fix->way != NULL;
}

static bool
read_fix (const char *text, Fix *fix)
{
  size_t length = strcspn (text, ":@");

  *fix = (Fix){ .tensor = NONE };
  if (length >= MAX_WORD)
    return false;
  memcpy (fix->id, text, length);
  text += length;
  if (*text == ':')
    {
      length = strcspn (text + 1, "@");
      if (!read_way (text + 1, length, fix))
        return false;
      text += 1 + length;
    }
  return *text == '\0' || read_place (text + 1, fix);
}

static bool
is_leave (const Fix *fix)
{
  return fix->way != NULL && strcmp (fix->way, "leave") == 0;
}

LsStatus
ls_fixes_check (const char *const *fixes, uint32_t n_fixes, LsError *error)
{
  for (uint32_t i = 0; fixes != NULL && i < n_fixes; i++)
    {
      Fix fix;
      bool is_read = read_fix (fixes[i], &fix);

      if (strcmp (fix.id, "all") != 0 && ls_rule_of (fix.id) < 0)
        return ls_fail (error, LS_E_USAGE, -1, "there is no diagnostic %s", fix.id);
      if (!is_read
          || (fix.way != NULL && !is_leave (&fix) && strcmp (fix.id, "bias-scale-mismatch") != 0))
        return ls_fail (
          error, LS_E_USAGE, -1,
          "%s is no way to mend: it is ID[:leave][@PLACE], and bias-scale-mismatch has keep-values "
          "and keep-integers as well; a place is an operator, or SUBGRAPH/OPERATOR/TENSOR",
          fixes[i]);
    }
  return LS_OK;
}

/* ---- Choosing ---------------------------------------------------------------------------------
 */

/* How closely a fix speaks of a finding: 0 not at all, 1 of all, 2 of its kind, 3 of itself. */
static int
closeness (const Fix *fix, const LsFinding *finding)
{
  if (strcmp (fix->id, "all") != 0 && strcmp (fix->id, finding->id) != 0)
    return 0;
  if (fix->has_place
      && (fix->subgraph != (fix->has_tensor || finding->subgraph >= 0 ? finding->subgraph : 0)
          || fix->op != finding->op || (fix->has_tensor && fix->tensor != finding->tensor)))
    return 0;
  if (fix->has_place)
    return 3;
  if (strcmp (fix->id, "all") != 0)
    return 2;
  return finding->severity != LS_SEVERITY_INFO;
}

bool
ls_fix_fits (const char *text, const LsFinding *finding)
{
  Fix fix;

  return read_fix (text, &fix) && closeness (&fix, finding) > 0;
}

bool
ls_fix_wants (const char *const *fixes, uint32_t n_fixes, const LsFinding *finding,
              const char **way)
{
  int best = 0;
  bool is_left = false, only_leaves = true;

  *way = NULL;
  for (uint32_t i = 0; fixes != NULL && i < n_fixes; i++)
    {
      Fix fix;
      int near = read_fix (fixes[i], &fix) ? closeness (&fix, finding) : 0;

      only_leaves = only_leaves && is_leave (&fix);
      if (near <= best)
        continue;
      best = near;
      is_left = is_leave (&fix);
      *way = is_left ? NULL : fix.way;
    }
  if (best == 0)
    return only_leaves && finding->severity != LS_SEVERITY_INFO;
  return !is_left;
}
