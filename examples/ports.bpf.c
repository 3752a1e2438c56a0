/* Counts packets by port and says which to drop: a program with constants, counters, functions
 * and types, as clang emits them. Build it with
 *
 *     clang -O2 -g -target bpf -c ports.bpf.c -o ports.bpf.o */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct packet { /* what the host hands in */
    u32 from, to;
    u16 port;
    u16 length;
};

struct counter {
    u64 packets, bytes;
};

const volatile u32 limit = 1500; /* set before the program is loaded */
const volatile u16 closed[4] = { 23, 135, 139, 445 };
struct counter counters[4];
u64 dropped;

static __attribute__((noinline)) int is_closed(u16 port)
{
    for (int i = 0; i < 4; i++)
        if (closed[i] == port)
            return 1;
    return 0;
}

__attribute__((section("syscall"))) int check(struct packet *p)
{
    struct counter *c = &counters[p->port & 3];

    if (p->length > limit || is_closed(p->port)) {
        dropped++;
        return 0;
    }
    c->packets++;
    c->bytes += p->length;
    return 1;
}

char _license[] __attribute__((section("license"))) = "Apache-2.0";
