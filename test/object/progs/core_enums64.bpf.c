/* build: newest */
/* CO-RE: values of enums that need 64 bits, here, in the kernel, or in both. */
#include "skep_bpf.h"

enum big { BIG_ONE = 0x123456789abull, BIG_TWO = 2 };
enum big_signed { BIG_MINUS = -0x123456789abll, BIG_ZERO = 0 };
enum grown { GROWN_ONE = 1, GROWN_TWO = 2 };
enum shrunk { SHRUNK_ONE = 0x100000000ull };

SEC("tc")
int values(void *ctx)
{
    u64 sum = enum_value(enum big, BIG_ONE) + enum_value(enum big, BIG_TWO) +
              enum_value(enum big_signed, BIG_MINUS) + enum_value(enum grown, GROWN_ONE) +
              enum_value(enum shrunk, SHRUNK_ONE);

    return (int)(sum ^ sum >> 32);
}

SEC("tc")
int exist(void *ctx)
{
    return enum_value_exists(enum big, BIG_ONE) |
           enum_value_exists(enum grown, GROWN_TWO) << 1 |
           enum_value_exists(enum shrunk, SHRUNK_ONE) << 2;
}

LICENSE("GPL");
