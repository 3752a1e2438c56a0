/* Runs on the builds of the interpreter and of native code, without the public interface: a
 * run's memory stays at one place here, and nothing of it is hidden. */
#include "machine.h"

#include <stdio.h>
#include <string.h>

#include "watch.h"

/* Of native code. Unmetered code does not say what a fault's other registers were. */
enum {
    TELLS_CHECKED = BUILD_TELLS_ALL & ~BUILD_TELLS_REGS,
    TELLS_UNCHECKED = BUILD_TELLS_FAULT_REGS | BUILD_TELLS_FUEL,
};

const struct build_info build_infos[BUILD_COUNT] = {
    [BUILD_CHECKED] = { "checked", SK_CODE_INTERP_CHECKED, BUILD_TELLS_ALL,
                        sk_interp_checked },
    [BUILD_FAST] = { "fast", SK_CODE_INTERP_FAST, BUILD_TELLS_ALL, sk_interp_fast },
    [BUILD_TRACED] = { "traced", SK_CODE_INTERP_CHECKED, BUILD_TELLS_ALL,
                       sk_interp_traced },
    [BUILD_NATIVE] = { "native", SK_CODE_NATIVE_CHECKED, TELLS_CHECKED, NULL },
    [BUILD_NATIVE_FAST] = { "native-fast", SK_CODE_NATIVE_UNCHECKED, TELLS_UNCHECKED,
                            NULL },
    [BUILD_NATIVE_UNMETERED] = { "native-unmetered", SK_CODE_NATIVE_UNMETERED, 0, NULL },
};

/* What memory holds that no one has written. */
enum { GARBAGE = 0xa5 };

int build_is_checked(enum build build)
{
    enum sk_code_kind kind = build_infos[build].kind;

    return kind == SK_CODE_INTERP_CHECKED || kind == SK_CODE_NATIVE_CHECKED;
}

int build_is_metered(enum build build)
{
    return build_infos[build].kind != SK_CODE_NATIVE_UNMETERED;
}

/* Makes the code of each kind, unless the machine has none. */
static enum skep_code make_native(struct machine *machine, uint32_t flags,
                                  struct skep_err *err)
{
    for (enum build b = BUILD_CHECKED; b < BUILD_COUNT; b++) {
        enum sk_code_kind kind = build_infos[b].kind;
        enum skep_code code = SKEP_OK;

        if (!build_infos[b].interp) {
            code = sk_native_load(&machine->image.prog, kind, flags,
                                  &machine->native[kind], err);
            machine->image.code[kind] = machine->native[kind];
        }
        if (code && code != SKEP_E_NO_JIT)
            return code;
        if (!code)
            machine->builds |= 1u << b;
    }
    return SKEP_OK;
}

static enum skep_code make_map(struct machine *machine, struct skep_err *err)
{
    static const struct sk_map_def def = {
        .kind = SK_MAP_ARRAY, .key_size = 4, .value_size = MACHINE_MAP, .max_entries = 1
    };
    struct sk_prog *prog = &machine->image.prog;

    SK_TRY(sk_map_new(&machine->map, &prog->mem, &def, "map", 1, err));
    prog->notes.maps = &machine->map;
    prog->notes.map_count = 1;
    SK_TRY(sk_map_allocate(machine->map, &prog->mem, err));
    return sk_image_find_values(&machine->image, err);
}

enum skep_code machine_init(struct machine *machine, const struct sk_env *env,
                            const void *slots, uint32_t count, uint32_t native,
                            struct skep_err *err)
{
    enum skep_code code;

    memset(machine, 0, sizeof(*machine));
    SK_TRY(sk_prog_init(&machine->image.prog, env, NULL, slots,
                        (size_t)count * SK_SLOT_BYTES, err));
    code = make_map(machine, err);
    if (!code)
        code = sk_code_init(&machine->code, &machine->image.prog, err);
    if (code) {
        machine_fini(machine);
        return code;
    }
    machine->image.code[SK_CODE_INTERP_CHECKED] = machine->code.checked;
    machine->image.code[SK_CODE_INTERP_FAST] = machine->code.fast;
    code = make_native(machine, native, err);
    if (code)
        machine_fini(machine);
    return code;
}

const char *machine_no_native(const struct sk_env *env)
{
    static const uint8_t slots[2 * SK_SLOT_BYTES] = {
        [0] = 0xb7,             /* r0 = 0 */
        [SK_SLOT_BYTES] = 0x95, /* exit */
    };
    static struct skep_err err;
    struct machine machine;
    int native;

    err.code = SKEP_OK;
    if (machine_init(&machine, env, slots, 2, 0, &err))
        return err.message;
    native = machine.builds >> BUILD_NATIVE & 1;
    machine_fini(&machine);
    return native ? NULL : err.message;
}

void machine_keep_addresses(struct machine *machine)
{
    const struct sk_native *native = machine->native[SK_CODE_NATIVE_UNMETERED];

    if (native && sk_native_function(native)) /* it has its stack on the host's */
        machine->builds &= ~(1u << BUILD_NATIVE_UNMETERED);
}

void machine_fini(struct machine *machine)
{
    for (int kind = 0; kind < SK_CODE_KINDS; kind++)
        sk_native_free(machine->native[kind]);
    sk_code_fini(&machine->code, &machine->image.prog);
    sk_image_free_values(&machine->image);
    sk_map_free(machine->map, &machine->image.prog.mem);
    sk_prog_fini(&machine->image.prog);
}

static void prepare(struct arena *arena, const struct machine *machine,
                    const struct start *start, const void *ctx, size_t ctx_len)
{
    struct sk_run *run = &arena->run;

    memset(arena, GARBAGE, sizeof(*arena));
    memcpy(arena->ctx, ctx, ctx_len);
    for (unsigned i = 0; i < MACHINE_MAP; i++)
        machine->map->values[i] = (uint8_t)i;
    sk_run_init(run, &machine->image.prog);
    run->err = NULL;
    run->fuel = start->fuel;
    run->strict = start->strict;
    run->user = arena->user;
    run->ctx = (uint64_t)(uintptr_t)arena->ctx;
    run->entry_r2 = ctx_len;
    run->regs[SK_R1] = run->ctx;
    run->regs[SK_R2] = run->entry_r2;
    run->data = arena->ctx;
    run->data_len = ctx_len;
    sk_run_grant(run, run->ctx, ctx_len, "ctx", SK_WRITE_ALL);
}

static void take(const struct arena *arena, enum skep_code code, struct outcome *out)
{
    const struct sk_run *run = &arena->run;

    out->code = code;
    memcpy(out->regs, run->regs, sizeof(out->regs));
    out->fuel_left = run->fuel;
    out->uninit_reads = run->uninit_reads;
    out->uninit_pc = run->uninit_pc;
    out->region_count = run->region_count;
    if (code)
        out->fault = run->fault;
    memcpy(out->ctx, arena->ctx, sizeof(out->ctx));
    memcpy(out->user, arena->user, sizeof(out->user));
    memcpy(out->stack, run->stack, sizeof(out->stack));
    memcpy(out->unwritten, run->stack_unwritten, sizeof(out->unwritten));
}

static void run_traced(const struct machine *machine, struct sk_run *run,
                       struct outcome *out)
{
    struct watch watch;

    watch_begin(&watch, &machine->image.prog, run);
    run->tracer.fn = watch_event;
    run->tracer.ctx = &watch;
    out->code = run->enter(run, 0);
    watch_end(&watch, out->code, run->fuel);
    out->executed = watch.executed;
    memcpy(out->complaint, watch.complaint, sizeof(out->complaint));
}

static void check_rest(const struct arena *arena, size_t ctx_len, struct outcome *out)
{
    for (size_t i = ctx_len; i < sizeof(arena->ctx); i++) {
        if (arena->ctx[i] != GARBAGE && !out->complaint[0])
            snprintf(out->complaint, sizeof(out->complaint),
                     "the byte at %zu, behind the context, was written", i);
    }
}

void machine_run(const struct machine *machine, struct arena *arena, enum build build,
                 const struct start *start, const void *ctx, size_t ctx_len,
                 struct outcome *out)
{
    const struct build_info *info = &build_infos[build];
    struct sk_run *run = &arena->run;

    memset(out, 0, sizeof(*out));
    out->build = build;
    prepare(arena, machine, start, ctx, ctx_len);
    run->checked = (uint32_t)build_is_checked(build);
    run->kind = info->kind;
    run->enter = info->interp ? info->interp : sk_native_enter;
    if (build == BUILD_TRACED)
        run_traced(machine, run, out);
    else
        out->code = run->enter(run, 0);
    take(arena, out->code, out);
    memcpy(out->map, machine->map->values, sizeof(out->map));
    check_rest(arena, ctx_len, out);
}

/* Whether the stacks are the same: between builds of the interpreter all of it, else what the
 * program wrote there by the account of `a`, a checked run. */
static int same_stack(const struct outcome *a, const struct outcome *b)
{
    if (build_infos[a->build].interp && build_infos[b->build].interp)
        return !memcmp(a->stack, b->stack, sizeof(a->stack));
    for (unsigned i = 0; i < sizeof(a->stack); i++) {
        if (!(a->unwritten[i / 8] >> i % 8 & 1) && a->stack[i] != b->stack[i])
            return 0;
    }
    return 1;
}

static const char *fault_difference(const struct outcome *a, const struct outcome *b,
                                    uint32_t tells)
{
    if (a->fault.code != b->fault.code || a->fault.pc != b->fault.pc ||
        a->fault.depth != b->fault.depth)
        return "the place of the fault";
    if (tells & BUILD_TELLS_FAULT_REGS &&
        memcmp(a->fault.regs, b->fault.regs, sizeof(a->fault.regs)) != 0)
        return "the registers of the fault";
    if (a->fault.addr != b->fault.addr || a->fault.len != b->fault.len ||
        a->fault.write != b->fault.write)
        return "the access that faulted";
    return NULL;
}

const char *outcome_difference(const struct outcome *a, const struct outcome *b)
{
    uint32_t tells = build_infos[a->build].tells & build_infos[b->build].tells;
    const char *what;

    if (a->code != b->code)
        return "how the run ended";
    what = fault_difference(a, b, tells);
    if (what)
        return what;
    if (!a->code && a->regs[SK_R0] != b->regs[SK_R0])
        return "the result";
    if (tells & BUILD_TELLS_REGS && memcmp(a->regs, b->regs, sizeof(a->regs)) != 0)
        return "registers";
    if (memcmp(a->ctx, b->ctx, sizeof(a->ctx)) != 0)
        return "the context";
    if (memcmp(a->user, b->user, sizeof(a->user)) != 0)
        return "the helper's memory";
    if (memcmp(a->map, b->map, sizeof(a->map)) != 0)
        return "the map's value";
    if (tells & BUILD_TELLS_FUEL && a->fuel_left != b->fuel_left)
        return "fuel";
    if (tells & BUILD_TELLS_UNINIT &&
        (a->uninit_reads != b->uninit_reads || a->uninit_pc != b->uninit_pc))
        return "reads of what was never written";
    if (tells & BUILD_TELLS_STACK && !same_stack(a, b))
        return "the stack";
    return NULL;
}
