#!/usr/bin/env python3
"""BTF of kernels that there are not.

extend() adds to a kernel's BTF what objects need of modules that are not there: functions
and variables that they declare (.ksyms), and the structures of struct_ops. Only the shapes
of types are added: structures behind pointers are empty and have no name, so that CO-RE
finds nothing new.

As a command it makes the split BTF of a module, which continues the kernel's:

    extend.py KERNEL-BTF MODULE.o OUT"""

import pathlib
import struct
import sys

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, \
    FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(1, 20)
EXTERN = 2
REFERS = {PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DECL_TAG, TYPE_TAG}
# What the words of each record behind the head are: n a name, t a type, - a number.
WORDS = {ARRAY: "tt-", STRUCT: "nt-", UNION: "nt-", ENUM: "n-", FUNC_PROTO: "nt",
         DATASEC: "t--", ENUM64: "n--"}
MORE = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8),
        FUNC_PROTO: (0, 8), VAR: (4, 0), DATASEC: (0, 12), DECL_TAG: (4, 0), ENUM64: (0, 12)}


class Type:
    def __init__(self, name, kind, vlen, flag, value, more):
        self.name, self.kind, self.vlen, self.flag = name, kind, vlen, flag
        self.value, self.more = value, more  # value: a size or a type

    def words(self, first, step):
        """Every `step`th word of what follows the head."""
        return struct.unpack(f"<{len(self.more) // 4}I", self.more)[first::step]


class Btf:
    def __init__(self, data):
        _, _, _, head, type_off, type_len, str_off, str_len = struct.unpack_from("<HBBIIIII", data)
        self.records = bytearray(data[head + type_off:head + type_off + type_len])
        self.strings = bytearray(data[head + str_off:head + str_off + str_len])
        self.types = [Type("", 0, 0, 0, 0, b"")]
        at = 0
        while at < type_len:
            name, info, value = struct.unpack_from("<III", self.records, at)
            kind, vlen = info >> 24 & 31, info & 0xffff
            fixed, each = MORE.get(kind, (0, 0))
            more = bytes(self.records[at + 12:at + 12 + fixed + each * vlen])
            self.types.append(Type(self.string(name), kind, vlen, info >> 31, value, more))
            at += 12 + len(more)
        self.known = {(t.kind, t.name): i for i, t in enumerate(self.types) if t.name}

    def string(self, offset):
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def add_string(self, text):
        if not text:
            return 0
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text) - 1

    def add(self, name, kind, vlen, value, more=b"", flag=0):
        self.records += struct.pack("<III", self.add_string(name),
                                    flag << 31 | kind << 24 | vlen, value) + more
        self.types.append(Type(name, kind, vlen, flag, value, more))
        if name:
            self.known[kind, name] = len(self.types) - 1
        return len(self.types) - 1

    def bytes(self):
        return struct.pack("<HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(self.records),
                           len(self.records), len(self.strings)) + self.records + self.strings

    def copy_shape(self, other, index):
        """Adds the shape of a type of another BTF."""
        kind_of = other.types[index]
        kind = kind_of.kind
        if index == 0:
            return 0
        if kind in (TYPEDEF, TYPE_TAG, CONST, VOLATILE, RESTRICT):
            return self.copy_shape(other, kind_of.value)
        if kind == PTR:
            return self.add("", PTR, 0, self.copy_shape(other, kind_of.value))
        if kind == ARRAY:
            element, by, count = kind_of.words(0, 1)
            return self.add("", ARRAY, 0, 0, struct.pack(
                "<III", self.copy_shape(other, element), self.copy_shape(other, by), count))
        if kind == FUNC_PROTO:
            params = b"".join(struct.pack("<II", 0, self.copy_shape(other, param))
                              for param in kind_of.words(1, 2))
            return self.add("", FUNC_PROTO, kind_of.vlen, self.copy_shape(other, kind_of.value),
                            params)
        if kind in (INT, FLOAT):
            return self.known.get((kind, kind_of.name)) or self.add(kind_of.name, kind, 0, kind_of.value, kind_of.more)
        if kind == FWD:
            return self.add("shape", FWD, 0, 0, flag=kind_of.flag)
        return self.add("", kind, 0, kind_of.value)

    def copy_struct(self, other, index, name):
        """Adds a structure with its members."""
        old = other.types[index]
        members = b"".join(
            struct.pack("<III", self.add_string(other.string(member)),
                        self.copy_shape(other, kind), offset)
            for member, kind, offset in struct.iter_unpack("<III", old.more))
        return self.add(name, STRUCT, old.vlen, old.value, members, old.flag)


def section(data, name):
    """The bytes of a section of an ELF file."""
    table, = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    heads = [struct.unpack_from("<IIQQQQ", data, table + 64 * i) for i in range(count)]
    for head in heads:
        at = heads[names][4] + head[0]
        if data[at:data.index(b"\0", at)].decode() == name:
            return data[head[4]:head[4] + head[5]]
    return None


def extend(kernel, objects):
    """The bytes of a kernel's BTF, with what the objects need. Both are bytes."""
    base = Btf(kernel)
    for data in objects:
        text = section(data, ".BTF")
        if text:
            add_needs(base, Btf(text))
    return base.bytes()


def add_needs(base, other):
    for kind in other.types:
        if kind.kind == FUNC and kind.vlen == EXTERN and (FUNC, kind.name) not in base.known:
            base.add(kind.name, FUNC, 1, base.copy_shape(other, kind.value))
        elif kind.kind == DATASEC and kind.name == ".ksyms":
            for index in kind.words(0, 3):
                variable = other.types[index]
                if variable.kind == VAR and other.types[variable.value].kind != 0 and \
                        not is_void(other, variable.value) and \
                        (VAR, variable.name) not in base.known:
                    base.add(variable.name, VAR, 0, base.copy_shape(other, variable.value),
                             struct.pack("<I", 1))
        elif kind.kind == DATASEC and kind.name.startswith(".struct_ops"):
            for index in kind.words(0, 3):
                add_struct_ops(base, other, other.types[index].value)


def is_void(btf, index):
    while btf.types[index].kind in (TYPEDEF, TYPE_TAG, CONST, VOLATILE, RESTRICT):
        index = btf.types[index].value
    return index == 0


def add_struct_ops(base, other, index):
    name = other.types[index].name
    value = "bpf_struct_ops_" + name
    if "___" in name or (STRUCT, value) in base.known:
        return
    made = base.known.get((STRUCT, name)) or base.copy_struct(other, index, name)
    # What comes before the data is the kernel's own; the data begins at a cache line.
    member = struct.pack("<III", base.add_string("data"), made, 64 * 8)
    base.add(value, STRUCT, 1, 64 + base.types[made].value, member)


def split(kernel, module):
    """The BTF of a module, its ids and strings behind the kernel's."""
    base, own = Btf(kernel), Btf(module)
    first, strings = len(base.types) - 1, len(base.strings)

    def moved(word, what):
        return word and word + {"n": strings, "t": first, "-": 0}[what]

    records, at = b"", 0
    for kind in own.types[1:]:
        name, info, value = struct.unpack_from("<III", own.records, at)
        more = struct.unpack(f"<{len(kind.more) // 4}I", kind.more)
        what = WORDS.get(kind.kind, "-")
        more = [moved(word, what[i % len(what)]) for i, word in enumerate(more)]
        records += struct.pack(f"<III{len(more)}I", moved(name, "n"), info,
                               moved(value, "t" if kind.kind in REFERS else "-"), *more)
        at += 12 + len(kind.more)
    own.records = records
    return own.bytes()


if __name__ == "__main__":
    kernel_path, module_path, out_path = map(pathlib.Path, sys.argv[1:])
    out_path.write_bytes(split(kernel_path.read_bytes(),
                               section(module_path.read_bytes(), ".BTF")))
