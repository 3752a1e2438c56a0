/* Rows that touch memory (RFC 9669, 5), and their checks.
 *
 * Unchecked code accesses memory as the program says. Checked code first makes sure of it, in
 * the cheapest way that decides the common case; the rest is decided by x64_slow.c, which
 * comes back to the access itself:
 *
 *     r10 and a constant     inside the frame beyond doubt; a load looks whether the bytes were
 *                            written, unless this block has written them
 *     derived from r10       inside this frame; then the same
 *     else                   inside the region that was used last: run->read_hint, write_hint */
#include <stddef.h>

#include "jit/x64.h"

static unsigned log2_of(unsigned bytes)
{
    return (unsigned)__builtin_ctz(bytes);
}

static struct x64_mem moved(struct x64_mem m, int32_t by)
{
    m.disp += by;
    return m;
}

/* Compares the shadow of `size` bytes with 0. */
static void compare_shadow(struct x64 *t, unsigned size, struct x64_mem m)
{
    m = moved(m, X64_SHADOW);
    if (size == 2)
        EMIT(t, cmp16_mi8, m, 0);
    else
        EMIT(t, alu_mi, X64_CMP, size * 8, m, 0);
}

static void check_frame(struct x64 *t, int off, unsigned size, struct x64_mem m,
                        int write)
{
    if (sk_is_known(&t->known, off, size))
        return;
    if (write) {
        EMIT(t, store_i, size * 8, moved(m, X64_SHADOW), 0);
        sk_know(&t->known, off, size);
    } else {
        compare_shadow(t, size, m);
        sk_code_jump(&t->buf, X64_NE, x64_stub(t, sk_medium(0, size), m));
    }
}

static void check_stackish(struct x64 *t, unsigned size, struct x64_mem m, int write)
{
    uint32_t stub = x64_stub(t, sk_medium(write, size), m);

    EMIT(t, lea, 64, T0, moved(m, SK_STACK_BYTES));
    EMIT(t, alu_rr, X64_SUB, 64, T0, X64_RBP);
    EMIT(t, alu_ri, X64_CMP, 64, T0, (int32_t)(SK_STACK_BYTES - size));
    sk_code_jump(&t->buf, X64_A, stub);
    if (write) {
        EMIT(t, store_i, size * 8, moved(m, X64_SHADOW), 0);
    } else {
        compare_shadow(t, size, m);
        sk_code_jump(&t->buf, X64_NE, stub);
    }
}

static void check_hint(struct x64 *t, unsigned size, struct x64_mem m, int write)
{
    struct x64_mem base =
        write ? X64_AT_RUN(write_hint.base) : X64_AT_RUN(read_hint.base);
    int32_t count = (int32_t)(offsetof(struct sk_hint, count) + 8 * log2_of(size));

    if (m.disp)
        EMIT(t, lea, 64, T0, m);
    else
        EMIT(t, mov_rr, 64, T0, m.base);
    EMIT(t, alu_rm, X64_SUB, 64, T0, base);
    EMIT(t, alu_rm, X64_CMP, 64, T0, moved(base, count));
    sk_code_jump(&t->buf, X64_AE, x64_stub(t, sk_medium(write, size), m));
}

/* Makes sure that the access of `i` at register `base` + off is allowed. All values are home. */
static void check(struct x64 *t, const struct sk_insn *i, unsigned base, int write)
{
    unsigned size = sk_isa[i->op].width / 8;
    struct x64_mem m = x64_at(x64_home[base], i->off);
    uint32_t first = t->stubs.count;

    if (base == SK_R10 && i->off >= -SK_STACK_BYTES && i->off + (int)size <= 0)
        check_frame(t, i->off, size, m, write);
    else if (base != SK_R10 && t->stackish >> base & 1)
        check_stackish(t, size, m, write);
    else
        check_hint(t, size, m, write);
    sk_stubs_come_back(&t->buf, &t->stubs, first);
    if (sk_is_ordered(i) && size > 1) {
        uint32_t stub = x64_stub(t, SK_S_FAULT_AT, m);

        EMIT(t, lea, 64, T0, m);
        EMIT(t, test_ri, 64, T0, (int32_t)size - 1);
        sk_code_jump(&t->buf, X64_NE, stub);
    }
}

/* The memory that `i` accesses at register `base`, checked where that is wanted. */
static struct x64_mem access(struct x64 *t, const struct sk_insn *i, unsigned base,
                             int write)
{
    if (!x64_has(t, SK_JIT_CHECKED))
        return x64_address(t, base, i->off);
    x64_settle_all(t, SK_ALL_REGS);
    check(t, i, base, write);
    return x64_at(x64_home[base], i->off);
}

/* ---- Loads -------------------------------------------------------------------------- */

/* A load whose bytes the next instruction reverses. */
static int load_reversed(struct x64 *t, const struct sk_insn *i, unsigned w,
                         struct x64_mem m)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    int be = then && (then->op == (w == 32 ? SK_OP_BE32 : SK_OP_BE64) ||
                      then->op == (w == 32 ? SK_OP_BSWAP32 : SK_OP_BSWAP64));

    if (!be || then->dst != i->dst || w < 32 || !(t->features & SKEP_CPU_MOVBE))
        return 0;
    EMIT(t, movbe, w, x64_home[i->dst], m);
    x64_defined(t, i->dst, w);
    t->next++;
    return 1;
}

/* What can take an operand from memory. */
static int memory_alu(uint16_t op, unsigned w, enum x64_alu *alu)
{
    switch (op) {
    case SK_OP_ADD64_REG:
        *alu = X64_ADD;
        return w == 64;
    case SK_OP_SUB64_REG:
        *alu = X64_SUB;
        return w == 64;
    case SK_OP_AND64_REG:
        *alu = X64_AND;
        return w == 64;
    case SK_OP_OR64_REG:
        *alu = X64_OR;
        return w == 64;
    case SK_OP_XOR64_REG:
        *alu = X64_XOR;
        return w == 64;
    case SK_OP_ADD32_REG:
        *alu = X64_ADD;
        return w == 32;
    case SK_OP_SUB32_REG:
        *alu = X64_SUB;
        return w == 32;
    case SK_OP_AND32_REG:
        *alu = X64_AND;
        return w == 32;
    case SK_OP_OR32_REG:
        *alu = X64_OR;
        return w == 32;
    case SK_OP_XOR32_REG:
        *alu = X64_XOR;
        return w == 32;
    default:
        return 0;
    }
}

/* A load of 32 or 64 bits for nothing but the next instruction's operand. */
static int load_operand(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    int multiplies = then->op == (w == 64 ? SK_OP_MUL64_REG : SK_OP_MUL32_REG);
    enum x64_alu alu = X64_ADD;
    struct x64_mem m;

    if ((!multiplies && !memory_alu(then->op, w, &alu)) || then->src != i->dst ||
        then->dst == i->dst || t->live[t->next].after >> i->dst & 1)
        return 0;
    t->now = (t->now & ~(1u << i->dst)) | t->live[t->next].after | 1u << then->dst |
             1u << i->src;
    x64_own(t, then->dst);
    m = x64_address(t, i->src, i->off);
    if (multiplies)
        EMIT(t, imul_rm, w, x64_home[then->dst], m);
    else
        EMIT(t, alu_rm, alu, w, x64_home[then->dst], m);
    x64_defined(t, then->dst, w);
    t->pending &= ~(1u << i->dst);
    t->next++;
    return 1;
}

static void load(struct x64 *t, const struct sk_insn *i, int sign)
{
    unsigned w = sk_isa[i->op].width, d = x64_home[i->dst];
    struct x64_mem m;

    if (!sign && !x64_has(t, SK_JIT_CHECKED) && sk_follower(t->prog, t->next) &&
        ((w >= 32 && load_operand(t, i, w)) || x64_compare_memory(t, i)))
        return;
    x64_vacate(t, i->dst);
    m = access(t, i, i->src, 0);
    x64_define(t, i->dst);
    if (sign) {
        EMIT(t, load_sx, w, d, m);
        x64_defined(t, i->dst, 64);
    } else if (!load_reversed(t, i, w, m)) {
        EMIT(t, load, w, d, m);
        x64_defined(t, i->dst, w);
    }
}

#define LOADS(size)                                                                      \
    void x64_emit_LDX##size(struct x64 *t, const struct sk_insn *i)                      \
    {                                                                                    \
        load(t, i, 0);                                                                   \
    }
LOADS(B)
LOADS(H)
LOADS(W)
LOADS(DW)
void x64_emit_LDXSB(struct x64 *t, const struct sk_insn *i)
{
    load(t, i, 1);
}
void x64_emit_LDXSH(struct x64 *t, const struct sk_insn *i)
{
    load(t, i, 1);
}
void x64_emit_LDXSW(struct x64 *t, const struct sk_insn *i)
{
    load(t, i, 1);
}

/* ---- Stores ------------------------------------------------------------------------- */

static void store_imm(struct x64 *t, const struct sk_insn *i)
{
    struct x64_mem m = access(t, i, i->dst, 1);

    if (x64_has(t, SK_JIT_BLIND)) {
        x64_blind_imm(t, T1, i->imm);
        EMIT(t, store, sk_isa[i->op].width, m, T1);
    } else {
        EMIT(t, store_i, sk_isa[i->op].width, m, (int32_t)i->imm);
    }
}

static void store_reg(struct x64 *t, const struct sk_insn *i)
{
    unsigned w = sk_isa[i->op].width, s;
    struct x64_mem m;
    int32_t imm;

    if (x64_has(t, SK_JIT_CHECKED)) {
        m = access(t, i, i->dst, 1);
        EMIT(t, store, w, m, x64_home[i->src]);
        return;
    }
    if (x64_const(t, i->src, &imm)) {
        EMIT(t, store_i, w, x64_address(t, i->dst, i->off), imm);
        return;
    }
    (void)(w < 64 ? x64_use32(t, i->src)
                  : x64_use(t, i->src)); /* may change the address */
    m = x64_address(t, i->dst, i->off);
    s = w < 64 ? x64_use32(t, i->src) : x64_use(t, i->src);
    EMIT(t, store, w, m, s);
}

#define STORES(size)                                                                     \
    void x64_emit_ST##size(struct x64 *t, const struct sk_insn *i)                       \
    {                                                                                    \
        store_imm(t, i);                                                                 \
    }                                                                                    \
    void x64_emit_STX##size(struct x64 *t, const struct sk_insn *i)                      \
    {                                                                                    \
        store_reg(t, i);                                                                 \
    }
STORES(B)
STORES(H)
STORES(W)
STORES(DW)

/* ---- Atomics (RFC 9669, 5.3): the machine's are sequentially consistent -------------- */

/* Checked: the hint for writing decides the common case, as long as the access is aligned. */
static struct x64_mem atomic(struct x64 *t, const struct sk_insn *i)
{
    unsigned size = sk_isa[i->op].width / 8;
    struct x64_mem m = x64_at(x64_home[i->dst], i->off),
                   base = X64_AT_RUN(write_hint.base);
    uint32_t stub, first = t->stubs.count;

    x64_settle_all(t, SK_ALL_REGS);
    if (!x64_has(t, SK_JIT_CHECKED))
        return m;
    stub = x64_stub(t, SK_S_SLOW, m);
    EMIT(t, lea, 64, T0, m);
    EMIT(t, test_ri, 64, T0, (int32_t)size - 1);
    sk_code_jump(&t->buf, X64_NE, stub);
    EMIT(t, alu_rm, X64_SUB, 64, T0, base);
    EMIT(t, alu_rm, X64_CMP, 64, T0,
         moved(base, (int32_t)(offsetof(struct sk_hint, count) + 8 * log2_of(size))));
    sk_code_jump(&t->buf, X64_AE, stub);
    sk_stubs_come_back(&t->buf, &t->stubs, first);
    return m;
}

static void atomic_alu(struct x64 *t, const struct sk_insn *i, enum x64_alu op)
{
    struct x64_mem m = atomic(t, i);

    EMIT(t, lock_alu, op, sk_isa[i->op].width, m, x64_home[i->src]);
}

static void atomic_add_fetch(struct x64 *t, const struct sk_insn *i)
{
    struct x64_mem m = atomic(t, i);

    EMIT(t, xadd, sk_isa[i->op].width, m, x64_home[i->src]);
    x64_defined(t, i->src, sk_isa[i->op].width);
}

static void atomic_xchg(struct x64 *t, const struct sk_insn *i)
{
    struct x64_mem m = atomic(t, i);

    EMIT(t, xchg_m, sk_isa[i->op].width, m, x64_home[i->src]);
    x64_defined(t, i->src, sk_isa[i->op].width);
}

/* r0 gets the old value: cmpxchg leaves rax alone where it stored. */
static void atomic_cmpxchg(struct x64 *t, const struct sk_insn *i)
{
    unsigned w = sk_isa[i->op].width;
    struct x64_mem m = atomic(t, i);

    EMIT(t, cmpxchg, w, m, x64_home[i->src]);
    if (w == 32)
        EMIT(t, mov_rr, 32, X64_RAX, X64_RAX);
    x64_defined(t, SK_R0, w);
}

/* or, and, xor with the old value: a loop around cmpxchg. T0 the address, T1 the operand,
 * and rax is kept. */
static void atomic_loop(struct x64 *t, const struct sk_insn *i, enum x64_alu op)
{
    unsigned w = sk_isa[i->op].width, s = x64_home[i->src];
    uint32_t again = sk_code_label(&t->buf);
    struct x64_mem m = atomic(t, i);

    EMIT(t, lea, 64, T0, m);
    x64_keep(t, SK_R0);
    if (s == X64_RAX) { /* the operand is what is kept */
        EMIT(t, load, w, X64_RAX, x64_at(T0, 0));
        sk_code_bind(&t->buf, again);
        x64_give_back(t, SK_R0, T1, w);
    } else {
        EMIT(t, load, w, X64_RAX, x64_at(T0, 0));
        sk_code_bind(&t->buf, again);
        EMIT(t, mov_rr, w, T1, s);
    }
    EMIT(t, alu_rr, op, w, T1, X64_RAX);
    EMIT(t, cmpxchg, w, x64_at(T0, 0), T1);
    sk_code_jump(&t->buf, X64_NE, again);
    if (s != X64_RAX) {
        EMIT(t, mov_rr, w, s, X64_RAX);
        x64_give_back(t, SK_R0, X64_RAX, 64);
    } else if (w == 32) {
        EMIT(t, mov_rr, 32, X64_RAX, X64_RAX);
    }
    x64_defined(t, i->src, w);
}

#define ATOMIC_BOTH(name, body)                                                          \
    void x64_emit_##name##32(struct x64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        body;                                                                            \
    }                                                                                    \
    void x64_emit_##name##64(struct x64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        body;                                                                            \
    }
ATOMIC_BOTH(AADD, atomic_alu(t, i, X64_ADD))
ATOMIC_BOTH(AOR, atomic_alu(t, i, X64_OR))
ATOMIC_BOTH(AAND, atomic_alu(t, i, X64_AND))
ATOMIC_BOTH(AXOR, atomic_alu(t, i, X64_XOR))
ATOMIC_BOTH(AFADD, atomic_add_fetch(t, i))
ATOMIC_BOTH(AFOR, atomic_loop(t, i, X64_OR))
ATOMIC_BOTH(AFAND, atomic_loop(t, i, X64_AND))
ATOMIC_BOTH(AFXOR, atomic_loop(t, i, X64_XOR))
ATOMIC_BOTH(AXCHG, atomic_xchg(t, i))
ATOMIC_BOTH(ACMPXCHG, atomic_cmpxchg(t, i))

/* Plain loads acquire and plain stores release on this machine (x86-TSO). */
#define ORDERED(size)                                                                    \
    void x64_emit_LDACQ##size(struct x64 *t, const struct sk_insn *i)                    \
    {                                                                                    \
        load(t, i, 0);                                                                   \
    }                                                                                    \
    void x64_emit_STREL##size(struct x64 *t, const struct sk_insn *i)                    \
    {                                                                                    \
        store_reg(t, i);                                                                 \
    }
ORDERED(B)
ORDERED(H)
ORDERED(W)
ORDERED(DW)
