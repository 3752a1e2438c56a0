/* Objects: opening, looking at what is in them, loading their programs. */
#include "api/object.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "btf/print.h"
#include "env/progkind.h"

/* ---- Opening ------------------------------------------------------------------------ */

static enum skep_code take_options(struct skep_object *o,
                                   const struct skep_object_opts *opts,
                                   struct sk_kernel *kernel, struct skep_err *err)
{
    if (opts->btf_count > UINT32_MAX || (opts->btf_count && !opts->btf) ||
        (opts->kconfig_len && !opts->kconfig))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "a count without an array");
    o->btf_count = opts->btf_count;
    o->btf = sk_mem_new(&o->mem, o->btf_count, sizeof(const struct sk_btf *));
    o->kconfig_len = opts->kconfig_len;
    o->kconfig = sk_mem_new(&o->mem, o->kconfig_len, 1);
    if (!o->btf || !o->kconfig)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), o->kconfig_len);
    for (size_t i = 0; i < o->btf_count; i++) {
        SK_TRY(sk_api_need(opts->btf[i], "an element of btf", err));
        o->btf[i] = &opts->btf[i]->btf;
    }
    if (o->kconfig_len)
        memcpy(o->kconfig, opts->kconfig, o->kconfig_len);
    *kernel = (struct sk_kernel){ .btf = o->btf,
                                  .btf_count = (uint32_t)o->btf_count,
                                  .config = opts->kconfig ? o->kconfig : NULL,
                                  .config_len = o->kconfig_len,
                                  .version = opts->kernel_version,
                                  .symbol = opts->ksym,
                                  .ctx = opts->ksym_ctx };
    return SKEP_OK;
}

static enum skep_code open_bytes(struct skep_object *o,
                                 const struct skep_object_opts *opts,
                                 struct skep_err *err)
{
    struct sk_kernel kernel;

    SK_TRY(take_options(o, opts, &kernel, err));
    SK_TRY(
        sk_object_open(&o->object, &o->mem, o->bytes, o->len, opts->name, &kernel, err));
    o->types = (struct skep_btf){ .btf = o->object.btf, .mem = o->mem };
    o->maps = sk_mem_new(&o->mem, o->object.map_count, sizeof(struct sk_map *));
    if (!o->maps)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       o->object.map_count * sizeof(struct sk_map *));
    return SKEP_OK;
}

static void close_object(struct skep_object *o)
{
    struct sk_mem mem = o->mem;

    for (uint32_t i = 0; o->maps && i < o->object.map_count; i++)
        sk_map_free(o->maps[i], &mem);
    if (o->maps)
        sk_mem_free(&mem, o->maps, o->object.map_count, sizeof(struct sk_map *));
    if (o->object.mem.fn)
        sk_object_close(&o->object);
    sk_mem_free(&mem, o->btf, o->btf_count, sizeof(const struct sk_btf *));
    sk_mem_free(&mem, o->kconfig, o->kconfig_len, 1);
    sk_mem_free(&mem, o->bytes, o->len, 1);
    sk_mem_free(&mem, o, 1, sizeof(*o));
}

enum skep_code sk_api_object_open(struct skep_vm *vm, uint8_t *take_bytes, size_t len,
                                  const struct skep_object_opts *opts,
                                  struct skep_object **object, struct skep_err *err)
{
    static const struct skep_object_opts none = { .size = sizeof(none) };
    struct skep_object *fresh = sk_mem_new(&vm->mem, 1, sizeof(*fresh));
    enum skep_code code;

    if (!fresh) {
        sk_mem_free(&vm->mem, take_bytes, len, 1);
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    }
    fresh->mem = vm->mem;
    fresh->vm = vm;
    fresh->users = 1;
    fresh->bytes = take_bytes;
    fresh->len = len;
    code = open_bytes(fresh, opts ? opts : &none, err);
    if (code)
        close_object(fresh);
    else
        *object = fresh;
    return code;
}

enum skep_code skep_object_open(skep_vm *vm, const void *data, size_t len,
                                const struct skep_object_opts *opts, skep_object **object,
                                struct skep_err *err)
{
    struct skep_object_opts o;
    uint8_t *copy;

    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_need(data, "data", err));
    SK_TRY(sk_api_need(object, "object", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_object_opts", err));
    copy = sk_mem_resize(&vm->mem, NULL, 0, len ? len : 1, 1);
    if (!copy)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), len);
    memcpy(copy, data, len);
    return sk_api_object_open(vm, copy, len, &o, object, err);
}

void sk_api_object_hold(struct skep_object *object)
{
    __atomic_fetch_add(&object->users, 1, __ATOMIC_RELAXED);
}

void sk_api_object_drop(struct skep_object *object)
{
    if (object && __atomic_sub_fetch(&object->users, 1, __ATOMIC_ACQ_REL) == 0)
        close_object(object);
}

void skep_object_free(skep_object *object)
{
    sk_api_object_drop(object);
}

/* ---- Looking ------------------------------------------------------------------------ */

static uint32_t needs_of(const struct sk_object *o)
{
    uint32_t needs = 0;

    if (o->has_ext && o->ext.tables[SK_EXT_CORE].len)
        needs |= SKEP_NEEDS_BTF;
    for (uint32_t i = 0; i < o->map_count; i++)
        if (o->maps[i].role == SK_OBJ_MAP_STRUCT_OPS)
            needs |= SKEP_NEEDS_BTF;
    for (uint32_t i = 0; i < o->extern_count; i++) {
        if (o->externs[i].is_kconfig)
            needs |= SKEP_NEEDS_KCONFIG;
        else
            needs |= SKEP_NEEDS_BTF | SKEP_NEEDS_KSYMS;
    }
    return needs;
}

void skep_object_info(const skep_object *object, struct skep_object_info *info)
{
    const struct sk_object *o;
    struct skep_object_info full;

    if (!object || !info)
        return;
    o = &object->object;
    full = (struct skep_object_info){
        .name = o->name,
        .license = o->license,
        .version = o->version,
        .programs = o->prog_count,
        .maps = o->map_count,
        .variables = o->var_count,
        .externs = o->extern_count,
        .btf = o->has_btf ? &object->types : NULL,
        .needs = needs_of(o),
    };

    sk_api_give(info, &full, sizeof(full));
}

static const char *attach_name(const struct sk_obj_prog *prog)
{
    const char *name = prog->has_attach_type ? sk_attach_name(prog->attach_type) : NULL;

    return name ? name : "";
}

enum skep_code skep_object_program(const skep_object *object, uint32_t index,
                                   struct skep_program_info *info)
{
    const struct sk_obj_prog *prog;
    struct skep_program_info full;
    const char *type;

    if (!object || !info || index >= object->object.prog_count)
        return SKEP_E_ARGUMENT;
    prog = &object->object.progs[index];
    type = prog->type ? sk_prog_kind_name(prog->type) : NULL;
    full = (struct skep_program_info){
        .name = object->object.funcs[prog->func].name,
        .section = prog->section,
        .type = type ? type : "raw",
        .type_number = prog->type,
        .attach_type = prog->attach_type,
        .target = prog->target,
        .flags = prog->flags &
                 (SKEP_PROGRAM_SLEEPABLE | SKEP_PROGRAM_FRAGS | SKEP_PROGRAM_OPTIONAL),
        .slots = object->object.funcs[prog->func].count,
        .attach = attach_name(prog),
    };
    sk_api_give(info, &full, sizeof(full));
    return SKEP_OK;
}

uint8_t *sk_api_map_data(const struct skep_object *object, uint32_t index)
{
    const struct sk_map *map = object->maps[index];

    return map && map->values ? map->values : object->object.maps[index].data;
}

enum skep_code skep_object_map(const skep_object *object, uint32_t index,
                               struct skep_map_info *info)
{
    const struct sk_obj_map *map;
    struct skep_map_info full;

    if (!object || !info || index >= object->object.map_count)
        return SKEP_E_ARGUMENT;
    map = &object->object.maps[index];
    full = (struct skep_map_info){
        .name = map->name,
        .kernel_name = map->kernel_name,
        .type = sk_map_kind_name(map->def.kind),
        .type_number = map->def.kind,
        .id = index + 1,
        .key_size = map->def.key_size,
        .value_size = map->def.value_size,
        .max_entries = map->def.max_entries,
        .flags = map->def.flags,
        .extra = map->def.extra,
        .key_type = map->key_type,
        .value_type = map->value_type,
        .data = map->data ? sk_api_map_data(object, index) : NULL,
        .data_len = map->data ? map->data_size : 0,
        .frozen = map->data && map->def.flags & SK_MAP_RDONLY_PROG,
        .inner = map->inner,
        .pinning = map->pinning,
        .numa_node = map->def.numa_node,
        .slots = map->slot_count,
        .kernel_btf = map->kernel_ops.btf,
        .kernel_value_type = map->kernel_ops.value_type,
    };
    sk_api_give(info, &full, sizeof(full));
    return SKEP_OK;
}

/* The section that a map's variables are in, whose name it has; an arena has its own. */
static const char *section_of(const struct skep_object *object, uint32_t map)
{
    if (object->object.arena_map == 1 + map)
        return SK_ARENA_SECTION;
    return object->object.maps[map].name;
}

/* The name of a member of the object's own struct of operations. */
static const char *member_name(const struct sk_object *o, const struct sk_obj_map *map,
                               uint32_t index)
{
    struct sk_btf_type type;

    if (map->role != SK_OBJ_MAP_STRUCT_OPS)
        return "";
    type = sk_btf_type(&o->btf, map->ops_type);
    return sk_btf_member(&o->btf, &type, index).name;
}

enum skep_code skep_object_map_slot(const skep_object *object, uint32_t index,
                                    uint32_t slot, struct skep_map_slot *info)
{
    const struct sk_obj_map *map;
    const struct sk_obj_slot *s;
    struct skep_map_slot full;
    int is_map;

    if (!object || !info || index >= object->object.map_count ||
        slot >= object->object.maps[index].slot_count)
        return SKEP_E_ARGUMENT;
    map = &object->object.maps[index];
    s = &map->slots[slot];
    is_map = map->role != SK_OBJ_MAP_STRUCT_OPS && map->def.kind != SK_MAP_PROG_ARRAY;
    full = (struct skep_map_slot){
        .index = s->index,
        .program = is_map ? -1 : sk_obj_prog_of(&object->object, s->target),
        .map = is_map ? (int32_t)s->target : -1,
        .member = member_name(&object->object, map, s->index),
    };
    sk_api_give(info, &full, sizeof(full));
    return SKEP_OK;
}

enum skep_code skep_object_variable(const skep_object *object, uint32_t index,
                                    struct skep_variable_info *info)
{
    const struct sk_obj_var *var;
    struct skep_variable_info full;
    const uint8_t *data;

    if (!object || !info || index >= object->object.var_count)
        return SKEP_E_ARGUMENT;
    var = &object->object.vars[index];
    data = sk_api_map_data(object, var->map);
    full = (struct skep_variable_info){
        .name = var->name,
        .section = section_of(object, var->map),
        .map = var->map,
        .offset = var->offset,
        .bytes = var->size,
        .type = var->btf_id ? sk_btf_type(&object->object.btf, var->btf_id).type : 0,
        .data = data ? data + var->offset : NULL,
    };
    sk_api_give(info, &full, sizeof(full));
    return SKEP_OK;
}

size_t skep_object_declaration(const skep_object *object, uint32_t index, char *buf,
                               size_t size)
{
    const struct sk_obj_var *var;
    struct sk_out out;

    sk_out_buf(&out, buf, size);
    if (!object || index >= object->object.var_count ||
        !object->object.vars[index].btf_id)
        return 0;
    var = &object->object.vars[index];
    sk_btf_put_declaration(&object->object.btf,
                           sk_btf_type(&object->object.btf, var->btf_id).type, var->name,
                           &out);
    return out.len;
}

/* The type of an extern: a variable's, or a function's prototype; 0: none. */
static uint32_t extern_type(const struct skep_object *object,
                            const struct sk_obj_extern *ext)
{
    return ext->btf_id ? sk_btf_type(&object->object.btf, ext->btf_id).type : 0;
}

size_t skep_object_extern_declaration(const skep_object *object, uint32_t index,
                                      char *buf, size_t size)
{
    const struct sk_obj_extern *ext;
    struct sk_out out;

    sk_out_buf(&out, buf, size);
    if (!object || index >= object->object.extern_count ||
        !object->object.externs[index].btf_id)
        return 0;
    ext = &object->object.externs[index];
    sk_btf_put_declaration(&object->object.btf, extern_type(object, ext), ext->name,
                           &out);
    return out.len;
}

/* The value of an extern of the configuration; NULL: there is none. */
static const uint8_t *extern_value(const struct skep_object *object,
                                   const struct sk_obj_extern *ext)
{
    for (uint32_t i = 0; ext->is_kconfig && ext->is_found; i++) {
        if (i == object->object.map_count)
            break;
        if (object->object.maps[i].role == SK_OBJ_MAP_KCONFIG)
            return sk_api_map_data(object, i) + ext->offset;
    }
    return NULL;
}

enum skep_code skep_object_resolve(skep_object *object, struct skep_err *err)
{
    SK_TRY(sk_api_need(object, "object", err));
    return sk_obj_resolve_externs(&object->object, err);
}

enum skep_code skep_object_extern(const skep_object *object, uint32_t index,
                                  struct skep_extern_info *info)
{
    const struct sk_obj_extern *ext;
    struct skep_extern_info full;

    if (!object || !info || index >= object->object.extern_count)
        return SKEP_E_ARGUMENT;
    ext = &object->object.externs[index];
    full = (struct skep_extern_info){ .name = ext->name,
                                      .weak = ext->is_weak,
                                      .function = ext->is_func,
                                      .kconfig = ext->is_kconfig,
                                      .found = ext->is_found,
                                      .type = extern_type(object, ext),
                                      .bytes = (uint32_t)ext->size,
                                      .data = extern_value(object, ext) };
    sk_api_give(info, &full, sizeof(full));
    return SKEP_OK;
}

/* ---- Finding ------------------------------------------------------------------------ */

static enum skep_code need_name(const skep_object *object, const char *name,
                                const void *index, struct skep_err *err)
{
    SK_TRY(sk_api_need(object, "object", err));
    SK_TRY(sk_api_need(name, "name", err));
    return sk_api_need(index, "index", err);
}

enum skep_code skep_object_find_program(const skep_object *object, const char *name,
                                        uint32_t *index, struct skep_err *err)
{
    SK_TRY(need_name(object, name, index, err));
    for (uint32_t i = 0; i < object->object.prog_count; i++) {
        if (strcmp(sk_api_program_name(object, i), name) != 0)
            continue;
        *index = i;
        return SKEP_OK;
    }
    return sk_api_no_program(object, name, err);
}

enum skep_code skep_object_find_map(const skep_object *object, const char *name,
                                    uint32_t *index, struct skep_err *err)
{
    char text[SK_SHOWN_MAX];

    SK_TRY(need_name(object, name, index, err));
    for (uint32_t i = 0; i < object->object.map_count; i++) {
        const struct sk_obj_map *map = &object->object.maps[i];

        if (strcmp(map->name, name) != 0 && strcmp(map->kernel_name, name) != 0)
            continue;
        *index = i;
        return SKEP_OK;
    }
    return sk_fail(err, E_NO_MAP, sk_at_nothing(), sk_shown(text, name));
}

enum skep_code skep_object_find_variable(const skep_object *object, const char *name,
                                         uint32_t *index, struct skep_err *err)
{
    char text[SK_SHOWN_MAX];

    SK_TRY(need_name(object, name, index, err));
    for (uint32_t i = 0; i < object->object.var_count; i++) {
        if (strcmp(object->object.vars[i].name, name) != 0)
            continue;
        *index = i;
        return SKEP_OK;
    }
    return sk_fail(err, E_NO_VARIABLE, sk_at_nothing(), sk_shown(text, name));
}

/* ---- Loading ------------------------------------------------------------------------ */

enum skep_code sk_api_object_map(struct skep_object *object, uint32_t index, int values,
                                 struct skep_err *err)
{
    const struct sk_obj_map *declared = &object->object.maps[index];
    struct sk_map **map = &object->maps[index];

    if (!*map)
        SK_TRY(sk_map_new(map, &object->mem, &declared->def, declared->kernel_name,
                          index + 1, err));
    if (!values || (*map)->values || !declared->data ||
        declared->def.kind != SK_MAP_ARRAY)
        return SKEP_OK;
    SK_TRY(sk_map_allocate(*map, &object->mem, err));
    memcpy((*map)->values, declared->data, declared->data_size);
    return SKEP_OK;
}

static enum skep_code make_maps(struct skep_object *object, const struct sk_prog *prog,
                                struct skep_err *err)
{
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];
        uint32_t index = (uint32_t)insn->imm - 1;

        if ((insn->op != SK_OP_LDDW_MAP_FD && insn->op != SK_OP_LDDW_MAP_VALUE) ||
            index >= object->object.map_count)
            continue;
        SK_TRY(sk_api_object_map(object, index, insn->op == SK_OP_LDDW_MAP_VALUE, err));
    }
    return SKEP_OK;
}

/* The type that the options or the section name: its name, and its layout if that is known. */
static enum skep_code choose_type(const struct skep_object *object,
                                  const struct sk_obj_prog *prog,
                                  const struct skep_load_opts *opts,
                                  struct skep_prog *fresh, const struct skep_type **type,
                                  struct skep_err *err)
{
    const char *name = opts->type ? opts->type : sk_prog_kind_name(prog->type);
    struct sk_api_type found = { .name = "" };

    if (name)
        SK_TRY(sk_api_find_type(object->vm, name, &found, err));
    *type = found.layout;
    fresh->type_name = found.name;
    fresh->type_number = found.number;
    return SKEP_OK;
}

static enum skep_code make_prog(struct skep_object *object,
                                const struct sk_obj_prog *prog,
                                const struct skep_load_opts *opts,
                                const struct sk_built *built, struct skep_prog *fresh,
                                struct skep_err *err)
{
    struct sk_prog *p = &fresh->image.prog;
    const struct skep_type *type;

    SK_TRY(choose_type(object, prog, opts, fresh, &type, err));
    SK_TRY(sk_prog_init(p, &object->vm->env, type, built->slots,
                        (size_t)built->count * SK_SLOT_BYTES, err));
    snprintf(p->name, sizeof(p->name), "%s", object->object.funcs[prog->func].name);
    SK_TRY(make_maps(object, p, err));
    SK_TRY(sk_api_notes(object, built, p, err));
    return sk_api_make_code(fresh, opts, err);
}

enum skep_code sk_api_object_load(struct skep_object *object, uint32_t index,
                                  const struct skep_load_opts *opts,
                                  struct skep_prog **prog, struct skep_err *err)
{
    struct sk_built built = { .mem = object->mem };
    struct skep_prog *fresh;
    enum skep_code code;

    SK_TRY(sk_object_build(&object->object, index, &built, err));
    fresh = sk_mem_new(&object->mem, 1, sizeof(*fresh));
    if (fresh) {
        fresh->image.prog.mem = object->mem;
        fresh->object = object;
        fresh->program = index;
        sk_api_object_hold(object);
        code = make_prog(object, &object->object.progs[index], opts, &built, fresh, err);
    } else {
        code = sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    }
    sk_built_fini(&built);
    if (code) {
        skep_prog_free(fresh);
        return code;
    }
    object->loaded = 1;
    *prog = fresh;
    return SKEP_OK;
}

enum skep_code skep_object_load(skep_object *object, uint32_t index,
                                const struct skep_load_opts *opts, skep_prog **prog,
                                struct skep_err *err)
{
    struct skep_load_opts o;

    SK_TRY(sk_api_need(object, "object", err));
    SK_TRY(sk_api_need(prog, "prog", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_load_opts", err));
    if (index >= object->object.prog_count)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "no program of that index");
    return sk_api_object_load(object, index, &o, prog, err);
}
