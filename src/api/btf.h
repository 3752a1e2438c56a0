/* What the public handle of BTF is. */
#ifndef SK_API_BTF_H
#define SK_API_BTF_H

#include <skep_btf.h>

#include "btf/btf.h"

struct skep_btf {
    struct sk_btf btf; /* first: what reads types needs no more */
    struct sk_mem mem;
    uint8_t *bytes; /* owned; NULL: the BTF is an object's */
    size_t len;
};

#endif
