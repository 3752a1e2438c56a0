/* The model. Numbers in comments are sections of RFC 9669.
 *
 * Addresses are the model's own: the stack ends at STACK_END, and frame d has the 512
 * bytes below STACK_END - 512 * d. What Linux adds to the RFC (may_goto, load-acquire
 * and store-release) is as its documentation says. */
#include "model.h"

#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

/* 3.1: classes */
enum { LD = 0, LDX = 1, ST = 2, STX = 3, ALU = 4, JMP = 5, JMP32 = 6, ALU64 = 7 };

/* 4.1: arithmetic, the high four bits of the opcode */
enum {
    ADD = 0x00,
    SUB = 0x10,
    MUL = 0x20,
    DIV = 0x30,
    OR = 0x40,
    AND = 0x50,
    LSH = 0x60,
    RSH = 0x70,
    NEG = 0x80,
    MOD = 0x90,
    XOR = 0xa0,
    MOV = 0xb0,
    ARSH = 0xc0,
    END = 0xd0,
};

/* 4.3: jumps */
enum {
    JA = 0x00,
    JEQ = 0x10,
    JGT = 0x20,
    JGE = 0x30,
    JSET = 0x40,
    JNE = 0x50,
    JSGT = 0x60,
    JSGE = 0x70,
    CALL = 0x80,
    EXIT = 0x90,
    JLT = 0xa0,
    JLE = 0xb0,
    JSLT = 0xc0,
    JSLE = 0xd0,
    JCOND = 0xe0, /* Linux: may_goto */
};

/* 5: modes, and 5.3: atomic operations */
enum { IMM = 0x00, MEM = 0x60, MEMSX = 0x80, ATOMIC = 0xc0 };
enum { FETCH = 0x01, XCHG = 0xe1, CMPXCHG = 0xf1, LOAD_ACQ = 0x100, STORE_REL = 0x110 };

enum { REGISTER = 0x08, FP = 10, FRAME = 512, FRAMES = 8, LOCAL = 1 };

static const uint64_t STACK_END = 0x100000;

struct frame {
    uint64_t saved[4];
    uint32_t back;
};

struct model {
    const struct oracle_insn *body;
    uint32_t count, pc, depth;
    uint64_t reg[11];
    struct frame frames[FRAMES];
    uint8_t stack[FRAME * FRAMES];
};

/* ---- Numbers ----------------------------------------------------------------------- */

static uwide power(unsigned n)
{
    return (uwide)1 << n % 128;
}

/* The low `bits` of v, as an unsigned number, and as a signed one in two's complement. */
static uwide low(uint64_t v, unsigned bits)
{
    return v % power(bits);
}

static wide low_signed(uint64_t v, unsigned bits)
{
    uwide u = low(v, bits);

    return u >= power(bits - 1) ? (wide)u - (wide)power(bits) : (wide)u;
}

/* A number modulo 2^bits, zero-extended. */
static uint64_t wrap(wide v, unsigned bits)
{
    wide m = (wide)power(bits);

    return (uint64_t)((v % m + m) % m);
}

/* v / 2^n rounded towards minus infinity. */
static wide shift_down(wide v, unsigned n)
{
    wide p = (wide)power(n);

    return v >= 0 ? v / p : -((-v + p - 1) / p);
}

static uint64_t reverse(uint64_t v, unsigned bits)
{
    uint64_t r = 0;

    for (unsigned i = 0; i < bits / 8; i++)
        r |= (v >> 8 * i & 0xff) << (bits - 8 - 8 * i);
    return r;
}

/* ---- Arithmetic, 4.1 and 4.2 ------------------------------------------------------- */

static uint64_t divide(uint64_t dst, uint64_t src, unsigned bits, int is_signed)
{
    if (!low(src, bits))
        return 0;
    if (is_signed)
        return wrap(low_signed(dst, bits) / low_signed(src, bits), bits);
    return (uint64_t)(low(dst, bits) / low(src, bits));
}

static uint64_t remainder_of(uint64_t dst, uint64_t src, unsigned bits, int is_signed)
{
    if (!low(src, bits))
        return (uint64_t)low(dst, bits);
    if (is_signed)
        return wrap(low_signed(dst, bits) % low_signed(src, bits), bits);
    return (uint64_t)(low(dst, bits) % low(src, bits));
}

/* Returns 0 when there is no such operation. */
static int arithmetic(unsigned op, int off, unsigned bits, uint64_t dst, uint64_t src,
                      uint64_t *result)
{
    uwide d = low(dst, bits), s = low(src, bits);
    unsigned count = (unsigned)(s % bits);

    if (off && op != DIV && op != MOD && op != MOV)
        return 0;
    switch (op) {
    case ADD:
        *result = wrap((wide)(d + s), bits);
        return 1;
    case SUB:
        *result = wrap((wide)d - (wide)s, bits);
        return 1;
    case MUL:
        *result = (uint64_t)(d * s % power(bits));
        return 1;
    case DIV:
        *result = divide(dst, src, bits, off);
        return off == 0 || off == 1;
    case MOD:
        *result = remainder_of(dst, src, bits, off);
        return off == 0 || off == 1;
    case OR:
        *result = (uint64_t)(d | s);
        return 1;
    case AND:
        *result = (uint64_t)(d & s);
        return 1;
    case XOR:
        *result = (uint64_t)(d ^ s);
        return 1;
    case LSH:
        *result = (uint64_t)(d * power(count) % power(bits));
        return 1;
    case RSH:
        *result = (uint64_t)(d / power(count));
        return 1;
    case ARSH:
        *result = wrap(shift_down(low_signed(dst, bits), count), bits);
        return 1;
    case NEG:
        *result = wrap(-(wide)d, bits);
        return 1;
    case MOV:
        *result = off ? wrap(low_signed(src, (unsigned)off), bits) : (uint64_t)s;
        return off == 0 || off == 8 || off == 16 || (off == 32 && bits == 64);
    default:
        return 0;
    }
}

/* 4.2: in class ALU the source bit chooses big-endian order, in ALU64 it is a swap. The
 * host of the kernel's answers is little-endian, and so is the model. */
static uint64_t byte_order(const struct oracle_insn *insn, uint64_t dst)
{
    unsigned bits = (unsigned)insn->imm;

    if ((insn->code & 7) == ALU && !(insn->code & REGISTER))
        return (uint64_t)low(dst, bits);
    return reverse(dst, bits);
}

static int do_arithmetic(struct model *m, const struct oracle_insn *insn)
{
    unsigned op = insn->code & 0xf0, bits = (insn->code & 7) == ALU64 ? 64 : 32;
    uint64_t *dst = &m->reg[insn->regs & 15];
    uint64_t src =
        insn->code & REGISTER ? m->reg[insn->regs >> 4] : (uint64_t)(int64_t)insn->imm;

    m->pc++;
    if (op == END && (insn->imm == 16 || insn->imm == 32 || insn->imm == 64)) {
        *dst = byte_order(insn, *dst);
        return 1;
    }
    return arithmetic(op, insn->off, bits, *dst, src, dst);
}

/* ---- Jumps, 4.3 -------------------------------------------------------------------- */

static int compare(unsigned op, unsigned bits, uint64_t dst, uint64_t src, int *taken)
{
    uwide d = low(dst, bits), s = low(src, bits);
    wide sd = low_signed(dst, bits), ss = low_signed(src, bits);

    switch (op) {
    case JEQ:
        *taken = d == s;
        return 1;
    case JNE:
        *taken = d != s;
        return 1;
    case JSET:
        *taken = (d & s) != 0;
        return 1;
    case JGT:
        *taken = d > s;
        return 1;
    case JGE:
        *taken = d >= s;
        return 1;
    case JLT:
        *taken = d < s;
        return 1;
    case JLE:
        *taken = d <= s;
        return 1;
    case JSGT:
        *taken = sd > ss;
        return 1;
    case JSGE:
        *taken = sd >= ss;
        return 1;
    case JSLT:
        *taken = sd < ss;
        return 1;
    case JSLE:
        *taken = sd <= ss;
        return 1;
    default:
        return 0;
    }
}

static int do_call(struct model *m, const struct oracle_insn *insn)
{
    struct frame *frame = &m->frames[m->depth];

    if (insn->regs >> 4 != LOCAL || m->depth + 1 == FRAMES)
        return 0;
    memcpy(frame->saved, m->reg + 6, sizeof(frame->saved));
    frame->back = m->pc + 1;
    m->depth++;
    m->reg[FP] -= FRAME;
    m->pc = (uint32_t)((int64_t)m->pc + 1 + insn->imm);
    return 1;
}

static void do_return(struct model *m)
{
    const struct frame *frame = &m->frames[--m->depth];

    memcpy(m->reg + 6, frame->saved, sizeof(frame->saved));
    m->reg[FP] += FRAME;
    m->pc = frame->back;
}

/* Exits are the caller's. */
static int do_jump(struct model *m, const struct oracle_insn *insn)
{
    unsigned op = insn->code & 0xf0, bits = (insn->code & 7) == JMP ? 64 : 32;
    uint64_t src =
        insn->code & REGISTER ? m->reg[insn->regs >> 4] : (uint64_t)(int64_t)insn->imm;
    int64_t next = (int64_t)m->pc + 1;
    int taken = 0;

    if (op == CALL)
        return do_call(m, insn);
    if (op == JA)
        next += bits == 64 ? insn->off : insn->imm;
    else if (op != JCOND && !compare(op, bits, m->reg[insn->regs & 15], src, &taken))
        return 0;
    if (taken)
        next += insn->off;
    m->pc = (uint32_t)next;
    return 1;
}

/* ---- Memory, 5 --------------------------------------------------------------------- */

/* 3.1: sizes */
static unsigned size_of(const struct oracle_insn *insn)
{
    static const unsigned sizes[] = { 4, 2, 1, 8 };

    return sizes[insn->code >> 3 & 3];
}

/* The memory of an access, or NULL. */
static uint8_t *at(struct model *m, uint64_t base, int off, unsigned size)
{
    uint64_t offset = base + (uint64_t)(int64_t)off - (STACK_END - sizeof(m->stack));

    if (offset > sizeof(m->stack) - size)
        return NULL;
    return m->stack + offset;
}

static uint64_t get(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < size; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

static void put(uint8_t *p, unsigned size, uint64_t v)
{
    for (unsigned i = 0; i < size; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static int plain_atomic(int operation)
{
    return operation == ADD || operation == OR || operation == AND || operation == XOR;
}

/* What an atomic operation leaves in memory that held `old`. */
static int combine(int operation, unsigned bits, uint64_t old, uint64_t src, uint64_t r0,
                   uint64_t *result)
{
    if (operation == XCHG)
        *result = src;
    else if (operation == CMPXCHG)
        *result = low(r0, bits) == low(old, bits) ? src : old;
    else
        return plain_atomic(operation & ~FETCH) &&
               arithmetic((unsigned)operation & ~(unsigned)FETCH, 0, bits, old, src,
                          result);
    return 1;
}

static int do_atomic(struct model *m, const struct oracle_insn *insn)
{
    unsigned size = size_of(insn), dst = insn->regs & 15, src = insn->regs >> 4;
    uint8_t *p = at(m, m->reg[insn->imm == LOAD_ACQ ? src : dst], insn->off, size);
    uint64_t old, result;

    if (!p)
        return 0;
    old = get(p, size);
    if (insn->imm == LOAD_ACQ) {
        m->reg[dst] = old;
    } else if (insn->imm == STORE_REL) {
        put(p, size, m->reg[src]);
    } else {
        if (!combine(insn->imm, 8 * size, old, m->reg[src], m->reg[0], &result))
            return 0;
        put(p, size, result);
        if (insn->imm == CMPXCHG)
            m->reg[0] = old;
        else if (insn->imm & FETCH)
            m->reg[src] = old;
    }
    m->pc++;
    return 1;
}

static int do_load(struct model *m, const struct oracle_insn *insn)
{
    unsigned size = size_of(insn), mode = insn->code & 0xe0;
    const uint8_t *p = at(m, m->reg[insn->regs >> 4], insn->off, size);
    uint64_t v;

    if (!p || (mode != MEM && mode != MEMSX))
        return 0;
    v = get(p, size);
    if (mode == MEMSX)
        v = wrap(low_signed(v, 8 * size), 64);
    m->reg[insn->regs & 15] = v;
    m->pc++;
    return 1;
}

static int do_store(struct model *m, const struct oracle_insn *insn)
{
    unsigned size = size_of(insn);
    uint8_t *p = at(m, m->reg[insn->regs & 15], insn->off, size);

    if ((insn->code & 0xe0) == ATOMIC)
        return do_atomic(m, insn);
    if (!p || (insn->code & 0xe0) != MEM)
        return 0;
    put(p, size,
        (insn->code & 7) == STX ? m->reg[insn->regs >> 4] : (uint64_t)(int64_t)insn->imm);
    m->pc++;
    return 1;
}

/* 5.4 */
static int do_wide(struct model *m, const struct oracle_insn *insn)
{
    if (insn->code != (LD | IMM | 0x18) || insn->regs >> 4 || m->pc + 1 >= m->count)
        return 0;
    m->reg[insn->regs & 15] = (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
    m->pc += 2;
    return 1;
}

/* ---- Running ----------------------------------------------------------------------- */

static int step(struct model *m, const struct oracle_insn *insn)
{
    switch (insn->code & 7) {
    case ALU:
    case ALU64:
        return do_arithmetic(m, insn);
    case JMP:
    case JMP32:
        return do_jump(m, insn);
    case LDX:
        return do_load(m, insn);
    case ST:
    case STX:
        return do_store(m, insn);
    default:
        return do_wide(m, insn);
    }
}

enum model_end model_run(const struct oracle_insn *body, uint32_t count,
                         struct oracle_state *state, uint64_t steps)
{
    struct model m = { .body = body, .count = count };
    uint8_t *memory = m.stack + sizeof(m.stack) - sizeof(state->mem);

    memcpy(m.reg, state->reg, sizeof(state->reg));
    memcpy(memory, state->mem, sizeof(state->mem));
    m.reg[FP] = STACK_END;
    for (; steps && m.pc < count; steps--) {
        const struct oracle_insn *insn = &body[m.pc];

        if (insn->code == (JMP | EXIT) && m.depth) {
            do_return(&m);
        } else if (insn->code == (JMP | EXIT)) {
            memcpy(state->reg, m.reg, sizeof(state->reg));
            memcpy(state->mem, memory, sizeof(state->mem));
            return MODEL_EXIT;
        } else if (!step(&m, insn)) {
            return MODEL_REFUSED;
        }
    }
    return steps ? MODEL_REFUSED : MODEL_ENDLESS;
}
