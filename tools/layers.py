#!/usr/bin/env python3
"""Checks that every file includes its own folder and lower layers only.

    tools/layers.py [ROOT]

LAYERS is the order, lowest first; folders in one line are siblings and may not include each
other, but for what SIBLINGS permits. Code above the library (PUBLIC_ONLY) sees the public
headers of include/ and its own folder. Prints one line for each offence; exit status 1 if
there is any.
"""

import pathlib
import re
import sys

LAYERS = [
    ["include"],
    ["src/base"],
    ["src/isa", "src/btf"],
    ["src/env", "src/prog"],
    ["src/text", "src/load"],
    ["src/link"],
    ["src/verify", "src/ssa"],
    ["src/rt", "src/interp", "src/jit"],
    ["src/api"],
    ["cli", "dbg", "examples"],
]

# (includer, included): the engines meet in the frame and the call contract.
SIBLINGS = {
    ("src/prog", "src/env"),
    ("src/interp", "src/rt"),
    ("src/jit", "src/rt"),
}

PUBLIC_ONLY = {"cli", "dbg", "examples"}

# What the build generates, and the folder that it belongs to.
GENERATED = {"isa_index.inc": "src/isa"}

RANK = {folder: rank for rank, row in enumerate(LAYERS) for folder in row}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """The folder of LAYERS that a path below the root lies in, or None."""
    parts = path.parts
    for folder in ("/".join(parts[:2]), parts[0]):
        if folder in RANK and len(parts) > folder.count("/") + 1:
            return folder
    return None


def target_of(root, path, quoted, name):
    """The folder that an include leads to; None for the system's headers."""
    if name in GENERATED:
        return GENERATED[name]
    places = [root / path.parent] if quoted else []
    for place in places + [root / "include", root / "src"]:
        found = (place / name).resolve()
        if found.is_file() and found.is_relative_to(root):
            inside = found.relative_to(root)
            return folder_of(inside) or str(inside.parent)
    if quoted:
        raise LookupError(f'"{name}" is not a file of ours')
    return None


def offence(source, target):
    """Why `source` may not include `target`, or None if it may."""
    if target not in RANK:
        return f"{target} belongs to no layer"
    if target in (source, "include"):
        return None
    if source == "include":
        return f"public headers include public headers only, not {target}"
    if source in PUBLIC_ONLY:
        return f"{source} sees public headers only, not {target}"
    if RANK[target] > RANK[source]:
        return f"{target} lies above {source}"
    if RANK[target] == RANK[source] and (source, target) not in SIBLINGS:
        return f"{target} is a sibling of {source}"
    return None


def check_file(root, path):
    """Yields the offences of one file as text."""
    source = folder_of(path)
    for number, line in enumerate((root / path).read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, name = match[1] == '"', match[2]
        try:
            target = target_of(root, path, quoted, name)
            why = target and offence(source, target)
        except LookupError as error:
            why = str(error)
        if why:
            yield f"{path}:{number}: {why}"


def files_of(root):
    """Every C file of a layer, and those of src/ that are in none."""
    for top in ("include", "src", "cli", "dbg", "examples"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix in (".c", ".h", ".def", ".inc"):
                yield file.relative_to(root)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    count = 0
    offences = []
    for path in files_of(root):
        count += 1
        if folder_of(path) is None:
            offences.append(f"{path}: its folder has no layer in tools/layers.py")
        else:
            offences.extend(check_file(root, path))
    print("\n".join(offences) or f"layers: {count} files include downwards only")
    return 1 if offences or not count else 0


sys.exit(main())
