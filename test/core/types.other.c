/* A target: some types are as before, some not. */
#include "core.h"

enum plain { PLAIN_B = 6, PLAIN_C, PLAIN_A = 100 };
enum negative { NEGATIVE_B = -4, NEGATIVE_A = -300000 };
enum unsigned_big { BIG_B = 0xffffffff, BIG_A = 0x80000003u };
enum flavoured { FLAVOURED_B = 20, FLAVOURED_A = 10 };
enum widened { WIDENED_A = 0x300000000ull, WIDENED_B = 0x400000000ull, WIDENED_C };
enum wide { WIDE_B = 7, WIDE_A = 6, WIDE_C = 5 };
enum wide_negative { WIDE_NEGATIVE = -1 };
typedef enum { NAMED_B = 90, NAMED_A } named_enum;
enum ambiguous_value { AMBIGUOUS_VALUE = 3, AGREED_VALUE = 4 };
enum ambiguous_value___2 { AMBIGUOUS_VALUE___2 = 5, AGREED_VALUE___2 = 4 };

struct declared {
    int a;
};
struct here {
    long before;
    struct declared *d;
    int a;
};
union both {
    long b;
    int a;
    char c[20];
};
struct flavour {
    int a, b;
};
union as_union {
    int a;
};
struct one_more {
    int a, c;
};
struct other_order {
    long b;
    char a;
};
struct other_type {
    struct here a;
};
struct other_sign {
    u32 a;
};
struct pointing {
    void *v;
    const struct here *q;
    struct here *volatile p;
    struct pointing *self;
};
struct nesting {
    struct {
        int wrong;
    };
    struct {
        union {
            long other;
            int deeper;
        };
        int anonymous;
    };
    struct here *pointers[2];
    struct here in;
    int array[3];
};
struct with_enum {
    enum widened w;
    enum plain e;
};
struct with_function {
    int (*f)(int a, struct here *other);
    void (*g)(void);
    int (*v)(const char *format, ...);
};
struct with_float {
    float f;
};
struct with_bits {
    u32 b : 4;
    u32 a : 4;
};
struct empty {
    int not_any_more;
};
struct twins {
    int a;
};
struct twins___2 {
    int a;
};

typedef u32 int_t;
typedef int long_t;
typedef struct here here_t;
typedef struct declared *here_ptr;
typedef int *void_ptr;
typedef int array_t[5];
typedef int (*function_ptr)(int, struct declared *);
typedef function_ptr table_t[3];
typedef enum widened enum_t;
typedef double float_t;
typedef union both both_t;
typedef struct {
    int a, b;
} anonymous_t;
typedef struct declared *declared_ptr;
typedef int ******deep_ptr;
#define P8 ********
typedef int P8 P8 P8 ******p30;
typedef int P8 P8 P8 *******p31;
typedef int P8 P8 P8 P8 p32;
typedef int P8 P8 P8 P8 *p33;
typedef int (*higher_t)(int (*)(long), int (*(*)(void))(short));

KEEP(e1, enum plain)
KEEP(e2, enum negative)
KEEP(e3, enum unsigned_big)
KEEP(e4, enum flavoured)
KEEP(e5, enum widened)
KEEP(e6, enum wide)
KEEP(e7, enum wide_negative)
KEEP(e8, named_enum)
KEEP(e9, enum ambiguous_value)
KEEP(e10, enum ambiguous_value___2)
KEEP(t1, struct here)
KEEP(t2, union both)
KEEP(t3, struct flavour)
KEEP(t4, union as_union)
KEEP(t5, struct one_more)
KEEP(t6, struct other_order)
KEEP(t7, struct other_type)
KEEP(t8, struct other_sign)
KEEP(t9, struct pointing)
KEEP(t10, struct nesting)
KEEP(t11, struct with_enum)
KEEP(t12, struct with_function)
KEEP(t13, struct with_float)
KEEP(t14, struct with_bits)
KEEP(t15, struct empty)
KEEP(t16, struct twins)
KEEP(t17, struct twins___2)
KEEP(t20, int_t)
KEEP(t21, long_t)
KEEP(t22, here_t)
KEEP(t23, here_ptr)
KEEP(t24, void_ptr)
KEEP(t25, array_t)
KEEP(t26, function_ptr)
KEEP(t27, table_t)
KEEP(t28, enum_t)
KEEP(t29, float_t)
KEEP(t30, both_t)
KEEP(t31, anonymous_t)
KEEP(t32, declared_ptr)
KEEP(t33, deep_ptr)
KEEP(t34, p30)
KEEP(t35, p31)
KEEP(t36, p32)
KEEP(t37, p33)
KEEP(t38, higher_t)
