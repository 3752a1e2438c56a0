/* Checks of trace events:
 *
 * - BEFORE and AFTER alternate, and each BEFORE is where the AFTER before it said; but that
 *   between the two of a helper's call come those of the functions that the helper calls;
 * - registers change only where the table's roles say that the instruction writes or
 *   clobbers (reading one that was never written also changes it: it becomes 0);
 * - memory is what the event says, and the next slot is one that control flow allows;
 * - a run executes at most the fuel that it took and the program's slots. */
#include "watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void complain(struct watch *watch,
                                                           const char *format, ...)
{
    va_list args;

    if (watch->complaint[0])
        return;
    va_start(args, format);
    vsnprintf(watch->complaint, sizeof(watch->complaint), format, args);
    va_end(args);
}

void watch_begin(struct watch *watch, const struct sk_prog *prog,
                 const struct sk_run *run)
{
    *watch = (struct watch){ .prog = prog, .run = run, .fuel = run->fuel, .after = 1 };
}

enum { SAVED = 0x3c0 }; /* r6 to r9 */

static uint32_t may_change(const struct watch *watch, const struct sk_insn *insn)
{
    uint32_t regs = sk_insn_writes(insn) | sk_insn_clobbers(insn);
    uint8_t role = sk_isa[insn->op].role;

    if (watch->tracked)
        regs |= sk_insn_reads(insn);
    if (insn->op == SK_OP_CALL_LOCAL) /* r0 is not written yet */
        regs = 1u << SK_R10;
    if (role == SK_ROLE_EXIT || role == SK_ROLE_PACKET) /* back in the caller's frame */
        regs |= SAVED | 1u << SK_R10;
    return regs;
}

static void check_registers(struct watch *watch, const struct skep_trace_event *event,
                            const struct sk_insn *insn)
{
    /* a fault leaves all as it was, but for the registers that were found unwritten */
    uint32_t unwritten = sk_insn_reads(insn) | sk_insn_clobbers(insn); /* arguments too */
    uint32_t allowed =
        event->fault ? watch->tracked * unwritten : may_change(watch, insn);

    for (unsigned r = 0; r < SK_REGS; r++) {
        if (event->regs[r] != event->old_regs[r] && !(allowed >> r & 1))
            complain(watch, "slot %u: %s changed r%u", event->pc, sk_isa[insn->op].name,
                     r);
    }
}

static void check_next(struct watch *watch, const struct skep_trace_event *event,
                       const struct sk_insn *insn)
{
    uint32_t straight = event->pc + sk_insn_slots(insn);
    uint8_t role = sk_isa[insn->op].role;
    int64_t target = insn->op == SK_OP_LDDW_CODE ? -1 : sk_insn_target(insn, event->pc);
    int leaves = role == SK_ROLE_EXIT || role == SK_ROLE_PACKET;
    int goes_on =
        role != SK_ROLE_JUMP && insn->op != SK_OP_CALL_LOCAL && role != SK_ROLE_EXIT;

    watch->expected = event->next_pc;
    if (event->fault) {
        if (event->next_pc != UINT32_MAX)
            complain(watch, "slot %u: goes on after a fault", event->pc);
        return;
    }
    if (!leaves && !(goes_on && event->next_pc == straight) &&
        (int64_t)event->next_pc != target)
        complain(watch, "slot %u: %s goes on at %u", event->pc, sk_isa[insn->op].name,
                 event->next_pc);
}

static void check_memory(struct watch *watch, const struct skep_trace_event *event,
                         const struct sk_insn *insn)
{
    struct sk_access access = sk_insn_access(insn, event->old_regs);
    uint32_t expected = access.writes && !event->fault ? access.size : 0;

    if (event->mem_len != expected) {
        complain(watch, "slot %u: %s wrote %u bytes, the event says %u", event->pc,
                 sk_isa[insn->op].name, expected, event->mem_len);
        return;
    }
    if (!expected)
        return;
    if (event->mem_addr != access.addr ||
        memcmp(event->mem_new, (const void *)(uintptr_t)access.addr, access.size) != 0)
        complain(watch, "slot %u: memory is not what the event says", event->pc);
    if (!strcmp(event->mem_region, "stack") &&
        event->mem_offset != (int64_t)(access.addr - event->old_regs[SK_R10]))
        complain(watch, "slot %u: offset %lld on the stack", event->pc,
                 (long long)event->mem_offset);
}

/* Whether no instruction is under way in the innermost function, or in the one that a helper
 * called and that has returned. */
static int is_over(const struct watch *watch)
{
    return !watch->after || watch->expected == UINT32_MAX;
}

static int begins_callback(const struct watch *watch,
                           const struct skep_trace_event *event)
{
    uint32_t call = watch->inside - 1;

    return watch->inside && is_over(watch) &&
           watch->prog->insns[watch->begun[call].pc].op == SK_OP_CALL &&
           event->depth == watch->begun[call].depth + 1 &&
           watch->prog->flags[event->pc] & SK_SLOT_FUNCTION;
}

/* Returns 1 when the run took too long. */
static int begin(struct watch *watch, const struct skep_trace_event *event)
{
    if (!(watch->after && event->pc == watch->expected) && !begins_callback(watch, event))
        complain(watch, "slot %u begins, slot %u was expected", event->pc,
                 watch->expected);
    if (watch->inside == SK_MAX_FRAMES) {
        complain(watch, "slot %u begins in too many calls", event->pc);
        return 1;
    }
    watch->begun[watch->inside].pc = event->pc;
    watch->begun[watch->inside].depth = event->depth;
    watch->begun[watch->inside++].tracked =
        (watch->prog->flags[event->pc] & SK_SLOT_TRACKED) != 0;
    watch->after = 0;
    watch->executed++;
    return watch->executed > watch->fuel + watch->prog->count;
}

static void end(struct watch *watch, const struct skep_trace_event *event)
{
    if (!watch->inside || !is_over(watch) ||
        watch->begun[watch->inside - 1].pc != event->pc) {
        complain(watch, "slot %u ends, but it did not begin", event->pc);
        return;
    }
    watch->tracked = watch->begun[--watch->inside].tracked;
    watch->after = 1;
}

int watch_event(void *ctx, const struct skep_trace_event *event)
{
    struct watch *watch = ctx;
    const struct sk_insn *insn = &watch->prog->insns[event->pc];

    if (sk_handle_of(watch->prog) != event->prog)
        complain(watch, "slot %u is of another program", event->pc);
    if (event->phase == SKEP_TRACE_BEFORE)
        return begin(watch, event);
    end(watch, event);
    check_registers(watch, event, insn);
    check_next(watch, event, insn);
    check_memory(watch, event, insn);
    return 0;
}

void watch_end(struct watch *watch, enum skep_code code, uint64_t fuel_left)
{
    if (watch->inside || !watch->after || watch->expected != UINT32_MAX)
        complain(watch, "the run ended with code %d, slot %u was expected", (int)code,
                 watch->expected);
    if (watch->executed > watch->fuel - fuel_left + watch->prog->count)
        complain(watch, "%llu instructions for %llu of fuel and %u slots",
                 (unsigned long long)watch->executed,
                 (unsigned long long)(watch->fuel - fuel_left), watch->prog->count);
}
