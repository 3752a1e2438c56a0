#!/bin/sh
# perf names announced code, from the map and from the dump.
#
#     perf.sh TARGET
set -eu
target=$1

skip() {
    echo "skipped: $1"
    exit 77
}

fail() {
    echo "$1; perf said:"
    cat out
    exit 1
}

command -v perf >/dev/null || skip 'perf is not installed'
rm -f jit-*.dump jitted-*.so ./*.data
record() {
    perf record -q -e cpu-clock:u -k mono -o "$1.data" "$target" "$1" 1 >out 2>&1
}
record map || skip "perf cannot record here: $(grep -v '^$' out | head -n 1)"
perf report -i map.data --stdio --sort symbol >out 2>&1 || fail 'perf report failed'
grep -q '%.*sample/spin' out || fail 'the map gave no name'
pid=$(perf script -i map.data -F pid 2>/dev/null | head -n 1 | tr -d ' ')
rm -f "/tmp/perf-$pid.map"

record dump || fail 'the second recording failed'
perf inject --jit -i dump.data -o jit.data >out 2>&1 || fail 'perf inject failed'
ls jitted-*.so >/dev/null 2>&1 || fail 'perf inject made no files of the dump'
perf report -i jit.data --stdio --sort dso,symbol,srcline >out 2>&1 || fail 'perf report failed'
grep -q '%.*jitted-.*sample/spin *sample:[5-7]' out || fail 'the dump gave no name, or no line'
