/* Maps of each kind that needs a definition only. */
#include "skep_bpf.h"

#define MAP_OF(kind, name)                                                               \
    struct {                                                                             \
        __uint(type, kind);                                                              \
        __uint(max_entries, 4);                                                          \
        __type(key, u32);                                                                \
        __type(value, u32);                                                              \
    } name SEC(".maps")

MAP_OF(HASH, hash);
MAP_OF(ARRAY, array);
MAP_OF(PERF_EVENT_ARRAY, perf_event_array);
MAP_OF(PERCPU_HASH, percpu_hash);
MAP_OF(PERCPU_ARRAY, percpu_array);
MAP_OF(CGROUP_ARRAY, cgroup_array);
MAP_OF(LRU_HASH, lru_hash);
MAP_OF(LRU_PERCPU_HASH, lru_percpu_hash);
MAP_OF(DEVMAP, devmap);
MAP_OF(SOCKMAP, sockmap);
MAP_OF(CPUMAP, cpumap);
MAP_OF(XSKMAP, xskmap);
MAP_OF(SOCKHASH, sockhash);
MAP_OF(REUSEPORT_SOCKARRAY, reuseport);
MAP_OF(SK_STORAGE, sk_storage);
MAP_OF(DEVMAP_HASH, devmap_hash);
MAP_OF(INODE_STORAGE, inode_storage);
MAP_OF(TASK_STORAGE, task_storage);
MAP_OF(CGRP_STORAGE, cgrp_storage);

struct {
    __uint(type, STACK);
    __uint(max_entries, 4);
    __uint(value_size, 4);
} stack SEC(".maps");
struct {
    __uint(type, USER_RINGBUF);
    __uint(max_entries, 8192);
} user_ring SEC(".maps");

SEC("xdp")
int uses(void *ctx)
{
    u32 key = 0;

    return map_lookup_elem(&xskmap, &key) || map_lookup_elem(&user_ring, &key);
}

LICENSE("GPL");
