/* Helpers that machine code calls itself: arguments, registers, the stack, and what helpers may
 * ask for. The interpreter says how each run has to end, and with which registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "native.h"

/* ---- The host ----------------------------------------------------------------------- */

/* What helpers find: the run's `user`. */
struct host {
    skep_vm *vm;
    skep_prog *target; /* of tail calls */
    void *far;         /* code of the helper `far`, and its page */
    int stop;          /* the run's stop flag */
};

static uint64_t weigh(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                      skep_call *call)
{
    (void)call;
    return a1 + 10 * a2 + 100 * a3 + 1000 * a4 + 10000 * a5;
}

static uint64_t nothing(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                        skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return 77;
}

/* Whether the stack is aligned as C promises, seen from a function that keeps a frame. */
static uint64_t aligned(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                        skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return (uintptr_t)__builtin_frame_address(0) % 16 == 0;
}

/* Calls a1(a2, a3, a4, a5, 5), and whatever came of that ends the run if a5 is 13. */
static uint64_t call5(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                      skep_call *call)
{
    uint64_t args[5] = { a2, a3, a4, a5, 5 }, r0 = 0;
    enum skep_code code = skep_call_function(call, a1, args, &r0);

    if (a5 == 13)
        skep_call_abort(call, "thirteen");
    return code ? 0 : r0;
}

static uint64_t give_up(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                        skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    skep_call_abort(call, "enough");
    return 88;
}

static uint64_t tail(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                     skep_call *call)
{
    const struct host *host = skep_call_user(call);

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return (uint64_t)skep_call_tail(call, host->target);
}

static uint64_t stop(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                     skep_call *call)
{
    struct host *host = skep_call_user(call);

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    skep_stop(&host->stop, 1);
    return 0;
}

#if defined(__x86_64__)
static const uint8_t add_first_two[] = { 0x48, 0x8d, 0x04,
                                         0x37,   /* lea rax, [rdi + rsi] */
                                         0xc3 }; /* ret */
enum { CALL_BYTES = 12, IN_REACH = 1 };
#else
static const uint8_t add_first_two[] = { 0x00, 0x00, 0x01, 0x8b,   /* add x0, x0, x1 */
                                         0xc0, 0x03, 0x5f, 0xd6 }; /* ret */
enum { CALL_BYTES = 20, IN_REACH = 0 }; /* bl reaches 128 MiB: code may lie further off */
#endif

enum { PAGE = 65536 };

/* A page that no direct call from the library's code reaches: at one of some places where there
 * is usually room. */
static void *map_far(void)
{
    uintptr_t here = (uintptr_t)&skep_run, most = (uintptr_t)1 << 33;
    uintptr_t places[] = { most, here - 16 * most, here + 16 * most };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        void *page = mmap((void *)places[i], PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        uintptr_t at = (uintptr_t)page;

        assert_ptr_not_equal(page, MAP_FAILED);
        if ((at < here ? here - at : at - here) >= most / 2)
            return page;
        munmap(page, PAGE);
    }
    fail_msg("no room far from the library");
    return NULL;
}

/* A helper that no direct call reaches. */
static void *make_far(void)
{
    void *page = map_far();

    memcpy(page, add_first_two, sizeof(add_first_two));
    __builtin___clear_cache(page, (char *)page + sizeof(add_first_two));
    assert_int_equal(mprotect(page, PAGE, PROT_READ | PROT_EXEC), 0);
    return page;
}

#define ANY SKEP_ARG_ANY
static int set_up(void **state)
{
    static struct host host;
    struct skep_helper helpers[] = {
        { .id = 1, .name = "weigh", .fn = weigh, .arg = { ANY, ANY, ANY, ANY, ANY } },
        { .id = 2, .name = "nothing", .fn = nothing, .ret = SKEP_RET_VOID },
        { .id = 3, .name = "aligned", .fn = aligned },
        { .id = 4, .name = "call5", .fn = call5, .arg = { ANY, ANY, ANY, ANY, ANY } },
        { .id = 5, .name = "give_up", .fn = give_up },
        { .id = 6, .name = "tail", .fn = tail },
        { .id = 7, .name = "stop", .fn = stop },
        { .id = 8, .name = "far", .arg = { ANY, ANY } },
    };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = sizeof(helpers) / sizeof(helpers[0]) };

    host = (struct host){ .far = make_far() };
    memcpy(&helpers[7].fn, &host.far, sizeof(helpers[7].fn));
    host.vm = new_vm(&opts);
    *state = &host;
    return 0;
}

static int tear_down(void **state)
{
    struct host *host = *state;

    skep_prog_free(host->target);
    skep_vm_free(host->vm);
    munmap(host->far, PAGE);
    return 0;
}

/* ---- Runs --------------------------------------------------------------------------- */

static struct skep_result run_host(struct host *host, const skep_prog *prog,
                                   uint32_t flags, uint64_t fuel)
{
    struct skep_result res = { .size = sizeof(res) };
    struct skep_run_opts opts = { .size = sizeof(opts),
                                  .flags = flags,
                                  .fuel = fuel,
                                  .stop = &host->stop,
                                  .user = host };

    host->stop = 0;
    skep_run(prog, &opts, &res, NULL);
    return res;
}

/* All registers but r10: each run has its own stack. */
static void same_registers(const struct skep_result *got, const struct skep_result *want,
                           const char *kind)
{
    for (int r = 0; r < 10; r++) {
        if (got->fault.regs[r] != want->fault.regs[r])
            fail_msg("%s: r%d is 0x%llx, the interpreter's 0x%llx", kind, r,
                     (unsigned long long)got->fault.regs[r],
                     (unsigned long long)want->fault.regs[r]);
    }
    assert_int_equal(got->fault.regs[10] == 0, want->fault.regs[10] == 0);
}

static void same_end(const struct skep_result *got, const struct skep_result *want,
                     const struct kind *kind)
{
    assert_int_equal(got->engine, SKEP_ENGINE_JIT);
    if (got->fault.code != want->fault.code || got->r0 != want->r0)
        fail_msg("%s: %s, r0 0x%llx, the interpreter: %s, r0 0x%llx", kind->name,
                 skep_code_name(got->fault.code), (unsigned long long)got->r0,
                 skep_code_name(want->fault.code), (unsigned long long)want->r0);
    if (!(kind->flags & SKEP_RUN_UNMETERED))
        assert_int_equal(got->fuel_left, want->fuel_left);
    if (!want->fault.code)
        return;
    assert_int_equal(got->fault.pc, want->fault.pc);
    assert_int_equal(got->fault.depth, want->fault.depth);
    assert_ptr_equal(got->fault.prog, want->fault.prog);
    same_registers(got, want, kind->name);
}

/* Runs the text everywhere, unmetered code only if no fuel or stop ends the run; all must end as
 * the unchecked interpreter does. Returns how. */
static struct skep_result ends_alike(struct host *host, const char *text, uint64_t fuel)
{
    skep_prog *prog = load_native_text(host->vm, text);
    struct skep_result want =
        run_host(host, prog, SKEP_RUN_INTERP | SKEP_RUN_UNCHECKED, fuel);

    for (int i = 0; i < KINDS; i++) {
        struct skep_result got;

        if (kinds[i].flags & SKEP_RUN_UNMETERED &&
            (want.fault.code == SKEP_E_FUEL || want.fault.code == SKEP_E_STOPPED))
            continue;
        got = run_host(host, prog, kinds[i].flags, fuel);
        same_end(&got, &want, &kinds[i]);
    }
    skep_prog_free(prog);
    want.fault.prog = NULL;
    return want;
}

static void returns(struct host *host, const char *text, uint64_t r0)
{
    struct skep_result res = ends_alike(host, text, 0);

    assert_int_equal(res.fault.code, SKEP_OK);
    assert_int_equal(res.r0, r0);
}

static void faults(struct host *host, const char *text, enum skep_code code, uint32_t pc,
                   uint32_t depth)
{
    struct skep_result res = ends_alike(host, text, 0);

    assert_int_equal(res.fault.code, code);
    assert_int_equal(res.fault.pc, pc);
    assert_int_equal(res.fault.depth, depth);
}

/* ---- Arguments, results, registers -------------------------------------------------- */

#define SAVED "r6 = 0x6666\nr7 = 0x7777\nr8 = 0x8888\nr9 = 0x9999\n"
#define ARGS "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\n"

static void test_arguments(void **state)
{
    returns(*state, ARGS "call weigh\nexit\n", 54321);
    returns(*state,
            ARGS
            "call weigh\nr1 = r0\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall weigh\nexit\n",
            54321);
    returns(*state, "r1 = -1\nr2 = 1\ncall far\nexit\n", 0);
}

static void test_saved_registers(void **state)
{
    returns(*state,
            SAVED ARGS "call weigh\nr0 = r6\nr0 += r7\nr0 += r8\nr0 += r9\n"
                       "r6 += r0\ncall nothing\nr0 = r6\nexit\n",
            0x6666 + 0x6666 + 0x7777 + 0x8888 + 0x9999);
}

/* r1 to r5 are 0, and r0 is what the helper gave, or 0. */
static void test_registers_behind(void **state)
{
    returns(*state,
            ARGS "call weigh\nr0 = r1\nr0 |= r2\nr0 |= r3\nr0 |= r4\nr0 |= r5\nexit\n",
            0);
    returns(*state, ARGS "call weigh\nr1 += 7\nr0 = r1\nr0 += r2\nexit\n", 7);
    returns(*state, "r0 = 5\ncall nothing\nexit\n", 0);
    returns(*state, "call nothing\ncall weigh\nexit\n", 0);
    returns(*state,
            "r6 = 3\nr5 = 9\nagain:\ncall nothing\nr0 += r5\nr6 += -1\nr5 = 9\n"
            "if r6 != 0 goto again\nexit\n",
            0);
}

/* ---- The stack ---------------------------------------------------------------------- */

/* Functions of all shapes: `saved` of r6 to r9 are changed, and there may be a budget. */
static void add_shape(char *text, size_t size, int saved, int budget, const char *calls)
{
    size_t len = strlen(text);

    len += (size_t)snprintf(text + len, size - len, "r0 = 0\n");
    for (int r = 6; r < 6 + saved; r++)
        len += (size_t)snprintf(text + len, size - len, "r%d = %d\n", r, r);
    if (budget)
        len += (size_t)snprintf(text + len, size - len, "may_goto +0\n");
    snprintf(text + len, size - len, "%sexit\n", calls);
}

static void test_alignment(void **state)
{
    static const char both[] = "call f\n*(u64 *)(r10 - 8) = r0\ncall aligned\n"
                               "r1 = *(u64 *)(r10 - 8)\nr0 += r1\n";

    for (int outer = 0; outer < 10; outer++) {
        for (int inner = 0; inner < 10; inner++) {
            char text[600] = "";

            add_shape(text, sizeof(text), outer % 5, outer / 5, both);
            strcat(text, "f:");
            add_shape(text, sizeof(text), inner % 5, inner / 5, "call aligned\n");
            returns(*state, text, 2);
        }
    }
}

static void test_alignment_in_callbacks(void **state)
{
    for (int saved = 0; saved < 5; saved++) {
        char text[600] = "";

        add_shape(text, sizeof(text), saved, 0, "r1 = subprog[f]\ncall call5\n");
        strcat(text, "f:");
        add_shape(text, sizeof(text), 4 - saved, 0, "call aligned\n");
        returns(*state, text, 1);
    }
}

/* ---- What helpers ask for ----------------------------------------------------------- */

static void test_callback(void **state)
{
    returns(*state,
            SAVED
            "r1 = subprog[f]\nr2 = 1\nr3 = 20\nr4 = 300\nr5 = 4000\ncall call5\n"
            "r0 += r6\nr0 += r9\nexit\n"
            "f: r6 = 1\nr7 = 1\nr8 = 1\nr9 = 1\nr0 = r1\nr0 += r2\nr0 += r3\nr0 += r4\n"
            "r0 += r5\nexit\n",
            4326 + 0x6666 + 0x9999);
}

static void test_callback_faults(void **state)
{
    /* the helper that the callback calls ends the run: registers are the callback's */
    faults(*state,
           SAVED "r1 = subprog[f]\nr2 = 11\nr3 = 12\ncall call5\nexit\n"
                 "f: r6 = 1\nr8 = 2\nr0 = 3\ncall give_up\nexit\n",
           SKEP_E_HELPER_ABORT, 13, 1);
    /* two callbacks deep, the inner one of what is no function */
    faults(*state,
           SAVED "r1 = subprog[f]\nr2 = 11\nr3 = 12\ncall call5\nexit\n"
                 "f: r7 = 5\nr0 = 4\nr1 = 99\ncall call5\nexit\n",
           SKEP_E_CALLBACK, 13, 1);
    /* no fuel in the callback */
    assert_int_equal(ends_alike(*state,
                                SAVED "r1 = subprog[f]\nr2 = 11\ncall call5\nexit\n"
                                      "f: r7 = 5\nagain: goto again\nexit\n",
                                50)
                         .fault.code,
                     SKEP_E_FUEL);
}

/* There is no callback, and the registers are those of who called the helper. */
static void test_no_callback(void **state)
{
    faults(*state, SAVED "r0 = 70\nr1 = 0x1234\nr2 = 2\nr5 = 5\ncall call5\nexit\n",
           SKEP_E_CALLBACK, 8, 0);
    faults(*state,
           SAVED "r1 = 1\ncall f\nexit\n"
                 "f: r6 = 61\nr8 = 81\nr0 = 70\nr1 = 0x1234\nr2 = r6\ncall call5\nexit\n",
           SKEP_E_CALLBACK, 12, 1);
}

static void test_abort(void **state)
{
    faults(*state, SAVED ARGS "r0 = 70\ncall give_up\nexit\n", SKEP_E_HELPER_ABORT, 10,
           0);
    faults(*state, SAVED "r0 = 70\ncall nothing\ncall give_up\nexit\n",
           SKEP_E_HELPER_ABORT, 6, 0);
    faults(*state,
           SAVED "r1 = subprog[f]\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 13\nr0 = 70\ncall call5\n"
                 "exit\nf: r0 = 1\nr6 = 2\nr9 = 3\nexit\n",
           SKEP_E_HELPER_ABORT, 11, 0);
}

static void test_tail_call(void **state)
{
    struct host *host = *state;

    skep_prog_free(host->target);
    host->target =
        load_native_text(host->vm, "r6 = 1\nr7 = 2\nr0 = r6\nr0 += r7\nexit\n");
    returns(host, SAVED "call tail\nr0 = 99\nexit\n", 3);
    /* the frame below has its registers, and is again in its own program: a callback of it */
    returns(
        host,
        SAVED
        "call f\nr0 += r6\nr0 += r7\nr6 = r0\nr1 = subprog[g]\nr2 = 1000\ncall call5\n"
        "r0 += r6\nr0 += r8\nr0 += r9\nexit\n"
        "f: r6 = 5\nr8 = 6\ncall tail\nr0 = 99\nexit\n"
        "g: r0 = r1\nexit\n",
        3 + 0x6666 + 0x7777 + 1000 + 0x8888 + 0x9999);
}

static void test_fuel_and_stop(void **state)
{
    static const char text[] = SAVED ARGS "r0 = 70\ncall weigh\ncall nothing\nexit\n";
    static const char stops[] = SAVED "call stop\nr0 = 70\nr3 = 3\ncall weigh\nexit\n";
    struct skep_result res = ends_alike(*state, text, 1);

    assert_int_equal(res.fault.code, SKEP_E_FUEL);
    assert_int_equal(res.fault.pc, 11);
    assert_int_equal(ends_alike(*state, text, 2).fault.code, SKEP_OK);
    res = ends_alike(*state, stops, 0);
    assert_int_equal(res.fault.code, SKEP_E_STOPPED);
    assert_int_equal(res.fault.pc, 7);
}

/* ---- Where helpers lie -------------------------------------------------------------- */

static const struct skep_native_reloc *find_reloc(const skep_native *native,
                                                  int64_t helper, int *found)
{
    const struct skep_native_reloc *relocs, *reloc = NULL;
    size_t count;

    *found = 0;
    relocs = skep_native_relocs(native, &count);
    for (size_t i = 0; i < count; i++) {
        if (relocs[i].helper != helper)
            continue;
        reloc = &relocs[i];
        ++*found;
    }
    return reloc;
}

/* Whether the call at a relocation is in its long form, through a register. */
static int is_long(const skep_native *native, const struct skep_native_reloc *reloc)
{
    size_t len;
    const uint8_t *code = skep_native_code(native, &len);

    assert_true(reloc->offset + CALL_BYTES <= len);
    code += reloc->offset;
#if defined(__x86_64__)
    return code[0] == 0x48; /* mov rax, imm64 */
#else
    return code[3] >> 2 != 0x94 >> 2;   /* no bl */
#endif
}

/* Each helper has one relocation, however often it is called, and what is near is called in the
 * short form. */
static void test_relocations(void **state)
{
    struct host *host = *state;
    skep_prog *prog = load_native_text(
        host->vm, "call weigh\ncall weigh\ncall far\ncall far\ncall weigh\nexit\n");

    for (int i = 0; i < KINDS; i++) {
        const skep_native *native =
            skep_prog_native(prog, (enum skep_native_flags)kinds[i].native);
        int calls = kinds[i].native != SKEP_NATIVE_CHECKED, found;
        const struct skep_native_reloc *reloc = find_reloc(native, 1, &found);

        assert_int_equal(found, calls);
        if (!calls)
            continue;
        assert_string_equal(reloc->name, "weigh");
        if (IN_REACH)
            assert_false(is_long(native, reloc));
        reloc = find_reloc(native, 8, &found);
        assert_int_equal(found, 1);
        assert_string_equal(reloc->name, "far");
        assert_true(is_long(native, reloc));
    }
    skep_prog_free(prog);
}

static void test_far(void **state)
{
    returns(*state,
            SAVED
            "r1 = 40\nr2 = 2\ncall far\nr0 += r6\nr0 += r1\nr1 = r0\nr2 = 1\ncall far\n"
            "exit\n",
            43 + 0x6666);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_saved_registers),
        cmocka_unit_test(test_registers_behind),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_alignment_in_callbacks),
        cmocka_unit_test(test_callback),
        cmocka_unit_test(test_callback_faults),
        cmocka_unit_test(test_no_callback),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_tail_call),
        cmocka_unit_test(test_fuel_and_stop),
        cmocka_unit_test(test_relocations),
        cmocka_unit_test(test_far),
    };

    return native_is_here() ? cmocka_run_group_tests(tests, set_up, tear_down) : SKIPPED;
}
