/* build: newest */
/* CO-RE: types that match, which is more than to exist. */
#include "skep_bpf.h"

struct match_same {
    int a;
    u64 *b;
};
struct match_subset {
    int a;
};
struct match_more {
    int a, not_there;
};
struct match_other_type {
    u64 a;
};
union match_union {
    int a;
    char c;
};
enum match_enum { MATCH_ONE = 1, MATCH_TWO };
enum match_enum_more { MATCH_A, MATCH_NOT_THERE };
typedef int (*match_function)(int, struct match_same *);
typedef int (*match_function_other)(u64);
struct match_pointers {
    struct match_same *same;
    struct match_more *more; /* names of what is pointed to are enough */
};
struct match_arrays {
    int numbers[4];
};
struct match_same___flavour {
    u64 *b;
};

SEC("tc")
int structs(void *ctx)
{
    return type_matches(struct match_same) | type_matches(struct match_subset) << 1 |
           type_matches(struct match_more) << 2 |
           type_matches(struct match_other_type) << 3 |
           type_matches(union match_union) << 4 |
           type_matches(struct match_pointers) << 5 |
           type_matches(struct match_arrays) << 6 |
           type_matches(struct match_same___flavour) << 7;
}

SEC("tc")
int others(void *ctx)
{
    return type_matches(enum match_enum) | type_matches(enum match_enum_more) << 1 |
           type_matches(match_function) << 2 | type_matches(match_function_other) << 3;
}

LICENSE("GPL");
