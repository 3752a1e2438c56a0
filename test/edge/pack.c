#include "pack.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/out.h"
#include "text/text.h"

/* The context: inputs, scratch memory, a block for each body. */
enum {
    INPUTS = sizeof(struct operands) / 8,
    SCRATCH = 8 * INPUTS + 8,
    BLOCKS = SCRATCH + PACK_SCRATCH_SIZE + 8,
    BLOCK = 8 * SK_R10 + PACK_SCRATCH_SIZE,
    CTX = BLOCKS + BLOCK * PACK_CASES,
    POISON = 0xa5,
};
_Static_assert(SCRATCH % 8 == 0 && CTX < INT16_MAX, "offsets of blocks have 16 bits");

/* Below r10. */
enum {
    FP_CTX = -8,
    FP_INPUTS = -16,
    FP_R9 = FP_INPUTS - 8 * INPUTS,
};
_Static_assert(FP_R9 >= PACK_STACK_AT + PACK_SCRATCH_SIZE, "the scratch memory is below");

enum { SLOTS = 64 + PACK_CASES * (PACK_BODY + 40) };

/* Members of struct operands as inputs. */
enum { IN_REG = 0, IN_M = 3, IN_SELECT = 5, IN_FILL = 6 };

struct pack {
    const struct sk_env *env;
    uint32_t features; /* this machine's */
    uint32_t flags;
    uint8_t slots[SLOTS * SK_SLOT_BYTES];
    uint32_t count; /* of slots */
    uint32_t cases, starts[PACK_CASES + 1];
    int compiled;
    struct sk_image image;
    struct sk_code code;
    struct sk_native *native[SK_CODE_KINDS][PACK_WAYS];
    struct sk_run run;
    _Alignas(16) uint8_t ctx[CTX];
    uint8_t want[CTX];
};

static const struct {
    const char *name;
    uint32_t mode;
    int features; /* 1: this machine's, 0: those that all have */
} ways[PACK_WAYS] = {
    { "", 0, 1 },
    { ", blinded", SK_JIT_BLIND, 1 },
    { ", of the oldest machines", 0, 0 },
};

static const struct {
    const char *name;
    uint32_t mode, checked;
} kinds_of_code[SK_CODE_KINDS] = {
    [SK_CODE_NATIVE_CHECKED] = { "checked", SK_JIT_CHECKED | SK_JIT_METERED, 1 },
    [SK_CODE_NATIVE_UNCHECKED] = { "unchecked", SK_JIT_METERED, 0 },
    [SK_CODE_NATIVE_UNMETERED] = { "unmetered", 0, 0 },
};

/* ---- The program ------------------------------------------------------------------- */

static void put(struct pack *p, struct sk_insn insn)
{
    p->count += sk_encode(p->slots, p->count, &insn);
}

static void load(struct pack *p, unsigned dst, unsigned base, int off)
{
    put(p, (struct sk_insn){ SK_OP_LDXDW, (uint8_t)dst, (uint8_t)base, (int16_t)off, 0 });
}

static void store(struct pack *p, unsigned base, int off, unsigned src)
{
    put(p, (struct sk_insn){ SK_OP_STXDW, (uint8_t)base, (uint8_t)src, (int16_t)off, 0 });
}

static int input(unsigned i)
{
    return FP_INPUTS - 8 * (int)i;
}

/* Where the scratch memory is, from r9 that points to the context. */
static unsigned scratch_base(const struct pack *p, int *off)
{
    *off = p->flags & PACK_STACK ? (int)PACK_STACK_AT : (int)SCRATCH;
    return p->flags & PACK_STACK ? SK_R10 : SK_R9;
}

void pack_begin(struct pack *p, uint32_t flags)
{
    for (int kind = 0; kind < SK_CODE_KINDS; kind++) {
        for (int way = 0; way < PACK_WAYS; way++) {
            sk_native_free(p->native[kind][way]);
            p->native[kind][way] = NULL;
        }
    }
    if (p->compiled) {
        sk_code_fini(&p->code, &p->image.prog);
        sk_prog_fini(&p->image.prog);
    }
    p->compiled = 0;
    p->flags = flags;
    p->count = p->cases = 0;
    store(p, SK_R10, FP_CTX, SK_R1);
    for (unsigned i = 0; i < INPUTS; i++) {
        load(p, SK_R0, SK_R1, 8 * (int)i);
        store(p, SK_R10, input(i), SK_R0);
    }
}

static void put_scratch(struct pack *p)
{
    int off;
    unsigned base = scratch_base(p, &off);

    load(p, SK_R9, SK_R10, FP_CTX);
    for (unsigned i = 0; i < 2; i++) {
        load(p, SK_R0, SK_R10, input(IN_M + i));
        store(p, base, off + 8 * (int)i, SK_R0);
    }
    /* a jump to the next slot: code knows no more what was just written */
    if (p->cases % 2)
        put(p, (struct sk_insn){ .op = SK_OP_JA });
}

static void put_registers(struct pack *p, const struct pack_case *c)
{
    for (unsigned r = 0; r < SK_R10; r++) {
        unsigned i = 0;

        while (i < 3 && c->reg[i] != r)
            i++;
        load(p, r, SK_R10, input(i < 3 ? IN_REG + i : IN_FILL + r));
    }
}

static void put_block(struct pack *p)
{
    int block = BLOCKS + BLOCK * (int)p->cases, off;
    unsigned base = scratch_base(p, &off);

    store(p, SK_R10, FP_R9, SK_R9);
    load(p, SK_R9, SK_R10, FP_CTX);
    for (unsigned r = 0; r < SK_R9; r++)
        store(p, SK_R9, block + 8 * (int)r, r);
    load(p, SK_R0, SK_R10, FP_R9);
    store(p, SK_R9, block + 8 * SK_R9, SK_R0);
    for (int i = 0; p->flags & PACK_MEMORY && i < PACK_SCRATCH_SIZE; i += 8) {
        load(p, SK_R0, base, off + i);
        store(p, SK_R9, block + 8 * SK_R10 + i, SK_R0);
    }
}

int pack_is_legal(const struct pack_case *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        uint8_t slots[2 * SK_SLOT_BYTES];
        struct sk_insn decoded;
        uint32_t count = sk_encode(slots, 0, &c->body[i]);

        if (sk_decode(slots, count, 0, &decoded, NULL))
            return 0;
    }
    return 1;
}

int pack_add(struct pack *p, const struct pack_case *c)
{
    uint32_t select;

    if (p->cases == PACK_CASES)
        return 0;
    p->starts[p->cases] = p->count;
    if (p->flags & PACK_SELECT)
        load(p, SK_R0, SK_R10, input(IN_SELECT));
    select = p->count;
    if (p->flags & PACK_SELECT)
        put(p, (struct sk_insn){ .op = SK_OP_JNE64_IMM, .imm = p->cases });
    if (p->flags & PACK_MEMORY)
        put_scratch(p);
    put_registers(p, c);
    for (unsigned i = 0; i < c->count; i++)
        put(p, c->body[i]);
    put_block(p);
    if (p->flags & PACK_SELECT)
        sk_encode(p->slots, select,
                  &(struct sk_insn){ .op = SK_OP_JNE64_IMM,
                                     .off = (int16_t)(p->count - select - 1),
                                     .imm = p->cases });
    p->starts[++p->cases] = p->count;
    return 1;
}

uint32_t pack_count(const struct pack *p)
{
    return p->cases;
}

uint64_t pack_context(const struct pack *p, uint64_t *len)
{
    *len = CTX;
    return (uint64_t)(uintptr_t)p->ctx;
}

uint64_t pack_stack(const struct pack *p)
{
    return (uint64_t)(uintptr_t)p->run.stack + sizeof(p->run.stack);
}

uint64_t pack_scratch(const struct pack *p)
{
    return p->flags & PACK_STACK ? pack_stack(p) + (uint64_t)(int64_t)PACK_STACK_AT
                                 : (uint64_t)(uintptr_t)p->ctx + SCRATCH;
}

/* ---- Native code ------------------------------------------------------------------- */

/* Compiles for all of this machine or its baseline. */
static enum skep_code compile(struct pack *p, unsigned kind, unsigned way,
                              struct skep_err *err)
{
    struct sk_jit_opts opts = {
        .target = sk_native_host(),
        .mode = kinds_of_code[kind].mode | ways[way].mode,
        .features = ways[way].features ? p->features : (uint32_t)SKEP_CPU_BASELINE,
    };

    SK_TRY(sk_native_compile(&p->image.prog, &opts, &p->native[kind][way], err));
    return sk_native_map(p->native[kind][way], err);
}

static enum skep_code prepare(struct pack *p, struct skep_err *err)
{
    enum skep_code code;

    SK_TRY(sk_prog_init(&p->image.prog, p->env, NULL, p->slots,
                        (size_t)p->count * SK_SLOT_BYTES, err));
    code = sk_code_init(&p->code, &p->image.prog, err);
    if (code) {
        sk_prog_fini(&p->image.prog);
        return code;
    }
    p->compiled = 1;
    p->image.code[SK_CODE_INTERP_CHECKED] = p->code.checked;
    for (unsigned kind = SK_CODE_NATIVE_CHECKED; kind < SK_CODE_KINDS; kind++) {
        for (unsigned way = 0; way < PACK_WAYS; way++)
            SK_TRY(compile(p, kind, way, err));
    }
    return SKEP_OK;
}

int pack_compile(struct pack *p)
{
    struct skep_err err = { .code = SKEP_OK };

    put(p, (struct sk_insn){ .op = SK_OP_MOV64_IMM });
    put(p, (struct sk_insn){ .op = SK_OP_EXIT });
    if (p->flags & PACK_GATED) { /* is never reached, but C would have to do it */
        put(p, (struct sk_insn){ .op = SK_OP_LDABSB });
        put(p, (struct sk_insn){ .op = SK_OP_EXIT });
    }
    if (!prepare(p, &err))
        return 1;
    printf("FAILED: the library refuses a program: %s\n", err.message);
    return 0;
}

struct pack *pack_new(const struct sk_env *env)
{
    struct pack *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->env = env;
    p->features = sk_native_features();
    return p;
}

void pack_free(struct pack *p)
{
    pack_begin(p, 0);
    free(p);
}

/* ---- Running ------------------------------------------------------------------------ */

/* What a run left behind besides the context. */
struct end {
    enum skep_code code;
    struct skep_fault fault;
    uint64_t r0, fuel, uninit_reads;
};

/* The part of the context that runs have to themselves. */
static size_t used(const struct pack *p)
{
    return p->flags & PACK_SELECT ? (size_t)CTX : BLOCKS + (size_t)p->cases * BLOCK;
}

static void run_on(struct pack *p, const struct operands *in, unsigned kind,
                   uint64_t fuel, struct end *end)
{
    struct sk_run *run = &p->run;

    memcpy(p->ctx, in, sizeof(*in));
    memset(p->ctx + sizeof(*in), POISON, used(p) - sizeof(*in));
    sk_run_init(run, &p->image.prog);
    run->err = NULL;
    run->fuel = fuel;
    run->user = NULL;
    run->ctx = (uint64_t)(uintptr_t)p->ctx;
    run->entry_r2 = CTX;
    run->regs[SK_R1] = run->ctx;
    run->regs[SK_R2] = CTX;
    run->data = p->ctx;
    run->data_len = CTX;
    sk_run_grant(run, run->ctx, CTX, "ctx", SK_WRITE_ALL);
    run->kind = (enum sk_code_kind)kind;
    run->checked = kind == SK_CODE_INTERP_CHECKED || kinds_of_code[kind].checked;
    run->enter = kind == SK_CODE_INTERP_CHECKED ? sk_interp_checked : sk_native_enter;
    memset(&run->fault, 0, sizeof(run->fault));
    end->code = run->enter(run, 0);
    end->fault = run->fault;
    end->r0 = run->regs[SK_R0];
    end->fuel = run->fuel;
    end->uninit_reads = run->uninit_reads;
}

/* The first thing in which the ends differ, or NULL. Unmetered code knows of fuel nothing, and
 * of a fault not all registers. */
static const char *difference(const struct end *a, const struct end *b, unsigned kind)
{
    int metered = kind != SK_CODE_NATIVE_UNMETERED;

    if (a->code != b->code)
        return "how the run ended";
    if (a->code && (a->fault.code != b->fault.code || a->fault.pc != b->fault.pc ||
                    a->fault.depth != b->fault.depth || a->fault.addr != b->fault.addr ||
                    a->fault.len != b->fault.len || a->fault.write != b->fault.write))
        return "the fault";
    if (a->code && metered &&
        memcmp(a->fault.regs, b->fault.regs, sizeof(a->fault.regs)) != 0)
        return "the registers of the fault";
    if (!a->code && a->r0 != b->r0)
        return "the result";
    if (metered && a->fuel != b->fuel)
        return "fuel";
    if (kinds_of_code[kind].checked && a->uninit_reads != b->uninit_reads)
        return "reads of what was never written";
    return NULL;
}

/* ---- Reports ------------------------------------------------------------------------ */

static void print_case(const struct pack *p, uint32_t n)
{
    for (uint32_t pc = p->starts[n]; pc < p->starts[n + 1];) {
        struct sk_insn insn;
        struct sk_out text;
        char buf[128];

        if (sk_decode(p->slots, p->count, pc, &insn, NULL))
            break;
        sk_out_buf(&text, buf, sizeof(buf));
        sk_text_insn(&text, p->env, SKEP_KERNEL, &insn, pc);
        printf("%6u: %s\n", pc, buf);
        pc += sk_insn_slots(&insn);
    }
}

static void print_numbers(const char *name, const void *at, unsigned n)
{
    printf("  %-8s", name);
    for (unsigned i = 0; i < n; i++)
        printf(" %" PRIx64, sk_load64((const uint8_t *)at + (size_t)8 * i));
    printf("\n");
}

static void report(const struct pack *p, const struct operands *in, const char *what,
                   unsigned kind, unsigned way)
{
    uint32_t n = 0;
    size_t at;

    if (p->flags & PACK_SELECT)
        n = (uint32_t)in->select;
    else
        while (n < p->cases - 1 && !memcmp(p->ctx + BLOCKS + (size_t)n * BLOCK,
                                           p->want + BLOCKS + (size_t)n * BLOCK, BLOCK))
            n++;
    at = BLOCKS + (size_t)n * BLOCK;
    printf("FAILED: %s code%s differs in: %s\n", kinds_of_code[kind].name, ways[way].name,
           what);
    print_case(p, n);
    print_numbers("inputs", in, INPUTS);
    print_numbers("expected", p->want + at, BLOCK / 8);
    print_numbers("got", p->ctx + at, BLOCK / 8);
}

uint32_t pack_run(struct pack *p, const struct operands *in, uint32_t kinds,
                  uint64_t fuel, enum skep_code *code)
{
    uint32_t cases = p->flags & PACK_SELECT ? 1 : p->cases, compared = 0;
    struct end want, got;

    run_on(p, in, SK_CODE_INTERP_CHECKED, fuel, &want);
    memcpy(p->want, p->ctx, used(p));
    *code = want.code;
    for (unsigned kind = SK_CODE_NATIVE_CHECKED; kind < SK_CODE_KINDS; kind++) {
        for (unsigned way = 0; kinds >> kind & 1 && way < PACK_WAYS; way++) {
            const char *what;

            p->image.code[kind] = p->native[kind][way];
            run_on(p, in, kind, fuel, &got);
            what = difference(&want, &got, kind);
            if (!what && memcmp(p->want, p->ctx, used(p)) != 0)
                what = "registers or memory";
            if (what) {
                report(p, in, what, kind, way);
                return 0;
            }
            compared += cases;
        }
    }
    return compared;
}
