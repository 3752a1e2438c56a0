/* bpf(2) without a kernel: what libbpf asks for is written down, and answered as a kernel
 * would that has every feature and accepts everything.
 *
 * The linker puts fake.c before the C library (--wrap=syscall). Each map, program and BTF is a
 * memfd: descriptors may be duplicated, and memory of a map can be mapped. */
#ifndef OBJECT_FAKE_H
#define OBJECT_FAKE_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

struct fake_update { /* an element that a map was given */
    uint32_t key;
    uint8_t *value; /* value_size bytes */
    int target;     /* the thing that a value of 4 bytes is a descriptor of, or -1 */
};

enum fake_kind { FAKE_MAP, FAKE_PROG, FAKE_BTF };

struct fake_thing {
    enum fake_kind kind;
    uint64_t inode; /* of the memfd */
    union bpf_attr attr;
    /* Of maps. */
    int inner; /* the thing that inner_map_fd is, or -1 */
    struct fake_update *updates;
    size_t update_count;
    int is_frozen;
    /* Of programs: copies of what attr points to. */
    char *license;
    uint8_t *slots, *funcs, *lines;
    int *maps; /* of each slot: the thing whose descriptor it holds, or -1 */
    int btf;   /* the thing that prog_btf_fd is, or -1 */
    /* Of BTF. */
    uint8_t *bytes;
    uint32_t btf_id; /* of the kernel's and programs' */
};

/* The BTF of the kernel's only module, called "module"; borrowed. NULL: there is none. */
void fake_module(const void *btf, size_t len);

/* Forgets all but the module. */
void fake_reset(void);

/* The thing behind a descriptor, or -1. */
int fake_find(int fd);
struct fake_thing *fake_at(int index);

/* A descriptor of a program that is loaded already, for programs to attach to: it has one
 * function, FAKE_TARGET. */
#define FAKE_TARGET "target"
int fake_target(void);

/* Reads `len` bytes of a map's memory from its start. */
int fake_memory(int fd, void *bytes, size_t len);

#endif
