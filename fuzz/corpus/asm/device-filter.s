; Which devices a container may use: the program that container runtimes make of their
; default allow list, device-rules, and attach to the container's cgroup.
;
; Linux runs it at each attempt to open or create a device.  It gets three numbers of
; 32 bits and answers in r0: 1 allows, 0 denies.
;
;       access_type     high half: what is wanted, low half: type of the device
;       major, minor    the device's number
;
; gen-device-filter.sh makes the same program from the list.  It has 64 instructions.

.type cgroup_device             ; r1 points to struct bpf_cgroup_dev_ctx
.name device_filter

.equ BLOCK, 1                   ; types
.equ CHAR, 2
.equ MKNOD, 1                   ; what is wanted: one or more of these
.equ READ, 2
.equ WRITE, 4

; What the rules look at goes into registers: r2 type, r3 access, r4 major, r5 minor.

        r2 = ctx.access_type    ; the same as r2 = *(u32 *)(r1 +0)
        w2 &= 0xffff            ; a write to w2 clears the upper half of r2
        r3 = ctx.access_type
        w3 >>= 16
        r4 = ctx.major
        r5 = ctx.minor

; Each rule compares what it names and goes on to the next one at the first difference.

block_mknod:                    ; b *:* m: any block device, mknod only
        if r2 != BLOCK goto char_mknod
        w1 = w3                 ; is anything else wanted, too?
        w1 &= MKNOD
        if r1 != r3 goto char_mknod
        w0 = 1
        exit

char_mknod:                     ; c *:* m: any character device, mknod only
        if r2 != CHAR goto null
        w1 = w3
        w1 &= MKNOD
        if r1 != r3 goto null
        w0 = 1
        exit

; The other rules allow everything (rwm), so they need not look at r3.

null:                           ; c 1:3 rwm: /dev/null
        if r2 != CHAR goto zero
        if r4 != 1 goto zero
        if r5 != 3 goto zero
        w0 = 1
        exit

zero:                           ; c 1:5 rwm: /dev/zero
        if r2 != CHAR goto full
        if r4 != 1 goto full
        if r5 != 5 goto full
        w0 = 1
        exit

full:                           ; c 1:7 rwm: /dev/full
        if r2 != CHAR goto tty
        if r4 != 1 goto tty
        if r5 != 7 goto tty
        w0 = 1
        exit

tty:                            ; c 5:0 rwm: /dev/tty
        if r2 != CHAR goto random
        if r4 != 5 goto random
        if r5 != 0 goto random
        w0 = 1
        exit

random:                         ; c 1:8 rwm: /dev/random
        if r2 != CHAR goto urandom
        if r4 != 1 goto urandom
        if r5 != 8 goto urandom
        w0 = 1
        exit

urandom:                        ; c 1:9 rwm: /dev/urandom
        if r2 != CHAR goto ptmx
        if r4 != 1 goto ptmx
        if r5 != 9 goto ptmx
        w0 = 1
        exit

ptmx:                           ; c 5:2 rwm: /dev/ptmx
        if r2 != CHAR goto pts
        if r4 != 5 goto pts
        if r5 != 2 goto pts
        w0 = 1
        exit

pts:                            ; c 136:* rwm: /dev/pts/*, any minor
        if r2 != CHAR goto tun
        if r4 != 136 goto tun
        w0 = 1
        exit

tun:                            ; c 10:200 rwm: /dev/net/tun
        if r2 != CHAR goto deny
        if r4 != 10 goto deny
        if r5 != 200 goto deny
        w0 = 1
        exit

deny:                           ; no rule matched
        w0 = 0
        exit
