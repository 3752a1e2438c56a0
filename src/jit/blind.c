#include "jit/blind.h"

#include <sys/auxv.h>
#include <sys/random.h>

#include "base/bits.h"

uint64_t sk_blind_seed(void)
{
    uint64_t seed = 0;
    const void *at = (const void *)(uintptr_t)getauxval(AT_RANDOM);

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (long)sizeof(seed) && at)
        seed = sk_load64(at); /* 16 random bytes that the kernel gave the process */
    return seed ? seed : 1;
}
