/* How far long work is: for people at a terminal only. */
#include "cli.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t is_interrupted;

static void
interrupt (int number)
{
  (void) number;
  is_interrupted = 1;
}

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

static bool
tick (void *data, double fraction, const char *what)
{
  CliProgress *progress = data;
  double time = now ();

  if (is_interrupted)
    return false;
  /* Ten times a second, and nothing in the first quarter. */
  if (!isatty (STDERR_FILENO) || time - progress->drawn_at < 0.1)
    return true;
  progress->drawn_at = time;
  progress->is_drawn = true;

  CLI_FREE char *clean = cli_clean (what != NULL ? what : "", 40);

  if (fraction < 0)
    fprintf (stderr, "\r\033[K%s …", clean);
  else
    {
      char bar[31];
      int filled = fraction >= 1 ? 30 : (int) (fraction * 30);

      for (int i = 0; i < 30; i++)
        bar[i] = i < filled ? '#' : '.';
      bar[30] = '\0';
      fprintf (stderr, "\r\033[K[%s] %3.0f %% %s", bar, fraction * 100, clean);
    }
  fflush (stderr);
  return true;
}

void
cli_progress_begin (CliProgress *progress)
{
  struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESETHAND };

  *progress = (CliProgress){ { tick, progress }, now () + 0.25, false };
  sigaction (SIGINT, &action, NULL);
}

void
cli_progress_end (CliProgress *progress)
{
  signal (SIGINT, SIG_DFL);
  if (progress->is_drawn)
    fputs ("\r\033[K", stderr);
  progress->is_drawn = false;
}
