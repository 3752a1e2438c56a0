/* BTF's header and strings, and reading its records:
 *
 *     header | records, one behind the other | strings, each with its NUL
 *
 *     record   name_off:32 | info:32 | size or type:32 | what the kind has
 *     info     kind_flag:1 | 0:2 | kind:5 | 0:8 | vlen:16 */
#include "btf/btf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "btf/check.h"

enum { HEADER_BYTES = 24, HEAD_BYTES = 12 };

/* Fields of the header, and of a record's head. */
enum {
    H_MAGIC = 0,
    H_VERSION = 2,
    H_FLAGS = 3,
    H_LEN = 4,
    H_TYPE_OFF = 8,
    H_TYPE_LEN = 12,
    H_STR_OFF = 16,
    H_STR_LEN = 20,
};
enum { R_NAME = 0, R_INFO = 4, R_SIZE = 8 };

/* ---- Bytes ------------------------------------------------------------------------ */

/* The one way to the bytes; NULL if not all are there. */
static const uint8_t *get(const struct sk_btf *btf, uint64_t at, uint64_t len)
{
    if (at > btf->len || len > btf->len - at)
        return NULL;
    return btf->data + at;
}

static uint32_t get32(const struct sk_btf *btf, uint64_t at)
{
    const uint8_t *p = get(btf, at, 4);

    return p ? sk_le32(sk_load32(p)) : 0;
}

/* Word i of a record behind its head, which was checked to be there. */
static uint32_t word(const struct sk_btf_type *type, uint64_t i)
{
    return sk_le32(sk_load32(type->more + 4 * i));
}

/* ---- Faults ----------------------------------------------------------------------- */

static enum skep_code fail_at(const struct sk_btf *btf, uint64_t at, const char *what,
                              struct skep_err *err)
{
    uint64_t in_file = btf->source.offset + at;
    char name[SK_SHOWN_MAX];

    if (!btf->source.section)
        return sk_fail(err, E_BTF, sk_at_part(in_file), (unsigned long long)in_file,
                       what);
    return sk_fail(err, E_SECTION, sk_at_part(in_file),
                   sk_shown(name, btf->source.section), btf->source.index,
                   (unsigned long long)in_file, what);
}

__attribute__((format(printf, 4, 5))) static enum skep_code
fail_header(const struct sk_btf *btf, uint64_t at, struct skep_err *err,
            const char *format, ...)
{
    char what[SKEP_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return fail_at(btf, at, what, err);
}

enum skep_code sk_btf_fail(const struct sk_btf *btf, uint32_t id, uint64_t at,
                           struct skep_err *err, const char *format, ...)
{
    char what[SKEP_MESSAGE_MAX];
    int n = snprintf(what, sizeof(what), "type %u: ", id);
    va_list args;

    va_start(args, format);
    vsnprintf(what + n, sizeof(what) - (size_t)n, format, args);
    va_end(args);
    return fail_at(btf, at, what, err);
}

/* ---- Opening --------------------------------------------------------------------- */

static enum skep_code check_magic(const struct sk_btf *btf, struct skep_err *err)
{
    uint32_t magic, header;

    if (btf->len < HEADER_BYTES)
        return fail_header(btf, btf->len, err, "%zu bytes are no BTF, its header has %d",
                           btf->len, HEADER_BYTES);
    magic = sk_le16(sk_load16(get(btf, H_MAGIC, 2)));
    if (magic == __builtin_bswap16(SK_BTF_MAGIC))
        return fail_header(btf, H_MAGIC, err,
                           "big-endian BTF is not supported, little-endian was expected");
    if (magic != SK_BTF_MAGIC)
        return fail_header(btf, H_MAGIC, err, "the magic number is 0x%04x, not 0x%04x",
                           magic, (unsigned)SK_BTF_MAGIC);
    if (btf->data[H_VERSION] != 1)
        return fail_header(btf, H_VERSION, err, "version %u of BTF, 1 was expected",
                           btf->data[H_VERSION]);
    if (btf->data[H_FLAGS])
        return fail_header(btf, H_FLAGS, err, "flags 0x%x, none are known",
                           btf->data[H_FLAGS]);
    header = get32(btf, H_LEN);
    if (header < HEADER_BYTES || header > btf->len)
        return fail_header(btf, H_LEN, err,
                           "a header of %u bytes, %d to %zu were expected", header,
                           HEADER_BYTES, btf->len);
    return SKEP_OK;
}

/* A part [off, off + len) behind the header, by the field that has its offset. */
static enum skep_code find_part(const struct sk_btf *btf, uint64_t field,
                                const char *name, uint64_t *at, uint64_t *len,
                                struct skep_err *err)
{
    uint64_t from = (uint64_t)get32(btf, H_LEN) + get32(btf, field);
    uint64_t bytes = get32(btf, field + 4);

    if (!get(btf, from, bytes))
        return fail_header(btf, field, err,
                           "the %s are %llu bytes at 0x%llx, past the end at 0x%zx", name,
                           (unsigned long long)bytes, (unsigned long long)from, btf->len);
    *at = from;
    *len = bytes;
    return SKEP_OK;
}

static enum skep_code check_strings(const struct sk_btf *btf, struct skep_err *err)
{
    const uint8_t *strings = get(btf, btf->strings, btf->strings_len);

    if (!btf->strings_len)
        return btf->base ? SKEP_OK
                         : fail_header(btf, H_STR_LEN, err, "there are no strings");
    if (strings[btf->strings_len - 1])
        return fail_header(btf, btf->strings + btf->strings_len - 1, err,
                           "the last string does not end with a NUL");
    if (!btf->base && strings[0])
        return fail_header(btf, btf->strings, err, "the first string is not empty");
    if (btf->string_first + btf->strings_len > UINT32_MAX)
        return fail_header(btf, H_STR_LEN, err, "more strings than offsets can tell");
    return SKEP_OK;
}

/* Walks over the records; with `at` their places are kept. Returns how many there are in front
 * of the end or of one that is cut or unknown, whose place is *bad; else that is 0. */
static uint32_t walk(const struct sk_btf *btf, uint32_t *at, uint64_t *bad)
{
    uint64_t place = btf->types, end = btf->types + btf->types_len;
    uint32_t count = 0;

    while (place < end) {
        uint64_t len = end - place < HEAD_BYTES ? 0 : sk_btf_record_len(btf, place);

        if (!len || len > end - place) {
            *bad = place;
            return count;
        }
        if (at)
            at[count] = (uint32_t)place;
        count++;
        place += len;
    }
    return count;
}

/* The record at `bad`, behind `count` others, is none. */
static enum skep_code refuse_record(const struct sk_btf *btf, uint32_t count,
                                    uint64_t bad, struct skep_err *err)
{
    uint64_t id = (uint64_t)btf->first + count;

    if (btf->types + btf->types_len - bad < HEAD_BYTES || sk_btf_record_len(btf, bad))
        return fail_header(btf, bad, err, "type %llu: the last type is cut",
                           (unsigned long long)id);
    return fail_header(
        btf, bad, err,
        "type %llu: its kind is %u, an unknown kind; 1 to %d were expected",
        (unsigned long long)id, get32(btf, bad + R_INFO) >> 24 & 31, SK_BTF_KINDS - 1);
}

static enum skep_code find_records(struct sk_btf *btf, struct skep_err *err)
{
    uint64_t bad = 0;
    uint32_t count = walk(btf, NULL, &bad);

    if (bad)
        return refuse_record(btf, count, bad, err);
    if (count > UINT32_MAX - 1 - btf->first)
        return fail_header(btf, btf->types, err, "more types than ids can tell");
    btf->at = sk_mem_resize(&btf->mem, NULL, 0, count ? count : 1, sizeof(btf->at[0]));
    if (!btf->at)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(btf->at[0]));
    btf->count = btf->first + count;
    walk(btf, btf->at, &bad);
    return SKEP_OK;
}

/* BTF does not say how long pointers are. In all ABIs of Linux they are as long as long,
 * which compilers write in these ways. */
static uint32_t find_pointer_size(const struct sk_btf *btf)
{
    static const char *const names[] = { "long", "long int", "unsigned long",
                                         "long unsigned int" };

    if (btf->base)
        return btf->base->pointer_size;
    for (uint32_t id = 1; id < btf->count; id++) {
        struct sk_btf_type type = sk_btf_type(btf, id);

        if (type.kind != SK_BTF_INT || (type.size != 4 && type.size != 8))
            continue;
        for (size_t i = 0; i < SK_LEN(names); i++) {
            if (!strcmp(type.name, names[i]))
                return type.size;
        }
    }
    return 8;
}

static enum skep_code open_checked(struct sk_btf *btf, struct skep_err *err)
{
    SK_TRY(check_magic(btf, err));
    SK_TRY(find_part(btf, H_TYPE_OFF, "types", &btf->types, &btf->types_len, err));
    SK_TRY(find_part(btf, H_STR_OFF, "strings", &btf->strings, &btf->strings_len, err));
    if (get32(btf, H_TYPE_OFF) % 4)
        return fail_header(btf, H_TYPE_OFF, err, "the types are not aligned to 4");
    SK_TRY(check_strings(btf, err));
    SK_TRY(find_records(btf, err));
    btf->pointer_size = find_pointer_size(btf);
    return sk_btf_check(btf, err);
}

enum skep_code sk_btf_open(struct sk_btf *btf, const struct sk_mem *mem, const void *data,
                           size_t len, const struct sk_btf *base,
                           const struct sk_btf_source *source, struct skep_err *err)
{
    struct sk_btf fresh = { .mem = *mem, .base = base, .data = data, .len = len };
    enum skep_code code;

    if (source)
        fresh.source = *source;
    fresh.first = base ? base->count : 1;
    fresh.string_first = base ? (uint32_t)(base->string_first + base->strings_len) : 0;
    if (len > UINT32_MAX)
        return fail_header(&fresh, 0, err, "more than 4 GiB of BTF");
    code = open_checked(&fresh, err);
    if (code)
        sk_btf_close(&fresh);
    else
        *btf = fresh;
    return code;
}

void sk_btf_close(struct sk_btf *btf)
{
    if (btf->at) {
        uint32_t count = btf->count - btf->first;

        sk_mem_free(&btf->mem, btf->at, count ? count : 1, sizeof(btf->at[0]));
    }
    *btf = (struct sk_btf){ 0 };
}

/* ---- Types ----------------------------------------------------------------------- */

const char *sk_btf_string(const struct sk_btf *btf, uint32_t offset)
{
    while (btf->base && offset < btf->string_first)
        btf = btf->base;
    if (offset < btf->string_first || offset - btf->string_first >= btf->strings_len)
        return NULL;
    return (const char *)get(btf, btf->strings + offset - btf->string_first, 1);
}

static const char *name_at(const struct sk_btf *btf, uint32_t offset)
{
    const char *name = sk_btf_string(btf, offset);

    return name ? name : "";
}

/* Whether a kind's third word is a size. */
static int has_size(uint32_t kind)
{
    return kind == SK_BTF_INT || kind == SK_BTF_STRUCT || kind == SK_BTF_UNION ||
           kind == SK_BTF_ENUM || kind == SK_BTF_ENUM64 || kind == SK_BTF_DATASEC ||
           kind == SK_BTF_FLOAT;
}

struct sk_btf_type sk_btf_type(const struct sk_btf *btf, uint32_t id)
{
    struct sk_btf_type type = { .id = id, .name = "" };
    const struct sk_btf *own = btf;
    uint32_t info, third;
    uint64_t at;

    while (own->base && id < own->first)
        own = own->base;
    if (id < own->first)
        return type;
    at = own->at[id - own->first];
    info = get32(own, at + R_INFO);
    third = get32(own, at + R_SIZE);
    type.kind = (enum sk_btf_kind)(info >> 24 & 0x1f);
    type.vlen = info & 0xffff;
    type.flag = info >> 31;
    type.name = name_at(btf, get32(own, at + R_NAME));
    type.more = own->data + at + HEAD_BYTES;
    if (has_size(type.kind))
        type.size = third;
    else if (type.kind == SK_BTF_ARRAY)
        type.type = word(&type, 0);
    else
        type.type = third;
    return type;
}

struct sk_btf_int sk_btf_int(const struct sk_btf_type *type)
{
    uint32_t w = word(type, 0);

    return (struct sk_btf_int){ .encoding = w >> 24 & 0xf,
                                .offset = w >> 16 & 0xff,
                                .bits = w & 0xff };
}

struct sk_btf_array sk_btf_array(const struct sk_btf_type *type)
{
    return (struct sk_btf_array){ word(type, 0), word(type, 1), word(type, 2) };
}

struct sk_btf_member sk_btf_member(const struct sk_btf *btf,
                                   const struct sk_btf_type *type, uint32_t i)
{
    uint32_t offset = word(type, 3 * (uint64_t)i + 2);

    return (struct sk_btf_member){
        .name = name_at(btf, word(type, 3 * (uint64_t)i)),
        .type = word(type, 3 * (uint64_t)i + 1),
        .bit_offset = type->flag ? offset & 0xffffff : offset,
        .bits = type->flag ? offset >> 24 : 0,
    };
}

struct sk_btf_value sk_btf_value(const struct sk_btf *btf, const struct sk_btf_type *type,
                                 uint32_t i)
{
    uint64_t step = type->kind == SK_BTF_ENUM ? 2 : 3, at = step * i;
    struct sk_btf_value value = { .name = name_at(btf, word(type, at)),
                                  .value = word(type, at + 1) };

    if (type->kind == SK_BTF_ENUM64)
        value.value |= (uint64_t)word(type, at + 2) << 32;
    else if (type->flag)
        value.value = sk_sext32(value.value);
    return value;
}

struct sk_btf_param sk_btf_param(const struct sk_btf *btf, const struct sk_btf_type *type,
                                 uint32_t i)
{
    return (struct sk_btf_param){ name_at(btf, word(type, 2 * (uint64_t)i)),
                                  word(type, 2 * (uint64_t)i + 1) };
}

struct sk_btf_secvar sk_btf_secvar(const struct sk_btf_type *type, uint32_t i)
{
    return (struct sk_btf_secvar){ word(type, 3 * (uint64_t)i),
                                   word(type, 3 * (uint64_t)i + 1),
                                   word(type, 3 * (uint64_t)i + 2) };
}

enum sk_btf_linkage sk_btf_var_linkage(const struct sk_btf_type *type)
{
    return (enum sk_btf_linkage)word(type, 0);
}

int32_t sk_btf_component(const struct sk_btf_type *type)
{
    return (int32_t)word(type, 0);
}

const char *sk_btf_kind_name(enum sk_btf_kind kind)
{
    static const char *const names[SK_BTF_KINDS] = {
        "UNKN", "INT",     "PTR",      "ARRAY",    "STRUCT",   "UNION",  "ENUM",
        "FWD",  "TYPEDEF", "VOLATILE", "CONST",    "RESTRICT", "FUNC",   "FUNC_PROTO",
        "VAR",  "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG", "ENUM64",
    };

    return (uint32_t)kind < SK_BTF_KINDS ? names[kind] : names[0];
}

/* ---- Through types --------------------------------------------------------------- */

int sk_btf_is_modifier(enum sk_btf_kind kind)
{
    return kind == SK_BTF_VOLATILE || kind == SK_BTF_CONST || kind == SK_BTF_RESTRICT ||
           kind == SK_BTF_TYPE_TAG;
}

int sk_btf_is_alias(enum sk_btf_kind kind)
{
    return kind == SK_BTF_TYPEDEF || sk_btf_is_modifier(kind);
}

struct sk_btf_type sk_btf_skip_modifiers(const struct sk_btf *btf, uint32_t id)
{
    struct sk_btf_type type = sk_btf_type(btf, id);

    while (sk_btf_is_modifier(type.kind))
        type = sk_btf_type(btf, type.type);
    return type;
}

struct sk_btf_type sk_btf_skip_aliases(const struct sk_btf *btf, uint32_t id)
{
    struct sk_btf_type type = sk_btf_type(btf, id);

    while (sk_btf_is_alias(type.kind))
        type = sk_btf_type(btf, type.type);
    return type;
}

int sk_btf_size(const struct sk_btf *btf, uint32_t id, uint64_t *size)
{
    uint64_t times = 1;

    for (;;) {
        struct sk_btf_type type = sk_btf_type(btf, id);
        uint64_t one = type.kind == SK_BTF_PTR ? btf->pointer_size : type.size;

        if (type.kind == SK_BTF_ARRAY) {
            uint32_t count = sk_btf_array(&type).count;

            /* more than 2^32 of anything is as good as too much */
            times = count && times > UINT32_MAX ? times : times * count;
        } else if (has_size(type.kind) || type.kind == SK_BTF_PTR) {
            if (one && times > UINT64_MAX / one)
                return 0;
            *size = times * one;
            return 1;
        } else if (!sk_btf_is_alias(type.kind) && type.kind != SK_BTF_VAR) {
            return 0;
        }
        id = type.type;
    }
}

uint32_t sk_btf_find(const struct sk_btf *btf, const char *name, enum sk_btf_kind kind,
                     uint32_t from)
{
    for (uint32_t id = from ? from : 1; id < btf->count; id++) {
        struct sk_btf_type type = sk_btf_type(btf, id);

        if ((kind == SK_BTF_VOID || type.kind == kind) && !strcmp(type.name, name))
            return id;
    }
    return 0;
}
