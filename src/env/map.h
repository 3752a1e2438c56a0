/* Maps as programs and objects declare them: kinds and their definitions, no storage. */
#ifndef SK_ENV_MAP_H
#define SK_ENV_MAP_H

#include <stdint.h>

enum { SK_MAP_NAME_MAX = 16 }; /* with the terminator: Linux's BPF_OBJ_NAME_LEN */

/* The kinds, by enum bpf_map_type of linux/bpf.h. */
enum sk_map_kind {
#define MAP(id, number, name) SK_MAP_##id = (number),
#include "env/map.def"
#undef MAP
};

/* enum of linux/bpf.h: flags of maps. */
enum sk_map_flag {
    SK_MAP_RDONLY_PROG = 1 << 7,
    SK_MAP_MMAPABLE = 1 << 10,
    SK_MAP_LINK = 1 << 13,
};

struct sk_map_def {
    uint32_t kind; /* enum sk_map_kind, or a number that is not known here */
    uint32_t key_size, value_size, max_entries;
    uint32_t flags;
    uint64_t extra;
    uint32_t numa_node;
};

/* bpftool's name of a kind, such as "percpu_hash"; NULL if it is not known. */
const char *sk_map_kind_name(uint32_t kind);

#endif
