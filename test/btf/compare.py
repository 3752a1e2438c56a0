#!/usr/bin/env python3
"""skep btf dump beside bpftool btf dump: the same bytes, of the running kernel's types, and of
objects that clang compiles now."""
import difflib
import json
import os
import struct

import needs

needs.need("bpftool")


def bpftool(*words):
    return needs.output("bpftool", *words)


def difference(ours, theirs):
    if ours == theirs:
        return None
    lines = difflib.unified_diff(
        theirs.decode().splitlines(), ours.decode().splitlines(), "bpftool", "skep", lineterm="", n=1
    )
    return "\n".join(line for line, _ in zip(lines, range(30)))


def right_json(text):
    """bpftool's JSON, but with enumerators as they are: those of 32 bits without a sign it extends
    with one."""
    types = json.loads(text)["types"]
    for t in types:
        if t["kind"] == "ENUM" and t["encoding"] == "UNSIGNED":
            for value in t["values"]:
                value["val"] &= 0xFFFFFFFF
    return types


def compare(name, path, *options):
    """The problems with one file."""
    for form in "raw", "c":
        diff = difference(
            needs.skep(*options, "btf", "dump", path, "format", form),
            bpftool(*options, "btf", "dump", "file", path, "format", form),
        )
        if diff:
            yield f"{name}, format {form}:\n{diff}"
    theirs = bpftool(*options, "-j", "btf", "dump", "file", path)
    ours = needs.skep(*options, "-j", "btf", "dump", path)
    if json.loads(ours)["types"] != right_json(theirs):
        yield f"{name}: other types in JSON"
    if b"18446744" in theirs:
        return  # not the same text: see right_json
    if ours != theirs:
        yield f"{name}: other JSON"
    theirs = bpftool(*options, "-p", "btf", "dump", "file", path)
    diff = difference(needs.skep(*options, "-p", "btf", "dump", path), theirs)
    if diff:
        yield f"{name}, indented JSON:\n{diff}"


def split_of(base):
    """A split BTF, made by hand: types that use the base's, and names that the base has as well."""
    types = needs.types_of(base)
    point = next(t["id"] for t in types if t["name"] == "point")
    first = len(types) + 1
    with open(base, "rb") as f:
        strings_before = struct.unpack_from("<I", f.read(), 20)[0]
    strings, records = b"", b""

    def name(text):
        nonlocal strings
        strings += text.encode() + b"\0"
        return strings_before + len(strings) - len(text) - 1

    def record(*words):
        nonlocal records
        records += struct.pack(f"<{len(words)}I", *words)

    record(name("of_module"), 4 << 24 | 2, 16)
    record(name("a"), point, 0, name("b"), first + 1, 64)
    record(0, 2 << 24, first)
    record(name("point"), 8 << 24, first)
    record(name("mode"), 6 << 24 | 2, 4, name("RED"), 1, name("UNHEARD_OF"), 2)
    record(name("test_bits"), 5 << 24 | 1, 8, 0, first + 1, 0)
    header = struct.pack(
        "<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(records), len(records), len(strings)
    )
    return header + records + strings


def compare_split():
    object_path = needs.compile_bpf(needs.CLANGS[0], f"{needs.HERE}/values.c", "base.o")
    needs.output("llvm-objcopy", "--dump-section", ".BTF=base.btf", object_path)
    with open("split.btf", "wb") as f:
        f.write(split_of("base.btf"))
    yield from compare("split", "split.btf", "-B", "base.btf")


def all_problems():
    for name, path in needs.objects():
        yield from compare(name, path)
    yield from compare_split()
    if os.access(needs.VMLINUX, os.R_OK):
        yield from compare("vmlinux", needs.VMLINUX)
    else:
        print(f"{needs.VMLINUX} cannot be read: left out")


needs.fail_if(list(all_problems()))
