/* CO-RE: values of enums. */
#include "skep_bpf.h"

enum colour { RED, GREEN, BLUE, GONE_COLOUR };
enum colour___two { RED___two = 9, BLUE___two };
enum signs { MINUS = -5, PLUS = 5 };
enum gone_enum { NEVER };
typedef enum { NAMELESS_A, NAMELESS_B } nameless;

SEC("tc")
int exist(void *ctx)
{
    return enum_value_exists(enum colour, RED) |
           enum_value_exists(enum colour, BLUE) << 1 |
           enum_value_exists(enum colour, GONE_COLOUR) << 2 |
           enum_value_exists(enum gone_enum, NEVER) << 3 |
           enum_value_exists(nameless, NAMELESS_B) << 4 |
           enum_value_exists(enum colour___two, BLUE___two) << 5;
}

SEC("tc")
int values(void *ctx)
{
    return enum_value(enum colour, RED) + enum_value(enum colour, GREEN) * 2 +
           enum_value(enum colour, BLUE) * 3 + enum_value(enum signs, MINUS) * 5 +
           enum_value(enum signs, PLUS) * 7 + enum_value(nameless, NAMELESS_B) * 11 +
           enum_value(enum colour___two, RED___two) * 13;
}

SEC("tc")
int value_of_gone(void *ctx)
{
    return enum_value(enum colour, GONE_COLOUR);
}

LICENSE("GPL");
