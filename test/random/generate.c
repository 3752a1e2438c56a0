/* Random programs by structure: functions of blocks of statements.
 *
 * A program is kept as decoded instructions by slot, so that jumps and calls can be
 * aimed when their target is known. While it grows, three sets of registers say what
 * may be done:
 *
 *   pointers   hold addresses: base registers of memory accesses, otherwise untouched
 *   frozen     must keep their value: pointers, and the counters of loops
 *   the rest   numbers: read and written at will
 *
 * r10 is always a pointer. Every access goes through one of the `windows`: a register
 * and the bytes around it that hold defined values. All windows begin at multiples
 * of 8. They are of the stack, and of the machine's map.
 *
 * Functions form a list. A call names an existing function behind the caller or makes a
 * new one, and functions are generated in the list's order, so that calls cannot cycle
 * (GEN_ENDLESS and GEN_WILD: they may) and each function is called. A function frees
 * itself of what Linux does not let it read: it sets r0 and r6 to r9 first, and its
 * caller sets r1 to r5 after the call. */
#include "generate.h"

#include <assert.h>
#include <string.h>

#include "base/bits.h"
#include "machine.h"

enum {
    MAX_FUNCTIONS = 7, /* besides the first: Linux allows 8 frames */
    MAX_DEPTH = 7,
    MAX_WINDOWS = 4,
    MAX_NESTING = 3,
    MAX_LABELS = 32,
    MAX_ENDINGS = 32,
    MAX_LOOPS = 3,
    MAIN_WINDOW = 64, /* what oracle_wrap() gives */
    CALLEE_WINDOW = 32,
    NUMBERS = 0x3ff, /* r0 to r9 */
    SCRATCH = 0x3f,  /* r0 to r5: what a call loses */
    SAVED = 0x3c0,   /* r6 to r9 */
    ARGS = 0x3e,     /* r1 to r5 */
};

/* Bytes [low, low + size) from a register that may be used. */
struct window {
    uint8_t reg;
    uint8_t varies; /* 1: the register's distance from r10 is no constant */
    int16_t low, size;
};

struct function {
    uint32_t entry;
    uint32_t depth;         /* frames below it at most, by calls that were generated */
    uint32_t takes_pointer; /* 1: its r1 is the address of CALLEE_WINDOW bytes */
};

/* An instruction that names a function. */
struct reference {
    uint32_t pc, function;
};

struct gen {
    struct source *source;
    enum gen_mode mode;
    struct sk_insn insns[GEN_MAX_SLOTS];
    uint32_t count;
    uint32_t limit; /* slots after which no statement begins */
    uint32_t pointers, frozen;
    uint8_t last; /* the register that was chosen last */
    struct window windows[MAX_WINDOWS];
    uint32_t window_count;
    struct function functions[MAX_FUNCTIONS + 1];
    uint32_t function_count;
    uint32_t current; /* the function that grows */
    struct reference references[GEN_MAX_SLOTS];
    uint32_t reference_count;
    uint32_t nesting;
    uint32_t branches, loops, calls; /* how many more; Linux's verifier walks all paths */
    uint32_t labels[MAX_LABELS];     /* places in the function to jump back to */
    uint32_t label_count;
    uint32_t endings[MAX_ENDINGS]; /* jumps that shall go to the function's last exit */
    uint32_t ending_count;
};

static void gen_block(struct gen *g, uint32_t statements);

/* ---- Choices ----------------------------------------------------------------------- */

static uint32_t below(struct gen *g, uint32_t n)
{
    return source_below(g->source, n);
}

static int chance(struct gen *g, uint32_t percent)
{
    return source_chance(g->source, percent);
}

/* One of the registers of a set that is not empty; often the last one again, so that
 * instructions build on each other's results. */
static uint8_t pick(struct gen *g, uint32_t set)
{
    uint32_t n;

    if (set >> g->last & 1 && chance(g, 40))
        return g->last;
    n = below(g, (uint32_t)__builtin_popcount(set));
    while (n--)
        set &= set - 1;
    g->last = (uint8_t)__builtin_ctz(set);
    return g->last;
}

static uint32_t readable(const struct gen *g)
{
    return NUMBERS & ~g->pointers;
}

static uint32_t writable(const struct gen *g)
{
    return NUMBERS & ~g->frozen;
}

#define ROLE(name) (1u << SK_ROLE_##name)

/* Whether programs of the mode may hold the row anywhere. */
static int is_eligible(const struct gen *g, const struct sk_row *row)
{
    if (row->role == SK_ROLE_RESERVED)
        return 0;
    if (g->mode == GEN_WILD)
        return 1;
    if (row->role == SK_ROLE_WIDE) /* only the plain number is one everywhere */
        return row->value == 0;
    /* addr_space_cast wants an arena, which is a map */
    return row->role != SK_ROLE_MOV || row->since != SK_SINCE_LINUX ||
           g->mode != GEN_KERNEL;
}

/* A row with one of the roles, all equally likely. */
static enum sk_op pick_row(struct gen *g, uint32_t roles)
{
    uint16_t found[SK_OP_COUNT];
    uint32_t count = 0;

    for (uint16_t op = 0; op < (uint16_t)SK_OP_COUNT; op++) {
        if (roles >> sk_isa[op].role & 1 && is_eligible(g, &sk_isa[op]))
            found[count++] = op;
    }
    return (enum sk_op)found[below(g, count)];
}

/* ---- Instructions ------------------------------------------------------------------ */

static uint32_t emit(struct gen *g, struct sk_insn insn)
{
    uint32_t pc = g->count;

    assert(pc + 2 <= GEN_MAX_SLOTS);
    g->insns[pc] = insn;
    g->count += sk_insn_slots(&insn);
    if (sk_insn_slots(&insn) == 2)
        g->insns[pc + 1].op = SK_OP_SECOND;
    return pc;
}

static int64_t gen_imm(struct gen *g, const struct sk_row *row)
{
    int32_t imm;

    if (row->role == SK_ROLE_WIDE)
        return (int64_t)source_number(g->source);
    imm = source_imm(g->source);
    if (g->mode != GEN_KERNEL)
        return imm;
    if (row->limit == SK_LIMIT_SHIFT)
        return (uint32_t)imm % row->width;
    return row->limit == SK_LIMIT_NONZERO && !imm ? 1 : imm;
}

/* An instruction of a row: selector, registers and immediate; what it computes is a
 * number. Base registers, offsets and targets are the caller's. */
static struct sk_insn fill(struct gen *g, enum sk_op op)
{
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = { .op = (uint16_t)op };
    int writes_dst = row->role == SK_ROLE_ALU || row->role == SK_ROLE_MOV ||
                     row->role == SK_ROLE_WIDE || row->role == SK_ROLE_LOAD;

    if (row->field == SK_FIELD_OFF)
        insn.off = row->value;
    if (row->field == SK_FIELD_IMM)
        insn.imm = row->value;
    if (row->field == SK_FIELD_SRC)
        insn.src = (uint8_t)row->value;
    if (row->uses & SKEP_USES_DST)
        insn.dst = pick(g, writes_dst ? writable(g) : readable(g));
    if (row->uses & SKEP_USES_SRC)
        insn.src = pick(g, row->role == SK_ROLE_FETCH ? writable(g) : readable(g));
    if (row->uses & SKEP_USES_IMM)
        insn.imm = gen_imm(g, row);
    return insn;
}

static void emit_mov_imm(struct gen *g, uint8_t dst, int32_t imm)
{
    emit(g, (struct sk_insn){ .op = SK_OP_MOV64_IMM, .dst = dst, .imm = imm });
}

/* Any instruction that gives `dst` a number without reading registers outside of
 * `from`. */
static void emit_number(struct gen *g, uint8_t dst, uint32_t from)
{
    struct sk_insn insn = fill(g, pick_row(g, ROLE(MOV) | ROLE(WIDE)));

    if (sk_isa[insn.op].role == SK_ROLE_WIDE && sk_isa[insn.op].value) {
        emit_mov_imm(g, dst, source_imm(g->source));
        return;
    }
    if (sk_isa[insn.op].uses & SKEP_USES_SRC) {
        if (!from) {
            emit_mov_imm(g, dst, source_imm(g->source));
            return;
        }
        insn.src = pick(g, from);
    }
    insn.dst = dst;
    emit(g, insn);
}

/* Gives numbers to all registers of a set, from registers of another. */
static void emit_numbers(struct gen *g, uint32_t set, uint32_t from)
{
    for (uint8_t r = 0; r < (uint8_t)SK_R10; r++) {
        if (set >> r & 1 && (g->mode != GEN_WILD || chance(g, 85)))
            emit_number(g, r, from);
    }
}

/* Aims the jump at `pc` to the slot `target`. */
static void aim(struct gen *g, uint32_t pc, uint32_t target)
{
    struct sk_insn *insn = &g->insns[pc];
    int32_t distance = (int32_t)target - (int32_t)pc - 1;

    if (sk_isa[insn->op].uses & SKEP_USES_OFF)
        insn->off = (int16_t)distance;
    else
        insn->imm = distance;
}

/* ---- Statements: one instruction --------------------------------------------------- */

static void gen_compute(struct gen *g)
{
    struct sk_insn insn = fill(g, pick_row(g, ROLE(ALU) | ROLE(MOV) | ROLE(WIDE)));

    if (sk_isa[insn.op].role != SK_ROLE_WIDE || !sk_isa[insn.op].value)
        emit(g, insn);
}

/* Two bugs of Linux 6.18 would look like ours. After an atomic instruction that
 * fetches, the register that gets the old value is divided by 1, which avoids both.
 *
 * - Its verifier does not know that such an instruction writes a register when it
 *   traces back where a value came from (CVE-2026-43009). It may then take a path for
 *   walked that was not, and remove the code there. What was divided it does not know
 *   at all.
 * - After a 32-bit compare-exchange it forgets the zero extension of r0 when the first
 *   64-bit read lies behind a place where paths join: the upper half keeps its old
 *   value if the exchange succeeded. The division is a read at once. */
static void gen_forget(struct gen *g, uint8_t reg)
{
    emit(g, (struct sk_insn){ .op = SK_OP_DIV64_IMM, .dst = reg, .imm = 1 });
}

/* An access to a window. */
static void gen_access(struct gen *g, const struct window *w)
{
    uint32_t roles = ROLE(LOAD) | ROLE(STORE) | ROLE(RMW) | ROLE(FETCH) | ROLE(CMPXCHG);
    const struct sk_row *row;
    struct sk_insn insn;
    int32_t size, step;

    if (g->frozen & 1u << SK_R0)
        roles &= ~ROLE(CMPXCHG);
    if (w->varies && g->mode == GEN_KERNEL) /* Linux wants atomics at constant offsets */
        roles = ROLE(LOAD) | ROLE(STORE);
    insn = fill(g, pick_row(g, roles));
    row = &sk_isa[insn.op];
    size = row->width / 8;
    /* Linux wants every access to the stack aligned; atomics must be anywhere, and the
     * group of Linux's own loads and stores is atomic. */
    step =
        g->mode == GEN_KERNEL || row->role > SK_ROLE_STORE || row->group == SK_GROUP_LINUX
            ? size
            : 1;
    insn.off =
        (int16_t)(w->low +
                  (int32_t)below(g, (uint32_t)((w->size - size) / step) + 1) * step);
    if (row->role == SK_ROLE_LOAD)
        insn.src = w->reg;
    else
        insn.dst = w->reg;
    emit(g, insn);
    if (g->mode == GEN_KERNEL && row->role == SK_ROLE_FETCH)
        gen_forget(g, insn.src);
    if (g->mode == GEN_KERNEL && row->role == SK_ROLE_CMPXCHG)
        gen_forget(g, SK_R0);
}

static void gen_memory(struct gen *g)
{
    gen_access(g, &g->windows[below(g, g->window_count)]);
}

/* ---- Statements with a block inside ------------------------------------------------ */

static int may_nest(const struct gen *g)
{
    return g->nesting < MAX_NESTING && g->count < g->limit;
}

static void gen_inner(struct gen *g, uint32_t statements)
{
    g->nesting++;
    gen_block(g, statements);
    g->nesting--;
}

/* if cond goto A; block; [goto B;] A: [block; B:] */
static void gen_if(struct gen *g)
{
    uint32_t over, end;

    if (!g->branches || !may_nest(g))
        return;
    g->branches--;
    over = emit(g, fill(g, pick_row(g, ROLE(JCOND) | ROLE(JMAY))));
    gen_inner(g, 1 + below(g, 4));
    if (chance(g, 50)) {
        aim(g, over, g->count);
        return;
    }
    end = emit(g, fill(g, pick_row(g, ROLE(JUMP))));
    aim(g, over, g->count);
    gen_inner(g, 1 + below(g, 4));
    aim(g, end, g->count);
}

static void gen_exit_if(struct gen *g)
{
    uint32_t over;

    if (!g->branches || g->pointers != 1u << SK_R10)
        return;
    g->branches--;
    over = emit(g, fill(g, pick_row(g, ROLE(JCOND))));
    emit(g, (struct sk_insn){ .op = SK_OP_EXIT });
    aim(g, over, g->count);
}

/* How a loop counts: what the counter starts from, its step, and the jump back. */
struct counting {
    enum sk_op step, back;
    int32_t direction;
    int32_t end; /* what the counter is compared with */
};

/* reg = start; L: block; reg += step; if reg != end goto L */
static void gen_loop(struct gen *g)
{
    static const struct counting ways[] = {
        { SK_OP_ADD64_IMM, SK_OP_JNE64_IMM, -1, 0 },
        { SK_OP_ADD32_IMM, SK_OP_JNE32_IMM, -1, 0 },
        { SK_OP_SUB64_IMM, SK_OP_JGT64_IMM, 1, 0 },
        { SK_OP_ADD64_IMM, SK_OP_JSLT64_IMM, 1, 7 },
        { SK_OP_ADD32_IMM, SK_OP_JLE32_IMM, 1, 7 },
        { SK_OP_SUB32_IMM, SK_OP_JSGE32_IMM, 1, 1 },
    };
    const struct counting *way = &ways[below(g, SK_LEN(ways))];
    uint32_t free = writable(g) & SAVED; /* calls leave it alone */
    int32_t start = 1 + (int32_t)below(g, 6);
    uint32_t top, back;
    uint8_t reg;

    if (!g->loops || !free || !may_nest(g))
        return;
    g->loops--;
    reg = pick(g, free);
    emit_mov_imm(g, reg, start);
    g->frozen |= 1u << reg;
    top = g->count;
    gen_inner(g, 1 + below(g, 4));
    emit(g, (struct sk_insn){
                .op = (uint16_t)way->step, .dst = reg, .imm = way->direction });
    back = emit(
        g, (struct sk_insn){ .op = (uint16_t)way->back, .dst = reg, .imm = way->end });
    aim(g, back, top);
    g->frozen &= ~(1u << reg);
}

/* The pointer of the last window becomes a number, often what it points to. */
static void gen_end_of_pointer(struct gen *g)
{
    const struct window *w = &g->windows[--g->window_count];
    uint32_t reg = 1u << w->reg;

    g->pointers &= ~reg;
    g->frozen &= ~reg;
    if (chance(g, 50))
        emit(g, (struct sk_insn){
                    .op = SK_OP_LDXDW, .dst = w->reg, .src = w->reg, .off = w->low });
    else
        emit_number(g, w->reg, readable(g) & ~reg);
}

/* A block with accesses through the register, whose window begins `low` bytes from it. */
static void gen_through(struct gen *g, struct window window)
{
    g->pointers |= 1u << window.reg;
    g->frozen |= 1u << window.reg;
    g->windows[g->window_count++] = window;
    if (chance(g, 50))
        gen_access(g, &g->windows[g->window_count - 1]);
    gen_inner(g, 1 + below(g, 4));
    gen_end_of_pointer(g);
}

/* p = map[id:1][0]+at; block with accesses through p; p = number */
static void gen_map(struct gen *g)
{
    int32_t at = 8 * (int32_t)below(g, MACHINE_MAP / 8 + 1);
    uint32_t free = writable(g);
    struct sk_insn insn = { .op = SK_OP_LDDW_MAP_VALUE,
                            .src = 2,
                            .imm = (int64_t)at << 32 | 1 };

    if (!may_nest(g) || g->window_count == MAX_WINDOWS || (free & (free - 1)) == 0)
        return;
    insn.dst = pick(g, free);
    emit(g, insn);
    gen_through(g, (struct window){ insn.dst, 0, (int16_t)-at, MACHINE_MAP });
}

/* p = r10; p += low [; v &= 24; p += v]; block with accesses through p; p = number */
static void gen_pointer(struct gen *g)
{
    const struct window *stack = &g->windows[0];
    int32_t moves = chance(g, 50) ? 24 : 0;
    int32_t at = stack->low + 8 * (int32_t)below(g, (uint32_t)(stack->size - moves) / 8);
    uint32_t free = writable(g);
    uint8_t reg, by;

    if (!may_nest(g) || g->window_count == MAX_WINDOWS || (free & (free - 1)) == 0)
        return;
    reg = pick(g, free);
    by = pick(g, free & ~(1u << reg));
    emit(g, (struct sk_insn){ .op = SK_OP_MOV64_REG, .dst = reg, .src = SK_R10 });
    emit(g, (struct sk_insn){ .op = SK_OP_ADD64_IMM, .dst = reg, .imm = at });
    if (moves) {
        emit(g, (struct sk_insn){ .op = SK_OP_AND64_IMM, .dst = by, .imm = moves });
        emit(g, (struct sk_insn){ .op = SK_OP_ADD64_REG, .dst = reg, .src = by });
    }
    gen_through(g, (struct window){ reg, moves != 0, (int16_t)(stack->low - at),
                                    (int16_t)(stack->size - moves) });
}

/* ---- Calls ------------------------------------------------------------------------- */

/* A function that the current one may call; function_count when it is to be made. */
static uint32_t pick_function(struct gen *g)
{
    uint32_t first = g->mode == GEN_KERNEL ? g->current + 1 : 0;
    uint32_t choices = g->function_count - first;

    if (g->function_count <= MAX_FUNCTIONS && (!choices || chance(g, 50)))
        return g->function_count;
    return choices ? first + below(g, choices) : g->function_count;
}

static void new_function(struct gen *g)
{
    g->functions[g->function_count++] = (struct function){ .takes_pointer = below(g, 2) };
}

enum { NO_FUNCTION = MAX_FUNCTIONS + 1 };

/* A function that is called next, perhaps a new one; NO_FUNCTION if that cannot be. */
static uint32_t take_function(struct gen *g)
{
    uint32_t depth = g->functions[g->current].depth + 1;
    uint32_t callee;

    if (!g->calls || depth > MAX_DEPTH || g->frozen & SCRATCH)
        return NO_FUNCTION;
    callee = pick_function(g);
    if (callee > MAX_FUNCTIONS)
        return NO_FUNCTION;
    g->calls--;
    if (callee == g->function_count)
        new_function(g);
    if (callee > g->current && g->functions[callee].depth < depth)
        g->functions[callee].depth = depth;
    return callee;
}

/* The callee's first argument, in a register of the caller's. */
static void emit_pointer_for(struct gen *g, uint32_t callee, uint8_t reg)
{
    if (!g->functions[callee].takes_pointer)
        return;
    emit(g, (struct sk_insn){ .op = SK_OP_MOV64_REG, .dst = reg, .src = SK_R10 });
    emit(g, (struct sk_insn){ .op = SK_OP_ADD64_IMM, .dst = reg, .imm = -CALLEE_WINDOW });
}

static void gen_call(struct gen *g)
{
    struct sk_insn insn = { .op = SK_OP_CALL_LOCAL, .src = 1 };
    uint32_t callee = take_function(g);

    if (callee == NO_FUNCTION)
        return;
    emit_pointer_for(g, callee, SK_R1);
    g->references[g->reference_count++] = (struct reference){ emit(g, insn), callee };
    emit_numbers(g, ARGS, readable(g) & ~(uint32_t)ARGS);
}

/* A function called by a helper. */
static void gen_callback(struct gen *g)
{
    struct sk_insn address = { .op = SK_OP_LDDW_CODE, .dst = SK_R1, .src = 4 };
    uint32_t callee = take_function(g);

    if (callee == NO_FUNCTION)
        return;
    emit_pointer_for(g, callee, SK_R2);
    g->references[g->reference_count++] = (struct reference){ emit(g, address), callee };
    emit(g, (struct sk_insn){ .op = SK_OP_CALL, .imm = GEN_CALLS_BACK });
    emit_numbers(g, ARGS, readable(g) & ~(uint32_t)ARGS);
}

/* A helper of gen_helpers, in wild programs also one that is not there, often with
 * an address and a size as they should be. */
static void gen_helper(struct gen *g)
{
    uint32_t ids = g->mode == GEN_WILD ? GEN_HELPERS + 1 : GEN_SAFE_HELPERS;

    if (g->frozen & SCRATCH)
        return;
    if (g->mode == GEN_WILD && chance(g, 70)) {
        emit(g, (struct sk_insn){ .op = SK_OP_MOV64_REG, .dst = SK_R1, .src = SK_R10 });
        emit(g, (struct sk_insn){ .op = SK_OP_ADD64_IMM,
                                  .dst = SK_R1,
                                  .imm = -(int32_t)below(g, 600) });
        emit_mov_imm(g, SK_R2, (int32_t)below(g, 80));
    }
    emit(g, (struct sk_insn){ .op = SK_OP_CALL, .imm = 1 + (int32_t)below(g, ids) });
    if (g->mode == GEN_WILD && chance(g, 30)) /* use what came back as an address */
        emit(g, (struct sk_insn){ .op = SK_OP_STXDW,
                                  .dst = SK_R0,
                                  .src = SK_R6,
                                  .off = (int16_t)below(g, 64) });
    emit_numbers(g, ARGS, readable(g) & ~(uint32_t)ARGS);
}

/* ---- Statements of programs that need not end -------------------------------------- */

static void gen_jump_back(struct gen *g)
{
    uint32_t pc;

    if (!g->label_count)
        return;
    pc = emit(g, fill(g, pick_row(g, ROLE(JCOND) | ROLE(JMAY))));
    aim(g, pc, g->labels[below(g, g->label_count)]);
}

/* Not where a register is a pointer: who jumps here may have a number in it. */
static void gen_label(struct gen *g)
{
    if (g->label_count < MAX_LABELS && g->pointers == 1u << SK_R10)
        g->labels[g->label_count++] = g->count;
}

static void gen_packet(struct gen *g)
{
    struct sk_insn insn;

    if (g->frozen & (SCRATCH | 1u << SK_R6))
        return;
    insn = fill(g, pick_row(g, ROLE(PACKET)));
    if (chance(g, 80))
        insn.imm = (int64_t)below(g, 80);
    emit(g, insn);
    emit_numbers(g, ARGS, readable(g) & ~(uint32_t)ARGS);
}

/* ---- Statements of programs that need not be good ---------------------------------- */

/* Any row with any operands that decode. */
static struct sk_insn fill_wild(struct gen *g, enum sk_op op)
{
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = fill(g, op);

    if (row->uses & SKEP_USES_DST)
        insn.dst = (uint8_t)below(g, SK_REGS);
    if (row->uses & SKEP_USES_SRC)
        insn.src = (uint8_t)below(g, SK_REGS);
    if (row->uses & SKEP_USES_OFF)
        insn.off = (int16_t)(chance(g, 80) ? (int32_t)below(g, 128) - 64
                                           : source_imm(g->source));
    if (sk_insn_writes(&insn) >> SK_R10 & 1) {
        insn.dst = insn.dst == SK_R10 ? SK_R0 : insn.dst;
        insn.src = insn.src == SK_R10 ? SK_R0 : insn.src;
    }
    return insn;
}

static void gen_wild(struct gen *g)
{
    uint32_t all = (1u << (SK_ROLE_RESERVED + 1)) - 1;
    uint32_t roles =
        chance(g, 50) ? ROLE(LOAD) | ROLE(STORE) | ROLE(RMW) | ROLE(FETCH) : all;
    struct sk_insn insn = fill_wild(g, pick_row(g, roles));
    uint8_t role = sk_isa[insn.op].role;
    uint32_t pc = g->count;

    if (insn.op == SK_OP_CALL_LOCAL || insn.op == SK_OP_LDDW_CODE) {
        g->references[g->reference_count++] =
            (struct reference){ emit(g, insn), below(g, g->function_count) };
        return;
    }
    if (role == SK_ROLE_JCOND || role == SK_ROLE_JUMP || role == SK_ROLE_JMAY) {
        if (g->ending_count == MAX_ENDINGS)
            return;
        emit(g, insn);
        if (g->label_count && chance(g, 50))
            aim(g, pc, g->labels[below(g, g->label_count)]);
        else
            g->endings[g->ending_count++] = pc;
        return;
    }
    if (role == SK_ROLE_WIDE && !(sk_isa[insn.op].uses & SKEP_USES_NEXT_IMM))
        insn.imm = (uint32_t)insn.imm;
    emit(g, insn);
}

/* A stack address in a register that stays a number to the generator. */
static void gen_leak(struct gen *g)
{
    uint8_t reg = pick(g, writable(g));

    emit(g, (struct sk_insn){ .op = SK_OP_MOV64_REG, .dst = reg, .src = SK_R10 });
    emit(g, (struct sk_insn){
                .op = SK_OP_ADD64_IMM, .dst = reg, .imm = 16 - (int32_t)below(g, 640) });
}

/* ---- Functions --------------------------------------------------------------------- */

struct kind {
    void (*gen)(struct gen *g);
    uint8_t weights[GEN_WILD + 1]; /* by mode */
};

static void gen_statement(struct gen *g)
{
    static const struct kind kinds[] = {
        { gen_compute, { 45, 40, 30 } }, { gen_memory, { 25, 20, 12 } },
        { gen_if, { 10, 10, 8 } },       { gen_exit_if, { 2, 2, 2 } },
        { gen_loop, { 5, 5, 4 } },       { gen_pointer, { 6, 6, 3 } },
        { gen_call, { 7, 7, 6 } },       { gen_helper, { 0, 4, 6 } },
        { gen_callback, { 0, 4, 4 } },   { gen_jump_back, { 0, 6, 5 } },
        { gen_label, { 0, 6, 5 } },      { gen_packet, { 0, 2, 2 } },
        { gen_wild, { 0, 0, 25 } },      { gen_leak, { 0, 0, 5 } },
        { gen_map, { 0, 5, 4 } },
    };
    uint32_t total = 0, choice;

    for (size_t i = 0; i < SK_LEN(kinds); i++)
        total += kinds[i].weights[g->mode];
    choice = below(g, total);
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        if (choice < kinds[i].weights[g->mode]) {
            kinds[i].gen(g);
            return;
        }
        choice -= kinds[i].weights[g->mode];
    }
}

static void gen_block(struct gen *g, uint32_t statements)
{
    while (statements-- && g->count < g->limit)
        gen_statement(g);
}

/* Defined values for the window below r10. */
static void gen_window(struct gen *g)
{
    const struct window *w = &g->windows[0];

    for (int32_t at = w->low; at < 0; at += 8) {
        struct sk_insn insn = { .op = SK_OP_STDW,
                                .dst = SK_R10,
                                .off = (int16_t)at,
                                .imm = source_imm(g->source) };

        emit(g, insn);
    }
}

/* What the function is given, and what it must not rely on. */
static void gen_prologue(struct gen *g)
{
    const struct function *f = &g->functions[g->current];
    int32_t size = g->current ? CALLEE_WINDOW : MAIN_WINDOW;
    uint32_t given = g->current ? ARGS : 1u << SK_R1 | 1u << SK_R2;

    g->pointers = g->frozen = 1u << SK_R10;
    g->windows[0] = (struct window){ SK_R10, 0, (int16_t)-size, (int16_t)size };
    g->window_count = 1;
    g->label_count = g->ending_count = 0;
    if (f->takes_pointer) {
        g->pointers |= 1u << SK_R1;
        g->frozen |= 1u << SK_R1;
        g->windows[g->window_count++] = (struct window){ SK_R1, 0, 0, CALLEE_WINDOW };
    }
    if (!g->current && g->mode == GEN_KERNEL)
        return; /* the wrapper has set everything */
    gen_window(g);
    emit_numbers(g, NUMBERS & ~given, given & readable(g));
}

/* A function that was given a pointer uses it for a while, then forgets it. */
static void gen_use_of_pointer(struct gen *g)
{
    gen_block(g, 1 + below(g, 6));
    g->window_count = 1;
    g->pointers = g->frozen = 1u << SK_R10;
    emit_number(g, SK_R1, readable(g) & ~(1u << SK_R1));
}

static void gen_function(struct gen *g)
{
    g->functions[g->current].entry = g->count;
    gen_prologue(g);
    if (g->functions[g->current].takes_pointer)
        gen_use_of_pointer(g);
    gen_block(g, 1 + below(g, g->current ? 12 : 40));
    for (uint32_t i = 0; i < g->ending_count; i++)
        aim(g, g->endings[i], g->count);
    emit(g, (struct sk_insn){ .op = SK_OP_EXIT });
}

static void encode(struct gen *g, struct gen_prog *prog)
{
    for (uint32_t i = 0; i < g->reference_count; i++) {
        uint32_t pc = g->references[i].pc;
        uint32_t entry = g->functions[g->references[i].function].entry;

        g->insns[pc].imm = (uint32_t)(entry - pc - 1);
    }
    prog->count = g->count;
    for (uint32_t pc = 0; pc < g->count;)
        pc += sk_encode(prog->slots, pc, &g->insns[pc]);
}

void gen_program(struct source *source, enum gen_mode mode, struct gen_prog *prog)
{
    struct gen g = { .source = source, .mode = mode };

    g.limit = 8 + source_below(source, chance(&g, 80) ? 120 : 400);
    g.branches = 12;
    g.loops = MAX_LOOPS;
    g.calls = 1 + source_below(source, 8);
    g.function_count = 1;
    for (; g.current < g.function_count; g.current++)
        gen_function(&g);
    encode(&g, prog);
}
