#!/bin/sh
# perf names native code, from the map and from the dump.
#
#     SKEP=... perf.sh
set -eu

skip() {
    echo "skipped: $1"
    exit 77
}

fail() {
    echo "$1; perf said:"
    cat out
    exit 1
}

# All the time goes by in a local function, in slots 5 and 6.
cat >spin.s <<'END'
    r1 = 300000000
    call spin
    r0 = 0
    exit
spin:
    r2 = 0
a:  r2 += 1
    if r2 < r1 goto a
    exit
END

# What skep writes without perf: a line for each function, and the dump's header.
rm -f jit-*.dump jitted-*.so ./*.data
"$SKEP" prog run spin.s sample --announce perf-map,jitdump --fuel 1000 >out 2>&1 &
pid=$!
wait $pid || true
for name in main subprog_1 gate shared; do
    grep -qxE "[0-9a-f]+ [0-9a-f]+ sample/$name" "/tmp/perf-$pid.map" ||
        fail "the map has no line for $name"
done
rm -f "/tmp/perf-$pid.map"
grep -q '^DTiJ' "jit-$pid.dump" || fail 'the dump has no header'
rm -f "jit-$pid.dump"

command -v perf >/dev/null || skip 'perf is not installed'
record() {
    perf record -q -e cpu-clock:u -k mono -o "$1.data" \
        "$SKEP" prog run spin.s sample --announce "$1" --fuel 10000000000 >out 2>&1
}
record perf-map || skip "perf cannot record here: $(grep -v '^$' out | head -n 1)"
perf report -i perf-map.data --stdio --sort symbol >out 2>&1 || fail 'perf report failed'
grep -q '9[0-9]\.[0-9]*%.*sample/subprog_1' out || fail 'the map gave no name'
pid=$(perf script -i perf-map.data -F pid 2>/dev/null | head -n 1 | tr -d ' ')
rm -f "/tmp/perf-$pid.map"

record jitdump || fail 'the second recording failed'
perf inject --jit -i jitdump.data -o jit.data >out 2>&1 || fail 'perf inject failed'
ls jitted-*.so >/dev/null 2>&1 || fail 'perf inject made no files of the dump'
perf report -i jit.data --stdio --sort dso,symbol,srcline >out 2>&1 || fail 'perf report failed'
grep -q '%.*jitted-.*sample/subprog_1 *sample:[67]' out || fail 'the dump gave no name, or no line'
