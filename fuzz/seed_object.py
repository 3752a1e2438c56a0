#!/usr/bin/env python3
"""Makes seeds of fuzz_object, and the types of its kernel.

    fuzz/seed_object.py [FOLDER]      default: fuzz/corpus/object

The seeds are the sources of test/object/progs that fit, and those below, which are there for
what the tests' have not. The kernel is that of test/object/kernel.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from seed_btf import folder_of, section

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / "test" / "object"
LARGEST = 8000  # bytes of a seed

SOURCES = {
    "exception_tags": """
        #define CALLBACK(name) __attribute__((btf_decl_tag("exception_callback:" name)))
        int cleans(u64 cookie) { return 1; }
        int other(u64 cookie) { return 2; }
        SEC("tc") CALLBACK("cleans") int first(void *ctx) { return 1; }
        SEC("tc") CALLBACK("other") int second(void *ctx) { return 2; }
        SEC("tc") CALLBACK("none") int third(void *ctx) { return 3; }
    """,
    "struct_ops_link": """
        struct kernel_ops { int (*init)(int *state); u32 flags; };
        struct kernel_ops___old { int (*step)(int *state, int a); };
        struct unknown_ops { void (*exit)(int *state); long data[2]; };
        SEC("struct_ops") int init(u64 *ctx) { return 0; }
        SEC("struct_ops.s/step") int step(u64 *ctx) { return 1; }
        SEC("?struct_ops/exit") int leave(u64 *ctx) { return 1; }
        SEC(".struct_ops.link") struct kernel_ops one = { (void *)init, 7 };
        SEC(".struct_ops.link") struct kernel_ops___old two = { (void *)step };
        SEC(".struct_ops") struct unknown_ops three = { (void *)leave, { 1, 2 } };
    """,
    "legacy_pinned": """
        struct map { u32 type, key, value, entries, flags, id, pinning, inner, idx; };
        SEC("maps") struct map one = { ARRAY, 4, 8, 2, 0, 0, 2, 0, 0 };
        SEC("maps") struct map two = { HASH, 4, 8, 2, 1 };
        SEC("maps/three") struct map three = { PROG_ARRAY, 4, 4, 2 };
        SEC("xdp") int prog(void *ctx)
        { u32 key = 0; tail_call(ctx, &three, 0);
          return map_lookup_elem(&one, &key) != map_lookup_elem(&two, &key); }
    """,
    "kconfig_texts": """
        enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
        extern char CONFIG_TEXT[3] __kconfig; extern s8 CONFIG_NEGATIVE __kconfig;
        extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig; extern u8 LINUX_HAS_BPF_COOKIE __kconfig;
        extern enum libbpf_tristate CONFIG_MODULE __kconfig;
        SEC("tc") int prog(void *ctx)
        { return CONFIG_TEXT[1] + CONFIG_NEGATIVE + LINUX_HAS_SYSCALL_WRAPPER + CONFIG_MODULE +
          LINUX_HAS_BPF_COOKIE; }
    """,
    "kconfig_misfits": """
        struct odd { int a; }; extern struct odd CONFIG_NUMBER __kconfig __weak;
        extern int LINUX_UNKNOWN __kconfig; extern bool CONFIG_TEXT __kconfig;
        SEC("tc") int prog(void *ctx) { return CONFIG_NUMBER.a; }
        SEC("tc") int more(void *ctx) { return LINUX_UNKNOWN; }
        SEC("tc") int text(void *ctx) { return CONFIG_TEXT; }
    """,
    "ksyms_missing": """
        extern const void gone_symbol __ksym; extern const int gone_number __ksym;
        extern int gone(int a) __ksym; extern int nowhere;
        SEC("tc") int a(void *ctx) { return (u64)&gone_symbol; }
        SEC("tc") int b(void *ctx) { return gone_number; }
        SEC("tc") int c(void *ctx) { return gone(1); }
        SEC("tc") int d(void *ctx) { return nowhere; }
    """,
    "attributes": """
        struct { __uint(type, ARRAY); __uint(max_entries, 4); __uint(key_size, 4);
            __uint(value_size, 4); enum { EXTRA = 1ULL << 40 } map_extra; } wide SEC(".maps");
        struct { __uint(type, ARRAY); __uint(max_entries, 1); __uint(key_size, 4);
            __uint(value_size, 4); enum { SMALL = 3 } map_extra; } narrow SEC(".maps");
        SEC("tc") int prog(void *ctx) { u32 k = 0; return map_lookup_elem(&wide, &k) != 0; }
    """,
    "enum_of_two": """
        struct { __uint(type, HASH); __uint(max_entries, 9); __type(key, u32);
            __type(value, char[3]); enum { MANY, FEW } map_extra; } many SEC(".maps");
    """,
    "inner_pinned": """
        struct table { __uint(type, HASH); __uint(max_entries, 1); __type(key, int);
            __type(value, int); __uint(pinning, 1); };
        struct { __uint(type, HASH_OF_MAPS); __uint(max_entries, 3); __type(key, u32);
            __array(values, struct table); } outer SEC(".maps");
    """,
    "inner_of_inner": """
        struct last { __uint(type, ARRAY); __uint(max_entries, 1); __type(key, int);
            __type(value, int); };
        struct table { __uint(type, ARRAY_OF_MAPS); __uint(max_entries, 1); __type(key, int);
            __array(values, struct last); };
        struct { __uint(type, ARRAY_OF_MAPS); __uint(max_entries, 3); __type(key, u32);
            __array(values, struct table); } outer SEC(".maps");
    """,
    "slots": """
        int number = 7; struct inner { __uint(type, ARRAY); __uint(max_entries, 1);
            __type(key, int); __type(value, int); };
        struct { __uint(type, ARRAY_OF_MAPS); __uint(max_entries, 3); __type(key, u32);
            __array(values, struct inner); } outer SEC(".maps") = { .values = { 0, (void *)&number } };
        SEC("tc") int prog(void *ctx) { return number; }
    """,
    "arenas": """
        struct { __uint(type, ARENA); __uint(map_flags, 1 << 10); __uint(max_entries, 1); }
            one SEC(".maps"), two SEC(".maps");
        int __attribute__((address_space(1))) counter SEC(".addr_space.1") = 5;
        SEC("tc") int prog(void *ctx) { return counter + (&one != 0); }
    """,
    "long_names": """
        SEC("tc") int %s(void *ctx) { return 0; }
    """
    % ("long" * 130),
    "data_kinds": """
        int number = 3; static int hidden; const int fixed = 5; int zero[4];
        SEC(".data.own") int own = 7; SEC(".rodata.own") const char text[] = "text";
        SEC(".bss.own") int own_zero;
        SEC("tc") int prog(void *ctx)
        { return ++number + ++hidden + fixed + zero[2]++ + own++ + text[1] + own_zero++; }
    """,
    "declared": """
        struct value { int a; struct { char b[3]; } c; };
        struct { __uint(type, ARRAY); __uint(max_entries, 4); __type(key, u32);
            __type(value, struct value); __uint(map_flags, 0x400); __uint(pinning, 1); } a SEC(".maps");
        struct { __uint(type, HASH); __uint(key_size, 8); __uint(value_size, 16);
            __uint(max_entries, 7); __uint(numa_node, 1); __uint(map_extra, 2); } b SEC(".maps");
        struct inner { __uint(type, ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, int); }
            inner SEC(".maps");
        struct { __uint(type, ARRAY_OF_MAPS); __uint(max_entries, 3); __type(key, u32);
            __array(values, struct inner); } outer SEC(".maps") = { .values = { 0, &inner } };
        static int sub(void *ctx); SEC("tc") int prog(void *ctx)
        { u32 k = 0; return map_lookup_elem(&a, &k) || map_lookup_elem(&b, &k); }
        struct { __uint(type, PROG_ARRAY); __uint(max_entries, 3); __uint(key_size, 4);
            __array(values, int(void *)); } table SEC(".maps") = { .values = { [1] = (void *)prog } };
    """,
}


def compiled(source):
    """A stripped object of a source, small enough; None if it is not. The source's first line
    may have flags: see test/object/CMakeLists.txt."""
    own = re.match(r"/\* build: (.*) \*/\n", source)
    flags = own.group(1).split() if own else []
    compiler = "clang-22" if "newest" in flags else "clang"
    flags = [flag for flag in flags if flag != "newest"]
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch, "object")
        command = [compiler, "-target", "bpf", "-g", "-O2", "-w", "-I", "progs", *flags]
        command += ["-fdebug-compilation-dir=.", "-xc", "-", "-c", "-o", file]
        subprocess.run(command, input=source.encode(), cwd=TESTS, check=True)
        subprocess.run(["llvm-strip", "-g", file], check=True)
        elf = file.read_bytes()
    return elf if len(elf) <= LARGEST else None


def make_kernel():
    folder = ROOT / "fuzz" / "kernel"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in "kernel", "module":
            source = "kernel/" + name + ".c"
            file = pathlib.Path(scratch, name + ".o")
            command = ["clang-22", "-target", "bpf", "-g", "-O2", "-c", source, "-o", file]
            subprocess.run([*command, "-fdebug-compilation-dir=."], cwd=TESTS, check=True)
            if name == "kernel":
                (folder / "btf").write_bytes(section(file.read_bytes(), b".BTF"))
        extend = [sys.executable, "-B", TESTS / "extend.py", folder / "btf", file]
        subprocess.run([*extend, folder / "module"], check=True)


def main():
    folder = folder_of("object")
    make_kernel()
    for name, source in SOURCES.items():
        flags = "/* build: newest */\n" if "1ULL << 40" in source or "address_space" in source else ""
        elf = compiled(flags + '#include "skep_bpf.h"\n' + source + '\nLICENSE("GPL");\n')
        if elf:
            (folder / name).write_bytes(elf)
    for path in sorted((TESTS / "progs").glob("*.bpf.c")):
        elf = compiled(path.read_text())
        if elf:
            (folder / path.name.removesuffix(".bpf.c")).write_bytes(elf)


if __name__ == "__main__":
    main()
