/* Names with a number each, found in time that depends on the name's length alone.
 *
 * A crit-bit tree: names from an untrusted file cannot make it slow, as they can a hash
 * table whose function they know. It is what tables of names are made of, where work is
 * not counted and bounded anyhow (load/core_find.c hashes). Names are borrowed. */
#ifndef SK_BASE_NAMES_H
#define SK_BASE_NAMES_H

#include "base/mem.h"

struct sk_names {
    const struct sk_mem *mem;
    struct sk_name *leaves;
    struct sk_name_fork *forks; /* one less than leaves */
    size_t count, leaf_cap, fork_cap;
    uint32_t root;
};

void sk_names_init(struct sk_names *names, const struct sk_mem *mem);
void sk_names_fini(struct sk_names *names);

/* The number of a name; NULL if there is no such name. Valid until one is added. */
uint32_t *sk_names_find(const struct sk_names *names, const char *name);

/* The same; a new name begins with `value`. NULL: no memory. */
uint32_t *sk_names_add(struct sk_names *names, const char *name, uint32_t value);

#endif
