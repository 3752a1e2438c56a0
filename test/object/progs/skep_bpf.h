/* What our test programs need of eBPF's C, so that they need nothing but clang. The names are
 * those of Linux's documentation. */
#ifndef SKEP_BPF_H
#define SKEP_BPF_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef _Bool bool;

#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))
#define __always_inline inline __attribute__((always_inline))
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __core __attribute__((preserve_access_index))
#define LICENSE(text) char _license[] SEC("license") = text

/* Definitions of maps: the numbers are in the types of members. */
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]

enum {
    HASH = 1,
    ARRAY = 2,
    PROG_ARRAY = 3,
    PERF_EVENT_ARRAY = 4,
    PERCPU_HASH = 5,
    PERCPU_ARRAY = 6,
    STACK_TRACE = 7,
    CGROUP_ARRAY = 8,
    LRU_HASH = 9,
    LRU_PERCPU_HASH = 10,
    LPM_TRIE = 11,
    ARRAY_OF_MAPS = 12,
    HASH_OF_MAPS = 13,
    DEVMAP = 14,
    SOCKMAP = 15,
    CPUMAP = 16,
    XSKMAP = 17,
    SOCKHASH = 18,
    REUSEPORT_SOCKARRAY = 20,
    QUEUE = 22,
    STACK = 23,
    SK_STORAGE = 24,
    DEVMAP_HASH = 25,
    RINGBUF = 27,
    INODE_STORAGE = 28,
    TASK_STORAGE = 29,
    BLOOM_FILTER = 30,
    USER_RINGBUF = 31,
    CGRP_STORAGE = 32,
    ARENA = 33,
};

/* Helpers by number: to clang a helper is a function at that address. */
#ifdef __clang__
#define HELPER(number, result, name, ...)                                                \
    static result (*const name)(__VA_ARGS__) = (void *)number
#else
#define HELPER(number, result, name, ...)                                                \
    result name(__VA_ARGS__) __attribute__((kernel_helper(number)))
#endif

HELPER(1, void *, map_lookup_elem, void *map, const void *key);
HELPER(2, long, map_update_elem, void *map, const void *key, const void *value,
       u64 flags);
HELPER(5, u64, ktime_get_ns, void);
HELPER(6, long, trace_printk, const char *format, u32 size, ...);
HELPER(12, long, tail_call, void *ctx, void *map, u32 index);
HELPER(113, long, probe_read_kernel, void *to, u32 size, const void *from);
HELPER(164, long, for_each_map_elem, void *map, void *callback, void *ctx, u64 flags);
HELPER(181, long, loop, u32 count, void *callback, void *ctx, u64 flags);

/* CO-RE (Documentation/bpf/llvm_reloc.rst). */
enum {
    FIELD_BYTE_OFFSET,
    FIELD_BYTE_SIZE,
    FIELD_EXISTS,
    FIELD_SIGNED,
    FIELD_LSHIFT,
    FIELD_RSHIFT
};
#define field_info(field, what) __builtin_preserve_field_info(field, what)
#define field_exists(field) field_info(field, FIELD_EXISTS)
#define type_exists(type) __builtin_preserve_type_info(*(type *)0, 0)
#define type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
#define type_matches(type) __builtin_preserve_type_info(*(type *)0, 2)
#define type_id_local(type) __builtin_btf_type_id(*(type *)0, 0)
#define type_id_kernel(type) __builtin_btf_type_id(*(type *)0, 1)
#define enum_value_exists(type, value)                                                   \
    __builtin_preserve_enum_value(*(typeof(type) *)value, 0)
#define enum_value(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 1)

#endif
