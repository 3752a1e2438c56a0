/* Maps of maps: templates, and slots that are filled. */
#include "skep_bpf.h"

struct inner {
    __uint(type, ARRAY);
    __uint(max_entries, 2);
    __type(key, u32);
    __type(value, u64);
};
struct inner left SEC(".maps"), right SEC(".maps");

struct {
    __uint(type, ARRAY_OF_MAPS);
    __uint(max_entries, 5);
    __type(key, u32);
    __array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &left, [3] = &right, [4] = &left } };

struct {
    __uint(type, HASH_OF_MAPS);
    __uint(max_entries, 8);
    __type(key, u32);
    __array(values, struct inner);
} outer_hash SEC(".maps") = { .values = { [0] = &right } };

struct {
    __uint(type, ARRAY_OF_MAPS);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 4);
    __array(
        values, struct {
            __uint(type, HASH);
            __uint(max_entries, 9);
            __uint(map_flags, 1);
            __type(key, u16);
            __type(value, u8);
        });
} empty SEC(".maps");

struct {
    __uint(type, ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, u32);
    __array(
        values, struct {
            __uint(type, PERF_EVENT_ARRAY);
            __type(key, u32);
            __type(value, u32);
        });
} events SEC(".maps");

SEC("xdp")
int uses(void *ctx)
{
    u32 key = 1;

    return map_lookup_elem(&outer, &key) || map_lookup_elem(&outer_hash, &key) ||
           map_lookup_elem(&empty, &key);
}

LICENSE("GPL");
