/* Containers of bytecode to slots: a trust boundary. Any bytes may come in; work and
 * memory are bounded by the input's size. Assembly text is recognised here and read by
 * text/asm.h. */
#ifndef SK_LOAD_LOAD_H
#define SK_LOAD_LOAD_H

#include "base/mem.h"

/* What the bytes look like: RAW, HEX, ARRAY, ASM or ELF.
 *
 * - The magic number of ELF, or a beginning of it that is the whole input: ELF.
 * - Eight bytes at the start (all, if there are fewer) of which one is neither
 *   printable ASCII, nor a blank or line end, nor part of a UTF-8 character: RAW. An
 *   empty input is RAW as well. No program begins with a slot of text: offset,
 *   immediate and source register would all be in use, which no such opcode permits; or
 *   byte 1 would be a tab or line end, which leaves tests of r9 and r10 and stores to
 *   them far outside of the stack.
 * - Only hexadecimal digits, commas, blanks, line ends and 0x, and at least one digit:
 *   HEX.
 * - A '{' or a string first, or an '=' before one with nothing but names, *, brackets
 *   and parentheses before; C comments and lines that begin with # do not count: ARRAY.
 * - All other text: ASM. */
enum skep_format sk_load_detect(const void *data, size_t len);

/* Reads a RAW, HEX, ARRAY or ELF input. *slots has *bytes bytes (for sk_mem_free with size 1), a
 * multiple of 8 and not 0; or they are an object, of whatever length, also where the text of a
 * HEX or ARRAY input holds one. ELF is copied unseen. On failure both are left alone. Errors are
 * SKEP_AT_BYTE, _TEXT or _NOTHING. */
enum skep_code sk_load_slots(const struct sk_mem *mem, enum skep_format format,
                             const void *data, size_t len, uint8_t **slots, size_t *bytes,
                             struct skep_err *err);

/* Whether the bytes are an object, or the beginning of its first four. */
int sk_load_is_object(const void *data, size_t len);

#endif
