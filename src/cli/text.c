/* Numbers, shapes and tables for people. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>

const char *
cli_format_double (double value, char out[CLI_NUMBER_SIZE])
{
  for (int digits = 15; digits <= 17; digits++)
    {
      snprintf (out, CLI_NUMBER_SIZE, "%.*g", digits, value);
      if (strtod (out, NULL) == value)
        break;
    }
  return out;
}

const char *
cli_format_float (float value, char out[CLI_NUMBER_SIZE])
{
  for (int digits = 6; digits <= 9; digits++)
    {
      snprintf (out, CLI_NUMBER_SIZE, "%.*g", digits, (double) value);
      if (strtof (out, NULL) == value)
        break;
    }
  return out;
}

const char *
cli_format_bytes (uint64_t n_bytes, char out[CLI_NUMBER_SIZE])
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
  double value = (double) n_bytes;
  int unit = 0;

  for (; value >= 999.5 && unit < 6; unit++)
    value /= 1000;
  snprintf (out, CLI_NUMBER_SIZE, unit > 0 && value < 99.95 ? "%.1f %s" : "%.0f %s", value,
            units[unit]);
  return out;
}

const char *
cli_format_count (uint64_t count, char out[CLI_NUMBER_SIZE])
{
  char digits[24];
  int length = snprintf (digits, sizeof digits, "%llu", (unsigned long long) count), at = 0;

  for (int i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        out[at++] = ' ';
      out[at++] = digits[i];
    }
  out[at] = '\0';
  return out;
}

char *
cli_format_dims (const int32_t *dims, int64_t rank)
{
  if (rank <= 0)
    return cli_strdup ("scalar");

  /* Eleven digits and a sign of two bytes for each; a tensor of a hostile file may have many. */
  int64_t shown = rank < 40 ? rank : 40;
  char *text = cli_alloc ((size_t) shown * 16 + 8, 1), *at = text;

  for (int64_t i = 0; i < shown; i++)
    at += snprintf (at, 16, i > 0 ? "×%d" : "%d", dims[i]);
  if (shown < rank)
    snprintf (at, 8, "×…");
  return text;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

struct CliTable
{
  const char *columns;
  size_t n_columns, n_cells;
  char **cells;
};

CliTable *
cli_table_new (const char *columns)
{
  CliTable *table = cli_alloc (1, sizeof *table);

  table->columns = columns;
  table->n_columns = strlen (columns);
  return table;
}

void
cli_table_free (CliTable *table)
{
  if (table == NULL)
    return;
  for (size_t i = 0; i < table->n_cells; i++)
    free (table->cells[i]);
  free (table->cells);
  free (table);
}

void
cli_table_add (CliTable *table, const char *format, ...)
{
  va_list values;
  char *text;

  va_start (values, format);
  if (vasprintf (&text, format, values) < 0)
    exit (cli_no_memory ());
  va_end (values);
  table->cells = cli_grow (table->cells, table->n_cells, sizeof *table->cells);
  table->cells[table->n_cells++] = cli_clean (text, 100);
  free (text);
}

size_t
cli_text_width (const char *text)
{
  size_t width = 0;

  /* One column a character is near enough for names; wide East Asian ones take two. */
  for (const unsigned char *at = (const unsigned char *) text; *at != '\0'; at++)
    {
      width += (*at & 0xc0) != 0x80;
      width += (*at >= 0xe3 && *at <= 0xed) || (*at == 0xef && at[1] >= 0xbc && at[1] < 0xbe);
    }
  return width;
}

void
cli_table_print (const CliTable *table, FILE *stream)
{
  CLI_FREE size_t *widths = cli_alloc (table->n_columns, sizeof *widths);

  for (size_t i = 0; i < table->n_cells; i++)
    {
      size_t width = cli_text_width (table->cells[i]);

      if (width > widths[i % table->n_columns])
        widths[i % table->n_columns] = width;
    }
  for (size_t i = 0; i < table->n_cells; i++)
    {
      size_t column = i % table->n_columns;
      int padding = (int) (widths[column] - cli_text_width (table->cells[i]));
      bool is_last = column + 1 == table->n_columns;

      if (is_last && table->cells[i][0] == '\0')
        padding = 0;
      if (table->columns[column] == 'r')
        fprintf (stream, "%*s%s", padding, "", table->cells[i]);
      else
        fprintf (stream, "%s%*s", table->cells[i], is_last ? 0 : padding, "");
      fputs (is_last ? "\n" : "  ", stream);
    }
}
