/*
 * TAP in one header: tests need nothing but libc, so that they run on a board.
 *
 *   static void truncated_file_is_refused (void) { CHECK (…); }
 *   int main (void) { RUN (truncated_file_is_refused); return done (); }
 */
#ifndef LS_TESTS_TEST_H
#define LS_TESTS_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_number, test_failures;
static bool test_is_failing __attribute__ ((unused));

#define CHECK(condition)                                                                           \
  do                                                                                               \
    {                                                                                              \
      if (!(condition))                                                                            \
        {                                                                                          \
          test_is_failing = true;                                                                  \
          printf ("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                                \
        }                                                                                          \
    }                                                                                              \
  while (0)

#define CHECK_STR(a, b)                                                                            \
  do                                                                                               \
    {                                                                                              \
      const char *test_a = (a), *test_b = (b);                                                     \
      if (strcmp (test_a, test_b) != 0)                                                            \
        {                                                                                          \
          test_is_failing = true;                                                                  \
          printf ("# %s:%d: \"%s\" is not \"%s\"\n", __FILE__, __LINE__, test_a, test_b);          \
        }                                                                                          \
    }                                                                                              \
  while (0)

#define RUN(test)                                                                                  \
  do                                                                                               \
    {                                                                                              \
      test_is_failing = false;                                                                     \
      test ();                                                                                     \
      test_failures += test_is_failing;                                                            \
      printf ("%s %d - %s\n", test_is_failing ? "not ok" : "ok", ++test_number, #test);            \
      fflush (stdout);                                                                             \
    }                                                                                              \
  while (0)

/* Says aloud that a test does not run here, and why. */
#define SKIP(test, why)                                                                            \
  do                                                                                               \
    {                                                                                              \
      (void) test;                                                                                 \
      printf ("ok %d - %s # SKIP %s\n", ++test_number, #test, why);                                \
    }                                                                                              \
  while (0)

static inline int
done (void)
{
  printf ("1..%d\n", test_number);
  return test_failures > 0;
}

#endif
