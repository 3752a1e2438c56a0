/* The kinds of programs, and names of them and of where they attach. */
#ifndef SK_ENV_PROGKIND_H
#define SK_ENV_PROGKIND_H

#include <stdint.h>

/* enum bpf_prog_type of linux/bpf.h. */
enum sk_prog_type {
#define PROGKIND(id, number, name) SK_TYPE_##id = (number),
#include "env/progkind.def"
#undef PROGKIND
};

/* bpftool's name of an enum bpf_prog_type, such as "xdp"; NULL if it is not known. */
const char *sk_prog_kind_name(uint32_t number);

/* The number of that name; -1: there is none. */
int sk_prog_kind_number(const char *name);

/* bpftool's name of an enum bpf_attach_type, such as "trace_fentry"; NULL if it is not known. */
const char *sk_attach_name(uint32_t number);

#endif
