/* The mutator of fuzz_link: one of the objects, in its place; one time in eight the whole as
 * libFuzzer does. */
#include "base/bits.h"
#include "mutate_elf.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { FRONT = 4 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t first, at, len;

    if (size <= FRONT || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, max);
    first = sk_le32(sk_load32(data));
    if (first > size - FRONT)
        first = size - FRONT;
    at = seed / 8 % 2 ? FRONT : FRONT + first;
    len = at == FRONT ? first : size - at;
    if (len)
        mutate_elf(data + at, len, len, seed / 16);
    return size;
}
