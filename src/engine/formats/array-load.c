/* A file as the input of a model: which kind of file it is, and what that means. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/size.h"
#include "formats/image/image.h"
#include "formats/npy/npy.h"
#include "formats/samples.h"
#include "model/array.h"

LsStatus
ls_array_parse_raw (const void *data, size_t size, const LsArray *want, LsArray *out,
                    LsError *error)
{
  size_t count = 1, n_bytes;
  int open = -1;
  LsArray shape = *want;

  if (ls_type_bits (want->type) == 0)
    return ls_fail (error, LS_E_INVALID, -1, "is no .npy, which a %s input needs",
                    ls_type_name (want->type));
  for (int i = 0; i < want->rank; i++)
    if (want->dims[i] > 0)
      {
        if (!ls_mul (&count, count, (size_t) want->dims[i]))
          return ls_fail (error, LS_E_INVALID, -1, "the input's shape is too large");
      }
    else if (open < 0)
      open = i;
    else
      shape.dims[i] = 1;
  if (!ls_packed_size (&n_bytes, count, ls_type_bits (want->type)))
    return ls_fail (error, LS_E_INVALID, -1, "the input's shape is too large");
  if (open >= 0 && n_bytes > 0 && size / n_bytes <= INT32_MAX)
    {
      shape.dims[open] = (int32_t) (size / n_bytes);
      n_bytes *= (size_t) shape.dims[open];
    }
  if (n_bytes != size)
    return ls_fail (error, LS_E_INVALID, -1,
                    "is neither .npy nor a picture, and as raw bytes the input needs %zu where the "
                    "file has %zu",
                    n_bytes, size);
  LS_TRY (ls_array_init (out, shape.type, shape.rank, shape.dims, error));
  if (n_bytes > 0)
    memcpy (out->data, data, n_bytes);
  return LS_OK;
}

static LsStatus
load_npy (const LsMapping *file, const LsArray *want, LsArray *out, LsError *error)
{
  LS_TRY (ls_npy_parse (file->data, file->size, out, error));

  LsStatus status = want != NULL ? ls_array_convert (out, want->type, error) : LS_OK;

  if (status != LS_OK)
    ls_array_clear (out);
  return status;
}

LsStatus
ls_array_load (const char *path, const LsArray *want, const LsImageOptions *image, LsArray *out,
               LsError *error)
{
  LsMapping file;
  LsStatus status;

  *out = (LsArray){ 0 };
  LS_TRY (ls_file_map (path, &file, error));
  if (ls_npy_probe (file.data, file.size))
    status = load_npy (&file, want, out, error);
  else if (want == NULL)
    status = ls_fail (error, LS_E_FORMAT, 0, "is no .npy file");
  else if (ls_image_probe (file.data, file.size))
    status = ls_image_load (file.data, file.size, want, image, out, error);
  else
    status = ls_array_parse_raw (file.data, file.size, want, out, error);
  ls_file_unmap (&file);
  return status;
}
