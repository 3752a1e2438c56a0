/* What building a program has in hand. */
#ifndef SK_LOAD_BUILD_H
#define SK_LOAD_BUILD_H

#include "isa/isa.h"
#include "load/object_parts.h"

/* A function whose code is in the program and is being gone through. */
struct sk_build_frame {
    uint32_t func;
    uint32_t next; /* slot of the function to look at */
    size_t mark;   /* its next relocation */
};

struct sk_build {
    struct sk_object *object;
    struct sk_built *built;
    struct skep_err *err;
    struct sk_build_frame *frames;
    size_t frame_count, frame_cap, slot_cap;
    uint32_t kconfig;  /* 1 + index of its map; 0: not looked for */
    uint32_t *numbers; /* of externs, as libbpf counts them; NULL: not needed yet */
};

/* An instruction in the program and where it comes from. */
struct sk_site {
    uint32_t func;
    uint32_t slot; /* within its section */
    uint32_t pc;   /* within the program */
};

/* Whether a slot is of an instruction whose opcode no other has. */
static inline int sk_slot_is(const struct sk_slot *slot, enum sk_op op)
{
    return slot->opcode == sk_isa[op].opcode;
}

/* Reports a fault of an instruction of the file. */
__attribute__((format(printf, 3, 4))) enum skep_code
sk_build_fail(const struct sk_build *build, const struct sk_site *site,
              const char *format, ...);

/* Notes why an instruction is poisoned. */
enum skep_code sk_build_poison(struct sk_build *build, uint32_t pc, const char *why);

/* Notes that an instruction refers to an extern. */
enum skep_code sk_build_extern(struct sk_build *build, uint32_t pc, uint32_t ext);

/* Applies the relocation of an instruction. *target is the index of the function that it
 * refers to, or -1: the instruction is done. (relocs.c) */
enum skep_code sk_build_reloc(struct sk_build *build, const struct sk_site *site,
                              const struct sk_obj_mark *mark, int32_t *target);

/* The same of an instruction without one. */
enum skep_code sk_build_plain(struct sk_build *build, const struct sk_site *site,
                              int32_t *target);

#endif
