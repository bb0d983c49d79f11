#include "smith-toast.h"

#include <glib/gi18n.h>

AdwToast *
smith_toast_new_undo (GVariant *what)
{
  const char *text, *undo, *target;
  AdwToast *toast;

  g_variant_get (what, "(&s&s&s)", &text, &undo, &target);
  toast = adw_toast_new (text);
  adw_toast_set_button_label (toast, C_ ("device", "Undo"));
  adw_toast_set_action_name (toast, undo);
  if (target[0] != '\0')
    adw_toast_set_action_target (toast, "s", target);
  return toast;
}
