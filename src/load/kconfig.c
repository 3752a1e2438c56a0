/* Externs of .kconfig: values of the kernel's configuration, as variables.
 *
 * They lie in a map of their own, ordered by alignment (the greatest first), size and name.
 * What they are is in the text of a configuration, lines CONFIG_NAME=VALUE, of which the first
 * one counts:
 *
 *     y, m, n     bool (but m), enum libbpf_tristate, or a char with that letter
 *     "text"      an array of char; cut if it is too long, as libbpf does
 *     number      integers, if it fits
 *
 * Besides, LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and LINUX_HAS_SYSCALL_WRAPPER are what
 * libbpf finds out about the kernel. */
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "base/num.h"
#include "base/sort.h"
#include "load/externs.h"

enum { TRISTATE_BYTES = 4 };

enum value_kind { NOTHING, BOOL, CHAR, INT, TRISTATE, STRING };

struct shape {
    enum value_kind kind;
    int is_signed;
    uint64_t size, align;
};

/* ---- Types ------------------------------------------------------------------------ */

static struct shape shape_of_int(const struct sk_btf_type *type)
{
    uint32_t encoding = sk_btf_int(type).encoding, size = type->size;
    struct shape shape = { .kind = INT,
                           .is_signed = (encoding & SK_BTF_SIGNED) != 0,
                           .size = size,
                           .align = size };

    if (encoding & SK_BTF_BOOL)
        shape.kind = size == 1 ? BOOL : NOTHING;
    else if (size == 1)
        shape.kind = CHAR;
    else if (size != 2 && size != 4 && size != 8)
        shape.kind = NOTHING;
    return shape;
}

static struct shape shape_of(const struct sk_object *object, uint32_t id)
{
    struct sk_btf_type type = sk_btf_skip_aliases(&object->btf, id);
    struct shape shape = { .kind = NOTHING };
    struct sk_btf_array array;

    switch (type.kind) {
    case SK_BTF_INT:
        return shape_of_int(&type);
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        if (type.size >= TRISTATE_BYTES && !strcmp(type.name, "libbpf_tristate"))
            shape = (struct shape){ TRISTATE, 0, type.size, type.size };
        return shape;
    case SK_BTF_ARRAY:
        array = sk_btf_array(&type);
        type = sk_btf_skip_aliases(&object->btf, array.type);
        if (array.count && type.kind == SK_BTF_INT && shape_of_int(&type).kind == CHAR)
            shape = (struct shape){ STRING, 0, array.count, 1 };
        return shape;
    default:
        return shape;
    }
}

static struct shape shape_of_extern(const struct sk_object *object,
                                    const struct sk_obj_extern *ext)
{
    return shape_of(object, sk_btf_type(&object->btf, ext->btf_id).type);
}

void sk_kconfig_measure(const struct sk_object *object, struct sk_obj_extern *ext)
{
    struct shape shape = shape_of_extern(object, ext);

    ext->size = shape.kind == NOTHING ? 0 : shape.size;
}

/* ---- The layout ------------------------------------------------------------------- */

static int place_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *o = ctx;
    const struct sk_obj_extern *x = &o->externs[*(const uint32_t *)a];
    const struct sk_obj_extern *y = &o->externs[*(const uint32_t *)b];
    uint64_t x_align = shape_of_extern(o, x).align, y_align = shape_of_extern(o, y).align;
    int order;

    if (x_align != y_align)
        return x_align > y_align;
    if (x->size != y->size)
        return x->size < y->size;
    order = sk_obj_name_cmp(x->name, y->name);
    return order ? order < 0 : x->symbol < y->symbol;
}

void sk_kconfig_lay_out(struct sk_object *object, uint32_t *scratch)
{
    uint32_t count = 0;
    uint64_t at = 0;

    for (uint32_t i = 0; i < object->extern_count; i++) {
        if (object->externs[i].is_kconfig && object->externs[i].size)
            scratch[count++] = i;
    }
    sk_sort(scratch, count, sizeof(scratch[0]), place_before, object);
    for (uint32_t i = 0; i < count; i++) {
        struct sk_obj_extern *e = &object->externs[scratch[i]];
        uint64_t align = shape_of_extern(object, e).align;

        at = (at + align - 1) & ~(align - 1);
        e->offset = at;
        at += e->size;
    }
}

/* ---- Values ----------------------------------------------------------------------- */

struct resolver {
    struct sk_object *object;
    struct sk_obj_map *map;
    uint32_t *order; /* externs of .kconfig by name */
    uint32_t count;
    struct skep_err *err;
};

static enum skep_code fail_value(const struct resolver *r,
                                 const struct sk_obj_extern *ext, const char *value,
                                 size_t len, const char *why)
{
    char name[SK_SHOWN_MAX], shown[SK_SHOWN_MAX], what[SKEP_MESSAGE_MAX];
    struct sk_out out;

    sk_out_buf(&out, what, sizeof(what));
    sk_printf(&out, "the kernel's configuration has '%s': %s",
              sk_escape(shown, sizeof(shown), value, len), why);
    return sk_fail(r->err, E_EXTERN, sk_at_nothing(), sk_shown(name, ext->name), what);
}

/* Puts a number into the map, `size` bytes of it. */
static void put_number(const struct resolver *r, struct sk_obj_extern *ext,
                       uint64_t value, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        r->map->data[ext->offset + i] = (uint8_t)(value >> 8 * i);
    ext->is_found = 1;
}

/* Whether `size` bytes, signed or not, hold the number. */
static int fits(const struct shape *shape, uint64_t value)
{
    uint64_t limit;

    if (shape->size == 8)
        return 1;
    limit = (uint64_t)1 << 8 * shape->size;
    return shape->is_signed ? value + limit / 2 < limit : value < limit;
}

static enum skep_code set_letter(const struct resolver *r, struct sk_obj_extern *ext,
                                 const char *value, size_t len)
{
    struct shape shape = shape_of_extern(r->object, ext);
    char letter = value[0];

    if (shape.kind == CHAR) {
        put_number(r, ext, (uint8_t)letter, 1);
    } else if (shape.kind == TRISTATE) {
        put_number(r, ext, letter == 'y' ? 1 : letter == 'm' ? 2 : 0, TRISTATE_BYTES);
    } else if (shape.kind == BOOL && letter != 'm') {
        put_number(r, ext, letter == 'y', 1);
    } else {
        return fail_value(r, ext, value, len,
                          letter == 'm' ? "that is for a char or enum libbpf_tristate"
                                        : "that is for a bool, char or enum "
                                          "libbpf_tristate");
    }
    return SKEP_OK;
}

/* A string loses its quotes; a lone quote is both of none. */
static enum skep_code set_string(const struct resolver *r, struct sk_obj_extern *ext,
                                 const char *value, size_t len)
{
    size_t room = ext->size - 1;

    if (shape_of_extern(r->object, ext).kind != STRING)
        return fail_value(r, ext, value, len, "that is for an array of char");
    if (len < 2 || value[len - 1] != '"')
        return fail_value(r, ext, value, len, "the closing quote is missing");
    len -= 2;
    memcpy(r->map->data + ext->offset, value + 1, len < room ? len : room);
    ext->is_found = 1;
    return SKEP_OK;
}

static enum skep_code set_number(const struct resolver *r, struct sk_obj_extern *ext,
                                 const char *value, size_t len)
{
    struct shape shape = shape_of_extern(r->object, ext);
    size_t sign = value[0] == '-' || value[0] == '+', used;
    uint64_t number;

    if (sk_num_read(value + sign, len - sign, &used, &number) || used + sign != len)
        return fail_value(r, ext, value, len, "that is no number");
    if (value[0] == '-')
        number = 0 - number;
    if (shape.kind != INT && shape.kind != CHAR)
        return fail_value(r, ext, value, len, "that is for an integer or a char");
    if (!fits(&shape, number) ||
        (value[0] == '-' && shape.is_signed && (int64_t)number > 0))
        return fail_value(r, ext, value, len, "it does not fit in the variable");
    put_number(r, ext, number, shape.size);
    return SKEP_OK;
}

/* ---- The text --------------------------------------------------------------------- */

/* How a name compares with the `len` bytes at text, none of which is 0. */
static int compare(const char *name, const char *text, size_t len)
{
    int order = strncmp(name, text, len);

    return order ? order : name[len] != 0;
}

static enum skep_code set_value(const struct resolver *r, struct sk_obj_extern *ext,
                                const char *value, size_t len)
{
    switch (value[0]) {
    case 'y':
    case 'm':
    case 'n':
        return set_letter(r, ext, value, len);
    case '"':
        return set_string(r, ext, value, len);
    default:
        return set_number(r, ext, value, len);
    }
}

/* A name in the text, and the externs that it is looked for among. */
struct wanted {
    const struct sk_obj_extern *externs;
    const char *name;
    size_t len;
};

static int is_before_wanted(const void *item, const void *key)
{
    const struct wanted *wanted = key;

    return compare(wanted->externs[*(const uint32_t *)item].name, wanted->name,
                   wanted->len) < 0;
}

/* Sets all externs of the name that begins the line; others than CONFIG_ are none. */
static enum skep_code read_line(const struct resolver *r, const char *line, size_t len,
                                uint32_t number)
{
    const char *equals = memchr(line, '=', len);
    size_t name_len = equals ? (size_t)(equals - line) : len;
    const struct wanted wanted = { r->object->externs, line, name_len };

    if (len < 7 || memcmp(line, "CONFIG_", 7))
        return SKEP_OK;
    if (!equals || name_len + 1 >= len || memchr(line, 0, name_len))
        return sk_fail(r->err, E_SYNTAX, sk_at_text(number, 1),
                       "a line NAME=VALUE of the kernel's configuration was expected");
    for (size_t i = sk_lower_bound(r->order, r->count, sizeof(r->order[0]),
                                   is_before_wanted, &wanted);
         i < r->count; i++) {
        struct sk_obj_extern *ext = &r->object->externs[r->order[i]];

        if (ext->is_found || compare(ext->name, line, name_len))
            break;
        SK_TRY(set_value(r, ext, equals + 1, len - name_len - 1));
    }
    return SKEP_OK;
}

static enum skep_code read_config(const struct resolver *r)
{
    const char *at = r->object->kernel.config;
    const char *end = at ? at + r->object->kernel.config_len : NULL;

    for (uint32_t number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);

        SK_TRY(read_line(r, at, len, number));
        at += len + (newline != NULL);
    }
    return SKEP_OK;
}

/* ---- What libbpf finds out -------------------------------------------------------- */

enum { VERSION_4_17 = 4 << 16 | 17 << 8, VERSION_5_15 = 5 << 16 | 15 << 8 };

/* System calls of Linux 4.17 have wrappers, whose names begin with the machine's. */
static int has_wrapper(const struct sk_kernel *kernel)
{
    static const char *const names[] = { "__x64_sys_bpf", "__arm64_sys_bpf",
                                         "__s390x_sys_bpf", "__riscv_sys_bpf" };
    uint64_t address;

    if (!kernel->symbol)
        return kernel->version >= VERSION_4_17;
    for (size_t i = 0; i < SK_LEN(names); i++) {
        if (kernel->symbol(kernel->ctx, names[i], &address))
            return 1;
    }
    return 0;
}

static enum skep_code set_virtual(const struct resolver *r, struct sk_obj_extern *ext)
{
    const struct sk_kernel *kernel = &r->object->kernel;
    struct shape shape = shape_of_extern(r->object, ext);
    uint64_t value;

    if (!strcmp(ext->name, "LINUX_KERNEL_VERSION"))
        value = kernel->version;
    else if (!strcmp(ext->name, "LINUX_HAS_BPF_COOKIE"))
        value = kernel->version >= VERSION_5_15;
    else if (!strcmp(ext->name, "LINUX_HAS_SYSCALL_WRAPPER"))
        value = (uint64_t)has_wrapper(kernel);
    else
        return SKEP_OK;
    if (!kernel->version)
        return SKEP_OK;
    if ((shape.kind != INT && shape.kind != CHAR && shape.kind != BOOL) ||
        !fits(&shape, value))
        return fail_value(r, ext, ext->name, strlen(ext->name),
                          "its value does not fit in the variable");
    put_number(r, ext, value, shape.size);
    return SKEP_OK;
}

/* ---- All -------------------------------------------------------------------------- */

static enum skep_code resolve(struct resolver *r)
{
    struct sk_object *o = r->object;

    for (uint32_t i = 0; i < o->extern_count; i++) {
        struct sk_obj_extern *ext = &o->externs[i];

        if (!ext->is_kconfig || !ext->size)
            continue;
        ext->is_found = 0;
        r->order[r->count++] = i;
        SK_TRY(set_virtual(r, ext));
    }
    sk_sort(r->order, r->count, sizeof(r->order[0]), sk_extern_name_before, o->externs);
    return read_config(r);
}

enum skep_code sk_kconfig_resolve(struct sk_object *object, struct skep_err *err)
{
    struct resolver r = { .object = object, .err = err };
    enum skep_code code;

    for (uint32_t i = 0; i < object->map_count && !r.map; i++) {
        if (object->maps[i].role == SK_OBJ_MAP_KCONFIG)
            r.map = &object->maps[i];
    }
    if (!r.map)
        return SKEP_OK;
    memset(r.map->data, 0, r.map->data_size);
    r.order = sk_mem_new(&object->mem, object->extern_count, sizeof(r.order[0]));
    if (!r.order)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       object->extern_count * sizeof(r.order[0]));
    code = resolve(&r);
    sk_mem_free(&object->mem, r.order, object->extern_count, sizeof(r.order[0]));
    return code;
}
