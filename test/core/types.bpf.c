/* Types and values of enums. */
#include "core.h"

/* ---- Values ----------------------------------------------------------------------------------- */

enum plain { PLAIN_A, PLAIN_B = 5, PLAIN_GONE = 7 };
enum negative { NEGATIVE_A = -3, NEGATIVE_B = 4 };
enum unsigned_big { BIG_A = 0x80000001u, BIG_B = 1 };
enum flavoured___x { FLAVOURED_A = 1, FLAVOURED_B___y = 2 };
enum missing { MISSING_A };
enum widened { WIDENED_A = 3, WIDENED_B = 4 };
enum wide { WIDE_A = 0x123456789abcdef0ull, WIDE_B = 1 };
enum wide_negative { WIDE_NEGATIVE = -0x123456789abcdef0ll };
typedef enum { NAMED_A = 9, NAMED_B } named_enum;
enum ambiguous_value { AMBIGUOUS_VALUE = 1, AGREED_VALUE = 2 };

ENUM(enum_a, enum plain, PLAIN_A)
ENUM(enum_b, enum plain, PLAIN_B)
ENUM(enum_gone, enum plain, PLAIN_GONE)
ASK(enum_has_gone, void, HAS_VALUE(enum plain, PLAIN_GONE))
ENUM(enum_negative, enum negative, NEGATIVE_A)
ENUM(enum_positive, enum negative, NEGATIVE_B)
ENUM(enum_big, enum unsigned_big, BIG_A)
ENUM(enum_small, enum unsigned_big, BIG_B)
ENUM(enum_flavour, enum flavoured___x, FLAVOURED_A)
ENUM(enum_value_flavour, enum flavoured___x, FLAVOURED_B___y)
ENUM(enum_missing, enum missing, MISSING_A)
ASK(enum_has_missing, void, HAS_VALUE(enum missing, MISSING_A))
ENUM(enum_widened, enum widened, WIDENED_A)
ENUM(enum_typedef, named_enum, NAMED_B)
ENUM(enum_ambiguous, enum ambiguous_value, AMBIGUOUS_VALUE)
ENUM(enum_agreed, enum ambiguous_value, AGREED_VALUE)
#if __clang_major__ >= 15
ENUM(enum_wide, enum wide, WIDE_A)
ENUM(enum_wide_small, enum wide, WIDE_B)
ENUM(enum_wide_negative, enum wide_negative, WIDE_NEGATIVE)
#endif

/* ---- Types ------------------------------------------------------------------------------------- */

struct declared;
struct here {
    int a;
    struct declared *d;
};
struct gone {
    int a;
};
union both {
    int a;
    long b;
};
struct flavour___v2 {
    int a;
};
struct as_union {
    int a;
};
struct one_more {
    int a, b, c;
};
struct other_order {
    char a;
    long b;
};
struct other_type {
    int a;
};
struct other_sign {
    int a;
};
struct pointing {
    struct here *p;
    const struct here *q;
    void *v;
    struct pointing *self;
};
struct nesting {
    struct here in;
    struct {
        int anonymous;
        union {
            int deeper;
            long other;
        };
    };
    int array[3];
    struct here *pointers[2];
};
struct with_enum {
    enum plain e;
    enum widened w;
};
struct with_function {
    int (*f)(int a, struct here *h);
    void (*g)(void);
    int (*v)(const char *format, ...);
};
struct with_float {
    float f;
};
struct with_bits {
    u32 a : 3;
    u32 b : 5;
};
struct empty {
};
struct twins {
    int a;
};

typedef int int_t;
typedef long long_t;
typedef struct here here_t;
typedef struct here *here_ptr;
typedef void *void_ptr;
typedef int array_t[4];
typedef int function_t(int, struct here *);
typedef int (*function_ptr)(int, struct here *);
typedef function_ptr table_t[3];
typedef enum plain enum_t;
typedef float float_t;
typedef union both both_t;
typedef struct {
    int a;
} anonymous_t;
typedef struct declared *declared_ptr;
typedef int gone_t;
typedef int ******deep_ptr;
#define P8 ********
typedef int P8 P8 P8 ******p30;
typedef int P8 P8 P8 *******p31;
typedef int P8 P8 P8 P8 p32;
typedef int P8 P8 P8 P8 *p33;
typedef long volatile_t;
typedef int (*higher_t)(int (*)(long), int (*(*)(void))(char));

TYPE(t_here, struct here)
TYPE(t_gone, struct gone)
TYPE(t_both, union both)
TYPE(t_flavour, struct flavour___v2)
TYPE(t_as_union, struct as_union)
TYPE(t_one_more, struct one_more)
TYPE(t_order, struct other_order)
TYPE(t_type, struct other_type)
TYPE(t_sign, struct other_sign)
TYPE(t_pointing, struct pointing)
TYPE(t_nesting, struct nesting)
TYPE(t_enums, struct with_enum)
TYPE(t_function, struct with_function)
TYPE(t_float, struct with_float)
TYPE(t_bits, struct with_bits)
TYPE(t_empty, struct empty)
TYPE(t_twins, struct twins)
TYPE(t_plain, enum plain)
TYPE(t_widened, enum widened)
TYPE(t_int_t, int_t)
TYPE(t_long_t, long_t)
TYPE(t_here_t, here_t)
TYPE(t_here_ptr, here_ptr)
TYPE(t_void_ptr, void_ptr)
TYPE(t_array_t, array_t)
TYPE(t_function_ptr, function_ptr)
TYPE(t_table, table_t)
TYPE(t_enum_t, enum_t)
TYPE(t_float_t, float_t)
TYPE(t_both_t, both_t)
TYPE(t_anonymous, anonymous_t)
TYPE(t_declared, declared_ptr)
TYPE(t_gone_t, gone_t)
TYPE(t_deep, deep_ptr)
TYPE(t_p30, p30)
TYPE(t_p31, p31)
TYPE(t_p32, p32)
TYPE(t_p33, p33)
TYPE(t_higher, higher_t)
TYPE(t_const, const struct here)
ASK(t_function_exists, void, __builtin_preserve_type_info(*(function_t *)0, 0))

/* ---- Deep down ---------------------------------------------------------------------------------- */

struct deep30 {
    IN16(IN4(IN4(IN4(IN(IN(int a;))))))
};
struct deep31 {
    IN16(IN4(IN4(IN4(IN(IN(IN(int a;)))))))
};
struct deep32 {
    IN16(IN4(IN4(IN4(IN4(int a;)))))
};
/* f8 is a function of a function of ... eight of them. */
#define FUNCTION(of, name) typedef int (*name)(of);
#define FUNCTIONS4(a, b, c, d, e)                                                        \
    FUNCTION(a, b) FUNCTION(b, c) FUNCTION(c, d) FUNCTION(d, e)
typedef int f0;
FUNCTIONS4(f0, f1, f2, f3, f4)
FUNCTIONS4(f4, f5, f6, f7, f8)
FUNCTIONS4(f8, f9, f10, f11, f12)
FUNCTIONS4(f12, f13, f14, f15, f16)
FUNCTIONS4(f16, f17, f18, f19, f20)
typedef int P8 P8 P8 *******(*mixed)(f16 *, p31);
typedef int P8 P8 P8 *******(*returns)(int);
#if __clang_major__ >= 15
#define MATCH(name, type) ASK(name, void, TYPE_MATCHES(type))
MATCH(m_p30, p30)
MATCH(m_p31, p31)
MATCH(m_p32, p32)
MATCH(m_p33, p33)
MATCH(m_deep30, struct deep30)
MATCH(m_deep31, struct deep31)
MATCH(m_deep32, struct deep32)
MATCH(m_f16, f16)
MATCH(m_f20, f20)
MATCH(m_mixed, mixed)
MATCH(m_returns, returns)
#endif
ASK(e_f16, void, TYPE_EXISTS(f16))
ASK(e_f20, void, TYPE_EXISTS(f20))
ASK(e_mixed, void, TYPE_EXISTS(mixed))
ASK(e_returns, void, TYPE_EXISTS(returns))
