/* A kernel for the tests: what its BTF has. The programs in ../progs were written against
 * other versions of these types. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#define KEEP __attribute__((used))
#define KEEP_TYPE(type, name) KEEP type name

/* core_fields, core_exists, core_subprograms */
struct inner {
    long before;
    int y, x;
};
union either {
    char before[3];
    u32 number;
    u64 wide;
};
struct moved {
    char before[24];
    u64 second;
    u64 first;
    s32 third;
    struct inner array[6];
    struct inner inner;
    union either either;
    void *pointer;
    u8 bytes[32];
    int in_nameless;
    union {
        struct {
            short in_union_b;
            int in_union_a;
        };
    };
};
KEEP_TYPE(struct moved, keep_moved);

struct flavoured {
    char before[6];
    int new_name;
};
KEEP_TYPE(struct flavoured, keep_flavoured);

/* core_bitfields */
struct bits {
    u64 before;
    u64 c : 33;
    u32 a : 5;
    u8 d : 2;
    u32 plain : 17; /* a bit field now */
    s32 b;          /* none any more */
    u64 g : 50;
    u16 e : 9;
    s8 f : 3;
    enum { G_NONE, G_SOME } h : 5;
};
KEEP_TYPE(struct bits, keep_bits);

/* core_types */
typedef struct {
    char before;
    int x;
} typedef_of_struct;
typedef long typedef_of_int;
typedef int (*typedef_of_function)(int);
typedef char typedef_of_array[9];
typedef struct {
    int a;
} kernel_typedef;
KEEP_TYPE(typedef_of_struct, keep_1);
KEEP_TYPE(typedef_of_int, keep_2);
KEEP_TYPE(typedef_of_function, keep_3);
KEEP_TYPE(typedef_of_array, keep_4);
KEEP_TYPE(kernel_typedef, keep_5);

/* core_enums, core_enums64 */
enum colour { BLUE = 1, GREEN = 1000, RED = 77 };
enum signs { MINUS = -500, PLUS = 0x7fffffff };
typedef enum { NAMELESS_B = 12, NAMELESS_A } nameless;
enum big { BIG_TWO = 0xfedcba987654ull, BIG_ONE = 3 };
enum big_signed { BIG_ZERO = 0, BIG_MINUS = -0x7654321012345ll };
enum grown { GROWN_ONE = 0x1111111111ull };
enum shrunk { SHRUNK_ONE = 17 };
KEEP_TYPE(enum colour, keep_colour);
KEEP_TYPE(enum signs, keep_signs);
KEEP_TYPE(nameless, keep_nameless);
KEEP_TYPE(enum big, keep_big);
KEEP_TYPE(enum big_signed, keep_big_signed);
KEEP_TYPE(enum grown, keep_grown);
KEEP_TYPE(enum shrunk, keep_shrunk);

/* core_matches */
struct match_same {
    int a;
    u64 *b;
};
struct match_subset {
    char before;
    int a;
};
struct match_more {
    int a;
};
struct match_other_type {
    struct match_more a;
};
union match_union {
    char c;
    int a;
    long b;
};
enum match_enum { MATCH_TWO = 5, MATCH_ONE = 8, MATCH_THREE };
enum match_enum_more { MATCH_A };
typedef int (*match_function)(int, struct match_same *);
typedef int (*match_function_other)(struct match_same);
struct match_pointers {
    struct match_more *more;
    struct match_same *same;
};
struct match_arrays {
    int numbers[4];
};
KEEP_TYPE(struct match_same, keep_m1);
KEEP_TYPE(struct match_subset, keep_m2);
KEEP_TYPE(struct match_more, keep_m3);
KEEP_TYPE(struct match_other_type, keep_m4);
KEEP_TYPE(union match_union, keep_m5);
KEEP_TYPE(enum match_enum, keep_m6);
KEEP_TYPE(enum match_enum_more, keep_m7);
KEEP_TYPE(match_function, keep_m8);
KEEP_TYPE(match_function_other, keep_m9);
KEEP_TYPE(struct match_pointers, keep_m10);
KEEP_TYPE(struct match_arrays, keep_m11);

/* core_ambiguous: the same name in two scopes */
struct twins {
    int same, different;
};
KEEP_TYPE(struct twins, keep_twins);

/* ksyms, sections */
struct kernel_object {
    int a;
    long b;
};
int kernel_number = 3;
struct kernel_object kernel_thing = { 1, 2 };

int kernel_function(int a, struct kernel_object *thing)
{
    struct twins {
        int same, before, different;
    };
    static KEEP struct twins other;

    return a + other.same;
}

typedef void (*btf_trace_kernel_event)(void *, int a);
KEEP_TYPE(btf_trace_kernel_event, keep_event);

int bpf_lsm_kernel_hook(int a)
{
    return a;
}

int bpf_iter_kernel_list(struct kernel_object *thing)
{
    return 0;
}

/* struct_ops */
struct module;
struct refcount {
    int count;
};
enum bpf_struct_ops_state { STATE_INIT, STATE_INUSE };
struct bpf_struct_ops_common {
    struct refcount refcnt;
    enum bpf_struct_ops_state state;
};
struct kernel_ops {
    u64 before;
    int (*step)(int *state, int a);
    int (*init)(int *state);
    void (*exit)(int *state);
    struct module *owner;
    char name[16];
    u32 flags;
};
struct bpf_struct_ops_kernel_ops {
    struct bpf_struct_ops_common common;
    struct kernel_ops data;
};
KEEP_TYPE(struct bpf_struct_ops_kernel_ops, keep_ops);
