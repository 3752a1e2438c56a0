/* Memory for code, three system calls for each: all of it is mapped without any right,
 * what lies between the guard pages becomes writable, and later executable instead.
 *
 * A mapping near the library's code lets calls of it be short. The kernel takes an
 * address as a hint and goes elsewhere if something lies there already; where it goes is
 * far away if the library is part of the program file. So hints are scattered over a
 * range near the library, by what differs from mapping to mapping: the struct's address
 * and the length. If a place is taken, the clock chooses the next one. */
#define _DEFAULT_SOURCE
#include "jit/execmem.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/sysreason.h"

#define GIB ((uint64_t)1 << 30)

enum { TRIES = 4 };

static enum skep_code refused(const char *call, int number, struct skep_err *err)
{
    char room[SK_SYSREASON];

    return sk_fail(err, E_EXEC_MEMORY, sk_at_nothing(), call, sk_sysreason(number, room));
}

/* A multiple of the page size within 1 GiB, scattered by the seed. */
static uint64_t scatter(uint64_t seed, size_t page)
{
    /* The finishing step of SplitMix64: every bit of the result depends on all of x. */
    uint64_t x = seed;

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return x % GIB & ~(uint64_t)(page - 1);
}

/* Where to ask for memory: below `near`, or above if there is hardly anything below. Half
 * a GiB is left out, for what grows beside the library: the heap, further libraries. */
static void *hint(uint64_t near, uint64_t distance, size_t len, size_t page)
{
    uint64_t at = near & ~(uint64_t)(page - 1);

    if (len > GIB / 2)
        return NULL;
    at = at > 2 * GIB ? at - distance - GIB / 2 : at + distance + GIB / 2;
    return (void *)(uintptr_t)at;
}

static int is_near(const void *map, size_t len, uint64_t near)
{
    uint64_t first = (uint64_t)(uintptr_t)map, end = first + len;

    return first < near ? near - first < 2 * GIB : end - near < 2 * GIB;
}

static void *map_at(void *at, size_t len)
{
    return mmap(at, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Maps `len` bytes without any right, near if that works. MAP_FAILED: errno says why. */
static void *reserve(const struct sk_exec *exec, size_t len, uint64_t near, size_t page)
{
    uint64_t seed = (uint64_t)(uintptr_t)exec ^ (uint64_t)len << 40;
    struct timespec now;

    if (!near)
        return map_at(NULL, len);
    for (int try = 1;; try++) {
        void *map = map_at(hint(near, scatter(seed, page), len, page), len);

        if (map == MAP_FAILED || is_near(map, len, near) || try == TRIES)
            return map;
        munmap(map, len);
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed += (uint64_t)now.tv_nsec;
    }
}

static enum skep_code map_guarded(struct sk_exec *exec, size_t len, uint64_t near,
                                  struct skep_err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), middle, whole;
    uint8_t *code;
    void *map;

    if (__builtin_add_overflow(len ? len : 1, page - 1, &middle))
        return refused("mmap", ENOMEM, err);
    middle &= ~(page - 1);
    if (__builtin_add_overflow(middle, 2 * page, &whole))
        return refused("mmap", ENOMEM, err);
    map = reserve(exec, whole, near, page);
    if (map == MAP_FAILED)
        return refused("mmap", errno, err);
    code = (uint8_t *)map + page;
    if (mprotect(code, middle, PROT_READ | PROT_WRITE)) {
        int number = errno;

        munmap(map, whole);
        return refused("mprotect", number, err);
    }
    *exec = (struct sk_exec){ .map = map, .map_len = whole, .code = code, .len = len };
    return SKEP_OK;
}

enum skep_code sk_exec_map(struct sk_exec *exec, size_t len, const void *near,
                           struct skep_err *err)
{
    int kept = errno;
    enum skep_code code = map_guarded(exec, len, (uint64_t)(uintptr_t)near, err);

    errno = kept;
    return code;
}

enum skep_code sk_exec_seal(struct sk_exec *exec, struct skep_err *err)
{
    size_t page = (size_t)(exec->code - exec->map);
    int kept = errno, number;

    if (!mprotect(exec->code, exec->map_len - 2 * page, PROT_READ | PROT_EXEC)) {
        __builtin___clear_cache((char *)exec->code, (char *)exec->code + exec->len);
        return SKEP_OK;
    }
    number = errno;
    sk_exec_unmap(exec);
    errno = kept;
    return refused("mprotect", number, err);
}

void sk_exec_unmap(struct sk_exec *exec)
{
    int kept = errno;

    if (exec->map)
        munmap(exec->map, exec->map_len);
    memset(exec, 0, sizeof(*exec));
    errno = kept;
}
