/* Types of the values that tests print: each struct test_N is the type of a map's value. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef struct {
    int x, y;
} point;
typedef char tag_text[4];
enum colour { RED, GREEN = 7, BLUE, DARK = -3 };
enum big { BIG_ONE = 1, BIG_HUGE = 0x8000000000000001ULL };
enum high { HIGH = 0xf0000000u };

struct test_numbers {
    char c;
    signed char sc;
    unsigned char uc;
    _Bool b;
    short s;
    unsigned short us;
    int i;
    unsigned int ui;
    long l;
    unsigned long ul;
    __int128 i128;
    unsigned __int128 u128;
};
struct test_names {
    enum colour colours[4];
    enum big big[3];
    enum high high[2];
    void *pointer;
    int (*function)(int);
    const volatile u32 qualified;
    point typed;
    tag_text text;
};
struct test_arrays {
    char text[8];
    u8 bytes[4];
    signed char signed_text[4];
    int grid[2][3];
    point points[2];
    _Bool flags[3];
    const char fixed[4];
    struct {
    } nothing;
    int zero[0];
};
struct test_bits {
    u32 a : 1, b : 3, c : 28;
    int d : 5;
    int e : 7;
    u64 f : 40;
    u64 g : 24;
    _Bool h : 1;
    enum colour i : 4;
    u8 j : 3;
    long k : 63;
    u64 l : 64;
    u32 m : 20;
    u32 n : 12;
    char o : 5;
    unsigned __int128 p : 70;
    unsigned __int128 q : 58;
};
struct test_nested {
    struct {
        int a;
        union {
            u32 b;
            u8 bytes[4];
        };
    };
    union {
        point p;
        u64 whole;
    } choice;
    struct {
        u8 low : 4, high : 4;
    } bits[2];
};
struct test_reals {
    float f;
    double d;
};

int keep(struct test_numbers *numbers, struct test_names *names,
         struct test_arrays *arrays, struct test_bits *bits, struct test_nested *nested);
int keep(struct test_numbers *numbers, struct test_names *names,
         struct test_arrays *arrays, struct test_bits *bits, struct test_nested *nested)
{
    return numbers->c + (names != 0) + (arrays != 0) + (bits != 0) + (nested != 0);
}
int keep_reals(struct test_reals *reals);
int keep_reals(struct test_reals *reals)
{
    return reals != 0;
}
