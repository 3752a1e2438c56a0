"""What the tests of BTF need: tools, and objects that they compile. A test without them ends with
status 77 and says why."""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SKEP = os.path.abspath(os.environ.get("SKEP", "build/skep"))
VMLINUX = "/sys/kernel/btf/vmlinux"
SOURCES = ("kinds", "layout", "values")

# The oldest compiler of interest, and the newest that is there.
CLANGS = [
    name
    for names in (("clang-14", "clang"), ("clang-22", "clang-21", "clang-20", "clang-19"))
    for name in [next(filter(shutil.which, names), None)]
    if name
]


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            skip(f"{tool} is not installed")
    if not CLANGS:
        skip("clang is not installed")


def output(*command, **options):
    """What a command prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, check=False, **options)
    if done.returncode:
        raise AssertionError(f"{command}: {done.returncode}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def skep(*words):
    return output(SKEP, *words)


def compile_bpf(clang, source, out, *options):
    """Compiles a file for eBPF with types."""
    output(clang, "-target", "bpf", "-g", "-O2", "-w", *options, "-c", source, "-o", out)
    return out


def objects(sources=SOURCES):
    """Each source compiled by each clang: its name and the object."""
    for clang in CLANGS:
        for source in sources:
            out = os.path.abspath(f"{source}-{clang}.o")
            yield f"{source} ({clang})", compile_bpf(clang, f"{HERE}/{source}.c", out)


def types_of(path, *options):
    """The types of a file as the command's JSON has them."""
    return json.loads(skep("-j", *options, "btf", "dump", path))["types"]


def fail_if(problems):
    """Ends the test: it fails if there are problems."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
