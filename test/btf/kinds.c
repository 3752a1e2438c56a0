/* A type of every kind, for tests of BTF's texts. Compiled for eBPF with -g. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef u32 *u32_pointer;
typedef int (*callback)(void *ctx, u32 index);
typedef callback table_of_callbacks[4];
typedef struct {
    int x, y;
} point;
typedef union {
    u64 whole;
    u32 halves[2];
    u8 bytes[8];
} word;
typedef enum { SMALL_NO, SMALL_YES = 5, SMALL_LAST } small_enum;

enum colour { RED, GREEN = 7, BLUE };
enum signs { MINUS = -1, NONE, PLUS };
enum big { BIG_ONE = 1, BIG_HUGE = 0x8000000000000001ULL };
enum big_signed { BIG_MINUS = -0x100000000LL, BIG_PLUS = 0x7fffffffffffffffLL };
enum high { HIGH = 0xf0000000u };
enum __attribute__((mode(byte))) tiny { TINY_A, TINY_B };
enum forward_enum;

struct declared_only;
union declared_union;
struct later;
struct empty {
};

struct scalars {
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
    long long ll;
    unsigned long long ull;
    __int128 i128;
    unsigned __int128 u128;
    float f;
    double d;
};

struct pointers {
    void *v;
    const void *cv;
    const char *const name;
    volatile int *vi;
    const volatile int *volatile cvi;
    int *restrict r;
    int **pp;
    struct pointers *self;
    struct declared_only *opaque;
    union declared_union *opaque_union;
    struct later *later;
    enum forward_enum *e;
    u32_pointer alias;
    int (*to_array)[3];
    int (*(*to_array_of_pointers)[2])[3];
    int *array_of_pointers[5];
    const char *const strings[2];
};

struct later {
    struct pointers here;
    struct later *next, **end;
};

struct functions {
    void (*none)(void);
    int (*unnamed)(int, const char *);
    int (*named)(int count, char *text);
    int (*variadic)(const char *format, ...);
    void (*(*returns_function)(int))(long);
    int (*takes_function)(int (*compare)(const void *, const void *), void *ctx);
    int (*table[3])(struct functions *self);
    int (*(*pointer_to_table)[3])(u64);
    callback typed;
    table_of_callbacks callbacks;
    const callback fixed;
    const struct later *(*next)(struct later *const at, enum colour colour);
};

struct arrays {
    int one[4];
    int two[2][3];
    int three[2][3][4];
    const int fixed[3];
    char text[16];
    unsigned char raw[8];
    point points[2];
    struct empty nothing[3];
    enum colour colours[2];
    word words[1];
    int zero[0];
    int flexible[];
};

struct nested {
    struct {
        int a;
        struct {
            int b;
            union {
                int c;
                float d;
            };
        };
    };
    union {
        struct {
            u8 low, high;
        } pair;
        u16 both;
    } named[2];
    enum { INNER_A = 3, INNER_B } inner;
    struct {
        int x;
    } * pointer;
    struct {
    } nothing;
    small_enum small;
    point where;
    word bits;
};

union choice {
    int i;
    struct nested *n;
    struct {
        char tag;
        long value;
    };
    char pad[24];
};

#if __clang_major__ >= 14
#define DECL_TAG(text) __attribute__((btf_decl_tag(text)))
#define TYPE_TAG(text) __attribute__((btf_type_tag(text)))
#else
#define DECL_TAG(text)
#define TYPE_TAG(text)
#endif

typedef int tagged_int DECL_TAG("on a typedef");
struct tagged {
    int plain DECL_TAG("on a member");
    int TYPE_TAG("user") * user;
    const int TYPE_TAG("rcu") TYPE_TAG("user") * both;
    tagged_int alias;
} DECL_TAG("on a struct");

struct scalars scalars;
struct pointers pointers;
struct later later;
struct functions functions;
struct arrays arrays;
struct nested nested;
union choice choice;
struct tagged tagged;
enum colour colour = GREEN;
enum signs signs;
enum big big = BIG_HUGE;
enum big_signed big_signed = BIG_MINUS;
enum high high = HIGH;
enum tiny tiny;
const int constant = 3;
static volatile int hidden;
static const char message[] = "text";
int tagged_variable DECL_TAG("on a variable");
extern int outside __attribute__((section(".kconfig"), weak));
int (*global_function)(struct functions *);
callback global_callback;
int grid[2][3];

static __attribute__((noinline)) int add(int a, int b DECL_TAG("on a parameter"))
{
    return a + b + hidden++;
}

extern int elsewhere(struct scalars *s) __attribute__((weak));

DECL_TAG("on a function")
__attribute__((section("socket"))) int program(void *ctx)
{
    int sum = add(scalars.i, constant) + tagged_variable + message[hidden & 3];

    if (&outside)
        sum += outside;
    if (elsewhere)
        sum += elsewhere(&scalars);
    return sum + (ctx != 0);
}

char licence_text[] __attribute__((section("license"))) = "GPL";
