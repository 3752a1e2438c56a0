#!/usr/bin/env python3
"""What skep btf dump ... format c prints is C: compilers take it, and lay its structs out as the
types that it was made of are."""
import needs

needs.need("gcc")

# What bpftool's form of C cannot say: a union that is longer than its members, and who has it; and
# an enum of 8 bytes whose values have 4, as clang 14 describes those of 8.
UNSAID = {("union", "padded"), ("struct", "holds")}
UNSAID_WIDE_ENUM = {("struct", "test_names")}


def structs(path):
    """Of each name the size and the members of a struct or union; a name that several have is left
    out, for they have got new ones."""
    found, twice = {}, set()
    for t in needs.types_of(path):
        if t["kind"] not in ("STRUCT", "UNION") or t["name"] == "(anon)":
            continue
        key = (t["kind"].lower(), t["name"])
        if key in found:
            twice.add(key)
        found[key] = (
            t["size"],
            [(m["name"], m["bits_offset"], m.get("bitfield_size", 0)) for m in t["members"]],
        )
    return {key: shape for key, shape in found.items() if key not in twice}


def compare(name, path):
    header, source = path + ".h", path + ".again.c"
    with open(header, "wb") as f:
        f.write(needs.skep("btf", "dump", path, "format", "c"))
    needs.output("gcc", "-fsyntax-only", "-w", "-xc", header)
    before = structs(path)
    unsaid = set(UNSAID)
    if any(t["kind"] == "ENUM" and t["size"] == 8 for t in needs.types_of(path)):
        unsaid |= UNSAID_WIDE_ENUM
    with open(source, "w", encoding="utf-8") as f:
        f.write(f'#include "{header}"\n')
        for kind, tag in before:
            f.write(f"{kind} {tag} keep_{kind}_{tag};\n")
    for clang in needs.CLANGS:
        after = structs(needs.compile_bpf(clang, source, path + ".again.o"))
        for key, shape in before.items():
            if after.get(key) != shape and key not in unsaid:
                yield f"{name}, {clang}: {' '.join(key)} was\n {shape}, is\n {after.get(key)}"


needs.fail_if([p for name, path in needs.objects() for p in compare(name, path)])
