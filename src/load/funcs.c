/* Functions and programs of an object.
 *
 * A function is what a symbol of that type says; one without a size goes up to the next one.
 * Functions do not overlap, but one may have several names. Code without any symbol of a
 * function is one function, named as its section: assemblers leave types of symbols out.
 *
 * Programs are, as for libbpf, the global functions outside of .text; where there are none,
 * those of .text (libbpf: only if it is the object's only function); where all are static,
 * all of them. The others are called by programs. */
#include <string.h>

#include "base/bits.h"
#include "base/sort.h"
#include "isa/isa.h"
#include "load/object_parts.h"
#include "load/section.h"

/* What an object has of functions, counted before there is memory for them. */
struct census {
    uint32_t functions, bare; /* bare: sections of code, as functions */
};

static int is_function(const struct sk_elf_symbol *symbol)
{
    return symbol->type == SK_STT_FUNC && symbol->section != SK_SHN_UNDEF;
}

/* ---- The list -------------------------------------------------------------------------- */

static enum skep_code count_functions(const struct sk_object *o, struct census *census,
                                      struct skep_err *err)
{
    struct sk_elf_symbol symbol;

    for (uint32_t i = 1; i < o->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&o->elf, i, &symbol, err));
        if (is_function(&symbol))
            census->functions++;
    }
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (sk_obj_is_code(&section))
            census->bare++;
    }
    return SKEP_OK;
}

static enum skep_code check_name(const struct sk_object *o,
                                 const struct sk_elf_symbol *symbol, struct skep_err *err)
{
    struct sk_elf_section table = sk_elf_section(&o->elf, o->elf.symbol_table);
    char name[SK_SHOWN_MAX];

    if (sk_obj_len(symbol->name, SK_FUNC_NAME_MAX) < SK_FUNC_NAME_MAX)
        return SKEP_OK;
    return sk_elf_fail(&table, table.offset + symbol->index * table.entsize, err,
                       "function '%s' (symbol %u) has a name longer than %d bytes",
                       sk_shown(name, symbol->name), symbol->index, SK_FUNC_NAME_MAX - 1);
}

static enum skep_code list_functions(struct sk_object *o, struct skep_err *err)
{
    struct sk_elf_symbol symbol;

    for (uint32_t i = 1; i < o->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&o->elf, i, &symbol, err));
        if (!is_function(&symbol))
            continue;
        SK_TRY(check_name(o, &symbol, err));
        o->funcs[o->func_count++] = (struct sk_obj_func){
            .name = symbol.name,
            .section = symbol.section,
            .symbol = i,
            .first = (uint32_t)(symbol.value / SK_SLOT_BYTES),
            .count = (uint32_t)(symbol.size / SK_SLOT_BYTES),
            .is_global = symbol.bind != SK_STB_LOCAL,
            .is_hidden = symbol.visibility == SK_STV_HIDDEN ||
                         symbol.visibility == SK_STV_INTERNAL,
        };
    }
    return SKEP_OK;
}

static int function_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_func *f = a, *g = b;

    (void)ctx;
    if (f->section != g->section)
        return f->section < g->section;
    return f->first != g->first ? f->first < g->first : f->symbol < g->symbol;
}

static void sort_functions(struct sk_object *o)
{
    sk_sort(o->funcs, o->func_count, sizeof(*o->funcs), function_before, NULL);
}

static int is_place_before(const void *item, const void *key)
{
    const struct sk_obj_func *f = item, *place = key;

    return f->section != place->section ? f->section < place->section
                                        : f->first < place->first;
}

/* The index of the first function at or behind a place. */
static uint32_t function_from(const struct sk_object *o, uint32_t section, uint32_t first)
{
    const struct sk_obj_func place = { .section = section, .first = first };

    return (uint32_t)sk_lower_bound(o->funcs, o->func_count, sizeof(place),
                                    is_place_before, &place);
}

int32_t sk_obj_func_at(const struct sk_object *o, uint32_t section, uint32_t first)
{
    uint32_t i = function_from(o, section, first);

    if (i == o->func_count || o->funcs[i].section != section ||
        o->funcs[i].first != first)
        return -1;
    return (int32_t)i;
}

static int has_functions(const struct sk_object *o, uint32_t section, uint32_t count)
{
    struct sk_object listed = { .funcs = o->funcs, .func_count = count };
    uint32_t i = function_from(&listed, section, 0);

    return i < count && o->funcs[i].section == section;
}

/* Code in which nothing is a function becomes one. The functions so far are in order. */
static void list_bare_sections(struct sk_object *o)
{
    uint32_t listed = o->func_count;

    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (sk_obj_is_code(&section) && !has_functions(o, i, listed))
            o->funcs[o->func_count++] = (struct sk_obj_func){
                .name = section.name,
                .section = i,
                .count = (uint32_t)(section.size / SK_SLOT_BYTES),
                .is_global = 1,
            };
    }
    if (o->func_count > listed)
        sort_functions(o);
}

/* ---- Sizes ----------------------------------------------------------------------------- */

/* The slot where the function behind those that begin with function i begins. */
static uint32_t next_begin(const struct sk_object *o, uint32_t i, uint32_t end)
{
    const struct sk_obj_func *f = &o->funcs[i];

    if (end < o->func_count && o->funcs[end].section == f->section)
        return o->funcs[end].first;
    return (uint32_t)(sk_elf_section(&o->elf, f->section).size / SK_SLOT_BYTES);
}

static enum skep_code refuse_overlap(const struct sk_object *o,
                                     const struct sk_obj_func *f,
                                     const struct sk_obj_func *g, struct skep_err *err)
{
    struct sk_elf_section section = sk_elf_section(&o->elf, f->section);
    char first[SK_SHOWN_MAX], second[SK_SHOWN_MAX];

    return sk_elf_fail(&section, section.offset + (uint64_t)g->first * SK_SLOT_BYTES, err,
                       "functions '%s' (slots %u to %u) and '%s' (from slot %u on) "
                       "overlap, functions apart were expected",
                       sk_shown(first, f->name), f->first, f->first + f->count - 1,
                       sk_shown(second, g->name), g->first);
}

/* The functions [i, end) begin at the same slot: names of one function. */
static enum skep_code set_sizes(struct sk_object *o, uint32_t i, uint32_t end,
                                struct skep_err *err)
{
    uint32_t next = next_begin(o, i, end), count = 0;

    for (uint32_t k = i; k < end; k++)
        if (o->funcs[k].count > count)
            count = o->funcs[k].count;
    if (!count)
        count = next - o->funcs[i].first;
    for (uint32_t k = i; k < end; k++) {
        if (o->funcs[k].count && o->funcs[k].count != count)
            return refuse_overlap(o, &o->funcs[i], &o->funcs[k], err);
        o->funcs[k].count = count;
    }
    if (count > next - o->funcs[i].first)
        return refuse_overlap(o, &o->funcs[i], &o->funcs[end], err);
    return SKEP_OK;
}

static enum skep_code set_all_sizes(struct sk_object *o, struct skep_err *err)
{
    for (uint32_t i = 0, end; i < o->func_count; i = end) {
        for (end = i + 1; end < o->func_count; end++)
            if (o->funcs[end].section != o->funcs[i].section ||
                o->funcs[end].first != o->funcs[i].first)
                break;
        SK_TRY(set_sizes(o, i, end, err));
    }
    return SKEP_OK;
}

/* ---- Names ----------------------------------------------------------------------------- */

/* Orders indices of functions by name; static ones, whose names need not differ, last. */
static int name_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *o = ctx;
    const struct sk_obj_func *f = &o->funcs[*(const uint32_t *)a];
    const struct sk_obj_func *g = &o->funcs[*(const uint32_t *)b];

    if (f->is_global != g->is_global)
        return f->is_global;
    return f->is_global && f->name != g->name && strcmp(f->name, g->name) < 0;
}

static enum skep_code check_order(const struct sk_object *o, const uint32_t *order,
                                  struct skep_err *err)
{
    for (uint32_t i = 1; i < o->func_count; i++) {
        const struct sk_obj_func *f = &o->funcs[order[i - 1]], *g = &o->funcs[order[i]];
        struct sk_elf_section section;
        char name[SK_SHOWN_MAX];

        /* That of code without symbols is no symbol's name. */
        if (!f->is_global || !g->is_global || !f->symbol || !g->symbol ||
            strcmp(f->name, g->name))
            continue;
        section = sk_elf_section(&o->elf, g->section);
        return sk_elf_fail(&section, section.offset + (uint64_t)g->first * SK_SLOT_BYTES,
                           err,
                           "global function '%s' is in the object twice (symbols %u and "
                           "%u), names that differ were expected",
                           sk_shown(name, g->name), f->symbol, g->symbol);
    }
    return SKEP_OK;
}

/* No two global functions have the same name. */
static enum skep_code check_names(const struct sk_object *o, struct skep_err *err)
{
    uint32_t *order = sk_mem_new(&o->mem, o->func_count, sizeof(*order));
    enum skep_code code;

    if (!order)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), o->func_count * sizeof(*order));
    for (uint32_t i = 0; i < o->func_count; i++)
        order[i] = i;
    sk_sort(order, o->func_count, sizeof(*order), name_before, o);
    code = check_order(o, order, err);
    sk_mem_free(&o->mem, order, o->func_count, sizeof(*order));
    return code;
}

static enum skep_code new_functions(struct sk_object *o, uint64_t count,
                                    struct skep_err *err)
{
    if (count > INT32_MAX)
        return sk_fail(err, E_FORMAT, sk_at_nothing(),
                       "the object has more than 2^31 functions");
    o->func_cap = (uint32_t)count;
    o->funcs = sk_mem_new(&o->mem, o->func_cap, sizeof(*o->funcs));
    o->placed = sk_mem_new(&o->mem, o->func_cap, sizeof(*o->placed));
    if (!o->funcs || !o->placed)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(*o->funcs));
    return SKEP_OK;
}

enum skep_code sk_obj_find_funcs(struct sk_object *o, struct skep_err *err)
{
    struct census census = { 0 };

    SK_TRY(count_functions(o, &census, err));
    SK_TRY(new_functions(o, (uint64_t)census.functions + census.bare, err));
    SK_TRY(list_functions(o, err));
    sort_functions(o);
    list_bare_sections(o);
    SK_TRY(set_all_sizes(o, err));
    return check_names(o, err);
}

/* ---- Programs -------------------------------------------------------------------------- */

static int is_text(const struct sk_object *o, const struct sk_obj_func *f)
{
    return !strcmp(sk_elf_section(&o->elf, f->section).name, ".text");
}

/* Which functions are programs: global ones outside of .text, or others. */
enum choice { IN_TEXT = 1, STATIC_TOO = 2 };

/* Marks what is chosen by some of enum choice. Returns how many. */
static uint32_t choose_programs(struct sk_object *o, uint32_t choice)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < o->func_count; i++) {
        struct sk_obj_func *f = &o->funcs[i];

        f->is_program = is_text(o, f) == ((choice & IN_TEXT) != 0) &&
                        (f->is_global || choice & STATIC_TOO);
        count += f->is_program;
    }
    return count;
}

static void fill_program(const struct sk_object *o, uint32_t func,
                         struct sk_obj_prog *prog)
{
    const char *name = sk_elf_section(&o->elf, o->funcs[func].section).name;
    uint32_t flags = *name == '?' ? SK_PROG_OPTIONAL : 0;
    const struct sk_section_rule *rule;

    if (flags)
        name++;
    *prog = (struct sk_obj_prog){
        .func = func, .section = name, .flags = flags, .target = ""
    };
    rule = sk_section_rule(name, &prog->target);
    if (!rule)
        return;
    prog->type = rule->type;
    prog->attach_type = rule->attach_type;
    prog->has_attach_type = (uint8_t)rule->has_attach;
    prog->flags |= rule->flags & (SK_PROG_SLEEPABLE | SK_PROG_FRAGS);
}

enum skep_code sk_obj_find_progs(struct sk_object *o, struct skep_err *err)
{
    static const uint32_t choices[] = { 0, IN_TEXT, STATIC_TOO, IN_TEXT | STATIC_TOO };
    uint32_t count = 0;

    for (size_t i = 0; !count && i < SK_LEN(choices); i++)
        count = choose_programs(o, choices[i]);
    o->prog_cap = count;
    o->progs = sk_mem_new(&o->mem, count, sizeof(*o->progs));
    if (!o->progs)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(*o->progs));
    for (uint32_t i = 0; i < o->func_count; i++)
        if (o->funcs[i].is_program)
            fill_program(o, i, &o->progs[o->prog_count++]);
    return SKEP_OK;
}

static int has_func_before(const void *item, const void *key)
{
    return ((const struct sk_obj_prog *)item)->func < *(const uint32_t *)key;
}

int32_t sk_obj_prog_of(const struct sk_object *o, uint32_t func)
{
    size_t i = sk_lower_bound(o->progs, o->prog_count, sizeof(o->progs[0]),
                              has_func_before, &func);

    return i < o->prog_count && o->progs[i].func == func ? (int32_t)i : -1;
}

void sk_obj_free_funcs(struct sk_object *o)
{
    sk_mem_free(&o->mem, o->funcs, o->func_cap, sizeof(*o->funcs));
    sk_mem_free(&o->mem, o->placed, o->func_cap, sizeof(*o->placed));
    sk_mem_free(&o->mem, o->progs, o->prog_cap, sizeof(*o->progs));
}
