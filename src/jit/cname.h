/* Names of functions that a header can declare, in C and C++ and beside <stdint.h>. */
#ifndef SK_JIT_CNAME_H
#define SK_JIT_CNAME_H

enum { SK_CNAME_MAX = 255 };

/* Why `name` is none, as the end of a sentence that begins with it; NULL: it is one. */
const char *sk_cname_wrong(const char *name);

#endif
