/* The output's types. First those of all files are put behind each other; then the VARs
 * and FUNCs of one symbol are taken for one, equal types are found, and of each the first
 * is written. At the end come the DATASECs. */

#include "base/sort.h"
#include "btf/dedup.h"
#include "btf/words.h"
#include "link/parts.h"

/* ---- All types ------------------------------------------------------------------- */

static enum skep_code gather(struct sk_link *l, struct sk_btf_build *build,
                             struct skep_err *err)
{
    uint32_t shift = 0;

    for (uint32_t f = 0; f < l->file_count; f++) {
        struct sk_link_file *file = &l->files[f];
        const struct sk_btf_ids ids = { .shift = shift };

        file->shift = shift;
        for (uint32_t id = 1; id < sk_btf_count(&file->btf); id++)
            sk_btf_build_copy(build, &file->btf, id, &ids);
        shift = build->count - 1;
    }
    return sk_btf_build_finish(build, &l->raw, err);
}

enum skep_code sk_link_gather(struct sk_link *l, struct skep_err *err)
{
    enum { STEPS_PER_TYPE = 64, STEPS_MIN = 1 << 16 };
    struct sk_btf_build build;
    enum skep_code code;

    sk_btf_build_init(&build, l->mem);
    code = gather(l, &build, err);
    sk_btf_build_fini(&build);
    if (code)
        return code;
    SK_TRY(sk_btf_open(&l->all, l->mem, l->raw.data, l->raw.len, NULL, NULL, err));
    l->patience = STEPS_MIN + STEPS_PER_TYPE * (uint64_t)l->all.count;
    SK_TRY(sk_arena_new(&l->arena, &l->dropped, l->all.count, 1, err));
    return sk_arena_new(&l->arena, &l->final, l->all.count, sizeof(uint32_t), err);
}

/* ---- Which are the same ---------------------------------------------------------- */

/* The type that counts of a symbol's, among all types. */
static uint32_t type_of(const struct sk_link *l, const struct sk_link_symbol *symbol)
{
    return symbol->btf ? symbol->btf + l->files[symbol->file].shift : 0;
}

static void take_symbols(const struct sk_link *l, const struct sk_link_file *file,
                         uint32_t *map)
{
    for (uint32_t i = 1; i < file->elf.symbol_count; i++) {
        uint32_t number = file->symbols[i], type = file->symbol_types[i];

        if (number && type)
            map[type + file->shift] = type_of(l, &l->symbols[number]);
    }
}

static enum skep_code find_same(struct sk_link *l, uint32_t *map, struct skep_err *err)
{
    for (uint32_t id = 0; id < l->all.count; id++)
        map[id] = id;
    for (uint32_t f = 0; f < l->file_count; f++)
        take_symbols(l, &l->files[f], map);
    return sk_btf_dedup(&l->all, map, err);
}

/* ---- Which are written, and in which order --------------------------------------- */

static int is_written(const struct sk_link *l, const uint32_t *map, uint32_t id)
{
    struct sk_btf_type type = sk_btf_type(&l->all, id);

    return type.kind != SK_BTF_DATASEC && !l->dropped[id] &&
           !(type.kind == SK_BTF_DECL_TAG && l->dropped[map[type.type]]);
}

/* Fills at[i] with the type that is written where type i was; 0: none. A symbol's stands
 * where the symbol is first spoken of. */
static void order(const struct sk_link *l, const uint32_t *map, uint32_t *at)
{
    for (uint32_t id = 1; id < l->all.count; id++)
        at[id] = map[id] == id && is_written(l, map, id) ? id : 0;
    for (uint32_t i = 1; i < l->symbol_count; i++) {
        const struct sk_link_symbol *symbol = &l->symbols[i];
        uint32_t type = map[type_of(l, symbol)];

        if (!type || symbol->first_type >= type || !at[type])
            continue;
        at[type] = 0;
        at[symbol->first_type] = type;
    }
}

/* Counts what refers to each type that is written, or may be: members, and records of
 * code. */
static void count_uses(const struct sk_link *l, const uint32_t *map, const uint32_t *at,
                       uint32_t *uses)
{
    for (uint32_t i = 1; i < l->all.count; i++) {
        uint32_t words;
        const uint8_t *record;

        if (!at[i])
            continue;
        record = sk_btf_record(&l->all, at[i], &words);
        for (uint32_t w = 0; w < words; w++) {
            if (sk_btf_word_role(sk_btf_type(&l->all, at[i]).kind, w) == SK_WORD_TYPE)
                uses[map[sk_btf_word_at(record, w)]]++;
        }
    }
    for (uint32_t f = 0; f < l->file_count; f++) {
        const struct sk_link_file *file = &l->files[f];
        struct sk_ext_section records = { 0 };

        while (file->has_ext && sk_btf_ext_next(&file->ext, SK_EXT_CORE, &records)) {
            for (uint32_t i = 0; i < records.count; i++) {
                uint32_t type = sk_ext_core(&file->ext, &records, i).type;

                uses[type ? map[type + file->shift] : 0]++;
            }
        }
    }
}

/* Where a function is only declared, clang writes a prototype without names of
 * parameters. If that came first and nothing else needs it, the definition's stands in
 * its place. */
static void replace_prototype(const struct sk_link *l, const uint32_t *map,
                              const uint32_t *uses, uint32_t declared, uint32_t *at)
{
    struct sk_btf_type func = sk_btf_type(&l->all, declared);
    uint32_t old = map[func.type], fresh = map[sk_btf_type(&l->all, map[declared]).type];

    if (func.kind != SK_BTF_FUNC || uses[old] || at[old] != old)
        return;
    at[old] = 0;
    if (at[fresh] == fresh && fresh > old) {
        at[fresh] = 0;
        at[old] = fresh;
    }
}

static void replace_prototypes(const struct sk_link *l, const uint32_t *map,
                               const uint32_t *uses, uint32_t *at)
{
    for (uint32_t i = 1; i < l->symbol_count; i++) {
        uint32_t first = l->symbols[i].first_type;

        if (first != type_of(l, &l->symbols[i]))
            replace_prototype(l, map, uses, first, at);
    }
}

static void write_types(struct sk_link *l, const uint32_t *map, const uint32_t *at)
{
    const struct sk_btf_ids ids = { .map = l->final };
    uint32_t count = 1;

    for (uint32_t i = 1; i < l->all.count; i++) {
        if (at[i])
            l->final[at[i]] = count++;
    }
    for (uint32_t id = 1; id < l->all.count; id++)
        l->final[id] = l->final[map[id]];
    for (uint32_t i = 1; i < l->all.count; i++) {
        if (at[i])
            sk_btf_build_copy(&l->build, &l->all, at[i], &ids);
    }
}

/* ---- Sections of data ------------------------------------------------------------ */

static int by_place(const void *ctx, uint32_t a, uint32_t b)
{
    const struct sk_link_var *x = (const struct sk_link_var *)ctx + a;
    const struct sk_link_var *y = (const struct sk_link_var *)ctx + b;

    if (x->section != y->section)
        return x->section < y->section ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static enum skep_code write_datasec(struct sk_link *l, const uint32_t *vars,
                                    uint32_t count, struct skep_err *err)
{
    const struct sk_link_section *section = &l->sections[l->vars[vars[0]].section];
    char buf[SK_SHOWN_MAX];

    if (count > UINT16_MAX)
        return sk_link_fail(
            &l->files[section->file], err,
            "section '%s': all of that name have %u variables, up to %u can "
            "be told",
            sk_shown(buf, section->name), count, UINT16_MAX);
    sk_btf_build_datasec(&l->build, section->name,
                         section->type == SK_SHT_NULL ? 0 : (uint32_t)section->size,
                         count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sk_link_var *var = &l->vars[vars[i]];

        sk_btf_build_secvar(&l->build, l->final[var->type], var->offset, var->size);
    }
    return SKEP_OK;
}

static enum skep_code write_datasecs(struct sk_link *l, struct skep_err *err)
{
    uint32_t *vars, first = 0;

    SK_TRY(sk_arena_new(&l->arena, &vars, l->var_count, sizeof(uint32_t), err));
    for (uint32_t i = 0; i < l->var_count; i++)
        vars[i] = i;
    sk_sort_numbers(vars, l->var_count, by_place, l->vars);
    for (uint32_t i = 1; i <= l->var_count; i++) {
        if (i < l->var_count && l->vars[vars[i]].section == l->vars[vars[first]].section)
            continue;
        SK_TRY(write_datasec(l, vars + first, i - first, err));
        first = i;
    }
    return SKEP_OK;
}

enum skep_code sk_link_types(struct sk_link *l, struct skep_err *err)
{
    uint32_t *map, *at, *uses;

    SK_TRY(sk_arena_new(&l->arena, &map, l->all.count, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(&l->arena, &at, l->all.count, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(&l->arena, &uses, l->all.count, sizeof(uint32_t), err));
    SK_TRY(find_same(l, map, err));
    order(l, map, at);
    count_uses(l, map, at, uses);
    replace_prototypes(l, map, uses, at);
    write_types(l, map, at);
    return write_datasecs(l, err);
}
