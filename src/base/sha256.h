/* SHA-256 (FIPS 180-4) of one message, fed in pieces. */
#ifndef SK_BASE_SHA256_H
#define SK_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sk_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

void sk_sha256_init(struct sk_sha256 *sha);
void sk_sha256_add(struct sk_sha256 *sha, const void *data, size_t len);
void sk_sha256_end(struct sk_sha256 *sha, uint8_t digest[32]);

#endif
