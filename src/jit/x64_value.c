/* Lazy values. A move, a sum that an address can express, and a shift by a constant emit
 * nothing at first: the register's value is noted in terms of homes (its own may be among
 * them), and it comes home when somebody needs it there. Until then it can become part of an
 * address, of a rotation, or die unneeded.
 *
 *     r4 = r1          r4: rdi
 *     r4 += r3         r4: rdi + rdx
 *     r5 = *(u8 *)(r4 + 0)        movzx r8d, byte [rdi + rdx]
 *
 * Invariant: whoever is about to overwrite the home of r first settles the values that are
 * expressed by it (x64_vacate). A value that depends on other homes than its own is noted only
 * after that, and only sums of one register are put into others; so no two values depend on
 * each other, and settling ends. A value that is dead is forgotten. */
#include "jit/x64.h"

const uint8_t x64_home[SK_REGS_AX] = { X64_RAX, X64_RDI, X64_RSI, X64_RDX,
                                       X64_RCX, X64_R8,  X64_RBX, X64_R13,
                                       X64_R14, X64_R15, X64_RBP, T0 };

static void note(struct x64 *t, unsigned r, struct x64_value v)
{
    t->value[r] = v;
    t->pending |= 1u << r;
}

/* r's value; a register at home is the sum of itself. */
static struct x64_value value_of(const struct x64 *t, unsigned r)
{
    if (x64_is_pending(t, r))
        return t->value[r];
    return (struct x64_value){ X64_SUM, (uint8_t)r, NO_REG, 0, 64, 0 };
}

static int is_copy(const struct x64_value *v)
{
    return v->kind == X64_SUM && v->b == NO_REG && !v->imm;
}

void x64_vacate_from(struct x64 *t, unsigned r)
{
    for (uint32_t left = t->pending & ~(1u << r); left; left &= left - 1) {
        unsigned p = (unsigned)__builtin_ctz(left);
        const struct x64_value *v = &t->value[p];

        if (!x64_is_pending(t, p) || v->kind == X64_CONST || (v->a != r && v->b != r))
            continue;
        if (t->now >> p & 1)
            x64_settle(t, p);
        else
            t->pending &= ~(1u << p);
    }
}

static void emit_sum(struct x64 *t, unsigned r, const struct x64_value *v)
{
    unsigned d = x64_home[r], a = x64_home[v->a];
    int32_t imm = (int32_t)v->imm;

    if (is_copy(v)) {
        unsigned w = t->zx >> v->a & 1 ? 32 : 64;

        EMIT(t, mov_rr, w, d, a);
    } else if (v->b == NO_REG && v->a == r) {
        if (imm == 1)
            EMIT(t, inc, 64, d);
        else if (imm == -1)
            EMIT(t, dec, 64, d);
        else if (imm == 128)
            EMIT(t, alu_ri, X64_SUB, 64, d, -128);
        else
            EMIT(t, alu_ri, X64_ADD, 64, d, imm);
    } else if (v->b != NO_REG && !imm && !v->scale && (v->a == r || v->b == r)) {
        EMIT(t, alu_rr, X64_ADD, 64, d, x64_home[v->a == r ? v->b : v->a]);
    } else {
        struct x64_mem m = { (uint8_t)a, v->b == NO_REG ? X64_NONE : x64_home[v->b],
                             v->scale, imm };

        EMIT(t, lea, 64, d, m);
    }
}

static void emit_value(struct x64 *t, unsigned r, const struct x64_value *v)
{
    unsigned d = x64_home[r], w = v->width, stackish = 0;

    switch ((enum x64_kind)v->kind) {
    case X64_CONST:
        if (v->imm)
            EMIT(t, mov_ri, d, (uint64_t)v->imm);
        else
            EMIT(t, alu_rr, X64_XOR, 32, d, d);
        w = (uint64_t)v->imm <= UINT32_MAX ? 32 : 64;
        break;
    case X64_SUM:
        emit_sum(t, r, v);
        stackish = t->stackish >> r & 1;
        w = is_copy(v) && t->zx >> v->a & 1 ? t->zx16 >> v->a & 1 ? 16 : 32 : 64;
        break;
    case X64_LSH:
    case X64_RSH:
        if (v->a != r)
            EMIT(t, mov_rr, w, d, x64_home[v->a]);
        EMIT(t, shift_ri, v->kind == X64_LSH ? X64_SHL : X64_SHR, w, d, v->scale);
        if (w == 64 && v->kind == X64_RSH && v->scale >= 32)
            w = 32;
        break;
    case X64_LOW:
        EMIT(t, mov_rr, 32, d, x64_home[v->a]);
        w = 32;
        break;
    }
    x64_defined(t, r, w);
    t->stackish |= stackish << r;
}

void x64_bring_home(struct x64 *t, unsigned r)
{
    struct x64_value v = t->value[r];

    x64_vacate(t, r);
    t->pending &= ~(1u << r);
    emit_value(t, r, &v);
}

void x64_settle_all(struct x64 *t, uint32_t mask)
{
    t->now |= mask;
    for (uint32_t left = t->pending & mask; left; left &= left - 1)
        x64_settle(t, (unsigned)__builtin_ctz(left));
}

void x64_forget(struct x64 *t)
{
    t->pending = t->zx = t->zx16 = t->stackish = 0;
    memset(&t->known, 0, sizeof(t->known));
}

unsigned x64_use_pending(struct x64 *t, unsigned r)
{
    struct x64_value v = t->value[r];

    if (is_copy(&v))
        return x64_home[v.a];
    x64_settle(t, r);
    return x64_home[r];
}

int x64_const(const struct x64 *t, unsigned r, int32_t *imm)
{
    if (!x64_is_pending(t, r) || t->value[r].kind != X64_CONST ||
        t->value[r].imm != (int32_t)t->value[r].imm)
        return 0;
    *imm = (int32_t)t->value[r].imm;
    return 1;
}

struct x64_mem x64_address(struct x64 *t, unsigned r, int32_t off)
{
    struct x64_value v = value_of(t, r);
    int64_t disp = (int64_t)((uint64_t)v.imm + (uint64_t)(int64_t)off);

    if (v.kind == X64_SUM && disp == (int32_t)disp)
        return (struct x64_mem){ x64_home[v.a], v.b == NO_REG ? X64_NONE : x64_home[v.b],
                                 v.scale, (int32_t)disp };
    x64_settle(t, r);
    return x64_at(x64_home[r], off);
}

void x64_move(struct x64 *t, unsigned d, unsigned s)
{
    struct x64_value v;
    uint32_t stackish = s == SK_R10 || t->stackish >> s & 1;

    if (d == s)
        return;
    x64_define(t, d);
    v = value_of(t, s);
    if (v.kind != X64_CONST && (v.kind != X64_SUM || v.b != NO_REG)) {
        x64_settle(t, s);
        v = value_of(t, s);
    }
    note(t, d, v);
    t->stackish = (t->stackish & ~(1u << d)) | stackish << d;
}

void x64_move32(struct x64 *t, unsigned d, unsigned s)
{
    struct x64_value v = value_of(t, s);
    int32_t imm;

    if (is_copy(&v) && t->zx >> v.a & 1) {
        x64_move(t, d, s);
        return;
    }
    if (x64_const(t, s, &imm)) {
        x64_set(t, d, (uint32_t)imm);
        return;
    }
    if (d != s)
        x64_define(t, d);
    v = value_of(t, s);
    if (v.kind == X64_LOW || is_copy(&v)) {
        note(t, d, (struct x64_value){ X64_LOW, v.a, NO_REG, 0, 32, 0 });
    } else {
        x64_settle(t, s);
        note(t, d, (struct x64_value){ X64_LOW, (uint8_t)s, NO_REG, 0, 32, 0 });
    }
    t->stackish &= ~(1u << d);
}

void x64_set(struct x64 *t, unsigned d, uint64_t imm)
{
    x64_define(t, d);
    note(t, d, (struct x64_value){ X64_CONST, NO_REG, NO_REG, 0, 64, (int64_t)imm });
    t->stackish &= ~(1u << d);
}

void x64_add_imm(struct x64 *t, unsigned d, int32_t imm)
{
    struct x64_value v = value_of(t, d);
    int64_t sum = (int64_t)((uint64_t)v.imm + (uint64_t)(int64_t)imm);

    if (v.kind == X64_CONST || (v.kind == X64_SUM && sum == (int32_t)sum)) {
        v.imm = sum;
        if (is_copy(&v) && v.a == d) {
            t->pending &= ~(1u << d);
            return;
        }
    } else {
        x64_settle(t, d);
        v = value_of(t, d);
        v.imm = imm;
        if (!imm)
            return;
    }
    note(t, d, v);
}

/* Sums of two registers that depend on d's home come home first: one of them could be what d
 * is about to depend on. */
static void settle_sums(struct x64 *t, unsigned d)
{
    for (uint32_t left = t->pending & ~(1u << d); left; left &= left - 1) {
        const struct x64_value *v = &t->value[__builtin_ctz(left)];

        if (v->kind == X64_SUM && v->b != NO_REG && (v->a == d || v->b == d)) {
            x64_vacate(t, d);
            return;
        }
    }
}

int x64_add_lazy(struct x64 *t, unsigned d, unsigned s)
{
    struct x64_value a, b;
    int64_t sum;

    settle_sums(t, d);
    a = value_of(t, d);
    b = value_of(t, s);
    sum = (int64_t)((uint64_t)a.imm + (uint64_t)b.imm);
    if (d == s || s == SK_AX || a.kind != X64_SUM || a.b != NO_REG)
        return 0;
    if (b.kind == X64_LSH && b.width == 64 && b.scale <= 3) {
        a.b = b.a;
        a.scale = b.scale;
    } else if (b.kind == X64_SUM && b.b == NO_REG && sum == (int32_t)sum) {
        a.b = b.a;
        a.scale = 0;
        a.imm = sum;
    } else {
        return 0;
    }
    if (a.b == SK_R10) { /* rsp and, by habit, rbp are no index */
        if (a.scale)
            return 0;
        a.b = a.a;
        a.a = SK_R10;
    }
    t->stackish |= (t->stackish >> s & 1u) << d;
    note(t, d, a);
    return 1;
}

int x64_shift_lazy(struct x64 *t, enum x64_shift op, unsigned w, unsigned d, unsigned n)
{
    struct x64_value v = value_of(t, d);
    uint8_t kind = op == X64_SHL ? X64_LSH : X64_RSH;

    t->stackish &= ~(1u << d);
    if (w == 64 && op == X64_SHR && n == 32 && v.kind == X64_LSH && v.width == 64 &&
        v.scale == 32) {
        note(t, d, (struct x64_value){ X64_LOW, v.a, NO_REG, 0, 32, 0 });
        return 1;
    }
    if (!(is_copy(&v) || (w == 32 && v.kind == X64_LOW))) {
        x64_settle(t, d);
        v.a = (uint8_t)d;
    }
    note(t, d, (struct x64_value){ kind, v.a, NO_REG, (uint8_t)n, (uint8_t)w, 0 });
    return 1;
}

int x64_rotate(struct x64 *t, unsigned w, unsigned d, unsigned s)
{
    struct x64_value a, b;
    unsigned right;

    if (!x64_is_pending(t, d) || !x64_is_pending(t, s))
        return 0;
    a = t->value[d];
    b = t->value[s];
    if (!((a.kind == X64_LSH && b.kind == X64_RSH) ||
          (a.kind == X64_RSH && b.kind == X64_LSH)) ||
        a.a != b.a || a.width != w || b.width != w || a.scale + b.scale != (int)w)
        return 0;
    right = a.kind == X64_RSH ? a.scale : b.scale;
    if (!(t->features & SKEP_CPU_BMI2) && a.a != d)
        return 0;
    x64_define(t, d);
    if (a.a == d)
        EMIT(t, shift_ri, X64_ROR, w, x64_home[d], right);
    else
        EMIT(t, rorx, w, x64_home[d], x64_home[a.a], right);
    x64_defined(t, d, w);
    return 1;
}

/* In T2, or if that is FUEL in the run, whose registers are C's copy. */
void x64_keep(struct x64 *t, unsigned r)
{
    if (x64_has(t, SK_JIT_METERED))
        EMIT(t, store, 64, X64_AT_RUN(regs[r]), x64_home[r]);
    else
        EMIT(t, mov_rr, 64, T2, x64_home[r]);
}

void x64_give_back(struct x64 *t, unsigned r, unsigned reg, unsigned w)
{
    if (x64_has(t, SK_JIT_METERED))
        EMIT(t, load, w, reg, X64_AT_RUN(regs[r]));
    else
        EMIT(t, mov_rr, w, reg, T2);
}
