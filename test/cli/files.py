#!/usr/bin/env python3
"""Files and the world around the command: what cannot be read, written, or afforded."""
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import time

from harness import (
    FAULT,
    FILTER,
    MALFORMED,
    OK,
    RETURN_42,
    SKEP,
    SYSTEM,
    USAGE,
    Test,
    main,
)


LOOP = bytes.fromhex("0500ffff00000000")  # goto pc-1
NOBODY = 65534


def limit(which, value):
    return lambda: resource.setrlimit(which, (value, value))


def become_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


class Reading(Test):
    def test_missing(self):
        self.bad(SYSTEM, r"skep: nowhere: No such file", "disasm", "nowhere")
        self.bad(SYSTEM, r"Not a directory", "disasm", FILTER + "/x")
        self.bad(SYSTEM, r"File name too long", "disasm", "x" * 300)
        self.bad(SYSTEM, r"File name too long", "disasm", "x/" * 3000)

    def test_kinds(self):
        self.bad(SYSTEM, r"is a directory", "disasm", self.folder)
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.path("socket"))
            self.bad(SYSTEM, r"is a socket", "disasm", self.path("socket"))
        os.mkfifo(self.path("fifo"))
        self.bad(SYSTEM, r"is a FIFO that nobody writes to", "disasm", self.path("fifo"))
        self.bad(
            MALFORMED,
            r"/dev/null: no instructions|/dev/null: .*empty",
            "disasm",
            "/dev/null",
        )
        self.bad(MALFORMED, r"/dev/zero: longer than 64 MiB", "disasm", "/dev/zero")

    def test_links(self):
        os.symlink("nowhere", self.path("dangling"))
        os.symlink("loop", self.path("loop"))
        self.file("prog", RETURN_42)
        os.symlink("prog", self.path("good"))
        self.bad(SYSTEM, r"No such file", "disasm", "dangling")
        self.bad(SYSTEM, r"Too many levels", "disasm", "loop")
        self.good("disasm", "good")

    def test_unreadable(self):
        os.chmod(self.folder, 0o755)
        path = self.file("secret", RETURN_42)
        os.chmod(path, 0)
        self.bad(SYSTEM, r"Permission denied", "disasm", path, preexec_fn=become_nobody)

    def test_names(self):
        for name, said in (
            (b"new\nline", r"new\\nline"),
            (b"\xff\xfe", r"\\xff\\xfe"),
            (b"esc\x1b[2J", r"esc\\x1b\[2J"),
        ):
            path = os.path.join(self.folder.encode(), name)
            with open(path, "wb") as f:
                f.write(b"\x00" * 8)
            self.bad(MALFORMED, said, "disasm", path)
        self.file("ünïcödé", b"\x00" * 8)
        self.bad(MALFORMED, "ünïcödé", "disasm", "ünïcödé")

    def test_process_substitution(self):
        done = subprocess.run(
            ["bash", "-c", f"{SKEP} disasm <(sleep 0.2; {SKEP} asm {FILTER} -o -)"],
            stdout=subprocess.PIPE,
            check=True,
        )
        self.assertEqual(done.stdout.count(b"\n"), 64)

    def test_large(self):
        with open(self.path("sparse"), "wb") as f:
            f.truncate(4 << 30)
        self.bad(MALFORMED, r"sparse: longer than 64 MiB", "disasm", "sparse")
        self.bad(MALFORMED, r"sparse: longer", "prog", "run", FILTER, "--ctx", "@sparse")
        raw = self.file("raw", RETURN_42)
        self.bad(MALFORMED, r"sparse: longer", "prog", "run", raw, "--data-in", "sparse")

    def test_empty_names(self):
        empty = r"\Askep: %s: the file's name is empty\n\Z"
        raw = self.file("raw", RETURN_42)
        for command in "disasm", "explain", "trace":
            self.bad(USAGE, empty % "FILE", command, "")
        self.bad(USAGE, empty % "--output", "asm", FILTER, "-o", "")
        for command in ("prog", "run"), ("trace",), ("bench",):
            self.bad(USAGE, empty % "--ctx", *command, raw, "--ctx", "@")
            self.bad(USAGE, empty % "--data-in", *command, raw, "--data-in", "")
        self.bad(USAGE, empty % "--data-out", "prog", "run", raw, "--data-out", "")

    def test_stdin_for_two(self):
        both = r"\Askep: standard input cannot be both %s and %s\n\Z"
        raw = self.file("raw", RETURN_42)
        for command in ("prog", "run"), ("trace",), ("bench",):
            self.bad(USAGE, both % ("FILE", "--ctx"), *command, "-", "--ctx", "@-")
            self.bad(USAGE, both % ("FILE", "--data-in"), *command, "-", "--data-in", "-")
            self.bad(
                USAGE,
                both % ("--ctx", "--data-in"),
                *command,
                raw,
                "--ctx",
                "@-",
                "--data-in",
                "-",
            )
        self.file("first", "r0 = *(u8 *)(r1 + 0)\nexit\n")
        for option in ("--ctx", "@-"), ("--data-in", "-"):
            answer = self.good("-j", "prog", "run", "first", *option, stdin=b"\x07")
            self.assertEqual(answer.json["retval"], 7)
        self.good("asm", "-", "-o", "-", stdin="exit\n")

    def test_stdin(self):
        self.assertEqual(self.good("disasm", "-", stdin=RETURN_42).out.count(b"\n"), 2)
        self.bad(MALFORMED, r"skep: stdin: slot 0: ", "disasm", "-", stdin=b"\x00" * 8)
        with subprocess.Popen(
            ["bash", "-c", f"{SKEP} disasm - <&-"], stderr=subprocess.PIPE
        ) as p:
            _, err = p.communicate()
        self.assertEqual(
            (p.returncode, err), (SYSTEM, b"skep: stdin: Bad file descriptor\n")
        )


class Contexts(Test):
    def test_sizes(self):
        run = ("-j", "prog", "run", FILTER)
        full = self.file("full", bytes.fromhex("020006000100000003000000"))
        self.assertEqual(self.good(*run, "--ctx", "@" + full).json["retval"], 1)
        self.assertEqual(
            self.good(*run, "--ctx", "02 00 06 00 01 00 00 00 03 00 00 00").json[
                "retval"
            ],
            1,
        )
        for text in (
            "",
            "00",
            "02000600010000000300000",
            "zz",
            "@" + self.file("empty", b""),
            "@" + self.file("short", b"\x00" * 11),
        ):
            with self.subTest(text=text):
                self.bad(USAGE, r".", *run, "--ctx", text)
        self.bad(SYSTEM, r"nowhere", *run, "--ctx", "@nowhere")

    def test_packets(self):
        self.file("length", "r0 = r2\nexit\n")
        for size in (0, 1, 65535, 65536):
            packet = self.file("packet", b"\xa5" * size)
            result = self.good("-j", "prog", "run", "length", "--data-in", packet).json
            self.assertEqual((result["retval"], len(result["data_out"])), (size, size))


class Writing(Test):
    def asm(self, out, **options):
        return self.run_skep("asm", FILTER, "-o", out, **options)

    def listing(self):
        return sorted(os.listdir(self.folder))

    def test_new_file(self):
        self.good("asm", FILTER, "-o", "out", preexec_fn=lambda: os.umask(0o027))
        self.assertEqual(os.path.getsize(self.path("out")), 512)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out")).st_mode), 0o640)
        self.assertEqual(self.listing(), ["out"])

    def test_old_file(self):
        old = self.file("out", "old")
        os.chmod(old, 0o604)
        self.good("asm", FILTER, "-o", "out")
        self.assertEqual(os.path.getsize(old), 512)
        self.assertEqual(stat.S_IMODE(os.stat(old).st_mode), 0o604)

    def test_failure_leaves_old_file(self):
        old = self.file("out", "old")
        self.file("bad.s", "frob\n")
        self.bad(MALFORMED, r"bad.s:1:1: ", "asm", "bad.s", "-o", "out", lines=3)
        with open(old, encoding="ascii") as f:
            self.assertEqual(f.read(), "old")
        self.assertEqual(self.listing(), ["bad.s", "out"])

    def test_read_only(self):
        os.chmod(self.folder, 0o777)
        old = self.file("out", "old")
        os.chmod(old, 0o444)
        self.bad(
            SYSTEM,
            r"out: Permission denied",
            "asm",
            FILTER,
            "-o",
            "out",
            preexec_fn=become_nobody,
        )
        self.assertEqual(os.path.getsize(old), 3)

    def test_input_is_output(self):
        with open(FILTER, "rb") as f:
            same = self.file("same.s", f.read())
        size = os.path.getsize(same)
        os.link(same, self.path("too.s"))
        for out in "same.s", "./same.s", same, "too.s":
            self.bad(USAGE, "would overwrite the input", "asm", "same.s", "-o", out)
        self.assertEqual(os.path.getsize(same), size)

    def test_links(self):
        os.symlink("target", self.path("link"))
        self.file("target", "old")
        self.good("asm", FILTER, "-o", "link")
        self.assertTrue(os.path.islink(self.path("link")))
        self.assertEqual(os.path.getsize(self.path("target")), 512)
        os.symlink("nowhere", self.path("dangling"))
        self.bad(SYSTEM, r"dangling: is a link to nothing", "asm", FILTER, "-o", "dangling")

    def test_odd_places(self):
        self.bad(SYSTEM, r"is a directory", "asm", FILTER, "-o", self.folder)
        self.bad(SYSTEM, r"No such file", "asm", FILTER, "-o", "no/where")
        self.bad(SYSTEM, r"No space left", "asm", FILTER, "-o", "/dev/full")
        self.good("asm", FILTER, "-o", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_file_limit(self):
        self.bad(
            SYSTEM,
            r"out: File too large",
            "asm",
            FILTER,
            "-o",
            "out",
            preexec_fn=limit(resource.RLIMIT_FSIZE, 100),
        )
        self.assertEqual(self.listing(), [])

    def test_disk_full(self):
        if os.geteuid() != 0:
            self.skipTest("only root may mount a small file system")
        disk = self.path("disk")
        os.mkdir(disk)
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk],
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode:
            self.skipTest("mounting is not permitted")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.file("long.s", "r0 = 1\n" * 20000 + "exit\n")
        self.file("disk/out", "old")
        self.bad(SYSTEM, r"disk/out: No space left", "asm", "long.s", "-o", "disk/out")
        self.assertEqual(os.listdir(disk), ["out"])
        self.assertEqual(os.path.getsize(self.path("disk/out")), 3)

    def test_two_at_once(self):
        self.file("a.s", "r0 = 1\n" * 30000 + "exit\n")
        self.file("b.s", "r0 = 2\n" * 30000 + "exit\n")
        for _ in range(5):
            both = [
                subprocess.Popen([SKEP, "asm", self.path(f), "-o", self.path("out")])
                for f in ("a.s", "b.s")
            ]
            self.assertEqual([p.wait() for p in both], [0, 0])
            with open(self.path("out"), "rb") as f:
                out = f.read()
            self.assertEqual(out, out[:8] * 30000 + out[-8:])
            self.assertEqual(self.listing(), ["a.s", "b.s", "out"])

    def test_data_out(self):
        self.file("set.s", "*(u8 *)(r1 + 0) = 7\nr0 = 0\nexit\n")
        self.good("prog", "run", "set.s", "--ctx", "0102", "--data-out", "out")
        with open(self.path("out"), "rb") as f:
            self.assertEqual(f.read(), b"\x07\x02")
        self.file("fault.s", "r0 = *(u8 *)(r1 + 9)\nexit\n")
        self.run_skep("prog", "run", "fault.s", "--ctx", "0102", "--data-out", "other")
        self.assertNotIn("other", self.listing())


class StandardOutput(Test):
    commands = (
        ("disasm", FILTER),
        ("prog", "show", FILTER),
        ("-j", "prog", "show", FILTER),
        ("prog", "dump", "xlated", FILTER),
        ("explain", FILTER),
        ("-j", "explain", FILTER),
        ("prog", "run", FILTER),
        ("trace", FILTER),
        ("-j", "trace", FILTER),
        ("isa",),
        ("isa", "0x0f"),
        ("asm", FILTER, "-o", "-"),
        ("help",),
        ("version",),
        ("completion", "bash"),
        ("help", "--man"),
    )

    def test_full(self):
        for command in self.commands:
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                self.bad(SYSTEM, r"standard output: No space left", *command, stdout=full)

    def test_closed(self):
        for command in self.commands:
            with self.subTest(command=command):
                out = self.run_skep(*command, stdout=None, preexec_fn=lambda: os.close(1))
                self.assertEqual(
                    (out.status, out.err),
                    (SYSTEM, b"skep: standard output: Bad file descriptor\n"),
                )
        done = self.run_skep(
            "asm", FILTER, "-o", "out", stdout=None, preexec_fn=lambda: os.close(1)
        )
        self.assertEqual(done.status, OK)
        self.assertEqual(os.path.getsize(self.path("out")), 512)

    def test_all_closed(self):
        def close():
            for fd in range(3):
                os.close(fd)

        done = subprocess.run(
            [SKEP, "asm", FILTER, "-o", self.path("out")],
            preexec_fn=close,
            stdin=None,
            check=False,
        )
        self.assertEqual(done.returncode, OK)
        self.assertEqual(os.path.getsize(self.path("out")), 512)

    def test_reader_goes_away(self):
        for command in self.commands + (("trace", self.file("loop", LOOP)),):
            with self.subTest(command=command):
                read, write = os.pipe()
                os.close(read)
                out = self.run_skep(*command, stdout=write)
                os.close(write)
                self.assertEqual((out.status, out.err), (SYSTEM, b""))


class Limits(Test):
    def test_memory(self):
        self.without_sanitizers()
        self.file("long.s", "r0 = 1\n" * 900000 + "exit\n")
        result = self.run_skep(
            "asm", "long.s", "-o", "out", preexec_fn=limit(resource.RLIMIT_AS, 32 << 20)
        )
        self.assertEqual(result.status, SYSTEM)
        self.assertRegex(result.err, rb"\Askep: .*out of memory.*\n\Z")
        self.assertEqual(os.listdir(self.folder), ["long.s"])
        self.good("prog", "run", FILTER, preexec_fn=limit(resource.RLIMIT_AS, 64 << 20))

    def test_stack(self):
        self.good(
            "prog", "run", FILTER, preexec_fn=limit(resource.RLIMIT_STACK, 128 << 10)
        )

    def test_descriptors(self):
        # The loader needs one for the libraries; the command makes do with that.
        self.without_sanitizers()
        four = limit(resource.RLIMIT_NOFILE, 4)
        self.good("disasm", FILTER, preexec_fn=four)
        self.good("asm", FILTER, "-o", "out", preexec_fn=four)
        self.good(
            "prog",
            "run",
            FILTER,
            "--ctx",
            "@" + self.file("ctx", bytes(12)),
            preexec_fn=four,
        )

    def test_processor_time(self):
        """The limit's signal ends the run with a report of where it stood."""
        self.file("loop", LOOP)
        result = self.run_skep(
            "prog",
            "run",
            "loop",
            "--fuel",
            "0xffffffffffffffff",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 5)),
        )
        self.assertEqual(result.status, FAULT)
        self.assertRegex(result.err, rb"\Askep: loop: slot 0: stopped")

    def test_keyboard(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for command in ("prog", "run"), ("trace",), ("bench",):
                self.file("loop", LOOP)
                with subprocess.Popen(
                    [SKEP, *command, self.path("loop"), "--fuel", str(1 << 62)],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                ) as p:
                    time.sleep(0.3)
                    p.send_signal(number)
                    _, err = p.communicate(timeout=20)
                self.assertEqual(p.returncode, FAULT, err)
                self.assertIn(b"slot 0: stopped", err)

    def test_keyboard_between_runs(self):
        """A program without a loop, run again and again."""
        self.file("straight.s", "r0 = 1\nexit\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            for command in ("prog", "run"), ("bench",), ("bench", "--checked"):
                with self.subTest(number=number, command=command), subprocess.Popen(
                    [
                        SKEP,
                        *command,
                        self.path("straight.s"),
                        "--repeat",
                        str(2**32 - 1),
                    ],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                ) as p:
                    time.sleep(0.3)
                    p.send_signal(number)
                    out, err = p.communicate(timeout=20)
                    self.assertEqual((p.returncode, out), (FAULT, b""), err)
                    self.assertRegex(err, rb"\Askep: .*straight\.s: .*stopped")

    def test_environment(self):
        expected = self.good("trace", FILTER).out
        for variables in (
            {},
            {"LC_ALL": "tr_TR.UTF-8"},
            {"LC_ALL": "bogus"},
            {"TERM": "dumb"},
            {"NO_COLOR": "1"},
            {"TMPDIR": "/nowhere", "HOME": "/nowhere"},
        ):
            self.assertEqual(
                strip_addresses(self.good("trace", FILTER, env=variables).out),
                strip_addresses(expected),
            )
            self.assertIn(b"r1 += r2", self.good("isa", "ADD64_REG", env=variables).out)


def strip_addresses(text):
    return re.sub(rb"\(0x[0-9a-f]{8,}\)", b"", text)


class Colours(Test):
    def on_terminal(self, **variables):
        """What the command writes to a terminal."""
        code = "import pty, sys; pty.spawn(sys.argv[1:])"
        done = subprocess.run(
            ["python3", "-c", code, SKEP, "trace", FILTER],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], **variables},
            check=False,
        )
        return done.stdout

    def test_only_on_terminals_that_want_them(self):
        self.assertIn(b"\x1b[", self.on_terminal(TERM="xterm"))
        self.assertNotIn(b"\x1b[", self.on_terminal(TERM="dumb"))
        self.assertNotIn(b"\x1b[", self.on_terminal(TERM="xterm", NO_COLOR="1"))
        self.assertNotIn(b"\x1b[", self.on_terminal())
        self.assertNotIn(b"\x1b[", self.good("trace", FILTER, env={"TERM": "xterm"}).out)


if __name__ == "__main__":
    main()
