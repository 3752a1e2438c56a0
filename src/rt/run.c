/* Setting up a run, its memory regions, and recording faults. */
#include "rt/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "prog/definite.h"

/* memset that is a call: for sizes that GCC knows it makes `rep stos`, which takes 10 ns
 * to begin. */
static void fill(void *block, int byte, size_t size)
{
    __asm__("" : "+r"(size));
    memset(block, byte, size);
}

void sk_run_init(struct sk_run *run, const struct sk_prog *prog)
{
    static const int never;

    fill(run->regs, 0, sizeof(run->regs));
    run->stop = &never;
    run->read_hint = (struct sk_hint){ 0 };
    run->write_hint = (struct sk_hint){ 0 };
    run->stack_base = (uint64_t)(uintptr_t)run->stack;
    run->depth = 0;
    run->base = 0;
    run->written = sk_prog_entry_regs(prog);
    run->strict = 0;
    run->checked = 0;
    run->prog = prog;
    run->tail = NULL;
    run->tail_calls = 0;
    run->call.run = run;
    run->call.event = SK_CALL_NOTHING;
    run->region_count = 0;
    run->image_count = 0;
    run->uninit_reads = 0;
    run->uninit_pc = 0;
    run->fault.code = SKEP_OK;
    run->fault.addr = 0;
    run->fault.len = 0;
    run->fault.write = 0;
    run->tracer.fn = NULL;
    run->tracer.active = 0;
    sk_run_grant_values(run, prog);
    sk_run_enter(run);
}

void sk_run_grant_values(struct sk_run *run, const struct sk_prog *prog)
{
    const struct sk_image *image = sk_image_of(prog);

    if (!image->value_count)
        return;
    for (uint32_t i = 0; i < run->image_count; i++) {
        if (run->images[i] == image)
            return;
    }
    run->images[run->image_count++] = image;
}

int sk_run_grant(struct sk_run *run, uint64_t base, uint64_t size, const char *name,
                 enum sk_writable writable)
{
    struct sk_region *fresh = &run->regions[run->region_count];

    for (uint32_t i = 0; i < run->region_count; i++) {
        const struct sk_region *r = &run->regions[i];

        if (r->base == base && r->size == size && r->writable == writable)
            return 1;
    }
    if (!size)
        return 1;
    if (run->region_count == SK_MAX_REGIONS)
        return 0;
    fresh->base = base;
    fresh->size = size;
    fresh->name = name;
    fresh->writable = writable;
    run->region_count++;
    return 1;
}

void sk_run_enter(struct sk_run *run)
{
    uint32_t below = SK_STACK_TOTAL - (run->depth + 1) * SK_STACK_BYTES;

    run->frames[run->depth].may_goto = SK_MAY_GOTO_BUDGET;
    run->stack_low = run->stack_base + below;
    run->stack_span = SK_STACK_TOTAL - below;
    run->regs[SK_R10] = run->stack_low + SK_STACK_BYTES;
    fill(run->stack_unwritten + below, 0xff, SK_STACK_BYTES);
}

void sk_run_leave(struct sk_run *run)
{
    run->depth--;
    run->stack_low += SK_STACK_BYTES;
    run->stack_span -= SK_STACK_BYTES;
    run->regs[SK_R10] += SK_STACK_BYTES;
}

/* Whether the program may write to [addr, addr + len), which lies in the region. */
static int is_writable(const struct sk_run *run, const struct sk_region *region,
                       uint64_t addr, uint64_t len)
{
    const struct skep_type *type = run->prog->type;
    uint64_t at = addr - region->base;

    if (region->writable != SK_WRITE_FIELDS)
        return region->writable == SK_WRITE_ALL;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct skep_field *field = &type->fields[i];

        if (field->flags & SKEP_FIELD_WRITE && at >= field->offset &&
            at + len <= (uint64_t)field->offset + field->size)
            return 1;
    }
    return 0;
}

static int lies_in(const struct sk_region *r, uint64_t addr, uint64_t len)
{
    return addr - r->base <= r->size && len <= r->size - (addr - r->base);
}

/* The same, among values of maps. */
static const struct sk_region *find_value(const struct sk_run *run, uint64_t addr,
                                          uint64_t len, enum sk_access_kind kind)
{
    for (uint32_t i = 0; i < run->image_count; i++) {
        const struct sk_region *r = sk_image_value_at(run->images[i], addr);

        if (r && lies_in(r, addr, len) && (kind == SK_READ || r->writable))
            return r;
    }
    return NULL;
}

const struct sk_region *sk_run_find(const struct sk_run *run, uint64_t addr, uint64_t len,
                                    enum sk_access_kind kind, struct sk_region *stack)
{
    *stack = (struct sk_region){ run->stack_low, run->stack_span, "stack", SK_WRITE_ALL };
    for (uint32_t i = 0; i <= run->region_count; i++) {
        const struct sk_region *r = i ? &run->regions[i - 1] : stack;

        if (!lies_in(r, addr, len))
            continue;
        if (kind == SK_READ || is_writable(run, r, addr, len))
            return r;
    }
    return find_value(run, addr, len, kind);
}

enum skep_code sk_run_fault(struct sk_run *run, uint32_t pc, enum skep_code code)
{
    run->fault.code = code;
    run->fault.prog = sk_handle_of(run->prog);
    run->fault.pc = pc;
    run->fault.depth = run->depth;
    memcpy(run->fault.regs, run->regs, sizeof(run->regs));
    return code;
}

enum skep_code sk_run_exhausted(struct sk_run *run, uint32_t pc, uint32_t cost)
{
    if (run->fuel < cost)
        return sk_run_fault(run, pc,
                            sk_fail(run->err, E_FUEL, sk_at_slot(pc), cost,
                                    (unsigned long long)run->fuel));
    return sk_run_fault(run, pc, sk_fail(run->err, E_STOPPED, sk_at_slot(pc)));
}

enum skep_code sk_run_too_deep(struct sk_run *run, uint32_t pc)
{
    return sk_run_fault(run, pc,
                        sk_fail(run->err, E_CALL_DEPTH, sk_at_slot(pc), run->depth,
                                (unsigned)SK_MAX_FRAMES));
}

enum skep_code sk_run_no_object(struct sk_run *run, uint32_t pc)
{
    const struct sk_insn *insn = &run->prog->insns[pc];
    const char *kind = insn->op == SK_OP_CALL_KFUNC ? "kernel function"
                       : insn->op == SK_OP_LDDW_VAR ? "kernel variable"
                                                    : "map";
    const char *name = sk_notes_extern(&run->prog->notes, pc);
    char what[SK_SHOWN_MAX + 48], shown[SK_SHOWN_MAX];

    if (name)
        snprintf(what, sizeof(what), "%s '%s' (BTF id %" PRIu32 ")", kind,
                 sk_shown(shown, name), (uint32_t)insn->imm);
    else
        snprintf(what, sizeof(what), "%s %" PRIu32, kind, (uint32_t)insn->imm);
    return sk_run_fault(
        run, pc,
        sk_fail(run->err, E_NO_OBJECT, sk_at_slot(pc), "nothing to refer to", what));
}

/* Packet bytes in network order (RFC 9669, 5.5); out of the packet ends the function. */
int sk_run_packet(struct sk_run *run, uint32_t pc)
{
    const struct sk_insn *insn = &run->prog->insns[pc];
    const struct sk_row *row = &sk_isa[insn->op];
    uint32_t size = row->width / 8u;
    int64_t at = insn->imm;

    if (row->uses & SKEP_USES_SRC)
        at = (int32_t)((uint32_t)at + (uint32_t)run->regs[insn->src]);
    memset(&run->regs[SK_R1], 0, 5 * sizeof(run->regs[0]));
    run->regs[SK_R0] = 0;
    run->written = (run->written & ~(uint32_t)SK_ARG_MASK) | 1u << SK_R0;
    if (at < 0 || (uint64_t)at > run->data_len || size > run->data_len - (uint64_t)at)
        return 0;
    for (uint32_t i = 0; i < size; i++)
        run->regs[SK_R0] = run->regs[SK_R0] << 8 | run->data[at + i];
    return 1;
}
