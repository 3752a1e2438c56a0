/* Forms that touch memory: x is the register of the address, y that of the value. */
#include "base/bits.h"
#include "edges.h"
#include "forms.h"

/* How the address comes about, and the value: from a register that holds an address, steps. */
struct route {
    uint8_t count;
    struct step steps[3];
    uint8_t pointer; /* enum who: what holds the address at first; FP: nothing has to */
    int32_t add;     /* what the steps add to it */
    uint64_t index;  /* what z holds, if that is not the address */
    int16_t off;     /* of the form */
};

static const struct route routes[] = {
    { 1, { { SK_OP_MOV64_REG, X, Z, 0 } }, Z, 0, 0, 0 },
    { 2, { { SK_OP_MOV64_REG, X, Z, 0 }, { SK_OP_ADD64_IMM, X, 0, 24 } }, Z, 24, 0, -24 },
    { 1, { { SK_OP_ADD64_IMM, X, 0, -40 } }, X, -40, 0, 100 },
    { 1, { { SK_OP_ADD64_REG, X, Z, 0 } }, X, 8, 8, 0 },
    { 2, { { SK_OP_LSH64_IMM, Z, 0, 3 }, { SK_OP_ADD64_REG, X, Z, 0 } }, X, 40, 5, 200 },
    { 3,
      { { SK_OP_MOV64_REG, Y, Z, 0 },
        { SK_OP_LSH64_IMM, Y, 0, 2 },
        { SK_OP_ADD64_REG, X, Y, 0 } },
      X,
      24,
      6,
      -24 },
    { 1, { { SK_OP_MOV64_REG, Z, X, 0 } }, X, 0, 0, 8 }, /* z needs x */
    { 2, { { SK_OP_MOV64_REG, Z, X, 0 }, { SK_OP_ADD64_REG, Z, Y, 0 } }, X, 0, 0, 0 },
    { 1, { { SK_OP_MOV64_REG, Z, Y, 0 } }, X, 0, 0, -1000 }, /* z needs y */
    { 2,
      { { SK_OP_MOV64_REG, Y, Z, 0 }, { SK_OP_ADD64_IMM, Y, 0, 77 } },
      X,
      0,
      0x123456789abcdef0,
      0 },
    { 1, { { SK_OP_MOV64_IMM, Y, 0, -2 } }, X, 0, 0, 0 },
    { 1, { { SK_OP_MOV32_REG, Y, Z, 0 } }, X, 0, 0xfedcba9876543210, 0 },
    { 1, { { SK_OP_RSH64_IMM, Y, 0, 7 } }, X, 0, 0, 0 },
    { 1, { { SK_OP_MOV64_REG, Y, X, 0 } }, X, 0, 0, 0 },
};

/* By the stack pointer: itself, a copy, a sum. */
static const struct route frame_routes[] = {
    { 0, { { 0 } }, FP, 0, 0, PACK_STACK_AT },
    { 1, { { SK_OP_MOV64_REG, X, FP, 0 } }, FP, 0, 0, PACK_STACK_AT },
    { 2,
      { { SK_OP_MOV64_REG, X, FP, 0 }, { SK_OP_ADD64_IMM, X, 0, PACK_STACK_AT } },
      FP,
      0,
      0,
      0 },
    { 2,
      { { SK_OP_MOV64_REG, X, FP, 0 }, { SK_OP_ADD64_REG, X, Z, 0 } },
      FP,
      0,
      16,
      PACK_STACK_AT - 16 },
};

/* Where the displacement of an address changes its form. */
static const int16_t offs[] = { 0,     8,     0x78,   0x7f,   0x80,      -0x80,
                                -0x81, 0xfff, 0x1000, -0x101, INT16_MAX, INT16_MIN };

static int is_load(enum sk_op op)
{
    return sk_isa[op].role == SK_ROLE_LOAD;
}

static int has_value(enum sk_op op)
{
    return is_load(op) || uses_src(op);
}

/* The form with its registers. */
static struct sk_insn access(enum sk_op op, unsigned x, unsigned y, int16_t off)
{
    struct sk_insn insn = form(op);

    insn.off = off;
    if (is_load(op)) {
        insn.src = (uint8_t)x;
        insn.dst = (uint8_t)y;
    } else {
        insn.dst = (uint8_t)x;
        if (uses_src(op))
            insn.src = (uint8_t)y;
    }
    return insn;
}

static int writes(const struct route *route, enum who who)
{
    for (unsigned i = 0; i < route->count; i++) {
        if (route->steps[i].dst == who)
            return 1;
    }
    return 0;
}

/* Body with the form's immediate number i, if it has one; variant 1 leaves a register dead. */
static void add_case(struct forms *f, enum sk_op op, const struct route *route,
                     int16_t off, unsigned x, unsigned y, int dead)
{
    struct sk_insn insn = access(op, x, y, off);
    struct pack_case c;

    if (!has_value(op)) { /* y counts the immediates */
        insn.imm = imms[y];
        y = PACK_NONE;
    }
    if (x == y && writes(route, Y))
        return; /* it would not be the address */
    forms_case(&c, x, y);
    if (!forms_steps(&c, route->steps, route->count))
        return;
    forms_put(&c, insn);
    if (!dead || forms_kill(&c))
        forms_add(f, &c);
}

/* Whether the stack's address makes a difference to the body. */
static int shows_stack(enum sk_op op, const struct route *route, unsigned y)
{
    return (has_value(op) && y == SK_R10) || (route->pointer == FP && route->count);
}

static void add_pairs(struct forms *f, enum sk_op op, const struct route *route,
                      int16_t off)
{
    unsigned count = has_value(op) ? (unsigned)SK_REGS : (unsigned)SK_LEN(imms);
    int by_frame = route->pointer == FP && !route->count;

    for (unsigned x = 0; x < SK_REGS; x++) {
        for (unsigned y = 0; y < count; y++) {
            if ((x == SK_R10) != by_frame || !forms_wants(f, x, y))
                continue;
            if (shows_stack(op, route, y) && !(f->flags & PACK_GATED))
                continue;
            if (!has_value(op) && route->count && (x + y) % 4)
                continue; /* some of the immediates */
            add_case(f, op, route, off, x, y, 0);
            if ((x + 2 * y) % 3 == 0)
                add_case(f, op, route, off, x, y, 1);
        }
    }
    forms_finish(f);
}

/* Contents of memory and values, all pairs or some; r0 often is what cmpxchg compares with. */
static void add_operands(struct forms *f, const struct route *route, int16_t off,
                         uint32_t step)
{
    for (uint32_t i = 0; i < SK_LEN(edges); i++) {
        for (uint32_t k = i % step; k < SK_LEN(edges); k += step) {
            struct operands *in = forms_operands(f);

            in->reg[X] = in->reg[Y] = edges[k];
            in->reg[Z] = route->index;
            in->m[0] = edges[i];
            in->m[1] = edges[(i + k) % SK_LEN(edges)];
            in->fill[SK_R0] = edges[i] ^ (uint64_t)(k % 2) << 32 ^ (uint64_t)(k % 3 == 2);
            if (route->pointer != FP)
                in->reg[route->pointer] =
                    pack_scratch(f->pack) - (uint64_t)(int64_t)(off + route->add);
        }
    }
}

static void run_route(struct forms *f, enum sk_op op, const struct route *route,
                      int16_t off, uint32_t flags, uint32_t step)
{
    forms_begin(f, PACK_MEMORY | flags, PACK_ALL);
    f->some = off == route->off ? 1 : 3;
    add_operands(f, route, off, f->thin > 1 && step < 29 ? 29 : step);
    add_pairs(f, op, route, off);
}

/* ---- Faults -------------------------------------------------------------------------- */

/* One for each way in which an access may be bad, and some good ones nearby. */
static void bad_operands(struct forms *f, uint32_t size, int16_t off)
{
    uint64_t len, ctx = pack_context(f->pack, &len), top = pack_stack(f->pack);
    const uint64_t at[] = {
        0,         1,         UINT64_MAX,       ctx - 1,    ctx - size,           ctx,
        ctx + 1,   ctx + len, ctx + len - size, top - size, ctx + len - size + 1, top,
        top - 512, top - 513, top - size + 1,   top - 300,
    };

    for (unsigned i = 0; i < SK_LEN(at); i++) {
        struct operands *in = forms_operands(f);

        in->reg[X] = at[i] - (uint64_t)(int64_t)off;
        in->reg[Y] = edges[i];
        in->m[0] = in->fill[SK_R0] = edges[i + 1];
    }
}

static void test_bad_addresses(struct forms *f, enum sk_op op)
{
    static const struct route plain = { .pointer = X }, by_frame = { .pointer = FP };
    int16_t size = (int16_t)(sk_isa[op].width / 8);
    const int16_t by[] = { 0,        (int16_t)-size, (int16_t)(1 - size),
                           -512,     -513,           (int16_t)(-512 - size),
                           -300,     -301,           INT16_MAX,
                           INT16_MIN };

    for (unsigned i = 0; i < 2; i++) {
        forms_begin(f, PACK_MEMORY | PACK_SELECT | PACK_GATED, PACK_CHECKED);
        bad_operands(f, (uint32_t)size, i ? -300 : 0);
        add_pairs(f, op, &plain, i ? -300 : 0);
    }
    for (unsigned i = 0; i < SK_LEN(by); i++) {
        forms_begin(f, PACK_MEMORY | PACK_SELECT | PACK_GATED, PACK_CHECKED);
        add_operands(f, &by_frame, by[i], 29);
        f->count = 2;
        add_pairs(f, op, &by_frame, by[i]);
    }
}

/* Of loads the contents matter, of stores the value, of atomics both. */
static uint32_t step_of(enum sk_op op)
{
    return is_load(op) || sk_isa[op].role == SK_ROLE_STORE ? 13 : 2;
}

void test_memory(struct forms *f, enum sk_op op)
{
    static const struct route plain = { .pointer = X };

    for (unsigned i = 0; i < SK_LEN(offs); i++) {
        if (forms_goes(f, i))
            run_route(f, op, &plain, offs[i], 0, i ? 29 : step_of(op));
        if (forms_goes(f, i) && i % 4 == 0)
            run_route(f, op, &plain, offs[i], PACK_GATED | PACK_STACK, 29);
    }
    for (unsigned i = 0; i < SK_LEN(routes); i++) {
        if (forms_goes(f, i))
            run_route(f, op, &routes[i], routes[i].off, i % 3 ? 0 : PACK_GATED, 29);
    }
    for (unsigned i = 0; i < SK_LEN(frame_routes); i++) {
        const struct route *route = &frame_routes[i];

        run_route(f, op, route, route->off, PACK_STACK, 29);
        run_route(f, op, route, route->off, PACK_STACK | PACK_GATED, 29);
    }
    test_bad_addresses(f, op);
}
