/* Files that are no model that we read: what they are, for a sentence that helps. */
#include "formats/format.h"

#include <string.h>

#include "base/error.h"

/* Content that begins in a known way. */
static const struct
{
  size_t offset;
  const char *magic;
  size_t size;
  const char *what;
} magics[] = {
#define MAGIC(offset, magic, what)                                                                 \
  {                                                                                                \
    offset, magic, sizeof magic - 1, what                                                          \
  }
  MAGIC (0, "\x89HDF\r\n\x1a\n", "is an HDF5 file, as Keras writes; export it as .tflite"),
  MAGIC (0, "version https://git-lfs", "is a Git LFS pointer: the model itself was not downloaded"),
  MAGIC (0, "GGUF", "is a GGUF model, a format that is not supported"),
  MAGIC (4, "ORTM", "is an ONNX Runtime model (.ort), a format that is not supported"),
  MAGIC (4, "ET12", "is an ExecuTorch model, a format that is not supported"),
  MAGIC (0, "\x80\x02", "is a Python pickle, as PyTorch writes; export it as .tflite"),
  MAGIC (0, "\x1f\x8b", "is compressed with gzip: unpack it first"),
  MAGIC (0, "\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it first"),
  MAGIC (0,
         "\xfd"
         "7zXZ",
         "is compressed with xz: unpack it first"),
  MAGIC (0, "BZh", "is compressed with bzip2: unpack it first"),
  MAGIC (257, "ustar", "is a tar archive: unpack it first"),
  MAGIC (0,
         "\x7f"
         "ELF",
         "is a program or library, not a model"),
  MAGIC (0, "%PDF", "is a PDF document, not a model"),
  MAGIC (0, "\x89PNG", "is a picture, not a model"),
  MAGIC (0, "\xff\xd8\xff", "is a picture, not a model"),
  MAGIC (0, "\x93NUMPY", "is an array of NumPy, not a model"),
  MAGIC (0, "<!DOCTYPE", "is a web page, not a model"),
  MAGIC (0, "<html", "is a web page, not a model"),
#undef MAGIC
};

/* ---- Protocol buffers: field numbers and wire types of the outermost message ------------------
 */

enum
{
  MAX_FIELD = 32,
  WIRE_VARINT = 0,
  WIRE_64 = 1,
  WIRE_BYTES = 2,
  WIRE_32 = 5
};

/* A variable-length number; false: the bytes end in it. */
static bool
read_varint (LsBytes file, size_t *at, uint64_t *out)
{
  *out = 0;
  for (int shift = 0; shift < 64 && *at < file.size; shift += 7)
    {
      const uint8_t byte = file.data[(*at)++];

      *out |= (uint64_t) (byte & 0x7f) << shift;
      if (byte < 0x80)
        return true;
    }
  return false;
}

/* Notes the fields that stand in the message, by number; false: it is none, or ends too soon. */
static bool
note_fields (LsBytes file, bool *seen)
{
  uint64_t tag, length;

  for (size_t at = 0; at < file.size;)
    {
      if (!read_varint (file, &at, &tag) || tag >> 3 == 0 || tag >> 3 >= MAX_FIELD)
        return false;
      seen[tag >> 3] = true;
      length = 0;
      if ((tag & 7) == WIRE_64 || (tag & 7) == WIRE_32)
        length = (tag & 7) == WIRE_64 ? 8 : 4;
      else if (((tag & 7) != WIRE_VARINT && (tag & 7) != WIRE_BYTES)
               || !read_varint (file, &at, &length))
        return false;
      if ((tag & 7) == WIRE_VARINT)
        continue;
      if (length > file.size - at)
        return false;
      at += length;
    }
  return true;
}

/* The name of the message by what it begins with and the fields it has; NULL: not known. */
static const char *
protobuf_name (LsBytes file, bool *is_whole)
{
  bool seen[MAX_FIELD] = { false };

  *is_whole = note_fields (file, seen);
  if (file.size < 8)
    return NULL;
  /* GraphDef: nodes, each with its name and operator first. */
  if (file.data[0] == 0x0a && memchr (file.data + 1, 0x0a, 5) != NULL)
    return "a TensorFlow graph (GraphDef)";
  if (file.data[0] != 0x08)
    return NULL;
  /* ModelProto: ir_version first, then names; the graph is field 7, the opsets field 8. */
  if (seen[7] || seen[8])
    return "an ONNX model";
  if (file.data[2] != 0x12 || file.data[1] >= 32)
    return NULL;
  return file.data[1] == 1 ? "a TensorFlow SavedModel" : "an ONNX model";
}

static bool
is_text (LsBytes file)
{
  for (size_t i = 0; i < file.size && i < 512; i++)
    if (file.data[i] < 0x20 && memchr ("\t\n\r\f", file.data[i], 4) == NULL)
      return false;
  return true;
}

/* The sentence for bytes that no format takes. */
LsStatus
ls_foreign_fail (LsBytes file, LsError *error)
{
  for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
    if (file.size >= magics[i].offset + magics[i].size
        && memcmp (file.data + magics[i].offset, magics[i].magic, magics[i].size) == 0)
      return ls_fail (error, LS_E_UNSUPPORTED, 0, "%s", magics[i].what);

  bool is_whole;
  const char *name = protobuf_name (file, &is_whole);

  if (name != NULL)
    return ls_fail (error, LS_E_UNSUPPORTED, 0, "is %s%s, which is not supported yet", name,
                    is_whole ? "" : ", and truncated or damaged");
  if (is_text (file))
    return ls_fail (error, LS_E_FORMAT, 0, "is text, not a model");
  return ls_fail (
    error, LS_E_FORMAT, 4,
    "is not a model of a known format: it has not the identifier TFL3 of .tflite files");
}
