#!/usr/bin/env python3
"""The command line: commands, options, help, and all the ways to get them wrong."""
import re
import shutil
import subprocess

from harness import FILTER, MALFORMED, SKEP, SYSTEM, USAGE, RETURN_42, Test, main


class Commands(Test):
    def test_none(self):
        self.bad(USAGE, r"no command given", lines=1)

    def test_unknown(self):
        self.bad(USAGE, r"'frobnicate' is no command", "frobnicate")
        self.bad(USAGE, r"prog show, prog dump xlated, prog dump jited, prog compile, prog run", "prog")
        self.bad(USAGE, r"'prog frob' is no command", "prog", "frob")
        self.bad(USAGE, r"is no command", "prog", "dump")
        self.bad(USAGE, r"is no command", "")

    def test_prefixes(self):
        def untimed(*words):
            return re.sub(r"\d+ns", "Nns", self.good(*words, FILTER).text)

        whole = untimed("prog", "show")
        self.assertEqual(untimed("p", "s"), whole)
        self.assertEqual(untimed("pro", "sh"), whole)
        self.assertEqual(
            self.good("p", "d", "x", FILTER, "op").out,
            self.good("prog", "dump", "xlated", FILTER, "opcodes").out,
        )
        self.bad(USAGE, r"is no command", "progs", "show", FILTER)
        # p means prog, whatever follows
        self.bad(USAGE, r"'p x' is no command", "p", "x")

    def test_operands(self):
        self.bad(USAGE, r"operands are missing: skep prog show FILE", "prog", "show")
        self.bad(USAGE, r"'b' is too much", "prog", "show", FILTER, "name", "b")
        self.bad(USAGE, r"'x' is too much", "version", "x")
        self.bad(
            USAGE,
            r"none of opcodes, linum, visual",
            "prog",
            "dump",
            "xlated",
            FILTER,
            "foo",
        )
        self.bad(
            USAGE,
            r"visual goes with neither",
            "prog",
            "dump",
            "xlated",
            FILTER,
            "visual",
            "opcodes",
        )
        self.bad(
            USAGE,
            r"visual does not go with JSON",
            "-j",
            "prog",
            "dump",
            "xlated",
            FILTER,
            "visual",
        )


class Options(Test):
    def test_unknown(self):
        self.bad(USAGE, r"unknown option '--frob'", "prog", "show", FILTER, "--frob")
        self.bad(USAGE, r"unknown option '-x'", "prog", "show", FILTER, "-x")
        self.bad(
            USAGE, r"unknown option '-h.o'|unknown option '-\.'", "prog", "show", "-h.o"
        )
        self.bad(USAGE, r"skep version has no option --fuel", "version", "--fuel", "1")

    def test_arguments(self):
        self.bad(USAGE, r"--ctx needs an argument", "prog", "run", FILTER, "--ctx")
        self.bad(USAGE, r"-o|--output", "asm", FILTER, "-o")
        self.bad(
            USAGE, r"--strict takes no argument", "prog", "run", FILTER, "--strict=1"
        )
        self.bad(
            USAGE,
            r"--fuel is given twice",
            "prog",
            "run",
            FILTER,
            "--fuel",
            "1",
            "--fuel=2",
        )
        self.good("-j", "-j", "prog", "show", FILTER, "--json")

    def test_numbers(self):
        for value in (
            "",
            "0",
            "-1",
            "0x",
            "10k",
            "1e5",
            " 1",
            "1 ",
            "18446744073709551616",
            "0x10000000000000000",
            "+1",
            "9" * 300,
        ):
            with self.subTest(value=value):
                self.bad(
                    USAGE,
                    r"--fuel: '.*' is no number from 1 to 18446744073709551615",
                    "prog",
                    "run",
                    FILTER,
                    "--fuel",
                    value,
                )
        self.bad(
            USAGE,
            r"--repeat: .* from 1 to 4294967295",
            "prog",
            "run",
            FILTER,
            "--repeat",
            "4294967296",
        )
        self.good("prog", "run", FILTER, "--fuel", "18446744073709551615")
        self.good("prog", "run", FILTER, "--fuel=0x10")

    def test_anywhere(self):
        dump = "dump", "xlated", FILTER
        compact = self.good("-j", "prog", *dump).out
        self.assertEqual(self.good("prog", *dump, "-j").out, compact)
        self.assertEqual(self.good("prog", "-j", *dump).out, compact)
        pretty = self.good("-p", "prog", *dump).out
        self.assertEqual(self.good("-jp", "prog", *dump).out, pretty)
        self.assertEqual(self.good("prog", *dump, "--pretty").out, pretty)
        self.assertNotEqual(compact, pretty)

    def test_end_of_options(self):
        self.file("-h.o", RETURN_42)
        self.file("--", RETURN_42)
        self.assertEqual(
            self.good("disasm", "--", "-h.o").text, "0: (b7) r0 = 42\n1: (95) exit\n"
        )
        self.good("disasm", "--", "--")
        self.good("disasm", "./-h.o")

    def test_formats(self):
        self.bad(
            USAGE,
            r"--format: 'foo' is none of",
            "prog",
            "show",
            FILTER,
            "--format",
            "foo",
        )
        self.bad(
            USAGE, r"--format: '' is none of", "prog", "show", FILTER, "--format", ""
        )
        self.bad(MALFORMED, r".", "prog", "show", FILTER, "--format", "raw")

    def test_types(self):
        self.bad(
            USAGE,
            r"program type 'foo' is not known, one of raw, socket_filter, .*, netfilter was "
            r"expected",
            "prog",
            "show",
            FILTER,
            "--type",
            "foo",
        )
        path = self.file("return.bin", RETURN_42)
        for name in ("raw", "unspec"):
            (one,) = self.good("-j", "prog", "show", path, "--type", name).json
            self.assertEqual(one["type"], "raw")
        for name in ("xdp", "sched_cls", "cgroup_device", "netfilter"):
            (one,) = self.good("-j", "prog", "show", path, "--type", name).json
            self.assertEqual(one["type"], name)

    def test_long_arguments(self):
        long = "x" * 131000
        for args in (
            (long,),
            ("prog", long),
            ("prog", "show", FILTER, "--" + long),
            ("prog", "show", FILTER, "--type", long),
            ("isa", long),
            ("prog", "run", FILTER, long + "=1"),
            ("prog", "run", FILTER, "major=" + long),
        ):
            with self.subTest(args=args[0][:10]):
                self.bad(USAGE, r".", *args)

    def test_many_arguments(self):
        self.bad(USAGE, r"is too much", "prog", "show", *(["a"] * 100000))
        self.bad(USAGE, r".", "prog", "run", FILTER, *(["major=1"] * 100000))
        self.good("-j", "prog", "show", FILTER, *(["-j"] * 100000))

    def test_control_characters(self):
        for text in ("a\nb", "\x1b[31m", "\u202e", "\x9b"):
            self.bad(USAGE, r"is no command", text)
            self.bad(USAGE, r"unknown option", "--" + text)
            self.bad(SYSTEM, r"No such file", "prog", "show", text)
        self.bad(SYSTEM, r"\\xff", "prog", "show", b"\xff\xfe")


class Help(Test):
    def names(self):
        return self.good("help", "--list").text.splitlines()

    def test_overview(self):
        page = self.good("--help").text
        self.assertEqual(self.good("help").text, page)
        self.assertEqual(self.good("-h").text, page)
        for name in self.names():
            self.assertIn("  " + name, page)

    def test_pages(self):
        for name in self.names():
            page = self.good("help", *name.split()).text
            self.assertEqual(self.good(*name.split(), "--help").text, page)
            self.assertEqual(self.good("-h", *name.split()).text, page)
            self.assertTrue(page.startswith("skep " + name + " - "))
            for line in page.splitlines():
                if not line.startswith(
                    ("usage", "  skep", "  bpf", "  echo", "  printf", "  source")
                ):
                    self.assertLessEqual(len(line), 80, line)

    def test_groups(self):
        page = self.good("prog", "help").text
        self.assertEqual(page.count("skep [-j|-p] prog"), 5)
        self.assertEqual(self.good("prog", "--help").text, page)
        self.assertEqual(self.good("help", "prog").text, page)

    def test_unknown_command(self):
        self.bad(USAGE, r".", "help", "frobnicate")
        self.bad(USAGE, r".", "help", "version", "x")
        self.bad(USAGE, r".", "frobnicate", "--help")

    def test_examples_work(self):
        """Each example that needs nothing but the examples' folder."""
        done = 0
        for name in self.names():
            for line in self.good("help", *name.split()).text.splitlines():
                if not line.startswith("  skep ") or not re.search(
                    r"device-filter|\bisa\b|\bversion\b", line
                ):
                    continue
                command = re.sub(
                    r"\bskep\b", SKEP, re.sub(r"\| dot .*|\| jq .*|\| man .*", "", line)
                )
                command = command.replace("examples/device-filter.s", FILTER)
                command = command.replace("f.s", FILTER)
                if "prog run " + FILTER + " --type" in command or "-o " in command:
                    continue
                subprocess.run(
                    ["bash", "-c", command],
                    check=True,
                    cwd=self.folder,
                    stdout=subprocess.DEVNULL,
                )
                done += 1
        self.assertGreater(done, 8)

    def test_version(self):
        text = self.good("version").text
        self.assertRegex(text, r"\Askep \d+\.\d+\.\d+\n\Z")
        self.assertEqual(self.good("--version").text, text)
        self.assertEqual(self.good("-V").text, text)
        self.assertEqual(self.good("-j", "version").json, {"version": text.split()[1]})


class Manual(Test):
    def pages(self):
        yield self.good("help", "--man").out
        for name in self.good("help", "--list").text.splitlines():
            yield self.good("help", "--man", *name.split()).out

    def test_lint(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        for page in self.pages():
            done = subprocess.run(
                ["mandoc", "-T", "lint", "-W", "warning"],
                input=page,
                stdout=subprocess.PIPE,
                check=False,
            )
            self.assertEqual(done.stdout, b"")

    def test_same_options(self):
        """A page in roff has the options of the page for the terminal."""
        for name in self.good("help", "--list").text.splitlines():
            text = self.good("help", *name.split()).text
            roff = self.good("help", "--man", *name.split()).text.replace("\\-", "-")
            options = set(re.findall(r"^  (?:-., )?(--[a-z-]+)", text, re.M))
            self.assertEqual(
                set(re.findall(r"^(?:\\fB-.\\fR, )?\\fB(--[a-z-]+)", roff, re.M)), options
            )


class Completion(Test):
    def complete(self, *words):
        script = """
            source <("$1" completion bash); shift
            compopt() { :; }
            COMP_WORDS=(skep "$@") COMP_CWORD=$#
            _skep
            printf '%s\\n' "${COMPREPLY[@]}"
        """
        done = subprocess.run(
            ["bash", "-c", script, "bash", SKEP, *words],
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.decode().split()

    def test_words(self):
        self.assertIn("disasm", self.complete(""))
        self.assertEqual(self.complete("exp"), ["explain"])
        self.assertEqual(self.complete("prog", ""), ["compile", "dump", "run", "show"])
        self.assertEqual(self.complete("prog", "dump", ""), ["jited", "xlated"])
        self.assertEqual(self.complete("-j", "prog", "s"), ["show"])
        self.assertEqual(self.complete("prog", "show", "x"), [])

    def test_options(self):
        self.assertEqual(
            self.complete("prog", "run", "f", "--d"), ["--data-in", "--data-out"]
        )
        self.assertNotIn("--fuel", self.complete("prog", "show", "f", "--"))
        self.assertIn("elf", self.complete("prog", "show", "--format", ""))
        self.assertEqual(
            self.complete("prog", "dump", "jited", "f", "--target", ""),
            ["arm64", "x86_64"],
        )
        self.assertEqual(self.complete("prog", "run", "f", "--j"), ["--jit", "--json"])
        self.assertEqual(
            self.complete("prog", "run", "f", "--announce", ""),
            ["gdb", "jitdump", "perf-map"],
        )
        self.assertEqual(
            self.complete("prog", "show", "--type", "cgroup_d"), ["cgroup_device"]
        )

    def test_values(self):
        """Of options in two words, in three as bash takes --a=b apart, and in one."""
        dump = "prog", "dump", "jited"
        for words in (
            (*dump, "--target", ""),
            (*dump, "--target", "="),
            (*dump, "--target", "=", ""),
            (*dump, "f", "--target", "="),
        ):
            self.assertEqual(self.complete(*words), ["arm64", "x86_64"])
        self.assertEqual(self.complete(*dump, "--target", "=", "a"), ["arm64"])
        self.assertEqual(self.complete(*dump, "--target=a"), ["--target=arm64"])
        self.assertIn("native", self.complete("prog", "compile", "f", "--cpu", ""))
        self.assertEqual(self.complete(*dump, "f", "-o", ""), [])
        self.assertEqual(self.complete(*dump, "f", "-o", "--t"), [])

    def test_operands(self):
        """Words that a command takes behind FILE; before it there are files."""
        dump = "prog", "dump"
        for what, more in ("jited", []), ("xlated", ["visual"]):
            for words in (
                ("f", ""),
                ("--format", "asm", "f", ""),
                ("--format", "=", "asm", "f", ""),
                ("-", "-j", ""),
            ):
                self.assertEqual(
                    self.complete(*dump, what, *words), ["linum", "opcodes", *more]
                )
            for words in ("",), ("--type", "xdp", ""), ("--type", "=", "xdp", ""):
                self.assertEqual(self.complete(*dump, what, *words), [])
        self.assertEqual(self.complete(*dump, "jited", "f", "op"), ["opcodes"])
        self.assertIn("--intel", self.complete(*dump, "jited", "f", "--i"))
        self.assertEqual(self.complete("prog", "show", "f", ""), [])
        self.assertIn("ELF object", self.good("--help").text.replace("\n", " "))

    def test_other_shells(self):
        self.bad(USAGE, r"bash only", "completion", "zsh")


if __name__ == "__main__":
    main()
