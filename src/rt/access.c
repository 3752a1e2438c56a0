/* Checked access to memory and registers: the part that is not worth inlining.
 *
 * Engines first try run->read_hint, run->write_hint and the stack; what they cannot
 * decide comes here, and the region found becomes the hint. */
#include <stdio.h>

#include "base/bits.h"
#include "rt/frame.h"

static int is_unwritten(const struct sk_run *run, uint64_t at)
{
    return run->stack_unwritten[at];
}

/* The part of [addr, addr + len) that lies on the granted stack, as offsets from its
 * base. */
static uint64_t clip(const struct sk_run *run, uint64_t addr, uint64_t len, uint64_t *end)
{
    uint64_t low = run->stack_low, high = low + run->stack_span;
    uint64_t from = addr < low ? low : addr, to = addr + len > high ? high : addr + len;

    *end = to - run->stack_base;
    return from < to ? from - run->stack_base : *end;
}

/* Makes the unwritten stack bytes among [addr, addr + len) zero; returns whether there
 * were any. */
static int zero_unwritten(struct sk_run *run, uint64_t addr, uint64_t len)
{
    uint64_t end, at = clip(run, addr, len, &end);
    int any = 0;

    for (; at < end; at++) {
        if (!is_unwritten(run, at))
            continue;
        run->stack[at] = 0;
        any = 1;
    }
    return any;
}

static void mark(struct sk_run *run, uint64_t addr, uint64_t len)
{
    uint64_t end, at = clip(run, addr, len, &end);

    for (; at < end; at++)
        run->stack_unwritten[at] = 0;
}

void sk_run_fill(struct sk_run *run, uint64_t addr, uint64_t len)
{
    zero_unwritten(run, addr, len);
    mark(run, addr, len);
}

/* The region nearest to an address, for the message. */
struct nearest {
    uint64_t addr;
    const struct sk_region *best;
    uint64_t distance;
};

static void consider(struct nearest *n, const struct sk_region *r)
{
    uint64_t below = r->base - n->addr, past = n->addr - (r->base + r->size);
    uint64_t distance = n->addr < r->base              ? below
                        : n->addr >= r->base + r->size ? past
                                                       : 0;

    if (distance < n->distance) {
        n->best = r;
        n->distance = distance;
    }
}

static const struct sk_region *nearest(const struct sk_run *run, uint64_t addr,
                                       const struct sk_region *stack)
{
    struct nearest n = { addr, NULL, 4096 }; /* farther away means nothing to a reader */

    for (uint32_t i = 0; i <= run->region_count; i++)
        consider(&n, i ? &run->regions[i - 1] : stack);
    for (uint32_t i = 0; i < run->image_count; i++) {
        const struct sk_image *image = run->images[i];
        const struct sk_region *r = sk_image_value_at(image, addr);

        if (r)
            consider(&n, r);
        r = r ? r + 1 : image->values;
        if (r < image->values + image->value_count)
            consider(&n, r);
    }
    return n.best;
}

static void describe(const struct sk_run *run, uint64_t addr,
                     const struct sk_region *stack, char *why, size_t size)
{
    const struct sk_region *r = nearest(run, addr, stack);

    if (addr < 4096)
        snprintf(why, size, "a null pointer");
    else if (!r)
        snprintf(why, size, "in no memory that the program was given");
    else if (r == stack)
        snprintf(why, size, "r10%+lld, the frame's stack is r10-512 to r10-1",
                 (long long)(addr - run->regs[SK_R10]));
    else
        snprintf(why, size, "offset %lld of %s, which has %llu bytes",
                 (long long)(addr - r->base), r->name, (unsigned long long)r->size);
}

void sk_run_explain(const struct sk_run *run, uint64_t addr, uint64_t len,
                    enum sk_access_kind kind, char *why, size_t size)
{
    struct sk_region stack;
    const struct sk_region *readable = NULL;

    if (kind != SK_READ)
        readable = sk_run_find(run, addr, len, SK_READ, &stack);
    if (readable) {
        snprintf(why, size, "%s is read-only%s", readable->name,
                 readable->writable ? " there" : "");
        return;
    }
    sk_run_find(run, addr, len, SK_READ, &stack); /* for the stack */
    describe(run, addr, &stack, why, size);
}

static enum skep_code bad_access(struct sk_run *run, uint32_t pc, uint64_t addr,
                                 uint32_t size, enum sk_access_kind kind, const char *why)
{
    static const char *const names[] = {
        [SK_READ] = "read", [SK_WRITE] = "write", [SK_ATOMIC] = "atomic access"
    };

    run->fault.addr = addr;
    run->fault.len = size;
    run->fault.write = kind != SK_READ;
    return sk_run_fault(run, pc,
                        sk_fail(run->err, E_ACCESS, sk_at_slot(pc), names[kind], size,
                                (unsigned long long)addr, why));
}

/* Finds the region of an access (NULL: the stack) or records why there is none. */
static enum skep_code find_for(struct sk_run *run, uint32_t pc, uint64_t addr,
                               uint32_t size, enum sk_access_kind kind,
                               const struct sk_region **found)
{
    const struct sk_region *region;
    struct sk_region stack;
    char why[96];

    region = sk_run_find(run, addr, size, kind, &stack);
    if (region) {
        *found = region == &stack ? NULL : region;
        return SKEP_OK;
    }
    sk_run_explain(run, addr, size, kind, why, sizeof(why));
    return bad_access(run, pc, addr, size, kind, why);
}

static void set_hint(struct sk_hint *hint, const struct sk_region *region)
{
    hint->base = region->base;
    for (uint32_t k = 0; k < SK_LEN(hint->count); k++)
        hint->count[k] = region->size >> k ? region->size - (1u << k) + 1 : 0;
}

void sk_run_expect(struct sk_run *run)
{
    const struct sk_region *region = &run->regions[0];

    if (!run->region_count)
        return;
    set_hint(&run->read_hint, region);
    if (region->writable == SK_WRITE_ALL)
        set_hint(&run->write_hint, region);
}

static uint64_t load(uint64_t addr, uint32_t size)
{
    const void *at = (const void *)(uintptr_t)addr;

    switch (size) {
    case 1:
        return sk_load8(at);
    case 2:
        return sk_load16(at);
    case 4:
        return sk_load32(at);
    default:
        return sk_load64(at);
    }
}

/* Counts a read of something never written. */
static void count_uninit(struct sk_run *run, uint32_t pc)
{
    if (!run->uninit_reads++)
        run->uninit_pc = pc;
}

int sk_run_is_written(const struct sk_run *run, uint64_t addr, uint64_t len)
{
    uint64_t end, at = clip(run, addr, len, &end);

    while (at < end && !is_unwritten(run, at))
        at++;
    return at == end;
}

enum skep_code sk_run_settle(struct sk_run *run, uint32_t pc, uint64_t addr, uint64_t len)
{
    if (!zero_unwritten(run, addr, len))
        return SKEP_OK;
    if (!run->strict) {
        count_uninit(run, pc);
        return SKEP_OK;
    }
    run->fault.addr = addr;
    run->fault.len = (uint32_t)len;
    return sk_run_fault(run, pc,
                        sk_fail(run->err, E_UNINIT_STACK, sk_at_slot(pc), (uint32_t)len,
                                (int)(int64_t)(addr - run->regs[SK_R10])));
}

int sk_run_may_read(struct sk_run *run, uint64_t addr, uint64_t len)
{
    struct sk_region stack;

    return !run->checked || sk_run_find(run, addr, len, SK_READ, &stack);
}

int sk_run_may_write(struct sk_run *run, uint64_t addr, uint64_t len)
{
    struct sk_region stack;

    return !run->checked || sk_run_find(run, addr, len, SK_WRITE, &stack);
}

enum skep_code sk_run_read(struct sk_run *run, uint32_t pc, uint64_t addr, uint32_t size,
                           uint64_t *value)
{
    const struct sk_region *region = NULL;

    SK_TRY(find_for(run, pc, addr, size, SK_READ, &region));
    if (region)
        set_hint(&run->read_hint, region);
    else
        SK_TRY(sk_run_settle(run, pc, addr, size));
    *value = load(addr, size);
    return SKEP_OK;
}

enum skep_code sk_run_write(struct sk_run *run, uint32_t pc, uint64_t addr, uint32_t size)
{
    const struct sk_region *region = NULL;

    SK_TRY(find_for(run, pc, addr, size, SK_WRITE, &region));
    if (!region)
        mark(run, addr, size);
    else if (region->writable == SK_WRITE_ALL)
        set_hint(&run->write_hint, region);
    return SKEP_OK;
}

enum skep_code sk_run_misaligned(struct sk_run *run, uint32_t pc, uint64_t addr,
                                 uint32_t size)
{
    run->fault.addr = addr;
    run->fault.len = size;
    run->fault.write = sk_isa[run->prog->insns[pc].op].role != SK_ROLE_LOAD;
    return sk_run_fault(
        run, pc,
        sk_fail(run->err, E_MISALIGNED, sk_at_slot(pc), size, (unsigned long long)addr));
}

enum skep_code sk_run_atomic(struct sk_run *run, uint32_t pc, uint64_t addr,
                             uint32_t size)
{
    const struct sk_region *region = NULL;

    SK_TRY(find_for(run, pc, addr, size, SK_ATOMIC, &region));
    if (addr % size)
        return sk_run_misaligned(run, pc, addr, size);
    if (region)
        return SKEP_OK;
    SK_TRY(sk_run_settle(run, pc, addr, size));
    mark(run, addr, size);
    return SKEP_OK;
}

void sk_run_miss(struct sk_run *run, uint32_t pc, uint32_t missing)
{
    count_uninit(run, pc);
    for (uint32_t r = 0; r < SK_REGS; r++) {
        if (missing >> r & 1)
            run->regs[r] = 0;
    }
    run->written |= missing;
}

enum skep_code sk_run_track(struct sk_run *run, uint32_t pc)
{
    const struct sk_insn *insn = &run->prog->insns[pc];
    uint32_t missing = sk_insn_reads(insn) & ~run->written;

    if (missing && run->strict)
        return sk_run_fault(run, pc,
                            sk_fail(run->err, E_UNINIT_REG, sk_at_slot(pc),
                                    (unsigned)__builtin_ctz(missing)));
    if (missing)
        sk_run_miss(run, pc, missing);
    run->written |= sk_insn_writes(insn);
    return SKEP_OK;
}
