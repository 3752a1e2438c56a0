/* Global data: of each kind, static and global, in the middle of a section. */
#include "skep_bpf.h"

struct pair {
    u32 a;
    u64 b;
};

const volatile u32 limit = 7;
const volatile struct pair constants[3] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
static const volatile u8 hidden_constant = 0x5a;

u64 counter = 100;
static volatile u16 hidden_counter = 200;
struct pair pairs[2] = { { 0xdead, 0xbeef } };

u64 zeroed;
static volatile u32 hidden_zeroed[5];
char buffer[100];

SEC("xdp")
int reads(void *ctx)
{
    return limit + constants[1].b + hidden_constant + hidden_zeroed[2];
}

SEC("xdp")
int writes(void *ctx)
{
    counter += pairs[1].a;
    hidden_counter++;
    pairs[1].b = zeroed;
    zeroed = counter;
    hidden_zeroed[4] = 9;
    buffer[50] = 1;
    return 0;
}

SEC("xdp")
int takes_addresses(void *ctx)
{
    return map_lookup_elem(&pairs[1].b, &buffer[7]) != 0;
}

LICENSE("GPL");
