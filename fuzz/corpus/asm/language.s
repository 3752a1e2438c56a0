.type cgroup_device
.name "every part of the language"
.equ SIZE, 4 * (2 + 1) - 'a' % 0x10 | 0b1
.equ YES, SIZE > 3 && !0 ? -1 : ~07
/* a comment
   of two lines */
start:  r1 = 0x123456789abcdef0 ll      ; 64 bits
        r2 = ctx.major                  # a field
        w3 = ctx(r6).minor              // another
        r4 = subprog[function]
        *(u64 *)(r10 - SIZE) = r1
        *(u8 *)(r10 -8) = YES
        lock *(u32 *)(r10 -8) += r2
        r2 = atomic64_fetch_add((u64 *)(r10 -8), r2)
        r0 = atomic_cmpxchg((u32 *)(r10 -8), r0, r2)
        w0 = cmpxchg32_32(r10 - 0x8, w0, w2)
        r1 = load_acquire((u16 *)(r10 -8))
        store_release((u8 *)(r10 -8), r1)
        r1 = (s8)r2
        w1 s>>= 3
        r1 = -r1
        r1 = bswap32 r1
        r1 = addr_space_cast(r2, 0, 1)
        r0 = *(u16 *)skb[r2 + 7]
        r0 = *(u8 *)skb[-4]
        r1 = map[id:5]
        r1 = map[idx:1][0]+8
        r1 = var[btf:65470]+0
        ld_pseudo r1, 0x2, 0x7, 0x8
        if r1 s<= -5 goto start
        if w1 & 0x4 goto out
        if r1 != r2 goto pc+1
        gotol out
        may_goto +0x1
        call function
        call ktime_get_ns
        call bpf_ktime_get_ns#5
        call unknown#-1
        call #65470@-2
        call pc+1#bpf_prog_0123456789abcdef_f
        .word 1, 2
        .word 3
        .long 4
        .quad 5, 0xffffffffffffffff
function: r0 = 0
out:exit
