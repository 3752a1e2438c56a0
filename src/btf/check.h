/* The checks of records, for btf.c. */
#ifndef SK_BTF_CHECK_H
#define SK_BTF_CHECK_H

#include "btf/btf.h"

/* The longest way through a type that C can write: by aliases, arrays and members by
 * value; or by aliases, pointers, arrays and prototypes. (Linux has 32.) So whoever
 * follows such a way may recurse. */
enum { SK_BTF_DEPTH_MAX = 128 };

/* Of a record whose head is at `at`: its length, 0 for an unknown kind. */
uint64_t sk_btf_record_len(const struct sk_btf *btf, uint64_t at);

/* Checks all records; btf->at is complete and each record lies within the types. */
enum skep_code sk_btf_check(const struct sk_btf *btf, struct skep_err *err);

#endif
