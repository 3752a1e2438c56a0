/* Names in C: which are given already, and what the next type of that name is called. */
#include <string.h>

#include "btf/c.h"

enum { TABLE_MIN = 64, SUFFIX_SHOWN = 2 };

int sk_c_stopped(const struct sk_c *c)
{
    return c->code || c->out->failed;
}

void sk_c_stop(struct sk_c *c, enum skep_code code)
{
    if (!c->code)
        c->code = code;
}

int sk_c_enter(struct sk_c *c, uint32_t id)
{
    sk_bounded_step(&c->bounded, 1);
    if (sk_c_stopped(c))
        return 0;
    if (c->depth == SK_C_DEPTH_MAX) {
        sk_c_stop(c, sk_btf_fail_type(c->btf, id, "types are nested too deeply", c->err));
        return 0;
    }
    c->depth++;
    return 1;
}

void sk_c_leave(struct sk_c *c)
{
    c->depth--;
}

/* ---- The table ---------------------------------------------------------------------- */

static uint64_t hash(const char *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

/* Where the name is, or where it would go. Steps are counted: names may have been chosen to
 * collide. */
static struct sk_c_name *find(struct sk_c *c, const struct sk_c_names *names,
                              const char *name)
{
    size_t i = hash(name) & (names->size - 1);

    while (names->table[i].name && strcmp(names->table[i].name, name) != 0 &&
           !sk_c_stopped(c)) {
        sk_bounded_step(&c->bounded, 1);
        i = (i + 1) & (names->size - 1);
    }
    return &names->table[i];
}

void sk_c_names_fini(struct sk_c *c, struct sk_c_names *names)
{
    sk_mem_free(&c->btf->mem, names->table, names->size, sizeof(names->table[0]));
}

/* Doubles the table. */
static int grow(struct sk_c *c, struct sk_c_names *names)
{
    struct sk_c_names bigger = { .size = names->size ? 2 * names->size : TABLE_MIN,
                                 .used = names->used };

    bigger.table = sk_mem_new(&c->btf->mem, bigger.size, sizeof(bigger.table[0]));
    if (!bigger.table) {
        sk_c_stop(c, sk_fail(c->err, E_NO_MEMORY, sk_at_nothing(),
                             bigger.size * sizeof(bigger.table[0])));
        return 0;
    }
    for (size_t i = 0; i < names->size; i++) {
        if (names->table[i].name)
            *find(c, &bigger, names->table[i].name) = names->table[i];
    }
    sk_c_names_fini(c, names);
    *names = bigger;
    return !sk_c_stopped(c);
}

/* Gives the name once more: which time it is, 0 after an error. */
static uint32_t give(struct sk_c *c, struct sk_c_names *names, const char *name)
{
    struct sk_c_name *at;

    if (sk_c_stopped(c) || (2 * names->used >= names->size && !grow(c, names)))
        return 0;
    at = find(c, names, name);
    if (sk_c_stopped(c))
        return 0;
    if (!at->name) {
        at->name = name;
        names->used++;
    }
    return ++at->count;
}

/* ---- Names -------------------------------------------------------------------------- */

static void put_suffixed(struct sk_c *c, const char *name, uint32_t suffix)
{
    sk_btf_put_name(c->out, name);
    if (suffix >= SUFFIX_SHOWN)
        sk_printf(c->out, "___%u", suffix);
}

/* Declarations may come as often as they like: they take no name away. */
static int is_forward(const struct sk_btf_type *type)
{
    return type->kind == SK_BTF_FWD || (type->kind == SK_BTF_ENUM && !type->vlen);
}

static void put_type_name(struct sk_c *c, const struct sk_btf_type *type,
                          struct sk_c_names *names)
{
    struct sk_c_type *state = c->types ? &c->types[type->id] : NULL;

    if (!type->name[0] || sk_c_stopped(c))
        return;
    if (state && !state->named) {
        state->suffix = is_forward(type) ? 0 : give(c, names, type->name);
        state->named = 1;
    }
    put_suffixed(c, type->name, state ? state->suffix : 0);
}

void sk_c_put_tag(struct sk_c *c, const struct sk_btf_type *type)
{
    put_type_name(c, type, &c->tags);
}

void sk_c_put_typedef_name(struct sk_c *c, const struct sk_btf_type *type)
{
    put_type_name(c, type, &c->idents);
}

void sk_c_put_enumerator(struct sk_c *c, const char *name)
{
    put_suffixed(c, name, give(c, &c->idents, name));
}
