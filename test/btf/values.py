#!/usr/bin/env python3
"""skep btf print beside bpftool map dump: the same JSON for values of maps in the running kernel."""
import json
import random

import kernel_map
import needs

needs.need("bpftool", "llvm-objcopy")

SEED = 7
INTERESTING = (0, 0, 0, 1, 7, 32, 65, 66, 122, 127, 128, 255)


def some_bytes(count):
    return bytes(random.choice((random.choice(INTERESTING), random.randrange(256))) for _ in range(count))


def with_text(value):
    """Values whose arrays of characters are texts."""
    return bytes(c if 32 <= c < 127 and i % 8 != 7 and i % 4 != 3 else 0 for i, c in enumerate(value))


def unsigned(shape, fields):
    """bpftool takes numbers that no enumerator has for signed, whatever the enum: here they are
    what the enum says."""
    for name, bits in fields.items():
        shape[name] = [v & (1 << bits) - 1 if isinstance(v, int) else v for v in shape[name]]
    return shape


def ours(path, name, value):
    return json.loads(needs.skep("-j", "btf", "print", path, f"struct {name}", value.hex()))


def compare(clang, path, fd):
    types = needs.types_of(path)
    key = next(t["id"] for t in types if t["kind"] == "INT" and t["name"] == "int")
    for t in types:
        # (of reals bpftool prints no JSON)
        if t["kind"] != "STRUCT" or not t["name"].startswith("test_") or t["name"] == "test_reals":
            continue
        for i in range(12):
            value = some_bytes(t["size"]) if i else bytes(t["size"])
            if i % 3 == 1:
                value = with_text(value)
            theirs = kernel_map.formatted(fd, t["id"], value, key)
            if t["name"] == "test_names":
                theirs = unsigned(theirs, {"big": 64, "high": 32})
            mine = ours(path, t["name"], value)
            if json.dumps(mine) != json.dumps(theirs):
                yield f"{clang}, {t['name']} of {value.hex()}:\n {mine}, bpftool says\n {theirs}"


def main():
    random.seed(SEED)
    problems = []
    clang = needs.CLANGS[-1]
    path = needs.compile_bpf(clang, f"{needs.HERE}/values.c", "values.o")
    needs.output("llvm-objcopy", "--dump-section", ".BTF=values.btf", path)
    with open("values.btf", "rb") as f:
        btf = f.read()
    try:
        fd = kernel_map.load_btf(btf)
        problems = list(compare(clang, path, fd))
    except kernel_map.Unavailable as why:
        needs.skip(str(why))
    needs.fail_if(problems)


main()
