/* The C face of the FlatBuffers code: all C++ of the engine stays behind it. */
#ifndef LS_FORMATS_TFLITE_BRIDGE_H
#define LS_FORMATS_TFLITE_BRIDGE_H

#ifdef __cplusplus
extern "C"
{
#endif

#include "base/file.h"
#include "model/model.h"

  /*
   * Verifies the flatbuffer at @data and fills an empty model from it; what the model points at
   * stays in @data, which must be 8-byte aligned. Indices are not looked at: ls_model_validate().
   */
  LsStatus ls_tflite_read (const uint8_t *data, size_t size, LsModel *model, LsError *error);
  /* Says where a flatbuffer that does not verify is damaged; false: found nothing. */
  bool ls_tflite_diagnose (const uint8_t *data, size_t size, LsError *error);
  /* Whether the bytes are a flatbuffer of the schema, whatever their identifier. */
  bool ls_tflite_verify (const uint8_t *data, size_t size);
  /* Where a field stands in the flatbuffer that model->locate_data points at. */
  bool ls_tflite_locate (const LsModel *model, LsField field, uint32_t subgraph, uint32_t index,
                         uint32_t element, uint64_t *offset, uint64_t *length);
  /*
   * Writes a flatbuffer with all constants 16-byte aligned, a multiple of 4 bytes. Above 2 GB the
   * constants stand behind it, by offset and size. What the file had appended is not written.
   *
   * @n_written: set to the bytes written
   */
  LsStatus ls_tflite_write (const LsModel *model, LsWriter *writer, uint64_t *n_written,
                            LsError *error);

#ifdef __cplusplus
}
#endif

#endif
