/* Setting variables of objects, from bytes and from text.
 *
 *     NAME = IDENTIFIER { "." IDENTIFIER | "[" NUMBER "]" }
 *
 * A name leads from a variable down to a part of it; the part's type says how the text of the
 * value is read. Each step goes on in the name, so that the walk is no longer than that. */
#include <float.h>
#include <string.h>

#include "api/literal.h"
#include "api/object.h"
#include "base/escape.h"
#include "base/num.h"

/* A part of a variable. */
struct part {
    const struct sk_btf *btf; /* NULL: its type is not known */
    const char *whole;        /* the name, for messages */
    uint32_t var;             /* index */
    uint32_t type;
    uint64_t offset, bits; /* from the variable's start; bits 0: no bit field */
    uint32_t bit;          /* of a bit field: from the byte at offset */
};

static enum skep_code wrong(const char *name, const char *why, struct skep_err *err)
{
    char text[SK_SHOWN_MAX];

    return sk_fail(err, E_VARIABLE, sk_at_nothing(), sk_shown(text, name), why);
}

/* ---- Storing -------------------------------------------------------------------------- */

static int is_constant(const struct skep_object *object, const struct sk_obj_var *var)
{
    return (object->object.maps[var->map].def.flags & SK_MAP_RDONLY_PROG) != 0;
}

static enum skep_code check_settable(const struct skep_object *object,
                                     const struct sk_obj_var *var, const char *name,
                                     struct skep_err *err)
{
    if (is_constant(object, var) && object->loaded)
        return wrong(name, "it is constant since a program was loaded", err);
    return SKEP_OK;
}

/* The variable's bytes: those that the object gives, and those that programs see. */
static void store(struct skep_object *object, const struct sk_obj_var *var,
                  uint64_t offset, const void *value, size_t len)
{
    const struct sk_map *map = object->maps[var->map];

    if (!len) /* there may be no bytes at all */
        return;
    memcpy(object->object.maps[var->map].data + var->offset + offset, value, len);
    if (map && map->values)
        memcpy(map->values + var->offset + offset, value, len);
}

enum skep_code skep_object_set(skep_object *object, const char *name, const void *value,
                               size_t len, struct skep_err *err)
{
    const struct sk_obj_var *var;
    uint32_t index = 0;

    SK_TRY(skep_object_find_variable(object, name, &index, err));
    SK_TRY(sk_api_need(value, "value", err));
    var = &object->object.vars[index];
    SK_TRY(check_settable(object, var, name, err));
    if (len != var->size)
        return wrong(name, "the value has another size", err);
    store(object, var, 0, value, len);
    return SKEP_OK;
}

/* ---- The name ------------------------------------------------------------------------- */

static size_t identifier_length(const char *text)
{
    return strcspn(text, ".[");
}

/* Whether a name of the file is the `len` bytes at text; the work is bounded by those. */
static int has_name(const char *name, const char *text, size_t len)
{
    return !strncmp(name, text, len) && !name[len];
}

static enum skep_code find_root(const struct skep_object *object, const char *name,
                                struct part *part, struct skep_err *err)
{
    size_t len = identifier_length(name);
    char text[SK_SHOWN_MAX];

    for (size_t i = 0; i < object->object.var_count; i++) {
        const struct sk_obj_var *var = &object->object.vars[i];

        if (!has_name(var->name, name, len))
            continue;
        *part = (struct part){ .whole = name, .var = (uint32_t)i };
        if (!object->object.has_btf || !var->btf_id)
            return name[len] ? wrong(name, "its type is not known", err) : SKEP_OK;
        *part =
            (struct part){ .btf = &object->object.btf,
                           .whole = name,
                           .var = (uint32_t)i,
                           .type = sk_btf_type(&object->object.btf, var->btf_id).type };
        return SKEP_OK;
    }
    return sk_fail(err, E_NO_VARIABLE, sk_at_nothing(),
                   sk_escape(text, sizeof(text), name, len));
}

/* Goes on by `bytes`. Variables have less than 4 GiB, of which no part can be outside. */
static enum skep_code advance(struct part *part, uint64_t bytes, struct skep_err *err)
{
    if (bytes > UINT32_MAX - part->offset)
        return wrong(part->whole, "it lies outside of its variable", err);
    part->offset += bytes;
    return SKEP_OK;
}

/* Members of nameless members count as the struct's: those are searched breadth first, each
 * once, in the order of a queue. */
struct inner {
    uint32_t type;
    uint64_t at;   /* in bits, from the struct's start */
    uint32_t bits; /* of a bit field */
};

enum { INNER_MAX = 64 };

struct search {
    const struct sk_btf *btf;
    const char *name;
    size_t len;
    struct inner queue[INNER_MAX];
    size_t queued;
};

/* Searches the members of a struct, which is at bit `base`. */
static int find_member(struct search *s, const struct sk_btf_type *type, uint64_t base,
                       struct inner *found)
{
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_member m = sk_btf_member(s->btf, type, i);
        uint64_t at = base + m.bit_offset;

        if (!m.name[0] && s->queued < INNER_MAX)
            s->queue[s->queued++] = (struct inner){ m.type, at, 0 };
        if (!has_name(m.name, s->name, s->len))
            continue;
        *found = (struct inner){ m.type, at, m.bits };
        return 1;
    }
    return 0;
}

static enum skep_code step_member(struct part *part, const char **name,
                                  struct skep_err *err)
{
    struct search s = { .btf = part->btf,
                        .name = *name,
                        .len = identifier_length(*name),
                        .queue = { { part->type, 0, 0 } },
                        .queued = 1 };

    for (size_t i = 0; i < s.queued; i++) {
        struct sk_btf_type type = sk_btf_skip_aliases(part->btf, s.queue[i].type);
        struct inner found;

        if (type.kind != SK_BTF_STRUCT && type.kind != SK_BTF_UNION)
            continue;
        if (!find_member(&s, &type, s.queue[i].at, &found))
            continue;
        SK_TRY(advance(part, found.at / 8, err));
        part->type = found.type;
        part->bit = (uint32_t)(found.at % 8);
        part->bits = found.bits;
        *name += s.len;
        return SKEP_OK;
    }
    return wrong(part->whole, "there is no such member", err);
}

static enum skep_code step_element(struct part *part, const char **name,
                                   struct skep_err *err)
{
    struct sk_btf_type type = sk_btf_skip_aliases(part->btf, part->type);
    struct sk_btf_array array;
    uint64_t index = 0, size;
    size_t used = 0;

    if (type.kind != SK_BTF_ARRAY)
        return wrong(part->whole, "what is indexed is no array", err);
    array = sk_btf_array(&type);
    if (sk_num_read(*name, strlen(*name), &used, &index) != SK_NUM_OK ||
        (*name)[used] != ']')
        return wrong(part->whole, "a number and ']' were expected behind '['", err);
    if (index >= array.count || !sk_btf_size(part->btf, array.type, &size))
        return wrong(part->whole, "the array has no such element", err);
    if (__builtin_mul_overflow(index, size, &size))
        return wrong(part->whole, "it lies outside of its variable", err);
    SK_TRY(advance(part, size, err));
    part->type = array.type;
    *name += used + 1;
    return SKEP_OK;
}

static enum skep_code find_part(const struct skep_object *object, const char *name,
                                struct part *part, struct skep_err *err)
{
    SK_TRY(find_root(object, name, part, err));
    name += identifier_length(name);
    while (*name) {
        if (part->bits)
            return wrong(part->whole, "a bit field has no parts", err);
        if (*name++ == '.')
            SK_TRY(step_member(part, &name, err));
        else
            SK_TRY(step_element(part, &name, err));
    }
    return SKEP_OK;
}

/* ---- The value ------------------------------------------------------------------------ */

static int find_enumerator(const struct sk_btf *btf, const struct sk_btf_type *type,
                           const char *text, uint64_t *value)
{
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_value v = sk_btf_value(btf, type, i);

        if (strcmp(v.name, text) != 0)
            continue;
        *value = v.value;
        return 1;
    }
    return 0;
}

/* Whether the number fits `bits` bits, signed or not. */
static int fits(uint64_t value, int negative, uint64_t bits, int is_signed)
{
    uint64_t most = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;

    if (negative)
        return is_signed && value <= (uint64_t)1 << (bits - 1);
    return value <= (is_signed ? most >> 1 : most);
}

static void put_bits(uint8_t *bytes, uint32_t bit, uint64_t bits, uint64_t value)
{
    for (uint64_t i = 0; i < bits; i++) {
        uint8_t mask = (uint8_t)(1u << (bit + i) % 8);
        uint8_t *byte = &bytes[(bit + i) / 8];

        *byte = (uint8_t)(value >> i & 1 ? *byte | mask : *byte & ~mask);
    }
}

static enum skep_code set_number(struct skep_object *object, const struct part *part,
                                 const struct sk_btf_type *type, const char *text,
                                 struct skep_err *err)
{
    const struct sk_obj_var *var = &object->object.vars[part->var];
    uint64_t size = type->size, bits, value = 0;
    uint32_t encoding = type->kind == SK_BTF_INT ? sk_btf_int(type).encoding : 0;
    int negative = 0, is_enum = type->kind == SK_BTF_ENUM || type->kind == SK_BTF_ENUM64;
    int is_signed = is_enum ? (int)type->flag : (encoding & SK_BTF_SIGNED) != 0;
    uint8_t bytes[16];

    if (type->kind == SK_BTF_PTR)
        size = 8;
    if (!size)
        return wrong(part->whole, "its type has no size", err);
    if (size > 8)
        return wrong(part->whole, "numbers of more than 8 bytes are not supported", err);
    bits = part->bits ? part->bits : encoding & SK_BTF_BOOL ? 1 : size * 8;
    if (!is_enum || !find_enumerator(part->btf, type, text, &value)) {
        if (!sk_literal_integer(text, &value, &negative))
            return wrong(part->whole,
                         is_enum ? "the value is neither a number nor an enumerator"
                                 : "the value is no number",
                         err);
        if (!fits(value, negative, bits, is_signed))
            return wrong(part->whole, "the value does not fit its type", err);
    }
    if (negative)
        value = (uint64_t)0 - value;
    if (part->bits)
        size = (part->bit + part->bits + 7) / 8;
    if (part->offset > var->size || size > var->size - part->offset ||
        size > sizeof(bytes))
        return wrong(part->whole, "it lies outside of its variable", err);
    memcpy(bytes, sk_api_map_data(object, var->map) + var->offset + part->offset, size);
    put_bits(bytes, part->bit, part->bits ? part->bits : size * 8, value);
    store(object, var, part->offset, bytes, size);
    return SKEP_OK;
}

/* A variable whose type is not known is an integer if it has the size of one. */
static enum skep_code set_untyped(struct skep_object *object, const struct part *part,
                                  const char *text, struct skep_err *err)
{
    const struct sk_obj_var *var = &object->object.vars[part->var];
    uint64_t size = var->size, value = 0;
    uint8_t bytes[8] = { 0 };
    int negative = 0;

    if (size != 1 && size != 2 && size != 4 && size != 8)
        return wrong(part->whole,
                     "its type is not known, and no integer has so many bytes", err);
    if (!sk_literal_integer(text, &value, &negative))
        return wrong(part->whole, "the value is no number", err);
    if (!fits(value, negative, size * 8, negative))
        return wrong(part->whole, "the value does not fit its bytes", err);
    put_bits(bytes, 0, size * 8, negative ? (uint64_t)0 - value : value);
    store(object, var, 0, bytes, size);
    return SKEP_OK;
}

static enum skep_code set_real(struct skep_object *object, const struct part *part,
                               const struct sk_btf_type *type, const char *text,
                               struct skep_err *err)
{
    const struct sk_obj_var *var = &object->object.vars[part->var];
    uint32_t size = type->size;
    double value = 0;
    float narrow;

    if (size != sizeof(value) && size != sizeof(narrow))
        return wrong(part->whole, "only float and double can be set", err);
    if (!sk_literal_real(text, &value))
        return wrong(part->whole, "the value is no number", err);
    if (part->offset > var->size || size > var->size - part->offset)
        return wrong(part->whole, "it lies outside of its variable", err);
    if (size == sizeof(value)) {
        store(object, var, part->offset, &value, size);
        return SKEP_OK;
    }
    if (value - value == 0 && (value > (double)FLT_MAX || value < -(double)FLT_MAX))
        return wrong(part->whole, "the value does not fit its type", err);
    narrow = (float)value;
    store(object, var, part->offset, &narrow, size);
    return SKEP_OK;
}

/* The bytes of a string between quotes; SIZE_MAX: one of its escapes is none. */
static size_t string_length(const char *text, const char *end)
{
    size_t len = 0;
    uint8_t byte;

    for (; text && text < end; len++)
        text = sk_literal_char(text, end, &byte);
    return text ? len : SIZE_MAX;
}

/* "TEXT" for an array of char: with zeros behind, which may be none. */
static enum skep_code set_string(struct skep_object *object, const struct part *part,
                                 const struct sk_btf_type *type, const char *text,
                                 struct skep_err *err)
{
    const struct sk_obj_var *var = &object->object.vars[part->var];
    struct sk_btf_array array = sk_btf_array(type);
    struct sk_btf_type element = sk_btf_skip_aliases(part->btf, array.type);
    size_t len = strlen(text);
    const char *at = text + 1, *end = text + len - 1;

    if (element.kind != SK_BTF_INT || element.size != 1)
        return wrong(part->whole, "only arrays of char can be set whole", err);
    if (len < 2 || text[0] != '"' || *end != '"')
        return wrong(part->whole, "a string in double quotes was expected", err);
    len = string_length(at, end);
    if (len == SIZE_MAX)
        return wrong(part->whole, "an escape of the string is none of C's", err);
    if (len > array.count)
        return wrong(part->whole, "the string is too long for the array", err);
    if (part->offset > var->size || array.count > var->size - part->offset)
        return wrong(part->whole, "it lies outside of its variable", err);
    for (uint64_t i = 0; i < array.count; i++) {
        uint8_t byte = 0;

        if (i < len)
            at = sk_literal_char(at, end, &byte);
        store(object, var, part->offset + i, &byte, 1);
    }
    return SKEP_OK;
}

enum skep_code skep_object_set_text(skep_object *object, const char *name,
                                    const char *value, struct skep_err *err)
{
    struct sk_btf_type type;
    struct part part = { 0 };

    SK_TRY(sk_api_need(object, "object", err));
    SK_TRY(sk_api_need(name, "name", err));
    SK_TRY(sk_api_need(value, "value", err));
    SK_TRY(find_part(object, name, &part, err));
    SK_TRY(check_settable(object, &object->object.vars[part.var], name, err));
    if (!part.btf)
        return set_untyped(object, &part, value, err);
    type = sk_btf_skip_aliases(part.btf, part.type);
    switch (type.kind) {
    case SK_BTF_INT:
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
    case SK_BTF_PTR:
        return set_number(object, &part, &type, value, err);
    case SK_BTF_ARRAY:
        return set_string(object, &part, &type, value, err);
    case SK_BTF_FLOAT:
        return set_real(object, &part, &type, value, err);
    default:
        return wrong(name, "it has parts: name one of them", err);
    }
}
