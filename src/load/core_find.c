/* Types of a target by name.
 *
 * A kernel has 126,000 types, and an object asks for a few of them many times. The index
 * hashes the essential name of each type that can be asked for; chains of one hash are in
 * order of ids, which is the order in which candidates are looked at. */
#include <string.h>

#include "base/mem.h"
#include "load/core_parts.h"

struct sk_core_entry {
    uint32_t hash, id;
    uint32_t next; /* 1 + index; 0: the last */
};

/* ---- Names ------------------------------------------------------------------------------ */

struct sk_core_name sk_core_name(const char *text)
{
    size_t whole = strlen(text);

    for (size_t i = whole; i-- > 4;) {
        const char *s = text + i - 4;

        if (s[0] != '_' && s[1] == '_' && s[2] == '_' && s[3] == '_' && s[4] != '_')
            return (struct sk_core_name){ text, i - 3, whole };
    }
    return (struct sk_core_name){ text, whole, whole };
}

int sk_core_same_name(const struct sk_core_name *a, const char *b,
                      struct sk_core_work *work)
{
    struct sk_core_name other;

    if (!sk_core_spend(work, 1 + a->len / 32) || strncmp(a->text, b, a->len) != 0)
        return 0;
    other = sk_core_name(b);
    return sk_core_spend(work, other.whole / 32) && other.len == a->len;
}

static uint32_t hash_of(const struct sk_core_name *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < name->len; i++)
        hash = (hash ^ (uint8_t)name->text[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* ---- The index ---------------------------------------------------------------------------- */

/* Whether something of that kind can be a candidate. (A relocation of a function's type finds
 * nothing in libbpf either.) */
static int is_wanted(const struct sk_btf_type *type)
{
    switch (type->kind) {
    case SK_BTF_INT:
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
    case SK_BTF_FWD:
    case SK_BTF_TYPEDEF:
    case SK_BTF_FLOAT:
        return *type->name != 0;
    default:
        return 0;
    }
}

static uint32_t count_wanted(const struct sk_btf *btf)
{
    uint32_t count = 0;

    for (uint32_t id = btf->first; id < btf->count; id++) {
        struct sk_btf_type type = sk_btf_type(btf, id);

        count += (uint32_t)is_wanted(&type);
    }
    return count;
}

/* From the last type to the first, so that chains are in order of ids. */
static int fill(struct sk_core_target *target, struct sk_core_work *work)
{
    uint32_t mask = (1u << target->bits) - 1, used = 0;

    for (uint32_t id = target->btf->count; id-- > target->btf->first;) {
        struct sk_btf_type type = sk_btf_type(target->btf, id);
        struct sk_core_name name;
        uint32_t *head, hash;

        if (!is_wanted(&type))
            continue;
        name = sk_core_name(type.name);
        if (!sk_core_spend(work, 1 + name.whole / 32))
            return 0;
        hash = hash_of(&name);
        head = &target->heads[hash & mask];
        target->entries[used] = (struct sk_core_entry){ hash, id, *head };
        *head = ++used;
    }
    return 1;
}

enum skep_code sk_core_index(struct sk_core_target *target, const struct sk_mem *mem,
                             struct sk_core_work *work, struct skep_err *err)
{
    if (target->is_indexed)
        return SKEP_OK;
    target->count = count_wanted(target->btf);
    target->bits = 4;
    while (target->bits < 24 && 1u << target->bits < target->count)
        target->bits++;
    target->heads = sk_mem_new(mem, (size_t)1 << target->bits, sizeof(*target->heads));
    target->entries = sk_mem_new(mem, target->count, sizeof(*target->entries));
    if (!target->heads || !target->entries || !fill(target, work)) {
        int has_memory = target->heads && target->entries;

        sk_core_unindex(target, mem);
        return has_memory ? SKEP_OK
                          : sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                                    target->count * sizeof(*target->entries));
    }
    target->is_indexed = 1;
    return SKEP_OK;
}

void sk_core_unindex(struct sk_core_target *target, const struct sk_mem *mem)
{
    sk_mem_free(mem, target->heads, (size_t)1 << target->bits, sizeof(*target->heads));
    sk_mem_free(mem, target->entries, target->count ? target->count : 1,
                sizeof(*target->entries));
    target->heads = NULL;
    target->entries = NULL;
    target->is_indexed = 0;
}

/* ---- Candidates ---------------------------------------------------------------------------- */

enum skep_code sk_core_collect(const struct sk_core_target *target,
                               const struct sk_mem *mem, const struct sk_btf_type *type,
                               struct sk_core_work *work, struct sk_core_list *list,
                               struct skep_err *err)
{
    struct sk_core_name name = sk_core_name(type->name);
    uint32_t hash = hash_of(&name), at;

    if (!sk_core_spend(work, 1 + name.whole / 32))
        return SKEP_OK;
    at = target->heads[hash & ((1u << target->bits) - 1)];
    while (at) {
        const struct sk_core_entry *entry = &target->entries[at - 1];
        struct sk_btf_type other = sk_btf_type(target->btf, entry->id);

        at = entry->next;
        if (!sk_core_spend(work, 1))
            return SKEP_OK;
        if (entry->hash != hash || !sk_core_same_kind(type->kind, other.kind) ||
            !sk_core_same_name(&name, other.name, work))
            continue;
        /* each takes memory that stays */
        if (!sk_core_spend(work, 32))
            return SKEP_OK;
        SK_TRY(sk_mem_grow(mem, &list->items, &list->cap, list->count, 1,
                           sizeof(*list->items), err));
        list->items[list->count++] =
            (struct sk_core_candidate){ .btf = target->btf, .id = entry->id };
    }
    return SKEP_OK;
}
