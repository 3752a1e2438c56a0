/* Fuzz target: objects, src/load with the types of src/btf: opened, looked at, and each
 * program built, against the object's own types. The whole input is the object. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sk_mem mem = sk_mem_default();
    const struct sk_kernel kernel = { .config = "CONFIG_HZ=250\nCONFIG_BPF=y\n",
                                      .config_len = 27,
                                      .version = 0x061200 };
    struct skep_err err = { 0 };
    struct sk_object object;
    struct sk_obj_var var;
    enum skep_code code =
        sk_object_open(&object, &mem, data, size, "fuzz", &kernel, &err);

    if (code) {
        check_error(code, &err);
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
    return 0;
}
