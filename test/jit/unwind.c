/* The call frame information that native code comes with is true: C's own unwinder, that of
 * exceptions, finds the way from a helper through native code to main with it. So this runs where
 * no debugger does.
 *
 *     unwind
 *
 * What GDB is given is section .debug_frame of an ELF file; the unwinder wants .eh_frame, whose
 * pieces differ in one word each. Every program calls the helper look several times, and each
 * time the functions on the way must be the expected ones, and the registers of the first function
 * outside the same. */
#include <elf.h>
#include <skep_native.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include "base/bits.h"
#include "jit/jit.h"

extern void __register_frame(void *);
extern void __deregister_frame(void *);

enum { PROGRAMS = 2, KINDS = 3, SKIPPED = 77, REGISTERS = 32, FRAMES = 100 };

static const uint32_t kinds[KINDS] = { SKEP_NATIVE_CHECKED, SKEP_NATIVE_UNCHECKED,
                                       SKEP_NATIVE_UNMETERED };
static const uint32_t run_flags[KINDS] = { 0, SKEP_RUN_UNCHECKED,
                                           SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED };

static void fail(const char *what, const char *more)
{
    fprintf(stderr, "%s: %s\n", what, more);
    exit(1);
}

/* ---- The programs ------------------------------------------------------------------ */

static skep_prog *progs[PROGRAMS];
static const struct sk_native *natives[PROGRAMS];

/* The frames that each call of look is to find, besides those of C and those that functions
 * share; "|" between calls. */
static const struct {
    const char *what, *text, *want;
} cases[] = {
    { "local calls",
      "r6 = 1\n"
      "call 2\n"
      "call f\n"
      "call 2\n"
      "exit\n"
      "f: r7 = 2\n"
      "r8 = 3\n"
      "*(u64 *)(r10 - 8) = r8\n"
      "call g\n"
      "call 2\n"
      "exit\n"
      "g: r9 = 3\n"
      "may_goto out\n"
      "r1 = 0\n"
      "call 2\n"
      "out: exit\n",
      "main gate main()|subprog_2 subprog_1 main gate main()|subprog_1 main gate main()|"
      "main gate main()|" },
    { "a callback",
      "call 2\n"
      "r1 = subprog[f]\n"
      "call 3\n"
      "call 2\n"
      "exit\n"
      "f: r6 = 1\n"
      "call 2\n"
      "exit\n",
      "main gate main()|subprog_1 gate main gate main()|main gate main()|" },
    { "a tail call",
      "r6 = 1\n"
      "r7 = 1\n"
      "call 2\n"
      "call 4\n"
      "exit\n",
      "main gate main()|target/main gate main()|" },
};

static const char target_text[] = "r8 = 1\n"
                                  "call 2\n"
                                  "exit\n";

/* ---- Looking ----------------------------------------------------------------------- */

static int main_function(void);

static char found[1024];
static uint64_t
    outside[REGISTERS + 1]; /* registers of the first function outside, its CFA */
static int outside_known, looks;

/* Those that functions of C leave alone (System V ABI for x86-64, figure 3.4; AAPCS64,
 * 6.1.1), by DWARF's numbers. */
static int is_kept(int reg)
{
#if defined(__x86_64__)
    return reg == 3 || reg == 6 || (reg >= 12 && reg <= 15);
#else
    return reg >= 19 && reg <= 29;
#endif
}

struct way {
    int native, done; /* the last frame was native; main is reached */
    int frames;
    uint64_t registers[REGISTERS + 1];
};

static const char *native_name(uint64_t at, int *program)
{
    for (*program = 0; *program < PROGRAMS; ++*program) {
        const struct sk_native *native = natives[*program];
        uint64_t off = at - (uint64_t)(uintptr_t)native->exec.code;

        for (size_t i = 0; i < native->symbol_count && off < native->len; i++)
            if (off - native->symbols[i].offset < native->symbols[i].size)
                return native->symbols[i].name;
    }
    return NULL;
}

static void add(const char *program, const char *name, const char *end)
{
    size_t len = strlen(found);

    snprintf(found + len, sizeof(found) - len, "%s%s%s", program, name, end);
}

static _Unwind_Reason_Code see(struct _Unwind_Context *context, void *arg)
{
    struct way *way = arg;
    int program;
    const char *name = native_name(_Unwind_GetIP(context) - 1, &program);
    int (*function)(void) = main_function;
    uintptr_t start = _Unwind_GetRegionStart(context), main_start;

    memcpy(&main_start, &function, sizeof(main_start));
    if (way->done || ++way->frames > FRAMES)
        return _URC_END_OF_STACK;
    if (name && strcmp(name, "shared")) {
        add(program ? "target/" : "", name, " ");
    } else if (way->native) { /* the gate's caller; the last time it is the run's */
        memset(way->registers, 0, sizeof(way->registers));
        for (int reg = 0; reg < REGISTERS; reg++)
            way->registers[reg] = is_kept(reg) ? _Unwind_GetGR(context, reg) : 0;
        way->registers[REGISTERS] = _Unwind_GetCFA(context);
    } else if (start == main_start) {
        add("", "main()", "|");
        way->done = 1;
    }
    way->native = name != NULL;
    return _URC_NO_REASON;
}

static uint64_t look(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                     skep_call *call)
{
    struct way way = { 0 };

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    looks++;
    _Unwind_Backtrace(see, &way);
    if (!way.done)
        add("", "lost", "|");
    if (outside_known && memcmp(outside, way.registers, sizeof(outside)))
        fail("registers outside", found);
    memcpy(outside, way.registers, sizeof(outside));
    outside_known = 1;
    return 0;
}

static uint64_t call_back(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    uint64_t args[5] = { a2, a3, a4, a5, 0 }, r0 = 0;

    skep_call_function(call, a1, args, &r0);
    return r0;
}

static uint64_t tail(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                     skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return (uint64_t)skep_call_tail(call, progs[1]);
}

static const struct skep_helper helpers[] = {
    { .id = 2, .name = "look", .fn = look, .ret = SKEP_RET_NUMBER },
    { .id = 3,
      .name = "call_back",
      .fn = call_back,
      .arg = { SKEP_ARG_ANY },
      .ret = SKEP_RET_NUMBER },
    { .id = 4, .name = "tail", .fn = tail, .ret = SKEP_RET_NUMBER },
};

/* ---- Call frame information -------------------------------------------------------- */

/* What GDB sees of an entry (announce_gdb.c). */
struct gdb_entry {
    const struct gdb_entry *next, *prev;
    const uint8_t *file;
    uint64_t file_len;
};

/* The file's .debug_frame as .eh_frame: a CIE is known by 0, and an FDE says how far behind
 * its CIE the word that says so is. The CIE is the first piece. */
static uint8_t *eh_frame(const struct sk_native *native)
{
    const struct gdb_entry *entry = (const void *)native->announced.gdb;
    Elf64_Ehdr header;
    Elf64_Shdr section;
    uint8_t *frame;

    memcpy(&header, entry->file, sizeof(header));
    memcpy(&section, entry->file + header.e_shoff + 4 * sizeof(section), sizeof(section));
    frame = calloc(1, section.sh_size + 4);
    if (!frame)
        fail("unwind", "no memory");
    memcpy(frame, entry->file + section.sh_offset, section.sh_size);
    for (uint32_t at = 0, len; at < section.sh_size; at += 4 + len) {
        uint32_t back = at ? at + 4 : 0;

        memcpy(&len, frame + at, 4);
        memcpy(frame + at + 4, &back, 4);
    }
    return frame;
}

/* ---- Runs -------------------------------------------------------------------------- */

static skep_prog *load(skep_vm *vm, const char *text, uint32_t kind, uint32_t more)
{
    const struct skep_load_opts opts = { .size = sizeof(opts),
                                         .format = SKEP_FORMAT_ASM,
                                         .engine = SKEP_ENGINE_JIT,
                                         .native = kind | more | SKEP_NATIVE_GDB };
    struct skep_err err;
    skep_prog *prog;

    if (skep_load(vm, text, strlen(text), &opts, &prog, &err))
        fail("skep_load", err.message);
    return prog;
}

static void try_case(skep_vm *vm, size_t n, int kind, uint32_t more)
{
    const char *const texts[PROGRAMS] = { cases[n].text, target_text };
    struct skep_run_opts opts = { .size = sizeof(opts), .flags = run_flags[kind] };
    struct skep_result res = { .size = sizeof(res) };
    uint8_t *frames[PROGRAMS];
    struct skep_err err;

    for (int i = 0; i < PROGRAMS; i++) {
        progs[i] = load(vm, texts[i], kinds[kind], more);
        natives[i] = (const void *)skep_prog_native(progs[i], kinds[kind]);
        frames[i] = eh_frame(natives[i]);
        __register_frame(frames[i]);
    }
    found[0] = 0;
    outside_known = 0;
    if (skep_run(progs[0], &opts, &res, &err))
        fail(cases[n].what, err.message);
    if (strcmp(found, cases[n].want)) {
        fprintf(stderr, "kind %d, flags 0x%x, wanted %s\n", kind, more, cases[n].want);
        fail(cases[n].what, found);
    }
    for (int i = 0; i < PROGRAMS; i++) {
        __deregister_frame(frames[i]);
        free(frames[i]);
        skep_prog_free(progs[i]);
    }
}

__attribute__((noinline)) static int main_function(void)
{
    const struct skep_vm_opts opts = { .size = sizeof(opts),
                                       .helpers = helpers,
                                       .helper_count = SK_LEN(helpers) };
    struct skep_err err;
    skep_vm *vm;

    if (skep_vm_new(&opts, &vm, &err))
        fail("skep_vm_new", err.message);
    for (size_t n = 0; n < SK_LEN(cases); n++) {
        for (int kind = 0; kind < KINDS; kind++) {
            try_case(vm, n, kind, 0);
            try_case(vm, n, kind, SKEP_NATIVE_PADS | SKEP_NATIVE_BLIND);
        }
    }
    skep_vm_free(vm);
    return 0;
}

int main(void)
{
    int status;

    if (!sk_native_host()) {
        puts("skipped: there is no compiler for this machine");
        return SKIPPED;
    }
    status = main_function();
    printf("%d backtraces go through native code to main\n", looks);
    return status;
}
