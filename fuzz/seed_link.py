#!/usr/bin/env python3
"""Makes seeds of fuzz_link: pairs of objects that refer to each other.

    fuzz/seed_link.py [FOLDER]      default: fuzz/corpus/link
"""
import struct

from seed_btf import folder_of
from seed_object import compiled

COMMON = """
    enum e { A, B = 5 }; enum big { BIG = 7 }; struct far; union other;
    struct s { int a : 3; float f; enum e e; struct { char c[3]; } in; struct far *far; union other *u;
        int (*call)(struct s *, long); volatile const short v[2]; struct s *next; };
    typedef struct s alias;
"""

# Name: the first object's source, the second's.
SEEDS = {
    "structs": (
        "alias shared = { 1 }; SEC('tc') int one(void *c) { return shared.a; }",
        "extern struct s shared; SEC('tc') int two(void *c) { return shared.e; }",
    ),
    "functions": (
        """__noinline int both(struct s *s, enum e e, float *f, struct far *p) { return s->a + e; }
        SEC('tc') int one(void *c) { return 1; }""",
        """extern int both(struct s *s, enum e e, float *f, struct far *p);
        SEC('tc') int two(void *c) { struct s s = { 2 }; return both(&s, B, 0, 0); }""",
    ),
    "maps": (
        """struct { __uint(type, ARRAY); __uint(max_entries, 4); __type(key, u32);
            __type(value, struct s); } table SEC('.maps');
        struct inner { __uint(type, ARRAY); __uint(max_entries, 1); __type(key, int);
            __type(value, int); };
        struct { __uint(type, HASH_OF_MAPS); __uint(max_entries, 4); __type(key, u32);
            __array(values, struct inner); } outer SEC('.maps');
        SEC('tc') int one(void *c) { return &table != 0; }""",
        """extern struct { __uint(type, ARRAY); __uint(max_entries, 4); __type(key, u32);
            __type(value, struct s); } table SEC('.maps');
        struct inner { __uint(type, ARRAY); __uint(max_entries, 1); __type(key, int);
            __type(value, int); };
        extern struct { __uint(type, HASH_OF_MAPS); __uint(max_entries, 4); __type(key, u32);
            __array(values, struct inner); } outer SEC('.maps');
        SEC('tc') int two(void *c) { return &table != (void *)&outer; }""",
    ),
    "arrays": (
        "enum e many[3][2] = { { A } }; float real; SEC('tc') int one(void *c) { return many[1][0]; }",
        """extern enum e many[3][2]; extern float real; extern int CONFIG_NUMBER __kconfig;
        SEC('tc') int two(void *c) { return many[2][1] + *(int *)&real + CONFIG_NUMBER; }""",
    ),
}


def main():
    folder = folder_of("link")
    for name, sources in SEEDS.items():
        first, second = (
            compiled('#include "skep_bpf.h"\n' + COMMON + source.replace("'", '"'))
            for source in sources
        )
        (folder / name).write_bytes(struct.pack("<I", len(first)) + first + second)


main()
