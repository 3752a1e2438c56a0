#!/bin/sh
# GDB names the frames of native code and finds their callers: in a helper that the code called,
# at a breakpoint in it, and at each instruction.
#
#     SKEP=... gdb.sh
set -eu
here=$(dirname "$0")

# The leak check does not work in a debugger.
ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}
export ASAN_OPTIONS

if ! command -v gdb >/dev/null; then
    echo 'skipped: gdb is not installed'
    exit 77
fi

# A local call inside another, and in it a helper; all save registers.
cat >calls.s <<'END'
    r6 = r1
    call outer
    exit
outer:
    r8 = 8
    *(u64 *)(r10 - 8) = r8
    call inner
    r0 += r8
    exit
inner:
    r6 = 6
    *(u64 *)(r10 - 8) = r6
    call bpf_ktime_get_ns
    r0 = *(u64 *)(r10 - 8)
    exit
END

# A fault two calls deep, in a function with a budget on the machine's stack.
cat >fault.s <<'END'
    r6 = 1
    call f
    exit
f:  r7 = 2
    may_goto out
    r8 = 3
    *(u64 *)(r10 - 16) = r8
    r1 = 0
    r0 = *(u64 *)(r1 + 0)
out:exit
END

# Fuel ends in a function that calls nothing.
cat >fuel.s <<'END'
    r1 = 100
a:  r1 += -1
    if r1 != 0 goto a
    r0 = 0
    exit
END

# More than one way out, and no check that needs the gate in unmetered code.
cat >leaf.s <<'END'
    r6 = 1
    r7 = 2
    *(u64 *)(r10 - 16) = r7
    r0 = *(u64 *)(r10 - 16)
    if r0 == 3 goto out
    r0 = 5
    exit
out:r7 = 5
    exit
END

session() {
    timeout 100 gdb -batch -nx -iex 'set debuginfod enabled off' -iex 'set startup-with-shell off' \
        -iex 'set breakpoint pending on' "$@" >out 2>&1 </dev/null || true
}

fail() {
    echo "$1; gdb said:"
    cat out
    exit 1
}

session -ex run --args "$SKEP" version
if ! grep -q 'exited normally' out; then
    echo "skipped: gdb cannot run a program here: $(grep -v '^$' out | tail -n 1)"
    exit 77
fi

# Fails unless the backtrace is this one: of functions, innermost first, in one line, as an
# extended regular expression.
expect() {
    sed -nE 's/^#[0-9]+ +(0x[0-9a-f]+ in )?([^ ]+) \(.*/\2/p' out | xargs >frames
    grep -qxE "$1" frames || fail "the backtrace is not '$1'"
}
C='( [a-zA-Z_]+[a-zA-Z_0-9.]*)*'
run="prog run calls.s sample --announce gdb"

# shellcheck disable=SC2086
session -ex 'break ktime_get_ns' -ex run -ex bt --args "$SKEP" $run
expect "ktime_get_ns$C( sample/shared)? sample/subprog_2 sample/subprog_1 sample/main sample/gate sk_native_enter$C skep_run$C main"

# A breakpoint by name. The names are gone before the code is.
# shellcheck disable=SC2086
session -ex "break 'sample/subprog_2'" -ex 'break sk_exec_unmap' -ex run -ex bt \
    -ex 'info address sample/main' -ex continue -ex 'info address sample/main' \
    --args "$SKEP" $run
expect "sample/subprog_2 sample/subprog_1 sample/main sample/gate sk_native_enter$C skep_run$C main"
grep -q '^Symbol "sample/main" is at 0x' out || fail 'the code is not announced'
grep -q '^No symbol "sample/main"' out || fail 'the code is still announced'

if ! gdb -batch -nx -ex 'python print("has Python")' | grep -q 'has Python'; then
    echo 'gdb has no Python: nothing walks through the code'
    exit 0
fi

# walk WHAT... -- ARGUMENT...: walks through the code that skep makes with these arguments, and
# fails unless it met these backtraces of native code; WHAT has no 'sample/'.
walk() {
    : >wanted
    while [ "$1" != -- ]; do
        echo "met$(echo " $1" | sed 's# # sample/#g')" >>wanted
        shift
    done
    shift
    session -ex "source $here/gdb_walk.py" --args "$SKEP" "$@" sample --announce gdb
    grep -q '^whole$' out || fail "a backtrace in '$*' is broken"
    grep -E '^met ' out | sort >met
    sort wanted | comm -13 met - >missing
    [ ! -s missing ] || fail "in '$*' gdb did not find: $(cat missing)"
}
walk gate 'main gate' 'subprog_1 main gate' 'subprog_2 subprog_1 main gate' \
    'shared subprog_2 subprog_1 main gate' -- prog run calls.s
for fuel in '' '--fuel 1000'; do
    # shellcheck disable=SC2086
    walk gate 'subprog_2 subprog_1 main gate' -- bench calls.s --repeat 1 $fuel
done
walk 'shared subprog_1 main gate' shared gate -- prog run fault.s
walk 'main gate' 'shared main gate' shared -- prog run fuel.s --fuel 50
walk 'main gate' -- prog run leaf.s
walk main -- bench leaf.s --repeat 10
