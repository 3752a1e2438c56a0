/* Tracing: what an instruction changed, worked out around it. */
#include <string.h>

#include "rt/frame.h"

/* Names the memory that the instruction is about to write, if the run may write it. */
static void note_memory(struct sk_run *run, const struct sk_insn *insn,
                        struct skep_trace_event *event)
{
    struct sk_access access = sk_insn_access(insn, run->regs);
    const struct sk_region *region;
    struct sk_region stack;

    event->mem_len = 0;
    if (!access.size || !access.writes)
        return;
    region = sk_run_find(run, access.addr, access.size, SK_WRITE, &stack);
    if (!region)
        return;
    event->mem_addr = access.addr;
    event->mem_len = access.size;
    event->mem_region = region->name;
    event->mem_offset =
        (int64_t)(access.addr - (region == &stack ? run->regs[SK_R10] : region->base));
    memcpy(event->mem_old, (const void *)(uintptr_t)access.addr, access.size);
}

int sk_trace_before(struct sk_run *run, uint32_t pc)
{
    struct sk_tracer *tracer = &run->tracer;
    struct skep_trace_event *event = &tracer->event;

    tracer->active = 1;
    memcpy(tracer->old_regs, run->regs, sizeof(tracer->old_regs));
    event->phase = SKEP_TRACE_BEFORE;
    event->prog = sk_handle_of(run->prog);
    event->pc = pc;
    event->depth = run->depth;
    event->regs = run->regs;
    event->old_regs = tracer->old_regs;
    event->next_pc = UINT32_MAX;
    event->fault = SKEP_OK;
    note_memory(run, &run->prog->insns[pc], event);
    return tracer->fn(tracer->ctx, event);
}

int sk_trace_after(struct sk_run *run, uint32_t next_pc, enum skep_code fault)
{
    struct sk_tracer *tracer = &run->tracer;
    struct skep_trace_event *event = &tracer->event;

    if (!tracer->active)
        return 0;
    tracer->active = 0;
    event->phase = SKEP_TRACE_AFTER;
    event->next_pc = next_pc;
    event->fault = fault;
    if (fault)
        event->mem_len = 0;
    if (event->mem_len)
        memcpy(event->mem_new, (const void *)(uintptr_t)event->mem_addr, event->mem_len);
    return tracer->fn(tracer->ctx, event);
}

enum skep_code sk_trace_stopped(struct sk_run *run, uint32_t pc)
{
    run->tracer.fn = NULL; /* it is not asked again, also not about calls in progress */
    run->tracer.active = 0;
    return sk_run_fault(run, pc, sk_fail(run->err, E_STOPPED, sk_at_slot(pc)));
}
