/* Every form, in all pairs of registers, with edge values: native code beside the interpreter.
 *
 *     edge_forms [--thin N]      one pair of registers out of N, fewer values and ways
 *
 * Forms come from the table of the instruction set; a row that no function here knows how to
 * test is a failure, as is one of which nothing was compared. The other tests here measure the
 * interpreter by models; this one measures native code by the interpreter, in all ways that it
 * is made (pack.h). */
#include "forms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edges.h"

/* ---- Batches: forms.h ---------------------------------------------------------------- */

static void run_one(struct forms *f, const struct operands *in, int may_fault)
{
    enum skep_code code;
    uint32_t compared = pack_run(f->pack, in, f->kinds, f->fuel, &code);

    f->comparisons[f->op] += compared;
    f->runs++;
    if (code && !may_fault)
        printf("FAILED: %s ends with %s\n", sk_isa[f->op].name, skep_code_name(code));
    f->failed += !compared || (code && !may_fault);
}

static int enough(const struct forms *f)
{
    return f->failed >= SHOWN;
}

void forms_finish(struct forms *f)
{
    uint32_t cases = pack_count(f->pack);
    int select = (f->flags & PACK_SELECT) != 0;

    if (cases && !enough(f) && !pack_compile(f->pack))
        f->failed++;
    else if (cases) {
        for (uint32_t n = 0; n < (select ? cases : 1); n++) {
            for (uint32_t i = 0; i < f->count && !enough(f); i++) {
                f->in[i].select = n;
                run_one(f, &f->in[i], select);
            }
        }
        f->programs++;
    }
    pack_begin(f->pack, f->flags);
}

void forms_begin(struct forms *f, uint32_t flags, uint32_t kinds)
{
    f->flags = flags;
    f->kinds = kinds;
    f->fuel = FUEL;
    f->some = 1;
    f->count = 0;
    f->batches++;
    pack_begin(f->pack, flags);
}

struct operands *forms_operands(struct forms *f)
{
    struct operands *in = &f->in[f->count++];

    memset(in, 0, sizeof(*in));
    for (unsigned i = 0; i < SK_R10; i++)
        in->fill[i] = UINT64_C(0xd0d1d2d3d4d5d600) + i;
    return in;
}

int forms_goes(const struct forms *f, unsigned n)
{
    return f->thin == 1 || !n || (n + (unsigned)f->op) % 4 == 0;
}

int forms_wants(struct forms *f, unsigned x, unsigned y)
{
    return (x + 3 * y + f->batches) % (f->thin * f->some) == 0;
}

void forms_add(struct forms *f, const struct pack_case *c)
{
    if (!pack_is_legal(c))
        return;
    if (!pack_add(f->pack, c)) {
        forms_finish(f);
        pack_add(f->pack, c);
    }
}

/* ---- Bodies: forms.h ----------------------------------------------------------------- */

/* A register that is none of the others. */
static uint8_t other_than(unsigned x, unsigned y)
{
    uint8_t z = (uint8_t)((3 * x + y + 1) % SK_R10);

    while (z == x || z == y)
        z = (uint8_t)((z + 1) % SK_R10);
    return z;
}

void forms_case(struct pack_case *c, unsigned x, unsigned y)
{
    c->reg[X] = (uint8_t)x;
    c->reg[Y] = (uint8_t)y;
    c->reg[Z] = other_than(x, y);
    c->count = 0;
}

void forms_put(struct pack_case *c, struct sk_insn insn)
{
    c->body[c->count++] = insn;
}

static uint8_t reg_of(const struct pack_case *c, enum who who)
{
    return who == FP ? (uint8_t)SK_R10 : c->reg[who];
}

int forms_steps(struct pack_case *c, const struct step *steps, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct sk_insn insn = form((enum sk_op)steps[i].op);

        insn.dst = reg_of(c, steps[i].dst);
        if (uses_src((enum sk_op)steps[i].op))
            insn.src = reg_of(c, steps[i].src);
        if (uses_imm((enum sk_op)steps[i].op))
            insn.imm = steps[i].imm;
        if (insn.dst > SK_R10 || insn.src > SK_R10)
            return 0;
        forms_put(c, insn);
    }
    return 1;
}

int forms_kill(struct pack_case *c)
{
    uint8_t r = c->reg[(c->reg[X] + c->reg[Y]) % 3];

    forms_put(c, (struct sk_insn){ .op = SK_OP_MOV64_IMM, .dst = r, .imm = 7 });
    return r < SK_R10;
}

/* ---- All forms ----------------------------------------------------------------------- */

/* Whether other tests look after it: calls have convention and depth (jit/test_branches.c,
 * skt/), and what needs an object or is refused gives a program no value. */
static int is_left_out(enum sk_op op)
{
    switch (sk_isa[op].role) {
    case SK_ROLE_CALL:
    case SK_ROLE_EXIT:
    case SK_ROLE_RESERVED:
        return 1;
    default:
        return sk_isa[op].role == SK_ROLE_WIDE && op != SK_OP_LDDW;
    }
}

static void test_form(struct forms *f, enum sk_op op)
{
    f->op = op;
    switch (sk_isa[op].role) {
    case SK_ROLE_LOAD:
    case SK_ROLE_STORE:
    case SK_ROLE_RMW:
    case SK_ROLE_FETCH:
    case SK_ROLE_CMPXCHG:
        test_memory(f, op);
        return;
    case SK_ROLE_PACKET:
        test_packet(f, op);
        return;
    default:
        test_registers(f, op);
        return;
    }
}

static void test_all(struct forms *f)
{
    uint64_t comparisons = 0, left_out = 0;

    for (unsigned op = 0; op < SK_OP_COUNT && !enough(f); op++) {
        if (is_left_out((enum sk_op)op)) {
            left_out++;
            continue;
        }
        test_form(f, (enum sk_op)op);
        if (!f->comparisons[op]) {
            printf("FAILED: nothing was compared of %s\n", sk_isa[op].name);
            f->failed++;
        }
        comparisons += f->comparisons[op];
    }
    printf("%" PRIu64
           " comparisons of native code with the interpreter, of %u forms in %u "
           "programs; %" PRIu64 " forms are tested elsewhere\n",
           comparisons, (unsigned)(SK_OP_COUNT - left_out), f->programs, left_out);
}

int main(int argc, char **argv)
{
    static struct forms f;
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;

    f.thin = argc == 3 && !strcmp(argv[1], "--thin")
                 ? (uint32_t)strtoul(argv[2], NULL, 10)
                 : 1;
    if ((argc != 1 && argc != 3) || !f.thin) {
        fprintf(stderr, "usage: %s [--thin N]\n", argv[0]);
        return 2;
    }
    if (sk_native_host() == SKEP_TARGET_HOST) {
        printf("skipped: there is no compiler for this machine\n");
        return 77;
    }
    if (sk_env_init(&env, &mem, NULL, NULL))
        return 1;
    f.pack = pack_new(&env);
    if (!f.pack)
        return 1;
    test_all(&f);
    printf("%" PRIu64 " failed\n", f.failed);
    pack_free(f.pack);
    sk_env_fini(&env);
    return f.failed != 0;
}
