"""Objects as clang emits them, in all commands that take a program; where this machine lets
us, next to what bpftool says of the same object in the kernel."""
import gzip
import json
import os
import re
import shutil
import subprocess
import unittest

from harness import FAULT, MALFORMED, REFUSED, USAGE, SYSTEM, RETURN_42, Test

SOURCE = """\
typedef unsigned int u32;
typedef unsigned long long u64;
#define SEC(n) __attribute__((section(n), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
enum mode { OFF, ON = 7 };
struct conf { u32 limit[4]; struct { unsigned char low : 3, high : 5; }; enum mode mode; };
struct { __uint(type, 1); __uint(max_entries, 16); __type(key, u32); __type(value, u64); }
    seen SEC(".maps");
static u64 (*lookup)(void *map, const void *key) = (void *)1;
const volatile u32 threshold = 5;
const volatile struct conf conf = { { 1, 2, 3, 4 }, { 1, 2 }, ON };
const volatile char word[8] = "abc";
u64 calls;
int start = -3;

__attribute__((noinline)) static int twice(u32 x)
{
    calls += 1;
    return x + start;
}

SEC("syscall") int count(void *ctx)
{
    return twice(threshold) * 2;
}

SEC("xdp.frags") int pass(void *ctx)
{
    u32 key = 1;

    return lookup(&seen, &key) ? 1 : conf.limit[3];
}

SEC("socket") int word_sum(void *ctx)
{
    return word[0] + word[1] + conf.high + conf.mode;
}

SEC("syscall") int spoil(void *ctx)
{
    *(volatile u32 *)&threshold = 1;
    return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

LINE = "; return twice(threshold) * 2;"


def clang():
    return next((c for c in ("clang-19", "clang-22", "clang") if shutil.which(c)), None)


class Objects(Test):
    def setUp(self):
        super().setUp()
        if not clang():
            self.skipTest("clang is not installed")
        self.object = self.compile("obj.bpf.c", SOURCE, "-g")

    def compile(self, name, source, *options):
        self.file(name, source)
        out = name[:-2] + ".o"
        subprocess.run(
            [clang(), "-O2", "-target", "bpf", "-mcpu=v3", *options, "-c", name, "-o", out],
            cwd=self.folder,
            check=True,
        )
        return self.path(out)

    # ---- prog show ------------------------------------------------------------------------

    def test_show(self):
        text = self.good("prog", "show", self.object).text
        heads = re.findall(r"(?m)^(\d+: .*?)  tag [0-9a-f]{16}  gpl$", text)
        self.assertEqual(
            heads,
            [
                "0: syscall  name count",
                "1: syscall  name spoil",
                "2: xdp  name pass",
                "3: socket_filter  name word_sum",
            ],
        )
        self.assertRegex(text, r"map_ids 1,2  ")
        self.assertRegex(text, r"section xdp.frags  frags")

    def test_show_json(self):
        answer = self.good("-j", "prog", "show", self.object).json
        self.assertEqual([p["name"] for p in answer], ["count", "spoil", "pass", "word_sum"])
        self.assertEqual([p["id"] for p in answer], [0, 1, 2, 3])
        self.assertEqual(answer[2]["map_ids"], [1, 2])
        self.assertEqual(answer[0]["functions"], 2)
        (one,) = self.good("-j", "prog", "show", self.object, "pass").json
        self.assertEqual(one["tag"], answer[2]["tag"])

    def test_type_overrides(self):
        (one,) = self.good(
            "-j", "prog", "show", self.object, "pass", "--type", "cgroup_sysctl"
        ).json
        self.assertEqual(one["type"], "cgroup_sysctl")
        for given, shown in (("sched_cls", "sched_cls"), ("raw", "raw"), ("unspec", "raw")):
            (one,) = self.good(
                "-j", "prog", "show", self.object, "pass", "--type", given
            ).json
            self.assertEqual(one["type"], shown)

    def test_btf_vmlinux(self):
        if not os.access("/sys/kernel/btf/vmlinux", os.R_OK):
            self.skipTest("the kernel shows no types")
        args = "prog", "dump", "xlated", self.object, "pass", "--btf"
        self.assertEqual(self.good(*args, "vmlinux").out,
                         self.good(*args, "/sys/kernel/btf/vmlinux").out)

    def test_filled_maps(self):
        """Which programs and maps an object puts into its maps, and more that is declared."""
        source = SOURCE.replace('char LICENSE[]', """
#define __array(name, val) typeof(val) *name[]
SEC("tc") int t1(void *ctx) { return 1; }
SEC("tc") int t2(void *ctx) { return 2; }
struct { __uint(type, 3); __uint(max_entries, 3); __uint(key_size, 4);
    __array(values, int (void *)); } table SEC(".maps") = {
    .values = { [0] = (void *)&t2, [2] = (void *)&t1 } };
struct inner { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u32);
    __uint(pinning, 1); } first SEC(".maps"), second SEC(".maps");
struct { __uint(type, 12); __uint(max_entries, 2); __type(key, u32); __uint(map_flags, 4);
    __uint(numa_node, 3);
    __array(values, struct { __uint(type, 2); __uint(max_entries, 1); __type(key, u32);
        __type(value, u32); }); }
    outer SEC(".maps") = { .values = { (void *)&second, (void *)&first } };
char LICENSE[]""")
        path = self.compile("filled.bpf.c", source, "-g")
        answer = self.good("-j", "object", "show", path).json
        maps = {m["name"]: m for m in answer["maps"]}
        progs = {p["name"]: p["id"] for p in answer["programs"]}
        self.assertEqual(maps["table"]["elements"], [
            {"key": 0, "prog_id": progs["t2"], "name": "t2"},
            {"key": 2, "prog_id": progs["t1"], "name": "t1"}])
        self.assertEqual(maps["outer"]["elements"], [
            {"key": 0, "map_id": maps["second"]["id"], "name": "second"},
            {"key": 1, "map_id": maps["first"]["id"], "name": "first"}])
        self.assertEqual(maps["outer"]["inner_map_id"], maps["outer.inner"]["id"])
        self.assertEqual(maps["outer"]["numa_node"], 3)
        self.assertEqual(maps["first"]["pinning"], "by_name")
        self.assertNotIn("pinning", maps["outer"])
        self.assertNotIn("elements", maps["first"])
        text = self.good("map", "show", path).text
        self.assertIn(f"key: 0  value: prog {progs['t2']}  name t2\n", text)
        self.assertIn(f"key: 1  value: map {maps['first']['id']}  name first\n", text)
        self.assertIn(f"inner_map {maps['outer.inner']['id']}  numa_node 3\n", text)
        self.assertIn("\tpinning by_name\n", text)

    def test_attach_types(self):
        path = self.compile("attach.bpf.c", "".join(
            f"""__attribute__((section("{name}"), used)) int f{i}(void *c) {{ return 0; }}\n"""
            for i, name in enumerate(("xdp/devmap", "cgroup/skb", "cgroup_skb/ingress", "tc",
                                      "fentry/x", "kprobe.multi/x", "socket1"))))
        shown = {p["section"]: p.get("attach_type_name")
                 for p in self.good("-j", "object", "show", path).json["programs"]}
        self.assertEqual(shown, {
            "xdp/devmap": "xdp_devmap", "cgroup/skb": None, "tc": None, "socket1": None,
            "cgroup_skb/ingress": "cgroup_inet_ingress", "fentry/x": "trace_fentry",
            "kprobe.multi/x": "trace_kprobe_multi"})
        self.assertRegex(self.good("object", "show", path).text,
                         r"section xdp/devmap  attach_type xdp_devmap  slots 2")

    def test_externs_shown(self):
        path = self.compile("ext.bpf.c", SOURCE.replace('SEC("xdp.frags")', """
extern unsigned int CONFIG_HZ __attribute__((section(".kconfig")));
extern _Bool CONFIG_YES __attribute__((section(".kconfig"))) __attribute__((weak));
extern char CONFIG_NAME[8] __attribute__((section(".kconfig"))) __attribute__((weak));
extern int CONFIG_NONE __attribute__((section(".kconfig"))) __attribute__((weak));
SEC("xdp.frags")""").replace("return word[0]",
            "return CONFIG_HZ + CONFIG_YES + CONFIG_NONE + CONFIG_NAME[0] + word[0]"), "-g")
        self.file("config", 'CONFIG_HZ=250\nCONFIG_YES=y\nCONFIG_NAME="ab"\n')
        args = "object", "show", path, "--kconfig", "config"
        lines = self.good(*args).text.split("\nexterns:\n")[1].splitlines()
        self.assertEqual(sorted(lines), [
            "kconfig _Bool CONFIG_YES = true  weak",
            'kconfig char CONFIG_NAME[8] = "ab"  weak',
            "kconfig int CONFIG_NONE  weak  not found",
            "kconfig unsigned int CONFIG_HZ = 250"])
        shown = {e["name"]: e for e in self.good("-j", *args).json["externs"]}
        self.assertEqual(shown["CONFIG_HZ"], {
            "name": "CONFIG_HZ", "kind": "kconfig", "declaration": "unsigned int CONFIG_HZ",
            "weak": False, "found": True, "value": 250})
        self.assertEqual(shown["CONFIG_NONE"]["found"], False)
        self.assertNotIn("value", shown["CONFIG_NONE"])
        self.file("config", "CONFIG_HZ=abc\n")
        result = self.run_skep(*args)
        self.assertEqual(result.status, MALFORMED)
        self.assertIn(b"extern 'CONFIG_HZ'", result.err)
        self.assertIn(b"\nprograms:\n", result.out)

    def values(self, path, *settings):
        args = [word for setting in settings for word in ("--set", setting)]
        variables = self.good("-j", "object", "show", path, *args).json["variables"]
        return {v["name"]: v.get("value", v.get("bytes_of_value")) for v in variables}

    def test_set_as_c_writes_it(self):
        path = self.compile("set.bpf.c", SOURCE.replace("u64 calls;", """u64 calls;
float single = 1.5f; double real = 0.25; char name[6] = "x"; char letter = 'x';"""), "-g")
        set_to = lambda name, text: self.values(path, f"{name}={text}")[name]
        for text, value in (("2.5", 2.5), ("-1e3", -1000), ("3", 3), ("0x1p-2", 0.25),
                            (".5f", 0.5), ("1.L", 1), ("1e30", 1e30)):
            for name in "real", "single":
                self.assertAlmostEqual(set_to(name, text) / value, 1, 6, (name, text))
        self.assertEqual(set_to("real", "0.1"), 0.1)
        for text, value in (("5u", 5), ("5UL", 5), ("0x10ull", 16), ("7LLU", 7), ("010l", 8),
                            (r"'\n'", 10), (r"'\''", 39), (r"'\x7f'", 127), (r"'\101'", 65)):
            self.assertEqual(set_to("calls", text), value, text)
        self.assertEqual(set_to("start", "-5L"), -5)
        shown = lambda text: re.search(r" = (.*)", next(
            line for line in self.good("object", "show", path, "--set", "name=" + text)
            .text.splitlines() if "char name[6]" in line)).group(1)
        for text in ('"abcdef"', '"abcde"', r'"a\nb"', r'"\t\"\\"'):
            self.assertEqual(shown(text), text)
        self.assertEqual(shown(r'"\101\x42\?"'), '"AB?"')
        for setting, why in (
            ('name="abcdefg"', "too long"), (r'name="\q"', "escape"), ('name="abc\\"', "escape"),
            (r'name="\x"', "escape"), (r'name="\777"', "escape"), ("name=abc", "double quotes"),
            ("real=", "no number"), ("real=1.5x", "no number"), ("real= 1", "no number"),
            ("real=1.5ff", "no number"), ("real=1e999", "no number"), ("single=1e39", "does not fit"),
            ("calls=5uu", "no number"), ("calls=u", "no number"), ("calls=5lul", "no number"),
            ("calls=0xu", "no number"), ("calls='ab'", "no number"), ("calls='\\'", "no number"),
        ):
            self.bad(USAGE, why, "object", "show", path, "--set", setting)

    def test_set_without_types(self):
        path = self.compile("bare.bpf.c", """int four = 1; short two; long long eight = 2;
char one; char three[3]; int (*f)(void) __attribute__((section("xdp"), used)) = 0;
int g(void *c) { return four + two + eight + one + three[1]; }
""".replace('int (*f)(void) __attribute__((section("xdp"), used)) = 0;', ""))
        shown = self.values(path, "four=-2", "two=0x1234", "eight=18446744073709551615", "one=255")
        self.assertEqual(shown["four"], ["0xfe", "0xff", "0xff", "0xff"])
        self.assertEqual(shown["two"], ["0x34", "0x12"])
        self.assertEqual(shown["eight"], 8 * ["0xff"])
        self.assertEqual(shown["one"], ["0xff"])
        for setting, why in (("two=65536", "does not fit"), ("one=-129", "does not fit"),
                             ("three=1", "type is not known"), ("four.x=1", "type is not known"),
                             ("four=x", "no number")):
            self.bad(USAGE, why, "object", "show", path, "--set", setting)

    def test_no_programs(self):
        path = self.compile("data.bpf.c", "int x = 3;\n", "-g")
        for command in ("prog show", "prog dump xlated", "prog dump jited", "disasm", "explain"):
            words = command.split()
            self.assertEqual(self.good(*words, path).out, b"", command)
            self.assertEqual(self.good("-j", *words, path).json, [], command)
        self.bad(USAGE, "no function 'x' of the object is a program", "prog", "show", path, "x")

    def test_stripped(self):
        """Without symbols the relocations are gone too."""
        strip = next((s for s in ("llvm-strip-19", "llvm-strip-22", "llvm-strip")
                      if shutil.which(s)), None)
        if not strip:
            self.skipTest("llvm-strip is not installed")
        subprocess.run([strip, "--strip-all", self.object], check=True)
        for command in ("prog show", "prog dump xlated", "object show", "map show", "disasm"):
            self.bad(MALFORMED, "there is no symbol table: the object was stripped",
                     *command.split(), self.object)
        path = self.compile("alone.bpf.c", "int alone(void *ctx) { return 42; }\n")
        subprocess.run([strip, "--strip-all", path], check=True)
        self.assertEqual(self.good("-j", "prog", "run", path).json["retval"], 42)

    def test_type_of_free_names(self):
        """Sections of old objects, whose names say nothing."""
        path = self.compile("old.bpf.c", SOURCE.replace('SEC("socket")', 'SEC("socket1")'),
                            "-g")
        (program,) = [
            p for p in self.good("-j", "object", "show", path).json["programs"]
            if p["section"] == "socket1"
        ]
        self.assertEqual(program["type"], "raw")
        for args, shown in ((), "raw"), (("--type", "socket_filter"), "socket_filter"):
            (one,) = self.good("-j", "prog", "show", path, "word_sum", *args).json
            self.assertEqual(one["type"], shown)

    def test_one_of_many_fails(self):
        """The others are shown, and the exit status says so."""
        path = self.compile(
            "bad.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            'extern int absent(int) SEC(".ksyms");\n'
            'SEC("xdp") int good(void *c) { return 1; }\n'
            'SEC("xdp") int bad(void *c) { return absent(2); }\n'
            'SEC("xdp") int last(void *c) { return 3; }\n',
            "-g",
        )
        result = self.run_skep("-j", "prog", "show", path, "--btf", "self")
        self.assertNotEqual(result.status, 0)
        self.assertRegex(result.err.decode(), r"program bad: ")
        self.assertEqual([p["name"] for p in result.json], ["good", "bad", "last"])
        self.assertIn("absent", result.json[1]["error"])
        self.assertNotIn("tag", result.json[1])
        result = self.run_skep("prog", "dump", "xlated", path, "--btf", "self")
        self.assertNotEqual(result.status, 0)
        self.assertRegex(result.text, r"(?s)name good.*name last")

    def test_symbols_of_the_kernel(self):
        """The first of a name in the file counts; many that are not there are no trouble."""
        names = [f"absent_{i}" for i in range(300)] + ["_text"]
        path = self.compile(
            "symbols.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            + "".join(f'extern const void {n} __attribute__((weak)) SEC(".ksyms");\n'
                      for n in names)
            + 'SEC("xdp") unsigned long f(void *c) { return (unsigned long)&_text'
            + "".join(f" + (unsigned long)&{n}" for n in names[:-1]) + "; }\n",
            "-g",
        )
        try:
            with open("/proc/kallsyms", encoding="utf-8") as lines:
                address = next(x.split()[0] for x in lines if x.split()[2] == "_text")
        except (OSError, StopIteration):
            self.skipTest("/proc/kallsyms has no _text")
        text = self.good("prog", "dump", "xlated", path, "--btf", "self").text
        self.assertIn(f"= 0x{int(address, 16):x}\n", text)

    # ---- Listings -------------------------------------------------------------------------

    def test_dump(self):
        text = self.good("prog", "dump", "xlated", self.object, "count").text
        self.assertTrue(text.startswith("int count(void * ctx):\n" + LINE + "\n   0: "), text)
        self.assertRegex(text, r"\(85\) call pc\+\d+#bpf_prog_[0-9a-f]{16}_twice\n")
        self.assertRegex(text, r"\nint twice\(u32 x\):\n; ")
        self.assertRegex(text, r"\(18\) r\d = map\[id:2\]\[0\]\+0\n")

    def test_dump_linum(self):
        text = self.good("prog", "dump", "xlated", self.object, "count", "linum").text
        line = SOURCE.split("\n").index("    return twice(threshold) * 2;") + 1
        self.assertRegex(
            text, re.escape(LINE) + rf" \[file:\S*obj.bpf.c line_num:{line} line_col:\d+\]\n"
        )

    def test_dump_json(self):
        answer = self.good("-j", "prog", "dump", "xlated", self.object, "count", "linum").json
        self.assertEqual(answer[0]["proto"], "int count(void * ctx)")
        self.assertEqual(answer[0]["src"], LINE[2:])
        self.assertTrue(answer[0]["file"].endswith("obj.bpf.c"))
        self.assertGreater(answer[0]["line_num"], 0)
        several = self.good("-j", "prog", "dump", "xlated", self.object).json
        self.assertEqual([p["name"] for p in several], ["count", "spoil", "pass", "word_sum"])
        plain = self.good("-j", "prog", "dump", "xlated", self.object, "count").json
        self.assertEqual(several[0]["insns"], plain)

    def test_listings_come_back(self):
        """What is listed makes the same program."""
        tag = self.good("-j", "prog", "show", self.object, "count").json[0]["tag"]
        for words in [], ["linum"], ["opcodes"], ["opcodes", "linum"]:
            for options in [], ["-j"]:
                listing = self.good(
                    *options, "prog", "dump", "xlated", self.object, "count", *words
                ).out
                (again,) = self.good("-j", "prog", "show", "-", stdin=listing).json
                self.assertEqual(again["tag"], tag, (words, options))
        listing = self.good("disasm", self.object, "count").out
        (again,) = self.good("-j", "prog", "show", "-", stdin=listing).json
        self.assertEqual(again["tag"], tag)

    def test_jited(self):
        for options in [], ["--interleave"], ["--target", "arm64"], ["--unmetered"]:
            text = self.good("prog", "dump", "jited", self.object, "count", *options).text
            self.assertRegex(
                text, r"(?m)^int count\(void \* ctx\):\nbpf_prog_[0-9a-f]{16}_count:\n"
            )
            self.assertRegex(text, r"(?m)^int twice\(u32 x\):\nbpf_prog_[0-9a-f]{16}_twice:\n")
            self.assertIn("\n" + LINE + "\n", text)
        text = self.good("prog", "dump", "jited", self.object, "count", "linum").text
        self.assertRegex(text, re.escape(LINE) + r" \[file:\S+ line_num:\d+ line_col:\d+\]")
        answer = self.good("-j", "prog", "dump", "jited", self.object, "count", "linum").json
        self.assertEqual(answer[0]["proto"], "int count(void * ctx)")
        self.assertTrue(any(i.get("src") == LINE[2:] for i in answer[0]["insns"]))

    def test_visual(self):
        text = self.good("prog", "dump", "xlated", self.object, "count", "visual").text
        self.assertIn("; int\\ count(void\\ *\\ ctx):\\l\\\n", text)
        self.assertIn("; return\\ twice(threshold)\\ *\\ 2;\\l\\\n", text)

    def test_disasm(self):
        text = self.good("disasm", self.object).text
        for name in "count", "pass", "word_sum", "spoil":
            self.assertRegex(text, rf"(?m)^\d: \w+  name {name}  tag ")
        text = self.good("disasm", self.object, "count").text
        self.assertTrue(text.startswith("int count(void * ctx):\n" + LINE + "\n0: (18) "))

    def test_names_of_the_kernel(self):
        """A program that calls the kernel's functions, of which one goes by a flavour, and
        refers to a variable of its."""
        if not os.path.exists("/sys/kernel/btf/vmlinux"):
            self.skipTest("the kernel has no types")
        path = self.compile("kernel.bpf.c", KERNEL, "-g")
        lines = self.good("prog", "dump", "xlated", path, "call").text.splitlines()
        calls = [line for line in lines if "(85)" in line]
        for line, name in zip(calls, ("lock", "unlock"), strict=True):
            self.assertRegex(line, rf"^ *\d+: \(85\) call bpf_rcu_read_{name}#\d+$")
        answer = self.good("-j", "prog", "dump", "xlated", path, "call").json
        self.assertEqual([a["disasm"] for a in answer if "call" in a["disasm"]],
                         [line.partition(": ")[2] for line in calls])
        text = self.good("disasm", path, "call").text
        self.file("again.bin", self.good("asm", "-", "-o", "-", stdin=text).out)
        again = self.good("-j", "prog", "show", "again.bin").json
        self.assertEqual(again[0]["tag"],
                         self.good("-j", "prog", "show", path, "call").json[0]["tag"])
        text = self.good("explain", path, "call").text
        self.assertRegex(text, r"kernel function of BTF id \d+ \(bpf_rcu_read_unlock\)")
        answer = self.good("-j", "explain", path, "call").json["instructions"]
        self.assertEqual([i["kernel_name"] for i in answer if "kernel_name" in i],
                         ["bpf_rcu_read_lock", "bpf_rcu_read_unlock"])
        said = self.run_skep("prog", "run", path, "call")
        self.assertEqual(said.status, FAULT)
        self.assertRegex(said.err.decode(),
                         r"kernel function 'bpf_rcu_read_lock' \(BTF id \d+\) is not there")

    def test_explain(self):
        text = self.good("explain", self.object, "count").text
        self.assertIn("Function 1, twice, slots", text)
        self.assertIn("(obj.rodata, variable threshold)", text)
        self.assertRegex(text, r"the function at \d+ \(twice\)")
        self.assertIn(LINE[2:], text)
        self.assertIn("r1      at the start the address of the context\n", text)
        text = self.good("explain", self.object, "pass").text  # a type without a layout
        self.assertIn("r1      at the start the address of the context\n", text)
        self.assertNotIn("  r2 ", text)
        answer = self.good("-j", "explain", self.object, "count").json
        self.assertEqual(answer["function_names"], ["count", "twice"])
        self.assertEqual(answer["instructions"][0]["line"]["src"], LINE[2:])
        self.assertEqual(len(self.good("-j", "explain", self.object).json), 4)

    # ---- Running --------------------------------------------------------------------------

    def retval(self, *args):
        result = [
            self.good("-j", "prog", "run", self.object, *args, engine).json["retval"]
            for engine in ("--interp", "--jit")
        ]
        self.assertEqual(result[0], result[1])
        return result[0]

    def test_run(self):
        self.assertEqual(self.retval("count"), 4)
        self.assertEqual(self.retval("word_sum"), 97 + 98 + 2 + 7)
        self.bad(USAGE, "4 programs, one must be named: count, spoil, pass, word_sum",
                 "prog", "run", self.object)

    def test_set(self):
        self.assertEqual(self.retval("count", "--set", "threshold=0x10"), 26)
        self.assertEqual(self.retval("count", "--set", "start=-5"), 0)
        self.assertEqual(self.retval("count", "--set", "start=1", "--set=threshold=2"), 6)
        self.assertEqual(
            self.retval("word_sum", "--set", 'word="AB"', "--set", "conf.high=31",
                        "--set", "conf.mode=OFF"),
            65 + 66 + 31,
        )

    def test_set_refused(self):
        for setting, pattern in (
            ("nosuch=1", "no variable 'nosuch'"),
            ("threshold", "is not NAME=VALUE"),
            ("threshold=", "no number"),
            ("threshold=-1", "does not fit"),
            ("threshold=0x100000000", "does not fit"),
            ("start=2147483648", "does not fit"),
            ("conf.high=32", "does not fit"),
            ("conf.limit[4]=1", "no such element"),
            ("conf.limit=1", "only arrays of char"),
            ("conf.nosuch=1", "no such member"),
            ("conf=1", "it has parts"),
            ("threshold.x=1", "no such member"),
            ("conf.mode=HALF", "neither a number nor an enumerator"),
            ('word="abcdefghi"', "too long"),
        ):
            result = self.run_skep("prog", "run", self.object, "count", "--set", setting)
            self.assertEqual(result.status, USAGE, setting)
            self.assertRegex(result.err.decode(), pattern, setting)

    def test_readonly(self):
        for engine in "--interp", "--jit":
            result = self.run_skep("prog", "run", self.object, "spoil", engine)
            self.assertEqual(result.status, FAULT)
            said = result.err.decode()
            self.assertIn("obj.rodata is read-only", said)
            self.assertRegex(said, r"in spoil, \S*obj.bpf.c:\d+: \*\(volatile u32 \*\)")

    def test_trace(self):
        text = self.good("trace", self.object, "count").text
        self.assertIn("count: " + LINE[2:], text)
        self.assertIn("twice: ", text)
        lines = [json.loads(l) for l in
                 self.good("trace", "--json", self.object, "count").text.splitlines()]
        self.assertEqual({l["function"] for l in lines if l["event"] == "insn"},
                         {"count", "twice"})
        self.assertTrue(any(l.get("src") == LINE[2:] for l in lines))

    def test_trace_of_data(self):
        """Addresses of global data have names, and so have variables that are written."""
        text = self.good("trace", self.object, "count").text
        self.assertRegex(text, r"r2: 0 -> obj\.bss\+0 \(0x")
        self.assertRegex(text, r"obj\.rodata\+\d+ \(0x[0-9a-f]+\) -> 5\n")
        self.assertIn("u64 at obj.bss+0 calls: 0 -> 1\n", text)
        lines = [json.loads(l) for l in
                 self.good("trace", "--json", self.object, "count").text.splitlines()]
        written = [l["mem"] for l in lines if "mem" in l]
        self.assertEqual([(m["region"], m["offset"], m["variable"]) for m in written],
                         [("obj.bss", 0, "calls")])
        places = {r["at"] for l in lines for r in l.get("regs", []) if "at" in r}
        self.assertTrue({"obj.bss+0", "obj.data+0"} <= places, places)
        result = self.run_skep("prog", "run", self.object, "spoil")
        self.assertRegex(result.err.decode(), r"r\d +obj\.rodata\+\d+ \(0x")

    def test_vars(self):
        for engine in "--interp", "--jit":
            text = self.good("prog", "run", self.object, "count", engine, "--vars",
                             "--repeat", "3").text
            self.assertRegex(text, r"\A\.data\+0: int start = -3\n\.bss\+0: u64 calls = 3\n"
                                   r"Return value: 4, ")
            answer = self.good("-j", "prog", "run", self.object, "count", engine, "--vars",
                               "--set", "start=7").json
            self.assertEqual(answer["vars"], {"start": 7, "calls": 1})
        self.assertNotIn("calls", self.good("prog", "run", self.object, "count").text)

    def test_vars_of_all_kinds(self):
        path = self.compile(
            "vars.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            'struct s { int a; char name[4]; struct { short x, y; } p[2]; } s;\n'
            'enum e { NO, YES } e; char text[8] = "hi"; double d; void *p;\n'
            'static volatile int hidden = 9; const volatile int limit = 2;\n'
            'SEC("syscall") int f(void *c)\n'
            '{ s.a = -1; s.name[0] = \'x\'; s.p[1].y = 5; e = YES; text[1] = \'o\';\n'
            '  hidden += limit; return 0; }\n',
            "-g",
        )
        values = self.good("-j", "prog", "run", path, "--vars").json["vars"]
        self.assertEqual(values["hidden"], 11)
        self.assertEqual(values["s"]["a"], -1)
        self.assertEqual(values["s"]["p"][1], {"x": 0, "y": 5})
        self.assertNotIn("limit", values)
        self.assertEqual(set(values), {"s", "e", "text", "d", "p", "hidden"})
        text = self.good("prog", "run", path, "--vars").text
        self.assertIn("int hidden = 11\n", text)
        self.assertRegex(text, r"enum e e = .*YES")

    def test_vars_without_types(self):
        """Of an object without BTF there are bytes."""
        path = self.compile("plain.bpf.c", QUIET)
        values = self.good("-j", "prog", "run", path, "first", "--vars").json["vars"]
        self.assertEqual(values, {"level": ["0x03"] + 3 * ["0x00"],
                                  "total": ["0x12"] + 3 * ["0x00"]})
        self.assertIn(".bss+0: total = 12 00 00 00\n",
                      self.good("prog", "run", path, "first", "--vars").text)

    def test_compile_refuses(self):
        self.bad(REFUSED, "a reference to a map", "prog", "compile", self.object, "count",
                 "-o", self.path("out.o"))

    # ---- object show, map show ---------------------------------------------------------------

    def test_maps(self):
        text = self.good("map", "show", self.object).text
        self.assertIn("1: hash  name seen  flags 0x0\n\tkey 4B  value 8B  max_entries 16\n", text)
        self.assertRegex(text, r"2: array  name obj.rodata  flags 0x480\n\tkey 4B  value \d+B  "
                               r"max_entries 1  frozen\n")
        answer = self.good("-j", "map", "show", self.object).json
        self.assertEqual([m["name"] for m in answer],
                         ["seen", "obj.rodata", "obj.data", "obj.bss"])
        self.assertEqual(answer[0]["bytes_value"], 8)

    def test_object(self):
        text = self.good("object", "show", self.object, "--set", "start=9").text
        self.assertIn("license GPL", text)
        self.assertRegex(text, r"\.data\+0: int start = 9\n")
        self.assertRegex(text, r"threshold = 5\n")
        answer = self.good("-j", "object", "show", self.object).json
        values = {v["name"]: v["value"] for v in answer["variables"]}
        self.assertEqual(values["threshold"], 5)
        self.assertEqual(values["start"], -3)
        self.assertEqual(values["conf"]["limit"], [1, 2, 3, 4])
        self.assertEqual([p["section"] for p in answer["programs"]],
                         ["syscall", "syscall", "xdp.frags", "socket"])
        self.bad(MALFORMED, "is no ELF object", "object", "show", self.file("x", RETURN_42))

    def test_options_of_objects(self):
        path = self.file("p.bin", RETURN_42)
        for option, value in ("--btf", "self"), ("--kconfig", "/dev/null"), ("--set", "a=1"):
            self.bad(USAGE, option + " is for ELF objects only", "prog", "show", path,
                     option, value)
        self.bad(USAGE, "--vars is for ELF objects only", "prog", "run", path, "--vars")
        self.bad(SYSTEM, "No such file", "prog", "show", self.object, "--btf",
                 self.path("nosuch"))

    def test_from_standard_input(self):
        with open(self.object, "rb") as f:
            data = f.read()
        self.assertIn("name count", self.good("prog", "show", "-", stdin=data).text)
        self.assertIn(LINE, self.good("disasm", "-", stdin=data).text)

    def test_kconfig(self):
        path = self.compile(
            "k.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            'extern int CONFIG_HZ __attribute__((section(".kconfig")));\n'
            'SEC("syscall") int hz(void *c) { return CONFIG_HZ; }\n',
            "-g",
        )
        text = b"# comment\nCONFIG_HZ=250\n"
        cut = gzip.compress(text)[:-9]
        for contents in text, gzip.compress(text), gzip.compress(text[:12]) + gzip.compress(
                text[12:]):
            config = self.file("config", contents)
            answer = self.good("-j", "prog", "run", path, "--kconfig", config).json
            self.assertEqual(answer["retval"], 250)
        for contents, why in (
            (cut, "ends too early"),
            (cut[:3], "ends too early"),
            (b"\x1f\x8b", "ends too early"),
            (b"\x1f\x8b" + b"\xff" * 40, "unknown compression method"),
            (gzip.compress(text)[:-4] + b"abcd", "incorrect length check"),
            (gzip.compress(text)[:-8] + b"abcdefgh", "incorrect data check"),
            (gzip.compress(text) + b"\0", "other bytes follow"),
            (gzip.compress(text) + b"CONFIG_HZ=1\n", "other bytes follow"),
            (gzip.compress(bytes(65 << 20)), "longer than 64 MiB uncompressed"),
        ):
            self.bad(MALFORMED, f"config: is .*{why}", "prog", "run", path, "--kconfig",
                     self.file("config", contents))

    def test_kconfig_of_the_running_kernel(self):
        if not os.access("/proc/config.gz", os.R_OK):
            self.skipTest("/proc/config.gz cannot be read")
        if os.path.exists(f"/boot/config-{os.uname().release}"):
            self.skipTest("the configuration in /boot goes before it")
        with gzip.open("/proc/config.gz", "rt") as f:
            config = dict(re.findall(r"(?m)^(CONFIG_\w+)=(\d+)$", f.read()))
        path = self.compile(
            "own.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            'extern int CONFIG_HZ __attribute__((section(".kconfig")));\n'
            'SEC("syscall") int hz(void *c) { return CONFIG_HZ; }\n',
            "-g",
        )
        answer = self.good("-j", "prog", "run", path).json
        self.assertEqual(answer["retval"], int(config["CONFIG_HZ"]))

    def test_core(self):
        """A field at another place in the kernel that --btf gives, and one that is not there."""
        program = self.compile(
            "core.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            '#define CORE __attribute__((preserve_access_index))\n'
            'struct thing { int a; int b; } CORE;\n'
            'struct gone { int c; } CORE;\n'
            'SEC("syscall") int offset(void *c)\n'
            '{ return __builtin_preserve_field_info(((struct thing *)0)->b, 0); }\n'
            'SEC("syscall") int poisoned(void *c)\n'
            '{ return ((struct gone *)c)->c; }\n',
            "-g",
        )
        kernel = self.compile(
            "kernel.bpf.c",
            'struct thing { int a; long x; int y, b; } t;\n',
            "-g",
        )
        answer = self.good("-j", "prog", "run", program, "offset", "--btf", kernel).json
        self.assertEqual(answer["retval"], 20)
        answer = self.good("-j", "prog", "run", program, "offset", "--btf", "self").json
        self.assertEqual(answer["retval"], 4)
        text = self.good("prog", "dump", "xlated", program, "poisoned", "--btf", kernel).text
        self.assertRegex(text, r"(?m)^; <invalid CO-RE relocation>: .*struct gone")
        text = self.good("explain", program, "poisoned", "--btf", kernel).text
        self.assertIn("<invalid CO-RE relocation>: ", text)
        for engine in "--interp", "--jit":
            result = self.run_skep("prog", "run", program, "poisoned", "--btf", kernel, engine)
            self.assertEqual(result.status, FAULT)
            self.assertIn("<invalid CO-RE relocation>: ", result.err.decode())


# Commands that take an object, F, and what has to be said behind it.
COMMANDS = [
    line.split()
    for line in (
        "prog show F",
        "prog show F count",
        "prog dump xlated F",
        "prog dump jited F",
        "map show F",
        "object show F",
        "prog compile F count -o OUT",
        "prog run F count",
        "gen object OUT F",
        "gen object OUT F F",
        "disasm F",
        "trace F count",
        "explain F",
        "bench F count",
        "btf dump F",
        "btf dump F format c",
    )
]


class BadInput(Objects):
    """One line on standard error that names the file, nothing on standard output, no file."""

    def refused(self, status, pattern, path, *options, json_too=True):
        for command in COMMANDS:
            if command[0] == "btf" and options:
                continue
            words = [path if word == "F" else word for word in command] + list(options)
            for style in ([], ["-j"]) if json_too else ([],):
                if style and command[-1] == "c":
                    continue
                self.bad(status, pattern, *style, *words)
                self.assertNotIn("OUT", os.listdir(self.folder))
                self.assertNotIn("OUT.h", os.listdir(self.folder))

    def test_no_objects(self):
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("fifo"))
        os.symlink("loop", self.path("loop"))
        self.refused(SYSTEM, "skep: folder: is a directory", "folder")
        self.refused(SYSTEM, "skep: fifo: is a FIFO that nobody", "fifo")
        self.refused(SYSTEM, "skep: nosuch: No such file", "nosuch")
        self.refused(SYSTEM, "skep: loop: Too many levels", "loop")
        for option in "--btf", "--kconfig":
            self.bad(SYSTEM, "skep: '': No such file", "map", "show", self.object, option, "")

    def test_endless(self):
        for words in ["prog", "show"], ["object", "show"], ["btf", "dump"], ["gen", "object",
                                                                             "OUT"]:
            self.bad(MALFORMED, "skep: /dev/zero: longer than 64 MiB", *words, "/dev/zero")

    def test_damaged(self):
        with open(self.object, "rb") as f:
            good = f.read()
        for length in 4, 20, 63, 64, 65, 200, len(good) // 2, len(good) - 1:
            self.refused(MALFORMED, r"skep: cut.o: ELF header, offset 0x[0-9a-f]+: ",
                         os.path.basename(self.file("cut.o", good[:length])), json_too=False)
        for offset, byte, why in (
            (4, 1, r"the class is 1 \(32 bits\), 2"),
            (5, 2, "big-endian objects are not supported"),
            (6, 0, "version is 0, 1"),
        ):
            data = bytearray(good)
            data[offset] = byte
            self.refused(MALFORMED, "skep: other.o: ELF header, .*" + why,
                         os.path.basename(self.file("other.o", data)), json_too=False)
        # (of other machines, BTF alone is read)
        for offset, byte, why in (16, 2, r"e_type is 2 \(executable\), 1"), (
            18, 62, r"e_machine is 62 \(x86-64\), 247"
        ):
            data = bytearray(good)
            data[offset] = byte
            self.bad(MALFORMED, "skep: other.o: ELF header, .*" + why, "prog", "show",
                     os.path.basename(self.file("other.o", data)))

    def test_big_endian(self):
        self.file("big.bpf.c", SOURCE)
        subprocess.run([clang(), "-O2", "-g", "-target", "bpfeb", "-mcpu=v3", "-c", "big.bpf.c",
                        "-o", "big.o"], cwd=self.folder, check=True)
        self.refused(MALFORMED, "skep: big.o: .*big-endian objects are not supported", "big.o")
        self.bad(MALFORMED, "skep: big.o: .*big-endian", "prog", "run", self.object, "count",
                 "--btf", "big.o")

    def test_btf(self):
        plain = self.compile("plain.bpf.c", QUIET)
        for contents, why in (
            (b"", "0 bytes are no BTF"),
            (b"x" * 100, "the magic number is 0x7878"),
            (b"\x9f\xeb\1\0", "4 bytes are no BTF"),
            (b"\xeb\x9f\0\1" + bytes(60), "big-endian BTF"),
            (b"\x9f\xeb\1\0\x18\0\0\0" + bytes(16), "there are no strings"),
            (b"\x7fELF", "too short"),
        ):
            self.file("types", contents)
            self.bad(MALFORMED, "skep: types: .*" + why, "prog", "run", self.object, "count",
                     "--btf", "types")
        self.bad(MALFORMED, "has no section .BTF", "prog", "run", self.object, "count", "--btf",
                 plain)
        for path, status in ("nosuch", SYSTEM), (".", SYSTEM), ("/dev/zero", MALFORMED):
            for option in "--btf", "--kconfig":
                self.bad(status, f"skep: {path}: ", "object", "show", self.object, option, path)

    def test_kconfig_that_is_none(self):
        path = self.compile(
            "k.bpf.c",
            '#define SEC(n) __attribute__((section(n), used))\n'
            'extern int CONFIG_HZ __attribute__((section(".kconfig")));\n'
            'SEC("syscall") int hz(void *c) { return CONFIG_HZ; }\n'
            'SEC("syscall") int again(void *c) { return CONFIG_HZ + 1; }\n',
            "-g",
        )
        for line in "CONFIG_HZ", "CONFIG_HZ=":
            self.file("config", "# first\n" + line + "\n")
            self.bad(MALFORMED, r"skep: config:2:1: a line NAME=VALUE", "prog", "run", path, "hz",
                     "--kconfig", "config")
            result = self.run_skep("prog", "show", path, "--kconfig", "config")
            self.assertEqual(result.status, MALFORMED)
            self.assertEqual(re.findall(r"(?m)^skep: ([^ ]*): ", result.err.decode()),
                             2 * ["config:2:1"])
        for value, why in (
            ("\x1b[31m", r"'\\x1b\[31m': that is no number"),
            ('"', "an array of char"),
            ("y", "a bool, char"),
            ("4294967296", "does not fit"),
            ("9" * 5000, r"9\.\.\.': that is no number"),
            ("1\0", r"'1\\x00'"),
            ("5\r", r"'5\\x0d'"),
        ):
            self.file("config", f"CONFIG_HZ={value}\n")
            self.bad(MALFORMED, f"extern 'CONFIG_HZ': .*{why}", "prog", "run", path, "hz",
                     "--kconfig", "config")
        for contents in b"", bytes(1000), b"\xff" * 1000:
            self.file("config", contents)
            self.bad(MALFORMED, "the kernel's configuration does not have it", "prog", "run", path,
                     "hz", "--kconfig", "config")

    def test_set(self):
        long = "a" * 5000
        for setting, why in (
            ("", "'' is not NAME=VALUE"),
            ("=", "'=' is not NAME=VALUE"),
            ("=5", "'=5' is not NAME=VALUE"),
            ("start", "'start' is not NAME=VALUE"),
            (long, r"is not NAME=VALUE"),
            (long + "=1", "no variable 'aaaa"),
            ("start=", "no number"),
            ("start=1x", "no number"),
            ("start=08", "no number"),
            ("start= 5", "no number"),
            ("start=--5", "no number"),
            ("start=5=6", "no number"),
            ("start=\x1b[31m", "no number"),
            ("start=2147483648", "does not fit"),
            ("start=-2147483649", "does not fit"),
            ("threshold=-1", "does not fit"),
            ("calls=-1", "does not fit"),
            ("calls=18446744073709551616", "no number"),
            ("conf.low=8", "does not fit"),
            ("conf.low=-1", "does not fit"),
            ("conf.limit[-1]=1", "a number and ']'"),
            ("conf.limit[99999999999999999999]=1", "a number and ']'"),
            ("conf.limit[0][0]=1", "is no array"),
            ("conf..limit=1", "no such member"),
            (".conf=1", "no variable ''"),
            ("start[0]=1", "is no array"),
            ("word=abc", "a string in double quotes"),
            ('word="', "a string in double quotes"),
            ('word="abcdefghi"', "too long"),
            ("word[7]=300", "does not fit"),
            ("seen=1", "no variable 'seen'"),
            ("LICENSE=1", "no variable 'LICENSE'"),
            ("st\x1bart\n=1", r"no variable 'st\\x1bart\\x0a'"),
        ):
            for words in ["prog", "run", self.object, "count"], ["object", "show", self.object]:
                self.bad(USAGE, why, *words, "--set", setting)

    def test_program_that_is_none(self):
        long = "a" * 100000
        for name, shown in (
            ("nosuch", "nosuch"),
            ("", ""),
            ("twice", "twice"),
            ("coun", "coun"),
            ("xdp.frags", "xdp.frags"),
            ("\x1b[31m\n", r"\\x1b\[31m\\x0a"),
            (long, r"a+\.\.\."),
        ):
            for words in (["prog", "run"], ["prog", "show"], ["prog", "dump", "xlated"],
                          ["prog", "dump", "jited"], ["disasm"], ["trace"], ["explain"],
                          ["bench"], ["-j", "prog", "run"]):
                self.bad(USAGE, f"skep: obj.bpf.o: no function '{shown}' of the object is a program; "
                         "those are: count, spoil, pass, word_sum", *words, "obj.bpf.o",
                         name)

    def test_strange_names(self):
        """Names and lines of C cannot move the cursor, nor make JSON that is none."""
        with open(self.object, "rb") as f:
            good = f.read()
        objcopy = shutil.which("llvm-objcopy")
        strange = "\x1b[31m\nnew\tline\u00e9\u202e\x7f"
        paths = []
        for old, new in (
            (b"\0twice\0", b"\0\x1b[3\nx\0"),
            (b"\0seen\0", b"\0\x1b[3m\0"),
            (b"\0calls\0", b"\0\x1b\xff\r\x07q\0"),
            (b"return twice(threshold)", b"return \x1b[m\xff\xc2\x9b31m\xe2\x80\xaehold"),
            (b"obj.bpf.c", b"o\x1b[1m\n.cc"),
            (b"GPL\0", b"\x1b\r\xff\0"),
        ):
            self.assertIn(old, good)
            self.assertEqual(len(old), len(new))
            paths.append(self.file(f"strange{len(paths)}.o", good.replace(old, new)))
        for option in (f"--rename-section=xdp.frags=xdp{strange}",
                       f"--rename-section=.bss=.bss{strange}",
                       f"--rename-section=license={strange}",
                       f"--redefine-sym=count={strange}") if objcopy else ():
            paths.append(self.path(f"strange{len(paths)}.o"))
            subprocess.run([objcopy, option, self.object, paths[-1]], check=True)
        paths.append(self.file("na\x1bme\nx.o", good))
        for path in paths:
            for command in COMMANDS + [["prog", "dump", "xlated", "F", "linum"],
                                       ["prog", "run", "F", "count", "--vars"],
                                       ["prog", "run", "F", "spoil"],
                                       ["prog", "run", "F", "nosuch" + strange],
                                       ["trace", "--json", "F", "count"]]:
                for style in [], ["-j"]:
                    words = [path if word == "F" else word for word in command]
                    self.look_at_output(style + words)

    def look_at_output(self, words):
        result = self.run_skep(*words)
        for text in result.out, result.err:
            self.assertNotRegex(text.decode(), "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", words)
        if words[0] == "-j" and result.status == 0 and result.out and "gen" not in words:
            for line in result.text.splitlines() if "trace" in words else [result.text]:
                json.loads(line)


# What the kernel leaves as it is.
QUIET = """\
#define SEC(n) __attribute__((section(n), used))
int level = 3;
int total;
__attribute__((noinline)) static int more(int x)
{
    total += x;
    return total - level;
}
__attribute__((noinline)) static int twice(int x)
{
    return more(x) ^ more(x + 1);
}
SEC("syscall") int first(void *ctx)
{
    return more(5) + twice(6);
}
SEC("syscall") int second(void *ctx)
{
    level = 4;
    return more(7);
}
char LICENSE[] SEC("license") = "GPL";
"""


# The kernel's functions; to be loaded nowhere.
KERNEL = """\
#define SEC(n) __attribute__((section(n), used))
extern void bpf_rcu_read_lock(void) SEC(".ksyms");
extern void bpf_rcu_read_unlock___new(void) SEC(".ksyms");
SEC("syscall") int call(void *ctx)
{
    bpf_rcu_read_lock();
    bpf_rcu_read_unlock___new();
    return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


class NextToBpftool(Objects):
    """The same object in the kernel, as bpftool tells of it."""

    def setUp(self):
        super().setUp()
        self.object = self.compile("quiet.bpf.c", QUIET, "-g")
        self.pins = f"/sys/fs/bpf/skep-test-{os.getpid()}"
        if not shutil.which("bpftool"):
            self.skipTest("bpftool is not installed")
        loaded = subprocess.run(
            ["bpftool", "prog", "loadall", self.object, self.pins],
            capture_output=True,
            check=False,
        )
        self.addCleanup(shutil.rmtree, self.pins, ignore_errors=True)
        if loaded.returncode:
            self.skipTest("bpftool cannot load programs here")

    def bpftool(self, *args):
        done = subprocess.run(["bpftool", *args], capture_output=True, check=True)
        return done.stdout.decode()

    def pin(self, name):
        return "pinned", os.path.join(self.pins, name)

    def normal(self, text):
        """The kernel's ids of maps in order of their numbers, as an object counts them."""
        ids = json.loads(self.bpftool("-j", "prog", "show", *self.pin("first")))["map_ids"]
        for index, number in enumerate(sorted(ids)):
            text = text.replace(f"map[id:{number}]", f"map[id:{index + 1}]")
        return text

    def test_tags(self):
        for name in "first", "second":
            theirs = json.loads(self.bpftool("-j", "prog", "show", *self.pin(name)))
            (ours,) = self.good("-j", "prog", "show", self.object, name).json
            for key in "type", "name", "tag", "gpl_compatible", "bytes_xlated":
                self.assertEqual(ours[key], theirs[key], key)

    def test_dumps(self):
        """Letter by letter, names of functions' code included."""
        for name in "first", "second":
            for words in [], ["linum"], ["opcodes"]:
                theirs = self.bpftool("prog", "dump", "xlated", *self.pin(name), *words)
                ours = self.good("prog", "dump", "xlated", self.object, name, *words).text
                if "opcodes" in words:
                    theirs, ours = self.without_marks(theirs), self.without_marks(ours)
                self.assertEqual(ours, self.normal(theirs), (name, words))

    @staticmethod
    def without_marks(text):
        """Bytes of calls and references hold what only the kernel knows."""
        return re.sub(r"(?m)^       (85 10|18 .[12]) .*$", r"       \1", text)

    def test_json(self):
        for name in "first", "second":
            for words in [], ["linum"]:
                theirs = self.bpftool("-j", "prog", "dump", "xlated", *self.pin(name), *words)
                ours = self.good("-j", "prog", "dump", "xlated", self.object, name, *words)
                self.assertEqual(ours.text.strip(), self.normal(theirs).strip())

    def test_json_of_opcodes(self):
        """Opcodes have two digits, registers one. Other fields may hold the kernel's."""
        fields = r'"opcodes":{"code":"0x\w+","src_reg":"0x\w+","dst_reg":"0x\w+"'
        words = *self.pin("first"), "opcodes"
        theirs = re.findall(fields, self.bpftool("-j", "prog", "dump", "xlated", *words))
        words = self.object, "first", "opcodes"
        ours = re.findall(fields, self.good("-j", "prog", "dump", "xlated", *words).text)
        self.assertTrue(any('"0x0' in line for line in theirs))
        self.assertEqual(ours, theirs)

    def test_their_json_is_read(self):
        """With local calls, which the kernel marks."""
        for words in [], ["opcodes"], ["linum"]:
            theirs = self.bpftool("-j", "prog", "dump", "xlated", *self.pin("first"), *words)
            text = self.good("prog", "dump", "xlated", "-", stdin=theirs).text
            plain = self.good("prog", "dump", "xlated", self.object, "first").text
            plain = re.sub(r"(?m)^(;|int ).*\n", "", plain)
            plain = re.sub(r"#bpf_prog_\w+", "", plain)
            self.assertEqual(self.normal(text), plain)

    def test_maps(self):
        theirs = {
            m["name"]: m
            for m in json.loads(self.bpftool("-j", "map", "show"))
            if m.get("name", "").startswith("quiet.")
        }
        for ours in self.good("-j", "map", "show", self.object).json:
            for key in "type", "flags", "bytes_key", "bytes_value", "max_entries", "frozen":
                self.assertEqual(ours[key], theirs[ours["name"]][key], key)


# Their tests are those of their own.
for inherited in [n for n in vars(Objects) if n.startswith("test_")]:
    for heir in BadInput, NextToBpftool:
        if inherited not in vars(heir):
            setattr(heir, inherited, None)


if __name__ == "__main__":
    unittest.main()
