/* UTF-8: told apart from other bytes, read and written. */
#ifndef LS_BASE_UTF8_H
#define LS_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at @text (@size > 0 of them), or 0 when they are none: overlong forms,
 * surrogates and what lies past U+10FFFF are none. */
size_t ls_utf8_length (const char *text, size_t size);
/* The character of a sequence that ls_utf8_length() measured. */
uint32_t ls_utf8_get (const char *text, size_t length);
/* Writes a character, at most 4 bytes, and gives how many; U+FFFD for what is none. */
size_t ls_utf8_put (char *out, uint32_t c);

#endif
