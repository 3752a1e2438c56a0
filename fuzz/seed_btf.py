#!/usr/bin/env python3
"""Makes the seeds of fuzz_btf: BTF of small sources, compiled by clang for eBPF.

    fuzz/seed_btf.py [FOLDER]      default: fuzz/corpus/btf
"""
import pathlib
import struct
import subprocess
import sys
import tempfile

SOURCES = {
    "scalars": """
        struct s { char c; _Bool b; short h; unsigned u; long l; __int128 q; float f; double d; };
        struct s s = { 1 };
    """,
    "bits": """
        struct s { unsigned a : 3, : 2, b : 9; long c : 40; _Bool d : 1; char e; } s = { 1 };
        struct p { char a; int b; } __attribute__((packed)) p = { 1 };
        struct g { char a; int b __attribute__((aligned(16))); } g = { 1 };
    """,
    "nested": """
        union u { struct { int a; union { char b[4]; int c; }; } x[2]; long y; } u;
        typedef struct { union u u, *p; } t;
        t v;
    """,
    "pointers": """
        typedef struct node node;
        struct node { node *next; int (*f)(node *, const char *, ...); struct gone *gone; };
        struct other { struct node n[2]; int (*(*table)[3])(struct other); volatile int *v; };
        struct other other;
    """,
    "enums": """
        enum e { A, B = 7 } e = B; enum m { C = -1, D } m; enum f;
        enum big { E = 1ULL << 40 } big = E;
        typedef enum { F, G } tiny; struct h { tiny t; enum e e : 3; enum f *f; } h;
    """,
    "functions": """
        struct ctx { int len; };
        static __attribute__((noinline)) int inner(struct ctx *c, const char *s, int n)
        { return c->len + s[n]; }
        __attribute__((section("socket"))) int prog(struct ctx *c)
        { return inner(c, "text", c->len & 3); }
        char licence[] __attribute__((section("license"))) = "GPL";
    """,
    "core": """
        struct s { int a; struct { long b[4]; } c; } __attribute__((preserve_access_index));
        __attribute__((section("tc"))) int prog(struct s *s)
        { return s->a + s->c.b[2] + __builtin_preserve_type_info(*s, 1); }
    """,
    "tags": """
        #define D(x) __attribute__((btf_decl_tag(x)))
        #define T(x) __attribute__((btf_type_tag(x)))
        struct s { int T("user") *p D("member"); } D("struct");
        struct s s; int v D("variable") = 1; extern int e __attribute__((section(".ksyms")));
        __attribute__((section("tc"))) int prog(void) { return s.p != 0 && &e; }
    """,
    "texts": """
        typedef __builtin_va_list __gnuc_va_list; __gnuc_va_list *list;
        struct s { char text[9]; const char *p; char rows[2][4]; double d; float f; } s = { "a\\n" };
        int (*call)(const char *, ...); typedef struct t t; struct t { t *next; } *u;
        struct __attribute__((aligned(64))) wide { char c; } wide;
    """,
    "names": """
        typedef struct same { int a; } same; struct other { same s; } other;
        long f(void *p) { struct same { long b; }; volatile struct same s = { 1 };
            { struct same { char c; }; volatile struct same t = { 2 }; return s.b + t.c; } }
    """,
}


def section(elf, name):
    """The bytes of a section of a 64-bit little-endian ELF file; b"" if there is none."""
    (table,) = struct.unpack_from("<Q", elf, 40)
    count, names = struct.unpack_from("<HH", elf, 60)
    headers = [struct.unpack_from("<IIQQQQIIQQ", elf, table + 64 * i) for i in range(count)]
    for header in headers:
        at = headers[names][4] + header[0]
        if elf[at : elf.index(b"\0", at)] == name:
            return elf[header[4] : header[4] + header[5]]
    return b""


def compiled(source, compiler="clang"):
    """The bytes of .BTF.ext and .BTF of a source."""
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch, "object")
        command = [compiler, "-target", "bpf", "-g", "-O1", "-w", "-xc", "-", "-c", "-o", file]
        command.append("-fdebug-compilation-dir=.")
        subprocess.run(command, input=source.encode(), check=True)
        elf = file.read_bytes()
    return section(elf, b".BTF.ext"), section(elf, b".BTF")


def folder_of(name):
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "fuzz/corpus/" + name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main():
    folder = folder_of("btf")
    for name, source in SOURCES.items():
        ext, btf = compiled(source)
        (folder / name).write_bytes(struct.pack("<H", len(ext)) + ext + btf)


if __name__ == "__main__":
    main()
