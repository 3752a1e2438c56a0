/* What the files of CO-RE tell each other.
 *
 *     core_path   the access string of a record, as a path through the object's types
 *     core_find   the types of a target that have the same name
 *     core_fit    whether a type or field of a target fits; where the path leads there
 *     core_value  what the record asks, of either side
 *     core_patch  the instruction
 *
 * A side of a comparison is a BTF; `l` is the object's, `t` the target's. */
#ifndef SK_LOAD_CORE_PARTS_H
#define SK_LOAD_CORE_PARTS_H

#include "load/core.h"

/* ---- Work --------------------------------------------------------------------------- */

/* Steps that are left: visits of types and comparisons of names. What an object asks for may
 * take the product of its size and the target's, so there is an end to it. */
struct sk_core_work {
    uint64_t left;
};

/* Takes `steps`; 0: there are not as many left, and none from now on. */
static inline int sk_core_spend(struct sk_core_work *work, uint64_t steps)
{
    if (steps > work->left) {
        work->left = 0;
        return 0;
    }
    work->left -= steps;
    return 1;
}

/* ---- Refusals -------------------------------------------------------------------------- */

/* Functions of records return NULL, or what is wrong with the record, a text that stays. */
#define SK_CORE_TRY(call)                                                                \
    do {                                                                                 \
        const char *sk_core_why = (call);                                                \
        if (sk_core_why)                                                                 \
            return sk_core_why;                                                          \
    } while (0)

/* ---- Names ---------------------------------------------------------------------------- */

/* A name without its flavour: "task_struct" of "task_struct___old". A flavour begins at the
 * last three underscores that stand alone, with something before and behind them. */
struct sk_core_name {
    const char *text;
    size_t len;   /* of the essential name */
    size_t whole; /* with the flavour */
};

struct sk_core_name sk_core_name(const char *text);

/* Whether the names are the same but for flavours. */
int sk_core_same_name(const struct sk_core_name *a, const char *b,
                      struct sk_core_work *work);

/* ---- core_path.c ---------------------------------------------------------------------- */

/* libbpf's limit. */
enum { SK_CORE_PATH_MAX = 64 };

/* One step that has a meaning in C: steps into anonymous members are left out. */
struct sk_core_step {
    const char *name; /* of a member or enum value; NULL: an element */
    uint32_t type;    /* of a member the type that has it, of an element its own; behind
                         aliases */
    uint32_t index;
};

struct sk_core_path {
    const struct sk_btf *btf;
    uint32_t root;
    uint32_t raw[SK_CORE_PATH_MAX], raw_len; /* as in the access string */
    struct sk_core_step steps[SK_CORE_PATH_MAX];
    uint32_t len;
    uint64_t bits; /* from the root; below 2^32 bytes */
};

int sk_core_is_field(uint32_t kind);
int sk_core_is_enumval(uint32_t kind);

int sk_core_is_composite(enum sk_btf_kind kind);
int sk_core_is_enum(enum sk_btf_kind kind);

/* The path of a record whose type is below the count. NULL, or what is wrong. */
const char *sk_core_parse(const struct sk_btf *btf, const struct sk_ext_core *record,
                          struct sk_core_path *path);

/* Adds `index` elements of `size` bytes to the path; 0: that is too far. */
int sk_core_add_elements(struct sk_core_path *path, uint64_t index, uint64_t size);

/* Whether an array of no elements is the last member of the type of the path's last step:
 * any element may be meant. */
int sk_core_is_flexible(const struct sk_core_path *path,
                        const struct sk_btf_array *array);

/* ---- core_find.c ----------------------------------------------------------------------- */

/* A target, with its types by name. The index is made when it is first needed. */
struct sk_core_target {
    const struct sk_btf *btf;
    int is_indexed;
    uint32_t *heads; /* of chains: 1 + index in entries; 1 << bits of them */
    struct sk_core_entry *entries;
    uint32_t bits, count;
};

/* A type that may be meant. */
struct sk_core_candidate {
    const struct sk_btf *btf;
    uint32_t id;
    int fits; /* the relocation that is being applied */
};

struct sk_core_list {
    struct sk_core_candidate *items; /* in order of targets and ids */
    size_t count, cap;
};

enum skep_code sk_core_index(struct sk_core_target *target, const struct sk_mem *mem,
                             struct sk_core_work *work, struct skep_err *err);
void sk_core_unindex(struct sk_core_target *target, const struct sk_mem *mem);

/* Adds the types of the target whose name is essentially that of `type`, and whose kind is
 * the same. Without work left the list is cut. */
enum skep_code sk_core_collect(const struct sk_core_target *target,
                               const struct sk_mem *mem, const struct sk_btf_type *type,
                               struct sk_core_work *work, struct sk_core_list *list,
                               struct skep_err *err);

/* ---- core_fit.c ------------------------------------------------------------------------- */

enum sk_core_fit {
    SK_CORE_DIFFERS,
    SK_CORE_FITS,
    SK_CORE_TOO_DEEP,
    SK_CORE_TOO_LONG, /* no work is left */
    SK_CORE_NO_SIZE,  /* of something that is passed over, or too far away */
};

struct sk_core_pair {
    const struct sk_btf *l, *t;
    struct sk_core_work *work;
};

int sk_core_same_kind(enum sk_btf_kind a, enum sk_btf_kind b);

/* Whether the types have the same shape, as far as the outside of them goes: what TYPE_EXISTS
 * asks. */
enum sk_core_fit sk_core_compatible(const struct sk_core_pair *pair, uint32_t l,
                                    uint32_t t);

/* Whether all that the object's type says is true of the target's: TYPE_MATCHES. */
enum sk_core_fit sk_core_matches(const struct sk_core_pair *pair, uint32_t l, uint32_t t);

/* Follows the object's path `from` in the target, beginning at type `root`: *to is the path
 * there if the answer is SK_CORE_FITS. */
enum sk_core_fit sk_core_follow(const struct sk_core_pair *pair,
                                const struct sk_core_path *from, uint32_t kind,
                                uint32_t root, struct sk_core_path *to);

/* ---- core_value.c ----------------------------------------------------------------------- */

struct sk_core_value {
    uint64_t value;
    int is_absent;  /* there is no value, as there is no such thing */
    int is_certain; /* the instruction has just this value, if it is the object's side */
    uint32_t type;  /* BYTE_OFFSET of no bit field: what is there, behind modifiers */
    uint64_t size;  /* and how long it is; else 0 */
};

/* The value that a record of `kind` asks for. path NULL: nothing fits. */
const char *sk_core_value(uint32_t kind, const struct sk_core_path *path,
                          struct sk_core_value *value);

/* ---- core_patch.c ------------------------------------------------------------------------ */

struct sk_core_change {
    uint64_t from, to;
    int is_certain; /* `from` must be there now */
    int is_poison;
    uint64_t from_size, to_size; /* of the memory behind an offset */
    int is_unsafe; /* they differ, and a load or store of the other size would be wrong */
};

/* NULL, or what is wrong; the slots are as before then. */
const char *sk_core_patch(const struct sk_core_change *change, uint8_t *slots,
                          uint32_t count, uint32_t pc, enum sk_core_outcome *outcome);

#endif
