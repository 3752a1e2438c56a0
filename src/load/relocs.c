/* What an instruction of an object refers to, and how the program says so.
 *
 *     in the file                                  in the program
 *     call imm, against a function's symbol        src 1, imm relative to the next slot
 *     call imm, against a section                  the same; imm + 1 is the slot there
 *     call imm, against an extern                  src 2, imm the BTF id of the kernel's, off
 *                                                  which of the kernel's BTFs it is of
 *     lddw imm, against code                       src 4, imm relative; was in bytes
 *     lddw 0, against a map                        src 1, imm 1 + the map's index
 *     lddw imm, against global data                src 2, the same; second imm the offset
 *     lddw, against an extern of .kconfig          the same
 *     lddw, against a typed kernel symbol          src 3, imm the BTF id; second imm which
 *     lddw, against another kernel symbol          its address
 *
 * Compilers leave out relocations of calls within a section: imm is relative already. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/sort.h"
#include "load/build.h"

enum {
    /* What libbpf makes of a call of a kernel function that is not there: + its number. */
    POISON_KFUNC = 2002000000,
};

/* src of a call and of a wide load (linux/bpf.h, BPF_PSEUDO_...). In a file, maps and what else
 * the kernel has are named by relocations; numbers there would be descriptors of another
 * process. */
enum { CALL_LOCAL = 1, CALL_KFUNC = 2 };
enum { LOAD_MAP = 1, LOAD_VALUE = 2, LOAD_BTF = 3, LOAD_FUNC = 4 };

/* A relocation with all that it is about. */
struct reloc {
    struct sk_build *build;
    const struct sk_site *site;
    struct sk_elf_reloc entry;
    struct sk_elf_symbol symbol;
    struct sk_slot slot;
};

static uint8_t *slots(const struct reloc *r)
{
    return r->build->built->slots;
}

/* The second slot of a wide load. */
static void put_second(const struct reloc *r, uint32_t imm)
{
    struct sk_slot second = sk_slot_read(slots(r), r->site->pc + 1);

    second.imm = (int32_t)imm;
    sk_slot_write(slots(r), r->site->pc + 1, second);
}

static void put(const struct reloc *r, uint8_t src, uint32_t imm)
{
    struct sk_slot slot = r->slot;

    slot.src = src & 15;
    slot.imm = (int32_t)imm;
    sk_slot_write(slots(r), r->site->pc, slot);
}

static void put_off(const struct reloc *r, int16_t off)
{
    struct sk_slot slot = sk_slot_read(slots(r), r->site->pc);

    slot.off = off;
    sk_slot_write(slots(r), r->site->pc, slot);
}

static const char *shown(const struct reloc *r, char buf[SK_SHOWN_MAX])
{
    const struct sk_elf *elf = &r->build->object->elf;

    if (r->symbol.type == SK_STT_SECTION && r->symbol.section < elf->section_count)
        return sk_shown(buf, sk_elf_section(elf, r->symbol.section).name);
    return sk_shown(buf, r->symbol.name);
}

/* ---- Functions ------------------------------------------------------------------------- */

/* The function that begins at byte `at` of a section. */
static enum skep_code find_function(const struct sk_build *b, const struct sk_site *site,
                                    uint32_t section, int64_t at, int32_t *target)
{
    int32_t found = -1;
    char name[SK_SHOWN_MAX];

    if (at >= 0 && at % SK_SLOT_BYTES == 0 && at / SK_SLOT_BYTES <= UINT32_MAX)
        found = sk_obj_func_at(b->object, section, (uint32_t)(at / SK_SLOT_BYTES));
    if (found < 0)
        return sk_build_fail(
            b, site,
            "it refers to offset %lld of section '%s', where no function "
            "begins",
            (long long)at, sk_shown(name, sk_elf_section(&b->object->elf, section).name));
    *target = found;
    return SKEP_OK;
}

static int is_code(const struct reloc *r)
{
    struct sk_elf_section section =
        sk_elf_nameless(&r->build->object->elf, r->symbol.section);

    return sk_obj_is_code(&section);
}

/* A symbol's value and the instruction's addend; out of range stays so. */
static int64_t sum(uint64_t value, int64_t addend)
{
    return value > INT32_MAX * (uint64_t)SK_SLOT_BYTES ? -1 : (int64_t)value + addend;
}

/* What a call adds to its symbol, in bytes. GNU as (2.40) writes the symbol's own value as
 * well, in bytes, where all others write -1. */
static int64_t addend_of_call(const struct reloc *r)
{
    int64_t addend = (int64_t)r->slot.imm + 1;

    if (r->symbol.type == SK_STT_FUNC && addend > 0 &&
        (uint64_t)addend == r->symbol.value)
        return 0;
    return addend * SK_SLOT_BYTES;
}

static enum skep_code call_function(const struct reloc *r, int32_t *target)
{
    char name[SK_SHOWN_MAX];

    if (r->slot.src != CALL_LOCAL)
        return sk_build_fail(r->build, r->site,
                             "it calls '%s' with src %u, 1 (a function of the program) "
                             "was expected",
                             shown(r, name), r->slot.src);
    if (!is_code(r))
        return sk_build_fail(r->build, r->site, "it calls '%s', which is no code",
                             shown(r, name));
    return find_function(r->build, r->site, r->symbol.section,
                         sum(r->symbol.value, addend_of_call(r)), target);
}

/* ---- Externs --------------------------------------------------------------------------- */

static enum skep_code find_extern(const struct reloc *r, const struct sk_obj_extern **ext)
{
    char name[SK_SHOWN_MAX];

    *ext = sk_obj_extern_of(r->build->object, r->symbol.index);
    if (!*ext)
        return sk_build_fail(r->build, r->site,
                             "it needs '%s', which the object does not define",
                             shown(r, name));
    return sk_obj_need_extern(r->build->object, *ext, r->build->err);
}

static int extern_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_extern *externs = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct sk_obj_extern *e = &externs[i], *f = &externs[k];
    int order;

    if (e->is_kconfig != f->is_kconfig)
        return e->is_kconfig;
    order = sk_obj_name_cmp(e->name, f->name);
    return order ? order < 0 : i < k;
}

/* Numbers externs as libbpf does: those of .kconfig first, the others by name. */
static enum skep_code number_externs(struct sk_build *b)
{
    const struct sk_object *o = b->object;
    uint32_t *order = sk_mem_new(&o->mem, o->extern_count, sizeof(*order)), number = 0;

    if (!order)
        return sk_fail(b->err, E_NO_MEMORY, sk_at_nothing(),
                       o->extern_count * sizeof(*order));
    b->numbers = sk_mem_new(&o->mem, o->extern_count, sizeof(*b->numbers));
    for (uint32_t i = 0; i < o->extern_count; i++)
        order[i] = i;
    sk_sort(order, o->extern_count, sizeof(*order), extern_before, o->externs);
    for (uint32_t i = 0; i < o->extern_count && b->numbers; i++) {
        b->numbers[order[i]] = number;
        number += o->externs[order[i]].section_id != 0;
    }
    sk_mem_free(&o->mem, order, o->extern_count, sizeof(*order));
    if (!b->numbers)
        return sk_fail(b->err, E_NO_MEMORY, sk_at_nothing(),
                       o->extern_count * sizeof(*b->numbers));
    return SKEP_OK;
}

/* What the instruction refers to has a name. */
static enum skep_code note_extern(const struct reloc *r, const struct sk_obj_extern *ext)
{
    return sk_build_extern(r->build, r->site->pc,
                           (uint32_t)(ext - r->build->object->externs));
}

/* A call of a function that is not there is one that no verifier lets pass. */
static enum skep_code poison_call(const struct reloc *r, const struct sk_obj_extern *ext)
{
    struct sk_build *b = r->build;
    struct sk_slot slot = { .opcode = sk_isa[SK_OP_CALL].opcode };
    char name[SK_SHOWN_MAX], why[2 * SK_SHOWN_MAX];

    if (!b->numbers)
        SK_TRY(number_externs(b));
    if (!b->numbers)
        return SKEP_E_NO_MEMORY; /* as was said already */
    slot.imm = (int32_t)(POISON_KFUNC + b->numbers[ext - b->object->externs]);
    sk_slot_write(slots(r), r->site->pc, slot);
    snprintf(why, sizeof(why), "kfunc '%s' is referenced but wasn't resolved",
             sk_shown(name, ext->name));
    return sk_build_poison(r->build, r->site->pc, why);
}

static enum skep_code call_extern(const struct reloc *r)
{
    const struct sk_obj_extern *ext;
    char name[SK_SHOWN_MAX];

    SK_TRY(find_extern(r, &ext));
    if (!ext->is_func)
        return sk_build_fail(r->build, r->site, "it calls '%s', which is a variable",
                             shown(r, name));
    if (!ext->is_found)
        return poison_call(r, ext);
    if (ext->kernel_btf > INT16_MAX)
        return sk_build_fail(r->build, r->site, "it calls '%s' of BTF %u, %d at most",
                             shown(r, name), ext->kernel_btf, INT16_MAX);
    put(r, CALL_KFUNC, ext->kernel_btf_id);
    put_off(r, (int16_t)ext->kernel_btf);
    return note_extern(r, ext);
}

static uint32_t kconfig_map(struct sk_build *b)
{
    const struct sk_object *o = b->object;

    for (uint32_t i = 0; i < o->map_count && !b->kconfig; i++)
        if (o->maps[i].role == SK_OBJ_MAP_KCONFIG)
            b->kconfig = 1 + i;
    return b->kconfig;
}

static enum skep_code load_extern(const struct reloc *r)
{
    const struct sk_obj_extern *ext;
    char name[SK_SHOWN_MAX];

    SK_TRY(find_extern(r, &ext));
    if (ext->is_kconfig) {
        if (!kconfig_map(r->build))
            return sk_build_fail(r->build, r->site,
                                 "it needs '%s' of .kconfig, and there is no such map",
                                 shown(r, name));
        put(r, LOAD_VALUE, r->build->kconfig);
        put_second(r, (uint32_t)ext->offset);
    } else if (ext->is_found && ext->kernel_btf_id) {
        put(r, LOAD_BTF, ext->kernel_btf_id);
        put_second(r, ext->kernel_btf);
        return note_extern(r, ext);
    } else {
        uint64_t address = ext->is_found ? ext->address : 0;

        if (r->slot.src)
            return sk_build_fail(
                r->build, r->site,
                "it loads the address of '%s' with src %u, 0 was expected",
                shown(r, name), r->slot.src);
        put(r, 0, (uint32_t)address);
        put_second(r, (uint32_t)(address >> 32));
    }
    return SKEP_OK;
}

/* ---- Maps and data --------------------------------------------------------------------- */

/* The end itself may be pointed to. */
static enum skep_code load_data(const struct reloc *r, uint32_t map, uint64_t offset)
{
    const struct sk_obj_map *m = &r->build->object->maps[map];
    uint64_t size = m->data ? m->data_size : m->def.value_size;
    int64_t at = sum(offset, r->slot.imm);
    char name[SK_SHOWN_MAX];

    if (at < 0 || (uint64_t)at > size)
        return sk_build_fail(
            r->build, r->site, "it refers to offset %lld of '%s', which has %llu bytes",
            (long long)at, sk_shown(name, m->name), (unsigned long long)size);
    put(r, LOAD_VALUE, 1 + map);
    put_second(r, (uint32_t)at);
    return SKEP_OK;
}

/* Whether a reference to the map is one to its value: that to global data, and to a variable
 * in an arena, which is not where the arena is declared. */
static int is_data(const struct reloc *r, uint32_t map)
{
    const struct sk_object *o = r->build->object;

    return o->maps[map].role == SK_OBJ_MAP_DATA ||
           o->maps[map].role == SK_OBJ_MAP_KCONFIG ||
           (o->arena_map == 1 + map && r->symbol.section != o->maps[map].section);
}

static enum skep_code load_map(const struct reloc *r)
{
    uint64_t offset = 0;
    int32_t map = sk_obj_map_of_symbol(r->build->object, &r->symbol, &offset);
    char name[SK_SHOWN_MAX];

    if (map < 0)
        return sk_build_fail(
            r->build, r->site,
            "it refers to '%s' (symbol %u), which is no map, global data "
            "or function",
            shown(r, name), r->symbol.index);
    if (is_data(r, (uint32_t)map))
        return load_data(r, (uint32_t)map, offset);
    put(r, LOAD_MAP, 1 + (uint32_t)map);
    return SKEP_OK;
}

/* ---- One relocation -------------------------------------------------------------------- */

static enum skep_code check_kind(const struct reloc *r)
{
    uint32_t expected =
        sk_slot_is(&r->slot, SK_OP_CALL) ? SK_R_BPF_64_32 : SK_R_BPF_64_64;

    if (!sk_slot_is(&r->slot, SK_OP_CALL) && !sk_slot_is(&r->slot, SK_OP_LDDW))
        return sk_build_fail(r->build, r->site,
                             "it has a relocation, but opcode 0x%02x, 0x%02x (call) or "
                             "0x%02x (lddw) was expected",
                             r->slot.opcode, sk_isa[SK_OP_CALL].opcode,
                             sk_isa[SK_OP_LDDW].opcode);
    if (r->entry.type != expected)
        return sk_build_fail(r->build, r->site,
                             "it has opcode 0x%02x and a relocation of type %u, %u was "
                             "expected",
                             r->slot.opcode, r->entry.type, expected);
    return SKEP_OK;
}

static enum skep_code refuse_section(const struct reloc *r)
{
    char name[SK_SHOWN_MAX];

    return sk_build_fail(r->build, r->site,
                         "it refers to '%s' (symbol %u), which is in no section (0x%x)",
                         shown(r, name), r->symbol.index, r->symbol.section);
}

enum skep_code sk_build_reloc(struct sk_build *b, const struct sk_site *site,
                              const struct sk_obj_mark *mark, int32_t *target)
{
    struct reloc r = { .build = b,
                       .site = site,
                       .entry = sk_obj_reloc(b->object, mark),
                       .slot = sk_slot_read(b->built->slots, site->pc) };
    int is_call = sk_slot_is(&r.slot, SK_OP_CALL);

    *target = -1;
    SK_TRY(check_kind(&r));
    SK_TRY(sk_elf_symbol(&b->object->elf, r.entry.symbol, &r.symbol, b->err));
    if (r.symbol.section >= SK_SHN_LORESERVE || !r.entry.symbol)
        return refuse_section(&r);
    if (r.symbol.section == SK_SHN_UNDEF)
        return is_call ? call_extern(&r) : load_extern(&r);
    if (is_call)
        return call_function(&r, target);
    if (is_code(&r))
        return find_function(b, site, r.symbol.section, sum(r.symbol.value, r.slot.imm),
                             target);
    return load_map(&r);
}

/* ---- No relocation --------------------------------------------------------------------- */

enum skep_code sk_build_plain(struct sk_build *b, const struct sk_site *site,
                              int32_t *target)
{
    struct sk_slot slot = sk_slot_read(b->built->slots, site->pc);
    const struct sk_obj_func *f = &b->object->funcs[site->func];
    int64_t to = (int64_t)site->slot + slot.imm + 1;

    *target = -1;
    if (sk_slot_is(&slot, SK_OP_LDDW) && slot.src && slot.src != LOAD_FUNC)
        return sk_build_fail(b, site,
                             "it loads something of the kernel's (src %u) without a "
                             "relocation, a number (src 0) or a function (src %u) was "
                             "expected",
                             slot.src, LOAD_FUNC);
    if (!(sk_slot_is(&slot, SK_OP_CALL) && slot.src == CALL_LOCAL) &&
        !(sk_slot_is(&slot, SK_OP_LDDW) && slot.src == LOAD_FUNC))
        return SKEP_OK;
    /* Code without symbols may hold functions that only calls tell of. */
    if (to > f->first && to < (int64_t)f->first + f->count)
        return SKEP_OK;
    return find_function(b, site, f->section, to * SK_SLOT_BYTES, target);
}
