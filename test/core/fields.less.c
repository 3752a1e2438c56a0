/* A target: much is not there, or of another kind. */
#include "core.h"

enum tint { RED };
struct inner {
    u16 x;
    void *y;
};

struct plain {
    s8 byte;
    u8 half[2];
    u64 word;
    s32 dword;
    u8 sbyte;
    u32 sword;
    void *slong;
    u64 pointer;
    struct inner function;
    enum tint colour;
    u32 single;
    float twice;
    u8 flag;
    const int qualified;
    int nested;
    enum colour_new { NEW } became_struct;
    u32 became_pointer[3];
    float became_signed;
    union {
        int q;
    } became_union;
};

struct flavoured {
    int before;
};
struct flavoured___three {
    int before, after;
};
struct flavoured___four {
    struct inner before;
    int after;
};

struct anonymous {
    int first;
    union {
        struct inner in_union;
        struct {
            struct inner deep;
            struct {
                float deep2;
            };
        };
    };
    struct {
        struct inner moved_in;
    };
    struct {
        float twin;
    };
};

union either {
    long long i;
    struct {
        u8 low;
    } parts;
};

struct element {
    int pad;
};
struct arrays {
    int numbers;
    u8 grid[3];
    struct element elements[4];
    u32 flexible[2];
};
struct zero_array {
    struct element list[0];
    int n;
};

struct bits {
    long a : 50;
    long b : 14;
    unsigned char c;
    u32 small : 31;
    long wide;
    enum colour { BLACK } colour;
    u16 pad : 3;
    u16 became_plain : 13;
    u64 became_field : 64;
} __attribute__((packed));

typedef struct inner named_t;
typedef int twice_named_t;
typedef long *inner_t;
struct through {
    int one, two, three;
};

union missing {
    int a;
};
struct agreeing {
    int b, a;
};
struct narrowed___x {
    int c;
};
struct far {
    char pad[0x8000];
    int away;
};
struct became_typedef;

KEEP(plain, struct plain)
KEEP(flavoured, struct flavoured)
KEEP(flavoured_three, struct flavoured___three)
KEEP(flavoured_four, struct flavoured___four)
KEEP(anonymous, struct anonymous)
KEEP(either, union either)
KEEP(arrays, struct arrays)
KEEP(zero, struct zero_array)
KEEP(bits, struct bits)
KEEP(named, named_t)
KEEP(twice, twice_named_t)
KEEP(inner, inner_t)
KEEP(through, struct through)
KEEP(missing, union missing)
KEEP(agreeing, struct agreeing)
KEEP(narrowed, struct narrowed___x)
KEEP(far, struct far)
KEEP(fwd, struct became_typedef)
