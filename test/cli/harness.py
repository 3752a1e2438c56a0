"""What the tests of the command share: running it, and judging what it says.

The command is $SKEP, the repository $SKEP_SOURCE; each test has a folder of its own.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

SKEP = os.path.abspath(os.environ.get("SKEP", "build/skep"))
SOURCE = os.path.abspath(
    os.environ.get("SKEP_SOURCE", os.path.join(os.path.dirname(__file__), "../.."))
)

# Exit statuses
OK, REFUSED, USAGE, MALFORMED, FAULT, SYSTEM = range(6)

# b7 00 00 00 IMM: r0 = IMM; 95: exit
RETURN_42 = bytes.fromhex("b70000002a000000" "9500000000000000")


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out.decode()

    @property
    def json(self):
        return json.loads(self.out)


class Test(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="skep-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def without_sanitizers(self):
        """Skips a test of limits that a build with sanitizers cannot keep."""
        with open(SKEP, "rb") as f:
            if re.search(rb"__[at]san_init", f.read()):
                self.skipTest("sanitizers need more than the limit")

    def file(self, name, contents):
        """Writes a file and returns its path."""
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(contents.encode() if isinstance(contents, str) else contents)
        return path

    def run_skep(self, *args, stdin=b"", **options):
        """Runs the command. It must never end by a signal, nor take long."""
        if isinstance(stdin, str):
            stdin = stdin.encode()
        if not isinstance(stdin, bytes):
            options["stdin"] = stdin
        options.setdefault("cwd", self.folder)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        if "stdin" not in options and "input" not in options:
            options["input"] = stdin
        done = subprocess.run([SKEP, *args], timeout=60, check=False, **options)
        self.assertGreaterEqual(done.returncode, 0, f"ended by signal {-done.returncode}")
        self.assertLessEqual(done.returncode, SYSTEM, done.stderr)
        return Result(done.returncode, done.stdout or b"", done.stderr or b"")

    def good(self, *args, **options):
        """Runs the command, which must succeed and say nothing on standard error."""
        result = self.run_skep(*args, **options)
        self.assertEqual((result.status, result.err), (OK, b""), args)
        return result

    def bad(self, status, pattern, *args, lines=1, **options):
        """Runs the command, which must fail so: nothing on standard output, and on
        standard error one line, without control characters, that matches."""
        result = self.run_skep(*args, **options)
        self.assertEqual(result.status, status, (args, result.err))
        self.assertEqual(result.out, b"", args)
        said = result.err.decode()  # fails if it is no UTF-8
        self.assertRegex(said, r"\Askep: ")
        self.assertRegex(said, pattern)
        self.assertTrue(said.endswith("\n"))
        body = said[:-1]
        self.assertEqual(body.count("\n") + 1, lines, said)
        self.assertNotRegex(body.replace("\n", ""), "[\x00-\x1f\x7f-\x9f]")
        self.assertLess(len(body), 1500)
        return result


def example(name):
    return os.path.join(SOURCE, "examples", name)


FILTER = example("device-filter.s")

# The allow list of the article, asked by hand: device, verdict
VERDICTS = (
    ("c:1:3:rw", 1),
    ("c:1:3:m", 1),
    ("b:8:0:r", 0),
    ("b:8:0:m", 1),
    ("c:136:7:r", 1),
    ("c:10:200:w", 1),
    ("c:10:201:w", 0),
    ("c:1:4:r", 0),
    ("c:5:2:rwm", 1),
    ("b:1:3:rw", 0),
)

CALLS = """
    r6 = 5
    r1 = r10
    r1 += -8
    *(u64 *)(r10 - 8) = r6
    call twice
    r0 += r6
    exit
twice:
    r0 = *(u64 *)(r1 + 0)
    r0 += r0
    *(u64 *)(r1 + 0) = r0
    exit
"""


def main():
    unittest.main(verbosity=1)
