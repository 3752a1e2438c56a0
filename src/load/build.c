/* A program from an object: its entry, and behind it the functions that it reaches, each
 * once, in the order in which Linux's loader would append them: going through the code, a
 * function is appended where it is first referred to, and gone through before what follows.
 *
 *     slots   | entry | f | what f is the first to call | g | ...
 *     frames    entry at its call of g > g at the call of h > h     no recursion
 *
 * A function is copied, then adapted to the kernel's types, then relocated. The work is in
 * proportion to the functions that are reached. */
#include "load/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/sort.h"
#include "prog/prog.h"

enum { LOAD_FUNC = 4, WHY_MAX = 256 };

/* ---- Faults and notes ------------------------------------------------------------------ */

enum skep_code sk_build_fail(const struct sk_build *b, const struct sk_site *site,
                             const char *format, ...)
{
    const struct sk_obj_func *f = &b->object->funcs[site->func];
    struct sk_elf_section section = sk_elf_section(&b->object->elf, f->section);
    char what[SKEP_MESSAGE_MAX], name[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_elf_fail(&section, section.offset + (uint64_t)site->slot * SK_SLOT_BYTES,
                       b->err, "slot %u of function '%s': %s", site->slot - f->first,
                       sk_shown(name, f->name), what);
}

/* Makes room for `more` elements behind `len` in an array whose capacity is 32 bits. */
static enum skep_code grow(const struct sk_build *b, void *block, uint32_t *cap,
                           uint32_t len, size_t more, size_t size)
{
    size_t wide = *cap;

    SK_TRY(sk_mem_grow(&b->object->mem, block, &wide, len, more, size, b->err));
    *cap = (uint32_t)wide;
    return SKEP_OK;
}

enum skep_code sk_build_poison(struct sk_build *b, uint32_t pc, const char *why)
{
    struct sk_built *built = b->built;
    size_t len = strlen(why) + 1;
    char *copy;

    SK_TRY(grow(b, &built->poisons, &built->poison_cap, built->poison_count, 1,
                sizeof(*built->poisons)));
    copy = sk_mem_new(&b->object->mem, len, 1);
    if (!copy)
        return sk_fail(b->err, E_NO_MEMORY, sk_at_nothing(), len);
    memcpy(copy, why, len);
    built->poisons[built->poison_count++] =
        (struct sk_built_poison){ .pc = pc, .why = copy };
    return SKEP_OK;
}

enum skep_code sk_build_extern(struct sk_build *b, uint32_t pc, uint32_t ext)
{
    struct sk_built *built = b->built;

    SK_TRY(grow(b, &built->externs, &built->extern_cap, built->extern_count, 1,
                sizeof(*built->externs)));
    built->externs[built->extern_count++] = (struct sk_built_extern){ pc, ext };
    return SKEP_OK;
}

/* ---- Adapting to types ------------------------------------------------------------------ */

/* The object's own types stand for those of a kernel that there is not. */
static enum skep_code need_core(struct sk_object *o, struct skep_err *err)
{
    const struct sk_btf *own = &o->btf;

    if (o->core)
        return SKEP_OK;
    if (o->kernel.btf_count)
        return sk_core_new(&o->core, &o->mem, &o->btf, o->kernel.btf, o->kernel.btf_count,
                           err);
    return sk_core_new(&o->core, &o->mem, &o->btf, &own, 1, err);
}

static enum skep_code poison_record(struct sk_build *b, uint32_t pc,
                                    const struct sk_ext_core *record)
{
    char why[WHY_MAX];
    struct sk_out out;

    sk_out_buf(&out, why, sizeof(why));
    sk_puts(&out, "failed to resolve CO-RE relocation ");
    sk_core_put(&b->object->btf, record, &out);
    return sk_build_poison(b, pc, why);
}

static enum skep_code apply_record(struct sk_build *b, uint32_t pc,
                                   const struct sk_obj_mark *mark)
{
    struct sk_object *o = b->object;
    struct sk_ext_core record = sk_obj_core(o, mark);
    enum sk_core_outcome outcome = SK_CORE_DONE;

    SK_TRY(need_core(o, b->err));
    SK_TRY(sk_core_apply(o->core, &o->ext, &record, b->built->slots, b->built->count, pc,
                         &outcome, b->err));
    return outcome == SK_CORE_POISONED ? poison_record(b, pc, &record) : SKEP_OK;
}

static int is_wide(const struct sk_build *b, uint32_t pc)
{
    return b->built->slots[(size_t)pc * SK_SLOT_BYTES] == sk_isa[SK_OP_LDDW].opcode;
}

/* A wide instruction has both of its slots in the function. */
static enum skep_code check_wide(const struct sk_build *b, const struct sk_site *site)
{
    const struct sk_obj_func *f = &b->object->funcs[site->func];

    if (site->slot + 1 < f->first + f->count)
        return SKEP_OK;
    return sk_build_fail(b, site,
                         "a wide instruction (lddw) has one slot left to the function's "
                         "end, 2 were expected");
}

static enum skep_code refuse_second(const struct sk_build *b, const struct sk_site *site,
                                    const char *what)
{
    return sk_build_fail(b, site,
                         "%s is of the second slot of the wide instruction (lddw) here, "
                         "the first was expected",
                         what);
}

/* Applies the records of a function's instructions to the copy of it that begins at pc. */
static enum skep_code apply_records(struct sk_build *b, uint32_t func, uint32_t pc)
{
    const struct sk_object *o = b->object;
    const struct sk_obj_func *f = &o->funcs[func];
    const struct sk_obj_mark *list = o->marks[SK_OBJ_CORE].list;
    size_t i = sk_obj_mark_from(o, SK_OBJ_CORE, f->section, f->first);
    size_t end = sk_obj_mark_from(o, SK_OBJ_CORE, f->section, f->first + f->count);
    uint32_t at = f->first;

    while (i < end) {
        struct sk_site site = { func, at, pc + (at - f->first) };
        int wide = is_wide(b, site.pc);

        if (wide)
            SK_TRY(check_wide(b, &site));
        for (; i < end && list[i].slot == at; i++)
            SK_TRY(apply_record(b, site.pc, &list[i]));
        at += wide ? 2 : 1;
        if (i < end && list[i].slot < at)
            return refuse_second(b, &site, "a CO-RE relocation");
    }
    return SKEP_OK;
}

/* ---- Appending a function -------------------------------------------------------------- */

/* Grows by half at most, as much as is needed at least. */
static enum skep_code need_slots(struct sk_build *b, uint32_t func)
{
    uint32_t more = b->object->funcs[func].count;
    struct sk_site site = { .func = func, .slot = b->object->funcs[func].first };

    if (more > SK_MAX_SLOTS - b->built->count)
        return sk_build_fail(b, &site,
                             "the program and this function have more than %d slots",
                             SK_MAX_SLOTS);
    return sk_mem_grow(&b->object->mem, &b->built->slots, &b->slot_cap,
                       (size_t)b->built->count * SK_SLOT_BYTES,
                       (size_t)more * SK_SLOT_BYTES, 1, b->err);
}

static void copy_code(struct sk_build *b, const struct sk_obj_func *f)
{
    struct sk_elf_section section = sk_elf_section(&b->object->elf, f->section);

    memcpy(b->built->slots + (size_t)b->built->count * SK_SLOT_BYTES,
           sk_elf_bytes(&b->object->elf, &section) + (size_t)f->first * SK_SLOT_BYTES,
           (size_t)f->count * SK_SLOT_BYTES);
    b->built->count += f->count;
}

static enum skep_code add_lines(struct sk_build *b, const struct sk_obj_func *f,
                                uint32_t pc)
{
    const struct sk_object *o = b->object;
    struct sk_built *built = b->built;
    size_t i = sk_obj_mark_from(o, SK_OBJ_LINE, f->section, f->first);
    size_t end = sk_obj_mark_from(o, SK_OBJ_LINE, f->section, f->first + f->count);

    /* As for Linux, where the entry has none the others are of no use. */
    if (built->func_count > 1 && !built->line_count)
        return SKEP_OK;
    SK_TRY(grow(b, &built->lines, &built->line_cap, built->line_count, end - i,
                sizeof(*built->lines)));
    for (; i < end; i++) {
        const struct sk_obj_mark *mark = &o->marks[SK_OBJ_LINE].list[i];

        built->lines[built->line_count++] =
            (struct sk_built_line){ .pc = pc + (mark->slot - f->first),
                                    .line = sk_obj_line(o, mark) };
    }
    return SKEP_OK;
}

/* Appends a function and lays a frame for going through it. */
static enum skep_code append(struct sk_build *b, uint32_t func)
{
    struct sk_object *o = b->object;
    struct sk_built *built = b->built;
    const struct sk_obj_func *f = &o->funcs[func];
    uint32_t pc = built->count;

    SK_TRY(need_slots(b, func));
    SK_TRY(grow(b, &built->funcs, &built->func_cap, built->func_count, 1,
                sizeof(*built->funcs)));
    SK_TRY(sk_mem_grow(&o->mem, &b->frames, &b->frame_cap, b->frame_count, 1,
                       sizeof(*b->frames), b->err));
    copy_code(b, f);
    built->funcs[built->func_count++] =
        (struct sk_built_func){ .first = pc, .func = func };
    o->placed[func] = 1 + pc;
    b->frames[b->frame_count++] = (struct sk_build_frame){
        .func = func, .mark = sk_obj_mark_from(o, SK_OBJ_RELOC, f->section, f->first)
    };
    SK_TRY(add_lines(b, f, pc));
    return apply_records(b, func, pc);
}

/* ---- Going through a function ----------------------------------------------------------- */

/* The instruction at pc is a call or address of a function in the program. */
static void point_at(struct sk_build *b, uint32_t pc, uint32_t first)
{
    struct sk_slot slot = sk_slot_read(b->built->slots, pc);

    if (sk_slot_is(&slot, SK_OP_LDDW))
        slot.src = LOAD_FUNC;
    slot.imm = (int32_t)(first - pc - 1);
    sk_slot_write(b->built->slots, pc, slot);
}

static int has_mark_at(const struct sk_object *o, const struct sk_build_frame *frame,
                       uint32_t slot)
{
    const struct sk_obj_mark *list = o->marks[SK_OBJ_RELOC].list;

    return frame->mark < o->marks[SK_OBJ_RELOC].count &&
           list[frame->mark].section == o->funcs[frame->func].section &&
           list[frame->mark].slot == slot;
}

/* The relocation of an instruction, which becomes used; NULL: none. */
static const struct sk_obj_mark *take_mark(const struct sk_object *o,
                                           struct sk_build_frame *frame,
                                           const struct sk_site *site)
{
    if (!has_mark_at(o, frame, site->slot))
        return NULL;
    return &o->marks[SK_OBJ_RELOC].list[frame->mark++];
}

/* Does the next instruction of the frame. */
static enum skep_code step(struct sk_build *b, struct sk_build_frame *frame)
{
    struct sk_object *o = b->object;
    const struct sk_obj_func *f = &o->funcs[frame->func];
    struct sk_site site = { frame->func, f->first + frame->next,
                            o->placed[frame->func] - 1 + frame->next };
    int wide = is_wide(b, site.pc);
    const struct sk_obj_mark *mark = take_mark(o, frame, &site);
    int32_t target;

    if (wide)
        SK_TRY(check_wide(b, &site));
    if (wide && has_mark_at(o, frame, site.slot + 1))
        return refuse_second(b, &site, "a relocation");
    frame->next += wide ? 2 : 1;
    if (mark)
        SK_TRY(sk_build_reloc(b, &site, mark, &target));
    else
        SK_TRY(sk_build_plain(b, &site, &target));
    if (target < 0)
        return SKEP_OK;
    /* The frame may move. */
    if (!o->placed[target])
        SK_TRY(append(b, (uint32_t)target));
    point_at(b, site.pc, o->placed[target] - 1);
    return SKEP_OK;
}

static enum skep_code go_through(struct sk_build *b)
{
    while (b->frame_count) {
        struct sk_build_frame *frame = &b->frames[b->frame_count - 1];

        if (frame->next == b->object->funcs[frame->func].count)
            b->frame_count--;
        else
            SK_TRY(step(b, frame));
    }
    return SKEP_OK;
}

/* ---- The whole ------------------------------------------------------------------------- */

static int poison_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_built_poison *p = a, *q = b;

    (void)ctx;
    return p->pc < q->pc;
}

static int extern_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_built_extern *e = a, *f = b;

    (void)ctx;
    return e->pc < f->pc;
}

/* Gives what was grown the size that it is freed with. */
static enum skep_code fit_slots(struct sk_build *b)
{
    size_t len = (size_t)b->built->count * SK_SLOT_BYTES;
    uint8_t *fit = sk_mem_resize(&b->object->mem, b->built->slots, b->slot_cap, len, 1);

    if (!fit)
        return sk_fail(b->err, E_NO_MEMORY, sk_at_nothing(), len);
    b->built->slots = fit;
    b->slot_cap = len;
    return SKEP_OK;
}

static enum skep_code build(struct sk_build *b, uint32_t prog)
{
    const struct sk_object *o = b->object;
    const struct sk_obj_func *entry = &o->funcs[o->progs[prog].func];

    SK_TRY(sk_obj_check_callback(o, entry, b->err));
    SK_TRY(sk_obj_resolve_externs(b->object, b->err));
    SK_TRY(append(b, o->progs[prog].func));
    SK_TRY(go_through(b));
    if (entry->callback && !o->placed[entry->callback - 1]) {
        SK_TRY(append(b, entry->callback - 1));
        SK_TRY(go_through(b));
    }
    SK_TRY(fit_slots(b));
    sk_sort(b->built->poisons, b->built->poison_count, sizeof(*b->built->poisons),
            poison_before, NULL);
    sk_sort(b->built->externs, b->built->extern_count, sizeof(*b->built->externs),
            extern_before, NULL);
    return SKEP_OK;
}

enum skep_code sk_object_build(struct sk_object *o, uint32_t prog, struct sk_built *out,
                               struct skep_err *err)
{
    struct sk_built built = { .mem = o->mem };
    struct sk_build b = { .object = o, .built = &built, .err = err };
    enum skep_code code = build(&b, prog);

    for (uint32_t i = 0; i < built.func_count; i++)
        o->placed[built.funcs[i].func] = 0;
    sk_mem_free(&o->mem, b.frames, b.frame_cap, sizeof(*b.frames));
    sk_mem_free(&o->mem, b.numbers, o->extern_count, sizeof(*b.numbers));
    if (code) {
        sk_mem_free(&o->mem, built.slots, b.slot_cap, 1);
        built.slots = NULL;
        sk_built_fini(&built);
        return code;
    }
    *out = built;
    return SKEP_OK;
}

void sk_built_fini(struct sk_built *built)
{
    const struct sk_mem *mem = &built->mem;

    if (!mem->fn)
        return;
    for (uint32_t i = 0; i < built->poison_count; i++)
        sk_mem_free(mem, built->poisons[i].why, strlen(built->poisons[i].why) + 1, 1);
    sk_mem_free(mem, built->slots, built->count, SK_SLOT_BYTES);
    sk_mem_free(mem, built->funcs, built->func_cap, sizeof(*built->funcs));
    sk_mem_free(mem, built->lines, built->line_cap, sizeof(*built->lines));
    sk_mem_free(mem, built->poisons, built->poison_cap, sizeof(*built->poisons));
    sk_mem_free(mem, built->externs, built->extern_cap, sizeof(*built->externs));
    *built = (struct sk_built){ .count = 0 };
}
