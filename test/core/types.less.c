/* A target: other kinds, other values, less of everything. */
#include "core.h"

enum plain { PLAIN_A };
enum plain___2 { PLAIN_A___2, PLAIN_GONE = 70, PLAIN_Z };
enum widened { WIDENED_A___x, WIDENED_B };
struct negative {
    int a;
};

struct here;
struct here___full {
    struct declared *d;
    char a;
};
struct both {
    int a;
};
struct flavour___v1 {
    int a;
};
struct as_union;
struct one_more {
    int a, b, d;
};
union other_type {
    int a;
};
struct pointing {
    struct here ***p;
    struct here *q;
    void *v;
    struct here *self;
};
struct nesting {
    union {
        int wrong;
    };
    struct {
        int anonymous;
        union {
            long other;
        };
    };
    struct here___full *pointers[2];
    struct here___full in;
    int array[2];
};
struct with_enum {
    enum plain___2 e;
    enum widened w;
    int more;
};
struct with_function {
    int (*f)(int a, struct here *other, int more);
    void (*g)(void);
    int (*v)(const char *format);
};
struct with_float {
    double f;
};
struct with_bits {
    int a;
    int b;
};
struct empty {
};

typedef float int_t;
typedef struct here___full long_t;
typedef struct here here_t;
typedef struct here *here_ptr;
typedef struct here void_ptr;
typedef long array_t[4];
typedef long (*function_ptr)(u8, void *);
typedef function_ptr table_t[4];
typedef enum plain___2 enum_t;
typedef float float_t;
typedef struct both both_t;
typedef struct named {
    int a;
} anonymous_t;
typedef union undeclared *declared_ptr;
typedef int *****deep_ptr;
typedef int (*higher_t)(int (*)(long), int (*(*)(int))(char));

KEEP(e1, enum plain)
KEEP(e2, enum plain___2)
KEEP(e3, struct negative)
KEEP(e4, enum widened)
KEEP(t1, struct here)
KEEP(t2, struct here___full)
KEEP(t3, struct both)
KEEP(t4, struct flavour___v1)
KEEP(t5, struct as_union)
KEEP(t6, struct one_more)
KEEP(t7, union other_type)
KEEP(t8, struct pointing)
KEEP(t9, struct nesting)
KEEP(t10, struct with_enum)
KEEP(t11, struct with_function)
KEEP(t12, struct with_float)
KEEP(t13, struct with_bits)
KEEP(t14, struct empty)
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
KEEP(t38, higher_t)
