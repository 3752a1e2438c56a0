/* Types, for callers. */
#include "api/btf.h"

#include <string.h>

#include "api/vm.h"
#include "btf/print.h"
#include "load/elf.h"

/* ---- Opening ------------------------------------------------------------------------ */

/* Where in a file the BTF is. */
struct place {
    const uint8_t *data;
    size_t len;
    struct sk_btf_source source;
};

static enum skep_code find_section(const struct sk_elf *elf, struct place *place,
                                   struct skep_err *err)
{
    for (uint32_t i = 1; i < elf->section_count; i++) {
        struct sk_elf_section s = sk_elf_section(elf, i);

        if (strcmp(s.name, ".BTF") != 0)
            continue;
        if (s.type == SK_SHT_NOBITS || s.flags & SK_SHF_COMPRESSED)
            return sk_elf_fail(&s, s.header, err, "its bytes are %s, BTF was expected",
                               s.type == SK_SHT_NOBITS ? "not in the file"
                                                       : "compressed");
        place->data = sk_elf_bytes(elf, &s);
        place->len = (size_t)s.size;
        place->source = (struct sk_btf_source){ ".BTF", i, s.offset };
        return SKEP_OK;
    }
    return sk_fail(err, E_FORMAT, sk_at_nothing(), "the object has no section .BTF");
}

static enum skep_code find_btf(const void *data, size_t len, struct place *place,
                               struct skep_err *err)
{
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };
    struct sk_elf elf;

    if (len < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0) {
        *place = (struct place){ .data = data, .len = len };
        return SKEP_OK;
    }
    SK_TRY(sk_elf_open_any(&elf, data, len, err));
    return find_section(&elf, place, err);
}

static enum skep_code open_copy(struct skep_btf *btf, const struct place *place,
                                const skep_btf *base, struct skep_err *err)
{
    btf->len = place->len;
    btf->bytes = sk_mem_new(&btf->mem, place->len, 1);
    if (!btf->bytes)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), place->len);
    if (place->len)
        memcpy(btf->bytes, place->data, place->len);
    return sk_btf_open(&btf->btf, &btf->mem, btf->bytes, btf->len,
                       base ? &base->btf : NULL, &place->source, err);
}

enum skep_code skep_btf_open(skep_vm *vm, const void *data, size_t len,
                             const skep_btf *base, skep_btf **btf, struct skep_err *err)
{
    struct place place = { 0 };
    struct skep_btf *fresh;
    enum skep_code code;

    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_need(data, "data", err));
    SK_TRY(sk_api_need(btf, "btf", err));
    SK_TRY(find_btf(data, len, &place, err));
    fresh = sk_mem_new(&vm->mem, 1, sizeof(*fresh));
    if (!fresh)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    fresh->mem = vm->mem;
    code = open_copy(fresh, &place, base, err);
    if (code)
        skep_btf_free(fresh);
    else
        *btf = fresh;
    return code;
}

void skep_btf_free(skep_btf *btf)
{
    struct sk_mem mem;

    if (!btf)
        return;
    mem = btf->mem;
    sk_btf_close(&btf->btf);
    sk_mem_free(&mem, btf->bytes, btf->len, 1);
    sk_mem_free(&mem, btf, 1, sizeof(*btf));
}

/* ---- Types -------------------------------------------------------------------------- */

uint32_t skep_btf_count(const skep_btf *btf)
{
    return btf ? sk_btf_count(&btf->btf) : 0;
}

/* A FUNC's vlen is its linkage. */
static uint32_t part_count(const struct sk_btf_type *type)
{
    return type->kind == SK_BTF_FUNC ? 0 : type->vlen;
}

enum skep_code skep_btf_type(const skep_btf *btf, uint32_t id, struct skep_btf_type *type)
{
    struct skep_btf_type full;
    struct sk_btf_type t;

    if (!btf || !type || id >= sk_btf_count(&btf->btf))
        return SKEP_E_ARGUMENT;
    t = sk_btf_type(&btf->btf, id);
    full = (struct skep_btf_type){
        .id = id,
        .kind = t.kind,
        .kind_name = sk_btf_kind_name(t.kind),
        .name = t.name,
        .parts = part_count(&t),
        .type = t.type,
    };
    sk_btf_size(&btf->btf, id, &full.bytes);
    sk_api_give(type, &full, sizeof(full));
    return SKEP_OK;
}

static struct skep_btf_part member_part(const struct sk_btf_member *m)
{
    return (struct skep_btf_part){
        .name = m->name, .type = m->type, .bit_offset = m->bit_offset, .bits = m->bits
    };
}

static struct skep_btf_part secvar_part(const struct sk_btf *btf,
                                        const struct sk_btf_secvar *v)
{
    return (struct skep_btf_part){ .name = sk_btf_type(btf, v->type).name,
                                   .type = v->type,
                                   .bit_offset = 8 * (uint64_t)v->offset };
}

static struct skep_btf_part read_part(const struct sk_btf *btf,
                                      const struct sk_btf_type *type, uint32_t index)
{
    struct sk_btf_member member;
    struct sk_btf_secvar secvar;
    struct sk_btf_value value;
    struct sk_btf_param param;

    switch (type->kind) {
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        member = sk_btf_member(btf, type, index);
        return member_part(&member);
    case SK_BTF_DATASEC:
        secvar = sk_btf_secvar(type, index);
        return secvar_part(btf, &secvar);
    case SK_BTF_FUNC_PROTO:
        param = sk_btf_param(btf, type, index);
        return (struct skep_btf_part){ .name = param.name, .type = param.type };
    default: /* ENUM, ENUM64: no other kind has parts */
        value = sk_btf_value(btf, type, index);
        return (struct skep_btf_part){ .name = value.name, .value = value.value };
    }
}

enum skep_code skep_btf_part(const skep_btf *btf, uint32_t id, uint32_t index,
                             struct skep_btf_part *part)
{
    struct skep_btf_part full;
    struct sk_btf_type type;

    if (!btf || !part || id >= sk_btf_count(&btf->btf))
        return SKEP_E_ARGUMENT;
    type = sk_btf_type(&btf->btf, id);
    if (index >= part_count(&type))
        return SKEP_E_ARGUMENT;
    full = read_part(&btf->btf, &type, index);
    sk_api_give(part, &full, sizeof(full));
    return SKEP_OK;
}

uint32_t skep_btf_find(const skep_btf *btf, const char *name, uint32_t kind)
{
    if (!btf || !name)
        return 0;
    return sk_btf_find(&btf->btf, name, (enum sk_btf_kind)kind, 0);
}

/* ---- Texts -------------------------------------------------------------------------- */

static enum skep_code need_writer(const skep_btf *btf, skep_write_fn write,
                                  struct skep_err *err)
{
    SK_TRY(sk_api_need(btf, "btf", err));
    if (!write)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "write is NULL");
    return SKEP_OK;
}

enum skep_code skep_btf_dump(const skep_btf *btf, enum skep_btf_form form,
                             skep_write_fn write, void *ctx, struct skep_err *err)
{
    struct sk_out out;

    SK_TRY(need_writer(btf, write, err));
    sk_out_writer(&out, write, ctx);
    switch (form) {
    case SKEP_BTF_RAW:
        return sk_btf_dump_raw(&btf->btf, 0, &out, err);
    case SKEP_BTF_C:
        return sk_btf_dump_c(&btf->btf, &out, err);
    case SKEP_BTF_JSON:
        return sk_btf_dump_raw(&btf->btf, SK_PRINT_JSON | SK_PRINT_COMPACT, &out, err);
    case SKEP_BTF_JSON_PRETTY:
        return sk_btf_dump_raw(&btf->btf, SK_PRINT_JSON, &out, err);
    default:
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown form of a dump");
    }
}

enum skep_code skep_btf_print(const skep_btf *btf, uint32_t id, const void *data,
                              size_t len, uint32_t flags, skep_write_fn write, void *ctx,
                              struct skep_err *err)
{
    const uint32_t known =
        SKEP_PRINT_JSON | SKEP_PRINT_COMPACT | SKEP_PRINT_ZEROS | SKEP_PRINT_NO_NAMES;
    struct sk_out out;

    SK_TRY(need_writer(btf, write, err));
    SK_TRY(sk_api_need(data, "data", err));
    if (id >= sk_btf_count(&btf->btf))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "no type has that id");
    if (flags & ~known)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown flags of printing");
    sk_out_writer(&out, write, ctx);
    return sk_btf_print(&btf->btf, id, data, len, flags, &out, err);
}
