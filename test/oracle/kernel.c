/* bpf(2) by hand: load, run, information, maps.
 *
 * The kernel wants the unused tail of `union bpf_attr` to be zero, hence the memset in
 * each function.  Nothing but fields that Linux 5.14 already had is used: that is the
 * first kernel with SYSCALL programs. */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions.h"

static uint64_t user_ptr(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

/* The kernel gives up with EAGAIN or EINTR when a signal is pending; the next try is then
 * as good as the first. */
static int bpf_call(enum bpf_cmd cmd, union bpf_attr *attr)
{
    enum { TRIES = 10 };
    long r = -1;

    for (int i = 0; i < TRIES; i++) {
        r = syscall(SYS_bpf, cmd, attr, sizeof(*attr));
        if (r >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return r < 0 ? -errno : (int)r;
}

int oracle_load(const struct oracle_prog *prog, struct oracle_log *log)
{
    struct oracle_functions functions;
    union bpf_attr attr;
    int r = oracle_functions_init(&functions, prog);

    if (r)
        return r;
    memset(&attr, 0, sizeof(attr));
    attr.prog_type = prog->type;
    attr.prog_flags = prog->flags;
    if (prog->type == ORACLE_SYSCALL)
        attr.prog_flags |= BPF_F_SLEEPABLE;
    attr.insns = user_ptr(prog->insns);
    attr.insn_cnt = prog->count;
    attr.license = user_ptr("GPL");
    attr.fd_array = user_ptr(prog->fds);
    if (log) {
        log->text[0] = '\0';
        attr.log_level = log->level;
        attr.log_size = log->size;
        attr.log_buf = user_ptr(log->text);
    }
    if (functions.count) {
        attr.prog_btf_fd = (uint32_t)functions.btf;
        attr.func_info = user_ptr(functions.info);
        attr.func_info_cnt = functions.count;
        attr.func_info_rec_size = sizeof(functions.info[0]);
    }
    r = bpf_call(BPF_PROG_LOAD, &attr);
    oracle_functions_fini(&functions);
    return r;
}

/* Only types with a packet have outputs of their own: a SYSCALL program's context is
 * written back in place, and the kernel refuses to be given anything else for it. */
int oracle_run(int fd, struct oracle_io *io)
{
    union bpf_attr attr;
    int r;

    memset(&attr, 0, sizeof(attr));
    attr.test.prog_fd = (uint32_t)fd;
    attr.test.ctx_in = user_ptr(io->ctx);
    attr.test.ctx_size_in = io->ctx_size;
    if (io->data) {
        attr.test.data_in = attr.test.data_out = user_ptr(io->data);
        attr.test.data_size_in = io->data_size;
        attr.test.data_size_out = io->data_max ? io->data_max : io->data_size;
        attr.test.ctx_out = attr.test.ctx_in;
        attr.test.ctx_size_out = io->ctx_size;
    }
    r = bpf_call(BPF_PROG_TEST_RUN, &attr);
    if (r < 0)
        return r;
    if (io->data)
        io->data_size = attr.test.data_size_out;
    io->retval = attr.test.retval;
    return 0;
}

int oracle_info(int fd, struct oracle_info *info)
{
    struct bpf_prog_info kernel;
    union bpf_attr attr;
    int r;

    memset(&kernel, 0, sizeof(kernel));
    memset(&attr, 0, sizeof(attr));
    attr.info.bpf_fd = (uint32_t)fd;
    attr.info.info_len = sizeof(kernel);
    attr.info.info = user_ptr(&kernel);
    r = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
    if (r < 0)
        return r;
    memcpy(info->tag, kernel.tag, sizeof(info->tag));
    info->xlated_size = kernel.xlated_prog_len;
    info->jited_size = kernel.jited_prog_len;
    return 0;
}

int oracle_map(const struct oracle_map *map)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.map_type = map->type;
    attr.key_size = map->key_size;
    attr.value_size = map->value_size;
    attr.max_entries = map->max_entries;
    attr.map_flags = map->flags;
    return bpf_call(BPF_MAP_CREATE, &attr);
}

static int map_access(enum bpf_cmd command, int fd, const void *value)
{
    union bpf_attr attr;
    uint32_t key = 0;

    memset(&attr, 0, sizeof(attr));
    attr.map_fd = (uint32_t)fd;
    attr.key = user_ptr(&key);
    attr.value = user_ptr(value);
    return bpf_call(command, &attr);
}

int oracle_map_write(int fd, const void *value)
{
    return map_access(BPF_MAP_UPDATE_ELEM, fd, value);
}

int oracle_map_read(int fd, void *value)
{
    return map_access(BPF_MAP_LOOKUP_ELEM, fd, value);
}

void oracle_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

static const char *why_not_loaded(int error)
{
    switch (error) {
    case ENOSYS:
        return "this kernel has no bpf(2)";
    case EPERM:
    case EACCES:
        return "bpf(2) is not permitted here";
    case EINVAL:
        return "this kernel does not load SYSCALL programs (Linux 5.14)";
    default:
        return "a trivial program does not load";
    }
}

/* r0 = 0; exit */
static const struct oracle_insn trivial[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K },
    { .code = BPF_JMP | BPF_EXIT },
};

int oracle_available(char *reason, size_t size)
{
    struct oracle_prog prog = { .type = ORACLE_SYSCALL, .insns = trivial, .count = 2 };
    struct oracle_io io = { .ctx = NULL };
    int fd = oracle_load(&prog, NULL);
    int r;

    if (fd < 0) {
        snprintf(reason, size, "%s: %s", why_not_loaded(-fd), strerror(-fd));
        return 0;
    }
    r = oracle_run(fd, &io);
    oracle_close(fd);
    if (r == 0)
        return 1;
    snprintf(reason, size, "a trivial program loads but does not run: %s", strerror(-r));
    return 0;
}

/* Since Linux 6.18 tags are SHA-256 digests, and that is how one can tell. */
int oracle_is_complete(char *reason, size_t size)
{
    static const uint8_t sha256[8] = { 0x59, 0xf4, 0xa9, 0x31, 0x74, 0x4d, 0xcd, 0xc6 };
    struct oracle_prog prog = { .type = ORACLE_SYSCALL, .insns = trivial, .count = 2 };
    struct oracle_info info;
    int fd, known;

    if (!oracle_available(reason, size))
        return 0;
    fd = oracle_load(&prog, NULL);
    known =
        fd >= 0 && !oracle_info(fd, &info) && !memcmp(info.tag, sha256, sizeof(sha256));
    oracle_close(fd);
    if (!known)
        snprintf(reason, size, "this kernel is older than Linux 6.18");
    return known;
}
