/* What a record asks of its type, of either side.
 *
 * A bit field is read as a value of 1, 2, 4 or 8 bytes that holds all of it, aligned to its
 * size, and then shifted left until its highest bit is bit 63, and right until its lowest is
 * bit 0:
 *
 *      offset, size           <- lshift ->               rshift
 *     | .... [ field ] .. |   [ field ] .. 0 0 0    0 0 0 .. [ field ]
 */
#include "base/bits.h"
#include "load/core_parts.h"

/* ---- Fields ------------------------------------------------------------------------------- */

struct field {
    struct sk_btf_type type; /* behind modifiers */
    uint64_t bit, bits;      /* where it is, and how many */
    uint64_t byte, bytes;    /* what to read */
    int is_bit_field;
};

static const char *cover_bits(struct field *f)
{
    uint64_t bytes = f->type.size;

    if (!bytes)
        return "the type of a bit field has no size";
    for (;; bytes *= 2) {
        uint64_t byte = f->bit / 8 / bytes * bytes;

        if (f->bit + f->bits <= 8 * (byte + bytes)) {
            f->byte = byte;
            f->bytes = bytes;
            return bytes > 8 ? "a bit field that no 8 bytes hold" : NULL;
        }
        if (bytes >= 8)
            return "a bit field that no 8 bytes hold";
    }
}

static const char *find_field(const struct sk_core_path *path, struct field *f)
{
    const struct sk_core_step *last = &path->steps[path->len - 1];
    struct sk_btf_type type = sk_btf_type(path->btf, last->type);
    struct sk_btf_member member = sk_btf_member(path->btf, &type, last->index);

    f->type = sk_btf_skip_aliases(path->btf, member.type);
    f->bit = path->bits;
    f->is_bit_field = member.bits != 0;
    if (f->is_bit_field) {
        f->bits = member.bits;
        return cover_bits(f);
    }
    if (!sk_btf_size(path->btf, member.type, &f->bytes))
        return "the field has no size";
    f->byte = f->bit / 8;
    f->bits = 8 * f->bytes;
    return NULL;
}

static int is_signed(const struct sk_btf_type *type)
{
    if (sk_core_is_enum(type->kind))
        return type->flag != 0;
    return type->kind == SK_BTF_INT && (sk_btf_int(type).encoding & SK_BTF_SIGNED);
}

static const char *value_of_member(uint32_t kind, const struct sk_core_path *path,
                                   struct sk_core_value *value)
{
    struct field f;

    SK_CORE_TRY(find_field(path, &f));
    /* compilers may read bit fields otherwise */
    value->is_certain = !f.is_bit_field || kind == SK_CORE_FIELD_SIGNED ||
                        kind == SK_CORE_FIELD_RSHIFT_U64;
    switch (kind) {
    case SK_CORE_FIELD_BYTE_OFFSET:
        value->value = f.byte;
        if (!f.is_bit_field) {
            value->size = f.bytes;
            value->type = f.type.id;
        }
        return NULL;
    case SK_CORE_FIELD_BYTE_SIZE:
        value->value = f.bytes;
        return NULL;
    case SK_CORE_FIELD_SIGNED:
        value->value = (uint64_t)is_signed(&f.type);
        return NULL;
    case SK_CORE_FIELD_LSHIFT_U64:
        value->value = 64 - (f.bit + f.bits - 8 * f.byte);
        return NULL;
    default:
        value->value = 64 - f.bits;
        return NULL;
    }
}

static const char *value_of_element(uint32_t kind, const struct sk_core_path *path,
                                    struct sk_core_value *value)
{
    uint32_t type = path->steps[path->len - 1].type;
    uint64_t size;

    if (kind != SK_CORE_FIELD_BYTE_OFFSET && kind != SK_CORE_FIELD_BYTE_SIZE)
        return "this cannot be asked of an element of an array";
    if (!sk_btf_size(path->btf, type, &size))
        return "the element has no size";
    if (kind == SK_CORE_FIELD_BYTE_SIZE) {
        value->value = size;
        return NULL;
    }
    value->value = path->bits / 8;
    value->size = size;
    value->type = type;
    return NULL;
}

static const char *value_of_field(uint32_t kind, const struct sk_core_path *path,
                                  struct sk_core_value *value)
{
    if (kind == SK_CORE_FIELD_EXISTS) {
        value->value = path != NULL;
        return NULL;
    }
    if (!path) {
        value->is_absent = 1;
        return NULL;
    }
    if (path->steps[path->len - 1].name)
        return value_of_member(kind, path, value);
    return value_of_element(kind, path, value);
}

/* ---- Types and enums ---------------------------------------------------------------------- */

static const char *value_of_type(uint32_t kind, const struct sk_core_path *path,
                                 struct sk_core_value *value)
{
    if (!path)
        return NULL; /* 0, the id and size included */
    switch (kind) {
    case SK_CORE_TYPE_ID_LOCAL:
    case SK_CORE_TYPE_ID_TARGET:
        value->value = path->root;
        value->is_certain = 0; /* linking objects changes it */
        return NULL;
    case SK_CORE_TYPE_SIZE:
        if (!sk_btf_size(path->btf, path->root, &value->value))
            return "the type has no size";
        return NULL;
    default:
        value->value = 1;
        return NULL;
    }
}

/* An enum of 32 bits is taken for a signed one, whatever its flag says, as by libbpf: older
 * compilers do not set it. (A value from 2^31 on is refused for that, as the compiler's
 * immediate is another.) */
static uint64_t value_of_enumerator(const struct sk_core_path *path)
{
    struct sk_btf_type type = sk_btf_type(path->btf, path->steps[0].type);
    uint64_t value = sk_btf_value(path->btf, &type, path->steps[0].index).value;

    return type.kind == SK_BTF_ENUM ? sk_sext32(value) : value;
}

static const char *value_of_enumval(uint32_t kind, const struct sk_core_path *path,
                                    struct sk_core_value *value)
{
    if (kind == SK_CORE_ENUMVAL_EXISTS)
        value->value = path != NULL;
    else if (!path)
        value->is_absent = 1;
    else
        value->value = value_of_enumerator(path);
    return NULL;
}

const char *sk_core_value(uint32_t kind, const struct sk_core_path *path,
                          struct sk_core_value *value)
{
    *value = (struct sk_core_value){ .is_certain = 1 };
    if (sk_core_is_field(kind))
        return value_of_field(kind, path, value);
    if (sk_core_is_enumval(kind))
        return value_of_enumval(kind, path, value);
    return value_of_type(kind, path, value);
}
