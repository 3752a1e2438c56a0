/* Reading a file whole: by read(2), into memory of our own, so that nobody can change what was
 * checked. A file that changes while it is read is refused. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/object.h"
#include "base/escape.h"
#include "base/sysreason.h"

enum { FIRST_READ = 64 << 10, FILE_MAX = 1 << 30 /* bytes */ };

struct reading {
    const struct sk_mem *mem;
    const char *path;
    int fd;
    uint8_t *bytes;
    size_t len, cap;
    struct skep_err *err;
};

static enum skep_code fail_file(const struct reading *r, const char *what)
{
    char path[96];

    return sk_fail(r->err, E_FILE, sk_at_nothing(),
                   sk_escape(path, sizeof(path), r->path, strlen(r->path)), what);
}

static enum skep_code fail_system(const struct reading *r)
{
    char room[SK_SYSREASON];

    return fail_file(r, sk_sysreason(errno, room));
}

/* Reads some bytes, waiting for them if need be; 0 at the end, -1 with errno set. */
static ssize_t read_some(int fd, void *at, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, at, size);
        struct pollfd waited = { .fd = fd, .events = POLLIN };

        if (n >= 0 || (errno != EINTR && errno != EAGAIN))
            return n;
        if (errno == EAGAIN && poll(&waited, 1, -1) < 0 && errno != EINTR)
            return -1;
    }
}

static enum skep_code read_all(struct reading *r, size_t expected)
{
    size_t want = expected + 1 > FIRST_READ ? expected + 1 : FIRST_READ;
    ssize_t n = 1;

    while (n > 0) {
        if (r->len == r->cap)
            SK_TRY(sk_mem_grow(r->mem, &r->bytes, &r->cap, r->len, want, 1, r->err));
        want = FIRST_READ;
        n = read_some(r->fd, r->bytes + r->len, r->cap - r->len);
        if (n < 0)
            return fail_system(r);
        r->len += (size_t)n;
        if (r->len > FILE_MAX)
            return fail_file(r, "it is longer than 1 GiB, which is the limit");
    }
    return SKEP_OK;
}

static int is_same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static enum skep_code read_open(struct reading *r)
{
    struct stat before, after;

    if (fstat(r->fd, &before) != 0)
        return fail_system(r);
    if (!S_ISREG(before.st_mode) && !S_ISFIFO(before.st_mode))
        return fail_file(r, "it is neither a file nor a FIFO");
    if (before.st_size > FILE_MAX)
        return fail_file(r, "it is longer than 1 GiB, which is the limit");
    SK_TRY(read_all(r, S_ISREG(before.st_mode) ? (size_t)before.st_size : 0));
    if (!S_ISREG(before.st_mode))
        return r->len ? SKEP_OK : fail_file(r, "it is a FIFO that nobody writes to");
    if (fstat(r->fd, &after) != 0)
        return fail_system(r);
    if (!is_same(&before, &after) || (uint64_t)after.st_size != r->len)
        return fail_file(r, "it changed while it was read");
    return SKEP_OK;
}

static enum skep_code read_file(struct reading *r)
{
    enum skep_code code;

    /* without waiting: a FIFO that nobody writes to ends at once */
    r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r->fd < 0)
        return fail_system(r);
    code = read_open(r);
    close(r->fd);
    return code;
}

/* The object's bytes, in a block of exactly their size. */
static enum skep_code read_exactly(struct reading *r)
{
    uint8_t *fitted;

    SK_TRY(read_file(r));
    fitted = sk_mem_resize(r->mem, r->bytes, r->cap, r->len, 1);
    if (!fitted)
        return sk_fail(r->err, E_NO_MEMORY, sk_at_nothing(), r->len);
    r->bytes = fitted;
    r->cap = r->len;
    return SKEP_OK;
}

enum skep_code skep_object_open_file(skep_vm *vm, const char *path,
                                     const struct skep_object_opts *opts,
                                     skep_object **object, struct skep_err *err)
{
    struct skep_object_opts o;
    struct reading r = { .path = path, .err = err };
    enum skep_code code;
    int kept = errno;

    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_need(path, "path", err));
    SK_TRY(sk_api_need(object, "object", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_object_opts", err));
    r.mem = &vm->mem;
    code = read_exactly(&r);
    errno = kept;
    if (code) {
        sk_mem_free(&vm->mem, r.bytes, r.cap, 1);
        return code;
    }
    if (!o.name)
        o.name = path;
    return sk_api_object_open(vm, r.bytes, r.len, &o, object, err);
}
