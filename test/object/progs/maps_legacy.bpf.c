/* Maps in a section "maps", as objects had them before BTF. */
#include "skep_bpf.h"

struct bpf_map_def {
    u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def old SEC("maps") = { HASH, 4, 8, 100, 1 };
struct bpf_map_def older SEC("maps") = {
    .type = ARRAY, .key_size = 4, .value_size = 16, .max_entries = 2
};

SEC("xdp")
int uses(void *ctx)
{
    u32 key = 0;

    return map_lookup_elem(&old, &key) || map_lookup_elem(&older, &key);
}

LICENSE("GPL");
