/* Archives behind a flatbuffer: the files that go with the metadata. */
#ifndef LS_FORMATS_TFLITE_APPENDED_H
#define LS_FORMATS_TFLITE_APPENDED_H

#include "base/file.h"

/* Writes what was appended to the file that a model came from, now at @position. The offsets inside
 * of an archive that counts from the start of the file are moved along. */
LsStatus ls_appended_write (LsBytes appended, uint64_t position, LsWriter *writer, LsError *error);

#endif
