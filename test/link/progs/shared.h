/* Types that the linked sources share. */
#ifndef LINK_SHARED_H
#define LINK_SHARED_H

#include "skep_bpf.h"

struct detail;
struct kernel_object {
    int number;
};

enum colour { RED, GREEN = 5, BLUE = -1 };

typedef u32 id_t;

struct item {
    int number;
    enum colour colour;
    struct item *next;
    struct detail *detail;
    union {
        id_t id;
        struct {
            u16 low, high : 3, rest : 13;
        };
    };
    int (*visit)(struct item *item, const struct detail *detail);
};

struct sums {
    __uint(type, ARRAY);
    __type(key, u32);
    __type(value, u64);
    __uint(max_entries, 2);
};

#endif
