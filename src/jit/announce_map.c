/* /tmp/perf-PID.map, which perf reads when it reports: a line for each symbol,
 *
 *     START SIZE NAME
 *
 * both numbers in hexadecimal without 0x; the name goes up to the end of the line (Linux:
 * tools/perf/Documentation/jit-interface.txt). Other compilers in the process may append
 * to the same file. Code that is gone stays in it; where code lies that came later, perf
 * may take either name. */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jit/announce_ways.h"

/* The name, with what would end or break the line replaced. */
static void add_name(struct sk_blob *blob, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;

        sk_blob_8(blob, c < ' ' || c == 0x7f ? '?' : c);
    }
}

static void add_lines(struct sk_blob *blob, const struct sk_announce_code *code)
{
    uint64_t base = (uint64_t)(uintptr_t)code->address;

    for (size_t i = 0; i < code->symbol_count; i++) {
        const struct sk_announce_symbol *symbol = &code->symbols[i];
        char numbers[40];

        snprintf(numbers, sizeof(numbers), "%" PRIx64 " %" PRIx32 " ",
                 base + symbol->offset, symbol->size);
        sk_blob_add(blob, numbers, strlen(numbers));
        add_name(blob, symbol->name);
        sk_blob_8(blob, '\n');
    }
}

enum skep_code sk_announce_perf_map(const struct sk_mem *mem,
                                    const struct sk_announce_code *code,
                                    struct skep_err *err)
{
    struct sk_blob lines;
    enum skep_code result;
    char path[40];
    int fd;

    sk_blob_init(&lines, mem);
    add_lines(&lines, code);
    snprintf(path, sizeof(path), "/tmp/perf-%ld.map", (long)getpid());
    result = sk_blob_check(&lines, err);
    if (!result)
        result = sk_announce_open(path, &fd, err);
    if (!result) {
        result = sk_announce_write(fd, path, &lines, err);
        sk_announce_close(fd);
    }
    sk_blob_fini(&lines);
    return result;
}
