/* Reading .tflite files: what is no model is refused with a sentence. */
#include "litesmith.h"
#include "test.h"

static void
what_is_no_model_is_refused (void)
{
  static const char *const files[] = {
    "", "x", "hello, this is text\n", "\0\0\0\0TFL3", "\xff\xff\xff\x7fTFL3....", "\x08\0\0\0TFL3"
  };
  static const size_t sizes[] = { 0, 1, 20, 8, 12, 8 };

  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    {
      LsModel *model;
      LsError error = { 0 };

      CHECK (ls_model_parse (files[i], sizes[i], &model, &error) == LS_E_FORMAT);
      CHECK (model == NULL && error.message[0] != '\0');
    }
}

int
main (void)
{
  RUN (what_is_no_model_is_refused);
  return done ();
}
