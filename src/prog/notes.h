/* What is known of a program beside its slots: names and prototypes of functions, source
 * lines, the maps that it uses. An object has all of it, bare slots have none.
 *
 * One block owned by the program, which sk_notes_free gives back; constant once made. */
#ifndef SK_PROG_NOTES_H
#define SK_PROG_NOTES_H

#include "base/mem.h"

struct sk_map; /* rt/map.h */

struct sk_note_function {
    uint32_t first; /* its first slot */
    const char *name;
    const char *symbol; /* as Linux would name it: "bpf_prog_TAG_NAME" */
    const char *proto;  /* as bpftool writes it; NULL: not known */
};

/* From slot pc on, up to the next one, instructions are of this line. */
struct sk_note_line {
    uint32_t pc;
    const char *file, *text; /* text without the blanks at its start */
    uint32_t line, column;
};

/* An instruction that could not be adapted to the kernel, and why. */
struct sk_note_poison {
    uint32_t pc;
    const char *why;
};

/* An instruction that refers to a function or variable of the kernel, and its name there. */
struct sk_note_extern {
    uint32_t pc;
    const char *name;
};

/* A variable in the values of a map. */
struct sk_note_variable {
    uint32_t map; /* its id */
    uint32_t offset, size;
    const char *name;
};

struct sk_notes {
    void
        *block; /* one allocation of `bytes`: the tables and what was made for them. Other
                    strings are the object's, which outlives the program */
    size_t bytes;
    const struct sk_note_function *functions; /* ordered by first, as in sk_prog */
    const struct sk_note_line *lines;         /* ordered by pc */
    const struct sk_note_poison *poisons;     /* ordered by pc */
    const struct sk_note_extern *externs;     /* ordered by pc */
    const struct sk_note_variable *variables; /* ordered by map and offset */
    struct sk_map *const
        *maps; /* a map's id, the immediate of references to it, is 1 + its
                                   index. Borrowed; NULL: not among the program's */
    const char *const *map_names; /* by the same index; NULL ones are not the program's */
    uint32_t function_count, line_count, poison_count, map_count, variable_count,
        extern_count;
};

void sk_notes_free(struct sk_notes *notes, const struct sk_mem *mem);

/* The line that begins exactly at pc, or NULL; the line that pc is of, or NULL. */
const struct sk_note_line *sk_notes_line_at(const struct sk_notes *notes, uint32_t pc);
const struct sk_note_line *sk_notes_line_of(const struct sk_notes *notes, uint32_t pc);

/* The note of the function that begins at pc, or NULL. */
const struct sk_note_function *sk_notes_function(const struct sk_notes *notes,
                                                 uint32_t pc);

/* The name of a map, or NULL. */
const char *sk_notes_map_name(const struct sk_notes *notes, uint32_t map);

/* The variable that byte `offset` of a map's values belongs to, or NULL. */
const struct sk_note_variable *sk_notes_variable(const struct sk_notes *notes,
                                                 uint32_t map, uint32_t offset);

/* The name of the kernel's function or variable that the instruction at pc refers to, or
 * NULL. */
const char *sk_notes_extern(const struct sk_notes *notes, uint32_t pc);

/* Why the instruction at pc was poisoned, or NULL. */
const char *sk_notes_poison(const struct sk_notes *notes, uint32_t pc);

#endif
