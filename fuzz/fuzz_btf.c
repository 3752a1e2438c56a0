/* Fuzz target: types, src/btf. An input is
 *
 *     length of .BTF.ext:16 | .BTF.ext | BTF
 *
 * What is accepted is put in every form, and its types are the types of the input's own bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "btf/ext.h"
#include "btf/print.h"
#include "fuzz_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    EXT_LEN = 2,
    TYPES_MAX = 6,   /* whose values are printed */
    VALUE_MAX = 128, /* bytes of a value */
};

/* Texts are fit for a terminal. */
static int check_text(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n' && text[i] != '\t')
            abort();
    }
    return 0;
}

static void check_error(enum skep_code code, const struct skep_err *err)
{
    if (code && (err->code != code || !err->message[0]))
        abort();
    check_text(NULL, err->message, code ? strlen(err->message) : 0);
}

/* What is done with an input is chosen by its bytes, for all would take long. */
static uint32_t sum_of(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = sum * 31 + data[i];
    return sum ^ sum >> 15;
}

static void dump(const struct sk_btf *btf, uint32_t form)
{
    struct skep_err err = { 0 };
    struct sk_out out;
    enum skep_code code;

    sk_out_writer(&out, check_text, NULL);
    if (form)
        code = sk_btf_dump_c(btf, &out, &err);
    else
        code = sk_btf_dump_raw(btf, btf->data[btf->len - 2] & SK_PRINT_JSON, &out, &err);
    check_error(code, &err);
}

/* Some types from `first` on. */
static void print_values(const struct sk_btf *btf, const uint8_t *data, size_t len,
                         uint32_t first)
{
    struct skep_err err = { 0 };
    struct sk_out out;

    sk_out_writer(&out, check_text, NULL);
    for (uint32_t id = first; id < btf->count && id < first + TYPES_MAX; id++) {
        uint32_t flags = (id + len) % 16;

        check_error(sk_btf_print(btf, id, data, len, flags, &out, &err), &err);
        sk_btf_put_declaration(btf, id, "name", &out);
        if (sk_btf_type(btf, id).kind == SK_BTF_FUNC)
            sk_btf_put_prototype(btf, id, &out);
    }
}

static void read_ext(const struct sk_btf_ext *ext)
{
    for (int table = 0; table < SK_EXT_TABLES; table++) {
        struct sk_ext_section s = { 0 };

        while (sk_btf_ext_next(ext, (enum sk_ext_table)table, &s)) {
            check_text(NULL, "", strlen(s.name) & 0);
            for (uint32_t i = 0; i < s.count; i++) {
                uint32_t n = (uint32_t)sk_ext_func(ext, &s, i).insn_off;

                if (table == SK_EXT_LINE)
                    n += (uint32_t)strlen(sk_ext_line(ext, &s, i).text);
                if (table == SK_EXT_CORE)
                    n += (uint32_t)strlen(sk_ext_core(ext, &s, i).access);
                if (n == UINT32_MAX)
                    return;
            }
        }
    }
}

/* A copy in a block of just its size, so that a read beyond it is seen. */
static uint8_t *copy_of(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    if (len)
        memcpy(copy, data, len);
    return copy;
}

static void run(const uint8_t *ext_data, size_t ext_len, const uint8_t *btf_data,
                size_t btf_len)
{
    const struct sk_btf_source source = { ".BTF.ext", 3, 64 };
    struct fuzz_mem books;
    struct sk_mem mem = fuzz_mem_init(&books, btf_data, btf_len);
    struct skep_err err = { 0 };
    struct sk_btf_ext ext;
    struct sk_btf btf;
    uint32_t sum;
    enum skep_code code = sk_btf_open(&btf, &mem, btf_data, btf_len, NULL, NULL, &err);

    check_error(code, &err);
    if (code) {
        fuzz_mem_check(&books);
        return;
    }
    sum = sum_of(btf_data, btf_len);
    dump(&btf, sum % 3);
    print_values(&btf, btf_data, btf_len < VALUE_MAX ? btf_len : VALUE_MAX,
                 sum / 3 % btf.count);
    code = sk_btf_ext_open(&ext, &btf, ext_data, ext_len, &source, &err);
    check_error(code, &err);
    if (!code)
        read_ext(&ext);
    sk_btf_close(&btf);
    fuzz_mem_check(&books);
}

/* Where the BTF begins. */
static size_t btf_at(const uint8_t *data, size_t size)
{
    size_t len = sk_le16(sk_load16(data));

    return EXT_LEN + (len < size - EXT_LEN ? len : size - EXT_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *ext, *btf;
    size_t at;

    if (size < EXT_LEN)
        return 0;
    at = btf_at(data, size);
    ext = copy_of(data + EXT_LEN, at - EXT_LEN);
    btf = copy_of(data + at, size - at);
    run(ext, at - EXT_LEN, btf, size - at);
    free(ext);
    free(btf);
    return 0;
}
