/* A large object for timing loaders: some 10,000 instructions in 110 functions and 8 programs,
 * with types, source lines, maps, global data, and relocations of all of them. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*update)(void *map, const void *key, const void *value,
                      u64 flags) = (void *)2;

struct key {
    u32 from, to;
    u8 kind;
};
struct value {
    u64 packets, bytes;
    struct {
        u32 low, high;
    } range[4];
};

struct {
    int (*type)[1];
    int (*max_entries)[1024];
    struct key *key;
    struct value *value;
} flows SEC(".maps");

struct task {
    int pid;
    struct task *parent;
    struct {
        u64 user, system;
        u32 flags : 5, state : 3;
    } times;
    char comm[16];
} __attribute__((preserve_access_index));

const volatile u32 limit = 100;
const volatile u64 table[64] = { 1, 2, 3 };
u64 count[64];
u64 seed = 7;

#define FUNCTION(n)                                                                      \
    static __attribute__((noinline)) u64 work_##n(struct task *t, u32 x)                 \
    {                                                                                    \
        struct key key = { .from = x, .to = x ^ n, .kind = (u8)n };                      \
        struct value *value = lookup(&flows, &key);                                      \
        u64 sum = table[(x + n) & 63] + seed;                                            \
                                                                                         \
        if (value && value->range[n & 3].low < limit) {                                  \
            value->packets++;                                                            \
            value->bytes += t->times.user + (u64)t->pid * n;                             \
            sum ^= value->range[(n + 1) & 3].high;                                       \
        }                                                                                \
        for (int i = 0; i < 4; i++)                                                      \
            sum = sum * 31 + (u8)t->comm[i] + (sum >> (n & 7));                          \
        count[n & 63] += sum;                                                            \
        if (t->times.system > limit)                                                     \
            seed = sum;                                                                  \
        return sum;                                                                      \
    }

#define TEN(f, d)                                                                        \
    f(d##0) f(d##1) f(d##2) f(d##3) f(d##4) f(d##5) f(d##6) f(d##7) f(d##8) f(d##9)
#define HUNDRED(f, h)                                                                    \
    TEN(f, h##0)                                                                         \
    TEN(f, h##1)                                                                         \
    TEN(f, h##2)                                                                         \
    TEN(f, h##3)                                                                         \
    TEN(f, h##4) TEN(f, h##5) TEN(f, h##6) TEN(f, h##7) TEN(f, h##8) TEN(f, h##9)

HUNDRED(FUNCTION, 1)
TEN(FUNCTION, 20)

#define CALL(n) sum += work_##n(t, (u32)sum);

#define PROGRAM(name, ...)                                                               \
    SEC("raw_tracepoint") int name(struct task *t)                                       \
    {                                                                                    \
        struct key key = { 1, 2, 3 };                                                    \
        struct value value = { 0 };                                                      \
        u64 sum = 0;                                                                     \
                                                                                         \
        __VA_ARGS__                                                                      \
        value.bytes = sum;                                                               \
        return (int)update(&flows, &key, &value, 0);                                     \
    }

PROGRAM(all, HUNDRED(CALL, 1) TEN(CALL, 20))
PROGRAM(a, TEN(CALL, 10))
PROGRAM(b, TEN(CALL, 11))
PROGRAM(c, TEN(CALL, 12))
PROGRAM(d, TEN(CALL, 13))
PROGRAM(e, TEN(CALL, 14))
PROGRAM(f, TEN(CALL, 15))
PROGRAM(g, TEN(CALL, 16))

char license_text[] SEC("license") = "GPL";
