#!/usr/bin/env python3
"""Makes the seeds of fuzz_core: objects with records of CO-RE, and types for a target.

    fuzz/seed_core.py [FOLDER]      default: fuzz/corpus/core
"""
import struct

from seed_btf import compiled, folder_of

COMMON = """
    #define CORE __attribute__((preserve_access_index))
    #define ASK(name, type, what) __attribute__((section("tc"), used)) \\
        long name(type *p) { return (long)(what); }
    #define INFO(field, kind) __builtin_preserve_field_info(p->field, kind)
    #define ALL(field) INFO(field, 0) + 3 * INFO(field, 1) + 5 * INFO(field, 2) + \\
        7 * INFO(field, 3) + 9 * INFO(field, 4) + 11 * INFO(field, 5)
    #define TYPE(type, kind) __builtin_preserve_type_info(*(type *)0, kind)
    #define ID(type, kind) __builtin_btf_type_id(*(type *)0, kind)
    #define VALUE(type, value, kind) __builtin_preserve_enum_value(*(type *)value, kind)
    #define KEEP(type, name) type *keep_##name;
"""

# Name: the object's source, the target's (None: the object itself).
SEEDS = {
    "fields": (
        """struct s { int a; unsigned char b; struct { long c[4]; } d; } CORE;
        ASK(f, struct s, ALL(b) + p->a + p->d.c[2])""",
        """struct s { long x; union { struct { unsigned b; int a; }; }; struct { long c[7]; } d; };
        KEEP(struct s, s)""",
    ),
    "bits": (
        """struct s { int a : 5; unsigned b : 9; long c : 40; } CORE;
        ASK(f, struct s, INFO(a, 0) + INFO(a, 1) + INFO(a, 3) + INFO(a, 4) + INFO(b, 5))
        ASK(g, struct s, INFO(c, 0) + INFO(c, 1) + INFO(c, 4) + INFO(c, 5))""",
        """struct s { long c : 50; int a; unsigned b : 3; }; KEEP(struct s, s)""",
    ),
    "widths": (
        """struct s { unsigned a; void *p; int n; short h; } CORE;
        ASK(f, struct s, p->a) ASK(g, struct s, p->p) ASK(h, struct s, p->n + p->h)""",
        """struct s { char x[8]; long n; short h; unsigned long a; void *p; };
        KEEP(struct s, s)""",
    ),
    "flavours": (
        """struct s___old { int a; } CORE; struct s___new { int b; } CORE; struct gone { int a; } CORE;
        ASK(f, struct s___old, INFO(a, 2)) ASK(g, struct s___new, p->b)
        ASK(h, struct gone, INFO(a, 2)) ASK(i, struct gone, p->a)""",
        """struct s { char x[3]; int b; }; struct s___two { char x[3]; int b; };
        KEEP(struct s, s) KEEP(struct s___two, t)""",
    ),
    "ambiguous": (
        "struct s { int a; } CORE; ASK(f, struct s, p->a)",
        """struct s { int a; }; struct s___two { long b; int a; };
        KEEP(struct s, s) KEEP(struct s___two, t)""",
    ),
    "types": (
        """struct s { int a; }; union u { int a; long b; }; enum e { A }; typedef int (*fn)(long, char);
        typedef struct { char c[3]; } arr[2]; struct no { int a; }; typedef struct fwd *fp;
        ASK(f, void, TYPE(struct s, 0) + TYPE(union u, 1) + TYPE(enum e, 0) + TYPE(fn, 0))
        ASK(g, void, TYPE(arr, 1) + TYPE(struct no, 0) + ID(struct s, 0) + ID(struct s, 1))
        ASK(h, void, TYPE(fp, 0) + ID(struct no, 1) + TYPE(struct no, 1))""",
        """struct s { long a; }; union u { int a; }; enum e { B }; typedef long (*fn)(int, short);
        typedef struct { char c[9]; } arr[3]; typedef struct fwd { int a; } *fp;
        KEEP(struct s, s) KEEP(union u, u) KEEP(enum e, e) KEEP(fn, fn) KEEP(arr, arr)
        KEEP(fp, fp)""",
    ),
    "matches": (
        """struct in { int x; }; enum e { A, B = 7 }; enum big { C = 1ULL << 40 };
        typedef int (*fn)(struct in *, long);
        struct s { struct in a; struct in *p; enum e e; fn f; char c[4]; float q; struct far *g;
            union { int m; struct { long n; }; }; enum big big; volatile const int v; };
        union u { int a; long b; }; struct less { int a, gone; };
        ASK(f, void, TYPE(struct s, 2) + TYPE(enum e, 2) + TYPE(union u, 2) + TYPE(fn, 2))
        ASK(g, void, TYPE(struct less, 2) + TYPE(enum big, 2))""",
        """struct in { int x, y; }; enum e { Z, A, B = 9 }; enum big { C = 3ULL << 40, D };
        typedef int (*fn)(struct in *, long); struct far { int a; };
        struct s { long before; struct in a; struct in *p; enum e e; fn f; char c[4]; float q;
            struct far *g; union { int m; struct { long n; }; }; enum big big; int v; };
        union u { int a; long b; short c; }; struct less { int a; };
        KEEP(struct s, s) KEEP(enum e, e) KEEP(union u, u) KEEP(fn, fn) KEEP(struct less, l)
        KEEP(enum big, b)""",
    ),
    "values": (
        """enum e { A, B = 7, GONE }; enum m { M = -3 }; enum big { BIG = 1ULL << 40 };
        ASK(f, void, VALUE(enum e, B, 0) + VALUE(enum e, B, 1) + VALUE(enum m, M, 1))
        ASK(g, void, VALUE(enum e, GONE, 0) + VALUE(enum e, GONE, 1))
        ASK(h, void, VALUE(enum big, BIG, 0) + VALUE(enum big, BIG, 1))""",
        """enum e { X, B = 90 }; enum m { M = -4 }; enum big { BIG = 3ULL << 40 };
        KEEP(enum e, e) KEEP(enum m, m) KEEP(enum big, b)""",
    ),
    "arrays": (
        """struct s { int n; struct { char c; int v[3]; } a[4]; int end[]; } CORE;
        ASK(f, struct s, p->a[2].v[1]) ASK(g, struct s, p->end[5])
        ASK(h, struct s, ALL(a[3].v[2])) ASK(i, struct s, INFO(a, 1) + p[2].n)""",
        """struct s { long n; struct { short c; int v[2]; } a[3]; long b; int end[]; };
        KEEP(struct s, s)""",
    ),
    "deep": (
        "typedef int %sdeep; ASK(f, void, TYPE(deep, 0))" % ("*" * 40),
        "typedef int %sdeep; KEEP(deep, d)" % ("*" * 40),
    ),
    "nested": (
        "struct s { %s int a; %s } CORE; ASK(f, struct s, p->a)" % ("struct {" * 40, "};" * 40),
        "struct s { long x; %s int a; %s }; KEEP(struct s, s)" % ("struct {" * 40, "};" * 40),
    ),
    "many": (
        "struct s { int x, a%s; } CORE; ASK(f, struct s, &p->a%s)" % ("[2]" * 30, "[1]" * 30),
        "struct s { int a%s; }; KEEP(struct s, s)" % ("[2]" * 28),
    ),
    "too_many": (
        "struct s { int x, a%s; } CORE; ASK(f, struct s, &p->a%s)" % ("[1]" * 66, "[0]" * 66),
        "struct s { int a%s; }; KEEP(struct s, s)" % ("[1]" * 66),
    ),
    "far": (
        """struct in; struct s { int a; struct { int b[9]; } c[9]; } CORE;
        typedef struct in *fwd; struct holds { struct in *p; struct s *q; };
        ASK(f, struct s, p->c[3].b[2]) ASK(g, void, TYPE(struct holds, 2) + TYPE(fwd, 2))""",
        """struct in { int a; }; struct s { int a; struct { int b[1 << 20]; } c[600]; };
        union in_other; typedef union in_other *fwd; struct s; struct holds { union in_other *p;
        struct s *q; }; KEEP(struct holds, h) KEEP(fwd, f) KEEP(struct s, s)""",
    ),
    "half": (
        """struct s { unsigned short a; unsigned char b; unsigned long c; } CORE;
        ASK(f, struct s, p->a) ASK(g, struct s, p->b) ASK(h, struct s, p->c)""",
        """struct s { unsigned char b[3]; unsigned a; struct { char x[3]; } c; };
        KEEP(struct s, s)""",
    ),
    "itself": (
        """typedef struct { int a; union { short b; char c[8]; }; } t; struct s { t t; t *q; } CORE;
        enum { NAMELESS_A, NAMELESS_B };
        ASK(f, struct s, ALL(t.b)) ASK(g, struct s, TYPE(t, 0) + TYPE(t, 1) + ID(t, 0))
        ASK(h, struct s, p->q)""",
        None,
    ),
}


def main():
    folder = folder_of("core")
    for name, (source, target) in SEEDS.items():
        compiler = "clang-22" if "matches" in name or "big" in source or ", 2)" in source else "clang"
        ext, local = compiled(COMMON + source, compiler)
        other = b"" if target is None else compiled(COMMON + target, compiler)[1]
        front = struct.pack("<HH", len(ext), len(local))
        (folder / name).write_bytes(front + ext + local + other)


main()
