/* skep: an eBPF virtual machine for user space.
 *
 * Life cycle, without error handling (examples/embed.c has it):
 *
 *     skep_vm *vm;
 *     skep_prog *prog;
 *     struct skep_err err;
 *     struct skep_result res = { .size = sizeof(res) };
 *
 *     skep_vm_new(NULL, &vm, &err);                   an instance: helpers, types, memory
 *     skep_load(vm, text, len, NULL, &prog, &err);    slots, hex or assembly: a program
 *     skep_run(prog, &(struct skep_run_opts){ .size = sizeof(struct skep_run_opts),
 *                                             .ctx = packet, .ctx_len = n }, &res, &err);
 *     printf("r0 = %llu\n", (unsigned long long)res.r0);
 *     skep_prog_free(prog);
 *     skep_vm_free(vm);
 *
 * Rules that hold everywhere
 *
 * - State hangs off handles; the library has no writable globals and prints nothing.
 * - A loaded program never changes: any number of threads may run it at the same time. A
 *   skep_vm may load from one thread at a time, and outlives its programs.
 * - Functions that can fail return enum skep_code and fill *err (which may be NULL). On
 *   failure their other outputs are left alone, unless their comment says otherwise.
 * - Options and results begin with `size` = sizeof of the struct as the caller was compiled;
 *   fields added later then read as 0. A NULL options pointer means all zero.
 * - Where nothing else is said, pointers are borrowed for the call only.
 * - pc counts 8-byte slots from the program's start; a 64-bit load takes two. */
#ifndef SKEP_H
#define SKEP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SKEP_API __attribute__((visibility("default")))
#else
#define SKEP_API
#endif

/* ---- Errors ----------------------------------------------------------------------- */

/* What went wrong: one constant per row of skep_err.def. */
enum skep_code {
    SKEP_OK = 0,
#define SKEP_ERR(id, kind, text) SKEP_##id,
#include "skep_err.def"
#undef SKEP_ERR
    SKEP_CODE_COUNT
};

/* Whose fault it is. The values are the exit statuses of the command. */
enum skep_kind {
    SKEP_KIND_OK = 0,
    SKEP_KIND_REFUSED = 1,   /* a proof was wanted and there is none */
    SKEP_KIND_USAGE = 2,     /* the caller's arguments */
    SKEP_KIND_MALFORMED = 3, /* the input */
    SKEP_KIND_FAULT = 4,     /* the program, while it ran */
    SKEP_KIND_SYSTEM = 5,    /* the machine: memory, input and output */
};

/* What `where` of an error counts. */
enum skep_at {
    SKEP_AT_NOTHING,
    SKEP_AT_SLOT, /* instruction slots from the program's start */
    SKEP_AT_BYTE, /* bytes from the input's start */
    SKEP_AT_PART, /* the same; the message names the part of the file and the offset */
    SKEP_AT_TEXT, /* line and column of a text, both from 1 */
};

#define SKEP_MESSAGE_MAX 256

struct skep_err {
    enum skep_code code;
    enum skep_at at;
    uint64_t where;                 /* slot or byte */
    uint32_t line, column;          /* SKEP_AT_TEXT */
    char message[SKEP_MESSAGE_MAX]; /* one line, NUL-terminated, without the position */
};

/* The name of a code, such as "E_BAD_OPCODE", and its kind. Static strings; any thread.
 */
SKEP_API const char *skep_code_name(enum skep_code code);
SKEP_API enum skep_kind skep_code_kind(enum skep_code code);

/* The library's version, "MAJOR.MINOR.PATCH". */
SKEP_API const char *skep_version(void);

/* ---- Memory ----------------------------------------------------------------------- */

/* Allocates (ptr NULL), resizes, or frees (new_size 0) a block, like realloc(3); old_size
 * is what was asked for last. Returns NULL when there is no memory; the old block then
 * stays. Blocks are aligned for any object. Called only from within calls that take the
 * vm or its programs. */
typedef void *(*skep_alloc_fn)(void *ctx, void *ptr, size_t old_size, size_t new_size);

/* ---- Helpers: functions of the host that a program calls -------------------------- */

typedef struct skep_call skep_call; /* one call in progress */
typedef struct skep_prog skep_prog; /* a loaded program */

/* A helper gets the program's r1 to r5 and the call; what it returns becomes r0. It runs
 * on the thread of skep_run, may be called from several threads at a time, and must not
 * longjmp. */
typedef uint64_t (*skep_helper_fn)(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                                   uint64_t a5, skep_call *call);

/* What an argument is. Checked runs verify memory arguments before the call. */
enum skep_arg {
    SKEP_ARG_NONE,      /* not looked at; also ends the list */
    SKEP_ARG_ANY,       /* any number */
    SKEP_ARG_CTX,       /* the context that the program was given */
    SKEP_ARG_MEM_READ,  /* memory that the helper reads; its length is the next argument
                           if that is a SIZE, else arg_size */
    SKEP_ARG_MEM_WRITE, /* memory that the helper fills; of a context within one field */
    SKEP_ARG_SIZE,      /* length in bytes of the memory argument before it, not 0 */
    SKEP_ARG_SIZE0, /* the same, may be 0 (the memory argument is then not looked at) */
};

enum skep_ret {
    SKEP_RET_NUMBER, /* any number */
    SKEP_RET_VOID,   /* nothing; r0 becomes 0 */
    SKEP_RET_MEM, /* 0, or the address of ret_size bytes that the run may now use; a run
                        has room for 30 such regions */
};

struct skep_helper {
    uint32_t id;      /* the immediate of the call instruction */
    const char *name; /* as programs in text name it */
    skep_helper_fn fn;
    enum skep_arg arg[5];
    uint32_t arg_size[5]; /* of memory arguments without a SIZE behind them */
    enum skep_ret ret;
    uint32_t ret_size;
};

/* The `user` pointer of the run that the call belongs to. */
SKEP_API void *skep_call_user(const skep_call *call);

/* Whether the program may read (or write) `len` bytes at `addr`: 1 or 0. For helpers whose
 * memory arguments the prototype cannot describe; ask before reading or filling memory, for
 * this also makes stack bytes 0 that the program never wrote. (Reading such bytes counts, and
 * is denied in strict runs.) On unchecked runs always 1. */
SKEP_API int skep_call_readable(const skep_call *call, uint64_t addr, uint64_t len);
SKEP_API int skep_call_writable(const skep_call *call, uint64_t addr, uint64_t len);

/* Ends the run with SKEP_E_HELPER_ABORT once the helper returns. `why` is copied (escaped, cut
 * at 80 bytes). */
SKEP_API void skep_call_abort(skep_call *call, const char *why);

/* Calls a function of the program, whose address the program handed over (`rD = subprog[..]`;
 * RFC 9669, 5.4), with r1 to r5 = args. On SKEP_OK its r0 is in *r0. Else the run ends with
 * that fault once the helper returns, which it must do at once. Costs the function's slots of
 * fuel and one of the 8 frames. */
SKEP_API enum skep_code skep_call_function(skep_call *call, uint64_t function,
                                           const uint64_t args[5], uint64_t *r0);

/* Once the helper returns, the run goes on in `target`, from its first slot and with r1 (and
 * r2) as they were when the run began, in place of the calling function: its frame is used
 * again, and what `target` returns is what that function returns. Costs the slots of the
 * target's first function. Asked again, the last target counts. Returns 1 if so. 0: not
 * possible, and nothing changes: 33 tail calls were made in this run (Linux's limit), the
 * target is of another program type, or was loaded without code of the kind that is running.
 * `target` must live until the run ends. */
SKEP_API int skep_call_tail(skep_call *call, const skep_prog *target);

/* ---- Program types: the layout of the context ------------------------------------- */

enum skep_field_flags {
    SKEP_FIELD_WRITE = 1, /* programs may write it */
};

struct skep_field {
    const char *name;
    uint32_t offset; /* in bytes */
    uint32_t size;   /* 1, 2, 4 or 8: a number; else an array of bytes */
    uint32_t flags;  /* enum skep_field_flags */
};

/* A program of a type gets the address of its context in r1. Without a type ("raw") it
 * gets the memory's address in r1 and its length in r2, and may write to all of it. Of a
 * context it may write the fields that say so, and all if ctx_size is 0: any size will do. */
struct skep_type {
    const char *name;
    uint32_t ctx_size;
    const struct skep_field *fields;
    size_t field_count;
};

/* ---- The instance ----------------------------------------------------------------- */

typedef struct skep_vm skep_vm;

struct skep_vm_opts {
    size_t size;
    skep_alloc_fn alloc; /* NULL: malloc(3) */
    void *alloc_ctx;
    const struct skep_helper *helpers; /* copied, the names too */
    size_t helper_count;
    const struct skep_type *types; /* beside the built-in ones; copied */
    size_t type_count;
};

/* Makes an instance. *vm is the caller's, for skep_vm_free. */
SKEP_API enum skep_code skep_vm_new(const struct skep_vm_opts *opts, skep_vm **vm,
                                    struct skep_err *err);

/* Frees an instance whose programs are freed already. NULL does nothing. */
SKEP_API void skep_vm_free(skep_vm *vm);

/* The program types that the instance knows, built-in ones first; NULL past the last. */
SKEP_API const struct skep_type *skep_vm_type(const skep_vm *vm, size_t index);
/* The type of that name, or NULL. */
SKEP_API const struct skep_type *skep_vm_find_type(const skep_vm *vm, const char *name);
/* The names that skep_load_opts.type may have: "raw", those of Linux as bpftool writes them, of
 * which some have a layout, and the instance's own; NULL past the last. vm NULL: without own. */
SKEP_API const char *skep_vm_type_name(const skep_vm *vm, size_t index);

/* Sets a field of a context in memory (ctx_len bytes at ctx) from text: a number as C
 * writes it, also negative, that fits the field; or for a byte array hexadecimal digits.
 */
SKEP_API enum skep_code skep_ctx_set(const struct skep_type *type, void *ctx,
                                     size_t ctx_len, const char *field, const char *value,
                                     struct skep_err *err);

/* ---- Programs --------------------------------------------------------------------- */

enum skep_format {
    SKEP_FORMAT_AUTO,
    SKEP_FORMAT_RAW,   /* little-endian slots of 8 bytes, RFC 9669, 3 */
    SKEP_FORMAT_HEX,   /* the same as hexadecimal digits, blanks between bytes allowed */
    SKEP_FORMAT_ARRAY, /* C: numbers or struct initialisers between braces */
    SKEP_FORMAT_ASM,   /* assembly text, the kernel's or LLVM's */
    SKEP_FORMAT_ELF,   /* a relocatable object, machine EM_BPF */
};

/* What runs a program. */
enum skep_engine {
    SKEP_ENGINE_AUTO, /* native code, where this machine has a compiler and grants memory for
                         code; else the interpreter */
    SKEP_ENGINE_INTERP,
    SKEP_ENGINE_JIT, /* native code; loading fails where that cannot be */
};

/* Native code: for which runs it is made, and how. */
enum skep_native_flags {
    SKEP_NATIVE_CHECKED = 1,   /* for runs that check every access */
    SKEP_NATIVE_UNCHECKED = 2, /* for SKEP_RUN_UNCHECKED */
    SKEP_NATIVE_UNMETERED =
        4, /* for SKEP_RUN_UNCHECKED and SKEP_RUN_UNMETERED together */
    /* Constants of the program do not stand in the code (against code reuse: a program's
     * author cannot choose what the code's bytes say when jumped into). */
    SKEP_NATIVE_BLIND = 8,
    /* endbr64 or bti c where an indirect call may land. Neither flag: where the platform checks
     * them, which Linux does nowhere today: on x86-64 not in user space, on arm64 only in pages
     * that ask for it. */
    SKEP_NATIVE_PADS = 16,
    SKEP_NATIVE_NO_PADS = 32,
    /* Code is announced, so that functions have names: in /tmp/perf-PID.map and
     * ./jit-PID.dump (perf), and through GDB's JIT interface. Where it cannot be, programs are
     * loaded nevertheless: skep_native_announce_err. */
    SKEP_NATIVE_PERF_MAP = 64,
    SKEP_NATIVE_JITDUMP = 128,
    SKEP_NATIVE_GDB = 256,
    /* For skep_compile: UNMETERED code that stands alone, for skep_native_object. Helpers are
     * C functions that the linker finds. */
    SKEP_NATIVE_OBJECT = 512,
};

struct skep_load_opts {
    size_t size;
    enum skep_format format;
    const char
        *name; /* the program's name; NULL: none. Copied, cut at 63 bytes. In an object
                            also the program to take; NULL: its only one */
    const char *
        type; /* name of a program type, see skep_vm_type_name; NULL: raw; in an object as
                            its section says */
    const char *section; /* in an object: the section to take; NULL: any */
    enum skep_engine engine;
    uint32_t native; /* enum skep_native_flags; none of the first three: CHECKED */
};

/* Loads a program: reads `len` bytes at `data`, decodes every instruction and checks that
 * the whole is well-formed (RFC 9669, 3 to 5): known opcodes, registers, reserved fields,
 * targets of jumps and calls, no way past the end. It does not prove the program safe:
 * see skep_run. */
SKEP_API enum skep_code skep_load(skep_vm *vm, const void *data, size_t len,
                                  const struct skep_load_opts *opts, skep_prog **prog,
                                  struct skep_err *err);

/* Frees a program that no thread runs. NULL does nothing. */
SKEP_API void skep_prog_free(skep_prog *prog);

struct skep_prog_info {
    size_t size;
    const char *name;             /* "" without one; lives as long as the program */
    const struct skep_type *type; /* NULL: raw */
    uint32_t slots;               /* 8 bytes each: what bpftool calls xlated */
    uint32_t insns;               /* instructions: a 64-bit load counts once */
    uint32_t functions;           /* 1 and those that it calls */
    uint8_t tag[8]; /* SHA-256 over the slots, map references zeroed, its first 8 bytes:
                             as Linux 6.18 tags programs */
    /* Of the type, also if its layout is not known: bpftool's name, "xdp", and enum
     * bpf_prog_type; "" and 0: raw. */
    const char *type_name;
    uint32_t type_number;
    /* What an object says; else "" and 0. */
    uint32_t attach_type; /* enum bpf_attach_type */
    const char *section;
    const char *target; /* what to attach to */
    const char *license;
    uint32_t program_flags; /* enum skep_program_flags (skep_object.h) */
    uint32_t maps;          /* that it refers to */
    uint32_t lines;         /* of C that are known */
};

/* Fills *info, whose size must be set. */
SKEP_API void skep_prog_info(const skep_prog *prog, struct skep_prog_info *info);

/* The ids of the maps that the program refers to, as its listing has them; `room` of them at
 * most into ids. Returns how many there are. */
SKEP_API uint32_t skep_prog_maps(const skep_prog *prog, uint32_t *ids, uint32_t room);

/* The program's slots in memory order (info.slots of 8 bytes). Lives as long as the
 * program. */
SKEP_API const void *skep_prog_bytes(const skep_prog *prog);

/* First and one-past-last slot of function `index`; SKEP_E_ARGUMENT past the last.
 * Function 0 is the entry. */
SKEP_API enum skep_code skep_prog_function(const skep_prog *prog, uint32_t index,
                                           uint32_t *first, uint32_t *end);

/* ---- Running ---------------------------------------------------------------------- */

/* An executed instruction, or one about to be, as a trace function sees it. Addresses are
 * the program's. All of it lives for the call only. */
enum skep_trace_phase {
    SKEP_TRACE_BEFORE, /* the instruction at pc comes next */
    SKEP_TRACE_AFTER,  /* it is done, or it faulted */
};

struct skep_trace_event {
    enum skep_trace_phase phase;
    const skep_prog *prog; /* that pc counts in: another than was run after a tail call */
    uint32_t pc;
    uint32_t depth;           /* calls above this one; 0 is the entry function */
    const uint64_t *regs;     /* r0 to r10 */
    const uint64_t *old_regs; /* AFTER: r0 to r10 before the instruction */
    uint32_t next_pc;         /* AFTER: where it goes on (a tail call: in the target);
                             UINT32_MAX at the end, also of a callback, or a fault */
    enum skep_code fault;     /* AFTER: SKEP_OK unless the instruction faulted */
    /* AFTER, memory that the instruction wrote; mem_len is 0 if none */
    uint64_t mem_addr;
    uint32_t mem_len;       /* at most 8 */
    const char *mem_region; /* "stack", "ctx", "data" or a helper's name */
    int64_t mem_offset;     /* from the region's start; on the stack from r10 */
    uint8_t mem_old[8], mem_new[8];
};

/* Called around every instruction. What a callback does (skep_call_function) comes, deeper,
 * between the two events of the helper's call. Returns 0 to go on; else the run ends with
 * SKEP_E_STOPPED. */
typedef int (*skep_trace_fn)(void *ctx, const struct skep_trace_event *event);

enum skep_run_flags {
    /* An uninitialised register or stack byte that is read ends the run with a fault.
     * Without it such reads give 0 and are counted. */
    SKEP_RUN_STRICT = 1,
    /* No access is checked: for programs that the caller trusts as much as its own code.
     * A bad program run this way can crash the process or do worse. Excludes STRICT and
     * trace; CTX_READONLY means nothing then. */
    SKEP_RUN_UNCHECKED = 2,
    /* The program may read, but not write its context (raw programs may otherwise write
     * it). */
    SKEP_RUN_CTX_READONLY = 4,
    /* No fuel is counted and the stop flag is not looked at: for programs that are known to
     * end. Only with UNCHECKED. */
    SKEP_RUN_UNMETERED = 8,
    /* The interpreter runs it, whatever code there is. */
    SKEP_RUN_INTERP = 16,
};

#define SKEP_FUEL_DEFAULT ((uint64_t)1 << 32)

struct skep_run_opts {
    size_t size;
    uint32_t flags; /* enum skep_run_flags */
    void *ctx;      /* what r1 points to; may be NULL. Programs see its address */
    size_t ctx_len;
    void *data; /* the packet that legacy loads read; NULL: a raw program's ctx */
    size_t data_len;
    uint64_t fuel;   /* in slots; 0: SKEP_FUEL_DEFAULT. See struct skep_result */
    const int *stop; /* set by skep_stop, it ends the run where fuel is taken */
    void *user;      /* for helpers: skep_call_user */
    skep_trace_fn trace;
    void *trace_ctx;
};

struct skep_fault {
    enum skep_code code;   /* SKEP_OK: none, and the other fields mean nothing */
    const skep_prog *prog; /* where: another than was run after a tail call */
    uint32_t pc, depth;
    uint64_t regs[11];
    uint64_t addr;  /* of a memory fault */
    uint32_t len;   /* its bytes; 0 for other faults */
    uint32_t write; /* 1: it was a write */
};

/* Fuel bounds the work of a run. Each jump back costs the slots that it jumps over, each
 * call of a function the function's slots, each call of a helper 1, taken before it
 * happens. So a run executes at most `fuel` plus the program's slots. All engines count
 * alike. */
struct skep_result {
    size_t size;
    uint64_t r0;
    uint64_t fuel_left;
    uint64_t
        uninit_reads;   /* reads of registers or stack bytes never written: they gave 0 */
    uint32_t uninit_pc; /* the first such read */
    struct skep_fault fault;
    enum skep_engine engine; /* what ran it: INTERP or JIT */
};

/* Runs a program from its first slot to the outermost exit. Every access is checked
 * against the stack (512 bytes a frame, 8 frames), the context, the data and what helpers
 * granted, unless the flags say otherwise; fuel always counts. Fills *res, whose size
 * must be set; after a run-time fault (kind FAULT) r0 is 0 and fault, fuel_left and the
 * uninit counts say where the run stood. Safe on any number of threads with one program;
 * allocates nothing. */
SKEP_API enum skep_code skep_run(const skep_prog *prog, const struct skep_run_opts *opts,
                                 struct skep_result *res, struct skep_err *err);

/* Sets or clears a stop flag from any thread or signal handler. */
SKEP_API void skep_stop(int *flag, int value);

#ifdef __cplusplus
}
#endif
#endif
