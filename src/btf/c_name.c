/* Names in C: which are given already, and what the next type of that name is called. */
#include "btf/c.h"

enum { SUFFIX_SHOWN = 2 };

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

/* Gives the name once more: which time it is, 0 after an error. */
static uint32_t give(struct sk_c *c, struct sk_names *names, const char *name)
{
    uint32_t *count;

    sk_bounded_step(&c->bounded, 1);
    if (sk_c_stopped(c))
        return 0;
    count = sk_names_add(names, name, 0);
    if (!count) {
        sk_c_stop(c, sk_fail(c->err, E_NO_MEMORY, sk_at_nothing(), sizeof(*count)));
        return 0;
    }
    return ++*count;
}

/* ---- Names ----------------------------------------------------------------------- */

static void put_suffixed(struct sk_c *c, const char *name, uint32_t suffix)
{
    sk_btf_put_name(c->out, name);
    if (suffix >= SUFFIX_SHOWN)
        sk_printf(c->out, "___%u", suffix);
}

/* Declarations may come as often as they like: they take no name away. */
static void put_type_name(struct sk_c *c, const struct sk_btf_type *type,
                          struct sk_names *names)
{
    struct sk_c_type *state = c->types ? &c->types[type->id] : NULL;

    if (!type->name[0] || sk_c_stopped(c))
        return;
    if (state && !state->named) {
        state->suffix = sk_btf_is_forward(type) ? 0 : give(c, names, type->name);
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
