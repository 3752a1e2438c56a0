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
    sk_run_grant(run, run->ctx, opts->ctx_len, "ctx", may_write_ctx(prog, opts));
    sk_run_expect(run);
    if (!shared)
        sk_run_grant(run, (uint64_t)(uintptr_t)opts->data, opts->data_len, "data",
                     SK_WRITE_ALL);
}

static void fill_result(const struct sk_run *run, enum skep_code code,
                        struct skep_result *res)
{
    res->r0 = code ? 0 : run->regs[SK_R0];
    res->fuel_left = run->fuel;
    res->uninit_reads = run->uninit_reads;
    res->uninit_pc = run->uninit_pc;
    res->fault.code = code;
    res->engine =
        run->kind >= SK_CODE_NATIVE_CHECKED ? SKEP_ENGINE_JIT : SKEP_ENGINE_INTERP;
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

/* The native code for such runs, if there is any. Code that counts fuel serves unmetered runs
 * too. */
static int choose_native(struct sk_run *run, const struct skep_prog *prog,
                         const struct skep_run_opts *opts)
{
    enum sk_code_kind kind = SK_CODE_NATIVE_CHECKED;

    if (opts->trace || opts->flags & SKEP_RUN_INTERP)
        return 0;
    if (opts->flags & SKEP_RUN_UNCHECKED)
        kind = SK_CODE_NATIVE_UNCHECKED;
    if (opts->flags & SKEP_RUN_UNMETERED && prog->image.code[SK_CODE_NATIVE_UNMETERED])
        kind = SK_CODE_NATIVE_UNMETERED;
    if (!prog->image.code[kind])
        return 0;
    run->kind = kind;
    run->enter = sk_native_enter;
    run->checked = kind == SK_CODE_NATIVE_CHECKED;
    return 1;
}

static void choose_engine(struct sk_run *run, const struct skep_prog *prog,
                          const struct skep_run_opts *opts)
{
    if (choose_native(run, prog, opts))
        return;
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

/* Code that is a C function needs no run around it. */
static skep_native_fn bare_function(const struct skep_prog *prog,
                                    const struct skep_run_opts *opts,
                                    const struct skep_result *res)
{
    const struct sk_native *native = prog->native[SK_CODE_NATIVE_UNMETERED];

    if (!(opts->flags & SKEP_RUN_UNMETERED) || opts->flags & SKEP_RUN_INTERP || !native ||
        res->size != sizeof(*res))
        return NULL;
    return sk_native_function(native);
}

static enum skep_code run_bare(const struct skep_prog *prog, skep_native_fn function,
                               const struct skep_run_opts *opts, struct skep_result *res)
{
    uint64_t r0 = function(opts->ctx, prog->image.prog.type ? 0 : opts->ctx_len);

    *res = (struct skep_result){ .size = res->size,
                                 .r0 = r0,
                                 .fuel_left = opts->fuel ? opts->fuel : SKEP_FUEL_DEFAULT,
                                 .engine = SKEP_ENGINE_JIT };
    return SKEP_OK;
}

static enum skep_code run_whole(const struct skep_prog *prog,
                                const struct skep_run_opts *opts, struct skep_result *res,
                                struct skep_err *err)
{
    struct sk_run run;
    enum skep_code code;

    sk_run_init(&run, &prog->image.prog);
    run.err = err;
    run.strict = opts->flags & SKEP_RUN_STRICT;
    run.user = opts->user;
    meter(&run, opts);
    give_memory(&run, &prog->image.prog, opts);
    choose_engine(&run, prog, opts);
    code = run.enter(&run, 0);
    if (opts->flags & SKEP_RUN_UNMETERED)
        run.fuel = opts->fuel ? opts->fuel : SKEP_FUEL_DEFAULT;
    report(&run, code, res);
    return code;
}

enum skep_code skep_run(const skep_prog *prog, const struct skep_run_opts *opts,
                        struct skep_result *res, struct skep_err *err)
{
    struct skep_run_opts copy;
    skep_native_fn function;

    SK_TRY(sk_api_need(prog, "prog", err));
    SK_TRY(sk_api_need(res, "res", err));
    if (!opts || opts->size != sizeof(copy)) {
        SK_TRY(sk_api_options(opts, &copy, sizeof(copy), "skep_run_opts", err));
        opts = &copy;
    }
    SK_TRY(check_options(&prog->image.prog, opts, err));
    if (res->size < sizeof(res->size))
        return sk_fail(err, E_STRUCT_SIZE, sk_at_nothing(), "skep_result", res->size);
    function = bare_function(prog, opts, res);
    return function ? run_bare(prog, function, opts, res)
                    : run_whole(prog, opts, res, err);
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
