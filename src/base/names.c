/* A crit-bit tree (D. J. Bernstein): each fork tells names below it apart by the first
 * bit in which they differ, and forks get further into the name on the way down. The NUL
 * belongs to the name, so that none begins another. */
#include "base/names.h"

#include <string.h>

struct sk_name {
    const char *name;
    size_t len;
    uint32_t value;
};

/* A child is a leaf's number times 2, or a fork's times 2, plus 1. */
struct sk_name_fork {
    size_t byte;
    uint8_t bit;
    uint32_t child[2];
};

void sk_names_init(struct sk_names *names, const struct sk_mem *mem)
{
    *names = (struct sk_names){ .mem = mem };
}

void sk_names_fini(struct sk_names *names)
{
    sk_mem_free(names->mem, names->leaves, names->leaf_cap, sizeof(names->leaves[0]));
    sk_mem_free(names->mem, names->forks, names->fork_cap, sizeof(names->forks[0]));
    sk_names_init(names, names->mem);
}

static int side(const struct sk_name_fork *fork, const char *name, size_t len)
{
    return fork->byte < len && ((uint8_t)name[fork->byte] & fork->bit);
}

/* The leaf that the name would be, if it is there. */
static struct sk_name *candidate(const struct sk_names *names, const char *name,
                                 size_t len)
{
    uint32_t at = names->root;

    while (at & 1) {
        const struct sk_name_fork *fork = &names->forks[at >> 1];

        at = fork->child[side(fork, name, len)];
    }
    return &names->leaves[at >> 1];
}

uint32_t *sk_names_find(const struct sk_names *names, const char *name)
{
    struct sk_name *leaf;

    if (!names->count)
        return NULL;
    leaf = candidate(names, name, strlen(name));
    return strcmp(leaf->name, name) ? NULL : &leaf->value;
}

/* Puts a fork where the name leaves the tree: above the first one that is further into
 * the name, or as far with a lower bit. */
static void insert(struct sk_names *names, struct sk_name_fork *fork, uint32_t leaf)
{
    const struct sk_name *fresh = &names->leaves[leaf];
    uint32_t *at = &names->root, number = (uint32_t)names->count - 1;
    int which = side(fork, fresh->name, fresh->len);

    while (*at & 1) {
        struct sk_name_fork *there = &names->forks[*at >> 1];

        if (there->byte > fork->byte ||
            (there->byte == fork->byte && there->bit < fork->bit))
            break;
        at = &there->child[side(there, fresh->name, fresh->len)];
    }
    fork->child[which] = leaf << 1;
    fork->child[!which] = *at;
    names->forks[number] = *fork;
    *at = number << 1 | 1;
}

static int make_room(struct sk_names *names)
{
    return names->count < UINT32_MAX / 2 - 1 &&
           !sk_mem_grow(names->mem, &names->leaves, &names->leaf_cap, names->count, 1,
                        sizeof(names->leaves[0]), NULL) &&
           !sk_mem_grow(names->mem, &names->forks, &names->fork_cap, names->count, 1,
                        sizeof(names->forks[0]), NULL);
}

uint32_t *sk_names_add(struct sk_names *names, const char *name, uint32_t value)
{
    struct sk_name_fork fork = { 0 };
    size_t len = strlen(name);
    uint8_t differ;

    if (names->count) {
        struct sk_name *near = candidate(names, name, len);

        while (near->name[fork.byte] == name[fork.byte]) {
            if (!name[fork.byte++])
                return &near->value;
        }
        differ = (uint8_t)(near->name[fork.byte] ^ name[fork.byte]);
        fork.bit = (uint8_t)(1u << (31 - __builtin_clz(differ)));
    }
    if (!make_room(names))
        return NULL;
    names->leaves[names->count] = (struct sk_name){ name, len, value };
    if (names->count)
        insert(names, &fork, (uint32_t)names->count);
    return &names->leaves[names->count++].value;
}
