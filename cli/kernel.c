/* The kernel that objects are adapted to. */
#include "kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "gzip.h"
#include "report.h"

static const char vmlinux[] = KERNEL_BTF;

const char *kernel_btf_path(const char *word)
{
    return strcmp(word, "vmlinux") == 0 ? vmlinux : word;
}

/* ---- Types ------------------------------------------------------------------------- */

static int read_btf(const char *path, skep_vm *vm, struct kernel *kernel)
{
    struct input input;
    struct skep_err err;
    int status = input_read(path, &input);

    if (status)
        return status;
    if (skep_btf_open(vm, input.data, input.len, NULL, &kernel->btf, &err) != SKEP_OK)
        status = fail_library(input.name, &err, NULL);
    kernel->first = kernel->btf;
    input_free(&input);
    return status;
}

static int find_btf(const struct args *args, skep_vm *vm, uint32_t needs,
                    struct kernel *kernel)
{
    const char *path = args->value[OPT_BTF];

    if (path)
        return strcmp(path, "self") ? read_btf(kernel_btf_path(path), vm, kernel) : 0;
    if (needs & SKEP_NEEDS_BTF && access(vmlinux, R_OK) == 0)
        return read_btf(vmlinux, vm, kernel);
    return 0;
}

/* ---- Configuration and version --------------------------------------------------- */

static const char own_config[] = "/proc/config.gz";

static int read_config(const char *path, struct kernel *kernel)
{
    int status = input_read(path, &kernel->config);

    if (!status && gzip_like(&kernel->config))
        status = gzip_expand(&kernel->config);
    return status;
}

static int find_config(const struct args *args, uint32_t needs, struct kernel *kernel)
{
    char path[sizeof("/boot/config-") + sizeof(((struct utsname *)0)->release)];
    struct utsname uts;

    if (args->value[OPT_KCONFIG])
        return read_config(args->value[OPT_KCONFIG], kernel);
    if (!(needs & SKEP_NEEDS_KCONFIG) || uname(&uts) != 0)
        return 0;
    snprintf(path, sizeof(path), "/boot/config-%s", uts.release);
    if (access(path, R_OK) == 0)
        return read_config(path, kernel);
    return access(own_config, R_OK) == 0 ? read_config(own_config, kernel) : 0;
}

/* "6.18.3-foo" as LINUX_KERNEL_VERSION has it. */
static uint32_t running_version(void)
{
    unsigned long parts[3] = { 0 };
    struct utsname uts;
    char *at = uts.release;

    if (uname(&uts) != 0)
        return 0;
    for (size_t i = 0; i < 3 && *at >= '0' && *at <= '9'; i++) {
        parts[i] = strtoul(at, &at, 10);
        at += *at == '.';
    }
    return (uint32_t)(parts[0] << 16 | (parts[1] & 0xff) << 8 |
                      (parts[2] > 0xff ? 0xff : parts[2]));
}

/* ---- Symbols --------------------------------------------------------------------- */

/* A line is ADDRESS TYPE NAME, perhaps with a tab and [MODULE] behind; names are not
 * unique. */
struct kernel_symbol {
    const char *name; /* in the file, where a NUL ends it */
    uint64_t address;
};

/* Of one name, the first in the file is the first. */
static int by_name(const void *a, const void *b)
{
    const struct kernel_symbol *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    if (order)
        return order;
    return x->name < y->name ? -1 : x->name > y->name;
}

/* Takes the lines apart; without an array for them they are only counted. */
static size_t split_symbols(struct input *file, struct kernel_symbol *symbols)
{
    char *end = file->data + file->len, *next;
    size_t count = 0;

    for (char *at = file->data; at < end; at = next, count++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *stop = newline ? newline : end, *name;

        next = newline ? newline + 1 : end;
        if (!symbols)
            continue;
        *stop = '\0';
        symbols[count] = (struct kernel_symbol){ stop, strtoull(at, &name, 16) };
        if (stop - name <= 3)
            continue; /* a line without a name */
        symbols[count].name = name + 3;
        name[3 + strcspn(name + 3, "\t")] = '\0';
    }
    return count;
}

/* Once, whether it succeeds or not. */
static void read_symbols(struct kernel *kernel)
{
    if (kernel->has_symbols)
        return;
    kernel->has_symbols = 1;
    if (access("/proc/kallsyms", R_OK) != 0 ||
        input_read("/proc/kallsyms", &kernel->kallsyms))
        return;
    kernel->symbols =
        calloc(split_symbols(&kernel->kallsyms, NULL) + 1, sizeof(kernel->symbols[0]));
    if (!kernel->symbols)
        return;
    kernel->symbol_count = split_symbols(&kernel->kallsyms, kernel->symbols);
    qsort(kernel->symbols, kernel->symbol_count, sizeof(kernel->symbols[0]), by_name);
}

static int find_symbol(void *ctx, const char *name, uint64_t *address)
{
    struct kernel *kernel = ctx;
    size_t low = 0, high;

    read_symbols(kernel);
    high = kernel->symbol_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(kernel->symbols[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == kernel->symbol_count || strcmp(kernel->symbols[low].name, name) != 0)
        return 0;
    *address = kernel->symbols[low].address;
    return 1;
}

/* ---- All ------------------------------------------------------------------------- */

int kernel_open(const struct args *args, skep_vm *vm, uint32_t needs,
                struct kernel *kernel, struct skep_object_opts *opts)
{
    int status;

    *kernel = (struct kernel){ 0 };
    status = find_btf(args, vm, needs, kernel);
    if (!status)
        status = find_config(args, needs, kernel);
    if (status) {
        kernel_close(kernel);
        return status;
    }
    opts->btf = &kernel->first;
    opts->btf_count = kernel->btf != NULL;
    opts->kconfig = kernel->config.data;
    opts->kconfig_len = kernel->config.len;
    opts->kernel_version = running_version();
    opts->ksym = find_symbol;
    opts->ksym_ctx = kernel;
    return 0;
}

void kernel_close(struct kernel *kernel)
{
    skep_btf_free(kernel->btf);
    input_free(&kernel->config);
    input_free(&kernel->kallsyms);
    free(kernel->symbols);
    *kernel = (struct kernel){ 0 };
}
