/* The types that libbpf submits, in the form of canon.h. */
#ifndef OBJECT_LIBBPF_TYPES_H
#define OBJECT_LIBBPF_TYPES_H

#include <bpf/btf.h>

/* `original`: what the file has. libbpf changes some of it to please the kernel, so that it
 * cannot tell what there was: what was declared as extern is another variable, or none,
 * hidden variables are static, and parameters of functions have names. Types that it adds are left out. */
void libbpf_types(const struct btf *submitted, const struct btf *original);

#endif
