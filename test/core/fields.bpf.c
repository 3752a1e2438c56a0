/* Fields: each kind of question, each kind of access, of types that targets lay out anew. */
#include "core.h"

/* ---- Plain members ------------------------------------------------------------------------ */

enum colour { RED, GREEN };
struct inner {
    int x, y;
} CORE;

struct plain {
    u8 byte;
    u16 half;
    u32 word;
    u64 dword;
    s8 sbyte;
    s32 sword;
    long slong;
    void *pointer;
    int (*function)(int);
    enum colour colour;
    float single;
    double twice;
    _Bool flag;
    const volatile u32 qualified;
    struct inner nested;
    int removed;
    u32 became_struct;
    u32 became_pointer;
    u32 became_signed;
    struct inner became_union;
} CORE;

ASK(plain_byte, struct plain, p->byte)
ASK(plain_half, struct plain, p->half)
ASK(plain_word, struct plain, p->word)
ASK(plain_dword, struct plain, p->dword)
ASK(plain_sbyte, struct plain, p->sbyte)
ASK(plain_sword, struct plain, p->sword)
ASK(plain_slong, struct plain, p->slong)
ASK(plain_pointer, struct plain, p->pointer)
ASK(plain_function, struct plain, p->function)
ASK(plain_colour, struct plain, p->colour)
ASK(plain_flag, struct plain, p->flag)
ASK(plain_qualified, struct plain, p->qualified)
ASK(plain_nested, struct plain, p->nested.x + p->nested.y)
ASK(plain_address, struct plain, &p->nested)
ASK(plain_removed, struct plain, p->removed)
ASK(plain_as_struct, struct plain, p->became_struct)
ASK(plain_as_pointer, struct plain, p->became_pointer)
ASK(plain_as_signed, struct plain, p->became_signed)
ASK(plain_as_union, struct plain, p->became_union.y)
ASK(plain_second, struct plain, p[1].word + p[3].dword)

DO(store_byte, struct plain, p->byte = 1)
DO(store_half, struct plain, p->half = 2)
DO(store_word, struct plain, p->word = 3)
DO(store_dword, struct plain, p->dword = 4)
DO(store_sword, struct plain, p->sword = -5)
DO(store_pointer, struct plain, p->pointer = p)
DO(store_register, struct plain, p->word = (u32)(long)p)
DO(store_colour, struct plain, p->colour = GREEN)

FIELD(info_byte, struct plain, byte)
FIELD(info_word, struct plain, word)
FIELD(info_sbyte, struct plain, sbyte)
FIELD(info_slong, struct plain, slong)
UNSIGNED_FIELD(info_pointer, struct plain, pointer)
UNSIGNED_FIELD(info_function, struct plain, function)
FIELD(info_colour, struct plain, colour)
FIELD(info_flag, struct plain, flag)
UNSIGNED_FIELD(info_single, struct plain, single)
UNSIGNED_FIELD(info_twice, struct plain, twice)
FIELD(info_as_signed, struct plain, became_signed)
FIELD(info_removed, struct plain, removed)
ASK(exists_removed, struct plain, EXISTS(p->removed))
ASK(exists_as_struct, struct plain, EXISTS(p->became_struct))
ASK(exists_as_pointer, struct plain, EXISTS(p->became_pointer))
ASK(exists_as_union, struct plain, EXISTS(p->became_union))
ASK(exists_nested, struct plain, EXISTS(p->nested.y))
ASK(size_nested, struct plain, SIZE(p->nested) + OFFSET(p->nested))

/* ---- Flavours -------------------------------------------------------------------------------- */

struct flavoured___old {
    int before;
} CORE;
struct flavoured___new_er {
    int before, after;
} CORE;
struct not_a__flavour {
    int a;
} CORE;
struct ends_in___ {
    int a;
} CORE;
struct two___flavours___here {
    int a;
} CORE;
struct four____underscores {
    int a;
} CORE;

ASK(flavour_old, struct flavoured___old, p->before)
ASK(flavour_new, struct flavoured___new_er, EXISTS(p->after) ? p->after : p->before)
ASK(flavour_none, struct not_a__flavour, p->a)
ASK(flavour_end, struct ends_in___, p->a)
ASK(flavour_two, struct two___flavours___here, p->a)
ASK(flavour_four, struct four____underscores, p->a)

/* ---- Anonymous members -------------------------------------------------------------------------- */

struct anonymous {
    int first;
    union {
        int in_union;
        struct {
            long deep;
            struct {
                u32 deeper;
            };
        };
    };
    struct {
        int moved_out;
    };
    int moved_in;
    struct {
        int twin;
    };
} CORE;

ASK(anonymous_union, struct anonymous, p->in_union)
ASK(anonymous_deep, struct anonymous, p->deep)
ASK(anonymous_deeper, struct anonymous, p->deeper)
ASK(anonymous_out, struct anonymous, p->moved_out)
ASK(anonymous_in, struct anonymous, p->moved_in)
ASK(anonymous_twin, struct anonymous, p->twin)

union either {
    int i;
    struct {
        u8 low, high;
    } parts;
} CORE;

ASK(union_int, union either, p->i)
ASK(union_part, union either, p->parts.high)

/* ---- Arrays ---------------------------------------------------------------------------------------- */

struct element {
    int pad;
    u32 value;
} CORE;
struct arrays {
    int numbers[5];
    u8 grid[3][4];
    struct element elements[4];
    char shrunk[8];
    int became_scalar[2];
    u32 flexible[];
} CORE;
struct zero_array {
    int n;
    struct element list[0];
} CORE;

ASK(array_number, struct arrays, p->numbers[3])
ASK(array_all, struct arrays, OFFSET(p->numbers) + SIZE(p->numbers))
ASK(array_last, struct arrays, p->numbers[4])
ASK(array_grid, struct arrays, p->grid[2][1])
ASK(array_row, struct arrays, OFFSET(p->grid[1]) + SIZE(p->grid[1]))
ASK(array_element, struct arrays, p->elements[2].value)
ASK(array_outer, struct arrays, p[2].elements[1].value)
ASK(array_shrunk, struct arrays, p->shrunk[6])
ASK(array_exists, struct arrays, EXISTS(p->shrunk[6]))
ASK(array_scalar, struct arrays, p->became_scalar[1])
ASK(array_flexible, struct arrays, p->flexible[7])
ASK(array_zero, struct zero_array, p->list[3].value)
ASK(array_size, struct arrays, SIZE(p->numbers[1]) + SIZE(p->elements[1]))
DO(array_store, struct arrays, p->numbers[2] = 7)
DO(array_store_byte, struct arrays, p->grid[1][2] = 7)

/* ---- Bit fields -------------------------------------------------------------------------------------- */

struct bits {
    u32 a : 3;
    u32 b : 7;
    s32 c : 9;
    u64 wide : 40;
    u8 small : 2;
    u32 became_plain : 5;
    u32 became_field;
    enum colour colour : 4;
    u32 removed : 1;
    int tail;
} CORE;

FIELD(bits_a, struct bits, a)
FIELD(bits_b, struct bits, b)
FIELD(bits_c, struct bits, c)
FIELD(bits_wide, struct bits, wide)
FIELD(bits_small, struct bits, small)
FIELD(bits_plain, struct bits, became_plain)
FIELD(bits_field, struct bits, became_field)
FIELD(bits_colour, struct bits, colour)
FIELD(bits_removed, struct bits, removed)
ASK(bits_exists, struct bits, EXISTS(p->removed))
ASK(bits_tail, struct bits, p->tail)
ASK(bits_direct, struct bits, p->b)
ASK(bits_direct_wide, struct bits, p->wide)
ASK(bits_direct_field, struct bits, p->became_field)

/* ---- Through typedefs ---------------------------------------------------------------------------------- */

typedef struct {
    int a;
    long b;
} CORE named_t;
typedef named_t twice_named_t;
typedef struct inner inner_t;
typedef int row_t[6];
struct through {
    named_t one;
    inner_t two;
    row_t three;
    const inner_t four;
} CORE;

ASK(typedef_root, named_t, p->b)
ASK(typedef_exists, named_t, EXISTS(p->b))
ASK(typedef_twice, twice_named_t, p->b)
ASK(typedef_inner, inner_t, p->y)
ASK(typedef_member, struct through, p->one.b + p->two.y + p->four.x)
ASK(typedef_row, struct through, p->three[5])

/* ---- What is not there ------------------------------------------------------------------------------------ */

struct missing {
    int a;
    u32 flag : 1;
} CORE;
struct ambiguous {
    int a, b;
} CORE;
struct agreeing {
    int a, b;
} CORE;
struct narrowed {
    int only_in_one;
    int in_both;
} CORE;
struct far {
    int near, away;
} CORE;
struct became_typedef {
    int a;
} CORE;

ASK(missing_field, struct missing, p->a)
ASK(missing_store, struct missing, p->a = 5)
ASK(missing_exists, struct missing, EXISTS(p->a))
FIELD(missing_info, struct missing, flag)
ASK(ambiguous_field, struct ambiguous, p->a)
ASK(ambiguous_other, struct ambiguous, p->b)
ASK(ambiguous_exists, struct ambiguous, EXISTS(p->a))
ASK(agreeing_field, struct agreeing, p->a + p->b)
ASK(narrowed_first, struct narrowed, p->only_in_one + p->in_both)
ASK(narrowed_other, struct narrowed, p->in_both)
ASK(narrowed_last, struct narrowed, EXISTS(p->in_both) ? p->only_in_one : 0)
ASK(far_away, struct far, p->away)
ASK(far_offset, struct far, OFFSET(p->away))
ASK(typedef_now, struct became_typedef, p->a)

/* ---- Deep down ---------------------------------------------------------------------------------------------- */

struct deep {
    IN16(IN4(IN4(IN(IN(int a;)))))
} CORE;
struct shallow {
    int a;
} CORE;

ASK(deep, struct deep, p->a)
ASK(shallow, struct shallow, p->a)
