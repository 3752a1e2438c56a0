/* A target: all is there, elsewhere, and of other sizes where that can be read. */
#include "core.h"

enum colour { GREEN, RED, BLUE };
struct inner {
    long before;
    int y;
    short x;
};
union became_union {
    int z;
    int y;
};

struct plain {
    char pad[100];
    _Bool flag;
    double twice;
    float single;
    u32 byte;
    u64 half;
    u16 word;
    u8 dword;
    s32 sbyte;
    long sword;
    int slong;
    const char *const pointer;
    void *function;
    enum colour colour;
    u64 qualified;
    int more;
    volatile struct inner nested;
    struct inner became_struct;
    void *became_pointer;
    int became_signed;
    union became_union became_union;
};

struct flavoured {
    char pad;
    int before;
    long between;
    int after;
};
struct not_a__flavour___x {
    int pad, a;
};
struct ends_in {
    int wrong, wronger, a;
};
struct ends_in___ {
    int pad, a;
};
struct two___flavours {
    int pad, a;
};
struct two {
    int wrong, wronger, a;
};
struct four____underscores {
    int pad, a;
};
struct four {
    int wrong, wronger, a;
};

struct anonymous {
    union {
        long before;
        struct {
            int pad;
            struct {
                int moved_in;
            };
        };
    };
    int in_union;
    struct {
        char c;
        union {
            u64 deeper;
            int other;
        };
        long deep;
    };
    int moved_out;
    union {
        void *pointer;
        struct {
            int pad2;
            int twin;
        } inner;
    };
    struct {
        int twin;
    };
    int first;
};

union either {
    struct {
        int pad;
        u8 high, low;
    } parts;
    int i;
};

struct element {
    u64 value;
    int pad;
};
struct arrays {
    int before;
    long numbers[7];
    u16 grid[5][6];
    struct element elements[6];
    char shrunk[5];
    int became_scalar;
    u32 flexible[];
};
struct zero_array {
    long n;
    struct element list[];
};

struct bits {
    int before;
    u32 b : 9;
    u32 a : 30;
    s8 c : 7;
    u64 head : 30;
    u64 wide : 33;
    u32 small : 3;
    u32 became_plain;
    u32 pad : 13;
    u32 became_field : 17;
    enum colour colour : 5;
    int tail;
};

typedef struct {
    long pad;
    int b;
    int a;
} named_t;
typedef named_t twice_named_t;
typedef struct inner inner_t;
typedef long row_t[8];
struct through {
    int pad;
    row_t three;
    const named_t one;
    struct inner two;
    inner_t four;
};

struct ambiguous {
    int a, b;
};
struct ambiguous___other {
    int c, a, b;
};
struct agreeing {
    int a, b;
};
struct agreeing___too {
    int a, b;
    long c;
};
struct narrowed {
    int pad, in_both;
};
struct narrowed___second {
    int in_both, only_in_one;
};
struct far {
    int near;
    char pad[0x7ff8];
    int away;
};
typedef struct {
    int a;
} became_typedef;

KEEP(plain, struct plain)
KEEP(flavoured, struct flavoured)
KEEP(not_a, struct not_a__flavour___x)
KEEP(ends, struct ends_in)
KEEP(ends_too, struct ends_in___)
KEEP(two, struct two)
KEEP(two_flavours, struct two___flavours)
KEEP(four, struct four)
KEEP(four_underscores, struct four____underscores)
KEEP(anonymous, struct anonymous)
KEEP(either, union either)
KEEP(arrays, struct arrays)
KEEP(zero, struct zero_array)
KEEP(bits, struct bits)
KEEP(named, twice_named_t)
KEEP(through, struct through)
KEEP(ambiguous, struct ambiguous)
KEEP(ambiguous_other, struct ambiguous___other)
KEEP(agreeing, struct agreeing)
KEEP(agreeing_too, struct agreeing___too)
KEEP(narrowed, struct narrowed)
KEEP(narrowed_second, struct narrowed___second)
KEEP(far, struct far)
KEEP(typedef, became_typedef)

struct shallow {
    IN16(IN4(IN4(IN(IN(IN(int a;))))))
};
struct deep {
    int a;
};
KEEP(shallow, struct shallow)
KEEP(deep, struct deep)
