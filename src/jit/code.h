/* The code buffer: bytes of machine code, labels, and jumps between them that take their
 * short form where it reaches.
 *
 * While code is emitted a jump takes no bytes: it is a `fixup`, a gap between two stretches
 * of bytes, which lie one behind the other. sk_code_link then finds the size of each jump:
 * all begin short, and those whose target is out of reach become long, which moves others
 * apart, until nothing changes. Sizes only grow, so that ends, and no displacement is
 * computed before all sizes are final.
 *
 *     bytes:   aaaaaa|bbbbbbbbb|cccc        | : fixups
 *     linked:  aaaaaa JJ bbbbbbbbb JJJJJ cccc
 *
 * Emission cannot fail: a buffer without memory takes what comes in a spare room, and
 * sk_code_link reports it. A target is described by struct sk_code_target. */
#ifndef SK_JIT_CODE_H
#define SK_JIT_CODE_H

#include "base/mem.h"
#include "jit/announce.h"

struct sk_label {
    uint32_t at;     /* bytes before it; UINT32_MAX: not bound */
    uint32_t fixups; /* fixups before it */
};

struct sk_fixup {
    uint32_t at; /* bytes before it */
    uint32_t label;
    uint16_t kind;                     /* the target's */
    uint8_t size, is_long, is_settled; /* set by linking */
};

struct sk_code_line {
    uint32_t at, fixups, pc, slow_path; /* the last two as in struct skep_native_line */
};

struct sk_code_cfi {
    uint32_t at, fixups;
    uint8_t what, reg; /* as in struct sk_cfi */
    int32_t value;
};

struct sk_code_reloc {
    uint32_t at, fixups; /* then offsets in linked code in `at` */
    uint32_t kind;       /* enum skep_native_reloc_kind */
    uint32_t symbol;     /* enum sk_jit_symbol; SKEP_RELOC_HELPER: the helper's id */
};

enum {
    SK_CODE_GROWTH = 4
}; /* bytes at most that a long jump has more than a short one */

/* Kinds of fixups that are no jumps, but room before the head of a short loop, or before a short
 * function: so that it lies in one line of the instruction cache. `label` is the fixup where it
 * ends: that jumps back, or the next function's. */
enum { SK_CODE_LOOP = UINT16_MAX, SK_CODE_FUNCTION = UINT16_MAX - 1 };
enum { SK_CODE_LINE = 64, SK_CODE_SHORT_LOOP = 32, SK_CODE_SHORT_FUNCTION = 64 };
#define SK_CODE_NO_END UINT32_MAX

static inline int sk_code_is_pad(const struct sk_fixup *f)
{
    return f->kind >= SK_CODE_FUNCTION;
}

/* How a machine's jumps look. */
struct sk_code_target {
    /* Bytes of a jump of that kind. */
    uint32_t (*size)(uint16_t kind, int is_long);
    /* Whether the short form reaches `distance` bytes, from the jump's own start. */
    int (*reaches)(uint16_t kind, int64_t distance);
    void (*encode)(uint8_t *out, uint16_t kind, int is_long, int64_t distance);
    void (*pad)(uint8_t *out, uint32_t size); /* does nothing; NULL: there are no pads */
    size_t farthest;                          /* bytes that the longest form reaches */
};

enum { SK_CODE_ROOM = 512 }; /* bytes that sk_code_room makes sure of */

struct sk_code_buf {
    struct sk_mem mem;
    uint8_t *bytes, *at, *end;
    struct sk_label *labels;
    uint32_t label_count;
    size_t label_cap;
    struct sk_fixup *fixups;
    uint32_t fixup_count, pad_count;
    size_t fixup_cap;
    struct sk_code_line *lines;
    uint32_t line_count;
    size_t line_cap;
    struct sk_code_cfi *cfi;
    uint32_t cfi_count;
    size_t cfi_cap;
    struct sk_code_reloc *relocs;
    uint32_t reloc_count;
    size_t reloc_cap;
    uint32_t *shift; /* after linking: bytes of fixups before each fixup, and in all */
    uint32_t *pads;  /* the pads before each fixup, and in all; NULL: there are none */
    int failed;
};

/* Begins with `labels` labels, not bound, and room for about `bytes` bytes. */
void sk_code_begin(struct sk_code_buf *buf, const struct sk_mem *mem, uint32_t labels,
                   size_t bytes);
void sk_code_free(struct sk_code_buf *buf);

/* Makes room for SK_CODE_ROOM bytes; to be called before each piece of emission. */
void sk_code_grow(struct sk_code_buf *buf);
static inline void sk_code_room(struct sk_code_buf *buf)
{
    if (__builtin_expect(buf->end - buf->at < SK_CODE_ROOM, 0))
        sk_code_grow(buf);
}

/* Makes room for one more element of an array, or the buffer has failed and it returns 0. */
int sk_code_more(struct sk_code_buf *buf, void *block, size_t *cap, uint32_t len,
                 size_t size);
#define sk_code_room_for(buf, array, name)                                               \
    (__builtin_expect((buf)->name##_count < (buf)->name##_cap, 1) ||                     \
     sk_code_more(buf, &(buf)->array, &(buf)->name##_cap, (buf)->name##_count,           \
                  sizeof((buf)->array[0])))

static inline uint32_t sk_code_here(const struct sk_code_buf *buf)
{
    return (uint32_t)(buf->at - buf->bytes);
}

uint32_t sk_code_label(struct sk_code_buf *buf); /* a new one */

/* The label is here. */
static inline void sk_code_bind(struct sk_code_buf *buf, uint32_t label)
{
    if (!buf->failed)
        buf->labels[label] = (struct sk_label){ sk_code_here(buf), buf->fixup_count };
}

static inline void sk_code_jump(struct sk_code_buf *buf, uint16_t kind, uint32_t label)
{
    if (sk_code_room_for(buf, fixups, fixup))
        buf->fixups[buf->fixup_count++] =
            (struct sk_fixup){ sk_code_here(buf), label, kind, 0, 0, 0 };
}

/* The label that is bound next is the head of a loop (SK_CODE_LOOP), or a function that the code
 * before does not go on to (SK_CODE_FUNCTION). */
static inline void sk_code_pad(struct sk_code_buf *buf, uint16_t kind)
{
    sk_code_jump(buf, kind, SK_CODE_NO_END);
    buf->pad_count++;
}

/* What follows is of pc. */
static inline void sk_code_line(struct sk_code_buf *buf, uint32_t pc)
{
    if (sk_code_room_for(buf, lines, line))
        buf->lines[buf->line_count++] =
            (struct sk_code_line){ sk_code_here(buf), buf->fixup_count, pc, 0 };
}

/* What follows is of pc, and away from its code. */
static inline void sk_code_slow_line(struct sk_code_buf *buf, uint32_t pc)
{
    sk_code_line(buf, pc);
    if (!buf->failed)
        buf->lines[buf->line_count - 1].slow_path = 1;
}

/* What follows the last line is of all instructions from its own to pc: it becomes pc's. */
static inline void sk_code_line_until(struct sk_code_buf *buf, uint32_t pc)
{
    if (!buf->failed)
        buf->lines[buf->line_count - 1].pc = pc;
}

/* A row of call frame information (announce.h) holds from here on. What moves the stack pointer,
 * or saves a register that belongs to C, is followed by one. */
void sk_code_cfi(struct sk_code_buf *buf, enum sk_cfi_what what, unsigned reg,
                 int32_t value);

/* A field that begins here depends on `symbol`. */
void sk_code_reloc(struct sk_code_buf *buf, uint32_t kind, uint32_t symbol);

/* Settles all jumps. Afterwards *len is the code's size. Code that is larger than its jumps reach
 * is E_NO_JIT. */
enum skep_code sk_code_link(struct sk_code_buf *buf, const struct sk_code_target *target,
                            size_t *len, struct skep_err *err);

/* Where something emitted ended up: for labels, lines, rows and relocations. */
static inline uint32_t sk_code_offset(const struct sk_code_buf *buf, uint32_t at,
                                      uint32_t fixups)
{
    return at + buf->shift[fixups];
}

/* Writes the linked code, *len bytes. */
void sk_code_write(const struct sk_code_buf *buf, const struct sk_code_target *target,
                   uint8_t *out);

#endif
