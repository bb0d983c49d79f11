/* Operator codes: the byte-sized one of old files and the wide one. Source: tflite schema_utils.cc
 * GetBuiltinCode. */
#include "check/rule.h"

/* The byte that goes with a code. */
static int
byte_of (int kind)
{
  return kind < 127 ? kind : 127;
}

typedef struct
{
  int graph, op; /* -1: none */
} User;

/* The first operator of each code; NULL: out of memory. */
static User *
find_users (const LsModel *model)
{
  User *users = malloc (((size_t) model->n_codes + 1) * sizeof *users);

  for (uint32_t i = 0; users != NULL && i < model->n_codes; i++)
    users[i] = (User){ -1, -1 };
  for (uint32_t g = 0; users != NULL && g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        User *user = &users[model->graphs[g]->view.ops[i].code_index];

        if (user->op < 0)
          *user = (User){ (int) g, (int) i };
      }
  return users;
}

static void
look_at_codes (LsCheck *check)
{
  const LsModel *model = check->model;
  LS_FREE User *users = find_users (model);

  if (users == NULL)
    {
      check->is_out_of_memory = true;
      return;
    }
  for (uint32_t i = 0; i < model->n_codes; i++)
    {
      const LsOpCode *code = &model->codes[i];
      /* A file from before the wide field has the byte alone, and the reader took it as the kind.
       */
      bool has_wide = ls_check_is_stored (check, LS_FIELD_CODE_BUILTIN, 0, i, 0);

      if (users[i].op < 0)
        ls_check_add (check, LS_RULE_OPERATOR_CODE_UNUSED, -1, -1, -1, false,
                      "operator code %u (%s) is used by no operator", i,
                      code->kind == LS_OP_CUSTOM && code->custom_code != NULL
                        ? code->custom_code
                        : ls_op_kind_name (code->kind));
      if (!has_wide || code->deprecated_code == byte_of (code->wide_code) || code->wide_code == 0)
        continue;
      /* The runtime takes the larger of the two: a byte above the wide code hides which one is
       * right. */
      ls_check_add (check, LS_RULE_OPERATOR_CODE_MISMATCH, users[i].graph, users[i].op, -1,
                    code->deprecated_code < code->wide_code
                      && ls_check_is_stored (check, LS_FIELD_CODE_DEPRECATED, 0, i, 0),
                    "operator code %u: the byte-sized code says %d (%s), the wide one %d (%s)", i,
                    code->deprecated_code, ls_op_kind_name (code->deprecated_code), code->wide_code,
                    ls_op_kind_name (code->wide_code));
    }
}

const LsInspector ls_inspect_codes = { NULL, look_at_codes };

bool
ls_mend_code (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;

  if (finding->op < 0)
    return ls_mender_leave (mender, "no operator uses the code");

  uint32_t code = model->graphs[finding->subgraph]->view.ops[finding->op].code_index;

  return ls_mender_deprecated_code (mender, code, (int8_t) byte_of (model->codes[code].wide_code));
}
