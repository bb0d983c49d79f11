/* .npy files as numpy writes them, and as nobody should. */
#include "test.h"

#include <math.h>
#include <unistd.h>

#include "base/strings.h"
#include "formats/npy/npy.h"
#include "litesmith.h"
#include "model/array.h"

/* An .npy of version 1 with this dictionary and data. */
static size_t
make (uint8_t *out, const char *dictionary, const void *data, size_t size)
{
  size_t length = strlen (dictionary);

  memcpy (out, "\x93NUMPY\1\0", 8);
  out[8] = (uint8_t) (length + 1);
  out[9] = 0;
  memcpy (out + 10, dictionary, length);
  out[10 + length] = '\n';
  memcpy (out + 11 + length, data, size);
  return 11 + length + size;
}

static void
big_endian_is_turned_round (void)
{
  uint8_t file[256];
  LsArray array;
  size_t size = make (file, "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }",
                      "\x01\x02\xff\xfe", 4);

  CHECK (ls_npy_parse (file, size, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_INT16 && array.rank == 1 && array.dims[0] == 2);
  CHECK (ls_array_get (&array, 0) == 0x0102 && ls_array_get (&array, 1) == -2);
  ls_array_clear (&array);
}

static void
fortran_order_is_transposed (void)
{
  uint8_t file[256];
  LsArray array;
  size_t size
    = make (file, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "\1\4\2\5\3\6", 6);

  CHECK (ls_npy_parse (file, size, &array, NULL) == LS_OK);
  for (size_t i = 0; i < 6; i++)
    CHECK (ls_array_get (&array, i) == (double) (i + 1));
  ls_array_clear (&array);
}

static void
text_becomes_strings (void)
{
  uint8_t file[256];
  LsArray array;
  LsStrings strings;
  size_t size = make (file, "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }",
                      "a\0\0\0\xe9\0\0\0b\0\0\0\0\0\0\0", 16);

  CHECK (ls_npy_parse (file, size, &array, NULL) == LS_OK);
  CHECK (array.type == LS_TYPE_STRING);
  CHECK (ls_strings_open (array.data, array.n_bytes, &strings) && strings.count == 2);
  CHECK (ls_strings_get (&strings, 0).size == 3);
  CHECK (memcmp (ls_strings_get (&strings, 0).data, "a\xc3\xa9", 3) == 0);
  CHECK (ls_strings_get (&strings, 1).size == 1);
  ls_array_clear (&array);
}

/* Cut anywhere, or with any byte changed, a file is read or refused with a sentence. */
static void
damaged_files_are_refused (void)
{
  uint8_t file[256], copy[256];
  LsArray array;
  size_t size = make (file, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }",
                      "\0\0\x80\x3f\0\0\x80\x3f\0\0\x80\x3f", 12);

  for (size_t n = 0; n < size; n++)
    {
      LsError error = { 0 };

      CHECK (ls_npy_parse (file, n, &array, &error) != LS_OK && error.message[0] != '\0');
      CHECK (array.data == NULL);
    }
  for (size_t n = 0; n < size; n++)
    for (int bit = 0; bit < 8; bit++)
      {
        memcpy (copy, file, size);
        copy[n] ^= (uint8_t) (1 << bit);
        if (ls_npy_parse (copy, size, &array, NULL) == LS_OK)
          ls_array_clear (&array);
        CHECK (array.data == NULL);
      }
}

static void
types_and_shapes_that_we_do_not_have_are_refused (void)
{
  static const char *const dictionaries[] = {
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000,2000000000,2000000000), }",
    "{'descr': '|S0', 'fortran_order': False, 'shape': (2000000000,), }",
    "{'descr': '|U0', 'fortran_order': False, 'shape': (8, 888888), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, }",
    "{}",
    "{'descr'",
  };
  uint8_t file[256];
  LsArray array;

  for (size_t i = 0; i < sizeof dictionaries / sizeof dictionaries[0]; i++)
    {
      LsError error = { 0 };
      size_t size = make (file, dictionaries[i], "\0\0\0\0", 4);

      CHECK (ls_npy_parse (file, size, &array, &error) != LS_OK && error.message[0] != '\0');
    }
}

/* Saves, loads again as @type, and compares the values. */
static void
round_trip (LsType type, double first, double second)
{
  char path[] = "/tmp/litesmith-npy-XXXXXX";
  int fd = mkstemp (path);
  LsArray array, again, want = { .type = type };
  const int32_t dims[] = { 1, 2 };

  close (fd);
  CHECK (ls_array_init (&array, type, 2, dims, NULL) == LS_OK);
  CHECK (ls_array_put_real (&array, 0, first) && ls_array_put_real (&array, 1, second));
  CHECK (ls_array_save (path, &array, NULL) == LS_OK);
  CHECK (ls_array_load (path, &want, NULL, &again, NULL) == LS_OK);
  CHECK (again.type == type && again.rank == 2 && again.dims[1] == 2);
  CHECK (again.n_bytes == array.n_bytes && memcmp (again.data, array.data, array.n_bytes) == 0);
  ls_array_clear (&array);
  ls_array_clear (&again);
  unlink (path);
}

static void
every_type_comes_back (void)
{
  round_trip (LS_TYPE_FLOAT32, 0.1f, -INFINITY);
  round_trip (LS_TYPE_FLOAT16, 0.5, -65504);
  round_trip (LS_TYPE_BFLOAT16, 3.0, -0.125);
  round_trip (LS_TYPE_FLOAT64, 0.1, 1e300);
  round_trip (LS_TYPE_COMPLEX64, 2, -1);
  round_trip (LS_TYPE_COMPLEX128, 2, -1);
  round_trip (LS_TYPE_BOOL, 1, 0);
  round_trip (LS_TYPE_INT2, 1, -2);
  round_trip (LS_TYPE_INT4, 7, -8);
  round_trip (LS_TYPE_UINT4, 15, 0);
  round_trip (LS_TYPE_INT8, 127, -128);
  round_trip (LS_TYPE_UINT8, 255, 0);
  round_trip (LS_TYPE_INT16, 32767, -32768);
  round_trip (LS_TYPE_UINT16, 65535, 0);
  round_trip (LS_TYPE_INT32, 2147483647, -2147483648.0);
  round_trip (LS_TYPE_UINT32, 4294967295.0, 0);
  round_trip (LS_TYPE_INT64, 4611686018427387904.0, -9223372036854775808.0);
  round_trip (LS_TYPE_UINT64, 4611686018427387904.0, 0);
}

static void
values_that_do_not_fit_are_refused (void)
{
  static const struct
  {
    LsType from, to;
    double value;
    bool fits;
  } cases[] = {
    { LS_TYPE_FLOAT64, LS_TYPE_FLOAT32, 1e39, false },
    { LS_TYPE_FLOAT64, LS_TYPE_FLOAT32, 0.1, true },
    { LS_TYPE_INT64, LS_TYPE_INT8, 128, false },
    { LS_TYPE_INT64, LS_TYPE_INT8, -128, true },
    { LS_TYPE_INT32, LS_TYPE_UINT8, -1, false },
    { LS_TYPE_FLOAT32, LS_TYPE_INT32, 0.5, false },
    { LS_TYPE_FLOAT32, LS_TYPE_INT32, 7, true },
    { LS_TYPE_FLOAT32, LS_TYPE_INT64, 0x1p63, false },
    { LS_TYPE_INT8, LS_TYPE_INT4, 8, false },
    { LS_TYPE_INT8, LS_TYPE_INT4, -8, true },
    { LS_TYPE_UINT8, LS_TYPE_BOOL, 2, false },
    { LS_TYPE_FLOAT32, LS_TYPE_FLOAT16, 70000, false },
    { LS_TYPE_FLOAT32, LS_TYPE_COMPLEX64, 3, true },
    { LS_TYPE_COMPLEX64, LS_TYPE_FLOAT32, 3, false },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      LsArray array;
      LsError error = { 0 };

      CHECK (ls_array_init (&array, cases[i].from, 0, NULL, NULL) == LS_OK);
      CHECK (ls_array_put_real (&array, 0, cases[i].value));
      CHECK ((ls_array_convert (&array, cases[i].to, &error) == LS_OK) == cases[i].fits);
      CHECK (cases[i].fits == (error.message[0] == '\0'));
      ls_array_clear (&array);
    }
}

static void
eight_bit_floats_have_their_values (void)
{
  CHECK (ls_float8_e4m3fn_to_float (0x7e) == 448 && isnan (ls_float8_e4m3fn_to_float (0xff)));
  CHECK (ls_float8_e4m3fn_to_float (0x01) == 0x1p-9f && ls_float8_e4m3fn_to_float (0xb8) == -1);
  CHECK (ls_float8_e5m2_to_float (0x7b) == 57344 && isinf (ls_float8_e5m2_to_float (0x7c)));
  CHECK (ls_float8_e5m2_to_float (0x01) == 0x1p-16f && isnan (ls_float8_e5m2_to_float (0x7d)));
}

int
main (void)
{
  RUN (big_endian_is_turned_round);
  RUN (fortran_order_is_transposed);
  RUN (text_becomes_strings);
  RUN (damaged_files_are_refused);
  RUN (types_and_shapes_that_we_do_not_have_are_refused);
  RUN (every_type_comes_back);
  RUN (values_that_do_not_fit_are_refused);
  RUN (eight_bit_floats_have_their_values);
  return done ();
}
