/* Rows that touch memory (RFC 9669, 5), and their checks.
 *
 * Unchecked code accesses memory as the program says. Checked code first makes sure of it, in
 * the cheapest way that decides the common case; the rest is decided by a64_slow.c, which
 * comes back to the access itself:
 *
 *     r10 and a constant     inside the frame beyond doubt; a load looks whether the bytes were
 *                            written, unless this block has written them
 *     derived from r10       inside this frame; then the same
 *     else                   inside the region that was used last: run->read_hint, write_hint */
#include "jit/a64.h"

static unsigned size_of(const struct sk_insn *i)
{
    return sk_isa[i->op].width / 8;
}

static enum a64_size log_of(const struct sk_insn *i)
{
    return (enum a64_size)__builtin_ctz(size_of(i));
}

/* ---- Checks ------------------------------------------------------------------------- */

/* Marks stack bytes as written, or goes to the stub if they are not. */
static void use_shadow(struct a64 *t, enum a64_size size, struct a64_place shadow,
                       int write, uint32_t stub)
{
    if (write) {
        a64_store(t, size, A64_ZR, shadow);
        return;
    }
    a64_load(t, size, T1, shadow);
    sk_code_jump(&t->buf, a64_kind_cbnz(size == A64_X, T1), stub);
}

static void check_frame(struct a64 *t, const struct sk_insn *i, struct a64_place place,
                        int write)
{
    struct a64_place shadow = { LOW, place.off + SK_STACK_BYTES };
    unsigned size = size_of(i);
    uint32_t stub = 0;

    if (sk_is_known(&t->known, place.off, size))
        return;
    if (!write)
        stub = a64_stub(t, sk_medium(0, size), place);
    use_shadow(t, log_of(i), shadow, write, stub);
    if (write)
        sk_know(&t->known, place.off, size);
}

static void check_stackish(struct a64 *t, const struct sk_insn *i, struct a64_place place,
                           int write)
{
    unsigned size = size_of(i);
    uint32_t stub = a64_stub(t, sk_medium(write, size), place);

    a64_add_const(t, 1, T0, place.base, place.off + A64_SHADOW);
    EMIT(t, sub, true, T1, T0, LOW);
    EMIT(t, cmp_imm, true, T1, SK_STACK_BYTES - size);
    sk_code_jump(&t->buf, A64_HI, stub);
    use_shadow(t, log_of(i), (struct a64_place){ T0, 0 }, write, stub);
}

/* Goes to the stub unless the address in `at` is one of those that the hint allows. */
static void compare_hint(struct a64 *t, enum a64_size size, unsigned at, int write,
                         uint32_t stub)
{
    struct a64_place count =
        write ? A64_AT_RUN(write_hint.count) : A64_AT_RUN(read_hint.count);

    count.off += 8 * (int32_t)size;
    a64_load(t, A64_X, T1, count);
    EMIT(t, sub, true, T0, at, write ? WRITE_BASE : READ_BASE);
    EMIT(t, cmp, true, T0, T1);
    sk_code_jump(&t->buf, A64_CS, stub);
}

static void check_hint(struct a64 *t, const struct sk_insn *i, struct a64_place place,
                       int write)
{
    uint32_t stub = a64_stub(t, sk_medium(write, size_of(i)), place);

    compare_hint(t, log_of(i), a64_address(t, place), write, stub);
}

/* Goes to C unless the address in `at` is a multiple of the size. */
static void check_aligned(struct a64 *t, unsigned size, unsigned at, uint32_t stub)
{
    uint32_t field = 0;

    a64_logical_imm(64, size - 1, &field);
    EMIT(t, tst_imm, true, at, field);
    sk_code_jump(&t->buf, A64_NE, stub);
}

/* Makes sure that the access of `i` at register `base` + off is allowed. */
static void check(struct a64 *t, const struct sk_insn *i, unsigned base, int write)
{
    struct a64_place place = { a64_home[base], i->off };
    unsigned size = size_of(i);
    uint32_t first = t->stubs.count;

    if (base == SK_R10 && i->off >= -SK_STACK_BYTES && i->off + (int)size <= 0)
        check_frame(t, i, place, write);
    else if (base != SK_R10 && t->stackish >> base & 1)
        check_stackish(t, i, place, write);
    else
        check_hint(t, i, place, write);
    sk_stubs_come_back(&t->buf, &t->stubs, first);
    if (sk_is_ordered(i) && size > 1) {
        uint32_t stub = a64_stub(t, SK_S_FAULT_AT, place);

        check_aligned(t, size, a64_address(t, place), stub);
    }
}

/* The memory that `i` accesses at register `base`, checked where that is wanted. */
static struct a64_place access(struct a64 *t, const struct sk_insn *i, unsigned base,
                               int write)
{
    struct a64_place place = { a64_home[base], i->off };
    int32_t from_low = i->off + a64_low_distance(t);

    if (a64_has(t, SK_JIT_CHECKED))
        check(t, i, base, write);
    if (base == SK_R10 && !a64_fits_imm9(i->off) && a64_fits_scaled(log_of(i), from_low))
        return (struct a64_place){ LOW, from_low };
    return place;
}

/* ---- Loads and stores --------------------------------------------------------------- */

/* Whether the next instruction reverses the 16 bits that `i` loads. */
static int is_reversed(const struct a64 *t, const struct sk_insn *i)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);

    return size_of(i) == 2 && then && then->dst == i->dst &&
           (then->op == SK_OP_BE16 || then->op == SK_OP_BSWAP16);
}

static void load(struct a64 *t, const struct sk_insn *i)
{
    unsigned d = a64_home[i->dst];

    a64_load(t, log_of(i), d, access(t, i, i->src, 0));
    if (is_reversed(t, i)) {
        EMIT(t, rev16, false, d, d);
        t->next++;
    }
}

static void load_signed(struct a64 *t, const struct sk_insn *i)
{
    a64_load_signed(t, log_of(i), a64_home[i->dst], access(t, i, i->src, 0));
}

static void store_imm(struct a64 *t, const struct sk_insn *i)
{
    uint64_t all = size_of(i) == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * size_of(i)) - 1;
    uint64_t value = (uint64_t)i->imm & all;
    struct a64_place place = access(t, i, i->dst, 1);

    unsigned from = A64_ZR;

    if (value && a64_has(t, SK_JIT_BLIND))
        a64_blind_imm(t, from = T1, i->imm);
    else if (value)
        from = a64_const(t, value);
    a64_store(t, log_of(i), from, place);
}

static void store_reg(struct a64 *t, const struct sk_insn *i)
{
    a64_store(t, log_of(i), a64_home[i->src], access(t, i, i->dst, 1));
}

static void load_acquire(struct a64 *t, const struct sk_insn *i)
{
    EMIT(t, ldar, log_of(i), a64_home[i->dst], a64_address(t, access(t, i, i->src, 0)));
}

static void store_release(struct a64 *t, const struct sk_insn *i)
{
    EMIT(t, stlr, log_of(i), a64_home[i->src], a64_address(t, access(t, i, i->dst, 1)));
}

#define ROWS(size)                                                                       \
    void a64_emit_LDX##size(struct a64 *t, const struct sk_insn *i)                      \
    {                                                                                    \
        load(t, i);                                                                      \
    }                                                                                    \
    void a64_emit_ST##size(struct a64 *t, const struct sk_insn *i)                       \
    {                                                                                    \
        store_imm(t, i);                                                                 \
    }                                                                                    \
    void a64_emit_STX##size(struct a64 *t, const struct sk_insn *i)                      \
    {                                                                                    \
        store_reg(t, i);                                                                 \
    }                                                                                    \
    void a64_emit_LDACQ##size(struct a64 *t, const struct sk_insn *i)                    \
    {                                                                                    \
        load_acquire(t, i);                                                              \
    }                                                                                    \
    void a64_emit_STREL##size(struct a64 *t, const struct sk_insn *i)                    \
    {                                                                                    \
        store_release(t, i);                                                             \
    }
ROWS(B)
ROWS(H)
ROWS(W)
ROWS(DW)
void a64_emit_LDXSB(struct a64 *t, const struct sk_insn *i)
{
    load_signed(t, i);
}
void a64_emit_LDXSH(struct a64 *t, const struct sk_insn *i)
{
    load_signed(t, i);
}
void a64_emit_LDXSW(struct a64 *t, const struct sk_insn *i)
{
    load_signed(t, i);
}

/* ---- Atomics (RFC 9669, 5.3), sequentially consistent -------------------------------- */

enum atomic { ADD, OR, AND, XOR, XCHG };

/* The register with the address that the atomic changes. Checked: the hint for writing decides
 * the common case, as long as the access is aligned. */
static unsigned atomic_address(struct a64 *t, const struct sk_insn *i)
{
    struct a64_place place = { a64_home[i->dst], i->off };
    uint32_t stub, first = t->stubs.count;
    unsigned at;

    if (!a64_has(t, SK_JIT_CHECKED))
        return a64_address(t, place);
    stub = a64_stub(t, SK_S_SLOW, place);
    at = a64_address(t, place);
    check_aligned(t, size_of(i), at, stub);
    compare_hint(t, log_of(i), at, 1, stub);
    sk_stubs_come_back(&t->buf, &t->stubs, first);
    return a64_address(t, place);
}

/* One instruction of FEAT_LSE; `old` gets the old value. */
static void atomic_lse(struct a64 *t, const struct sk_insn *i, enum atomic what,
                       unsigned at, unsigned old)
{
    unsigned s = a64_home[i->src];
    enum a64_size size = log_of(i);

    switch (what) {
    case ADD:
        EMIT(t, ldadd, size, A64_ACQ_REL, s, old, at);
        break;
    case OR:
        EMIT(t, ldset, size, A64_ACQ_REL, s, old, at);
        break;
    case AND:
        EMIT(t, mvn, true, T1, s);
        EMIT(t, ldclr, size, A64_ACQ_REL, T1, old, at);
        break;
    case XOR:
        EMIT(t, ldeor, size, A64_ACQ_REL, s, old, at);
        break;
    case XCHG:
        EMIT(t, swp, size, A64_ACQ_REL, s, old, at);
        break;
    }
}

/* rd = rn what rm; returns the register that has the result. */
static unsigned combine(struct a64 *t, enum atomic what, unsigned rd, unsigned rn,
                        unsigned rm)
{
    switch (what) {
    case ADD:
        EMIT(t, add, true, rd, rn, rm);
        break;
    case OR:
        EMIT(t, orr, true, rd, rn, rm);
        break;
    case AND:
        EMIT(t, and, true, rd, rn, rm);
        break;
    case XOR:
        EMIT(t, eor, true, rd, rn, rm);
        break;
    case XCHG:
        return rm;
    }
    return rd;
}

/* The same by a loop; the old value is in T1. */
static void atomic_loop(struct a64 *t, const struct sk_insn *i, enum atomic what,
                        unsigned at)
{
    uint32_t again = sk_code_label(&t->buf);
    unsigned fresh;

    sk_code_bind(&t->buf, again);
    EMIT(t, ldaxr, log_of(i), T1, at);
    fresh = combine(t, what, T2, T1, a64_home[i->src]);
    EMIT(t, stlxr, log_of(i), T3, fresh, at);
    sk_code_jump(&t->buf, a64_kind_cbnz(0, T3), again);
}

static void atomic(struct a64 *t, const struct sk_insn *i, enum atomic what, int fetch)
{
    unsigned at = atomic_address(t, i), s = a64_home[i->src];

    if (t->features & SKEP_CPU_LSE) {
        atomic_lse(t, i, what, at, fetch ? s : (unsigned)T2);
        return;
    }
    atomic_loop(t, i, what, at);
    if (fetch)
        EMIT(t, mov, true, s, T1);
}

/* r0 gets the old value. */
static void compare_exchange(struct a64 *t, const struct sk_insn *i)
{
    unsigned at = atomic_address(t, i), s = a64_home[i->src], r0 = a64_home[SK_R0];
    enum a64_size size = log_of(i);
    uint32_t again, done;

    if (t->features & SKEP_CPU_LSE) {
        EMIT(t, cas, size, A64_ACQ_REL, r0, s, at);
        return;
    }
    again = sk_code_label(&t->buf);
    done = sk_code_label(&t->buf);
    sk_code_bind(&t->buf, again);
    EMIT(t, ldaxr, size, T1, at);
    EMIT(t, cmp, size == A64_X, T1, r0);
    sk_code_jump(&t->buf, A64_NE, done);
    EMIT(t, stlxr, size, T3, s, at);
    sk_code_jump(&t->buf, a64_kind_cbnz(0, T3), again);
    sk_code_bind(&t->buf, done);
    EMIT(t, mov, true, r0, T1);
}

#define ATOMIC_BOTH(name, body)                                                          \
    void a64_emit_##name##32(struct a64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        body;                                                                            \
    }                                                                                    \
    void a64_emit_##name##64(struct a64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        body;                                                                            \
    }
ATOMIC_BOTH(AADD, atomic(t, i, ADD, 0))
ATOMIC_BOTH(AOR, atomic(t, i, OR, 0))
ATOMIC_BOTH(AAND, atomic(t, i, AND, 0))
ATOMIC_BOTH(AXOR, atomic(t, i, XOR, 0))
ATOMIC_BOTH(AFADD, atomic(t, i, ADD, 1))
ATOMIC_BOTH(AFOR, atomic(t, i, OR, 1))
ATOMIC_BOTH(AFAND, atomic(t, i, AND, 1))
ATOMIC_BOTH(AFXOR, atomic(t, i, XOR, 1))
ATOMIC_BOTH(AXCHG, atomic(t, i, XCHG, 1))
ATOMIC_BOTH(ACMPXCHG, compare_exchange(t, i))
