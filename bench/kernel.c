/* Linux's JIT code, by raw bpf(2).
 *
 * BPF_PROG_TEST_RUN adds tens of ns to each run, which would hide small programs.  So the
 * machine code that the kernel made is read back (BPF_OBJ_GET_INFO_BY_FD) and called in
 * this process, like any other engine's.  That is possible on x86-64 for programs without
 * calls:
 *
 * - the code is position independent but for calls;
 * - of its context it reads the first two words, data and data_end;
 * - it ends in `leave; ret`, where the kernel may have `leave; jmp` to a return thunk
 *   instead of `ret`: that jump leads out of the code, and becomes a `ret`.
 *
 * Programs with calls do run by BPF_PROG_TEST_RUN, less the time of an empty program. */
#include "engine.h"
#include "timing.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CODE_MAX ((size_t)1 << 20)

/* What the kernel's code sees as its struct xdp_buff. */
struct context {
    const uint8_t *data, *data_end;
    uint64_t rest[16];
};

typedef uint64_t (*kernel_fn)(struct context *ctx);

struct kernel {
    uint8_t *code; /* NULL: runs by BPF_PROG_TEST_RUN */
    int fd, empty_fd;
};

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static uint64_t address(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

static int load(const void *slots, size_t len)
{
    union bpf_attr attr = {
        .prog_type = BPF_PROG_TYPE_XDP,
        .insns = address(slots),
        .insn_cnt = (uint32_t)(len / 8),
        .license = address("GPL"),
    };

    return bpf(BPF_PROG_LOAD, &attr);
}

static int load_empty(void)
{
    static const struct bpf_insn empty[] = {
        { .code = BPF_ALU64 | BPF_MOV | BPF_K },
        { .code = BPF_JMP | BPF_EXIT },
    };

    return load(empty, sizeof(empty));
}

/* Makes the kernel's return, wherever it is, a plain one. */
static void plain_return(uint8_t *code, size_t len)
{
    enum { LEAVE = 0xc9, JMP = 0xe9, RET = 0xc3 };

    for (size_t i = 0; i + 6 <= len; i++) {
        int32_t rel;
        int64_t target;

        memcpy(&rel, code + i + 2, sizeof(rel));
        target = (int64_t)i + 6 + rel;
        if (code[i] != LEAVE || code[i + 1] != JMP)
            continue;
        if (target < 0 || target > (int64_t)len)
            code[i + 1] = RET;
    }
}

/* Asks for what *info has room for. Returns 0, or -1 with errno set. */
static int ask_info(int fd, struct bpf_prog_info *info)
{
    union bpf_attr attr = {
        .info = {
            .bpf_fd = (uint32_t)fd,
            .info_len = sizeof(*info),
            .info = address(info),
        },
    };

    return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* Fills `code` (CODE_MAX bytes) with the program's machine code and makes it executable.
 * Returns NULL, or why not. */
static const char *fetch_code(int fd, uint8_t *code)
{
    struct bpf_prog_info info = {
        .jited_prog_insns = address(code),
        .jited_prog_len = CODE_MAX,
    };

    if (ask_info(fd, &info) != 0)
        return strerror(errno);
    if (info.jited_prog_len == 0)
        return "the kernel's JIT is off (sysctl net.core.bpf_jit_enable)";
    if (info.jited_prog_insns == 0)
        return "the kernel does not show its code (sysctl kernel.kptr_restrict)";
    plain_return(code, info.jited_prog_len);
    if (mprotect(code, CODE_MAX, PROT_READ | PROT_EXEC) != 0)
        return strerror(errno);
    return NULL;
}

uint32_t bench_kernel_code_len(const struct bench_prog *prog)
{
    int fd = load(prog->xdp.start, bench_code_len(&prog->xdp));
    struct bpf_prog_info info = { 0 };

    if (fd < 0)
        return 0;
    if (ask_info(fd, &info) != 0)
        info.jited_prog_len = 0;
    close(fd);
    return info.jited_prog_len;
}

static const char *copy_code(struct kernel *kernel)
{
    const int private_pages = MAP_PRIVATE | MAP_ANONYMOUS;
    const char *fault;
    void *code;

#if !defined(__x86_64__)
    return "its code can be called here on x86-64 only";
#endif
    code = mmap(NULL, CODE_MAX, PROT_READ | PROT_WRITE, private_pages, -1, 0);
    if (code == MAP_FAILED)
        return strerror(errno);
    fault = fetch_code(kernel->fd, code);
    if (fault != NULL)
        munmap(code, CODE_MAX);
    else
        kernel->code = code;
    return fault;
}

static void kernel_close(void *handle)
{
    struct kernel *kernel = handle;

    if (kernel->code != NULL)
        munmap(kernel->code, CODE_MAX);
    if (kernel->fd >= 0)
        close(kernel->fd);
    if (kernel->empty_fd >= 0)
        close(kernel->empty_fd);
    free(kernel);
}

static const char *prepare(struct kernel *kernel, const struct bench_prog *prog)
{
    kernel->fd = load(prog->xdp.start, bench_code_len(&prog->xdp));
    if (kernel->fd < 0)
        return errno == EPERM ? "bpf(2) is not permitted (needs root)" : strerror(errno);
    if (!bench_has_calls(prog))
        return copy_code(kernel);
    kernel->empty_fd = load_empty();
    return kernel->empty_fd < 0 ? strerror(errno) : NULL;
}

static void *kernel_open(const struct bench_prog *prog, char why[BENCH_WHY])
{
    struct kernel *kernel = malloc(sizeof(*kernel));
    const char *fault;

    if (kernel == NULL)
        abort();
    *kernel = (struct kernel){ .fd = -1, .empty_fd = -1 };
    fault = prepare(kernel, prog);
    if (fault == NULL)
        return kernel;
    snprintf(why, BENCH_WHY, "%s", fault);
    kernel_close(kernel);
    return NULL;
}

static uint64_t run_code(const uint8_t *code, uint64_t reps, uint32_t *result)
{
    struct context ctx = { bench_frame, bench_frame + sizeof(bench_frame), { 0 } };
    kernel_fn fn = (kernel_fn)(uintptr_t)code;
    uint64_t start = time_now_ns(), r0 = 0;

    for (uint64_t i = 0; i < reps; i++)
        r0 = fn(&ctx);
    *result = (uint32_t)r0;
    return time_now_ns() - start;
}

/* Runs the program `reps` times in the kernel; returns the ns that took, all included. */
static uint64_t test_run(int fd, uint64_t reps, uint32_t *result)
{
    uint64_t start = time_now_ns();
    union bpf_attr attr;

    do {
        memset(&attr, 0, sizeof(attr));
        attr.test.prog_fd = (uint32_t)fd;
        attr.test.data_in = address(bench_frame);
        attr.test.data_size_in = sizeof(bench_frame);
        attr.test.repeat = (uint32_t)reps;
        if (bpf(BPF_PROG_TEST_RUN, &attr) == 0) {
            *result = attr.test.retval;
            return time_now_ns() - start;
        }
    } while (errno == EINTR);
    perror("BPF_PROG_TEST_RUN");
    exit(EXIT_FAILURE);
}

static uint64_t kernel_run(void *handle, uint64_t reps, uint32_t *result)
{
    const struct kernel *kernel = handle;
    uint64_t empty, whole;
    uint32_t ignored;

    if (kernel->code != NULL)
        return run_code(kernel->code, reps, result);
    empty = test_run(kernel->empty_fd, reps, &ignored);
    whole = test_run(kernel->fd, reps, result);
    return whole > empty ? whole - empty : 1;
}

const struct bench_engine bench_kernel = { "kernel", kernel_open, kernel_run,
                                           kernel_close };
