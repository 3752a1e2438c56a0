/* Maps in a section "maps", as objects had them before BTF. */
#include "skep_bpf.h"

struct bpf_map_def {
    u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def old SEC("maps") = { HASH, 4, 8, 100, 1 };
struct bpf_map_def older SEC("maps") = {
    .type = ARRAY, .key_size = 4, .value_size = 16, .max_entries = 2
};

/* What tells the types of keys and values, in a section of its own. */
#define TYPES(map, key_type, value_type)                                                 \
    struct ____btf_map_##map {                                                           \
        key_type key;                                                                    \
        value_type value;                                                                \
    };                                                                                   \
    struct ____btf_map_##map SEC(".maps." #map) ____btf_map_##map = {}

struct address {
    u32 words[4];
};

struct bpf_map_def typed SEC("maps") = { HASH, 4, 16, 7 };
TYPES(typed, u32, struct address);

/* These are not of the map's sizes, and of a map that has no types. */
struct bpf_map_def mistyped SEC("maps") = { HASH, 4, 8, 7 };
TYPES(mistyped, u32, struct address);
struct bpf_map_def stack SEC("maps") = { STACK, 0, 4, 7 };
TYPES(stack, struct {}, u32);
TYPES(nothing, u32, u32);

SEC("xdp")
int uses(void *ctx)
{
    u32 key = 0;

    return map_lookup_elem(&old, &key) || map_lookup_elem(&older, &key) ||
           map_lookup_elem(&typed, &key) || map_lookup_elem(&mistyped, &key) ||
           map_lookup_elem(&stack, 0);
}

LICENSE("GPL");
