/* Bytes by their type. */
#include "btf/value.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"

enum { BYTES_MAX = 16, STEP_BYTES = 64, REAL_MAX = 40, NAME_MAX = 64 };

static enum skep_code too_short(const struct sk_btf_type *type, uint64_t size, size_t len,
                                struct skep_err *err)
{
    char what[160], name[NAME_MAX];

    snprintf(what, sizeof(what), "type %u (%s '%s') needs %llu bytes, there are %zu",
             type->id, sk_btf_kind_name((enum sk_btf_kind)type->kind),
             sk_escape(name, sizeof(name), type->name, strlen(type->name)),
             (unsigned long long)size, len);
    return sk_fail(err, E_ARGUMENT, sk_at_nothing(), what);
}

/* A section's variables lie where they say, and that is not always within its size. */
static enum skep_code check_section(const struct sk_btf *btf,
                                    const struct sk_btf_type *type, size_t len,
                                    struct skep_err *err)
{
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_secvar v = sk_btf_secvar(type, i);
        uint64_t size;

        if (!sk_btf_size(btf, v.type, &size))
            continue;
        if (v.offset > len || size > len - v.offset || size > UINT32_MAX)
            return too_short(type, v.offset + size, len, err);
    }
    return SKEP_OK;
}

enum skep_code sk_value_check(const struct sk_btf *btf, uint32_t id, size_t len,
                              struct skep_err *err)
{
    struct sk_btf_type type = sk_btf_type(btf, id);
    uint64_t size;
    char what[80];

    if (!sk_btf_size(btf, id, &size)) {
        snprintf(what, sizeof(what), "type %u (%s) is none that values have", id,
                 sk_btf_kind_name(type.kind));
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), what);
    }
    /* (from there on sk_btf_size need not be the true size) */
    if (size > len || size > UINT32_MAX)
        return too_short(&type, size, len, err);
    return type.kind == SK_BTF_DATASEC ? check_section(btf, &type, len, err) : SKEP_OK;
}

struct sk_value sk_value_of(const struct sk_btf *btf, uint32_t id, const uint8_t *at)
{
    return (
        struct sk_value){ .btf = btf, .type = sk_btf_skip_aliases(btf, id), .at = at };
}

struct sk_value sk_value_member(const struct sk_value *v, const struct sk_btf_member *m)
{
    struct sk_value member = sk_value_of(v->btf, m->type, v->at + m->bit_offset / 8);

    member.bits = m->bits;
    /* a member that is no bit field, yet does not begin with a byte */
    if (m->bit_offset % 8 && !m->bits && member.type.size <= BYTES_MAX)
        member.bits = 8 * member.type.size;
    member.bit = member.bits ? m->bit_offset % 8 : 0;
    return member;
}

/* ---- Numbers --------------------------------------------------------------------- */

static struct sk_bits read_bits(const uint8_t *at, uint32_t bit, uint32_t count)
{
    struct sk_bits bits = { .count = count };

    for (uint32_t i = 0; i < count; i++) {
        uint64_t one = at[(bit + i) / 8] >> (bit + i) % 8 & 1;

        if (i < 64)
            bits.low |= one << i;
        else
            bits.high |= one << (i - 64);
    }
    return bits;
}

/* Whole bytes: the usual case. */
static struct sk_bits read_bytes(const uint8_t *at, uint32_t size)
{
    struct sk_bits bits = { .count = 8 * size };
    uint8_t bytes[BYTES_MAX] = { 0 };

    memcpy(bytes, at, size);
    bits.low = sk_le64(sk_load64(bytes));
    bits.high = sk_le64(sk_load64(bytes + 8));
    return bits;
}

static uint32_t byte_size(const struct sk_value *v)
{
    uint32_t size = v->type.kind == SK_BTF_PTR ? v->btf->pointer_size : v->type.size;

    return size < BYTES_MAX ? size : BYTES_MAX;
}

int sk_value_is_partial(const struct sk_value *v)
{
    struct sk_btf_int i;

    if (v->bits)
        return 1;
    if (v->type.kind != SK_BTF_INT)
        return 0;
    i = sk_btf_int(&v->type);
    return i.offset || i.bits != 8 * v->type.size;
}

struct sk_bits sk_value_bits(const struct sk_value *v)
{
    uint32_t offset = 0, count = v->bits ? v->bits : 8 * byte_size(v);

    if (v->type.kind == SK_BTF_INT) {
        struct sk_btf_int i = sk_btf_int(&v->type);

        /* an INT within a member, as compilers wrote bit fields before BTF had them */
        if (!v->bits || (i.bits < v->bits && i.offset + i.bits <= v->bits)) {
            offset = i.offset;
            count = i.bits;
        }
    }
    if ((v->bit + offset) % 8 == 0 && count % 8 == 0)
        return read_bytes(v->at + (v->bit + offset) / 8, count / 8);
    return read_bits(v->at, v->bit + offset, count);
}

int sk_value_is_signed(const struct sk_value *v)
{
    if (v->type.kind == SK_BTF_INT)
        return sk_btf_int(&v->type).encoding & SK_BTF_SIGNED;
    return (v->type.kind == SK_BTF_ENUM || v->type.kind == SK_BTF_ENUM64) && v->type.flag;
}

uint64_t sk_value_number(const struct sk_value *v)
{
    struct sk_bits bits = sk_value_bits(v);

    if (!bits.count || bits.count >= 64 || !sk_value_is_signed(v))
        return bits.low;
    if (bits.low >> (bits.count - 1) & 1)
        return bits.low | UINT64_MAX << bits.count;
    return bits.low;
}

int sk_value_is_char(const struct sk_value *v)
{
    return v->type.kind == SK_BTF_INT && v->type.size == 1 && !sk_value_is_partial(v) &&
           (sk_btf_int(&v->type).encoding == SK_BTF_CHAR ||
            strcmp(v->type.name, "char") == 0);
}

int sk_value_is_text(const struct sk_value *array)
{
    struct sk_value element = { .btf = array->btf };

    element.type = sk_btf_skip_modifiers(array->btf, array->type.type);
    return sk_value_is_char(&element);
}

const char *sk_value_enumerator(const struct sk_value *v, struct sk_bounded *b)
{
    struct sk_bits bits = sk_value_bits(v);
    uint64_t mask =
        bits.count && bits.count < 64 ? (UINT64_C(1) << bits.count) - 1 : UINT64_MAX;

    for (uint32_t i = 0; i < v->type.vlen; i++) {
        struct sk_btf_value value = sk_btf_value(v->btf, &v->type, i);

        if (!((value.value ^ bits.low) & mask)) {
            sk_bounded_step(b, i / STEP_BYTES);
            return value.name;
        }
    }
    sk_bounded_step(b, v->type.vlen / STEP_BYTES);
    return NULL;
}

int sk_value_is_zero(const struct sk_value *v, struct sk_bounded *b)
{
    uint64_t size = 0;
    struct sk_bits bits;

    if (v->bits) {
        bits = sk_value_bits(v);
        return !bits.low && !bits.high;
    }
    sk_btf_size(v->btf, v->type.id, &size);
    sk_bounded_step(b, size / STEP_BYTES);
    return b->out.failed || !size ||
           (!v->at[0] && (size == 1 || !memcmp(v->at, v->at + 1, (size_t)size - 1)));
}

/* ---- Text ------------------------------------------------------------------------ */

void sk_value_put_hex(struct sk_out *out, const struct sk_bits *bits)
{
    if (bits->high)
        sk_printf(out, "0x%llx%016llx", (unsigned long long)bits->high,
                  (unsigned long long)bits->low);
    else
        sk_printf(out, "0x%llx", (unsigned long long)bits->low);
}

/* Reads a float or double. */
static int read_real(const struct sk_value *v, double *real)
{
    uint64_t low = sk_value_bits(v).low;
    uint32_t narrow = (uint32_t)low;
    float f;

    if (v->type.kind != SK_BTF_FLOAT || v->bits)
        return 0;
    if (v->type.size == sizeof(*real)) {
        memcpy(real, &low, sizeof(*real));
        return 1;
    }
    if (v->type.size != sizeof(f))
        return 0;
    memcpy(&f, &narrow, sizeof(f));
    *real = (double)f;
    return 1;
}

const char *sk_value_special(const struct sk_value *v)
{
    double real;

    if (!read_real(v, &real))
        return NULL;
    if (real != real)
        return "nan";
    if (real - real != 0)
        return real > 0 ? "inf" : "-inf";
    return NULL;
}

int sk_value_put_real(struct sk_out *out, const struct sk_value *v)
{
    enum { FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17 };
    char text[REAL_MAX];
    double real;

    if (sk_value_special(v) || !read_real(v, &real))
        return 0;
    snprintf(text, sizeof(text), "%.*g",
             v->type.size == sizeof(float) ? FLOAT_DIGITS : DOUBLE_DIGITS, real);
    /* the process may have chosen another point */
    for (char *c = text; *c; c++) {
        if (!strchr("0123456789+-e", *c))
            *c = '.';
    }
    sk_puts(out, text);
    return 1;
}
