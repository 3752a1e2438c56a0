/* The primes below 400, by Eratosthenes, with a byte for each number on the stack. */
#include "adapter.h"

#define LIMIT 400

BODY(p, end)
{
    u8 composite[LIMIT];
    u64 sum = 0, count = 0;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 i = 0; i < LIMIT; i++)
        composite[i] = (u8)UNKNOWN_ZERO(p);
    AS_LOOP
    for (u32 prime = 2; prime < 20; prime++) {
        AS_LOOP
        for (u32 i = prime * prime; i < LIMIT; i += prime)
            composite[i] = 1;
    }
    AS_LOOP
    for (u32 i = 2; i < LIMIT; i++) {
        u64 is_prime = composite[i] ^ 1u;

        count += is_prime;
        sum += i * is_prime * count;
    }
    return sum << 16 ^ count;
}
