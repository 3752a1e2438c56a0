/* The live Linux kernel as a test oracle, through raw bpf(2).
 *
 * Tests ask the kernel what a program means (run it and compare registers and memory),
 * how its text reads (the verifier's log), and whether it is accepted.  Nothing here
 * knows skep: instructions are plain 8-byte slots, so that an array of the library's own
 * slots is passed as it is, and no answer can come from the code under test.
 *
 * A test first calls oracle_available() and is skipped with the printed reason when
 * bpf(2) is not permitted.  A life cycle:
 *
 *     struct oracle_prog prog = { .type = ORACLE_SYSCALL, .insns = slots, .count = n };
 *     uint64_t ctx[2] = { 2, 3 };
 *     struct oracle_io io = { .ctx = ctx, .ctx_size = sizeof(ctx) };
 *     int fd = oracle_load(&prog, NULL);
 *
 *     if (fd >= 0 && oracle_run(fd, &io) == 0)
 *         use(io.retval, ctx);
 *     oracle_close(fd);
 *
 * Functions that return int give 0 (or a descriptor) or a negative errno, as the kernel
 * gave it; on failure the outputs are untouched, logs excepted.  Descriptors belong to
 * the caller.  All functions may be called from many threads at once. */
#ifndef ORACLE_KERNEL_H
#define ORACLE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* One slot, as in memory on a little-endian host (RFC 9669, section 3). */
struct oracle_insn {
    uint8_t code;
    uint8_t regs; /* destination in the low nibble, source in the high one */
    int16_t off;
    int32_t imm;
};

/* Program types by the kernel's numbers; any other number of the kernel's list is
 * accepted as well. */
enum oracle_type {
    ORACLE_SOCKET_FILTER = 1,
    ORACLE_SCHED_CLS = 3,
    ORACLE_XDP = 6,
    ORACLE_CGROUP_DEVICE = 15, /* loads, but the kernel has no test run for it */
    ORACLE_SYSCALL = 31,
};

/* A program to load.  All pointers are borrowed for the call.  Functions whose address the
 * program takes, for callbacks, need no more than that: what else the kernel wants to know of
 * them is made up. */
struct oracle_prog {
    uint32_t type;     /* enum oracle_type */
    uint32_t flags;    /* BPF_F_*; BPF_F_SLEEPABLE is added for ORACLE_SYSCALL, which
                        * the kernel insists on */
    const void *insns; /* `count` slots of 8 bytes, no alignment needed */
    uint32_t count;
    const int *fds; /* map descriptors that the map-index forms of lddw select from,
                     * or NULL */
};

/* Where the verifier's log goes: level 1 is the path to a refusal, 2 is everything.  The
 * text is NUL-terminated, and empty when the kernel wrote none.  A log that does not fit
 * makes the load fail with -ENOSPC, even of a good program. */
struct oracle_log {
    char *text;
    uint32_t size; /* bytes at `text`, at least 128 */
    uint32_t level;
};

/* Input and output of one run.  A SYSCALL program has a context and no packet: `ctx` is
 * what its r1 points to, read and written back (at most 65,535 bytes, and no less than
 * the program may access).  Packet types have a packet and perhaps a context (struct
 * __sk_buff or xdp_md); both are read and written back. */
struct oracle_io {
    void *ctx; /* or NULL */
    uint32_t ctx_size;
    void *data;         /* the packet, or NULL for a type without */
    uint32_t data_size; /* its length, at least 14; the new length afterwards */
    uint32_t data_max;  /* room at `data`; 0 means data_size */
    uint32_t retval;    /* the low half of r0 at the exit */
};

/* What the kernel tells of a loaded program. */
struct oracle_info {
    uint8_t tag[8];       /* start of the digest of its instructions: SHA-256 since Linux
                           * 6.18, SHA-1 before */
    uint32_t xlated_size; /* bytes of instructions after the verifier's rewriting */
    uint32_t jited_size;  /* bytes of machine code, 0 without a JIT */
};

/* A map to create; the fields as in bpf(2). */
struct oracle_map {
    uint32_t type, key_size, value_size, max_entries, flags;
};

/* Tell whether programs can be loaded and run here: loads and runs a trivial one.
 * Returns 1, or 0 and a printable reason of at most `size` bytes. */
int oracle_available(char *reason, size_t size);

/* Tell whether the kernel is available and has all instructions that skep has, as Linux 6.18
 * does; older ones refuse some.  Returns as oracle_available(). */
int oracle_is_complete(char *reason, size_t size);

/* Load `prog`, with a log or (the fast way) with NULL.  Returns a descriptor. */
int oracle_load(const struct oracle_prog *prog, struct oracle_log *log);

/* Run a loaded program once. */
int oracle_run(int fd, struct oracle_io *io);

/* Read tag and sizes of a loaded program. */
int oracle_info(int fd, struct oracle_info *info);

/* Create a map.  Returns a descriptor. */
int oracle_map(const struct oracle_map *map);

/* Write and read the value of key 0 (a u32) of a map, all of it. */
int oracle_map_write(int fd, const void *value);
int oracle_map_read(int fd, void *value);

/* Close a descriptor; a negative one is ignored, so that results need no check. */
void oracle_close(int fd);

/* Disassemble with the kernel's own routine: load `prog` with the full log and call
 * `line` once for each instruction that the log names, in the log's order, with its slot
 * and its text (`(b7) r0 = 7`).  The second slot of a wide instruction has no line.
 *
 * Since Linux 6.15 the log lists the whole program before the verifier walks it, so that
 * a program that is refused on the walk has all its lines too; older kernels print what
 * the walk visits, the refused instruction included.  A program that is refused earlier
 * (unknown opcode, reserved field, bad jump, unreachable code) has none.
 *
 * Returns 0 when the program was accepted, or the negative errno of its refusal: lines
 * may have come all the same. */
int oracle_text(const struct oracle_prog *prog,
                void (*line)(void *user, uint32_t pc, const char *text), void *user);

/* The lines of a log at hand (level 2, NUL-terminated), as oracle_text() picks them, for
 * a program of `count` slots.  Fails with -ENOMEM only. */
int oracle_log_lines(const char *log, uint32_t count,
                     void (*line)(void *user, uint32_t pc, const char *text), void *user);

/* Programs over registers: wrap.c.
 *
 * A *body* is a piece of code that starts with given values in r0-r9 and 64 bytes of
 * given memory on its stack, and whose registers and memory at its exit are the result.
 * oracle_wrap() makes a SYSCALL program of it whose context is a struct oracle_state: a
 * prologue loads everything, an epilogue stores everything.  The same instruction stream
 * runs on any other engine with r1 = the address of a state, and must leave the same
 * state behind.
 *
 * A body is an ordinary program: it ends with `exit` and may leave in several places.
 * Local functions may follow its first function; their frames are their own.  Jumps and
 * calls inside the body need no change.  Its first function
 *   - has its memory at r10-64 .. r10-1 (state.mem[0] is the byte at r10-64);
 *   - must not touch r10-80 .. r10-65, where the wrapper keeps its own;
 *   - finds the stack below r10-80 unset;
 *   - must leave a readable number in each of r0-r9 (after a call, r1-r5 are not), and
 *     no address in registers or memory, as addresses differ between engines.
 * Slot PC of the body is slot ORACLE_BODY_AT + PC of the wrapped program. */
enum {
    ORACLE_REGS = 10,
    ORACLE_MEM = 64,
    ORACLE_BODY_AT = 59,
    ORACLE_BODY_MAX = 32000,
};

struct oracle_state {
    uint64_t reg[ORACLE_REGS];
    uint8_t mem[ORACLE_MEM];
};

/* Wrap the `count` slots of `body` into `out`, which holds `max` slots.  Returns the
 * length of the wrapped program, ORACLE_BODY_AT + count, or 0 when it does not fit or
 * when the body is empty or longer than ORACLE_BODY_MAX. */
uint32_t oracle_wrap(const void *body, uint32_t count, struct oracle_insn *out,
                     uint32_t max);

/* Wrap a body, load it once, and run it on each of the `n` states in place. */
int oracle_run_body(const void *body, uint32_t count, struct oracle_state *states,
                    uint32_t n);

#endif
