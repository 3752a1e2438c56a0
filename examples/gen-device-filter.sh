#!/bin/sh
# Makes a cgroup_device program from a list of device rules, as assembly text:
#
#     gen-device-filter.sh [RULES] > FILTER.s
#
# RULES is a file like device-rules, or standard input.  An access is allowed if one of
# the rules allows all of it.  The program is what container runtimes load.
set -euf # no globbing: `*` is a word of the rules

fail() {
    echo "gen-device-filter.sh: line $line: $1" >&2
    exit 3
}

# Sets mask to the bits of the access letters $1.
access_mask() {
    mask=0
    letters=$1
    while [ -n "$letters" ]; do
        rest=${letters#?}
        case ${letters%"$rest"} in
        m) mask=$((mask | 1)) ;;
        r) mask=$((mask | 2)) ;;
        w) mask=$((mask | 4)) ;;
        *) fail "access '$1' is not made of r, w and m" ;;
        esac
        letters=$rest
    done
    [ $mask -ne 0 ] || fail "access is missing"
}

# The names of the mask's bits.
access_names() {
    names=
    [ $(($1 & 1)) -eq 0 ] || names="MKNOD"
    [ $(($1 & 2)) -eq 0 ] || names="${names:+$names | }READ"
    [ $(($1 & 4)) -eq 0 ] || names="${names:+$names | }WRITE"
    echo "$names"
}

check_number() {
    case $1 in
    '*') ;;
    '' | *[!0-9]* | 0?* | ??????????*) fail "'$1' is neither a device number nor *" ;;
    esac
}

emit() {
    printf '        %s\n' "$1"
}

# The rule of type $1, major $2, minor $3, access and mask: compares what it names, and
# allows if all of it matches.
emit_rule() {
    printf '\n; %s %s:%s %s\n' "$1" "$2" "$3" "$access"
    case $1 in
    b) emit "if r2 != BLOCK goto $next" ;;
    c) emit "if r2 != CHAR goto $next" ;;
    a) ;;
    *) fail "type '$1' is none of a, b, c" ;;
    esac
    if [ "$mask" -ne 7 ]; then
        emit "w1 = w3"
        emit "w1 &= $(access_names "$mask")"
        emit "if r1 != r3 goto $next"
    fi
    [ "$2" = '*' ] || emit "if r4 != $2 goto $next"
    [ "$3" = '*' ] || emit "if r5 != $3 goto $next"
    emit "w0 = 1"
    emit "exit"
    echo "$next:"
}

emit_start() {
    cat <<'TEXT'
.type cgroup_device
.name device_filter

.equ BLOCK, 1           ; type: access_type, low half
.equ CHAR, 2
.equ MKNOD, 1           ; access: access_type, high half
.equ READ, 2
.equ WRITE, 4

        r2 = ctx.access_type
        w2 &= 0xffff            ; r2: type
        r3 = ctx.access_type
        w3 >>= 16               ; r3: access
        r4 = ctx.major
        r5 = ctx.minor
TEXT
}

emit_filter() {
    line=0
    rules=0
    emit_start
    while read -r type device access rest || [ -n "$type" ]; do
        line=$((line + 1))
        case $type in
        '' | '#'*) continue ;;
        esac
        case $device in
        *:*) ;;
        *) fail "'$device' is not MAJOR:MINOR" ;;
        esac
        case $rest in
        '' | '#'*) ;;
        *) fail "'$rest' is too much" ;;
        esac
        check_number "${device%%:*}"
        check_number "${device#*:}"
        access_mask "$access"
        rules=$((rules + 1))
        next=not_$rules
        emit_rule "$type" "${device%%:*}" "${device#*:}"
    done
    printf '\n; nothing matched\n'
    emit "w0 = 0"
    emit "exit"
}

[ $# -le 1 ] || {
    echo "usage: gen-device-filter.sh [RULES]" >&2
    exit 2
}
[ $# -eq 0 ] || exec <"$1"
filter=$(emit_filter) # all of it or nothing
printf '%s\n' "$filter"
