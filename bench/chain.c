/* Long programs: the benchmark programs without calls, one copy after the other and over
 * again.
 *
 *     *(u64 *)(r10 - 512) = r1        the memory and its length, kept where no
 *     *(u64 *)(r10 - 504) = r2        benchmark program has its stack
 *
 *     r1 = *(u64 *)(r10 - 512)        for each copy
 *     r2 = *(u64 *)(r10 - 504)
 *     ...                             its code, `exit` changed to a jump to the next copy
 *
 * So it is a mix as compilers make it, and it can be run: what it returns must be what
 * the last copy returns by itself. */
#include "chain.h"

#include <stdlib.h>
#include <string.h>

/* Opcodes by RFC 9669: 5.1 (memory), 4.3 (jumps). */
enum { OP_LDXDW = 0x79, OP_STXDW = 0x7b, OP_LDDW = 0x18, OP_JA = 0x05, OP_EXIT = 0x95 };
enum { R1 = 1, R2 = 2, R10 = 10 };

static struct bench_slot keep(int16_t off, int reg)
{
    return (struct bench_slot){ OP_STXDW, (uint8_t)(reg << 4 | R10), off, 0 };
}

static struct bench_slot restore(int reg, int16_t off)
{
    return (struct bench_slot){ OP_LDXDW, (uint8_t)(R10 << 4 | reg), off, 0 };
}

/* Lets each exit of the copy in [first, end) jump to `end`. */
static void link_exits(struct bench_slot *slots, size_t first, size_t end)
{
    for (size_t pc = first; pc < end; pc++) {
        if (slots[pc].opcode == OP_EXIT)
            slots[pc] = (struct bench_slot){ OP_JA, 0, (int16_t)(end - pc - 1), 0 };
        else if (slots[pc].opcode == OP_LDDW)
            pc++;
    }
}

/* Adds a copy of `prog`; the copy before it, which began at `before`, now leads here. */
static size_t add_copy(struct bench_chain *chain, const struct bench_prog *prog,
                       size_t before)
{
    size_t len = bench_code_len(&prog->mem), first = chain->count;

    link_exits(chain->slots, before, first);
    chain->slots[chain->count++] = restore(R1, -512);
    chain->slots[chain->count++] = restore(R2, -504);
    memcpy(&chain->slots[chain->count], prog->mem.start, len);
    chain->count += len / sizeof(struct bench_slot);
    chain->last = prog;
    return first;
}

static size_t longest_copy(void)
{
    size_t longest = 0;

    for (size_t i = 0; i < bench_prog_count; i++) {
        size_t len = bench_code_len(&bench_progs[i].mem);

        if (len > longest)
            longest = len;
    }
    return longest / sizeof(struct bench_slot) + 2;
}

void bench_chain_init(struct bench_chain *chain, size_t slots_wanted)
{
    size_t before = 0;

    *chain = (struct bench_chain){ 0 };
    chain->slots = calloc(slots_wanted + longest_copy() + 2, sizeof(*chain->slots));
    if (chain->slots == NULL)
        abort();
    chain->slots[chain->count++] = keep(-512, R1);
    chain->slots[chain->count++] = keep(-504, R2);
    do {
        for (size_t i = 0; i < bench_prog_count && chain->count < slots_wanted; i++)
            if (!bench_has_calls(&bench_progs[i]))
                before = add_copy(chain, &bench_progs[i], before);
    } while (chain->last != NULL && chain->count < slots_wanted);
}
