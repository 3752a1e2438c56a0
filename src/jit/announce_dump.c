/* ./jit-PID.dump, which `perf inject --jit` turns into an ELF file for each symbol
 * (Linux: tools/perf/Documentation/jitdump-specification.txt):
 *
 *     header | DEBUG_INFO LOAD | LOAD | ...        a LOAD for each symbol, with its bytes
 *
 * Times are CLOCK_MONOTONIC's, so perf must use it too: `perf record -k mono`.
 *
 * perf learns of the file by an event: its first page is mapped executable. That must
 * happen once, else perf would read the file twice, so it is done with the header, by who
 * finds the file empty; the file is locked meanwhile. Nobody remembers whether this
 * process did it already: the header says which process began it, and what an earlier one
 * left behind whose number was the same is thrown away. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/sha256.h"
#include "jit/announce_ways.h"

enum { HEADER_BYTES = 40, PREFIX_BYTES = 16 };
enum { MAGIC = 0x4a695444, VERSION = 1 };
enum { LOAD = 0, DEBUG_INFO = 2 }; /* kinds of records; 3 would be UNWINDING_INFO */

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A number that another process has not, even with the same PID: from the random bytes
 * that the kernel gives to each. They are secret, and the number does not give them
 * away. */
static uint32_t process_mark(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM);
    uint8_t digest[32] = { 0 };
    struct sk_sha256 sha;
    uint32_t mark;

    if (random) {
        sk_sha256_init(&sha);
        sk_sha256_add(&sha, random, 16);
        sk_sha256_end(&sha, digest);
    }
    memcpy(&mark, digest, sizeof(mark));
    return mark;
}

static void add_header(struct sk_blob *blob)
{
    sk_blob_32(blob, MAGIC);
    sk_blob_32(blob, VERSION);
    sk_blob_32(blob, HEADER_BYTES);
    sk_blob_32(blob, SK_ELF_MACHINE);
    sk_blob_32(blob, process_mark()); /* padding, as perf sees it */
    sk_blob_32(blob, (uint32_t)getpid());
    sk_blob_64(blob, now());
    sk_blob_64(blob, 0); /* flags */
}

/* What every record begins with; the size is filled in by end_record. */
static size_t begin_record(struct sk_blob *blob, uint32_t kind)
{
    size_t start = blob->len;

    sk_blob_32(blob, kind);
    sk_blob_32(blob, 0);
    sk_blob_64(blob, now());
    return start;
}

static void end_record(struct sk_blob *blob, size_t start)
{
    uint32_t len = (uint32_t)(blob->len - start);

    sk_blob_patch(blob, start + 4, &len, sizeof(len));
}

/* The lines of one symbol: a record that stands before its LOAD. Lines are numbered from
 * 1. */
static void add_debug_info(struct sk_blob *blob, const struct sk_announce_code *code,
                           const struct sk_announce_symbol *symbol)
{
    uint64_t base = (uint64_t)(uintptr_t)code->address;
    size_t start = begin_record(blob, DEBUG_INFO), count_at;
    uint64_t count = 0;

    sk_blob_64(blob, base + symbol->offset);
    count_at = blob->len;
    sk_blob_64(blob, 0);
    for (size_t i = 0; i < code->line_count; i++) {
        const struct skep_native_line *line = &code->lines[i];

        if (line->pc == UINT32_MAX || line->offset < symbol->offset ||
            line->offset - symbol->offset >= symbol->size)
            continue;
        sk_blob_64(blob, base + line->offset);
        sk_blob_32(blob, line->pc + 1);
        sk_blob_32(blob, 0); /* discriminator */
        sk_blob_text(blob, code->source);
        count++;
    }
    sk_blob_patch(blob, count_at, &count, sizeof(count));
    end_record(blob, start);
    if (!count)
        blob->len = start;
}

/* The record's place in the file is its number: no other has it. */
static void add_load(struct sk_blob *blob, const struct sk_announce_code *code,
                     const struct sk_announce_symbol *symbol, uint64_t file_len)
{
    uint64_t address = (uint64_t)(uintptr_t)code->address + symbol->offset;
    uint64_t number = file_len + blob->len;
    size_t start = begin_record(blob, LOAD);

    sk_blob_32(blob, (uint32_t)getpid());
    sk_blob_32(blob, (uint32_t)syscall(SYS_gettid));
    sk_blob_64(blob, address);
    sk_blob_64(blob, address);
    sk_blob_64(blob, symbol->size);
    sk_blob_64(blob, number);
    sk_blob_text(blob, symbol->name);
    sk_blob_add(blob, (const uint8_t *)code->address + symbol->offset, symbol->size);
    end_record(blob, start);
}

static void add_records(struct sk_blob *blob, const struct sk_announce_code *code,
                        uint64_t file_len)
{
    for (size_t i = 0; i < code->symbol_count; i++) {
        if (code->source && code->line_count)
            add_debug_info(blob, code, &code->symbols[i]);
        add_load(blob, code, &code->symbols[i], file_len);
    }
}

/* Whether this process began the file. */
static int is_this_process(int fd)
{
    uint32_t words[HEADER_BYTES / 4];

    return pread(fd, words, sizeof(words), 0) == sizeof(words) && words[0] == MAGIC &&
           words[4] == process_mark() && words[5] == (uint32_t)getpid();
}

/* Maps the file's first page, for perf to see. */
static enum skep_code show(int fd, const char *path, struct sk_announced *announced,
                           struct skep_err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *marker = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    if (marker == MAP_FAILED)
        return sk_announce_failed(path, err);
    announced->marker = marker;
    announced->marker_len = page;
    return SKEP_OK;
}

/* With the file open and locked: a header if there is none of ours, then the records. */
static enum skep_code append(int fd, const char *path, struct sk_blob *blob,
                             const struct sk_announce_code *code,
                             struct sk_announced *announced, struct skep_err *err)
{
    int fresh = !is_this_process(fd);
    enum skep_code result;
    struct stat st;

    if (fstat(fd, &st) || (fresh && st.st_size && ftruncate(fd, 0)))
        return sk_announce_failed(path, err);
    if (fresh) {
        st.st_size = 0;
        add_header(blob);
    }
    add_records(blob, code, (uint64_t)st.st_size);
    SK_TRY(sk_blob_check(blob, err));
    if (fresh)
        SK_TRY(show(fd, path, announced, err));
    result = sk_announce_write(fd, path, blob, err);
    if (result && ftruncate(fd, st.st_size))
        return result; /* the same: perf stops at a piece of a record */
    return result;
}

enum skep_code sk_announce_jitdump(const struct sk_mem *mem,
                                   const struct sk_announce_code *code,
                                   struct sk_announced *announced, struct skep_err *err)
{
    enum skep_code result;
    struct sk_blob blob;
    char path[40];
    int fd;

    snprintf(path, sizeof(path), "jit-%ld.dump", (long)getpid());
    SK_TRY(sk_announce_open(path, &fd, err));
    sk_blob_init(&blob, mem);
    result = append(fd, path, &blob, code, announced, err);
    if (result)
        sk_announce_remove_empty(fd, path);
    sk_blob_fini(&blob);
    sk_announce_close(fd);
    return result;
}
