/* Finding notes by slot. */
#include "prog/notes.h"

#include "base/sort.h"

static int is_upto(const void *item, const void *key)
{
    return *(const uint32_t *)item <= *(const uint32_t *)key;
}

/* The number of elements of a table, ordered by their first member, a slot, that are at or
 * before pc. */
static size_t count_upto(const void *table, uint32_t count, size_t size, uint32_t pc)
{
    return sk_lower_bound(table, count, size, is_upto, &pc);
}

void sk_notes_free(struct sk_notes *notes, const struct sk_mem *mem)
{
    sk_mem_free(mem, notes->block, notes->bytes, 1);
    *notes = (struct sk_notes){ 0 };
}

const struct sk_note_line *sk_notes_line_of(const struct sk_notes *notes, uint32_t pc)
{
    size_t n = count_upto(notes->lines, notes->line_count, sizeof(notes->lines[0]), pc);

    return n ? &notes->lines[n - 1] : NULL;
}

const struct sk_note_line *sk_notes_line_at(const struct sk_notes *notes, uint32_t pc)
{
    const struct sk_note_line *line = sk_notes_line_of(notes, pc);

    return line && line->pc == pc ? line : NULL;
}

const struct sk_note_function *sk_notes_function(const struct sk_notes *notes,
                                                 uint32_t pc)
{
    size_t n = count_upto(notes->functions, notes->function_count,
                          sizeof(notes->functions[0]), pc);

    return n && notes->functions[n - 1].first == pc ? &notes->functions[n - 1] : NULL;
}

const char *sk_notes_map_name(const struct sk_notes *notes, uint32_t map)
{
    return map - 1 < notes->map_count && notes->map_names ? notes->map_names[map - 1]
                                                          : NULL;
}

/* Whether a variable begins at or before the byte that `key` begins at. */
static int begins_upto(const void *item, const void *key)
{
    const struct sk_note_variable *x = item, *y = key;

    return x->map < y->map || (x->map == y->map && x->offset <= y->offset);
}

const struct sk_note_variable *sk_notes_variable(const struct sk_notes *notes,
                                                 uint32_t map, uint32_t offset)
{
    const struct sk_note_variable key = { .map = map, .offset = offset };
    size_t n = sk_lower_bound(notes->variables, notes->variable_count, sizeof(key),
                              begins_upto, &key);
    const struct sk_note_variable *found = n ? &notes->variables[n - 1] : NULL;

    return found && found->map == map && offset - found->offset < found->size ? found
                                                                              : NULL;
}

const char *sk_notes_poison(const struct sk_notes *notes, uint32_t pc)
{
    size_t n =
        count_upto(notes->poisons, notes->poison_count, sizeof(notes->poisons[0]), pc);

    return n && notes->poisons[n - 1].pc == pc ? notes->poisons[n - 1].why : NULL;
}

const char *sk_notes_extern(const struct sk_notes *notes, uint32_t pc)
{
    size_t n =
        count_upto(notes->externs, notes->extern_count, sizeof(notes->externs[0]), pc);

    return n && notes->externs[n - 1].pc == pc ? notes->externs[n - 1].name : NULL;
}
