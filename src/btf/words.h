/* What the words of a record are, for those who copy or compare records whole. */
#ifndef SK_BTF_WORDS_H
#define SK_BTF_WORDS_H

#include "btf/btf.h"

enum sk_btf_word { SK_WORD_PLAIN, SK_WORD_STRING, SK_WORD_TYPE };

/* The record of type `id`, which is not 0, and the number of its words. */
const uint8_t *sk_btf_record(const struct sk_btf *btf, uint32_t id, uint32_t *count);

/* Word i of a record, as a number. */
uint32_t sk_btf_word_at(const uint8_t *record, uint32_t i);

/* What word i of a record of that kind is. */
enum sk_btf_word sk_btf_word_role(enum sk_btf_kind kind, uint32_t i);

#endif
