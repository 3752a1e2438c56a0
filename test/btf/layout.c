/* Structs with gaps and bit fields of all sorts, for tests of BTF's texts. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))

struct natural {
    char a;
    int b;
    char c;
    long d;
    short e;
};
struct packed_all {
    char a;
    int b;
    long c;
    short d;
} PACKED;
struct packed_aligned {
    int a;
    char b;
    long c;
} PACKED ALIGNED(8);
struct packed_needlessly {
    int a;
    int b;
} PACKED;
struct packed_inside {
    char a;
    struct packed_all b;
    int c;
};
struct packed_nested {
    char a;
    struct {
        int x;
        long y;
    } b;
    struct {
        char x;
        long y;
    } PACKED c;
} PACKED;
struct aligned_member {
    char a;
    int b ALIGNED(16);
    char c ALIGNED(64);
};
struct aligned_far {
    char a;
    char b ALIGNED(256);
} ALIGNED(256);
struct aligned_two {
    char a;
    char b ALIGNED(2);
    char c ALIGNED(4);
    char d ALIGNED(8);
    short e ALIGNED(8);
};
struct aligned_end {
    int a;
} ALIGNED(32);
struct aligned_only {
} ALIGNED(8);
struct short_end {
    long a;
    char b;
} ALIGNED(4);

struct bits {
    u32 a : 1;
    u32 b : 3;
    u32 c : 28;
    u32 d : 32;
};
struct bits_signed {
    int a : 3;
    int b : 7;
    long c : 33;
    signed char d : 2;
};
struct bits_gaps {
    u32 a : 1;
    u32 : 3;
    u32 b : 4;
    u32 : 0;
    u32 c : 5;
    u64 : 0;
    u32 d : 6;
    u8 : 0;
    u8 e : 2;
    u16 : 0;
    u16 f : 9;
};
struct bits_mixed {
    char a;
    u32 b : 3;
    char c;
    u16 d : 5;
    long e;
    u64 f : 40;
    u64 g : 20;
    char h;
};
struct bits_packed {
    u8 a : 3;
    u32 b : 17;
    u64 c : 40;
    u8 d;
    u32 e : 4;
} PACKED;
struct bits_first {
    u32 : 8;
    u32 a : 8;
    u32 : 5;
    u32 b : 3;
};
struct bits_last {
    u64 a : 7;
    u64 : 50;
};
struct bits_bool {
    _Bool a : 1;
    _Bool b : 1;
    _Bool c;
    _Bool d : 1;
};
enum kind { KIND_A, KIND_B, KIND_C };
struct bits_enum {
    enum kind a : 2;
    enum kind b : 5;
    enum kind c;
};
struct bits_straddle {
    u32 a : 20;
    u32 b : 20;
    u32 c : 20;
    u64 d : 50;
    u64 e : 50;
};
struct bits_wide {
    u64 a : 64;
    u32 b : 1;
    u64 c : 63;
};
struct bits_int128 {
    unsigned __int128 a : 70;
    unsigned __int128 b : 50;
};
struct bits_then_array {
    u32 a : 9;
    u8 b[3];
    u32 c : 9;
    struct natural d;
};
struct bits_union {
    union {
        u32 a : 5;
        u64 b : 60;
        struct {
            u8 c : 1, d : 2, : 2, e : 3;
        };
    };
    u8 f : 1;
};
struct int128 {
    char a;
    __int128 b;
    char c;
};
struct hole_3 {
    char a;
    short b;
    char c[3];
    int d ALIGNED(4);
    char e[5];
    char f ALIGNED(8);
    char g[6];
    short h ALIGNED(16);
};
struct hole_even {
    u32 a;
    u64 : 0;
    u32 : 32;
    u32 b;
    u8 c;
    u16 : 0;
    u8 : 8;
    u8 d;
};
struct hole_big {
    int a;
    char b ALIGNED(4096);
};
union padded {
    char a;
    short b ALIGNED(16);
};
struct holds {
    struct aligned_member a;
    union padded b;
    struct bits_gaps c[2];
    char d;
    struct packed_aligned e;
    char f;
};

/* The same names more than once: as tags, as typedefs, in scopes of their own. */
typedef struct same {
    int first;
} same;
enum same_values { VALUE_ONE, VALUE_TWO };

long use(void *p)
{
    struct same {
        long second;
    } a = { 1 };
    typedef short same_alias;
    enum same_values { VALUE_ONE = 11, VALUE_TWO = 12 } v = VALUE_TWO;
    same_alias s = (same_alias)a.second;
    {
        struct same {
            char third;
            struct natural *n;
        } b = { 1, p };
        typedef int same_alias;
        union same_values {
            int i;
        } w = { 2 };
        same_alias t = b.third;
        volatile struct same kept = b;
        volatile union same_values kept_w = w;

        *(volatile long *)p = t + kept.third + kept_w.i;
    }
    {
        volatile struct same kept = a;
        volatile enum same_values kept_v = v;

        return kept.second + s + kept_v;
    }
}

/* Types that only pointers lead to, and circles of them. */
struct circle_a;
struct circle_b {
    struct circle_a *a;
};
struct circle_a {
    struct circle_b b;
    struct circle_c *c;
};
struct circle_c {
    struct circle_a a[2];
    struct circle_c *(*f)(struct circle_a, struct circle_b *);
};
typedef struct circle_d circle_d;
struct circle_d {
    circle_d *next;
    circle_d *(*step)(circle_d *);
    struct {
        circle_d *inner;
    } anonymous;
};
struct handler_argument;
typedef void (*handler)(struct handler_argument *, int);
struct handler_argument {
    handler again;
    handler *more;
};

#define KEEP(type) struct type keep_##type
KEEP(natural);
KEEP(packed_all);
KEEP(packed_aligned);
KEEP(packed_needlessly);
KEEP(packed_inside);
KEEP(packed_nested);
KEEP(aligned_member);
KEEP(aligned_far);
KEEP(aligned_two);
KEEP(aligned_end);
KEEP(aligned_only);
KEEP(short_end);
KEEP(bits);
KEEP(bits_signed);
KEEP(bits_gaps);
KEEP(bits_mixed);
KEEP(bits_packed);
KEEP(bits_first);
KEEP(bits_last);
KEEP(bits_bool);
KEEP(bits_enum);
KEEP(bits_straddle);
KEEP(bits_wide);
KEEP(bits_int128);
KEEP(bits_then_array);
KEEP(bits_union);
KEEP(int128);
KEEP(hole_3);
KEEP(hole_even);
KEEP(hole_big);
KEEP(holds);
KEEP(circle_a);
KEEP(circle_b);
KEEP(circle_c);
KEEP(circle_d);
KEEP(handler_argument);
union padded keep_padded;
same keep_same;
enum same_values keep_values;
