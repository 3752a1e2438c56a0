/* Announcing code: what the files of perf hold, and which files are refused; what GDB is
 * given, byte by byte. Whether perf and GDB understand it, test/jit asks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "announce_sample.h"
#include "books.h"
#include "jit/announce_ways.h"

enum { FILE_MAX = 65536 };

static char map_path[40], dump_path[40], folder[] = "/tmp/skep-announce-XXXXXX";

/* Reads a file; returns its length, 0 if there is none. */
static size_t read_file(const char *path, uint8_t bytes[FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    size_t len = 0;

    if (file) {
        len = fread(bytes, 1, FILE_MAX, file);
        fclose(file);
    }
    return len;
}

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static enum skep_code announce(uint32_t ways, struct sk_announced *announced,
                               struct skep_err *err)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_announce_code code = sample_at(sample_code);

    return sk_announce(&mem, &code, ways, announced, err);
}

/* Announces in ways that leave nothing behind but files. */
static enum skep_code announce_file(uint32_t way, struct skep_err *err)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_announced announced;
    enum skep_code result = announce(way, &announced, err);

    assert_null(announced.gdb);
    sk_announce_end(&mem, &announced);
    return result;
}

static int no_files(void **state)
{
    (void)state;
    unlink(map_path);
    unlink(dump_path);
    return 0;
}

/* ---- /tmp/perf-PID.map
 * -------------------------------------------------------------- */

static void test_map_lines(void **state)
{
    static uint8_t bytes[FILE_MAX];
    char want[512] = "";
    size_t len = 0;

    (void)state;
    for (int time = 0; time < 2; time++) {
        for (size_t i = 0; i < SK_LEN(sample_symbols); i++)
            len += (size_t)snprintf(
                want + len, sizeof(want) - len, "%lx %x %s\n",
                (unsigned long)(uintptr_t)sample_code + sample_symbols[i].offset,
                (unsigned)sample_symbols[i].size, sample_symbols[i].name);
    }
    errno = 12345;
    assert_int_equal(announce_file(SKEP_NATIVE_PERF_MAP, NULL), SKEP_OK);
    assert_int_equal(announce_file(SKEP_NATIVE_PERF_MAP, NULL), SKEP_OK);
    assert_int_equal(errno, 12345);
    assert_int_equal(read_file(map_path, bytes), len);
    assert_memory_equal(bytes, want, len);
}

static void test_map_names(void **state)
{
    static const struct sk_announce_symbol symbol = { 0, 1, "a\nb\x7f c\xc3\xa4", NULL,
                                                      0 };
    const struct sk_announce_code code = {
        .address = (const void *)0x1000, .len = 1, .symbols = &symbol, .symbol_count = 1
    };
    static const char want[] = "1000 1 a?b? c\xc3\xa4\n";
    static uint8_t bytes[FILE_MAX];
    struct sk_mem mem = sk_mem_default();
    struct sk_announced announced;

    (void)state;
    assert_int_equal(sk_announce(&mem, &code, SKEP_NATIVE_PERF_MAP, &announced, NULL),
                     SKEP_OK);
    assert_int_equal(read_file(map_path, bytes), sizeof(want) - 1);
    assert_memory_equal(bytes, want, sizeof(want) - 1);
}

/* ---- Files that are not to be written to
 * --------------------------------------------- */

static void assert_refused(uint32_t way, const char *path, const char *why)
{
    char want[SKEP_MESSAGE_MAX];
    struct skep_err err;

    snprintf(want, sizeof(want), "native code is not announced in %s: %s", path, why);
    assert_int_equal(announce_file(way, &err), SKEP_E_ANNOUNCE);
    assert_int_equal(err.code, SKEP_E_ANNOUNCE);
    assert_string_equal(err.message, want);
}

static void refuse_all(uint32_t way, const char *path)
{
    static uint8_t bytes[FILE_MAX];

    write_file("victim", "precious", 8);
    assert_int_equal(symlink("victim", path), 0);
    assert_refused(way, path, "it is a symbolic link (ELOOP)");
    unlink(path);
    if (!link("victim", path)) { /* a hard link, if /tmp lies on this file system */
        assert_refused(way, path, "it has another name too");
        unlink(path);
    }
    assert_int_equal(read_file("victim", bytes), 8);
    assert_memory_equal(bytes, "precious", 8);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(way, path, "it is no plain file");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(announce_file(way, NULL), SKEP_E_ANNOUNCE);
    rmdir(path);
    unlink("victim");
}

static void test_refused_maps(void **state)
{
    (void)state;
    refuse_all(SKEP_NATIVE_PERF_MAP, map_path);
}

static void test_refused_dumps(void **state)
{
    (void)state;
    refuse_all(SKEP_NATIVE_JITDUMP, dump_path);
}

static void test_another_users(void **state)
{
    static uint8_t bytes[FILE_MAX];

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can make files of others\n");
        skip();
    }
    write_file(dump_path, "theirs", 6);
    assert_int_equal(chown(dump_path, 12345, 12345), 0);
    assert_refused(SKEP_NATIVE_JITDUMP, dump_path, "it is another user's");
    assert_int_equal(read_file(dump_path, bytes), 6);
}

static void test_no_folder(void **state)
{
    (void)state;
    assert_int_equal(chdir("/proc"), 0);
    assert_int_equal(announce_file(SKEP_NATIVE_JITDUMP, NULL), SKEP_E_ANNOUNCE);
    assert_int_equal(chdir(folder), 0);
}

/* ---- ./jit-PID.dump
 * ----------------------------------------------------------------- */

/* The file as its specification has it (Linux, jitdump-specification.txt), taken
 * apart. */
struct reader {
    const uint8_t *at, *end;
};

static const uint8_t *take(struct reader *r, size_t len)
{
    const uint8_t *at = r->at;

    assert_true((size_t)(r->end - r->at) >= len);
    r->at += len;
    return at;
}

static uint32_t take32(struct reader *r)
{
    return sk_load32(take(r, 4));
}

static uint64_t take64(struct reader *r)
{
    return sk_load64(take(r, 8));
}

static const char *take_text(struct reader *r)
{
    const char *text = (const char *)r->at;

    assert_non_null(memchr(text, 0, (size_t)(r->end - r->at)));
    take(r, strlen(text) + 1);
    return text;
}

static uint64_t take_header(struct reader *r)
{
    Elf64_Ehdr self;
    FILE *file = fopen("/proc/self/exe", "rb");
    uint64_t time;

    assert_non_null(file);
    assert_int_equal(fread(&self, 1, sizeof(self), file), sizeof(self));
    fclose(file);
    assert_int_equal(take32(r), 0x4a695444); /* JiTD */
    assert_int_equal(take32(r), 1);
    assert_int_equal(take32(r), 40);
    assert_int_equal(take32(r), self.e_machine);
    take32(r);
    assert_int_equal(take32(r), getpid());
    time = take64(r);
    assert_true(take64(r) == 0);
    return time;
}

/* The record's body. *time goes on. */
static struct reader take_record(struct reader *r, uint32_t kind, uint64_t *time)
{
    struct reader body;
    uint32_t len;
    uint64_t then;

    assert_int_equal(take32(r), kind);
    len = take32(r);
    then = take64(r);
    assert_true(then >= *time);
    *time = then;
    body.at = take(r, len - 16);
    body.end = r->at;
    return body;
}

/* Lines of the sample that lie in the symbol and belong to a slot. */
static void check_lines(struct reader r, const struct sk_announce_symbol *symbol)
{
    uint64_t base = (uint64_t)(uintptr_t)sample_code, count;

    assert_true(take64(&r) == base + symbol->offset);
    count = take64(&r);
    for (size_t i = 0; i < SK_LEN(sample_lines); i++) {
        const struct skep_native_line *line = &sample_lines[i];

        if (line->pc == UINT32_MAX || line->offset < symbol->offset ||
            line->offset >= symbol->offset + symbol->size)
            continue;
        assert_true(take64(&r) == base + line->offset);
        assert_int_equal(take32(&r), line->pc + 1);
        assert_int_equal(take32(&r), 0);
        assert_string_equal(take_text(&r), "sample");
        count--;
    }
    assert_true(count == 0);
    assert_ptr_equal(r.at, r.end);
}

static uint64_t check_load(struct reader r, const struct sk_announce_symbol *symbol)
{
    const uint8_t *bytes = (const uint8_t *)sample_code + symbol->offset;
    uint64_t number;

    assert_int_equal(take32(&r), getpid());
    assert_int_equal(take32(&r),
                     getpid()); /* the first thread's number is the process's */
    assert_true(take64(&r) == (uint64_t)(uintptr_t)bytes);
    assert_true(take64(&r) == (uint64_t)(uintptr_t)bytes);
    assert_true(take64(&r) == symbol->size);
    number = take64(&r);
    assert_string_equal(take_text(&r), symbol->name);
    assert_memory_equal(take(&r, symbol->size), bytes, symbol->size);
    assert_ptr_equal(r.at, r.end);
    return number;
}

static void test_dump(void **state)
{
    static uint8_t bytes[FILE_MAX];
    uint64_t time, numbers[2 * SK_LEN(sample_symbols)];
    size_t loads = 0;
    struct reader r = { .at = bytes };

    (void)state;
    assert_int_equal(announce_file(SKEP_NATIVE_JITDUMP, NULL), SKEP_OK);
    assert_int_equal(announce_file(SKEP_NATIVE_JITDUMP, NULL), SKEP_OK);
    r.end = bytes + read_file(dump_path, bytes);
    time = take_header(&r);
    while (r.at < r.end) {
        const struct sk_announce_symbol *symbol =
            &sample_symbols[loads % SK_LEN(sample_symbols)];

        assert_true(loads < SK_LEN(numbers));
        check_lines(take_record(&r, 2, &time), symbol);
        numbers[loads] = check_load(take_record(&r, 0, &time), symbol);
        for (size_t i = 0; i < loads; i++)
            assert_true(numbers[i] != numbers[loads]);
        loads++;
    }
    assert_int_equal(loads, SK_LEN(numbers));
}

/* The mapping that perf looks for; `rights` is "" if there is none. */
static void dump_rights(char rights[5])
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];

    rights[0] = 0;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strstr(line, dump_path))
            assert_int_equal(sscanf(line, "%*s %4s", rights), 1);
    }
    fclose(file);
}

static void test_dump_is_shown_once(void **state)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_announced first, second;
    char rights[5];

    (void)state;
    assert_int_equal(announce(SKEP_NATIVE_JITDUMP, &first, NULL), SKEP_OK);
    assert_non_null(first.marker);
    dump_rights(rights);
    assert_string_equal(rights, "r-xp");
    assert_int_equal(announce(SKEP_NATIVE_JITDUMP, &second, NULL), SKEP_OK);
    assert_null(second.marker);
    sk_announce_end(&mem, &second);
    sk_announce_end(&mem, &first);
    sk_announce_end(&mem, &first);
    dump_rights(rights);
    assert_string_equal(rights, "");
}

/* A dump of an earlier process with this one's number. */
static void test_dump_of_another(void **state)
{
    static uint8_t bytes[FILE_MAX], old[FILE_MAX];
    size_t len, again;

    (void)state;
    assert_int_equal(announce_file(SKEP_NATIVE_JITDUMP, NULL), SKEP_OK);
    len = read_file(dump_path, old);
    old[16] ^= 1; /* its mark */
    write_file(dump_path, old, len);
    assert_int_equal(announce_file(SKEP_NATIVE_JITDUMP, NULL), SKEP_OK);
    again = read_file(dump_path, bytes);
    assert_int_equal(again, len);
    assert_int_equal(bytes[16], old[16] ^ 1);
    write_file(dump_path, "no dump at all", 14);
    assert_int_equal(announce_file(SKEP_NATIVE_JITDUMP, NULL), SKEP_OK);
    assert_int_equal(read_file(dump_path, bytes), len);
}

/* ---- GDB
 * ---------------------------------------------------------------------------- */

#if defined(__x86_64__)
/* By hand, from DWARF 5, 6.4.1 and 7.24. */
static void test_frame(void **state)
{
    static const struct sk_cfi rows[] = {
        { 1, SK_CFI_CFA_OFFSET, 0, 16 }, { 1, SK_CFI_SAVED, 6, -16 },
        { 4, SK_CFI_CFA, 6, 16 },        { 104, SK_CFI_RESTORED, 6, 0 },
        { 404, SK_CFI_CFA, 7, 200 },     { 404, SK_CFI_LOST, 3, 0 },
        { 404, SK_CFI_REMEMBER, 0, 0 },  { 405, SK_CFI_RECALL, 0, 0 },
    };
    static const struct sk_announce_symbol symbol = { 0x10, 0x200, "f", rows,
                                                      SK_LEN(rows) };
    const struct sk_announce_code code = { .address = (const void *)0x1000,
                                           .len = 0x300,
                                           .symbols = &symbol,
                                           .symbol_count = 1 };
    static const uint8_t want[] = {
        0x14, 0,    0,    0,    0xff, 0xff, 0xff, 0xff, /* CIE */
        4,    0,    8,    0,    1,    0x78, 16,      /* code 1, data -8, return in 16 */
        0x0c, 7,    8,                               /* CFA = rsp + 8 */
        0x11, 16,   1,                               /* return address at CFA - 8 */
        0,    0,    0,                               /* padding */
        0x34, 0,    0,    0,    0,    0,    0,    0, /* FDE of the CIE at 0 */
        0x10, 0x10, 0,    0,    0,    0,    0,    0, /* from 0x1010 */
        0,    2,    0,    0,    0,    0,    0,    0, /* 0x200 bytes */
        0x41, 0x0e, 16,   0x11, 6,    2,             /* + 1: CFA + 16, rbp at CFA - 16 */
        0x43, 0x0c, 6,    16,                        /* + 3: CFA = rbp + 16 */
        0x02, 100,  0x08, 6,                         /* + 100: rbp is itself */
        0x04, 44,   1,    0,    0,    0x0c, 7,    0xc8, 1, /* + 300: CFA = rsp + 200 */
        0x07, 3,    0x0a, 0x41, 0x0b, /* rbx is lost; + 1: as at 0x0a */
        0,    0,    0,    0,
    };
    struct sk_mem mem = sk_mem_default();
    struct sk_blob blob;

    (void)state;
    sk_blob_init(&blob, &mem);
    sk_announce_frame(&blob, &code);
    assert_int_equal(blob.len, sizeof(want));
    assert_memory_equal(blob.data, want, sizeof(want));
    sk_blob_fini(&blob);
}
#endif

static void check_symbols(const uint8_t *file, const Elf64_Shdr *table,
                          const Elf64_Shdr *names)
{
    const Elf64_Sym *symbols = (const void *)(file + table->sh_offset);

    assert_int_equal(table->sh_type, SHT_SYMTAB);
    assert_int_equal(table->sh_size, (SK_LEN(sample_symbols) + 1) * sizeof(*symbols));
    for (size_t i = 0; i < SK_LEN(sample_symbols); i++) {
        const Elf64_Sym *symbol = &symbols[i + 1];

        assert_true(symbol->st_value ==
                    (uint64_t)(uintptr_t)sample_code + sample_symbols[i].offset);
        assert_true(symbol->st_size == sample_symbols[i].size);
        assert_int_equal(ELF64_ST_TYPE(symbol->st_info), STT_FUNC);
        assert_int_equal(symbol->st_shndx, 1);
        assert_string_equal((const char *)file + names->sh_offset + symbol->st_name,
                            sample_symbols[i].name);
    }
}

static void test_elf(void **state)
{
    static const char *const names[] = { "",        ".text",        ".symtab",
                                         ".strtab", ".debug_frame", ".shstrtab" };
    struct sk_announce_code code = sample_at(sample_code);
    struct sk_mem mem = sk_mem_default();
    const Elf64_Shdr *sections;
    const Elf64_Ehdr *header;
    struct sk_blob blob;

    (void)state;
    sk_blob_init(&blob, &mem);
    sk_announce_elf(&blob, &code);
    header = (const void *)blob.data;
    assert_memory_equal(header->e_ident, ELFMAG, SELFMAG);
    assert_int_equal(header->e_shnum, SK_LEN(names));
    assert_true(header->e_shoff + header->e_shnum * sizeof(*sections) == blob.len);
    sections = (const void *)(blob.data + header->e_shoff);
    for (size_t i = 0; i < SK_LEN(names); i++) {
        const Elf64_Shdr *s = &sections[i];

        assert_string_equal((const char *)blob.data +
                                sections[header->e_shstrndx].sh_offset + s->sh_name,
                            names[i]);
        assert_true(s->sh_type == SHT_NOBITS || s->sh_offset + s->sh_size <= blob.len);
    }
    assert_true(sections[1].sh_addr == (uint64_t)(uintptr_t)sample_code);
    assert_true(sections[1].sh_size == sizeof(sample_code));
    check_symbols(blob.data, &sections[2], &sections[sections[2].sh_link]);
    sk_blob_fini(&blob);
}

/* What GDB sees of an entry: the fields that its protocol has. */
struct gdb_entry {
    const struct gdb_entry *next, *prev;
    const uint8_t *file;
    uint64_t file_len;
};

static const struct gdb_entry *entry_of(const struct sk_announced *announced)
{
    return (const void *)announced->gdb;
}

static void test_gdb_list(void **state)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_announced a[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(announce(SKEP_NATIVE_GDB, &a[i], NULL), SKEP_OK);
        assert_non_null(a[i].gdb);
        assert_memory_equal(entry_of(&a[i])->file, ELFMAG, SELFMAG);
        assert_null(entry_of(&a[i])->prev);
        assert_ptr_equal(entry_of(&a[i])->next, i ? entry_of(&a[i - 1]) : NULL);
    }
    assert_ptr_equal(entry_of(&a[0])->prev, entry_of(&a[1]));
    sk_announce_end(&mem, &a[1]);
    assert_null(a[1].gdb);
    assert_ptr_equal(entry_of(&a[2])->next, entry_of(&a[0]));
    assert_ptr_equal(entry_of(&a[0])->prev, entry_of(&a[2]));
    sk_announce_end(&mem, &a[2]);
    assert_null(entry_of(&a[0])->prev);
    sk_announce_end(&mem, &a[0]);
    sk_announce_end(&mem, &a[0]);
}

/* ---- All ways
 * ----------------------------------------------------------------------- */

enum { ALL = SKEP_NATIVE_PERF_MAP | SKEP_NATIVE_JITDUMP | SKEP_NATIVE_GDB };

static void test_one_fails(void **state)
{
    struct sk_mem mem = sk_mem_default();
    static uint8_t bytes[FILE_MAX];
    struct sk_announced announced;
    struct skep_err err;

    (void)state;
    assert_int_equal(symlink("victim", map_path), 0);
    assert_int_equal(announce(ALL, &announced, &err), SKEP_E_ANNOUNCE);
    assert_non_null(strstr(err.message, map_path));
    assert_non_null(announced.gdb);
    assert_non_null(announced.marker);
    assert_true(read_file(dump_path, bytes) > 40);
    sk_announce_end(&mem, &announced);
}

static void test_no_way(void **state)
{
    struct sk_announced announced;

    (void)state;
    assert_int_equal(announce(SKEP_NATIVE_CHECKED | SKEP_NATIVE_PADS, &announced, NULL),
                     SKEP_OK);
    assert_null(announced.gdb);
    assert_null(announced.marker);
    assert_int_equal(access(map_path, F_OK), -1);
    assert_int_equal(access(dump_path, F_OK), -1);
}

static void test_no_memory(void **state)
{
    struct books books = { .fail_at = 0 };
    struct sk_mem mem = { books_alloc, &books };
    struct sk_announce_code code = sample_at(sample_code);
    struct sk_announced announced;
    size_t calls;

    (void)state;
    assert_int_equal(sk_announce(&mem, &code, ALL, &announced, NULL), SKEP_OK);
    calls = books.calls;
    sk_announce_end(&mem, &announced);
    assert_int_equal(books.blocks, 0);
    for (size_t i = 1; i <= calls; i++) {
        struct skep_err err;

        no_files(NULL);
        books = (struct books){ .fail_at = i };
        assert_int_equal(sk_announce(&mem, &code, ALL, &announced, &err),
                         SKEP_E_NO_MEMORY);
        assert_int_equal(err.code, SKEP_E_NO_MEMORY);
        sk_announce_end(&mem, &announced);
        assert_int_equal(books.blocks, 0);
        assert_int_equal(books.live, 0);
        assert_false(books.wrong);
    }
}

static int set_up(void **state)
{
    (void)state;
    snprintf(map_path, sizeof(map_path), "/tmp/perf-%ld.map", (long)getpid());
    snprintf(dump_path, sizeof(dump_path), "jit-%ld.dump", (long)getpid());
    return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int clean_up(void **state)
{
    no_files(state);
    return chdir("/") || rmdir(folder);
}

#define WITHOUT_FILES(test) cmocka_unit_test_setup_teardown(test, no_files, no_files)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITHOUT_FILES(test_map_lines),
        WITHOUT_FILES(test_map_names),
        WITHOUT_FILES(test_refused_maps),
        WITHOUT_FILES(test_refused_dumps),
        WITHOUT_FILES(test_another_users),
        WITHOUT_FILES(test_no_folder),
        WITHOUT_FILES(test_dump),
        WITHOUT_FILES(test_dump_is_shown_once),
        WITHOUT_FILES(test_dump_of_another),
#if defined(__x86_64__)
        cmocka_unit_test(test_frame),
#endif
        cmocka_unit_test(test_elf),
        cmocka_unit_test(test_gdb_list),
        WITHOUT_FILES(test_one_fails),
        WITHOUT_FILES(test_no_way),
        WITHOUT_FILES(test_no_memory),
    };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
