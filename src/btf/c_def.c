/* Definitions of structs, unions and enums, such that a compiler lays them out as BTF
 * says: with bit fields without a name where it would leave other gaps, and the attribute
 * `packed` where members are not aligned. */
#include "btf/c.h"

enum { INDENT_MAX = 13 };

void sk_c_put_indent(struct sk_c *c, uint32_t level)
{
    static const char tabs[INDENT_MAX + 1] = "\t\t\t\t\t\t\t\t\t\t\t\t\t";

    sk_put(c->out, tabs, level < INDENT_MAX ? level : INDENT_MAX);
}

/* ---- Alignment ------------------------------------------------------------------- */

static uint32_t align_of_struct(struct sk_c *c, const struct sk_btf_type *type)
{
    uint32_t most = 1;

    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_member m = sk_btf_member(c->btf, type, i);
        uint32_t align = sk_c_align(c, m.type);

        if (!align)
            return 0;
        if (!m.bits && m.bit_offset % (8 * align))
            return 1;
        if (align > most)
            most = align;
    }
    return type->size % most ? 1 : most;
}

uint32_t sk_c_align(struct sk_c *c, uint32_t id)
{
    struct sk_btf_type type = sk_btf_type(c->btf, id);
    uint32_t word = c->btf->pointer_size;

    while (sk_btf_is_alias(type.kind) || type.kind == SK_BTF_ARRAY)
        type = sk_btf_type(c->btf, type.type);
    switch (type.kind) {
    case SK_BTF_PTR:
        return word;
    case SK_BTF_INT:
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
    case SK_BTF_FLOAT:
        return type.size < word ? type.size : word;
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        if (!c->types[type.id].align)
            c->types[type.id].align = (uint8_t)align_of_struct(c, &type);
        return c->types[type.id].align;
    default:
        return 0;
    }
}

/* Whether a compiler would lay the struct out otherwise. */
static int is_packed(struct sk_c *c, const struct sk_btf_type *type)
{
    uint32_t most = 1;

    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_member m = sk_btf_member(c->btf, type, i);
        uint32_t align = sk_c_align(c, m.type);

        if (align && !m.bits && m.bit_offset % (8 * align))
            return 1;
        if (align > most)
            most = align;
    }
    return type->size % most != 0;
}

/* ---- Gaps ------------------------------------------------------------------------ */

struct unit {
    const char *name;
    uint32_t bits;
};
enum { UNITS = 4 };

/* The units from the largest on; long is as long as a pointer. */
static struct unit unit(const struct sk_c *c, uint32_t i)
{
    static const struct unit units[UNITS] = {
        { "long", 0 }, { "int", 32 }, { "short", 16 }, { "char", 8 }
    };

    return i ? units[i] : (struct unit){ "long", c->btf->pointer_size == 4 ? 32 : 64 };
}

static uint64_t round_up(uint64_t bits, uint64_t to)
{
    return (bits + to - 1) / to * to;
}

static void put_gap(struct sk_c *c, struct unit unit, uint64_t bits, uint32_t level)
{
    sk_puts(c->out, "\n");
    sk_c_put_indent(c, level);
    sk_printf(c->out, "%s: %u;", unit.name, (unsigned)bits);
}

/* The smallest unit that has so many bits. */
static struct unit smallest(const struct sk_c *c, uint64_t bits)
{
    uint32_t i = UNITS - 1;

    while (i > 0 && unit(c, i).bits < bits)
        i--;
    return unit(c, i);
}

/* Whether bit fields stand on both sides of a gap. */
enum sides { ANY, BIT_FIELDS };

/* Fills the bits from `at` to `end` that a compiler would not skip by itself. `align` is
 * in bytes, of what follows.
 *
 * First `at` is moved to the next boundary of the largest unit that has one within the
 * gap. A compiler goes there by itself if what follows is aligned so, or if a field of
 * the unit follows that has no room before the boundary; else a field of 0 bits makes it.
 * Then whole units follow, and one for the remaining bits. */
static void put_gaps(struct sk_c *c, uint64_t at, uint64_t end, uint32_t align,
                     enum sides sides, uint32_t level)
{
    struct unit large;
    uint32_t i = 0;
    uint64_t next;

    if (at >= end)
        return;
    while (i < UNITS - 1 && round_up(at, unit(c, i).bits) > end)
        i++;
    large = unit(c, i);
    next = round_up(at, large.bits);
    if (next > at && next <= end) {
        int is_last = next == end;

        if (sides == BIT_FIELDS ||
            (is_last && (!align || round_up(at, 8 * (uint64_t)align) != next)) ||
            (!is_last && end - next <= next - at))
            put_gap(c, large, sides == BIT_FIELDS ? next - at : 0, level);
        at = next;
    }
    for (; end - at >= large.bits && !sk_c_stopped(c); at += large.bits)
        put_gap(c, large, large.bits, level);
    if (end > at && !sk_c_stopped(c))
        put_gap(c, smallest(c, end - at), end - at, level);
}

/* ---- Definitions ----------------------------------------------------------------- */

void sk_c_put_struct_name(struct sk_c *c, const struct sk_btf_type *type)
{
    int is_union = type->kind == SK_BTF_UNION || (type->kind == SK_BTF_FWD && type->flag);

    sk_puts(c->out, is_union ? "union" : "struct");
    sk_puts(c->out, type->name[0] ? " " : "");
    sk_c_put_tag(c, type);
}

enum packing { NATURAL, PACKED };

static void put_members(struct sk_c *c, const struct sk_btf_type *type,
                        enum packing packing, uint32_t level)
{
    int after_bits = 0;
    uint64_t at = 0;

    for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++) {
        struct sk_btf_member m = sk_btf_member(c->btf, type, i);
        uint32_t align = packing == PACKED ? 1 : sk_c_align(c, m.type);
        uint64_t size = 0;

        put_gaps(c, at, m.bit_offset, align, after_bits && m.bits ? BIT_FIELDS : ANY,
                 level);
        sk_puts(c->out, "\n");
        sk_c_put_indent(c, level);
        sk_c_put_declaration(c, m.type, m.name, level);
        if (m.bits)
            sk_printf(c->out, ": %u", m.bits);
        else
            sk_btf_size(c->btf, m.type, &size);
        sk_puts(c->out, ";");
        at = m.bit_offset + (m.bits ? m.bits : 8 * size);
        after_bits = m.bits != 0;
    }
    if (type->kind == SK_BTF_STRUCT)
        put_gaps(c, at, 8 * (uint64_t)type->size, sk_c_align(c, type->id), ANY, level);
}

void sk_c_put_struct(struct sk_c *c, const struct sk_btf_type *type, uint32_t level)
{
    int packed;

    if (!sk_c_enter(c, type->id))
        return;
    sk_c_put_struct_name(c, type);
    if (!c->types) {
        sk_puts(c->out, " { ... }");
    } else {
        packed = type->kind == SK_BTF_STRUCT && is_packed(c, type);
        sk_puts(c->out, " {");
        put_members(c, type, packed ? PACKED : NATURAL, level + 1);
        if (type->vlen || type->size) {
            sk_puts(c->out, "\n");
            sk_c_put_indent(c, level);
        }
        sk_puts(c->out, packed ? "} __attribute__((packed))" : "}");
    }
    sk_c_leave(c);
}

static void put_value(struct sk_c *c, const struct sk_btf_type *type, uint64_t value)
{
    const char *suffix = type->kind == SK_BTF_ENUM ? "" : type->flag ? "LL" : "ULL";

    if (type->flag)
        sk_printf(c->out, " = %lld%s,", (long long)value, suffix);
    else
        sk_printf(c->out, " = %llu%s,", (unsigned long long)value, suffix);
}

void sk_c_put_enum(struct sk_c *c, const struct sk_btf_type *type, uint32_t level)
{
    sk_puts(c->out, type->name[0] ? "enum " : "enum");
    sk_c_put_tag(c, type);
    if (!type->vlen)
        return;
    if (!c->types) {
        sk_puts(c->out, " { ... }");
        return;
    }
    sk_puts(c->out, " {");
    for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++) {
        struct sk_btf_value v = sk_btf_value(c->btf, type, i);

        sk_puts(c->out, "\n");
        sk_c_put_indent(c, level + 1);
        sk_c_put_enumerator(c, v.name);
        put_value(c, type, v.value);
    }
    sk_puts(c->out, "\n");
    sk_c_put_indent(c, level);
    sk_puts(c->out, "}");
}
