/* The disassembler's text of every form, with many operands, against the text that the
 * live kernel's verifier logs.
 *
 *     edge_text [--seed S]
 *
 * Instructions stand in long programs. These need not make sense, as the kernel lists a
 * program before it walks it, but each instruction must be reachable: behind one that
 * does not go on stands a place that a jump leads to.
 *
 * Four kinds of forms have no text of their own there: an address that the kernel puts
 * in stands for a map, a variable or a function, and kernel functions must exist. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/out.h"
#include "kernel.h"
#include "source.h"
#include "text/text.h"

enum { SLOTS = 1000, ROOM = 960, ROUNDS = 80, SHOWN = 20, EXIT_SKIPPED = 77 };

struct batch {
    struct sk_insn insns[SLOTS]; /* by slot */
    struct oracle_insn slots[SLOTS];
    uint32_t count;
    uint8_t seen[SLOTS]; /* the kernel had a line */
    uint64_t passed, failed;
};

/* ---- Instructions ------------------------------------------------------------------ */

static uint32_t put(struct batch *b, struct sk_insn insn)
{
    uint32_t pc = b->count;

    b->insns[pc] = insn;
    b->count += sk_encode(b->slots, pc, &insn);
    if (b->count == pc + 2)
        b->insns[pc + 1].op = SK_OP_SECOND;
    return pc;
}

/* A number for an immediate or an offset; edges in the first rounds. */
static int32_t number(struct source *source, uint32_t round)
{
    static const int32_t first[] = { 0,  1,      -1,        7,         8,       10,
                                     16, 0x7fff, INT32_MAX, INT32_MIN, -0x8000, 0xffff };

    return round < SK_LEN(first) ? first[round] : source_imm(source);
}

static struct sk_insn operands(struct source *source, enum sk_op op, uint32_t round)
{
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = { .op = (uint16_t)op };

    if (row->field == SK_FIELD_OFF)
        insn.off = row->value;
    if (row->field == SK_FIELD_IMM)
        insn.imm = row->value;
    if (row->field == SK_FIELD_SRC)
        insn.src = (uint8_t)row->value;
    if (row->uses & SKEP_USES_DST)
        insn.dst = (uint8_t)source_below(source, SK_REGS);
    if (row->uses & SKEP_USES_SRC)
        insn.src = (uint8_t)source_below(source, SK_REGS);
    if (row->uses & SKEP_USES_OFF)
        insn.off = (int16_t)number(source, round);
    if (row->uses & SKEP_USES_IMM)
        insn.imm = number(source, round);
    if (row->uses & SKEP_USES_NEXT_IMM)
        insn.imm = (int64_t)source_number(source);
    if (sk_insn_writes(&insn) >> SK_R10 & 1) {
        insn.dst = insn.dst == SK_R10 ? SK_R9 : insn.dst;
        insn.src = insn.src == SK_R10 ? SK_R9 : insn.src;
    }
    return insn;
}

/* Aims a jump: backward at an instruction, or forward at the last slots. */
static void aim(struct source *source, struct batch *b, uint32_t pc)
{
    struct sk_insn *insn = &b->insns[pc];
    uint32_t target = source_below(source, pc + 1);
    int32_t distance;

    if (source_below(source, 2))
        target = SLOTS - 1 - source_below(source, SLOTS - ROOM - 8);
    while (target <= pc && b->insns[target].op == SK_OP_SECOND)
        target--;
    distance = (int32_t)target - (int32_t)pc - 1;
    if (sk_isa[insn->op].uses & SKEP_USES_OFF)
        insn->off = (int16_t)distance;
    else
        insn->imm = distance;
    sk_encode(b->slots, pc, insn);
}

static int has_own_text(enum sk_op op)
{
    if (sk_isa[op].role == SK_ROLE_WIDE)
        return sk_isa[op].value == 0;
    return sk_isa[op].role != SK_ROLE_RESERVED && op != SK_OP_CALL_KFUNC &&
           op != SK_OP_CALL_LOCAL;
}

static void put_form(struct source *source, struct batch *b, enum sk_op op,
                     uint32_t round)
{
    uint8_t role = sk_isa[op].role;
    struct sk_insn over = { .op = SK_OP_JEQ64_IMM, .off = 1 };

    if (role == SK_ROLE_JUMP || role == SK_ROLE_EXIT)
        put(b, over);
    put(b, operands(source, op, round));
    if (role == SK_ROLE_JUMP || role == SK_ROLE_JCOND || role == SK_ROLE_JMAY)
        aim(source, b, b->count - 1);
}

/* ---- Comparison -------------------------------------------------------------------- */

static void compare(void *ctx, uint32_t pc, const char *theirs)
{
    struct batch *b = ctx;
    struct sk_out out;
    char ours[160];

    sk_out_buf(&out, ours, sizeof(ours));
    sk_printf(&out, "(%02x) ", sk_isa[b->insns[pc].op].opcode);
    sk_text_insn(&out, NULL, SKEP_KERNEL, &b->insns[pc], pc);
    b->seen[pc] = 1;
    if (!strcmp(ours, theirs)) {
        b->passed++;
        return;
    }
    if (b->failed++ < SHOWN)
        printf("FAILED: %s\n  ours:   %s\n  kernel: %s\n", sk_isa[b->insns[pc].op].name,
               ours, theirs);
}

/* Asks the kernel for all that was put, and begins anew. */
static void flush(struct batch *b)
{
    struct oracle_prog prog = { .type = ORACLE_SYSCALL,
                                .insns = b->slots,
                                .count = b->count };

    memset(b->seen, 0, sizeof(b->seen));
    oracle_text(&prog, compare, b);
    for (uint32_t pc = 0; pc < b->count; pc++) {
        if (b->seen[pc] || b->insns[pc].op == SK_OP_SECOND)
            continue;
        if (b->failed++ < SHOWN)
            printf("FAILED: slot %u, %s: the kernel has no line\n", pc,
                   sk_isa[b->insns[pc].op].name);
    }
    b->count = 0;
}

/* Fills the program up to its full length, so that jumps forward have somewhere to go. */
static void finish(struct batch *b)
{
    while (b->count < SLOTS - 1)
        put(b, (struct sk_insn){ .op = SK_OP_MOV64_IMM });
    put(b, (struct sk_insn){ .op = SK_OP_EXIT });
    flush(b);
}

static void test_forms(struct batch *b, struct source *source)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (unsigned op = 0; op < SK_OP_COUNT; op++) {
            if (has_own_text((enum sk_op)op))
                put_form(source, b, (enum sk_op)op, round);
            if (b->count >= ROOM)
                finish(b);
        }
    }
    finish(b);
}

/* Calls of functions near and far, forward and backward. */
static void test_calls(struct batch *b)
{
    enum { FUNCTIONS = 20, LENGTH = 7 };

    for (int32_t i = 0; i < FUNCTIONS; i++) {
        for (int32_t k = 0; k < LENGTH - 1; k++) {
            int32_t target = (i + k * 3) % FUNCTIONS * LENGTH;
            int32_t at = i * LENGTH + k;

            put(b, (struct sk_insn){
                       .op = SK_OP_CALL_LOCAL, .src = 1, .imm = target - at - 1 });
        }
        put(b, (struct sk_insn){ .op = SK_OP_EXIT });
    }
    flush(b);
}

/* The forms without a text of their own there. Local calls have had a test above. */
static unsigned count_skipped(void)
{
    unsigned count = 0;

    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        count += sk_isa[op].role != SK_ROLE_RESERVED && op != SK_OP_CALL_LOCAL &&
                 !has_own_text((enum sk_op)op);
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct batch batch;
    struct source source;
    char reason[128];
    uint64_t seed = 1;

    if (argc == 3 && !strcmp(argv[1], "--seed")) {
        seed = strtoull(argv[2], NULL, 0);
    } else if (argc != 1) {
        fprintf(stderr, "usage: %s [--seed S]\n", argv[0]);
        return 2;
    }
    if (!oracle_is_complete(reason, sizeof(reason))) {
        printf("skipped: %s\n0 passed, 0 failed, 1 skipped\n", reason);
        return EXIT_SKIPPED;
    }
    source_seed(&source, seed);
    test_forms(&batch, &source);
    test_calls(&batch);
    printf("skipped: %u forms, of which the kernel prints what it made of them\n",
           count_skipped());
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %u skipped\n", batch.passed,
           batch.failed, count_skipped());
    return batch.failed != 0;
}
