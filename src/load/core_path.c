/* Paths of CO-RE records, and their text.
 *
 * The access string of a field is "0:1:2": first an index as if the root were an array, then
 * indices of members and of elements. That of an enum's value is the value's index; that of a
 * type is "0". */
#include <string.h>

#include "base/escape.h"
#include "load/core_parts.h"

/* ---- Kinds ------------------------------------------------------------------------------ */

int sk_core_is_field(uint32_t kind)
{
    return kind <= SK_CORE_FIELD_RSHIFT_U64;
}

int sk_core_is_enumval(uint32_t kind)
{
    return kind == SK_CORE_ENUMVAL_EXISTS || kind == SK_CORE_ENUMVAL_VALUE;
}

int sk_core_is_composite(enum sk_btf_kind kind)
{
    return kind == SK_BTF_STRUCT || kind == SK_BTF_UNION;
}

int sk_core_is_enum(enum sk_btf_kind kind)
{
    return kind == SK_BTF_ENUM || kind == SK_BTF_ENUM64;
}

/* ---- Numbers ---------------------------------------------------------------------------- */

enum { DIGITS_MAX = 10 };

/* Leading zeros count as digits: one string may be that of many records. */
static const char *split(const char *text, struct sk_core_path *path)
{
    for (;; text++) {
        uint64_t number = 0;
        const char *digits = text;

        for (; *text >= '0' && *text <= '9'; text++) {
            number = 10 * number + (uint64_t)(*text - '0');
            if (number > INT32_MAX || text - digits >= DIGITS_MAX)
                return "a number of the access string is too big";
        }
        if (text == digits || (*text && *text != ':'))
            return "the access string is not numbers with colons between them";
        if (path->raw_len == SK_CORE_PATH_MAX)
            return "the access string has more than 64 numbers";
        path->raw[path->raw_len++] = (uint32_t)number;
        if (!*text)
            return NULL;
    }
}

/* ---- Fields ----------------------------------------------------------------------------- */

int sk_core_add_elements(struct sk_core_path *path, uint64_t index, uint64_t size)
{
    /* both are below 2^32, and so is what is there in bytes */
    uint64_t bytes = path->bits / 8 + index * size;

    if (bytes > UINT32_MAX)
        return 0;
    path->bits += 8 * index * size;
    return 1;
}

int sk_core_is_flexible(const struct sk_core_path *path, const struct sk_btf_array *array)
{
    const struct sk_core_step *last = &path->steps[path->len - 1];

    return !array->count && last->name &&
           last->index + 1 == sk_btf_type(path->btf, last->type).vlen;
}

static void add_step(struct sk_core_path *path, uint32_t type, uint32_t index,
                     const char *name)
{
    path->steps[path->len++] = (struct sk_core_step){ name, type, index };
}

static const char *add_element(struct sk_core_path *path, uint32_t type, uint32_t index)
{
    uint64_t size;

    if (!sk_btf_size(path->btf, type, &size) || size > UINT32_MAX)
        return "an element has no size";
    if (!sk_core_add_elements(path, index, size))
        return "the offset is too big";
    add_step(path, sk_btf_skip_aliases(path->btf, type).id, index, NULL);
    return NULL;
}

/* One step into *at, which becomes the type behind it. */
static const char *step_into(struct sk_core_path *path, struct sk_btf_type *at,
                             uint32_t index)
{
    uint32_t next;

    if (at->kind == SK_BTF_ARRAY) {
        struct sk_btf_array array = sk_btf_array(at);

        if (index >= array.count && !sk_core_is_flexible(path, &array))
            return "the access string has an element that the array does not have";
        next = array.type;
        SK_CORE_TRY(add_element(path, next, index));
    } else if (sk_core_is_composite(at->kind)) {
        struct sk_btf_member member;

        if (index >= at->vlen)
            return "the access string has a member that the type does not have";
        member = sk_btf_member(path->btf, at, index);
        next = member.type;
        path->bits += member.bit_offset;
        if (*member.name)
            add_step(path, at->id, index, member.name);
    } else {
        return "the access string leads into something that has no parts";
    }
    if (path->bits / 8 > UINT32_MAX)
        return "the offset is too big";
    *at = sk_btf_skip_aliases(path->btf, next);
    return NULL;
}

static const char *parse_field(struct sk_core_path *path)
{
    struct sk_btf_type at = sk_btf_skip_aliases(path->btf, path->root);

    SK_CORE_TRY(add_element(path, path->root, path->raw[0]));
    for (uint32_t i = 1; i < path->raw_len; i++)
        SK_CORE_TRY(step_into(path, &at, path->raw[i]));
    return NULL;
}

static const char *parse_enumval(struct sk_core_path *path)
{
    struct sk_btf_type type = sk_btf_skip_aliases(path->btf, path->root);

    if (!sk_core_is_enum(type.kind))
        return "the type is no enum";
    if (path->raw_len != 1 || path->raw[0] >= type.vlen)
        return "the access string is not the index of one of the enum's values";
    add_step(path, type.id, path->raw[0],
             sk_btf_value(path->btf, &type, path->raw[0]).name);
    return NULL;
}

const char *sk_core_parse(const struct sk_btf *btf, const struct sk_ext_core *record,
                          struct sk_core_path *path)
{
    path->btf = btf;
    path->root = record->type;
    path->raw_len = path->len = 0;
    path->bits = 0;
    if (record->kind >= SK_CORE_KINDS)
        return "no such kind is known";
    SK_CORE_TRY(split(record->access, path));
    if (sk_core_is_field(record->kind))
        return parse_field(path);
    if (sk_core_is_enumval(record->kind))
        return parse_enumval(path);
    return strcmp(record->access, "0") ? "the access string of a type is not \"0\""
                                       : NULL;
}

/* ---- Text ------------------------------------------------------------------------------- */

static const char *const kind_words[SK_CORE_KINDS] = {
    "byte_off",       "byte_sz",       "field_exists",   "signed",      "lshift_u64",
    "rshift_u64",     "local_type_id", "target_type_id", "type_exists", "type_size",
    "enumval_exists", "enumval_value", "type_matches",
};

static const char *const type_words[SK_BTF_KINDS] = {
    "void", "int",     "ptr",      "array",    "struct",   "union",  "enum",
    "fwd",  "typedef", "volatile", "const",    "restrict", "func",   "func_proto",
    "var",  "datasec", "float",    "decl_tag", "type_tag", "enum64",
};

/* Up to 200 characters of foreign text, of which no more is looked at. */
static void put_escaped(struct sk_out *out, const char *text)
{
    char shown[200];
    const char *end = memchr(text, 0, sizeof(shown));
    size_t len = end ? (size_t)(end - text) : sizeof(shown);

    sk_puts(out, sk_escape(shown, sizeof(shown), text, len));
}

static void put_field(const struct sk_core_path *path, struct sk_out *out)
{
    for (uint32_t i = 0; i < path->len; i++) {
        if (path->steps[i].name) {
            sk_puts(out, ".");
            put_escaped(out, path->steps[i].name);
        } else if (i || path->steps[i].index) {
            sk_printf(out, "[%u]", path->steps[i].index);
        }
    }
    for (uint32_t i = 0; i < path->raw_len; i++)
        sk_printf(out, "%s%u", i ? ":" : " (", path->raw[i]);
    sk_printf(out, " @ offset %llu", (unsigned long long)path->bits / 8);
    sk_printf(out, path->bits % 8 ? ".%u)" : ")", (unsigned)(path->bits % 8));
}

static void put_enumval(const struct sk_core_path *path, struct sk_out *out)
{
    struct sk_btf_type type = sk_btf_type(path->btf, path->steps[0].type);
    struct sk_btf_value value = sk_btf_value(path->btf, &type, path->steps[0].index);

    sk_puts(out, "::");
    put_escaped(out, value.name);
    if (type.flag)
        sk_printf(out, " = %lld", (long long)value.value);
    else
        sk_printf(out, " = %llu", (unsigned long long)value.value);
}

void sk_core_put(const struct sk_btf *local, const struct sk_ext_core *record,
                 struct sk_out *out)
{
    struct sk_core_path path;
    struct sk_btf_type type = sk_btf_type(local, record->type);
    const char *why = sk_core_parse(local, record, &path);

    sk_printf(out, "<%s> [%u] %s ",
              record->kind < SK_CORE_KINDS ? kind_words[record->kind] : "unknown",
              record->type, type_words[type.kind]);
    put_escaped(out, *type.name ? type.name : "<anon>");
    if (why) {
        sk_puts(out, " (");
        put_escaped(out, record->access);
        sk_puts(out, ")");
    } else if (sk_core_is_field(record->kind)) {
        put_field(&path, out);
    } else if (sk_core_is_enumval(record->kind)) {
        put_enumval(&path, out);
    }
}
