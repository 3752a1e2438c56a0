/* The mutator of fuzz_btf: of its types. One time in eight libFuzzer's own has its turn. */
#include "base/bits.h"
#include "mutate_types.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { EXT_LEN = 2 };

/* Where the BTF of an input begins: see fuzz_btf.c. */
static size_t btf_at(const uint8_t *data, size_t size)
{
    size_t len = sk_le16(sk_load16(data));

    return EXT_LEN + (len < size - EXT_LEN ? len : size - EXT_LEN);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    if (size >= EXT_LEN && size < max && seed % 8) {
        size_t at = btf_at(data, size);
        size_t len = mutate_types(data + at, size - at, max - at, seed / 8);

        if (len)
            return at + len;
    }
    return LLVMFuzzerMutate(data, size, max);
}
