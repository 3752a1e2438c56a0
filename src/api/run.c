/* Running programs. */
#include <string.h>

#include "api/vm.h"

static enum skep_code check_options(const struct sk_prog *prog,
                                    const struct skep_run_opts *opts,
                                    struct skep_err *err)
{
    enum {
        KNOWN = SKEP_RUN_STRICT | SKEP_RUN_UNCHECKED | SKEP_RUN_CTX_READONLY |
                SKEP_RUN_UNMETERED | SKEP_RUN_INTERP
    };

    if (opts->flags & ~(uint32_t)KNOWN)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown flags of a run");
    if ((opts->flags & SKEP_RUN_UNCHECKED) &&
        (opts->flags & SKEP_RUN_STRICT || opts->trace))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "an unchecked run can be neither strict nor traced");
    if ((opts->flags & SKEP_RUN_UNMETERED) && !(opts->flags & SKEP_RUN_UNCHECKED))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "only an unchecked run can be unmetered");
    if (prog->type && opts->ctx_len < prog->type->ctx_size)
        return sk_fail(err, E_CTX_SIZE, sk_at_nothing(), opts->ctx_len, prog->type->name,
                       prog->type->ctx_size);
    if ((opts->ctx_len && !opts->ctx) || (opts->data_len && !opts->data))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "a length without memory");
    return SKEP_OK;
}

/* Raw memory and a context of any size may be written anywhere. */
static enum sk_writable may_write_ctx(const struct sk_prog *prog,
                                      const struct skep_run_opts *opts)
{
    if (opts->flags & SKEP_RUN_CTX_READONLY)
        return SK_WRITE_NONE;
    return prog->type && prog->type->ctx_size ? SK_WRITE_FIELDS : SK_WRITE_ALL;
}

/* Memory and the registers that point to it. */
static void give_memory(struct sk_run *run, const struct sk_prog *prog,
                        const struct skep_run_opts *opts)
{
    int shared = !prog->type && !opts->data;

    run->ctx = (uint64_t)(uintptr_t)opts->ctx;
    run->regs[SK_R1] = run->ctx;
    run->entry_r2 = prog->type ? 0 : opts->ctx_len;
    run->regs[SK_R2] = run->entry_r2;
    run->data = shared ? opts->ctx : opts->data;
    run->data_len = shared ? opts->ctx_len : opts->data_len;
    sk_run_grant(run, &(struct sk_region){ run->ctx, opts->ctx_len, "ctx",
                                           may_write_ctx(prog, opts) });
    if (!shared)
        sk_run_grant(run, &(struct sk_region){ (uint64_t)(uintptr_t)opts->data,
                                               opts->data_len, "data", SK_WRITE_ALL });
}

static void fill_result(const struct sk_run *run, enum skep_code code,
                        struct skep_result *res)
{
    res->r0 = code ? 0 : run->regs[SK_R0];
    res->fuel_left = run->fuel;
    res->uninit_reads = run->uninit_reads;
    res->uninit_pc = run->uninit_pc;
    res->fault.code = code;
    res->engine = SKEP_ENGINE_INTERP;
    if (code)
        res->fault = run->fault;
}

/* For callers whose struct is shorter than ours. */
static __attribute__((noinline)) void
fill_short(const struct sk_run *run, enum skep_code code, struct skep_result *res)
{
    struct skep_result full = { .size = res->size };

    fill_result(run, code, &full);
    memcpy(res, &full, res->size);
}

static void report(const struct sk_run *run, enum skep_code code, struct skep_result *res)
{
    if (res->size < sizeof(*res)) {
        fill_short(run, code, res);
        return;
    }
    fill_result(run, code, res);
    if (res->size > sizeof(*res)) /* fields of a later version */
        memset(res + 1, 0, res->size - sizeof(*res));
}

/* Fuel and the stop flag. An unmetered run has more fuel than it can ever use. */
static void meter(struct sk_run *run, const struct skep_run_opts *opts)
{
    run->fuel = opts->fuel ? opts->fuel : SKEP_FUEL_DEFAULT;
    if (opts->flags & SKEP_RUN_UNMETERED)
        run->fuel = UINT64_MAX;
    else if (opts->stop)
        run->stop = opts->stop;
}

static void choose_engine(struct sk_run *run, const struct skep_run_opts *opts)
{
    run->kind = SK_CODE_INTERP_FAST;
    run->enter = sk_interp_fast;
    if (opts->flags & SKEP_RUN_UNCHECKED)
        return;
    run->checked = 1;
    run->kind = SK_CODE_INTERP_CHECKED;
    run->enter = sk_interp_checked;
    if (!opts->trace)
        return;
    run->enter = sk_interp_traced;
    run->tracer.fn = opts->trace;
    run->tracer.ctx = opts->trace_ctx;
    memset(run->stack, 0, sizeof(run->stack));
}

enum skep_code skep_run(const skep_prog *prog, const struct skep_run_opts *opts,
                        struct skep_result *res, struct skep_err *err)
{
    struct skep_run_opts o;
    struct sk_run run;
    enum skep_code code;

    SK_TRY(sk_api_need(prog, "prog", err));
    SK_TRY(sk_api_need(res, "res", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_run_opts", err));
    SK_TRY(check_options(&prog->image.prog, &o, err));
    if (res->size < sizeof(res->size))
        return sk_fail(err, E_STRUCT_SIZE, sk_at_nothing(), "skep_result", res->size);
    sk_run_init(&run, &prog->image.prog);
    run.err = err;
    run.strict = o.flags & SKEP_RUN_STRICT;
    run.user = o.user;
    meter(&run, &o);
    give_memory(&run, &prog->image.prog, &o);
    choose_engine(&run, &o);
    code = run.enter(&run, 0);
    if (o.flags & SKEP_RUN_UNMETERED)
        run.fuel = o.fuel ? o.fuel : SKEP_FUEL_DEFAULT;
    report(&run, code, res);
    return code;
}

int skep_call_tail(skep_call *call, const skep_prog *target)
{
    return target && sk_call_tail(call, &target->image);
}

void skep_stop(int *flag, int value)
{
    if (flag)
        __atomic_store_n(flag, value, __ATOMIC_RELAXED);
}
