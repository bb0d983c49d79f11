// The verifier with our limits. C++, for this folder alone.
#ifndef LS_FORMATS_TFLITE_VERIFY_H
#define LS_FORMATS_TFLITE_VERIFY_H

#include "tflite_generated.h"

// A table takes at least an offset to it and the offset to its vtable. Alignment is not asked for:
// LiteRT refuses a file with one list at an odd address, we report it.
inline flatbuffers::Verifier
make_verifier (const uint8_t *data, size_t size)
{
  const size_t limit = FLATBUFFERS_MAX_BUFFER_SIZE - 1;

  return flatbuffers::Verifier (data, size < limit ? size : limit, 64,
                                static_cast<flatbuffers::uoffset_t> (size / 8 + 1), false);
}

// Not VerifyModelBuffer(): that refuses files whose length is no multiple of 4.
inline bool
verify (flatbuffers::Verifier &verifier, const uint8_t *data)
{
  const flatbuffers::uoffset_t start = verifier.VerifyOffset (0);

  return start != 0 && reinterpret_cast<const tflite::Model *> (data + start)->Verify (verifier);
}

#endif
