/* skep-bench-objects: how long it takes to open an object and relocate all its programs, in
 * skep and in libbpf, alternately in one process, and how much memory.
 *
 *     skep-bench-objects OBJECT BTF [BATCHES]
 *
 * BTF holds the types of the kernel that both adapt the object to. libbpf relocates when it
 * loads, so its bpf(2) calls end here: each is answered at once with a descriptor, and the time
 * for that is taken off. skep relocates every program on its own, functions that programs
 * share as often as they are shared; so does libbpf. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../timing.h"
#include <skep_object.h>

#include "load/object.h"

enum { BATCHES_MAX = 1000, PROGS_MAX = 64, FILE_MAX = 8 << 20 };

/* ---- libbpf -------------------------------------------------------------------------------- */

long __wrap_syscall(long number, long a, long b, long c);
long __real_syscall(long number, ...);

static uint64_t in_kernel; /* ns */
static uint32_t libbpf_slots;

/* All that is asked of bpf(2) is done; what it makes is a descriptor of nothing. */
long __wrap_syscall(long number, long a, long b, long c)
{
    uint64_t start = time_now_ns();
    const union bpf_attr *attr = (const void *)b;
    long answer;

    if (number != SYS_bpf)
        return __real_syscall(number, a, b, c);
    if (a == BPF_PROG_LOAD && attr->prog_name[0])
        libbpf_slots += attr->insn_cnt;
    answer = 0;
    if (a == BPF_MAP_CREATE || a == BPF_PROG_LOAD || a == BPF_BTF_LOAD)
        answer = memfd_create("bench", 0);
    if (a == BPF_MAP_CREATE && answer >= 0 && ftruncate((int)answer, 1 << 20))
        answer = -1;
    in_kernel += time_now_ns() - start;
    return answer;
}

/* Returns the time in ns, or 0. */
static uint64_t time_libbpf(const void *data, size_t len, const char *btf, size_t *memory)
{
    const struct bpf_object_open_opts opts = { .sz = sizeof(opts),
                                               .object_name = "bench",
                                               .btf_custom_path = btf };
    size_t before = mallinfo2().uordblks;
    uint64_t start = time_now_ns(), total;
    struct bpf_object *object;

    in_kernel = 0;
    libbpf_slots = 0;
    object = bpf_object__open_mem(data, len, &opts);
    if (!object || bpf_object__load(object))
        return 0;
    total = time_now_ns() - start - in_kernel;
    *memory = mallinfo2().uordblks - before;
    bpf_object__close(object);
    return total;
}

/* ---- skep ---------------------------------------------------------------------------------- */

struct books {
    size_t live, peak;
};

static void *counted(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct books *books = ctx;

    books->live += new_size - (ptr ? old_size : 0);
    if (books->live > books->peak)
        books->peak = books->live;
    if (new_size)
        return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

/* Returns the time in ns, or 0. The target's types are opened anew, as libbpf does. */
static uint64_t time_skep(const void *data, size_t len, const void *types,
                          size_t types_len, struct books *books, uint32_t *slots)
{
    const struct sk_mem mem = { counted, books };
    uint64_t start = time_now_ns();
    struct skep_err err = { 0 };
    struct sk_object object;
    struct sk_btf btf;
    const struct sk_btf *const targets[] = { &btf };
    const struct sk_kernel kernel = { .btf = targets, .btf_count = 1 };
    int failed;

    *slots = 0;
    if (sk_btf_open(&btf, &mem, types, types_len, NULL, NULL, &err) ||
        sk_object_open(&object, &mem, data, len, "bench", &kernel, &err)) {
        fprintf(stderr, "skep: %s\n", err.message);
        return 0;
    }
    failed = 0;
    for (uint32_t i = 0; i < object.prog_count && !failed; i++) {
        struct sk_built built;

        failed = sk_object_build(&object, i, &built, &err) != SKEP_OK;
        if (!failed) {
            *slots += built.count;
            sk_built_fini(&built);
        }
    }
    sk_object_close(&object);
    sk_btf_close(&btf);
    if (failed)
        fprintf(stderr, "skep: %s\n", err.message);
    return failed ? 0 : time_now_ns() - start;
}

/* The same by the public interface, with what the interpreter needs of each program; only the
 * time for that and the peak are of interest. */
static uint64_t time_public(const void *data, size_t len, const void *types,
                            size_t types_len, struct books *books)
{
    const struct skep_vm_opts vm_opts = { .size = sizeof(vm_opts),
                                          .alloc = counted,
                                          .alloc_ctx = books };
    const struct skep_load_opts load = { .size = sizeof(load),
                                         .engine = SKEP_ENGINE_INTERP };
    struct skep_object_info info = { .size = sizeof(info) };
    skep_prog *progs[PROGS_MAX];
    uint64_t start = time_now_ns();
    skep_object *object = NULL;
    struct skep_err err = { 0 };
    skep_btf *btf = NULL;
    skep_vm *vm = NULL;
    uint32_t loaded = 0;

    if (!skep_vm_new(&vm_opts, &vm, &err) &&
        !skep_btf_open(vm, types, types_len, NULL, &btf, &err)) {
        const skep_btf *const kernel[] = { btf };
        const struct skep_object_opts opts = {
            .size = sizeof(opts), .name = "bench", .btf = kernel, .btf_count = 1
        };

        if (!skep_object_open(vm, data, len, &opts, &object, &err))
            skep_object_info(object, &info);
    }
    while (loaded < info.programs && loaded < PROGS_MAX &&
           !skep_object_load(object, loaded, &load, &progs[loaded], &err))
        loaded++;
    start = time_now_ns() - start;
    if (err.code)
        fprintf(stderr, "skep: %s\n", err.message);
    for (uint32_t i = 0; i < loaded; i++)
        skep_prog_free(progs[i]);
    skep_object_free(object);
    skep_btf_free(btf);
    skep_vm_free(vm);
    return err.code ? 0 : start;
}

/* ---- Both ---------------------------------------------------------------------------------- */

/* Reads one of the two files. */
static void *read_file(const char *path, size_t *len)
{
    static uint8_t rooms[2][FILE_MAX];
    static size_t used;
    FILE *file = fopen(path, "rb");

    if (!file || used == 2)
        return NULL;
    *len = fread(rooms[used], 1, FILE_MAX, file);
    fclose(file);
    return *len ? rooms[used++] : NULL;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list list)
{
    return level == LIBBPF_WARN ? vfprintf(stderr, format, list) : 0;
}

int main(int argc, char **argv)
{
    static double ours[BATCHES_MAX], theirs[BATCHES_MAX], whole[BATCHES_MAX];
    size_t len, types_len, memory = 0, batches = 51;
    void *data = argc > 2 ? read_file(argv[1], &len) : NULL;
    void *types = data ? read_file(argv[2], &types_len) : NULL;
    struct books books = { 0 }, all = { 0 };
    uint32_t slots = 0;

    if (argc > 3)
        batches = strtoul(argv[3], NULL, 10);
    if (!types || batches < 1 || batches > BATCHES_MAX) {
        fprintf(stderr, "usage: skep-bench-objects OBJECT BTF [BATCHES, up to %d]\n",
                BATCHES_MAX);
        return 2;
    }
    libbpf_set_print(quiet);
    time_pin(-1);
    for (size_t i = 0; i < batches; i++) {
        uint64_t skep, libbpf, public;

        skep = time_skep(data, len, types, types_len, &books, &slots);
        libbpf = time_libbpf(data, len, argv[2], &memory);
        public = time_public(data, len, types, types_len, &all);
        if (!skep || !libbpf || !public)
            return 1;
        ours[i] = (double)skep / 1000;
        theirs[i] = (double)libbpf / 1000;
        whole[i] = (double)public / 1000;
    }
    if (slots != libbpf_slots) {
        fprintf(stderr, "skep built %u slots, libbpf %u\n", slots, libbpf_slots);
        return 1;
    }
    printf("%s: %zu bytes, programs of %u slots in all; medians of %zu\n", argv[1], len,
           slots, batches);
    printf("  open and relocate   skep %.0f us   libbpf %.0f us   ratio %.2f\n",
           time_median(ours, batches), time_median(theirs, batches),
           time_median(ours, batches) / time_median(theirs, batches));
    printf("  and make all ready for the interpreter   skep %.0f us\n",
           time_median(whole, batches));
    printf(
        "  memory for a byte of the file   skep %.2f at most, %.2f with all programs   "
        "libbpf %.2f once loaded\n",
        (double)books.peak / (double)(len + types_len),
        (double)all.peak / (double)(len + types_len),
        (double)memory / (double)(len + types_len));
    return 0;
}
