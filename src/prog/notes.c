/* Finding notes by slot. */
#include "prog/notes.h"

/* The number of elements of a table, ordered by their first member, a slot, that are at or
 * before pc. */
static uint32_t count_upto(const void *table, uint32_t count, size_t size, uint32_t pc)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const uint32_t *at = (const void *)((const char *)table + mid * size);

        if (*at <= pc)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void sk_notes_free(struct sk_notes *notes, const struct sk_mem *mem)
{
    sk_mem_free(mem, notes->block, notes->bytes, 1);
    *notes = (struct sk_notes){ 0 };
}

const struct sk_note_line *sk_notes_line_of(const struct sk_notes *notes, uint32_t pc)
{
    uint32_t n = count_upto(notes->lines, notes->line_count, sizeof(notes->lines[0]), pc);

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
    uint32_t n = count_upto(notes->functions, notes->function_count,
                            sizeof(notes->functions[0]), pc);

    return n && notes->functions[n - 1].first == pc ? &notes->functions[n - 1] : NULL;
}

const char *sk_notes_map_name(const struct sk_notes *notes, uint32_t map)
{
    return map - 1 < notes->map_count && notes->map_names ? notes->map_names[map - 1]
                                                          : NULL;
}

const struct sk_note_variable *sk_notes_variable(const struct sk_notes *notes,
                                                 uint32_t map, uint32_t offset)
{
    const struct sk_note_variable *at = notes->variables;
    uint32_t low = 0, high = notes->variable_count;

    while (low < high) { /* the first one behind the byte */
        uint32_t mid = low + (high - low) / 2;

        if (at[mid].map < map || (at[mid].map == map && at[mid].offset <= offset))
            low = mid + 1;
        else
            high = mid;
    }
    if (!low || at[low - 1].map != map || offset - at[low - 1].offset >= at[low - 1].size)
        return NULL;
    return &at[low - 1];
}

const char *sk_notes_poison(const struct sk_notes *notes, uint32_t pc)
{
    uint32_t n =
        count_upto(notes->poisons, notes->poison_count, sizeof(notes->poisons[0]), pc);

    return n && notes->poisons[n - 1].pc == pc ? notes->poisons[n - 1].why : NULL;
}

const char *sk_notes_extern(const struct sk_notes *notes, uint32_t pc)
{
    uint32_t n =
        count_upto(notes->externs, notes->extern_count, sizeof(notes->externs[0]), pc);

    return n && notes->externs[n - 1].pc == pc ? notes->externs[n - 1].name : NULL;
}
