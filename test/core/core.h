/* What the programs of these tests are written with. A program takes its argument as a pointer
 * to whatever it is about. */
#ifndef CORE_H
#define CORE_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef signed int s32;

#define CORE __attribute__((preserve_access_index))

/* A program `name` that returns something about `p`, of struct or union or typedef `type`. */
#define ASK(name, type, expression)                                                      \
    __attribute__((section("socket"), used)) long name(type *p)                          \
    {                                                                                    \
        return (long)(expression);                                                       \
    }

/* A program that does something to it. */
#define DO(name, type, statement)                                                        \
    __attribute__((section("socket"), used)) long name(type *p)                          \
    {                                                                                    \
        statement;                                                                       \
        return 0;                                                                        \
    }

#define OFFSET(field) __builtin_preserve_field_info(field, 0)
#define SIZE(field) __builtin_preserve_field_info(field, 1)
#define EXISTS(field) __builtin_preserve_field_info(field, 2)
#define SIGNED(field) __builtin_preserve_field_info(field, 3)
#define LSHIFT(field) __builtin_preserve_field_info(field, 4)
#define RSHIFT(field) __builtin_preserve_field_info(field, 5)

/* All six of them, in one program. */
#define FIELD(name, type, field)                                                         \
    ASK(name, type,                                                                      \
        OFFSET(p->field) + 3 * SIZE(p->field) + 5 * EXISTS(p->field) +                   \
            7 * SIGNED(p->field) + 11 * LSHIFT(p->field) + 13 * RSHIFT(p->field))

/* Compilers ask for the sign of integers only. */
#define UNSIGNED_FIELD(name, type, field)                                                \
    ASK(name, type,                                                                      \
        OFFSET(p->field) + 3 * SIZE(p->field) + 5 * EXISTS(p->field) +                   \
            11 * LSHIFT(p->field) + 13 * RSHIFT(p->field))

#define TYPE_EXISTS(type) __builtin_preserve_type_info(*(type *)0, 0)
#define TYPE_SIZE(type) __builtin_preserve_type_info(*(type *)0, 1)
#define TYPE_MATCHES(type) __builtin_preserve_type_info(*(type *)0, 2)
#define LOCAL_ID(type) __builtin_btf_type_id(*(type *)0, 0)
#define TARGET_ID(type) __builtin_btf_type_id(*(type *)0, 1)

/* Of one type: that it exists and matches; how long it is; its ids. */
#if __clang_major__ >= 15
#define TYPE_PARTS(type) TYPE_EXISTS(type) + 3 * TYPE_MATCHES(type)
#else
#define TYPE_PARTS(type) TYPE_EXISTS(type)
#endif
#define TYPE(name, type)                                                                 \
    ASK(name, void, TYPE_PARTS(type))                                                    \
    ASK(name##_size, void, TYPE_SIZE(type))                                              \
    ASK(name##_id, void, LOCAL_ID(type) + 3 * TARGET_ID(type))

#define HAS_VALUE(type, value) __builtin_preserve_enum_value(*(type *)value, 0)
#define VALUE(type, value) __builtin_preserve_enum_value(*(type *)value, 1)
#define ENUM(name, type, value)                                                          \
    ASK(name, void, HAS_VALUE(type, value) + 3 * VALUE(type, value))

/* Nested structs without names. */
#define IN(x)                                                                            \
    struct {                                                                             \
        x                                                                                \
    };
#define IN4(x) IN(IN(IN(IN(x))))
#define IN16(x) IN4(IN4(IN4(IN4(x))))

/* In a target: puts types into its BTF. */
#define KEEP(name, type) type *keep_##name;

#endif
