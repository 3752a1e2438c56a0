/* Notes of programs that were built of an object.
 *
 * They are laid out twice by the same code: first without memory, which counts the bytes; then
 * into one block. Names and source lines stay in the object; what is made here is in the
 * block. */
#include <string.h>

#include "api/object.h"
#include "btf/print.h"
#include "load/object_parts.h"

enum { BLANKS_MAX = 256 };

/* The block, while it is filled. */
struct block {
    uint8_t *at; /* NULL: bytes are only counted */
    size_t used;
};

/* What the notes are made of. */
struct source {
    struct skep_object *object;
    const struct sk_built *built;
    const struct sk_prog *prog;
    uint8_t *used; /* of each map: 1: referred to, 2: by its values */
};

/* `count` objects of `size` bytes; NULL while counting. */
static void *take(struct block *block, size_t count, size_t size)
{
    void *taken = block->at ? block->at + block->used : NULL;

    block->used += (count * size + 7) & ~(size_t)7;
    return taken;
}

static int write_string(void *ctx, const char *text, size_t len)
{
    struct block *block = ctx;

    if (block->at)
        memcpy(block->at + block->used, text, len);
    block->used += len;
    return 0;
}

/* What `out` has written since `from` becomes a string. */
static const char *end_string(struct block *block, size_t from)
{
    write_string(block, "", 1);
    block->used = (block->used + 7) & ~(size_t)7;
    return block->at ? (const char *)block->at + from : NULL;
}

static const char *copy_string(struct block *block, const char *text)
{
    size_t from = block->used;

    write_string(block, text, strlen(text));
    return end_string(block, from);
}

/* ---- Functions ----------------------------------------------------------------------- */

static const char *put_symbol(const struct source *s, struct block *block, uint32_t first,
                              const char *name)
{
    uint32_t function = sk_prog_function_of(s->prog, first);
    size_t from = block->used;
    struct sk_out out;
    uint8_t tag[8] = { 0 };

    if (block->at)
        sk_prog_function_tag(s->prog, function, tag);
    sk_out_writer(&out, write_string, block);
    sk_puts(&out, "bpf_prog_");
    for (size_t i = 0; i < sizeof(tag); i++)
        sk_printf(&out, "%02x", tag[i]);
    sk_printf(&out, "_%s", name);
    return end_string(block, from);
}

static const char *put_proto(const struct source *s, struct block *block, uint32_t type)
{
    size_t from = block->used;
    struct sk_out out;

    sk_out_writer(&out, write_string, block);
    sk_btf_put_prototype(&s->object->object.btf, type, &out);
    return end_string(block, from);
}

static void put_functions(const struct source *s, struct block *block,
                          struct sk_notes *notes)
{
    uint32_t count = s->built->func_count;
    struct sk_note_function *functions = take(block, count, sizeof(*functions));

    for (uint32_t i = 0; i < count; i++) {
        const struct sk_built_func *built = &s->built->funcs[i];
        const struct sk_obj_func *func = &s->object->object.funcs[built->func];
        struct sk_note_function f = { built->first, func->name, NULL, NULL };

        f.symbol = put_symbol(s, block, built->first, func->name);
        if (func->btf_id && s->object->object.has_btf)
            f.proto = put_proto(s, block, func->btf_id);
        if (functions)
            functions[i] = f;
    }
    notes->functions = functions;
    notes->function_count = count;
}

/* ---- Lines, poisons and externs ---------------------------------------------------------------- */

/* A line without the blanks at its start. Many lines may be the same one of the file, so that
 * only so many are looked at. */
static const char *without_blanks(const char *text)
{
    const char *end = text + BLANKS_MAX;

    while (text < end && (*text == ' ' || (*text >= '\t' && *text <= '\r')))
        text++;
    return text;
}

static void put_lines(const struct source *s, struct block *block, struct sk_notes *notes)
{
    uint32_t count = s->built->line_count;
    struct sk_note_line *lines = take(block, count, sizeof(*lines));

    for (uint32_t i = 0; lines && i < count; i++) {
        const struct sk_ext_line *line = &s->built->lines[i].line;

        lines[i] =
            (struct sk_note_line){ s->built->lines[i].pc, line->file,
                                   without_blanks(line->text), line->line, line->column };
    }
    notes->lines = lines;
    notes->line_count = count;
}

static void put_poisons(const struct source *s, struct block *block,
                        struct sk_notes *notes)
{
    uint32_t count = s->built->poison_count;
    struct sk_note_poison *poisons = take(block, count, sizeof(*poisons));

    for (uint32_t i = 0; i < count; i++) {
        const char *why = copy_string(block, s->built->poisons[i].why);

        if (poisons)
            poisons[i] = (struct sk_note_poison){ s->built->poisons[i].pc, why };
    }
    notes->poisons = poisons;
    notes->poison_count = count;
}

/* A function's name is the kernel's, which has no flavour ("bpf_x___old"). */
static const char *put_extern_name(struct block *block, const struct sk_obj_extern *ext)
{
    size_t from = block->used;
    size_t len = ext->is_func ? sk_obj_essential_len(ext->name) : 0;

    if (!len || !ext->name[len])
        return ext->name;
    write_string(block, ext->name, len);
    return end_string(block, from);
}

static void put_externs(const struct source *s, struct block *block,
                        struct sk_notes *notes)
{
    uint32_t count = s->built->extern_count;
    struct sk_note_extern *externs = take(block, count, sizeof(*externs));

    for (uint32_t i = 0; i < count; i++) {
        const struct sk_built_extern *built = &s->built->externs[i];
        const char *name = put_extern_name(block, &s->object->object.externs[built->ext]);

        if (externs)
            externs[i] = (struct sk_note_extern){ built->pc, name };
    }
    notes->externs = externs;
    notes->extern_count = count;
}

/* ---- Maps and variables ---------------------------------------------------------------- */

static const char *map_name(const struct sk_obj_map *map)
{
    return map->role == SK_OBJ_MAP_DATA ? map->kernel_name : map->name;
}

static void put_maps(const struct source *s, struct block *block, struct sk_notes *notes)
{
    uint32_t count = s->object->object.map_count;
    struct sk_map **maps = take(block, count, sizeof(struct sk_map *));
    const char **names = take(block, count, sizeof(char *));

    for (uint32_t i = 0; maps && i < count; i++) {
        maps[i] = s->used[i] ? s->object->maps[i] : NULL;
        names[i] = s->used[i] ? map_name(&s->object->object.maps[i]) : NULL;
    }
    notes->maps = maps;
    notes->map_names = names;
    notes->map_count = count;
}

static void put_variables(const struct source *s, struct block *block,
                          struct sk_notes *notes)
{
    uint32_t count = 0;
    struct sk_note_variable *variables;

    for (size_t i = 0; i < s->object->object.var_count; i++)
        count += s->used[s->object->object.vars[i].map] == 2;
    variables = take(block, count, sizeof(*variables));
    for (size_t i = 0, n = 0; variables && i < s->object->object.var_count; i++) {
        const struct sk_obj_var *var = &s->object->object.vars[i];

        if (s->used[var->map] == 2)
            variables[n++] = (struct sk_note_variable){ var->map + 1, var->offset,
                                                        var->size, var->name };
    }
    notes->variables = variables;
    notes->variable_count = count;
}

static void mark_maps(const struct source *s)
{
    for (uint32_t pc = 0; pc < s->prog->count; pc++) {
        const struct sk_insn *insn = &s->prog->insns[pc];
        uint32_t index = (uint32_t)insn->imm - 1;
        uint8_t use = insn->op == SK_OP_LDDW_MAP_VALUE ? 2
                      : insn->op == SK_OP_LDDW_MAP_FD  ? 1
                                                       : 0;

        if (use && index < s->object->object.map_count && s->used[index] < use)
            s->used[index] = use;
    }
}

/* ---- All ------------------------------------------------------------------------------- */

static void lay_out(const struct source *s, struct block *block, struct sk_notes *notes)
{
    put_functions(s, block, notes);
    put_lines(s, block, notes);
    put_poisons(s, block, notes);
    put_externs(s, block, notes);
    put_maps(s, block, notes);
    put_variables(s, block, notes);
}

enum skep_code sk_api_notes(struct skep_object *object, const struct sk_built *built,
                            struct sk_prog *prog, struct skep_err *err)
{
    struct source s = { object, built, prog, NULL };
    uint32_t map_count = object->object.map_count;
    struct block block = { NULL, 0 };
    struct sk_notes notes = { .block = NULL };

    s.used = sk_mem_new(&object->mem, map_count, 1);
    if (!s.used)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), (size_t)map_count);
    mark_maps(&s);
    lay_out(&s, &block, &notes);
    notes.bytes = block.used;
    notes.block = sk_mem_new(&object->mem, notes.bytes, 1);
    if (notes.block) {
        block = (struct block){ notes.block, 0 };
        lay_out(&s, &block, &notes);
        prog->notes = notes;
    }
    sk_mem_free(&object->mem, s.used, map_count, 1);
    if (!notes.block)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), notes.bytes);
    return SKEP_OK;
}
