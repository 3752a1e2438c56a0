/* Writing BTF. */
#include "btf/build.h"

#include "base/bits.h"
#include "btf/words.h"

enum { HEADER_BYTES = 24, INFO = 1 };

void sk_btf_build_init(struct sk_btf_build *build, const struct sk_mem *mem)
{
    *build = (struct sk_btf_build){ .count = 1 };
    sk_blob_init(&build->types, mem);
    sk_blob_init(&build->strings, mem);
    sk_names_init(&build->names, mem);
    sk_btf_build_string(build, "");
}

void sk_btf_build_fini(struct sk_btf_build *build)
{
    sk_blob_fini(&build->types);
    sk_blob_fini(&build->strings);
    sk_names_fini(&build->names);
}

uint32_t sk_btf_build_string(struct sk_btf_build *build, const char *string)
{
    uint32_t offset = (uint32_t)build->strings.len;
    const uint32_t *there = sk_names_add(&build->names, string, offset);

    if (!there) {
        build->failed = 1;
        return 0;
    }
    if (*there == offset && build->strings.len < UINT32_MAX)
        sk_blob_text(&build->strings, string);
    return *there;
}

static void put(struct sk_btf_build *build, uint32_t word)
{
    sk_blob_32(&build->types, sk_le32(word));
}

void sk_btf_build_copy(struct sk_btf_build *build, const struct sk_btf *from, uint32_t id,
                       const struct sk_btf_ids *ids)
{
    uint32_t words, word;
    const uint8_t *record = sk_btf_record(from, id, &words);
    enum sk_btf_kind kind = (enum sk_btf_kind)(sk_btf_word_at(record, INFO) >> 24 & 0x1f);

    for (uint32_t i = 0; i < words; i++) {
        word = sk_btf_word_at(record, i);
        switch (sk_btf_word_role(kind, i)) {
        case SK_WORD_STRING:
            put(build, sk_btf_build_string(build, sk_btf_string(from, word)));
            break;
        case SK_WORD_TYPE:
            put(build, sk_btf_mapped(ids, word));
            break;
        default:
            put(build, word);
        }
    }
    build->count++;
}

void sk_btf_build_datasec(struct sk_btf_build *build, const char *name, uint32_t size,
                          uint32_t vlen)
{
    put(build, sk_btf_build_string(build, name));
    put(build, (uint32_t)SK_BTF_DATASEC << 24 | vlen);
    put(build, size);
    build->count++;
}

void sk_btf_build_secvar(struct sk_btf_build *build, uint32_t type, uint32_t offset,
                         uint32_t size)
{
    put(build, type);
    put(build, offset);
    put(build, size);
}

enum skep_code sk_btf_build_finish(const struct sk_btf_build *build, struct sk_blob *blob,
                                   struct skep_err *err)
{
    uint64_t types = build->types.len, strings = build->strings.len;
    const uint32_t header[] = {
        sk_le32(SK_BTF_MAGIC | 1u << 16), /* version 1 */
        sk_le32(HEADER_BYTES),
        0, /* where the types are, behind the header */
        sk_le32((uint32_t)types),
        sk_le32((uint32_t)types), /* where the strings are */
        sk_le32((uint32_t)strings),
    };

    SK_TRY(sk_blob_check(&build->types, err));
    SK_TRY(sk_blob_check(&build->strings, err));
    if (build->failed)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), (size_t)strings);
    if (types + strings > UINT32_MAX - HEADER_BYTES)
        return sk_fail(err, E_FORMAT, sk_at_nothing(), "more than 4 GiB of BTF");
    sk_blob_add(blob, header, sizeof(header));
    sk_blob_add(blob, build->types.data, build->types.len);
    sk_blob_add(blob, build->strings.data, build->strings.len);
    return sk_blob_check(blob, err);
}
