/* Fuzz target: objects, src/load with the types of src/btf: opened, looked at, and each
 * program built. The whole input is the object. Byte 8, of the ELF header's padding, says
 * against which kernel. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_mem.h"
#include "kernel.h"
#include "load/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(enum skep_code code, const struct skep_err *err)
{
    if (err->code != code || !err->message[0])
        abort();
    for (const char *c = err->message; *c; c++) {
        if (*c < ' ' || *c > '~')
            abort();
    }
}

/* What users rely on: see struct sk_built. */
static void check_built(const struct sk_object *object, const struct sk_built *built)
{
    if (!built->count || !built->func_count || built->funcs[0].first)
        abort();
    for (uint32_t i = 0; i < built->func_count; i++) {
        if (built->funcs[i].func >= object->func_count ||
            built->funcs[i].first >= built->count)
            abort();
    }
    for (uint32_t i = 0; i < built->line_count; i++) {
        if (built->lines[i].pc >= built->count ||
            (i && built->lines[i - 1].pc > built->lines[i].pc))
            abort();
    }
}

static void build_all(struct sk_object *object)
{
    for (uint32_t i = 0; i < object->prog_count; i++) {
        struct skep_err err = { 0 };
        struct sk_built built;
        enum skep_code code = sk_object_build(object, i, &built, &err);

        if (code) {
            check_error(code, &err);
            continue;
        }
        check_built(object, &built);
        sk_built_fini(&built);
    }
}

/* Files of other machines, for their types. */
static void open_any(const uint8_t *data, size_t size)
{
    struct skep_err err = { 0 };
    struct sk_elf elf;
    enum skep_code code = sk_elf_open_any(&elf, data, size, &err);

    if (code)
        check_error(code, &err);
}

/* ---- The kernel -------------------------------------------------------------------------- */

enum { OWN_TYPES = 1, NO_CONFIG = 2, CHOICE_AT = 8 };

static const char config[] = "#\n# A kernel\nCONFIG_TEXT=\"a text\"\nCONFIG_YES=y\n"
                             "CONFIG_TRI_YES=y\nCONFIG_MODULE=m\nCONFIG_CHAR_YES=y\n"
                             "CONFIG_CHAR_MODULE=m\nCONFIG_NUMBER=1234\n"
                             "CONFIG_HEX=0xdeadbeef\nCONFIG_NEGATIVE=-17\n"
                             "CONFIG_LONG=0x123456789abcdef\nCONFIG_SHORT=65535\n"
                             "CONFIG_BYTE=255\nCONFIG_EMPTY=\"\"\n"
                             "CONFIG_CUT_TEXT=\"much too long\"\n"
                             "# CONFIG_ABSENT is not set\n";

static int find_symbol(void *ctx, const char *name, uint64_t *address)
{
    (void)ctx;
    if (strcmp(name, "untyped_symbol") != 0)
        return 0;
    *address = UINT64_C(0xffffffff81004560);
    return 1;
}

/* Its types, opened once. */
static const struct sk_btf *const *kernel_types(void)
{
    static struct sk_btf vmlinux, module;
    static const struct sk_btf *const types[2] = { &vmlinux, &module };
    const struct sk_mem mem = sk_mem_default();

    if (!vmlinux.count &&
        (sk_btf_open(&vmlinux, &mem, kernel_btf, sizeof(kernel_btf), NULL, NULL, NULL) ||
         sk_btf_open(&module, &mem, kernel_module, sizeof(kernel_module), &vmlinux, NULL,
                     NULL)))
        abort();
    return types;
}

static struct sk_kernel choose_kernel(const uint8_t *data, size_t size)
{
    struct sk_kernel kernel = { .version = 0x061200 };
    uint8_t choice = size > CHOICE_AT ? data[CHOICE_AT] : 0;

    if (!(choice & OWN_TYPES)) {
        kernel.btf = kernel_types();
        kernel.btf_count = 2;
    }
    if (!(choice & NO_CONFIG)) {
        kernel.config = config;
        kernel.config_len = sizeof(config) - 1;
        kernel.symbol = find_symbol;
    }
    return kernel;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_mem books;
    const struct sk_mem mem = fuzz_mem_init(&books, data, size);
    const struct sk_kernel kernel = choose_kernel(data, size);
    struct skep_err err = { 0 };
    struct sk_object object;
    struct sk_obj_var var;
    enum skep_code code =
        sk_object_open(&object, &mem, data, size, "fuzz", &kernel, &err);

    if (code) {
        check_error(code, &err);
        open_any(data, size);
        fuzz_mem_check(&books);
        return 0;
    }
    for (uint32_t i = 0; sk_object_var(&object, i, &var); i++) {
        const struct sk_obj_map *map;

        if (var.map >= object.map_count)
            abort();
        map = &object.maps[var.map];
        if (map->def.kind != SK_MAP_ARENA && /* its pages have no values */
            (uint64_t)var.offset + var.size > map->def.value_size)
            abort();
    }
    build_all(&object);
    sk_object_close(&object);
    fuzz_mem_check(&books);
    return 0;
}
