/* Finding by name: the first of equal ones, in lists of any length. */
#include "base/names.h"

#include "litesmith.h"
#include "test.h"

static void
first_of_a_name_is_found (void)
{
  const LsSignaturePort ports[] = { { "b", 7 }, { "a", 8 }, { "b", 9 }, { "", 10 } };
  LsNames names;

  CHECK (ls_names_init (&names, ports, 4, sizeof *ports, offsetof (LsSignaturePort, name)));
  CHECK (ls_names_find (&names, "b") == 0 && ls_names_find (&names, "a") == 1);
  CHECK (ls_names_find (&names, "") == 3);
  CHECK (ls_names_find (&names, "c") == -1 && ls_names_find (&names, "aa") == -1);
  ls_names_clear (&names);
}

static void
nothing_has_no_names (void)
{
  LsNames names;

  CHECK (ls_names_init (&names, NULL, 0, sizeof (LsSignaturePort), 0));
  CHECK (ls_names_find (&names, "a") == -1);
  ls_names_clear (&names);
}

int
main (void)
{
  RUN (first_of_a_name_is_found);
  RUN (nothing_has_no_names);
  return done ();
}
