/* Reading what a struct in .maps says. Each member is an attribute of the map, and its type
 * is the value:
 *
 *     int (*type)[BPF_MAP_TYPE_HASH];      a number: the length of an array pointed to
 *     enum { n = 3 } map_extra;            a number of 64 bits, where that is allowed
 *     struct key *key;                     a type: what is pointed to
 *     struct { ... } *values[];            the last one: what the elements are
 *
 * An inner map is declared by what `values` points to, and has no inner one itself. */
#include "load/maps.h"

#include <stddef.h>
#include <string.h>

#include "base/escape.h"

enum { PIN_BY_NAME = 1, SLOT_BYTES = 4, ATTRIBUTES = 11 };

struct reader {
    const struct sk_btf *btf;
    const char *name; /* of the map */
    enum sk_maps_nesting nesting;
    struct sk_maps_decl *decl;
    struct skep_err *err;
};

/* ---- Numbers ---------------------------------------------------------------------- */

static enum skep_code read_u32(const struct reader *r, const struct sk_btf_member *member,
                               uint32_t *value)
{
    struct sk_btf_type type = sk_btf_skip_aliases(r->btf, member->type);
    char buf[SK_SHOWN_MAX];

    if (type.kind == SK_BTF_PTR)
        type = sk_btf_type(r->btf, type.type);
    else
        type.kind = SK_BTF_VOID;
    if (type.kind != SK_BTF_ARRAY)
        return sk_maps_fail(r->name, r->err,
                            "%s is no pointer to an array, whose length would be the "
                            "value",
                            sk_shown(buf, member->name));
    *value = sk_btf_array(&type).count;
    return SKEP_OK;
}

static enum skep_code read_u64(const struct reader *r, const struct sk_btf_member *member,
                               uint64_t *value)
{
    struct sk_btf_type type = sk_btf_skip_aliases(r->btf, member->type);
    char buf[SK_SHOWN_MAX];
    uint32_t small = 0;

    if (type.kind == SK_BTF_ENUM || type.kind == SK_BTF_ENUM64) {
        if (type.vlen != 1)
            return sk_maps_fail(r->name, r->err,
                                "%s is an enum of %u values, 1 was expected",
                                sk_shown(buf, member->name), type.vlen);
        *value = sk_btf_value(r->btf, &type, 0).value;
        if (type.kind == SK_BTF_ENUM)
            *value = (uint32_t)*value;
        return SKEP_OK;
    }
    SK_TRY(read_u32(r, member, &small));
    *value = small;
    return SKEP_OK;
}

/* ---- Types ------------------------------------------------------------------------ */

/* Notes a size, which may be said twice, but the same. */
static enum skep_code set_size(const struct reader *r, const char *what, uint64_t size,
                               uint32_t *to)
{
    if (size > UINT32_MAX)
        return sk_maps_fail(r->name, r->err, "%s has 0x%llx bytes, more than 2^32 - 1",
                            what, (unsigned long long)size);
    if (*to && *to != size)
        return sk_maps_fail(r->name, r->err,
                            "%s has %llu bytes, but %u are declared as well", what,
                            (unsigned long long)size, *to);
    *to = (uint32_t)size;
    return SKEP_OK;
}

static enum skep_code read_size(const struct reader *r,
                                const struct sk_btf_member *member, uint32_t *to)
{
    uint32_t size = 0;

    SK_TRY(read_u32(r, member, &size));
    return set_size(r, member->name, size, to);
}

static enum skep_code read_type(const struct reader *r,
                                const struct sk_btf_member *member, uint32_t *size,
                                uint32_t *id)
{
    struct sk_btf_type type = sk_btf_type(r->btf, member->type);
    uint64_t bytes;

    if (type.kind != SK_BTF_PTR)
        return sk_maps_fail(r->name, r->err, "%s is no pointer to a type", member->name);
    if (!sk_btf_size(r->btf, type.type, &bytes))
        return sk_maps_fail(r->name, r->err, "%s is of a type without a size",
                            member->name);
    SK_TRY(set_size(r, member->name, bytes, size));
    *id = type.type;
    return SKEP_OK;
}

/* ---- Elements that are maps or programs ------------------------------------------- */

static int holds_maps(uint32_t kind)
{
    return kind == SK_MAP_ARRAY_OF_MAPS || kind == SK_MAP_HASH_OF_MAPS;
}

static enum skep_code read_values(const struct reader *r,
                                  const struct sk_btf_type *declaration, uint32_t i)
{
    struct sk_btf_member member = sk_btf_member(r->btf, declaration, i);
    struct sk_btf_type type = sk_btf_type(r->btf, member.type);
    struct sk_maps_decl *d = r->decl;

    if (r->nesting == SK_MAPS_INNER)
        return sk_maps_fail(r->name, r->err,
                            "its inner map has an inner map: one level is allowed");
    if (i + 1 != declaration->vlen)
        return sk_maps_fail(r->name, r->err, "values is not the last member");
    if (!holds_maps(d->def.kind) && d->def.kind != SK_MAP_PROG_ARRAY)
        return sk_maps_fail(
            r->name, r->err,
            "it has values, which maps of maps and arrays of programs have "
            "only, behind their type");
    SK_TRY(set_size(r, "values", SLOT_BYTES, &d->def.value_size));
    if (type.kind != SK_BTF_ARRAY || sk_btf_array(&type).count)
        return sk_maps_fail(r->name, r->err, "values is no array of length 0");
    type = sk_btf_skip_aliases(r->btf, sk_btf_array(&type).type);
    if (type.kind != SK_BTF_PTR)
        return sk_maps_fail(r->name, r->err, "values is no array of pointers");
    type = sk_btf_skip_aliases(r->btf, type.type);
    d->values_at = member.bit_offset / 8;
    if (d->def.kind == SK_MAP_PROG_ARRAY) {
        if (type.kind != SK_BTF_FUNC_PROTO)
            return sk_maps_fail(r->name, r->err, "values are no pointers to functions");
        return SKEP_OK;
    }
    if (type.kind != SK_BTF_STRUCT)
        return sk_maps_fail(r->name, r->err, "values are no pointers to structs");
    d->inner = type.id;
    return SKEP_OK;
}

static enum skep_code read_pinning(const struct reader *r,
                                   const struct sk_btf_member *member)
{
    uint32_t pinning = 0;

    if (r->nesting == SK_MAPS_INNER)
        return sk_maps_fail(r->name, r->err, "its inner map has the attribute pinning");
    SK_TRY(read_u32(r, member, &pinning));
    if (pinning > PIN_BY_NAME)
        return sk_maps_fail(r->name, r->err,
                            "pinning is %u, 0 (none) or 1 (by name) was expected",
                            pinning);
    r->decl->pinning = pinning;
    return SKEP_OK;
}

/* ---- Attributes ------------------------------------------------------------------- */

/* Where a plain number goes to; NULL: the attribute is none. */
static uint32_t *number_of(struct sk_maps_decl *d, const char *name)
{
    if (!strcmp(name, "type"))
        return &d->def.kind;
    if (!strcmp(name, "max_entries"))
        return &d->def.max_entries;
    if (!strcmp(name, "map_flags"))
        return &d->def.flags;
    if (!strcmp(name, "numa_node"))
        return &d->def.numa_node;
    return NULL;
}

static enum skep_code read_attribute(const struct reader *r,
                                     const struct sk_btf_type *declaration, uint32_t i)
{
    struct sk_btf_member member = sk_btf_member(r->btf, declaration, i);
    struct sk_maps_decl *d = r->decl;
    uint32_t *number = number_of(d, member.name);
    char buf[SK_SHOWN_MAX];

    if (number)
        return read_u32(r, &member, number);
    if (!strcmp(member.name, "map_extra"))
        return read_u64(r, &member, &d->def.extra);
    if (!strcmp(member.name, "key_size"))
        return read_size(r, &member, &d->def.key_size);
    if (!strcmp(member.name, "value_size"))
        return read_size(r, &member, &d->def.value_size);
    if (!strcmp(member.name, "key"))
        return read_type(r, &member, &d->def.key_size, &d->key_type);
    if (!strcmp(member.name, "value"))
        return read_type(r, &member, &d->def.value_size, &d->value_type);
    if (!strcmp(member.name, "values"))
        return read_values(r, declaration, i);
    if (!strcmp(member.name, "pinning"))
        return read_pinning(r, &member);
    return sk_maps_fail(r->name, r->err, "attribute '%s' is not known",
                        sk_shown(buf, member.name));
}

/* ---- What becomes of them --------------------------------------------------------- */

/* Linux wants a power of two of pages: a smaller number is rounded up, as libbpf does,
 * which asks the machine for the size of pages. */
static uint32_t ring_bytes(uint32_t bytes)
{
    uint64_t size = SK_MAPS_PAGE_BYTES;

    while (size < bytes)
        size *= 2;
    return bytes && size <= UINT32_MAX ? (uint32_t)size : bytes;
}

int sk_maps_has_types(uint32_t kind)
{
    switch (kind) {
    case SK_MAP_PERF_EVENT_ARRAY:
    case SK_MAP_CGROUP_ARRAY:
    case SK_MAP_STACK_TRACE:
    case SK_MAP_ARRAY_OF_MAPS:
    case SK_MAP_HASH_OF_MAPS:
    case SK_MAP_DEVMAP:
    case SK_MAP_DEVMAP_HASH:
    case SK_MAP_CPUMAP:
    case SK_MAP_XSKMAP:
    case SK_MAP_SOCKMAP:
    case SK_MAP_SOCKHASH:
    case SK_MAP_QUEUE:
    case SK_MAP_STACK:
    case SK_MAP_ARENA:
        return 0;
    default:
        return 1;
    }
}

enum skep_code sk_maps_read_decl(const struct sk_btf *btf, const char *name, uint32_t id,
                                 enum sk_maps_nesting nesting, struct sk_maps_decl *decl,
                                 struct skep_err *err)
{
    struct sk_btf_type type = sk_btf_skip_aliases(btf, id);
    struct sk_maps_decl d = { .inner = 0 };
    struct reader r = {
        .btf = btf, .name = name, .nesting = nesting, .decl = &d, .err = err
    };

    if (type.kind != SK_BTF_STRUCT)
        return sk_maps_fail(name, err, "its type is no struct");
    if (type.vlen > ATTRIBUTES)
        return sk_maps_fail(name, err, "it has %u attributes, there are %d in all",
                            type.vlen, ATTRIBUTES);
    for (uint32_t i = 0; i < type.vlen; i++)
        SK_TRY(read_attribute(&r, &type, i));
    if (d.def.kind == SK_MAP_UNSPEC)
        return sk_maps_fail(name, err, "%sattribute 'type' is missing",
                            nesting == SK_MAPS_INNER ? "of its inner map, " : "");
    if (d.def.kind == SK_MAP_RINGBUF || d.def.kind == SK_MAP_USER_RINGBUF)
        d.def.max_entries = ring_bytes(d.def.max_entries);
    if (!sk_maps_has_types(d.def.kind))
        d.key_type = d.value_type = 0;
    d.size = type.size;
    *decl = d;
    return SKEP_OK;
}
