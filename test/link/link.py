#!/usr/bin/env python3
"""skep gen object beside bpftool gen object: what libbpf submits of both outputs, and their types.

    link.py COMPILER OBJECTS LIBBPF_DUMP SKEP_DUMP FOLDER

OBJECTS has what the compiler made of progs/, FOLDER the kernel for the two dumps
(test/object).
"""
import os
import re
import shutil
import struct
import subprocess
import sys

for part in ("cli", "object"):
    sys.path.insert(0, os.path.join(os.environ["SKEP_SOURCE"], "test", part))
from compare import difference  # noqa: E402
from harness import MALFORMED, SYSTEM, USAGE, Test, main  # noqa: E402

COMPILER, OBJECTS, LIBBPF_DUMP, SKEP_DUMP, KERNEL = sys.argv[1:6]
HEADERS = os.path.join(os.environ["SKEP_SOURCE"], "test", "object", "progs")
BPFTOOL = shutil.which("bpftool", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
OBJCOPY = shutil.which("llvm-objcopy") or shutil.which("llvm-objcopy-19") or shutil.which(
    "llvm-objcopy-22")

PROLOGUE = '#include "skep_bpf.h"\n'
GPL = 'LICENSE("GPL");\n'


def run(*command):
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode()


def source(name):
    return os.path.join(OBJECTS, name + ".bpf.o")


class Types:
    """The types of a dump (test/object/canon.h), which `shape` writes without ids. Definitions of
    a name are one fact each; where they are referred to, the name stands for them, so that a
    declaration does as well. What nothing with a name refers to is no fact."""
    NAMED = {"STRUCT": "struct", "UNION": "union", "ENUM": "enum", "ENUM64": "enum"}

    def __init__(self, lines):
        self.records = {}
        for line in lines:
            _, number, kind, *words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', line)
            self.records[int(number)] = [kind, *words]

    def refers(self, kind, words):
        """Which words are ids: words[0] is the name."""
        if kind in ("STRUCT", "UNION"):
            return range(3, len(words), 4)
        if kind == "FUNC_PROTO":
            return [1, *range(3, len(words), 2)]
        if kind == "ARRAY":
            return [1, 2]
        return [] if kind in ("INT", "ENUM", "ENUM64", "FWD", "FLOAT", "DATASEC") else [1]

    def definition(self, number):
        kind, *words = self.records[number]
        for at in self.refers(kind, words):
            if words[at] != "?":
                words[at] = self.shape(int(words[at]))
        return " ".join(["(" + kind, *words]) + ")"

    def shape(self, number):
        if not number:
            return "void"
        kind, name, *rest = self.records[number]
        word = ["struct", "union"][rest[0] == "1"] if kind == "FWD" else self.NAMED.get(kind)
        return f"({word} {name})" if word and name != '""' else self.definition(number)

    def facts(self):
        return sorted({self.definition(number) for number, (kind, name, *_) in
                       self.records.items() if kind != "FWD" and name != '""'})


def canonical(text, places):
    """A dump whose types and variables are sorted and without ids. `places` has variables by name
    whose offsets are known better."""
    lines = text.split("\n")
    types = Types([x for x in lines if x.startswith("type ")])
    rest, variables = [], []
    for line in lines:
        if line.startswith("var "):
            _, section, name, offset, size, number = line.split(" ")
            offset = places.get(name.strip('"'), offset)
            variables.append(f"var {section} {name} {offset} {size} {types.shape(int(number))}")
        elif not line.startswith("type "):
            rest.append(re.sub(r"(?<= types )(\d+)( and)? (\d+)$",
                               lambda m: " and ".join(types.shape(int(m[i])) for i in (1, 3)),
                               line))
    return "\n".join(types.facts() + sorted(variables) + rest)


class Elf:
    """Sections and symbols of an object."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        table, = struct.unpack_from("<Q", self.data, 40)
        count, names = struct.unpack_from("<HH", self.data, 60)
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.data, table + 64 * i)
                   for i in range(count)]
        self.headers = headers
        self.names = [self.string(headers[names], h[0]) for h in headers]
        symtab = next(h for h in headers if h[1] == 2)
        self.locals = symtab[7]
        self.symbols = []
        for at in range(symtab[4], symtab[4] + symtab[5], 24):
            name, info, other, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            self.symbols.append({
                "name": self.string(headers[symtab[6]], name), "type": info & 15,
                "bind": info >> 4, "visibility": other, "value": value, "size": size,
                "section": self.names[section] if 0 < section < count else "",
            })

    def string(self, table, offset):
        at = table[4] + offset
        return self.data[at:self.data.index(b"\0", at)].decode()

    def section(self, name):
        header = self.headers[self.names.index(name)]
        return self.data[header[4]:header[4] + header[5]]

    def symbol(self, name):
        found = [s for s in self.symbols if s["name"] == name]
        assert len(found) == 1, (name, found)
        return found[0]

    def relocs(self, name):
        entries = self.section(".rel" + name)
        return [(offset, self.symbols[info >> 32], info & 0xffffffff)
                for offset, info in struct.iter_unpack("<QQ", entries)]


class Links(Test):
    def compile(self, name, text, *flags):
        """Compiles a text and returns the object's path."""
        path = self.file(name + ".c", PROLOGUE + text)
        out = self.path(name + ".o")
        subprocess.run([COMPILER, "-g", "-O2", "--target=bpf", "-mlittle-endian", "-mcpu=v3",
                        "-I", HEADERS, "-w", *flags, "-c", path, "-o", out], check=True,
                       timeout=60)
        return out

    def link(self, *inputs, out="linked.o"):
        out = self.path(out)
        self.assertEqual(self.good("gen", "object", out, *inputs).out, b"")
        return out

    def bpftool(self, *inputs):
        if not BPFTOOL:
            self.skipTest("there is no bpftool")
        out = self.path("bpftool.o")
        run(BPFTOOL, "gen", "object", out, *inputs)
        return out

    def dump(self, path, places=None):
        """What libbpf and skep load, types by their shape: their ids and order may differ."""
        same = self.path("same.bpf.o")  # names of maps are made of the file's
        shutil.copy(path, same)
        text = run(LIBBPF_DUMP, "--kernel", os.path.join(KERNEL, "kernel"), same)
        ours = run(SKEP_DUMP, "--kernel", os.path.join(KERNEL, "kernel"), same)
        differs = difference(text.splitlines(), ours.splitlines())
        self.assertIsNone(differs, differs)
        self.assertIn("\nprog ", text)
        self.assertNotIn("refused", text)
        return canonical(text, places or {})

    def definitions(self, path):
        """Definitions in C, in any order. Declarations that are left over do not count."""
        text = run(BPFTOOL, "btf", "dump", "file", path, "format", "c")
        blocks = re.split(r"\n\n+", text)
        return sorted(b for b in blocks if not re.fullmatch(r"(struct|union) \w+;\n?", b))

    def types(self, path):
        return re.findall(r"^\[\d+\] .*$", run(BPFTOOL, "btf", "dump", "file", path), re.M)

    def count(self, path, pattern):
        return len([t for t in self.types(path) if re.search(pattern, t)])


class Beside(Links):
    """Both linkers, the same inputs."""

    def check(self, *names):
        inputs = [source(n) for n in names]
        ours, theirs = self.link(*inputs), self.bpftool(*inputs)
        # of a weak definition that a strong one replaces, bpftool lists the place
        places = {s["name"]: s["value"] for s in Elf(theirs).symbols
                  if s["type"] == 1 and s["bind"] and s["section"]}
        self.assertEqual(self.dump(ours), self.dump(theirs, places))
        self.assertEqual(self.definitions(ours), self.definitions(theirs))
        self.assertLessEqual(len(self.types(ours)), len(self.types(theirs)))
        for section in Elf(theirs).names:
            if not re.match(r"\.(BTF|symtab|strtab)|$", section):
                self.assertEqual(len(Elf(ours).section(section)),
                                 len(Elf(theirs).section(section)), section)

    def test_two(self):
        self.check("main", "lib")

    def test_in_another_order(self):
        self.check("lib", "main")

    def test_three(self):
        self.check("main", "lib", "third")

    def test_three_in_another_order(self):
        self.check("lib", "main", "third")

    def test_features(self):
        """Objects of every feature, one by one."""
        folder = os.path.join(KERNEL, "newest" if "clang-" in COMPILER else "clang")
        if not os.path.isdir(folder):
            self.skipTest("test/object is not built")
        for name in sorted(os.listdir(folder)):
            if name.split(".")[0] in ("data_pointers", "no_debug"):
                continue  # bpftool refuses them
            path = os.path.join(folder, name)
            with self.subTest(name):
                ours, theirs = self.link(path), self.bpftool(path)
                self.assertEqual(run(BPFTOOL, "btf", "dump", "file", ours),
                                 run(BPFTOOL, "btf", "dump", "file", theirs))
                for section in Elf(theirs).names:
                    if not re.match(r"\.(BTF|rel|symtab|strtab|bss)|$", section):
                        self.assertEqual(Elf(ours).section(section),
                                         Elf(theirs).section(section), section)


class Outputs(Links):
    def test_one_input(self):
        for name in ("main", "lib", "third"):
            out = self.link(source(name))
            self.assertFalse([n for n in Elf(out).names if "debug" in n])
        out = self.link(source("main"), source("lib"))
        again = self.link(out, out="again.o")
        self.assertEqual(self.dump(out), self.dump(again))
        self.assertEqual(len(self.types(out)), len(self.types(again)))

    def test_declared_before_defined(self):
        """A map that is declared first and lies behind others: bpftool loses its place."""
        lines = self.dump(self.link(source("third"), source("main"), source("lib"))).split("\n")
        usual = self.dump(self.link(source("main"), source("lib"), source("third"))).split("\n")
        for begin in ("map ", "inner ", "slot ", "prog "):
            self.assertEqual(sorted(x for x in lines if x.startswith(begin)),
                             sorted(x for x in usual if x.startswith(begin)))

    def test_incremental(self):
        whole = self.link(source("main"), source("lib"), source("third"))
        part = self.link(source("main"), source("lib"), out="part.o")
        self.assertEqual(self.dump(self.link(part, source("third"), out="a.o")),
                         self.dump(whole))
        part = self.link(source("lib"), source("third"), out="part.o")
        self.assertEqual(self.dump(self.link(source("main"), part, out="b.o")),
                         self.dump(whole))

    def test_output_is_an_input(self):
        whole = self.link(source("main"), source("lib"))
        shutil.copy(source("main"), self.path("x.o"))
        self.assertEqual(self.dump(self.link(self.path("x.o"), source("lib"), out="x.o")),
                         self.dump(whole))

    def test_local_symbols_come_first(self):
        elf = Elf(self.link(source("main"), source("lib"), source("third")))
        binds = [s["bind"] for s in elf.symbols]
        self.assertTrue(all(b == 0 for b in binds[:elf.locals]))
        self.assertTrue(all(b != 0 for b in binds[elf.locals:]))
        self.assertEqual(len([s for s in elf.symbols if s["name"] == "helped"]), 3)

    def test_types_are_there_once(self):
        out = self.link(source("main"), source("lib"), source("third"))
        for pattern in ("STRUCT 'item'", "STRUCT 'sums'", "VAR 'sums'", "FUNC 'of_lib'",
                        "FUNC 'both'", "ENUM 'colour'", "TYPEDEF 'u32'", "VAR 'CONFIG_NUMBER'",
                        "STRUCT 'detail'", "FUNC 'helped'"):
            self.assertEqual(self.count(out, pattern), 1, pattern)
        self.assertEqual(self.count(out, "FWD"), 0)
        self.assertEqual(self.count(out, "VAR 'own'"), 3)

    def test_ambiguous_declaration_stays(self):
        use = "struct far; int use_%s(struct far *far) { return !!far; }\n"
        define = "struct far { %s member; }; int %s(struct far *far) { return far->member; }\n"
        one = self.compile("one", use % "one" + GPL)
        two = self.compile("two", define % ("int", "two") + GPL)
        three = self.compile("three", define % ("long", "three") + GPL)
        self.assertEqual(self.count(self.link(one, two), "FWD 'far'"), 0)
        out = self.link(one, two, three)
        self.assertEqual(self.count(out, "FWD 'far'"), 1)
        self.assertEqual(self.count(out, "STRUCT 'far'"), 2)

    def test_cycles_of_types(self):
        """Types in circles are equal, and tell apart what differs far along them."""
        text = """
            struct c%(last)s { struct a *a; %(member)s last; };
            struct b { struct c%(last)s *c; };
            struct a { struct b *b; struct a *self; };
            struct a %(name)s_a; struct b %(name)s_b; struct c%(last)s %(name)s_c;
        """
        one = self.compile("one", text % {"last": "", "member": "int", "name": "f1"} + GPL)
        two = self.compile("two", text % {"last": "", "member": "int", "name": "f2"} + GPL)
        three = self.compile("three", text % {"last": "", "member": "long", "name": "f3"} + GPL)
        same, other = self.link(one, two), self.link(one, three, out="other.o")
        for name in "abc":
            self.assertEqual(self.count(same, f"STRUCT '{name}'"), 1)
            self.assertEqual(self.count(other, f"STRUCT '{name}'"), 2)

    def test_pointers_in_data(self):
        """Addresses of strings, of which the second object's come behind the first's."""
        text = """
            static const char *const words[] = { "%(a)s", "%(b)s" };
            int i%(a)s;
            SEC("socket") int f%(a)s(void *ctx) { return words[i%(a)s & 1][0]; }
        """
        one = self.compile("one", text % {"a": "first", "b": "second"} + GPL)
        two = self.compile("two", text % {"a": "third", "b": "fourth"} + GPL)
        elf = Elf(self.link(one, two))
        place = next(n for n in elf.names if n.startswith(".rel.") and "ro" in n)[4:]
        data, found = elf.section(place), []
        for offset, symbol, _ in elf.relocs(place):
            at = symbol["value"] + struct.unpack_from("<Q", data, offset)[0]
            text = elf.section(symbol["section"] or symbol["name"])
            found.append(text[at:text.index(b"\0", at)].decode())
        self.assertEqual(found, ["first", "second", "third", "fourth"])

    def test_symbols_of_the_kernel_in_both(self):
        out = self.link(source("main"), source("lib"), source("pointers"))
        self.assertEqual(self.count(out, "'kernel_function'"), 1)
        self.assertEqual(self.count(out, "'untyped_symbol'"), 1)
        self.assertIn("prog first", self.dump(out))

    def test_hidden_variables(self):
        """Sizes and offsets are in the types now, but who sees a variable is not."""
        out = self.link(self.compile("one", """
            int secret __hidden SEC(".data.secret") = 1;
            int known SEC(".data.known") = 2;
            SEC("xdp") int f(int *c) { return secret + known; }
        """ + GPL))
        text = self.dump(out)
        self.assertRegex(text, r"map \.data\.secret .* flags 0x0 ")
        self.assertRegex(text, r"map \.data\.known .* flags 0x400 ")

    def test_without_types(self):
        one = self.compile("one", "int g(int a); SEC(\"xdp\") int f(int *c) { return g(*c); }"
                           + GPL, "-g0")
        two = self.compile("two", "int g(int a) { return a + 1; }" + GPL, "-g0")
        out = self.link(one, two)
        self.assertNotIn(".BTF", Elf(out).names)
        self.assertIn("prog f section", self.dump(out))

    def test_weak_and_hidden(self):
        declared = """
            extern int strong(int), hidden(int) __hidden, loose(int) __weak;
            SEC("xdp") int f(int *c) { return strong(*c) + hidden(*c) + (loose ? loose(*c) : 0); }
        """
        defined = """
            __weak __noinline int strong(int a) { return a + %d; }
            __noinline int hidden%d(int a) { return a; }
        """
        one = self.compile("one", declared + GPL)
        two = self.compile("two", (defined % (2, 0)).replace("hidden0", "hidden") + GPL)
        three = self.compile("three", (defined % (3, 3)).replace("__weak", "") + GPL)
        elf = Elf(self.link(one, two, three))
        text = elf.section(".text")
        self.assertEqual(elf.symbol("strong")["bind"], 1)
        at = elf.symbol("strong")["value"]
        self.assertIn(struct.pack("<i", 3), [text[i + 4:i + 8] for i in range(at, at + 24, 8)])
        self.assertEqual(elf.symbol("hidden")["visibility"], 2)
        self.assertEqual((elf.symbol("loose")["bind"], elf.symbol("loose")["section"]), (2, ""))
        two_weak = Elf(self.link(two, self.compile("four", (defined % (4, 4)) + GPL)))
        at, text = two_weak.symbol("strong")["value"], two_weak.section(".text")
        self.assertIn(struct.pack("<i", 2), [text[i + 4:i + 8] for i in range(at, at + 24, 8)])


class Refusals(Links):
    """One line that names file, symbol or section; nothing is written."""

    def refuse(self, status, pattern, *inputs):
        out = self.file("kept.o", b"what was there")
        self.bad(status, pattern, "gen", "object", out, *inputs)
        with open(out, "rb") as f:
            self.assertEqual(f.read(), b"what was there")
        fresh = self.path("fresh.o")
        self.bad(status, pattern, "gen", "object", fresh, *inputs)
        self.assertFalse(os.path.exists(fresh))
        self.assertFalse([n for n in os.listdir(self.folder) if ".o." in n])

    def pair(self, pattern, one, two):
        self.refuse(MALFORMED, pattern, self.compile("one", one + GPL),
                    self.compile("two", two + GPL))

    def test_defined_twice(self):
        self.pair(r"two\.o: .*symbol 'f': it is defined in .*one\.o already",
                  "int f(int a) { return a; }", "int f(int a) { return a + 1; }")
        self.pair(r"two\.o: .*symbol 'v': it is defined in .*one\.o already", "int v = 1;",
                  "int v = 1;")

    def test_types_differ(self):
        call = "SEC(\"xdp\") int p(int *c) { return f(%s); }"
        self.pair(r"symbol 'f': .*numbers of parameters", "extern int f(int, int);"
                  + call % "*c, 1", "int f(int a) { return a; }")
        self.pair(r"symbol 'f': .*integers", "extern int f(long);" + call % "*c",
                  "int f(char a) { return a; }")
        self.pair(r"symbol 'f': .*kinds", "extern int f(int *);" + call % "c",
                  "int f(long a) { return a; }")
        use = "SEC(\"xdp\") int p(int *c) { return v%s; }"
        self.pair(r"symbol 'v': .*integers", "extern long v;" + use % "", "int v = 1;")
        self.pair(r"symbol 'v': .*elements", "extern int v[4];" + use % "[*c & 3]",
                  "int v[2] = { 1 };")
        self.pair(r"symbol 'v': .*structs", "struct s { int a, b; }; extern struct s v;"
                  + use % ".b", "struct s { int a; } v = { 1 };")
        self.pair(r"symbol 'v': .*kinds", "extern int v(int);" + use % "(1)", "int v = 1;")

    def test_maps_differ(self):
        text = """
            %s struct { __uint(type, %s); __type(key, u32); __type(value, %s);
                        __uint(max_entries, %d); } m SEC(".maps");
            SEC("xdp") int %s(void *c) { u32 k = 0; return !!map_lookup_elem(&m, &k); }
        """
        one = text % ("extern", "ARRAY", "u64", 4, "p")
        for word, two in (("entries", ("ARRAY", "u64", 5)), ("types", ("HASH", "u64", 4)),
                          ("sizes of values", ("ARRAY", "u32", 4)),
                          ("types of values", ("ARRAY", "struct { u64 x; }", 4))):
            self.pair("symbol 'm': .*maps have other .*" + word, one, text % ("", *two, "q"))

    def test_sections_differ(self):
        one = self.compile("one", "int a = 1;" + GPL)
        two = self.compile("two", "int b = 1;" + 'LICENSE("MIT");')
        self.refuse(MALFORMED, r"two\.o: section 'license' .*differs from that in .*one\.o", one, two)
        self.pair(r"two\.o: section '\.data\.x' .*flags", "int a SEC(\".data.x\") = 1;",
                  "const int b SEC(\".data.x\") = 1;")

    def test_extern_of_another_kind(self):
        self.pair(r"symbol 'CONFIG_X': it is in",
                  "extern int CONFIG_X __kconfig; SEC(\"xdp\") int p(void *c)"
                  " { return CONFIG_X; }", "int CONFIG_X = 1;")

    def test_files(self):
        good = self.compile("good", "int a;" + GPL)
        self.refuse(SYSTEM, "absent.o: No such file", good, self.path("absent.o"))
        self.refuse(SYSTEM, "is a directory", good, self.folder)
        self.refuse(MALFORMED, r"empty\.o: .*no ELF file", good, self.file("empty.o", b""))
        self.refuse(MALFORMED, r"text\.o: .*no ELF file", self.file("text.o", "int a;"))
        self.bad(USAGE, "gen object", "gen", "object", self.path("x"))

    def test_big_endian(self):
        path = self.file("big.c", "int a;")
        out = self.path("big.o")
        subprocess.run([COMPILER, "-O2", "--target=bpfeb", "-c", path, "-o", out], check=True,
                       timeout=60)
        self.refuse(MALFORMED, r"big\.o: .*big-endian", out)

    def test_no_symbols(self):
        if not OBJCOPY:
            self.skipTest("there is no llvm-objcopy")
        out = self.compile("bare", "int f(int a) { return a; }", "-g0")
        run(OBJCOPY, "--strip-all", out)
        self.refuse(MALFORMED, r"bare\.o: there is no symbol table", out)

    def test_no_place(self):
        good = self.compile("good", "int a;" + GPL)
        self.bad(SYSTEM, "No such file", "gen", "object", self.path("no/where.o"), good)


if __name__ == "__main__":
    del sys.argv[1:6]
    main()
