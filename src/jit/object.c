/* An ELF relocatable object for C's linker, and its header for C's compiler:
 *
 *     header | .text | .rela.text | .symtab | .strtab | .shstrtab | .note.gnu.property |
 *     section headers
 *
 * and .note.GNU-stack, which is empty and says that the stack need not be executable. Symbols
 * are first the local ones, which only a debugger sees: functions of the program. Then come
 * function 0 under the caller's name, and the helpers, which are to be found elsewhere.
 *
 * Both targets are little-endian, whatever this machine is. */
#include "jit/object.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/elf_write.h"
#include "jit/blind.h"
#include "jit/cname.h"
#include "jit/code.h"
#include "jit/depth.h"

enum { TEXT = 1, RELA, SYMTAB, STRTAB, SHSTRTAB, STACK, PROPERTY, SECTIONS };

static const char *const section_names[SECTIONS] = {
    "",        ".text",     ".rela.text",      ".symtab",
    ".strtab", ".shstrtab", ".note.GNU-stack", ".note.gnu.property"
};

/* ---- What can stand alone ----------------------------------------------------------- */

/* What an object file cannot hold of the instruction, or NULL. */
static const char *needs_run(const struct sk_prog *prog, const struct sk_insn *insn)
{
    const char *name;

    switch (insn->op) {
    case SK_OP_LDDW_MAP_FD:
    case SK_OP_LDDW_MAP_VALUE:
    case SK_OP_LDDW_MAP_IDX:
    case SK_OP_LDDW_MAP_IDX_VALUE:
        return "a reference to a map";
    case SK_OP_LDDW_VAR:
        return "a reference to a variable of the kernel";
    case SK_OP_CALL_KFUNC:
        return "a call of a kernel function";
    case SK_OP_CALL:
        name = sk_env_helper_name(prog->env, (uint32_t)insn->imm);
        return name && !strcmp(name, "bpf_tail_call") ? "a tail call" : NULL;
    default:
        return sk_isa[insn->op].role == SK_ROLE_PACKET ? "a load from the packet" : NULL;
    }
}

enum skep_code sk_object_check(const struct sk_prog *prog, struct skep_err *err)
{
    struct sk_depth depth;

    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const char *what =
            prog->insns[pc].op == SK_OP_SECOND ? NULL : needs_run(prog, &prog->insns[pc]);

        if (what)
            return sk_fail(err, E_STANDALONE, sk_at_slot(pc), what);
    }
    if (!sk_depth_of_calls(prog, &depth))
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), (size_t)prog->function_count);
    if (depth.frames > SK_MAX_FRAMES)
        return sk_fail(err, E_STANDALONE, sk_at_slot(depth.pc),
                       "calls that nest more than 8 functions");
    return SKEP_OK;
}

/* ---- Names -------------------------------------------------------------------------- */

enum { HELPER_NAME = SK_ENV_NAME_MAX };

/* The helper as a symbol. */
static const char *helper_symbol(const struct skep_native_reloc *reloc,
                                 char buf[HELPER_NAME])
{
    if (reloc->name)
        return reloc->name;
    snprintf(buf, HELPER_NAME, "bpf_helper_%lld", (long long)reloc->helper);
    return buf;
}

/* Fills first[i] with the first relocation that calls the helper of relocation i; 0: no memory.
 * A hash table with a secret multiplier (multiply-shift; Dietzfelbinger 1997): the program chooses
 * the helpers' numbers. */
static int find_firsts(const struct sk_native *native, uint32_t *first)
{
    uint64_t multiplier = sk_blind_seed() | 1;
    unsigned bits = 4;
    uint32_t *table; /* relocations, + 1; 0: free */
    size_t mask;

    while ((size_t)1 << bits < 2 * native->reloc_count)
        bits++;
    mask = ((size_t)1 << bits) - 1;
    table = sk_mem_new(&native->mem, mask + 1, sizeof(table[0]));
    if (!table)
        return 0;
    for (uint32_t i = 0; i < native->reloc_count; i++) {
        int64_t helper = native->relocs[i].helper;
        size_t at = (size_t)((uint64_t)helper * multiplier >> (64 - bits));

        while (table[at] && native->relocs[table[at] - 1].helper != helper)
            at = (at + 1) & mask;
        if (!table[at])
            table[at] = i + 1;
        first[i] = table[at] - 1;
    }
    sk_mem_free(&native->mem, table, mask + 1, sizeof(table[0]));
    return 1;
}

/* The same in memory that the caller frees with free_firsts; NULL: there is none. */
static uint32_t *new_firsts(const struct sk_native *native)
{
    uint32_t *first = sk_mem_new(&native->mem, native->reloc_count, sizeof(first[0]));

    if (first && !find_firsts(native, first)) {
        sk_mem_free(&native->mem, first, native->reloc_count, sizeof(first[0]));
        return NULL;
    }
    return first;
}

static void free_firsts(const struct sk_native *native, uint32_t *first)
{
    sk_mem_free(&native->mem, first, native->reloc_count, sizeof(first[0]));
}

static enum skep_code bad_name(const char *kind, const char *name, const char *why,
                               struct skep_err *err)
{
    char message[160];

    snprintf(message, sizeof(message), "%s '%.60s' %s", kind, name, why);
    return sk_fail(err, E_ARGUMENT, sk_at_nothing(), message);
}

/* A name that stands for helpers without one, with a number that is not its own. */
static int is_of_another(const struct skep_native_reloc *reloc)
{
    const struct skep_native_reloc nameless = { .helper = reloc->helper };
    char buf[HELPER_NAME];

    return reloc->name &&
           !strncmp(reloc->name, "bpf_helper_", sizeof("bpf_helper_") - 1) &&
           strcmp(reloc->name, helper_symbol(&nameless, buf));
}

static enum skep_code check_names(const struct sk_native *native, const uint32_t *first,
                                  const char *name, struct skep_err *err)
{
    const char *why = sk_cname_wrong(name);
    char buf[HELPER_NAME];

    for (size_t i = 0; !why && i < native->reloc_count; i++) {
        const struct skep_native_reloc *reloc = &native->relocs[i];
        const char *symbol = helper_symbol(reloc, buf), *wrong = sk_cname_wrong(symbol);

        if (first[i] != i)
            continue;
        if (is_of_another(reloc))
            wrong = "is kept for a helper without a name";
        if (wrong)
            return bad_name("helper", symbol, wrong, err);
        if (!strcmp(name, symbol))
            why = "is a helper that the program calls";
    }
    return why ? bad_name("name", name, why, err) : SKEP_OK;
}

/* ---- Symbols ------------------------------------------------------------------------ */

struct writer {
    const struct sk_native *native;
    struct sk_blob *blob;
    struct sk_blob names;  /* .strtab */
    const uint32_t *first; /* find_firsts */
    uint32_t *symbol_of;   /* of each relocation: its helper's symbol */
    uint32_t symbols;
};

static void add_symbol(struct writer *w, const char *name, unsigned info,
                       unsigned section, uint64_t value, uint64_t size)
{
    const Elf64_Sym symbol = {
        .st_name = (uint32_t)w->names.len,
        .st_info = (unsigned char)info,
        .st_shndx = (uint16_t)section,
        .st_value = value,
        .st_size = size,
    };

    sk_elf_put_symbol(w->blob, &symbol);
    sk_blob_text(&w->names, name);
    w->symbols++;
}

/* Returns how many there are. */
static uint32_t add_local_symbols(struct writer *w)
{
    const struct sk_native *native = w->native;
    const Elf64_Sym none = { 0 };

    sk_blob_add(w->blob, &none, sizeof(none));
    sk_blob_8(&w->names, 0);
    w->symbols = 1;
    if (native->target == SKEP_TARGET_ARM64) /* AAELF64: here begins code, not data */
        add_symbol(w, "$x", ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), TEXT, 0, 0);
    for (size_t i = 1; i < native->symbol_count; i++)
        add_symbol(w, native->symbols[i].name, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), TEXT,
                   native->symbols[i].offset, native->symbols[i].size);
    return w->symbols;
}

static void add_global_symbols(struct writer *w, const char *name)
{
    const struct sk_native *native = w->native;
    char buf[HELPER_NAME];

    add_symbol(w, name, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), TEXT,
               native->symbols[0].offset, native->symbols[0].size);
    for (size_t i = 0; i < native->reloc_count; i++) {
        if (w->first[i] == i) {
            w->symbol_of[i] = w->symbols;
            add_symbol(w, helper_symbol(&native->relocs[i], buf),
                       ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), SHN_UNDEF, 0, 0);
        } else {
            w->symbol_of[i] = w->symbol_of[w->first[i]];
        }
    }
}

static void add_relocations(struct writer *w)
{
    int arm64 = w->native->target == SKEP_TARGET_ARM64;
    uint32_t type = arm64 ? R_AARCH64_CALL26 : R_X86_64_PLT32;

    for (size_t i = 0; i < w->native->reloc_count; i++) {
        const Elf64_Rela rela = {
            .r_offset = sk_le64(w->native->relocs[i].offset),
            .r_info = sk_le64(ELF64_R_INFO((uint64_t)w->symbol_of[i], type)),
            /* x86-64 counts from behind the field */
            .r_addend = (int64_t)sk_le64((uint64_t)(arm64 ? 0 : -4)),
        };

        sk_blob_add(w->blob, &rela, sizeof(rela));
    }
}

/* ---- Sections ----------------------------------------------------------------------- */

/* The note that indirect calls only land on pads, and on x86-64 that returns go where calls
 * came from: linkers ask it of all objects, or the whole program does without. */
static void add_property(struct writer *w)
{
    enum { X86_FEATURE_1 = 0xc0000002u, ARM64_FEATURE_1 = 0xc0000000u };
    int arm64 = w->native->target == SKEP_TARGET_ARM64;
    const uint32_t note[] = {
        sk_le32(sizeof("GNU")),
        sk_le32(16), /* of the property, padded */
        sk_le32(5),  /* NT_GNU_PROPERTY_TYPE_0 */
        0,           /* the name */
        sk_le32(arm64 ? ARM64_FEATURE_1 : X86_FEATURE_1),
        sk_le32(4),
        sk_le32(arm64 ? 1 : 3), /* BTI; IBT and SHSTK */
        0,
    };
    size_t at = w->blob->len;

    sk_blob_add(w->blob, note, sizeof(note));
    sk_blob_patch(w->blob, at + 12, "GNU", 4);
}

static void add_symbol_sections(struct writer *w, const char *name,
                                Elf64_Shdr headers[SECTIONS])
{
    headers[SYMTAB] = sk_elf_section_begin(w->blob, SHT_SYMTAB, 0, 8);
    headers[SYMTAB].sh_link = STRTAB;
    headers[SYMTAB].sh_entsize = sizeof(Elf64_Sym);
    headers[SYMTAB].sh_info = add_local_symbols(w);
    add_global_symbols(w, name);
    sk_elf_section_end(w->blob, &headers[SYMTAB]);

    headers[STRTAB] = sk_elf_section_begin(w->blob, SHT_STRTAB, 0, 1);
    sk_blob_add(w->blob, w->names.data, w->names.len);
    sk_elf_section_end(w->blob, &headers[STRTAB]);

    headers[RELA] = sk_elf_section_begin(w->blob, SHT_RELA, SHF_INFO_LINK, 8);
    headers[RELA].sh_link = SYMTAB;
    headers[RELA].sh_info = TEXT;
    headers[RELA].sh_entsize = sizeof(Elf64_Rela);
    add_relocations(w);
    sk_elf_section_end(w->blob, &headers[RELA]);
}

static void add_sections(struct writer *w, const char *name, Elf64_Shdr headers[SECTIONS])
{
    headers[TEXT] = sk_elf_section_begin(w->blob, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                                         SK_CODE_LINE);
    sk_blob_add(w->blob, w->native->bytes, w->native->len);
    sk_elf_section_end(w->blob, &headers[TEXT]);

    add_symbol_sections(w, name, headers);

    headers[STACK] = sk_elf_section_begin(w->blob, SHT_PROGBITS, 0, 1);

    headers[PROPERTY] = sk_elf_section_begin(w->blob, SHT_NOTE, SHF_ALLOC, 8);
    if (w->native->mode & SK_JIT_PADS)
        add_property(w);
    sk_elf_section_end(w->blob, &headers[PROPERTY]);
}

static void add_section_names(struct writer *w, Elf64_Shdr headers[SECTIONS])
{
    headers[SHSTRTAB] = sk_elf_section_begin(w->blob, SHT_STRTAB, 0, 1);
    for (size_t i = 0; i < SECTIONS; i++) {
        headers[i].sh_name = (uint32_t)(w->blob->len - headers[SHSTRTAB].sh_offset);
        sk_blob_text(w->blob, section_names[i]);
    }
    sk_elf_section_end(w->blob, &headers[SHSTRTAB]);
}

/* ---- The object --------------------------------------------------------------------- */

static void write_object(struct writer *w, const char *name)
{
    int arm64 = w->native->target == SKEP_TARGET_ARM64;
    /* the property comes last, for it may be missing */
    unsigned count = w->native->mode & SK_JIT_PADS ? SECTIONS : PROPERTY;
    Elf64_Shdr headers[SECTIONS] = { 0 };

    sk_elf_begin(w->blob);
    add_sections(w, name, headers);
    add_section_names(w, headers);
    sk_elf_finish(w->blob, arm64 ? EM_AARCH64 : EM_X86_64, headers, count, SHSTRTAB);
}

static enum skep_code no_memory(const struct sk_native *native, struct skep_err *err)
{
    return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                   native->reloc_count * sizeof(uint32_t));
}

static enum skep_code write_checked(const struct sk_native *native, const uint32_t *first,
                                    const char *name, struct sk_blob *blob,
                                    struct skep_err *err)
{
    struct writer w = { .native = native, .first = first, .blob = blob };

    SK_TRY(check_names(native, first, name, err));
    w.symbol_of = sk_mem_new(&native->mem, native->reloc_count, sizeof(w.symbol_of[0]));
    if (!w.symbol_of)
        return no_memory(native, err);
    sk_blob_init(&w.names, &native->mem);
    write_object(&w, name);
    blob->failed |= w.names.failed;
    sk_blob_fini(&w.names);
    sk_mem_free(&native->mem, w.symbol_of, native->reloc_count, sizeof(w.symbol_of[0]));
    return SKEP_OK;
}

enum skep_code sk_object_write(const struct sk_native *native, const char *name,
                               struct sk_blob *blob, struct skep_err *err)
{
    uint32_t *first = new_firsts(native);
    enum skep_code code;

    if (!first)
        return no_memory(native, err);
    code = write_checked(native, first, name, blob, err);
    free_firsts(native, first);
    return code;
}

/* ---- The header --------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void put(struct sk_blob *blob,
                                                      const char *format, ...)
{
    char line[2 * SK_CNAME_MAX + 80];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    sk_blob_add(blob, line, strlen(line));
}

static void put_function(const struct sk_native *native, const char *name,
                         struct sk_blob *blob)
{
    const struct skep_type *type = native->prog->type;

    if (type)
        put(blob,
            "/* A program of type %s: ctx points to its context, len is not looked at.\n"
            " * The answer is the low 32 bits. */\n",
            type->name);
    else
        put(blob, "/* ctx and len are what r1 and r2 begin with; returns r0. */\n");
    put(blob, "uint64_t %s(void *ctx, uint64_t len);\n", name);
}

static void put_helpers(const struct sk_native *native, const uint32_t *first,
                        struct sk_blob *blob)
{
    char buf[HELPER_NAME];

    if (native->reloc_count)
        put(blob,
            "\n/* What the program calls, for the program to define that it is linked "
            "into. */\n");
    for (size_t i = 0; i < native->reloc_count; i++) {
        if (first[i] == i)
            put(blob,
                "uint64_t %s(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,\n"
                "    uint64_t r5);\n",
                helper_symbol(&native->relocs[i], buf));
    }
}

static void put_header(const struct sk_native *native, const uint32_t *first,
                       const char *name, struct sk_blob *blob)
{
    put(blob, "/* An eBPF program as a C function, made by skep. */\n"
              "#ifndef SKEP_PROGRAM_");
    put(blob, "%s_H\n#define SKEP_PROGRAM_%s_H\n\n", name, name);
    put(blob, "#include <stdint.h>\n\n"
              "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    put_function(native, name, blob);
    put_helpers(native, first, blob);
    put(blob, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
}

enum skep_code sk_object_header(const struct sk_native *native, const char *name,
                                struct sk_blob *blob, struct skep_err *err)
{
    uint32_t *first = new_firsts(native);
    enum skep_code code;

    if (!first)
        return no_memory(native, err);
    code = check_names(native, first, name, err);
    if (!code)
        put_header(native, first, name, blob);
    free_firsts(native, first);
    return code;
}
