#!/usr/bin/env python3
"""The command on types: btf dump and btf print. (test/btf compares them with bpftool.)"""
import os
import struct

from harness import MALFORMED, SYSTEM, USAGE, Test, main


class Builder:
    """BTF, record by record."""

    def __init__(self, strings_before=0):
        self.strings = b"" if strings_before else b"\0"
        self.before = strings_before
        self.records = b""

    def name(self, text):
        if not text:
            return 0
        self.strings += text.encode() + b"\0"
        return self.before + len(self.strings) - len(text) - 1

    def record(self, name, kind, vlen, size, *words):
        self.records += struct.pack("<III", self.name(name), kind << 24 | vlen, size)
        self.records += struct.pack(f"<{len(words)}I", *words)

    def bytes(self):
        size, strings = len(self.records), len(self.strings)
        header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, size, size, strings)
        return header + self.records + self.strings


def pair():
    """1 int, 2 struct pair { int a, b; }, 3 typedef, 4 variable, 5 section."""
    b = Builder()
    b.record("int", 1, 0, 4, 1 << 24 | 32)
    b.record("pair", 4, 2, 8, b.name("a"), 1, 0, b.name("b"), 1, 32)
    b.record("pair_t", 8, 0, 2)
    b.record("v", 14, 0, 3, 1)
    b.record(".data", 15, 1, 8, 4, 0, 8)
    return b.bytes()


def elf(sections, machine=62, kind=2):
    """An ELF file of another machine with those sections."""
    names, body, headers = b"\0", b"", [bytes(64)]
    for name, contents in [*sections, (".shstrtab", None)]:
        at = len(names)
        names += name.encode() + b"\0"
        contents = names if contents is None else contents
        string_table = 3 if name == ".shstrtab" else 1
        headers.append(
            struct.pack("<IIQQQQIIQQ", at, string_table, 0, 0, 64 + len(body), len(contents), 0, 0, 1, 0)
        )
        body += contents
    body += bytes(-len(body) % 8)
    ident = b"\x7fELF" + bytes([2, 1, 1, 9]) + bytes(8)
    return (
        ident
        + struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(headers), len(headers) - 1)
        + body
        + b"".join(headers)
    )


RAW = """[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 'pair' size=8 vlen=2
\t'a' type_id=1 bits_offset=0
\t'b' type_id=1 bits_offset=32
[3] TYPEDEF 'pair_t' type_id=2
[4] VAR 'v' type_id=3, linkage=global
[5] DATASEC '.data' size=8 vlen=1
\ttype_id=4 offset=0 size=8 (VAR 'v')
"""


class Dump(Test):
    def setUp(self):
        super().setUp()
        self.btf = self.file("pair.btf", pair())

    def test_raw(self):
        self.assertEqual(self.good("btf", "dump", self.btf).text, RAW)
        for words in (
            ("btf", "dump", "file", self.btf),
            ("btf", "dump", self.btf, "format", "raw"),
            ("btf", "d", "file", self.btf, "f", "r"),
        ):
            self.assertEqual(self.good(*words).text, RAW)
        self.assertEqual(self.good("btf", "dump", "-", stdin=pair()).text, RAW)

    def test_c(self):
        text = self.good("btf", "dump", self.btf, "format", "c").text
        self.assertIn("struct pair {\n\tint a;\n\tint b;\n};\n\ntypedef struct pair pair_t;", text)

    def test_json(self):
        types = self.good("-j", "btf", "dump", self.btf).json["types"]
        self.assertEqual(types[2], {"id": 3, "kind": "TYPEDEF", "name": "pair_t", "type_id": 2})
        self.assertEqual(self.good("-p", "btf", "dump", self.btf).json["types"], types)
        self.bad(USAGE, r"format c does not go with JSON", "-j", "btf", "dump", self.btf, "format", "c")

    def test_objects(self):
        other = self.file("other", elf([(".text", b"\xc3"), (".BTF", pair())]))
        self.assertEqual(self.good("btf", "dump", other).text, RAW)
        none = self.file("none", elf([(".text", b"\xc3")]))
        self.bad(MALFORMED, r"the object has no section \.BTF", "btf", "dump", none)
        cut = self.file("cut", elf([(".BTF", pair())])[:-8])
        self.bad(MALFORMED, r"section headers", "btf", "dump", cut)
        wrong = self.file("wrong", elf([(".BTF", pair()[:-1])]))
        self.bad(MALFORMED, r"section '\.BTF' \(index 1\), offset 0x", "btf", "dump", wrong)

    def test_split(self):
        more = Builder(strings_before=struct.unpack_from("<I", pair(), 20)[0])
        more.record("more", 8, 0, 3)
        split = self.file("split.btf", more.bytes())
        text = "[6] TYPEDEF 'more' type_id=3\n"
        self.assertEqual(self.good("-B", self.btf, "btf", "dump", split).text, text)
        self.assertEqual(self.good("btf", "dump", split, "--base-btf", self.btf).text, text)
        self.bad(MALFORMED, r"first string|name at", "btf", "dump", split)

    def test_words(self):
        self.bad(USAGE, r"operands are missing", "btf", "dump")
        self.bad(USAGE, r"'foo' is too much", "btf", "dump", self.btf, "foo")
        self.bad(USAGE, r"format is one of raw, c", "btf", "dump", self.btf, "format")
        self.bad(USAGE, r"format xml is none of", "btf", "dump", self.btf, "format", "xml")
        self.bad(SYSTEM, r"No such file", "btf", "dump", "missing")

    def test_bad_bytes(self):
        data = bytearray(pair())
        for at in range(24):
            data[at] ^= 0xFF
            self.bad(MALFORMED, r"BTF, offset 0x", "btf", "dump", self.file("bad", bytes(data)))
            data[at] ^= 0xFF
        self.bad(MALFORMED, r"0 bytes are no BTF", "btf", "dump", self.file("empty", b""))

    def test_terminal(self):
        b = Builder()
        b.record("\033[31mred", 1, 0, 4, 32)
        text = self.good("btf", "dump", self.file("red.btf", b.bytes())).text
        self.assertIn(r"'\x1b[31mred'", text)

    def test_kernel(self):
        if not os.access("/sys/kernel/btf/vmlinux", os.R_OK):
            self.skipTest("the kernel's types cannot be read")
        text = self.good("btf", "dump", "vmlinux").text
        self.assertRegex(text, r"\[\d+\] STRUCT 'task_struct' size=\d+")


class Print(Test):
    def setUp(self):
        super().setUp()
        self.btf = self.file("pair.btf", pair())

    def printed(self, *words):
        return self.good("btf", "print", self.btf, *words).text

    def test_text(self):
        self.assertEqual(self.printed("pair", "0100000002000000"), "{\n    .a = 1,\n    .b = 2,\n}\n")
        self.assertEqual(self.printed("struct pair", "01 00 00 00 00000000"), "{\n    .a = 1,\n}\n")
        self.assertEqual(self.printed("pair_t", "00" * 8), "{}\n")
        self.assertIn(".b = 0", self.printed("pair_t", "00" * 8, "--zeros"))
        self.assertEqual(self.printed("1", "ffffffff"), "-1\n")
        self.assertEqual(self.printed("v", "01" + "00" * 7), "pair_t v = {\n    .a = 1,\n};\n")
        self.assertEqual(self.printed(".data", "01" + "00" * 9), "pair_t v = {\n    .a = 1,\n};\n")

    def test_json(self):
        words = ("btf", "print", self.btf, "struct pair", "0100000002000000")
        self.assertEqual(self.good("-j", *words).out, b'{"a":1,"b":2}\n')
        self.assertEqual(self.good("-p", *words).json, {"a": 1, "b": 2})

    def test_file(self):
        path = self.file("bytes", struct.pack("<II", 7, 8))
        self.assertEqual(self.printed("pair", f"@{path}"), "{\n    .a = 7,\n    .b = 8,\n}\n")

    def test_wrong(self):
        self.bad(USAGE, r"there is no type 'union pair'", "btf", "print", self.btf, "union pair", "00")
        self.bad(USAGE, r"there is no type '9'", "btf", "print", self.btf, "9", "00")
        self.bad(USAGE, r"type 2 \(STRUCT 'pair'\) needs 8 bytes, there are 7", "btf", "print", self.btf, "pair", "00" * 7)
        self.bad(USAGE, r"no hexadecimal text", "btf", "print", self.btf, "pair", "0g")
        self.bad(USAGE, r"operands are missing", "btf", "print", self.btf, "pair")
        self.bad(USAGE, r"type 0 \(UNKN\) is none that values have", "btf", "print", self.btf, "0", "00")
        self.bad(SYSTEM, r"No such file", "btf", "print", self.btf, "pair", "@missing")


main()
