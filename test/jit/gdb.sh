#!/bin/sh
# GDB names the frames of announced code and finds their callers: in a function that the code
# called, and at each instruction on the way back.
#
#     gdb.sh TARGET
set -eu
target=$1

# The leak check does not work in a debugger.
ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}
export ASAN_OPTIONS

if ! command -v gdb >/dev/null; then
    echo 'skipped: gdb is not installed'
    exit 77
fi

session() {
    gdb -batch -nx -iex 'set debuginfod enabled off' -iex 'set startup-with-shell off' "$@" \
        --args "$target" gdb >out 2>&1 </dev/null || true
}

fail() {
    echo "$1; gdb said:"
    cat out
    exit 1
}

session -ex run
if ! grep -q 'exited normally' out; then
    echo "skipped: gdb cannot run a program here: $(grep -v '^$' out | tail -n 1)"
    exit 77
fi

# The functions of a backtrace, innermost first, in one line. (Optimised, call_back may be
# part of main.)
frames() {
    sed -nE 's/^#[0-9]+ +(0x[0-9a-f]+ in )?([^ ]+) \(.*/\2/p' out | grep -v call_back | xargs
}

session -ex 'break reached' -ex run -ex bt
[ "$(frames)" = 'reached sample/inner sample/outer main' ] || fail 'the backtrace is wrong'

# Out of the callback, instruction by instruction, until main has it again.
session -ex 'break reached' -ex run -ex finish -ex bt -ex stepi -ex bt -ex stepi -ex bt \
    -ex stepi -ex bt
[ "$(frames)" = 'sample/inner sample/outer main sample/inner sample/outer main sample/outer main sample/outer main' ] ||
    fail 'a backtrace on the way back is wrong'

# Afterwards the names are gone; reached is called again, from main.
session -ex 'break reached' -ex run -ex 'info address sample/inner' -ex continue \
    -ex 'info address sample/inner' -ex bt
grep -q '^Symbol "sample/inner" is at 0x' out || fail 'the code is not announced'
grep -q '^No symbol "sample/inner"' out || fail 'the code is still announced'
