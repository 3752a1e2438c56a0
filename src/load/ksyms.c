/* Externs of .ksyms: what the kernel has by name.
 *
 * Without a type (void), it is an address that the kernel's symbol table tells. With one, it
 * is a variable or a function among the kernel's types, vmlinux before modules, of a
 * compatible type. A function's name may end in a flavour, "bpf_x___old", which the kernel's
 * does not have; so one object declares several forms of it. */
#include <string.h>

#include "base/sort.h"
#include "load/core_parts.h"
#include "load/externs.h"

enum { COMPARE_STEPS = 10000 };

/* An extern that is looked for among types. */
struct wanted {
    const char *name; /* the kernel's */
    size_t len;
    uint32_t ext;
};

static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order ? order : a_len < b_len ? -1 : a_len > b_len;
}

static int wanted_before(const void *a, const void *b, const void *ctx)
{
    const struct wanted *x = a, *y = b;
    int order = compare_names(x->name, x->len, y->name, y->len);

    (void)ctx;
    return order ? order < 0 : x->ext < y->ext;
}

struct finder {
    struct sk_object *object;
    struct wanted *wanted;
    uint32_t count;
};

/* Sets the extern to the kernel's type `id`, if that is of its kind and compatible. The first
 * of a name counts, whatever it is. */
static void take(struct sk_object *object, struct sk_obj_extern *ext, uint32_t index,
                 uint32_t id)
{
    const struct sk_btf *kernel = object->kernel.btf[index];
    struct sk_core_work work = { .left = COMPARE_STEPS };
    struct sk_core_pair pair = { .l = &object->btf, .t = kernel, .work = &work };
    struct sk_btf_type type = sk_btf_type(kernel, id);

    if (ext->is_found || ext->is_incompatible ||
        ext->is_func != (type.kind == SK_BTF_FUNC))
        return;
    if (sk_core_compatible(&pair, sk_extern_type(object, ext),
                           sk_btf_skip_aliases(kernel, type.type).id) != SK_CORE_FITS) {
        ext->is_incompatible = 1;
        return;
    }
    ext->is_found = 1;
    ext->kernel_btf_id = id;
    ext->kernel_btf = index;
}

static int has_name_before(const void *item, const void *key)
{
    const struct wanted *x = item, *y = key;

    return compare_names(x->name, x->len, y->name, y->len) < 0;
}

/* Offers a VAR or FUNC of the kernel to all externs that want its name. */
static void offer(const struct finder *f, uint32_t index, const struct sk_btf_type *type)
{
    const struct wanted key = { type->name, sk_obj_name_len(type->name), 0 };

    for (size_t i =
             sk_lower_bound(f->wanted, f->count, sizeof(key), has_name_before, &key);
         i < f->count; i++) {
        const struct wanted *w = &f->wanted[i];

        if (compare_names(w->name, w->len, key.name, key.len))
            break;
        take(f->object, &f->object->externs[w->ext], index, type->id);
    }
}

static void search(const struct finder *f, uint32_t index)
{
    const struct sk_btf *kernel = f->object->kernel.btf[index];

    for (uint32_t id = kernel->first; id < sk_btf_count(kernel); id++) {
        struct sk_btf_type type = sk_btf_type(kernel, id);

        if (type.kind == SK_BTF_VAR || type.kind == SK_BTF_FUNC)
            offer(f, index, &type);
    }
}

/* Looks up what has no type, and notes in f->wanted what has one. */
static void find_symbols(struct finder *f)
{
    const struct sk_kernel *kernel = &f->object->kernel;

    for (uint32_t i = 0; i < f->object->extern_count; i++) {
        struct sk_obj_extern *ext = &f->object->externs[i];
        size_t len = sk_obj_name_len(ext->name);

        if (!ext->section_id || ext->is_kconfig)
            continue;
        ext->is_found = ext->is_incompatible = 0;
        if (ext->is_func || sk_extern_type(f->object, ext)) {
            if (ext->is_func)
                len = sk_obj_essential_len(ext->name);
            f->wanted[f->count++] = (struct wanted){ ext->name, len, i };
        } else if (kernel->symbol) {
            ext->is_found = kernel->symbol(kernel->ctx, ext->name, &ext->address) == 1;
        }
    }
}

enum skep_code sk_ksyms_resolve(struct sk_object *object, struct skep_err *err)
{
    struct finder f = { .object = object };

    if (!object->extern_count)
        return SKEP_OK;
    f.wanted = sk_mem_new(&object->mem, object->extern_count, sizeof(f.wanted[0]));
    if (!f.wanted)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       object->extern_count * sizeof(f.wanted[0]));
    find_symbols(&f);
    sk_sort(f.wanted, f.count, sizeof(f.wanted[0]), wanted_before, NULL);
    for (uint32_t i = 0; f.count && i < object->kernel.btf_count; i++)
        search(&f, i);
    sk_mem_free(&object->mem, f.wanted, object->extern_count, sizeof(f.wanted[0]));
    return SKEP_OK;
}
