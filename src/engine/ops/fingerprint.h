/* FarmHash's Fingerprint64, whose value is fixed for all time: models depend on its bits. */
#ifndef LS_OPS_FINGERPRINT_H
#define LS_OPS_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

uint64_t ls_fingerprint64 (const void *data, size_t size);

#endif
