/* Records as words: a table of what each kind has. */
#include "btf/words.h"

#include "base/bits.h"
#include "btf/check.h"

enum { HEAD_WORDS = 3, THIRD = 2 };

#define P SK_WORD_PLAIN
#define S SK_WORD_STRING
#define T SK_WORD_TYPE

/* The head's third word, then those that are there once, then those that repeat. */
static const struct {
    uint8_t third, fixed_count, each_count;
    uint8_t fixed[3], each[3];
} words[SK_BTF_KINDS] = {
    [SK_BTF_INT] = { P, 1, 0, { P }, { 0 } },
    [SK_BTF_PTR] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_ARRAY] = { P, 3, 0, { T, T, P }, { 0 } },
    [SK_BTF_STRUCT] = { P, 0, 3, { 0 }, { S, T, P } },
    [SK_BTF_UNION] = { P, 0, 3, { 0 }, { S, T, P } },
    [SK_BTF_ENUM] = { P, 0, 2, { 0 }, { S, P } },
    [SK_BTF_FWD] = { P, 0, 0, { 0 }, { 0 } },
    [SK_BTF_TYPEDEF] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_VOLATILE] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_CONST] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_RESTRICT] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_FUNC] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_FUNC_PROTO] = { T, 0, 2, { 0 }, { S, T } },
    [SK_BTF_VAR] = { T, 1, 0, { P }, { 0 } },
    [SK_BTF_DATASEC] = { P, 0, 3, { 0 }, { T, P, P } },
    [SK_BTF_FLOAT] = { P, 0, 0, { 0 }, { 0 } },
    [SK_BTF_DECL_TAG] = { T, 1, 0, { P }, { 0 } },
    [SK_BTF_TYPE_TAG] = { T, 0, 0, { 0 }, { 0 } },
    [SK_BTF_ENUM64] = { P, 0, 3, { 0 }, { S, P, P } },
};

const uint8_t *sk_btf_record(const struct sk_btf *btf, uint32_t id, uint32_t *count)
{
    uint64_t at;

    while (btf->base && id < btf->first)
        btf = btf->base;
    at = btf->at[id - btf->first];
    *count = (uint32_t)(sk_btf_record_len(btf, at) / 4);
    return btf->data + at;
}

uint32_t sk_btf_word_at(const uint8_t *record, uint32_t i)
{
    return sk_le32(sk_load32(record + 4 * (size_t)i));
}

enum sk_btf_word sk_btf_word_role(enum sk_btf_kind kind, uint32_t i)
{
    uint32_t fixed = words[kind].fixed_count;

    if (i < HEAD_WORDS)
        return i == 0 ? S : i == THIRD ? (enum sk_btf_word)words[kind].third : P;
    i -= HEAD_WORDS;
    if (i < fixed)
        return (enum sk_btf_word)words[kind].fixed[i];
    return (enum sk_btf_word)words[kind].each[(i - fixed) % words[kind].each_count];
}
