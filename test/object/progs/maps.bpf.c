/* Definitions of maps: each attribute, in each form. */
#include "skep_bpf.h"

struct key {
    u32 a, b;
};
struct value {
    u64 count;
    char name[16];
};

struct {
    __uint(type, HASH);
    __uint(max_entries, 1000);
    __type(key, struct key);
    __type(value, struct value);
} typed SEC(".maps");

struct {
    __uint(type, ARRAY);
    __uint(max_entries, 3);
    __uint(key_size, sizeof(u32));
    __uint(value_size, 24);
} sized SEC(".maps");

struct {
    __uint(type, HASH);
    __uint(max_entries, 5);
    __type(key, u64);
    __uint(key_size, 8);
    __type(value, u16);
    __uint(value_size, 2);
    __uint(map_flags, 1);
} both_ways SEC(".maps");

struct {
    __uint(type, LRU_HASH);
    __uint(max_entries, 64);
    __type(key, int);
    __type(value, int);
    __uint(map_flags, 4);
    __uint(numa_node, 0);
} with_node SEC(".maps");

struct {
    __uint(type, ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
    __uint(pinning, 1);
} pinned SEC(".maps");

struct {
    __uint(type, ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
    __uint(pinning, 0);
} not_pinned SEC(".maps");

struct {
    __uint(type, BLOOM_FILTER);
    __uint(max_entries, 100);
    __type(value, u32);
    __uint(map_extra, 3);
} bloom SEC(".maps");

struct {
    __uint(type, RINGBUF);
    __uint(max_entries, 4096);
} ring SEC(".maps");

struct {
    __uint(type, RINGBUF);
    __uint(max_entries, 5000);
} ring_of_odd_size SEC(".maps");

struct {
    __uint(type, QUEUE);
    __uint(max_entries, 10);
    __type(value, struct value);
} queue SEC(".maps");

struct {
    __uint(type, PERF_EVENT_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 4);
} events SEC(".maps");

struct {
    __uint(type, PERF_EVENT_ARRAY);
    __uint(max_entries, 12);
    __type(key, u32);
    __type(value, u32);
} events_typed SEC(".maps");

struct {
    __uint(type, STACK_TRACE);
    __uint(max_entries, 16);
    __uint(key_size, 4);
    __uint(value_size, 127 * 8);
} stacks SEC(".maps");

struct {
    __uint(type, TASK_STORAGE);
    __uint(map_flags, 1);
    __type(key, int);
    __type(value, struct value);
} storage SEC(".maps");

struct {
    __uint(type, LPM_TRIE);
    __uint(max_entries, 20);
    __uint(map_flags, 1);
    __type(key, struct key);
    __type(value, u8);
} a_map_with_a_very_long_name SEC(".maps");

struct array_of_u32 {
    __uint(type, PERCPU_ARRAY);
    __uint(max_entries, 2);
    __type(key, u32);
    __type(value, u32);
};
struct array_of_u32 one SEC(".maps"), two SEC(".maps");

SEC("xdp")
int uses_some(void *ctx)
{
    u32 key = 1;

    return map_lookup_elem(&typed, &key) || map_lookup_elem(&sized, &key) ||
           map_lookup_elem(&two, &key) || map_lookup_elem(&ring, &key) ||
           map_lookup_elem(&a_map_with_a_very_long_name, &key);
}

SEC("xdp")
int uses_again(void *ctx)
{
    u32 key = 1;

    return map_lookup_elem(&two, &key) || map_lookup_elem(&one, &key);
}

LICENSE("GPL");
