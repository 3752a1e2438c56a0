/* CO-RE beside libbpf.
 *
 *     compare OBJECT BTF...
 *
 * Each program of the object is relocated against each BTF (raw bytes), by libbpf and here,
 * alone: slots that have a relocation must be the same, texts of the relocations as well,
 * and what libbpf refuses must be refused. libbpf's bpf(2) calls are answered by
 * __wrap_syscall: no kernel is involved.
 *
 * Prints a line for each difference, and counts. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "load/core.h"
#include "load/elf.h"

enum { SLOT = 8, SLOTS_MAX = 1 << 16, TEXT_MAX = 1 << 16 };

/* ---- libbpf ------------------------------------------------------------------------------- */

/* What libbpf did with one program. */
static struct {
    const char *name; /* of the program */
    uint8_t slots[SLOT * SLOTS_MAX];
    uint32_t count;
    int is_loaded;
    char text[TEXT_MAX]; /* of its relocations, a line each */
    char errors[TEXT_MAX];
} theirs;

long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
    const union bpf_attr *attr;
    long command;
    va_list args;

    va_start(args, number);
    command = va_arg(args, long);
    attr = va_arg(args, const union bpf_attr *);
    va_end(args);
    if (number != __NR_bpf)
        return __real_syscall(number, command, attr);
    if ((int)command == BPF_PROG_LOAD &&
        !strncmp(attr->prog_name, theirs.name, sizeof(attr->prog_name) - 1)) {
        if (attr->insn_cnt > SLOTS_MAX)
            abort();
        memcpy(theirs.slots, (const void *)(uintptr_t)attr->insns,
               (size_t)SLOT * attr->insn_cnt);
        theirs.count = attr->insn_cnt;
        theirs.is_loaded = 1;
    }
    switch ((int)command) {
    case BPF_PROG_LOAD:
    case BPF_MAP_CREATE:
    case BPF_BTF_LOAD:
        return memfd_create("bpf", 0);
    default:
        return 0;
    }
}

static void append(char *text, const char *more, size_t len)
{
    size_t used = strlen(text);

    if (used + len + 1 < TEXT_MAX) {
        memcpy(text + used, more, len);
        text[used + len] = 0;
    }
}

static int hear(enum libbpf_print_level level, const char *format, va_list args)
{
    char line[2048];
    const char *relo;

    vsnprintf(line, sizeof(line), format, args);
    if (level == LIBBPF_WARN)
        append(theirs.errors, line, strlen(line));
    relo = strstr(line, ": relo #");
    if (!relo || !(relo = strstr(relo, ": <")))
        return 0;
    append(theirs.text, relo + 2, strlen(relo + 2));
    return 0;
}

/* Loads one program of the object. */
static void load_theirs(const char *object, const char *btf, const char *name)
{
    struct bpf_object_open_opts opts = { .sz = sizeof(opts), .btf_custom_path = btf };
    struct bpf_object *o = bpf_object__open_file(object, &opts);
    struct bpf_program *p;

    if (!o) {
        fprintf(stderr, "libbpf does not open %s\n", object);
        exit(2);
    }
    memset(&theirs, 0, sizeof(theirs));
    theirs.name = name;
    bpf_object__for_each_program(p, o)
    {
        bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
        bpf_program__set_type(p, BPF_PROG_TYPE_SOCKET_FILTER);
    }
    if (bpf_object__load(o))
        theirs.is_loaded = 0;
    bpf_object__close(o);
}

/* ---- Ours ----------------------------------------------------------------------------------- */

struct bytes {
    uint8_t *data;
    size_t len;
};

static struct bytes read_file(const char *path)
{
    struct bytes b = { malloc(1), 0 };
    FILE *f = fopen(path, "rb");
    size_t got;

    if (!f) {
        perror(path);
        exit(2);
    }
    do {
        b.data = realloc(b.data, b.len + 65536);
        got = fread(b.data + b.len, 1, 65536, f);
        b.len += got;
    } while (got);
    fclose(f);
    return b;
}

static void need(enum skep_code code, const struct skep_err *err)
{
    if (code) {
        fprintf(stderr, "%s\n", err->message);
        exit(2);
    }
}

struct object {
    struct bytes file;
    struct sk_elf elf;
    struct sk_btf btf;
    struct sk_btf_ext ext;
};

static struct sk_elf_section section_named(const struct sk_elf *elf, const char *name)
{
    struct sk_elf_section s = { 0 };

    for (uint32_t i = 0; i < elf->section_count; i++) {
        s = sk_elf_section(elf, i);
        if (s.name && !strcmp(s.name, name))
            return s;
    }
    fprintf(stderr, "no section %s\n", name);
    exit(2);
}

static void open_object(struct object *o, const char *path)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_elf_section s;
    struct skep_err err = { 0 };

    o->file = read_file(path);
    need(sk_elf_open(&o->elf, o->file.data, o->file.len, &err), &err);
    s = section_named(&o->elf, ".BTF");
    need(sk_btf_open(&o->btf, &mem, sk_elf_bytes(&o->elf, &s), s.size, NULL, NULL, &err),
         &err);
    s = section_named(&o->elf, ".BTF.ext");
    need(sk_btf_ext_open(&o->ext, &o->btf, sk_elf_bytes(&o->elf, &s), s.size, NULL, &err),
         &err);
}

/* What we did with one program. */
static struct {
    uint8_t slots[SLOT * SLOTS_MAX];
    uint32_t relocated[SLOTS_MAX];
    uint32_t relocated_count, poisoned_count;
    int is_loaded;
    char text[TEXT_MAX];
    struct skep_err err;
} ours;

static void apply_one(const struct object *o, struct sk_core *core,
                      const struct sk_ext_core *record, uint64_t first, uint64_t end)
{
    uint32_t pc = (uint32_t)((record->insn_off - first) / SLOT);
    enum sk_core_outcome outcome = SK_CORE_DONE;
    char text[1024];
    struct sk_out out;

    sk_out_buf(&out, text, sizeof(text));
    sk_core_put(&o->btf, record, &out);
    sk_puts(&out, "\n");
    append(ours.text, text, strlen(text));
    ours.relocated[ours.relocated_count++] = pc;
    if (sk_core_apply(core, &o->ext, record, ours.slots, (uint32_t)(end - first) / SLOT,
                      pc, &outcome, &ours.err))
        ours.is_loaded = 0;
    ours.poisoned_count += outcome == SK_CORE_POISONED;
}

static void apply_ours(const struct object *o, struct sk_core *core,
                       const struct sk_elf_section *code, uint64_t first, uint64_t end)
{
    struct sk_ext_section section = { 0 };

    ours.relocated_count = ours.poisoned_count = 0;
    ours.is_loaded = 1;
    ours.text[0] = 0;
    memcpy(ours.slots, sk_elf_bytes(&o->elf, code) + first, end - first);
    while (sk_btf_ext_next(&o->ext, SK_EXT_CORE, &section)) {
        if (strcmp(section.name, code->name) != 0)
            continue;
        for (uint32_t i = 0; i < section.count && ours.is_loaded; i++) {
            struct sk_ext_core record = sk_ext_core(&o->ext, &section, i);

            if (record.insn_off >= first && record.insn_off < end)
                apply_one(o, core, &record, first, end);
        }
    }
}

/* ---- Comparison ------------------------------------------------------------------------------ */

static struct {
    unsigned programs, relocations, poisoned, refused, wrong;
} counts;

static void show_slot(const char *who, const uint8_t *slot)
{
    printf("  %s", who);
    for (int i = 0; i < 2 * SLOT; i++)
        printf(" %02x", slot[i]);
    printf("\n");
}

static int same_slots(void)
{
    for (uint32_t i = 0; i < ours.relocated_count; i++) {
        uint32_t pc = ours.relocated[i];
        const uint8_t *a = ours.slots + (size_t)SLOT * pc,
                      *b = theirs.slots + (size_t)SLOT * pc;
        size_t len = *a == 0x18 || *b == 0x18 ? 2 * SLOT : SLOT;

        if (memcmp(a, b, len) != 0) {
            printf("slot %u:\n", pc);
            show_slot("ours  ", a);
            show_slot("libbpf", b);
            return 0;
        }
    }
    return 1;
}

static void compare(const char *btf, const char *name)
{
    int is_wrong = ours.is_loaded != theirs.is_loaded;

    if (!is_wrong && ours.is_loaded)
        is_wrong = !same_slots() || strcmp(ours.text, theirs.text) != 0;
    counts.programs++;
    counts.relocations += ours.relocated_count;
    counts.poisoned += ours.poisoned_count;
    counts.refused += !ours.is_loaded;
    counts.wrong += (unsigned)is_wrong;
    if (is_wrong)
        printf("%s, %s: differs\n ours: %s\n%s libbpf: %s\n%s%s", btf, name,
               ours.is_loaded ? "loaded" : ours.err.message, ours.text,
               theirs.is_loaded ? "loaded" : "refused", theirs.text, theirs.errors);
    else if (getenv("CORE_SHOW"))
        printf("%s, %s: %s\n%s", btf, name, ours.is_loaded ? "loaded" : ours.err.message,
               ours.text);
}

static void compare_with(const struct object *o, const char *object, const char *path)
{
    struct sk_mem mem = sk_mem_default();
    struct bytes file = read_file(path);
    struct skep_err err = { 0 };
    struct sk_btf target;
    const struct sk_btf *targets[] = { &target };

    need(sk_btf_open(&target, &mem, file.data, file.len, NULL, NULL, &err), &err);
    for (uint32_t i = 0; i < o->elf.symbol_count; i++) {
        struct sk_elf_symbol symbol;
        struct sk_elf_section code;
        struct sk_core *core;

        need(sk_elf_symbol(&o->elf, i, &symbol, &err), &err);
        if (symbol.type != SK_STT_FUNC || symbol.bind == SK_STB_LOCAL)
            continue;
        code = sk_elf_section(&o->elf, symbol.section);
        if (!strcmp(code.name, ".text"))
            continue;
        need(sk_core_new(&core, &mem, &o->btf, targets, 1, &err), &err);
        apply_ours(o, core, &code, symbol.value, symbol.value + symbol.size);
        load_theirs(object, path, symbol.name);
        compare(path, symbol.name);
        sk_core_free(core);
    }
    sk_btf_close(&target);
    free(file.data);
}

int main(int argc, char **argv)
{
    struct object o;

    if (argc < 3) {
        fprintf(stderr, "usage: compare OBJECT BTF...\n");
        return 2;
    }
    libbpf_set_print(hear);
    open_object(&o, argv[1]);
    for (int i = 2; i < argc; i++)
        compare_with(&o, argv[1], argv[i]);
    printf(
        "%s: %u programs, %u relocations, %u poisoned, %u programs refused, %u differ\n",
        argv[1], counts.programs, counts.relocations, counts.poisoned, counts.refused,
        counts.wrong);
    sk_btf_close(&o.btf);
    free(o.file.data);
    return counts.wrong || !counts.relocations;
}
