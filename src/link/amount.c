/* How much comes out. Sections may lie over each other in a file, and a name may be the
 * end of a longer one: a small file could make much of a few bytes. So sections may not,
 * and what all names have together, each time one is spoken of, may only be some times
 * what the file has; of what compilers write it is less than that twice over. Only then
 * names are written, and compared, in time that the file's size bounds. */
#include <string.h>

#include "btf/words.h"
#include "link/parts.h"

/* Per byte of the inputs. Records of 12 bytes speak of one name, and of 16 of two, of
 * which one is a path; what is written is written once. */
enum { SPOKEN_MAX = 64, WRITTEN_MAX = 4 };

static const uint64_t spare = 1 << 16; /* for small files */

enum skep_code sk_link_check_sections(const struct sk_link_file *file,
                                      struct skep_err *err)
{
    uint64_t left = file->elf.len;

    for (uint32_t i = 1; i < file->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&file->elf, i);

        if (section.type == SK_SHT_NULL || section.type == SK_SHT_NOBITS)
            continue;
        if (section.size > left)
            return sk_link_fail_section(file, &section, section.header, err,
                                        "it lies over another one");
        left -= section.size;
    }
    return SKEP_OK;
}

/* ---- Names ----------------------------------------------------------------------- */

/* What names may still have. */
struct budget {
    uint64_t left;
    int is_spent;
};

static void spend(struct budget *budget, const char *name)
{
    size_t len = strlen(name);

    budget->is_spent |= len >= budget->left;
    budget->left -= len < budget->left ? len : budget->left;
}

static enum skep_code spend_symbols(const struct sk_link_file *file,
                                    struct budget *budget, struct skep_err *err)
{
    struct sk_elf_symbol symbol;

    for (uint32_t i = 1; i < file->elf.symbol_count && !budget->is_spent; i++) {
        SK_TRY(sk_link_named(file, sk_elf_symbol(&file->elf, i, &symbol, err), err));
        spend(budget, symbol.name);
    }
    return SKEP_OK;
}

static void spend_sections(const struct sk_link_file *file, struct budget *budget)
{
    for (uint32_t i = 1; i < file->elf.section_count && !budget->is_spent; i++)
        spend(budget, sk_elf_section(&file->elf, i).name);
}

static void spend_types(const struct sk_btf *btf, struct budget *budget)
{
    for (uint32_t id = 1; id < sk_btf_count(btf); id++) {
        enum sk_btf_kind kind = sk_btf_type(btf, id).kind;
        uint32_t words;
        const uint8_t *record = sk_btf_record(btf, id, &words);

        for (uint32_t i = 0; i < words && !budget->is_spent; i++) {
            if (sk_btf_word_role(kind, i) == SK_WORD_STRING)
                spend(budget, sk_btf_string(btf, sk_btf_word_at(record, i)));
        }
    }
}

static void spend_record(const struct sk_btf_ext *ext, enum sk_ext_table table,
                         const struct sk_ext_section *records, uint32_t i,
                         struct budget *budget)
{
    if (table == SK_EXT_LINE) {
        struct sk_ext_line line = sk_ext_line(ext, records, i);

        spend(budget, line.file);
        spend(budget, line.text);
    } else if (table == SK_EXT_CORE) {
        spend(budget, sk_ext_core(ext, records, i).access);
    }
}

static void spend_records(const struct sk_btf_ext *ext, struct budget *budget)
{
    for (int t = 0; t < SK_EXT_TABLES; t++) {
        enum sk_ext_table table = (enum sk_ext_table)t;
        struct sk_ext_section records = { 0 };

        while (!budget->is_spent && sk_btf_ext_next(ext, table, &records)) {
            spend(budget, records.name);
            for (uint32_t i = 0; i < records.count && !budget->is_spent; i++)
                spend_record(ext, table, &records, i, budget);
        }
    }
}

enum skep_code sk_link_check_names(const struct sk_link_file *file, struct skep_err *err)
{
    struct budget budget = { .left = spare + SPOKEN_MAX * (uint64_t)file->elf.len };

    SK_TRY(spend_symbols(file, &budget, err));
    spend_sections(file, &budget);
    spend_types(&file->btf, &budget);
    if (file->has_ext)
        spend_records(&file->ext, &budget);
    if (!budget.is_spent)
        return SKEP_OK;
    return sk_link_fail(file, err,
                        "its names have more than %d times the bytes of the file, each "
                        "counted as often as it is used",
                        SPOKEN_MAX);
}

enum skep_code sk_link_check_output(const struct sk_link *l, uint64_t len,
                                    struct skep_err *err)
{
    uint64_t most = spare;

    for (uint32_t f = 0; f < l->file_count; f++)
        most += WRITTEN_MAX * (uint64_t)l->files[f].elf.len;
    if (len <= most)
        return SKEP_OK;
    return sk_fail(err, E_LINK, sk_at_nothing(), "the output",
                   "its names would have several times the bytes of all inputs");
}
